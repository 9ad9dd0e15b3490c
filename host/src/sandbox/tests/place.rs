//! A directory to grant, and a component in the sandbox that wants out of it.

use crate::bindings::ensurepip::bootstrap::types::{self, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{ApplyReport, PlanReport, Request};
use crate::bytecode::Compiler;
use crate::error::Error;
use crate::facts::Facts;
use crate::facts::sample::sample;
use crate::grants::Grant;
use crate::progress::Listener;
use crate::sandbox::{Authority, Brake, Helpers, Runtime, Sandbox};
use crate::shims::{ScriptPlatform, ScriptTarget, Scripts};
use crate::wheels::Wheel;
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
pub(super) struct Place {
    pub(super) directory: TempDir,
    pub(super) listener: Listener,
    /// How the component is compiled.
    pub(super) variant: Variant,
}

impl Place {
    pub(super) fn new() -> Place {
        let directory = tempfile::tempdir().expect("there is room");
        for name in ["purelib", "purelib/inside", "decoy", "bin"] {
            fs::create_dir(directory.path().join(name)).expect("there is room");
        }
        let place = Place { directory, listener: Listener::new(None), variant: Variant::Fast };
        fs::write(place.path("decoy/secret"), "secret").expect("there is room");
        link("../decoy", &place.path("purelib/relative-link"));
        link(&place.path("decoy").to_string_lossy(), &place.path("purelib/absolute-link"));
        link("relative-link", &place.path("purelib/chain"));
        place
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn open(&self, name: &str) -> Dir {
        Dir::open_ambient_dir(self.path(name), ambient_authority()).expect("it can be opened")
    }

    pub(super) fn grant(&self) -> Grant {
        let (shown, directory) = (self.path("purelib"), self.open("purelib"));
        Grant { name: "purelib", shown, directory }
    }

    /// The probe in the sandbox.
    pub(super) fn sandbox(&self) -> Sandbox {
        let engine = ensurepip_guest_artifact::engine(self.variant).expect("there is an engine");
        let probe = ensurepip_guest_artifact::probe(&engine, self.variant);
        let probe = probe.expect("it can be loaded");
        let runtime = Runtime::with(&engine, &probe, self.variant).expect("it can be linked");
        runtime.sandbox(self.listener.clone(), &Brake::default()).expect("it can be instantiated")
    }

    /// Has it installed, by what a wheel's name makes of that.
    pub(super) fn apply(
        &self,
        wheel_name: &str,
    ) -> Result<Result<ApplyReport, types::Error>, Error> {
        self.apply_with(Helpers::default(), wheel_name)
    }

    /// The same, with others that help.
    pub(super) fn apply_with(
        &self,
        helpers: Helpers,
        wheel_name: &str,
    ) -> Result<Result<ApplyReport, types::Error>, Error> {
        let target = ScriptTarget {
            executable: "/bin/python".to_owned(),
            platform: ScriptPlatform::Posix,
            windows: false,
        };
        let authority = Authority {
            grants: vec![self.grant()],
            writable: true,
            scripts: Some(Scripts::new(self.open("bin"), "bin".into(), target)),
            compiler: Some(Compiler::new("python3".into(), None)),
            helpers,
        };
        let mut sandbox = self.sandbox();
        if ["loop", "talk"].contains(&wheel_name) {
            sandbox.time_limit = Duration::from_secs(2);
        }
        sandbox.apply(authority, &wheel_named(wheel_name), &facts(), REQUEST)
    }

    pub(super) fn plan(&self) -> Result<Result<PlanReport, types::Error>, Error> {
        self.sandbox().plan(vec![self.grant()], &wheel_named(""), &facts(), REQUEST)
    }

    pub(super) fn probe(&self, writable: bool, wheel_name: &str) -> String {
        let answer = if writable {
            self.apply(wheel_name).map(|answer| answer.map(drop))
        } else {
            self.plan().map(|answer| answer.map(drop))
        };
        match answer.expect("the probe ends by itself") {
            Err(types::Error::Shims(told)) => told,
            other => panic!("another answer: {other:?}"),
        }
    }

    /// Why it was stopped; nothing of it is left.
    pub(super) fn stopped(&self, wheel_name: &str) -> String {
        let before = tree(self.directory.path());
        let error = self.apply(wheel_name).expect_err("the probe is stopped").to_string();
        assert_eq!(tree(self.directory.path()), before);
        error
    }
}

/// A wheel that nobody looks into.
pub(super) fn wheel() -> Arc<Wheel> {
    wheel_named("pip-1-py3-none-any.whl")
}

pub(super) fn wheel_named(name: &str) -> Arc<Wheel> {
    Arc::new(Wheel {
        name: name.to_owned(),
        path: None,
        version: "1".to_owned(),
        bytes: Vec::new().into(),
        sha256: String::new(),
        trusted: false,
    })
}

pub(super) const REQUEST: Request = Request {
    scripts: ScriptSet::Versioned,
    upgrade: false,
    compile: false,
    source_date_epoch: None,
};

/// A Python that nobody looks for.
pub(super) fn facts() -> Facts {
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
pub(super) fn tree(path: &Path) -> BTreeMap<String, String> {
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
