//! The story: from what was asked for to pip in its place.

use crate::bindings::ensurepip::bootstrap::types::{self, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Action, Installed, Request, Resolution,
};
use crate::convert::{self, Subject};
use crate::error::Error;
use crate::grants::Grant;
use crate::interpreter::{self, Facts};
use crate::platform;
use crate::progress::{Decision, OnProgress, Progress};
use crate::report::{Granted, Outcome, Report};
use crate::root::{Missing, Root};
use crate::sandbox::{Authority, Sandbox};
use crate::shims::{ScriptTarget, Scripts};
use crate::wheels::{self, Wheel};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for another run to end.
const LOCK_PATIENCE: Duration = Duration::from_secs(30);

/// Interpreters that make a root one with a Python of its own.
const OWN_PYTHONS: &[&str] =
    &["usr/local/bin/python3", "usr/bin/python3", "bin/python3", "opt/python/bin/python3"];

/// What to do, as `ensurepip.bootstrap` has it; everything else than the default is said by a
/// method.
///
/// By default, pip goes to the active virtual environment, else to the first Python on PATH, with
/// the scripts `pipX` and `pipX.Y`, and bytecode.
///
/// ```no_run
/// let report = ensurepip_host::Bootstrap::new().root("/mnt/img").run()?;
/// println!("{} {}", report.project, report.version);
/// # Ok::<(), ensurepip_host::Error>(())
/// ```
#[derive(Default)]
pub struct Bootstrap {
    root: Option<PathBuf>,
    python: Option<PathBuf>,
    executable: Option<String>,
    wheel_directory: Option<PathBuf>,
    altinstall: bool,
    default_pip: bool,
    no_compile: bool,
    source_date_epoch: Option<u64>,
    on_progress: Option<OnProgress>,
}

impl Bootstrap {
    /// Everything by default.
    #[must_use]
    pub fn new() -> Bootstrap {
        Bootstrap::default()
    }

    /// Installs below an alternate root. Nothing is read, written or removed outside it. An empty
    /// path is no root, as for `ensurepip`.
    #[must_use]
    pub fn root(mut self, root: impl Into<PathBuf>) -> Bootstrap {
        self.root = Some(root.into()).filter(|root| !root.as_os_str().is_empty());
        self
    }

    /// Installs for this interpreter.
    #[must_use]
    pub fn python(mut self, python: impl Into<PathBuf>) -> Bootstrap {
        self.python = Some(python.into());
        self
    }

    /// Has scripts name this interpreter, an absolute path in the target, instead of the one that
    /// is installed for.
    #[must_use]
    pub fn executable(mut self, executable: impl Into<String>) -> Bootstrap {
        self.executable = Some(executable.into());
        self
    }

    /// Installs the newest wheel of pip in this directory, instead of the bundled one.
    #[must_use]
    pub fn wheel_directory(mut self, directory: impl Into<PathBuf>) -> Bootstrap {
        self.wheel_directory = Some(directory.into());
        self
    }

    /// Installs the script `pipX.Y` alone.
    #[must_use]
    pub fn altinstall(mut self, altinstall: bool) -> Bootstrap {
        self.altinstall = altinstall;
        self
    }

    /// Installs the script `pip` as well.
    #[must_use]
    pub fn default_pip(mut self, default_pip: bool) -> Bootstrap {
        self.default_pip = default_pip;
        self
    }

    /// Whether to compile bytecode, with the interpreter that is installed for.
    #[must_use]
    pub fn compile(mut self, compile: bool) -> Bootstrap {
        self.no_compile = !compile;
        self
    }

    /// Gives all that is written this modification time, in seconds since 1970, and has bytecode
    /// checked by hash: `SOURCE_DATE_EPOCH`, which the library does not look up by itself.
    #[must_use]
    pub fn source_date_epoch(mut self, seconds: Option<u64>) -> Bootstrap {
        self.source_date_epoch = seconds;
        self
    }

