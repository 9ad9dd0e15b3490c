//! The story: from what was asked for to pip in its place.

use crate::bindings::ensurepip::bootstrap::types::{self, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, Request, Resolution};
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
use std::sync::Arc;
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
    pub fn run(self) -> Result<Report, Error> {
        if self.altinstall && self.default_pip {
            return Err(Error::ConflictingScripts);
        }
        let python = self.find_python()?;
        // The interpreter takes its time to start; the component can be loaded meanwhile.
        let (facts, loaded) = thread::scope(|scope| {
            let asked = scope.spawn(|| interpreter::ask(&python));
            let loaded = Sandbox::new().and_then(|sandbox| Ok((sandbox, self.choose_wheel()?)));
            let facts = asked.join().map_err(|_| Error::Component("a thread failed".to_owned()));
            (facts.and_then(|facts| facts), loaded)
        });
        let (facts, (sandbox, wheel)) = (Arc::new(facts?), loaded?);
        let request = self.request(&wheel);
        let mut root = Root::new(self.root.clone());
        let run = Run { options: self, python, facts, sandbox, wheel, request };
        let result = run.install(&mut root);
        if !matches!(&result, Ok(Report { outcome: Outcome::Installed { .. }, .. })) {
            root.undo();
        }
        result
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

/// One run, once everything is known that can be known without the target's directories.
struct Run {
    options: Bootstrap,
    python: PathBuf,
    facts: Arc<Facts>,
    sandbox: Sandbox,
    wheel: Wheel,
    request: Request,
}

impl Run {
    fn install(self, root: &mut Root) -> Result<Report, Error> {
        let Run { options, python, facts, sandbox, wheel, request } = self;
        let resolution = sandbox
            .resolve(&facts, &request, &wheel.bytes)?
            .map_err(|error| subject(root, &facts, &wheel, None).error(error))?;
        let scheme = resolution.scheme.clone();

        let grants = open_grants(root, &resolution)?;
        let granted: Vec<Granted> = grants.iter().map(Granted::of).collect();
        let _lock = lock(&grants)?;
        let scripts_directory = root.display(&scheme.scripts);
        let scripts = root.directory(&scheme.scripts, Missing::Make)?.map(|directory| {
            let executable = options.executable.unwrap_or_else(|| facts.shebang.clone());
            Scripts::new(directory, ScriptTarget { executable, windows: facts.os == "nt" })
        });
        let authority = Authority {
            grants,
            writable: true,
            scripts,
            compiler: Some(python),
            on_progress: options.on_progress,
        };
        let (answer, authority) = sandbox.apply(&facts, authority, &request, &wheel.bytes);
        let done = match answer {
            Ok(answer) => {
                answer.map_err(|error| subject(root, &facts, &wheel, Some(&scheme)).error(error))?
            }
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
            Action::Keep(found) => Outcome::Kept {
                version: found.version,
                directory: root.display(convert::role_path(&scheme, found.role)),
            },
        };
        Ok(Report {
            project: resolution.project,
            version: resolution.version,
            wheel: wheel.path.unwrap_or_else(|| PathBuf::from(wheel.name)),
            python: facts.executable.clone(),
            python_version: facts.version.map(|number| number.to_string()).join("."),
            granted,
            scripts_directory,
            outcome,
        })
    }
}

/// What the component's errors are about.
fn subject<'run>(
    root: &'run Root,
    facts: &'run Facts,
    wheel: &'run Wheel,
    scheme: Option<&'run types::Scheme>,
) -> Subject<'run> {
    Subject { root, facts, wheel: (&wheel.name, &wheel.version), scheme }
}

/// Opens the directories that the component needs, and makes them where they are missing.
fn open_grants(root: &mut Root, resolution: &Resolution) -> Result<Vec<Grant>, Error> {
    let mut grants = Vec::with_capacity(resolution.grants.len());
    for role in &resolution.grants {
        // Scripts are the host's, whatever the component asks for.
        if *role == types::Role::Scripts {
            return Err(Error::Component("it asked for the scripts directory".to_owned()));
        }
        let path = convert::role_path(&resolution.scheme, *role);
        let shown = root.display(path);
        if let Some(directory) = root.directory(path, Missing::Make)? {
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
