//! Paths of entries in one form, and the names that stand for whiteouts.

/// What the name of an entry says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The path of something.
    Path(Vec<u8>),
    /// This path is hidden.
    Whiteout(Vec<u8>),
    /// Everything in this directory is hidden.
    OpaqueWhiteout(Vec<u8>),
    /// Something of an old storage driver's own, which is no part of the image.
    Ignored,
}

/// Reads the name of an entry.
///
/// # Errors
///
/// The reason, if it is not a path below the root, or hides what cannot be hidden.
pub(super) fn read(name: &[u8]) -> Result<Named, &'static str> {
    let path = clean(name)?;
    let start = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    let Some(hidden) = path[start..].strip_prefix(WHITEOUT) else { return Ok(Named::Path(path)) };
    if hidden == OPAQUE {
        return Ok(Named::OpaqueWhiteout(path[..start.saturating_sub(1)].to_vec()));
    }
    if hidden.starts_with(WHITEOUT) {
        return Ok(Named::Ignored);
    }
    if matches!(hidden, b"" | b"." | b"..") {
        return Err("whiteout of no name");
    }
    Ok(Named::Whiteout([&path[..start], hidden].concat()))
}

/// A path without `.`, and without slashes in front, at the end or in a row.
///
/// # Errors
///
/// The reason, if the path is empty or too long, or contains `..` or a NUL character.
pub(crate) fn clean(path: &[u8]) -> Result<Vec<u8>, &'static str> {
    if path.is_empty() {
        return Err("empty name");
    }
    if path.len() > LONGEST_PATH {
        return Err("name longer than 4096 bytes");
    }
    if path.contains(&0) {
        return Err("NUL character in a name");
    }
    let mut clean = Vec::with_capacity(path.len());
    for name in path.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => continue,
            b".." => return Err("`..` in a name"),
            _ => {}
        }
        if !clean.is_empty() {
            clean.push(b'/');
        }
        clean.extend_from_slice(name);
    }
    Ok(clean)
}

/// Whether a path is one that [`clean`] returns.
pub(super) fn is_clean(path: &[u8]) -> bool {
    let is_name = |name: &[u8]| !matches!(name, b"" | b"." | b"..") && !name.contains(&0);
    path.is_empty() || (path.len() <= LONGEST_PATH && path.split(|&byte| byte == b'/').all(is_name))
}

/// The most bytes of a path: `PATH_MAX` of Linux.
pub(crate) const LONGEST_PATH: usize = 4096;

/// What the name of a whiteout begins with.
const WHITEOUT: &[u8] = b".wh.";

/// What follows it in the name of an opaque whiteout.
const OPAQUE: &[u8] = b".wh..opq";
