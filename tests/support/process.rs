//! Programs, run in a clean environment.
//!
//! A developer's `PIP_…`, `PYTHON…` and `VIRTUAL_ENV`, configuration files in the home directory
//! and an unusual umask affect an installer. None of them reaches a program run here.

use std::ffi::OsStr;
use std::fmt::{self, Display};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, LazyLock, Once};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use signal_hook::flag;

/// The interval of checks whether it is time to kill a program.
const LOOK: Duration = Duration::from_micros(50);

/// The time for reproducible runs.
const SOURCE_DATE_EPOCH: &str = "1700000000";

/// A program to run.
pub(crate) struct Program {
    command: Command,
    umask: &'static str,
}

/// A program that has ended, with its output.
pub(crate) struct Finished {
    /// The command line, for messages.
    command_line: String,
    output: Output,
}

impl Program {
    /// The tool under test. It has a cache that it shares with other runs, as a user's runs do.
    pub(crate) fn under_test(home: &Path) -> Self {
        static CACHES: LazyLock<String> = LazyLock::new(new_caches);
        Self::without_cache(home).environment("XDG_CACHE_HOME", &CACHES)
    }

    /// The tool under test. It compiles bytecode and reads layers itself, unless its home has a
    /// directory for caches.
    pub(crate) fn without_cache(home: &Path) -> Self {
        Self::new(Path::new(env!("CARGO_BIN_EXE_ensurepip-host")), home)
    }

    /// Any program, with only `PATH`, `HOME` and `TMPDIR` as its environment, and umask 022 by default.
    ///
    /// Its temporary files are beside its home. On a disk with ext4, creating files soon after others were
    /// removed takes longer than the rest of many tests.
    ///
    /// It runs in its home: `python -m` puts the current directory on the module path, and there
    /// must be no modules.
    pub(crate) fn new(program: &Path, home: &Path) -> Self {
        // The shell is the only portable way to set a child's umask without unsafe code.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", r#"umask "$UMASK"; unset UMASK; exec "$@""#, "sh"])
            .arg(program)
            .env_clear()
            .env("HOME", home)
            .current_dir(home)
            .stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let temporary = home.with_file_name("tmp");
        if temporary.is_dir() {
            command.env("TMPDIR", temporary);
        }
        Self { command, umask: "022" }
    }

    /// Adds one argument.
    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn arguments<Argument: AsRef<OsStr>>(
        mut self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets one environment variable.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in a directory other than its home.
    pub(crate) fn current_directory(mut self, directory: &Path) -> Self {
        self.command.current_dir(directory);
        self
    }

    /// Runs it with another umask.
    pub(crate) fn umask(mut self, umask: &'static str) -> Self {
        self.umask = umask;
        self
    }

    /// Sets `SOURCE_DATE_EPOCH`, which makes Python's bytecode refer to its source by hash.
    pub(crate) fn source_date_epoch(self) -> Self {
        self.environment("SOURCE_DATE_EPOCH", SOURCE_DATE_EPOCH)
    }

    /// Runs it, silently, and kills it (SIGKILL) once `is_time` returns true. Returns whether that
    /// ended it. A program that ends earlier must succeed.
    pub(crate) fn kill_when(mut self, is_time: impl Fn() -> bool) -> bool {
        let command_line = self.command_line();
        let command = self.command.env("UMASK", self.umask);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        // The shell is replaced by the program, so the child is the program itself.
        let mut child = command.spawn().expect("a shell can be run");
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if is_time() {
                child.kill().expect("a child can be killed");
                break child.wait().expect("a child can be waited for");
            }
            thread::sleep(LOOK);
        };
        let is_killed = status.signal() == Some(Signal::KILL.as_raw());
        assert!(is_killed || status.success(), "`{command_line}` ended with {status}");
        is_killed
    }

    /// Runs it to its end, in a process group of its own, and calls `meanwhile`. The number of the
    /// group is that of the process.
    pub(crate) fn run_with(mut self, meanwhile: impl FnOnce(Pid)) -> Finished {
        heed_signals();
        let command_line = self.command_line();
        let command = self.command.env("UMASK", self.umask).process_group(0);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.expect("a shell can be run");
        meanwhile(Pid::from_child(&child));
        let output = child.wait_with_output().expect("a child can be waited for");
        Finished { command_line, output }
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Finished {
        let command_line = self.command_line();
        let output = self
            .command
            .env("UMASK", self.umask)
            .output()
            .unwrap_or_else(|error| panic!("failed to run `{command_line}`: {error}"));
        Finished { command_line, output }
    }

    fn command_line(&self) -> String {
        // The first three arguments are our own shell line.
        let arguments = self.command.get_args().skip(3);
        arguments.map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

/// Makes children react to signals that this process was started with as ignored, as a shell's
/// background processes are: a signal that is caught here has its default effect there. It still ends
/// this process.
fn heed_signals() {
    static HEEDED: Once = Once::new();
    HEEDED.call_once(|| {
        for signal in [Signal::INT, Signal::TERM] {
            let (always, status) = (Arc::new(AtomicBool::new(true)), 128 + signal.as_raw());
            flag::register_conditional_shutdown(signal.as_raw(), status, always)
                .expect("the signal can be caught");
        }
    });
}

/// Makes an empty directory for caches, in place of that of earlier test runs.
fn new_caches() -> String {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/caches");
    let _ = fs::remove_dir_all(path);
    let made = DirBuilder::new().mode(0o700).recursive(true).create(path);
    made.expect("a directory can be made");
    path.to_owned()
}

impl Finished {
    /// Whether the exit status is 0.
    pub(crate) fn succeeded(&self) -> bool {
        self.output.status.success()
    }

    /// The exit status; none if a signal ended it.
    pub(crate) fn status(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// The signal that ended it; none if it ended by itself.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.output.status.signal()
    }

    /// Fails the test, showing all output of the program, unless the exit status is 0.
    pub(crate) fn expect_success(self) -> Self {
        assert!(self.succeeded(), "{self}");
        self
    }

    /// Its standard output.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    /// Its standard error.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }
}

impl Display for Finished {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "`{}` ended with {}", self.command_line, self.output.status)?;
        writeln!(formatter, "stdout:\n{}", self.stdout())?;
        write!(formatter, "stderr:\n{}", self.stderr())
    }
}
