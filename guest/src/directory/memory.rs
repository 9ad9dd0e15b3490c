//! A directory for tests: a tree in memory, which records every call and can fail at any.
//!
//! It is stricter than a file system, where a rename can replace a file, and equally harsh: a write
//! that fails leaves half a file. It can refuse to rename directories, as an overlay does.

use super::{Directory, Failure, Kind, Listing, NOT_EMPTY, NotWritten};
use crate::archive::ReadAt;
use crate::bindings::ensurepip::bootstrap::types::Operation;
use crate::file_data::{Data, Unreadable};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The reason of a failure on request. Not `io`, after which another way is tried.
pub(crate) const FAILING: &str = "insufficient-space";

/// The calls of directories and host, in order, and the call that will fail.
#[derive(Default)]
pub(crate) struct Journal {
    calls: RefCell<Vec<String>>,
    failing: Cell<Failing>,
}

/// The call that will fail. Mostly only one does: the calls after it are meant to clean up.
#[derive(Clone, Copy, Default)]
pub(crate) enum Failing {
    #[default]
    None,
    /// The call of this number, counted from 0.
    At(usize),
    /// The call of this number and all that follow, as if the caller had been stopped.
    From(usize),
    /// The first of these calls, and all calls from the second one on.
    AtAndFrom(usize, usize),
    /// The first call that begins with this text.
    First(&'static str),
    /// All calls that begin with this text.
    All(&'static str),
}

impl Journal {
    /// Chooses the call to fail.
    pub(crate) fn fail(&self, failing: Failing) {
        self.failing.set(failing);
    }

    /// Records a call. Returns whether it must fail.
    pub(crate) fn note(&self, call: String) -> bool {
        let fails = match self.failing.get() {
            Failing::None => false,
            Failing::At(number) => number == self.calls.borrow().len(),
            Failing::From(number) => number <= self.calls.borrow().len(),
            Failing::AtAndFrom(at, from) => {
                at == self.calls.borrow().len() || from <= self.calls.borrow().len()
            }
            Failing::First(beginning) | Failing::All(beginning) => call.starts_with(beginning),
        };
        if fails && matches!(self.failing.get(), Failing::At(_) | Failing::First(_)) {
            self.failing.set(Failing::None);
        }
        self.calls.borrow_mut().push(call);
        fails
    }

    /// Whether the caller has been stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        let calls = self.calls.borrow().len();
        matches!(self.failing.get(), Failing::From(from) | Failing::AtAndFrom(_, from) if from < calls)
    }

    /// Clears the recorded calls.
    pub(crate) fn clear(&self) {
        self.calls.borrow_mut().clear();
    }

    /// The recorded calls.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }
}

/// Contents and modification time by path; none for a directory.
pub(crate) type Tree = BTreeMap<String, Option<(Vec<u8>, u64)>>;

/// Which directories cannot be renamed (`EXDEV`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Fixed {
    #[default]
    None,
    /// Those that existed when the tree was set, as in the lower layers of an overlay.
    Lower,
    /// All of them.
    All,
    /// All of them, and files as well.
    Everything,
}

/// A directory in memory.
pub(crate) struct Memory {
    /// Its name in the journal.
    name: &'static str,
    journal: Rc<Journal>,
    tree: RefCell<Tree>,
    fixed: Cell<Fixed>,
    /// The directories made since the tree was set.
    made: RefCell<BTreeSet<String>>,
    /// Whether a directory is kept open, as the one of the last created file is.
    keeps_open: Cell<bool>,
}

impl Memory {
    /// An empty directory.
    pub(crate) fn new(name: &'static str, journal: Rc<Journal>) -> Memory {
        let (tree, fixed, made, keeps_open) = Default::default();
        Memory { name, journal, tree, fixed, made, keeps_open }
    }

    /// Its contents.
    pub(crate) fn tree(&self) -> Tree {
        self.tree.borrow().clone()
    }