    /// Calls back at each step, from whatever thread runs this.
    #[must_use]
    pub fn on_progress(
        mut self,
        callback: impl FnMut(Progress) -> Decision + Send + 'static,
    ) -> Bootstrap {
        self.on_progress = Some(Box::new(callback));
        self
    }

    /// Puts pip there, unless the target has one.
    ///
    /// # Errors
    ///
    /// Fails with any case of [`Error`], and then leaves the target as it was.
    pub fn run(mut self) -> Result<Report, Error> {
        if self.altinstall && self.default_pip {
            return Err(Error::ConflictingScripts);
        }
        let python = self.find_python()?;
        let wheel = self.choose_wheel()?;
        let on_progress = self.on_progress.take();
        // The interpreter takes its time to start; the wheel can be checked meanwhile.
        let (facts, checked) = thread::scope(|scope| {
            let asked = scope.spawn(|| interpreter::ask(&python));
            let checked = Sandbox::new(on_progress).and_then(|mut sandbox| {
                let info = sandbox.check(&wheel.name, &wheel.bytes)?;
                Ok((sandbox, info))
            });
            let facts = asked.join().map_err(|_| Error::Component("a thread failed".to_owned()));
            (facts.and_then(|facts| facts), checked)
        });
        let (facts, (mut sandbox, info)) = (facts?, checked?);
        sandbox.introduce(facts.clone());
        let mut root = Root::new(self.root.clone());
        let target = Target { python, facts, wheel, scheme: None };
        info.map_err(|error| target.explain(&root, error))?;

        let result = self.install(&mut sandbox, target, &mut root);
        // What is under way ends before the directories that were made for it.
        drop(sandbox);
        if !matches!(&result, Ok(Report { outcome: Outcome::Installed { .. }, .. })) {
            root.undo();
        }
        result
    }

    fn install(
        &self,
        sandbox: &mut Sandbox,
        mut target: Target,
        root: &mut Root,
    ) -> Result<Report, Error> {
        let request = self.request(&target.wheel);
        let resolution = sandbox
            .resolve(&request, &target.wheel.bytes)?
            .map_err(|error| target.explain(root, error))?;
        target.scheme = Some(resolution.scheme.clone());

        let grants = open_grants(root, &resolution, Missing::Leave)?;
        let plan = sandbox
            .plan(grants, &request, &target.wheel.bytes)?
            .map_err(|error| target.explain(root, error))?;
        if let Action::Keep(found) = plan.action {
            let outcome = kept(root, &found, &target);
            return Ok(target.report(root, resolution, outcome));
        }

        let grants = open_grants(root, &resolution, Missing::Make)?;
        let _lock = lock(&grants)?;
        let authority = Authority {
            grants,
            writable: true,
            scripts: self.open_scripts(root, &target, &resolution)?,
            compiler: Some(target.python.clone()),
        };
        let answer = sandbox.apply(authority, &request, &target.wheel.bytes);
        let authority = sandbox.take_authority();
        let done = match answer {
            Ok(answer) => answer.map_err(|error| target.explain(root, error))?,
            Err(stopped) => {
                // It had no chance to clean up after itself.
                authority.grants.iter().try_for_each(Grant::remove_stage)?;
                return Err(stopped);
            }
        };
        let outcome = match done.action {
            Action::Install => {
                if let Some(scripts) = authority.scripts {
                    scripts.finish();
                }
                let (files, bytecode, scripts) = (done.files, done.bytecode, done.scripts);
                Outcome::Installed { files, bytecode, scripts }
            }
            Action::Keep(found) => kept(root, &found, &target),
        };
        Ok(target.report(root, resolution, outcome))
    }

    fn open_scripts(
        &self,
        root: &mut Root,
        target: &Target,
        resolution: &Resolution,
    ) -> Result<Option<Scripts>, Error> {
        let directory = root.directory(&resolution.scheme.scripts, Missing::Make)?;
        Ok(directory.map(|directory| {
            let executable = self.executable.as_ref().unwrap_or(&target.facts.shebang).clone();
            let windows = target.facts.os == "nt";
            Scripts::new(directory, ScriptTarget { executable, windows })
        }))
    }

