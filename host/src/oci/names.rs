//! Paths in an image: bytes, relative to its root, with `/` between names; the root itself is the
//! empty path.

use ensurepip_oci::{Kind, Tree};

/// How many links a path may lead through, as on Linux.
const LINKS_LIMIT: u32 = 40;

/// The last name of a path.
pub(super) fn file_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// The path of the directory that contains it.
pub(super) fn parent(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(&[], |end| &path[..end])
}

/// Whether a path is that of a directory or leads below it.
pub(super) fn is_within(path: &[u8], directory: &[u8]) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// The path that is one name longer than `above`, on the way to `path`.
pub(super) fn next_below<'path>(path: &'path [u8], above: &[u8]) -> &'path [u8] {
    let start = if above.is_empty() { 0 } else { above.len() + 1 };
    let end = path[start..].iter().position(|byte| *byte == b'/');
    end.map_or(path, |end| &path[..start + end])
}

/// The directories above a path, without the root, the topmost first.
pub(super) fn ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    ends.map(|(end, _)| &path[..end])
}

/// The path at the end of all links, as in a chroot; `None` if there is nothing, or a loop.
pub(super) fn resolved(tree: &Tree, path: &[u8]) -> Option<Vec<u8>> {
    let mut left: Vec<Vec<u8>> =
        path.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec).collect();
    let mut real: Vec<u8> = Vec::new();
    let mut links = 0;
    while let Some(name) = left.pop() {
        match &name[..] {
            b"" | b"." => continue,
            b".." => {
                real = parent(&real).to_vec();
                continue;
            }
            _ => {}
        }
        let above = real.len();
        if above > 0 {
            real.push(b'/');
        }
        real.extend_from_slice(&name);
        let Kind::Link { target } = tree.get(&real)?.kind else { continue };
        links += 1;
        if links > LINKS_LIMIT {
            return None;
        }
        real.truncate(if target.starts_with(b"/") { 0 } else { above });
        left.extend(target.split(|byte| *byte == b'/').rev().map(<[u8]>::to_vec));
    }
    Some(real)
}
