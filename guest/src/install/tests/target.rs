//! A host in memory: a target Python and its directories.

use crate::bindings::ensurepip::bootstrap::interpreter::{Invalidation, Source, SourceDigest};
use crate::bindings::ensurepip::bootstrap::progress::Step;
use crate::bindings::ensurepip::bootstrap::shims::{Content, Script, Written};
use crate::bindings::ensurepip::bootstrap::types::{
    Error, KeptFile, OsName, Place, Python, Role, SchemeName, SchemeSource, VersionInfo,
};
use crate::directory::Directory;
use crate::directory::memory::{Failing, Fixed, Journal, Memory, Tree};
use crate::host::Host;
use crate::install::{WheelResource, kept, stage_share};
use crate::record::{Digest, digests, sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
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
    /// Every call that can fail.
    pub(super) journal: Rc<Journal>,
    /// The scripts that were staged, with the modification time for them.
    pub(super) staged: RefCell<Vec<(Script, u64)>>,
    /// The names of the scripts that are to go.
    pub(super) obsolete: RefCell<Vec<String>>,
    /// The scripts that have their final names.
    pub(super) bin: RefCell<Scripts>,
    /// What is to become of the scripts: the contents of those that are written, none for those that
    /// go.
    pending: RefCell<Vec<(String, Option<Vec<u8>>)>>,
    /// The scripts before that.
    former: RefCell<Scripts>,
    /// The sources that were compiled.
    pub(super) sources: RefCell<Vec<Source>>,
    /// What they came to, call by call.
    compiled: RefCell<VecDeque<Vec<Option<Vec<u8>>>>>,
    /// Whether bytecode of every source was kept from earlier, and the sources that it was asked for.
    pub(super) has_kept: bool,
    pub(super) recalled: RefCell<Vec<SourceDigest>>,
    /// Whether the last source is left without an answer.
    pub(super) short_answer: bool,
    /// The wheel in other instances, which can help; and what they came to.
    pub(super) helpers: RefCell<Vec<WheelResource>>,
    staged_elsewhere: RefCell<Option<Result<Vec<Vec<bool>>, Error>>>,
    /// The sources that were fetched from an instance that has them in memory.
    pub(super) fetched: RefCell<Vec<u32>>,
    /// The calls during which a directory was kept open, of those for which the host needs files.
    pub(super) crowded: RefCell<Vec<&'static str>>,
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
            journal,
            staged: RefCell::default(),
            obsolete: RefCell::default(),
            bin: RefCell::default(),
            pending: RefCell::default(),
            former: RefCell::default(),
            sources: RefCell::default(),
            compiled: RefCell::default(),
            has_kept: false,
            recalled: RefCell::default(),
            short_answer: false,
            helpers: RefCell::default(),
            staged_elsewhere: RefCell::default(),
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

    /// A source, with its bytes, whoever has them.
    fn brought(&self, source: &Source) -> Source {
        let Some(entry) = source.kept else { return source.clone() };
        assert!(source.contents.is_empty(), "they are brought once");
        let helpers = self.helpers.borrow();
        let mut kept = helpers.iter().filter_map(|wheel| kept(wheel, &[entry]).pop().flatten());
        let contents = kept.next().expect("one of them has it");
        assert_eq!(kept.next(), None, "and no other");
        self.fetched.borrow_mut().push(entry);
        Source { contents, kept: None, ..source.clone() }
    }

    /// Notes a call for which the host needs files, if a directory is kept open meanwhile.
    fn note_kept_open(&self, call: &'static str) {
        if self.directories.values().any(|directory| directory.keeps_open()) {
            self.crowded.borrow_mut().push(call);
        }
    }

    /// Makes bytecode of these sources.
    fn answer<'path>(&self, paths: impl Iterator<Item = &'path str>) {
        let answers = paths.map(|path| {
            let bytecode = format!("bytecode of {path}").into_bytes();
            (!path.ends_with(INVALID_SOURCE)).then_some(bytecode)
        });
        let answers = answers.skip(usize::from(self.short_answer)).collect();
        self.compiled.borrow_mut().push_back(answers);
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
fn name(role: Role) -> &'static str {
    match role {
        Role::Purelib => "purelib",
        Role::Platlib => "platlib",
        Role::Headers => "headers",
        Role::Scripts => "scripts",
        Role::Data => "data",
    }
}

/// What a script holds after it was written.
fn script(content: &Content) -> Vec<u8> {
    match content {
        Content::Launcher(launcher) => {
            let stub = launcher.stub.clone().unwrap_or_default();
            [stub, b"#!/py/bin/python3\n".to_vec(), launcher.source.clone().into_bytes()].concat()
        }
        Content::Python(rest) => [&b"#!/py/bin/python3\n"[..], rest].concat(),
        Content::Verbatim(contents) => contents.clone(),
    }
}

impl Host for Target {
    fn directory(&self, role: Role) -> Option<Rc<dyn Directory>> {
        Some(Rc::clone(self.directories.get(&role)?) as Rc<dyn Directory>)
    }

    fn digests(&self, contents: &[u8]) -> (Digest, u32) {
        digests(contents)
    }

    fn helpers(&self) -> usize {
        self.helpers.borrow().len()
    }