    fn find_python(&self) -> Result<PathBuf, Error> {
        if let Some(python) = &self.python {
            return Ok(python.clone());
        }
        // Asking this system's Python for the paths in another system's image would be a guess.
        let own = self.root.iter().flat_map(|root| OWN_PYTHONS.iter().map(|own| root.join(own)));
        if let Some(path) = own.into_iter().find(|path| path.symlink_metadata().is_ok()) {
            return Err(Error::PythonInRoot { path });
        }
        interpreter::find()
    }

    fn choose_wheel(&self) -> Result<Wheel, Error> {
        match &self.wheel_directory {
            Some(directory) => wheels::newest_in(directory),
            None => wheels::bundled(),
        }
    }

    fn request(&self, wheel: &Wheel) -> Request {
        Request {
            wheel_name: wheel.name.clone(),
            scripts: match (self.altinstall, self.default_pip) {
                (true, _) => ScriptSet::Alternate,
                (_, true) => ScriptSet::DefaultPip,
                _ => ScriptSet::Versioned,
            },
            compile: !self.no_compile,
            source_date_epoch: self.source_date_epoch,
        }
    }
}

/// What is installed, and for which Python.
struct Target {
    python: PathBuf,
    facts: Facts,
    wheel: Wheel,
    /// None as long as it is not resolved.
    scheme: Option<types::Scheme>,
}

impl Target {
    /// An error of the component, in our own words.
    fn explain(&self, root: &Root, error: types::Error) -> Error {
        let wheel = (self.wheel.name.as_str(), self.wheel.version.as_str());
        Subject { root, facts: &self.facts, wheel, scheme: self.scheme.as_ref() }.error(error)
    }

    fn report(self, root: &Root, resolution: Resolution, outcome: Outcome) -> Report {
        let granted = resolution.grants.iter().map(|role| Granted {
            role: convert::role_name(*role),
            path: root.display(convert::role_path(&resolution.scheme, *role)),
        });
        Report {
            granted: granted.collect(),
            project: resolution.project,
            version: resolution.version,
            wheel: self.wheel.path.unwrap_or_else(|| PathBuf::from(self.wheel.name)),
            python: self.facts.executable,
            python_version: self.facts.version.map(|number| number.to_string()).join("."),
            scripts_directory: root.display(&resolution.scheme.scripts),
            outcome,
        }
    }
}

fn kept(root: &Root, found: &Installed, target: &Target) -> Outcome {
    let path = target.scheme.as_ref().map(|scheme| convert::role_path(scheme, found.role));
    Outcome::Kept {
        version: found.version.clone(),
        directory: root.display(path.unwrap_or_default()),
    }
}

/// Opens the directories that the component needs.
fn open_grants(
    root: &mut Root,
    resolution: &Resolution,
    missing: Missing,
) -> Result<Vec<Grant>, Error> {
    let mut grants = Vec::with_capacity(resolution.grants.len());
    for role in &resolution.grants {
        // Scripts are the host's, whatever the component asks for.
        if *role == types::Role::Scripts {
            return Err(Error::Component("it asked for the scripts directory".to_owned()));
        }
        let path = convert::role_path(&resolution.scheme, *role);
        let shown = root.display(path);
        if let Some(directory) = root.directory(path, missing)? {
            grants.push(Grant { name: convert::role_name(*role), shown, directory });
        }
    }
    Ok(grants)
}

/// Takes the locks of all directories, and waits for another run to end.
fn lock(grants: &[Grant]) -> Result<Vec<platform::Lock>, Error> {
    let start = Instant::now();
    let mut locks = Vec::with_capacity(grants.len());
    for grant in grants {
        let failed = |error: std::io::Error| Error::Directory {
            path: grant.shown.clone(),
            detail: error.to_string(),
        };
        loop {
            if let Some(lock) = platform::lock(&grant.directory).map_err(failed)? {
                locks.push(lock);
                break;
            }
            if start.elapsed() > LOCK_PATIENCE {
                return Err(Error::Locked { path: grant.shown.clone() });
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(locks)
}
