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

#[cfg(test)]
mod tests {
    use super::{Named, is_clean, read};

    #[test]
    fn names_are_read() {
        let path = |path: &str| Ok(Named::Path(path.as_bytes().to_vec()));
        let whiteout = |path: &str| Ok(Named::Whiteout(path.as_bytes().to_vec()));
        let opaque = |path: &str| Ok(Named::OpaqueWhiteout(path.as_bytes().to_vec()));
        for (name, expected) in [
            (".", path("")),
            ("/", path("")),
            ("./a//b/./c/", path("a/b/c")),
            ("/a", path("a")),
            ("...", path("...")),
            (".wh.a", whiteout("a")),
            ("a/.wh.b", whiteout("a/b")),
            ("a/.wh.b/", whiteout("a/b")),
            (".wh.a/b", path(".wh.a/b")),
            ("a/.wh..b", whiteout("a/.b")),
            (".wh..wh..opq", opaque("")),
            ("a/b/.wh..wh..opq", opaque("a/b")),
            (".wh..wh.plnk", Ok(Named::Ignored)),
            ("a/.wh..wh..opq2", Ok(Named::Ignored)),
            (".wh", path(".wh")),
        ] {
            assert_eq!(read(name.as_bytes()), expected, "{name}");
        }
        assert!(read(&[b'a'; 4096]).is_ok());
    }

    #[test]
    fn names_that_lead_elsewhere_are_rejected() {
        for name in [
            &b""[..],
            b"..",
            b"a/../b",
            b"/..",
            b"a\0b",
            b".wh.",
            b"a/.wh..",
            b".wh...",
            &[b'a'; 4097],
        ] {
            assert!(read(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn only_clean_paths_are_clean() {
        assert!([&b""[..], b"a", b"a/b", b"..."].into_iter().all(is_clean));
        assert!(
            ![&b"/"[..], b"a/", b"/a", b"a//b", b".", b"a/..", b"a\0"].into_iter().any(is_clean)
        );
    }
}
