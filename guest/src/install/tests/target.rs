//! A host in memory: a target Python and its directories.

use super::driver::Compiled;
use super::wheel_builder::WheelBuilder;
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::types::{
    Error, OsName, Python, Role, SchemeName, SchemeSource, VersionInfo,
};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Details, Script};
use crate::directory::Directory;
use crate::directory::memory::{Failing, Fixed, Journal, Memory, Tree};
use crate::host::Host;
use crate::install::WheelResource;
use crate::record::{Digest, digests};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The source that is not valid in the target Python.
pub(super) const INVALID_SOURCE: &str = "pip/_vendor/invalid.py";

/// Scripts by name.
pub(super) type Scripts = BTreeMap<String, Vec<u8>>;

/// The target.
pub(super) struct Target {
    /// What is known of it.
    pub(super) python: Python,
    directories: BTreeMap<Role, Rc<Memory>>,
    /// The directory of wheels, if there is one.
    pub(super) wheels: Option<Rc<Memory>>,
    /// Every call that can fail.
    pub(super) journal: Rc<Journal>,
    /// What the last transaction asked for.
    pub(super) details: RefCell<Option<Details>>,
    /// The scripts that were staged, with the modification time for them.
    pub(super) staged: RefCell<Vec<(Script, u64)>>,
    /// The names of the scripts that are to go.
    pub(super) obsolete: RefCell<Vec<String>>,
    /// The scripts that have their final names.
    pub(super) bin: RefCell<Scripts>,
    /// The sources that were compiled.
    pub(super) sources: RefCell<Vec<Compiled>>,
    /// Whether the host has bytecode of every source from earlier.
    pub(super) has_kept: bool,
    /// The wheel in other instances, which can help with the next run.
    pub(super) helpers: RefCell<Vec<WheelResource>>,
    /// Whether they stage a share, or give what they have read and nothing else.
    pub(super) helpers_stage: bool,
    /// Whether they write when the host waits for them, or at once.
    pub(super) helpers_are_late: bool,
    /// The sources that were fetched from an instance that has them in memory.
    pub(super) fetched: RefCell<Vec<u32>>,
    /// The actions of the host during which a directory was kept open.
    pub(super) crowded: RefCell<Vec<String>>,
}

impl Target {
    /// CPython 3.13 on Linux below `/py`, with these directories granted, all empty.
    pub(super) fn posix(granted: &[Role]) -> Target {
        let journal = Rc::new(Journal::default());
        let memory = |role: &Role| (*role, Rc::new(Memory::new(name(*role), Rc::clone(&journal))));
        Target {
            python: Python {
                version: VersionInfo { major: 3, minor: 13, micro: 1 },
                implementation: "cpython".to_owned(),
                cache_tag: Some("cpython-313".to_owned()),
                os: OsName::Posix,
                platform: "linux-x86_64".to_owned(),
                prefix: "/py".to_owned(),
                exec_prefix: "/py".to_owned(),
                base_prefix: "/py".to_owned(),
                base_exec_prefix: "/py".to_owned(),
                platlibdir: "lib".to_owned(),
                abiflags: String::new(),
                free_threaded: false,
                winver: None,
                user_base: None,
                scheme_source: SchemeSource::Named(SchemeName::PosixPrefix),
            },
            directories: granted.iter().map(memory).collect(),
            wheels: None,
            journal,
            details: RefCell::default(),
            staged: RefCell::default(),
            obsolete: RefCell::default(),
            bin: RefCell::default(),
            sources: RefCell::default(),
            has_kept: false,
            helpers: RefCell::default(),
            helpers_stage: true,
            helpers_are_late: false,
            fetched: RefCell::default(),
            crowded: RefCell::default(),
        }
    }

    /// The same on Windows below `C:\Py`, of this platform.
    pub(super) fn windows(platform: &str, granted: &[Role]) -> Target {
        let mut target = Target::posix(granted);
        let python = &mut target.python;
        python.os = OsName::Nt;
        platform.clone_into(&mut python.platform);
        for prefix in [
            &mut python.prefix,
            &mut python.exec_prefix,
            &mut python.base_prefix,
            &mut python.base_exec_prefix,
        ] {
            r"C:\Py".clone_into(prefix);
        }
        python.scheme_source = SchemeSource::Named(SchemeName::Nt);
        target
    }

