//! A directory to grant, and a component in the sandbox that wants out of it.

use crate::bindings::ensurepip::bootstrap::types::{self, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{PlanReport, Request};
use crate::error::Error;
use crate::facts::Facts;
use crate::facts::sample::sample;
use crate::grants::Grant;
use crate::progress::Reporter;
use crate::sandbox::{Access, Failure, Interrupt, Runtime, Sandbox};
use crate::wheels::{Contents, Wheel};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use ensurepip_guest_artifact::Variant;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// A directory to grant, with a decoy beside it and links that lead there.
pub(crate) struct Trap {
    pub(crate) directory: TempDir,
    pub(crate) reporter: Reporter,
    /// How the component is compiled.
    pub(crate) variant: Variant,
}

impl Trap {
    pub(crate) fn new() -> Trap {
        let directory = tempfile::tempdir().expect("there is room");
        for name in ["purelib", "purelib/inside", "decoy", "bin"] {
            fs::create_dir(directory.path().join(name)).expect("there is room");
        }
        let trap = Trap { directory, reporter: Reporter::new(None), variant: Variant::Fast };
        fs::write(trap.path("decoy/secret"), "secret").expect("there is room");
        link("../decoy", &trap.path("purelib/relative-link"));
        link(&trap.path("decoy").to_string_lossy(), &trap.path("purelib/absolute-link"));
        link("relative-link", &trap.path("purelib/chain"));
        trap
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn open(&self, name: &str) -> Dir {
        Dir::open_ambient_dir(self.path(name), ambient_authority()).expect("it can be opened")
    }

    pub(crate) fn grant(&self) -> Grant {
        let (shown, directory) = (self.path("purelib"), self.open("purelib"));
        Grant { name: "purelib", shown, directory }
    }

    /// The probe in the sandbox.
    pub(crate) fn sandbox(&self) -> Sandbox {
        let engine = ensurepip_guest_artifact::engine(self.variant).expect("there is an engine");
        let probe = ensurepip_guest_artifact::probe(&engine, self.variant);
        let probe = probe.expect("it can be loaded");
        let runtime = Runtime::with(&engine, &probe, self.variant).expect("it can be linked");
        runtime
            .sandbox(self.reporter.clone(), &Interrupt::default())
            .expect("it can be instantiated")
    }

    /// Begins a transaction, and ends it.
    fn begin(&self, wheel_name: &str) -> Result<Result<(), types::Error>, Error> {
        let mut sandbox = self.sandbox();
        if ["loop", "talk"].contains(&wheel_name) {
            sandbox.time_limit = Duration::from_secs(2);
        }
        let access = Access::writable(&Arc::new(vec![self.grant()]));
        match sandbox.begin(access, &[wheel_named(wheel_name)], &facts(), &REQUEST) {
            Ok(transaction) => {
                transaction.end();
                Ok(Ok(()))
            }
            Err(Failure::Answer(error)) => Ok(Err(error)),
            Err(Failure::Run(error)) => Err(error),
        }
    }

    fn plan(&self) -> Result<Result<Vec<PlanReport>, types::Error>, Error> {
        let access = Access::read_only(vec![self.grant()]);
        self.sandbox().plan(&access, &[wheel_named("")], &facts(), &REQUEST)
    }

    /// What came of all attempts of the probe.
    pub(crate) fn probe(&self, writable: bool) -> String {
        let answer =
            if writable { self.begin("") } else { self.plan().map(|answer| answer.map(drop)) };
        match answer.expect("the probe ends by itself") {
            Err(types::Error::Misuse(outcomes)) => outcomes,
            other => panic!("another answer: {other:?}"),
        }
    }

    /// Why it was stopped; nothing of it is left.
    pub(crate) fn stopped(&self, wheel_name: &str) -> String {
        let before = tree(self.directory.path());
        let error = self.begin(wheel_name).expect_err("the probe is stopped").to_string();
        assert_eq!(tree(self.directory.path()), before);
        error
    }
}

/// A wheel that nobody looks into.
pub(crate) fn wheel() -> Arc<Wheel> {
    wheel_named("pip-1-py3-none-any.whl")
}

pub(crate) fn wheel_named(name: &str) -> Arc<Wheel> {
    Arc::new(Wheel {
        name: name.to_owned(),
        path: None,
        project: "pip".to_owned(),
        version: "1".to_owned(),
        contents: Contents::Archive(Vec::new()),
        sha256: String::new(),
        trusted: false,
    })
}

pub(crate) const REQUEST: Request = Request {
    scripts: ScriptSet::Versioned,
    upgrade: false,
    compile: false,
    source_date_epoch: None,
    dependencies: Vec::new(),
};

/// A Python that nobody looks for.
pub(crate) fn facts() -> Facts {
    sample(&[])
}

#[cfg(unix)]
fn link(target: &str, name: &Path) {
    std::os::unix::fs::symlink(target, name).expect("there is room");
}

#[cfg(windows)]
fn link(target: &str, name: &Path) {
    std::os::windows::fs::symlink_dir(target, name).expect("links may be made");
}

/// Everything in a directory and below it, links not followed.
pub(crate) fn tree(path: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut pending = vec![path.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).expect("it can be listed") {
            let path = entry.expect("it can be listed").path();
            let metadata = path.symlink_metadata().expect("it is there");
            if metadata.is_dir() {
                pending.push(path.clone());
            }
            let contents = fs::read_to_string(&path).unwrap_or_default();
            let facts = format!("{:?} {contents}", metadata.permissions());
            found.insert(path.to_string_lossy().into_owned(), facts);
        }
    }
    found
}