    /// Replaces its contents, without recording a call.
    pub(crate) fn set_tree(&self, tree: Tree) {
        self.tree.replace(tree);
        self.made.take();
    }

    /// Chooses the directories that cannot be renamed.
    pub(crate) fn fix(&self, fixed: Fixed) {
        self.fixed.set(fixed);
    }

    /// Whether a directory is kept open.
    pub(crate) fn keeps_open(&self) -> bool {
        self.keeps_open.get()
    }

    /// Adds a file, and the directories above it, without recording a call.
    pub(crate) fn put(&self, path: &str, contents: &[u8]) {
        for (end, _) in path.match_indices('/') {
            self.tree.borrow_mut().insert(path[..end].to_owned(), None);
        }
        self.tree.borrow_mut().insert(path.to_owned(), Some((contents.to_vec(), 0)));
    }

    /// Adds files with these contents.
    pub(crate) fn put_all(&self, paths: &[&str], contents: &[u8]) {
        for path in paths {
            self.put(path, contents);
        }
    }

    fn note(&self, operation: Operation, path: &str) -> Result<(), Failure> {
        let verb = verb(operation);
        assert!(!is_nameless(path), "nobody can {verb} `{path}`");
        if self.journal.note(format!("{} {verb} {path}", self.name)) {
            return fail(operation, path, FAILING);
        }
        Ok(())
    }

    fn look(&self, path: &str) -> Option<Kind> {
        if path == "." {
            return Some(Kind::Directory);
        }
        let tree = self.tree.borrow();
        tree.get(path).map(|node| if node.is_some() { Kind::Other } else { Kind::Directory })
    }

    /// Checks that an entry can be created: its parent exists, and it does not.
    fn check_new(&self, operation: Operation, path: &str) -> Result<(), Failure> {
        let parent = path.rsplit_once('/').map_or(".", |(parent, _)| parent);
        match (self.look(parent), self.look(path)) {
            (Some(Kind::Directory), None) => Ok(()),
            (Some(Kind::Directory), Some(_)) => fail(operation, path, "exist"),
            (Some(Kind::Other), _) => fail(operation, path, "not-directory"),
            (None, _) => fail(operation, path, "no-entry"),
        }
    }
}

/// Whether a name represents one that WASI cannot express.
fn is_nameless(name: &str) -> bool {
    name.contains(char::REPLACEMENT_CHARACTER)
}

/// The operation as a journal has it.
fn verb(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::List => "list",
        Operation::LookUp => "look up",
        Operation::Move => "move",
        Operation::Read => "read",
        Operation::Remove => "remove",
        Operation::Rename => "rename",
        Operation::Write => "write",
    }
}

/// The contents of a file when it was opened.
struct OpenFile(Vec<u8>);

impl ReadAt for OpenFile {
    fn read_at(&self, offset: usize, length: usize) -> Result<Vec<u8>, String> {
        let rest = self.0.get(offset..).unwrap_or_default();
        // A host may return less than it was asked for.
        Ok(rest[..rest.len().min(length.div_ceil(2))].to_vec())
    }
}

fn fail<T>(operation: Operation, path: &str, reason: &str) -> Result<T, Failure> {
    Err(Failure { operation, path: path.to_owned(), reason: reason.to_owned() })
}

impl Directory for Memory {
    fn list(&self, path: &str) -> Result<Listing, Failure> {
        self.note(Operation::List, path)?;
        if self.look(path) != Some(Kind::Directory) {
            return fail(Operation::List, path, "not-directory");
        }
        let prefix = if path == "." { String::new() } else { format!("{path}/") };
        let tree = self.tree.borrow();
        let below = tree.iter().filter_map(|(name, node)| {
            let name = name.strip_prefix(&prefix)?;
            let kind = if node.is_some() { Kind::Other } else { Kind::Directory };
            (!name.contains('/')).then(|| (name.to_owned(), kind))
        });
        let (nameless, named) = below.partition::<Vec<_>, _>(|(name, _)| is_nameless(name));
        let nameless = u32::try_from(nameless.len()).expect("there are few");
        Ok(Listing { named, nameless })
    }

