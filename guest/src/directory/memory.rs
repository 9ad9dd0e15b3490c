//! A directory for tests, which remembers the order in which names came about.

use super::{Directory, Failure, Kind};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A tree in memory: contents by path, none for a directory.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) tree: RefCell<BTreeMap<String, Option<Vec<u8>>>>,
    /// What was renamed to what, in order.
    pub(crate) renames: RefCell<Vec<(String, String)>>,
    /// A final name that cannot be had, to make a commit fail.
    pub(crate) forbidden: Option<String>,
}

impl Memory {
    fn fail<T>(operation: &'static str, path: &str, reason: &str) -> Result<T, Failure> {
        Err(Failure { operation, path: path.to_owned(), reason: reason.to_owned() })
    }

    fn insert(&self, path: &str, node: Option<Vec<u8>>) -> Result<(), Failure> {
        if let Some((parent, _)) = path.rsplit_once('/') {
            if self.kind(parent)? != Some(Kind::Directory) {
                return Memory::fail("create", path, "no-entry");
            }
        }
        if self.kind(path)?.is_some() {
            return Memory::fail("create", path, "exist");
        }
        self.tree.borrow_mut().insert(path.to_owned(), node);
        Ok(())
    }
}

impl Directory for Memory {
    fn list(&self, path: &str) -> Result<Vec<(String, Kind)>, Failure> {
        let prefix = if path == "." { String::new() } else { format!("{path}/") };
        let tree = self.tree.borrow();
        let below = tree.iter().filter_map(|(name, node)| {
            let name = name.strip_prefix(&prefix)?;
            let kind = if node.is_some() { Kind::Other } else { Kind::Directory };
            (!name.contains('/')).then(|| (name.to_owned(), kind))
        });
        Ok(below.collect())
    }

    fn kind(&self, path: &str) -> Result<Option<Kind>, Failure> {
        let tree = self.tree.borrow();
        Ok(tree.get(path).map(|node| if node.is_some() { Kind::Other } else { Kind::Directory }))
    }

    fn create_directory(&self, path: &str) -> Result<(), Failure> {
        self.insert(path, None)
    }

    fn create_file(&self, path: &str, contents: &[u8], _modified: u64) -> Result<(), Failure> {
        self.insert(path, Some(contents.to_vec()))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Failure> {
        if self.forbidden.as_deref() == Some(to) {
            return Memory::fail("rename", to, "access");
        }
        let below = format!("{from}/");
        let mut tree = self.tree.borrow_mut();
        let moved: Vec<String> =
            tree.keys().filter(|name| *name == from || name.starts_with(&below)).cloned().collect();
        for name in moved {
            if let Some(node) = tree.remove(&name) {
                tree.insert(format!("{to}{}", &name[from.len()..]), node);
            }
        }
        self.renames.borrow_mut().push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove_file(&self, path: &str) -> Result<(), Failure> {
        self.tree.borrow_mut().remove(path);
        Ok(())
    }

    fn remove_directory(&self, path: &str) -> Result<(), Failure> {
        if !self.list(path)?.is_empty() {
            return Memory::fail("remove", path, "not-empty");
        }
        self.remove_file(path)
    }
}