    /// They do it at once, one after the other.
    fn stage_elsewhere(&self, files: &[KeptFile], bytecode: &[Vec<Place>]) {
        let helpers = self.helpers.take();
        let mut shares = bytecode.chunks(bytecode.len().div_ceil(helpers.len()).max(1));
        let (mut written, mut answers) = (0, Vec::new());
        let stage = || {
            for wheel in &helpers {
                let share = shares.next().unwrap_or_default();
                let report = stage_share(wheel, files, share, self)?;
                written += report.files;
                answers.extend(report.bytecode);
            }
            Ok(answers)
        };
        let staged = stage();
        assert!(staged.is_err() || written as usize == files.len());
        self.staged_elsewhere.replace(Some(staged));
    }

    fn staged_elsewhere(&self) -> Result<Vec<Vec<bool>>, Error> {
        let fails = self.journal.note("staged elsewhere".to_owned());
        let staged = self.staged_elsewhere.take().expect("it was asked for, once");
        if fails { Err(Error::Bytecode("one of them has failed".to_owned())) } else { staged }
    }

    fn recall(&self, portions: &[Vec<SourceDigest>], _: Invalidation) -> Vec<bool> {
        let known = portions.iter().map(|sources| {
            self.recalled.borrow_mut().extend_from_slice(sources);
            if self.has_kept {
                self.answer(sources.iter().map(|source| source.path.as_str()));
            }
            self.has_kept
        });
        known.collect()
    }

    fn compile(&self, sources: &[Source], invalidation: Invalidation) -> Result<(), Error> {
        if self.journal.note(format!("compile {} by {invalidation:?}", sources.len())) {
            return Err(Error::Bytecode("no Python runs".to_owned()));
        }
        let sources = sources.iter().map(|source| self.brought(source)).collect::<Vec<_>>();
        self.sources.borrow_mut().extend_from_slice(&sources);
        self.answer(sources.iter().map(|source| source.path.as_str()));
        Ok(())
    }

    fn compiled(&self) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.note_kept_open("compiled");
        if self.journal.note("compiled".to_owned()) {
            return Err(Error::Bytecode("the Python has ended".to_owned()));
        }
        Ok(self.compiled.borrow_mut().pop_front().expect("something was brought"))
    }

    fn stage_scripts(
        &self,
        scripts: &[Script],
        modified: u64,
        obsolete: &[String],
    ) -> Result<Vec<Written>, Error> {
        let names: Vec<&str> = scripts.iter().map(|script| script.name.as_str()).collect();
        if self.journal.note(format!("stage scripts {}", names.join(" "))) {
            return Err(Error::Shims("a script cannot be written".to_owned()));
        }
        let staged = scripts.iter().map(|script| (script.clone(), modified));
        self.staged.borrow_mut().extend(staged);
        self.obsolete.borrow_mut().extend_from_slice(obsolete);
        let written = scripts.iter().map(|Script { name, content }| {
            let is_program =
                self.python.os == OsName::Nt && matches!(content, Content::Launcher(_));
            let contents = script(content);
            Written {
                name: if is_program { format!("{name}.exe") } else { name.clone() },
                sha256: sha256(&contents).to_vec(),
                size: contents.len() as u64,
            }
        });
        let written: Vec<Written> = written.collect();
        let names = written.iter().map(|written| written.name.clone());
        let contents = scripts.iter().map(|staged| Some(script(&staged.content)));
        let gone = obsolete.iter().map(|name| (name.clone(), None));
        self.pending.replace(names.zip(contents).chain(gone).collect());
        self.former.replace(self.bin.borrow().clone());
        Ok(written)
    }

    /// Whoever is stopped here has done half of it, and has another script out of its place.
    fn publish_scripts(&self) -> Result<(), Error> {
        let fails = self.journal.note("publish scripts".to_owned());
        let mut pending = self.pending.take();
        if fails {
            pending.truncate(pending.len().div_ceil(2) * usize::from(self.journal.is_stopped()));
            pending.last_mut().into_iter().for_each(|(_, contents)| *contents = None);
        }
        for (name, contents) in pending {
            match contents {
                Some(contents) => self.bin.borrow_mut().insert(name, contents),
                None => self.bin.borrow_mut().remove(&name),
            };
        }
        if fails { Err(Error::Shims("a script cannot be renamed".to_owned())) } else { Ok(()) }
    }

    fn withdraw_scripts(&self) {
        let is_begun = self.journal.calls().iter().any(|call| call.starts_with("stage scripts"));
        if self.journal.note("withdraw scripts".to_owned()) || !is_begun {
            return;
        }
        self.bin.replace(self.former.borrow().clone());
    }

    fn normalize(&self, role: Role, path: &str, executables: &[String]) -> Result<(), Error> {
        self.note_kept_open("normalize");
        let call = format!("normalize {} {path} {}", name(role), executables.join(" "));
        if self.journal.note(call) {
            return Err(Error::Permissions("a mode cannot be set".to_owned()));
        }
        Ok(())
    }

    fn report(&self, step: Step, files: usize, done: usize) -> Result<(), Error> {
        if self.journal.note(format!("report {step:?} {done} of {files}")) {
            return Err(Error::Cancelled);
        }
        Ok(())
    }
}