    fn kind(&self, path: &str) -> Result<Option<Kind>, Failure> {
        self.note(Operation::LookUp, path)?;
        Ok(self.look(path))
    }

    fn read_file(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
        self.note(Operation::Read, path)?;
        let contents =
            self.tree.borrow().get(path).cloned().flatten().map(|(contents, _)| contents);
        Ok(contents.filter(|contents| contents.len() <= limit))
    }

    fn open_file(&self, path: &str) -> Result<Option<Box<dyn ReadAt>>, Failure> {
        let contents = self.read_file(path, usize::MAX)?;
        Ok(contents.map(|contents| Box::new(OpenFile(contents)) as Box<dyn ReadAt>))
    }

    fn create_directory(&self, path: &str) -> Result<(), Failure> {
        self.note(Operation::Create, path)?;
        self.check_new(Operation::Create, path)?;
        self.tree.borrow_mut().insert(path.to_owned(), None);
        self.made.borrow_mut().insert(path.to_owned());
        Ok(())
    }

    fn create_file(&self, path: &str, data: &Data, modified: u64) -> Result<(), NotWritten> {
        self.keeps_open.set(true);
        let noted = self.note(Operation::Write, path).map_err(NotWritten::Failure);
        self.check_new(Operation::Write, path).map_err(NotWritten::Failure)?;
        let mut contents = Vec::new();
        let taken = data.each(|portion| {
            contents.extend_from_slice(portion);
            Ok::<(), Unreadable>(())
        });
        let written = if noted.is_ok() { &contents[..] } else { &contents[..contents.len() / 2] };
        self.tree.borrow_mut().insert(path.to_owned(), Some((written.to_vec(), modified)));
        noted.and(taken.map_err(NotWritten::Unreadable))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Failure> {
        self.note(Operation::Rename, to)?;
        self.check_new(Operation::Rename, to)?;
        if self.look(from).is_none() {
            return fail(Operation::Rename, to, "no-entry");
        }
        let is_fixed = match self.fixed.get() {
            Fixed::None => false,
            Fixed::Lower => !self.made.borrow().contains(from),
            Fixed::All | Fixed::Everything => true,
        };
        let is_directory = self.look(from) == Some(Kind::Directory);
        if is_fixed && (is_directory || self.fixed.get() == Fixed::Everything) {
            return fail(Operation::Rename, to, "cross-device");
        }
        let below = format!("{from}/");
        let mut tree = self.tree.borrow_mut();
        let moved: Vec<String> =
            tree.keys().filter(|name| *name == from || name.starts_with(&below)).cloned().collect();
        for name in moved {
            if let Some(node) = tree.remove(&name) {
                let present = format!("{to}{}", &name[from.len()..]);
                if self.made.borrow_mut().remove(&name) {
                    self.made.borrow_mut().insert(present.clone());
                }
                tree.insert(present, node);
            }
        }
        Ok(())
    }

    fn remove_file(&self, path: &str) -> Result<(), Failure> {
        self.note(Operation::Remove, path)?;
        match self.look(path) {
            Some(Kind::Other) => {
                self.tree.borrow_mut().remove(path);
                Ok(())
            }
            Some(Kind::Directory) => fail(Operation::Remove, path, "is-directory"),
            None => fail(Operation::Remove, path, "no-entry"),
        }
    }

    fn remove_directory(&self, path: &str) -> Result<(), Failure> {
        self.note(Operation::Remove, path)?;
        let below = format!("{path}/");
        if self.look(path) != Some(Kind::Directory) {
            return fail(Operation::Remove, path, "not-directory");
        }
        if self.tree.borrow().keys().any(|name| name.starts_with(&below)) {
            return fail(Operation::Remove, path, NOT_EMPTY);
        }
        self.tree.borrow_mut().remove(path);
        self.made.borrow_mut().remove(path);
        Ok(())
    }

    fn close_cached(&self) {
        self.keeps_open.set(false);
    }
}