    /// The same again, with `/py/lib64` for platform modules.
    pub(super) fn with_lib64(granted: &[Role]) -> Target {
        let mut target = Target::posix(granted);
        "lib64".clone_into(&mut target.python.platlibdir);
        target
    }

    /// Notes an action of the host, which needs files for it. Returns whether it is to fail.
    pub(super) fn act(&self, action: String) -> bool {
        if self.directories.values().any(|directory| directory.keeps_open()) {
            self.crowded.borrow_mut().push(action.clone());
        }
        self.journal.note(action)
    }

    /// Closes what is kept open, as the end of an instance does.
    pub(super) fn close_cached(&self) {
        self.directories.values().for_each(|directory| directory.close_cached());
    }

    /// Grants a directory with this wheel, which is taken from there.
    pub(super) fn open(&mut self, wheel: &WheelBuilder) -> WheelResource {
        let wheels = Memory::new("wheels", Rc::default());
        wheels.put(&wheel.file_name, &wheel.build());
        self.wheels = Some(Rc::new(wheels));
        let opened = WheelResource::in_directory(wheel.file_name.clone(), false, self);
        opened.expect("it is there")
    }

    /// Grants the directory of pure modules for platform modules too.
    pub(super) fn share_library(&mut self) {
        let purelib = Rc::clone(&self.directories[&Role::Purelib]);
        self.directories.insert(Role::Platlib, purelib);
    }

    /// The directory of a role.
    pub(super) fn memory(&self, role: Role) -> &Memory {
        self.directories.get(&role).expect("the role is granted")
    }

    /// All granted directories.
    pub(super) fn trees(&self) -> Vec<Tree> {
        self.directories.values().map(|memory| memory.tree()).collect()
    }

    /// The same without what is staged.
    pub(super) fn trees_without_stage(&self) -> Vec<Tree> {
        let mut trees = self.trees();
        for tree in &mut trees {
            tree.retain(|path, _| !path.starts_with(".ensurepip-host-stage"));
        }
        trees
    }

    /// Puts other trees into the granted directories.
    pub(super) fn set_trees(&self, trees: &[Tree]) {
        for (memory, tree) in self.directories.values().zip(trees) {
            memory.set_tree(tree.clone());
        }
    }

    /// Chooses which directories cannot be renamed.
    pub(super) fn fix(&self, fixed: Fixed) {
        self.directories.values().for_each(|memory| memory.fix(fixed));
    }

    /// The paths in a directory, in order; directories end in `/`.
    pub(super) fn paths(&self, role: Role) -> Vec<String> {
        let tree = self.memory(role).tree();
        let path =
            |(path, node): (String, Option<_>)| if node.is_some() { path } else { path + "/" };
        let mut paths: Vec<String> = tree.into_iter().map(path).collect();
        paths.sort();
        paths
    }

    /// A file as text.
    pub(super) fn text(&self, role: Role, path: &str) -> String {
        let tree = self.memory(role).tree();
        let (contents, _) = tree.get(path).and_then(Option::as_ref).expect("the file is there");
        String::from_utf8(contents.clone()).expect("the file is text")
    }

    /// Makes a call fail, once.
    pub(super) fn fail(&self, failing: Failing) {
        self.journal.fail(failing);
    }

    /// The calls that begin so.
    pub(super) fn calls(&self, beginning: &str) -> Vec<String> {
        let calls = self.journal.calls();
        calls.into_iter().filter(|call| call.starts_with(beginning)).collect()
    }
}

/// A role as the journal calls it.
pub(super) fn name(role: Role) -> &'static str {
    match role {
        Role::Purelib => "purelib",
        Role::Platlib => "platlib",
        Role::Headers => "headers",
        Role::Scripts => "scripts",
        Role::Data => "data",
    }
}

impl Host for Target {
    fn directory(&self, role: Role) -> Option<Rc<dyn Directory>> {
        Some(Rc::clone(self.directories.get(&role)?) as Rc<dyn Directory>)
    }

    fn wheels(&self) -> Option<Rc<dyn Directory>> {
        Some(Rc::clone(self.wheels.as_ref()?) as Rc<dyn Directory>)
    }

    fn digests(&self, contents: &[u8]) -> (Digest, u32) {
        digests(contents)
    }

    fn report(&self, step: Step, files: usize, done: usize) -> Result<(), Error> {
        if self.journal.note(format!("report {step:?} {done} of {files}")) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}
