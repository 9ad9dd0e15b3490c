//! Other paths of the same file: through links to directories, and hard links.

use super::interest::{Interest, interest};
use super::names;
use ensurepip_oci::{EntryKind, Kind, Layer, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// How many links to one directory are looked at.
const MOST_LINKS: usize = 16;

/// The links of a tree that lead to directories.
pub(super) struct Aliases {
    /// Links by the path of the directory they lead to.
    links: BTreeMap<Vec<u8>, Vec<DirectoryLink>>,
}

struct DirectoryLink {
    path: Vec<u8>,
    /// Whether a file may matter because this link leads to its directory.
    matters: bool,
}

impl Aliases {
    pub(super) fn of(tree: &Tree) -> Aliases {
        let mut links: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (path, node) in tree.nodes() {
            if !matches!(node.kind, Kind::Link { .. }) {
                continue;
            }
            let end = names::resolved(tree, &path).filter(|end| {
                tree.get(end).is_some_and(|node| matches!(node.kind, Kind::Directory { .. }))
            });
            if let Some(end) = end {
                let of_end = links.entry(end).or_default();
                if of_end.len() < MOST_LINKS {
                    let matters = interest(&[&path, &b"/x"[..]].concat(), 0) != Interest::Nothing;
                    of_end.push(DirectoryLink { path, matters });
                }
            }
        }
        Aliases { links }
    }

    /// What a run needs of the regular file at this path, by whatever path it reaches it.
    pub(super) fn interest(&self, path: &[u8], size: u64) -> Interest {
        let needed = self.of_path(path, true).map(|alias| interest(&alias, size));
        needed.fold(interest(path, size), Interest::max)
    }

    /// Whether a directory can be part of a Python, or has a name that a run lists.
    pub(super) fn is_of_python(&self, path: &[u8]) -> bool {
        // The rule for files: a file in it would matter.
        [path, &[path, &b"/x"[..]].concat()]
            .into_iter()
            .any(|path| self.interest(path, 0) != Interest::Nothing)
    }

    /// The files whose contents are needed and were not kept, because the path in their layer says
    /// nothing about it. They are listed by all paths that a layer could have them under.
    pub(super) fn missing(&self, tree: &Tree, hard_links: &HardLinks) -> BTreeSet<Vec<u8>> {
        let needed = tree.nodes().filter_map(|(path, node)| match node.kind {
            Kind::File { size } => {
                (self.interest(&path, size) == Interest::Contents).then_some(path)
            }
            Kind::Link { .. } if self.interest(&path, 0) == Interest::Contents => {
                names::resolved(tree, &path)
            }
            _ => None,
        });
        let is_missing = |path: &Vec<u8>| {
            tree.get(path).is_some_and(|node| {
                matches!(node.kind, Kind::File { size } if size > 0) && !node.is_kept()
            })
        };
        let ends: Vec<Vec<u8>> = needed.filter(is_missing).collect();
        let mut missing = BTreeSet::new();
        for end in ends {
            let paths: Vec<Vec<u8>> = self.of_path(&end, false).chain([end.clone()]).collect();
            for path in paths {
                missing.extend(hard_links.target(&path).map(<[u8]>::to_vec));
                missing.insert(path);
            }
        }
        missing
    }

    /// The other paths of a path, through one link each: through all, or through those that matter.
    fn of_path<'path>(
        &'path self,
        path: &'path [u8],
        if_it_matters: bool,
    ) -> impl Iterator<Item = Vec<u8>> + 'path {
        let directories = names::ancestors(path).chain([&[][..]]);
        directories.flat_map(move |directory| {
            let below = path[directory.len()..].strip_prefix(b"/");
            let below = below.unwrap_or(&path[directory.len()..]);
            let links = self.links.get(directory).into_iter().flatten();
            let links = links.filter(move |link| link.matters || !if_it_matters);
            links.map(move |link| [&link.path, &b"/"[..], below].concat())
        })
    }
}

/// The hard links of layers: the path of each, and that of the entry with the contents.
#[derive(Default)]
pub(super) struct HardLinks(BTreeMap<Vec<u8>, Vec<u8>>);

impl HardLinks {
    /// Adds those of a layer.
    pub(super) fn add(&mut self, layer: &Layer) {
        for entry in layer.entries() {
            if let EntryKind::HardLink { target } = entry.kind {
                let target = self.target(target).unwrap_or(target).to_vec();
                self.0.insert(entry.path, target);
            }
        }
    }

    fn target(&self, path: &[u8]) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }
}
