//! Does a user at a terminal see the progress of long work, and colours, and a pipe neither?
//!
//! The terminal is one of Python's `pty`. Standard output goes to a file meanwhile, so that the
//! terminal shows only standard error.

use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::target::Target;

/// Runs a command in a terminal of 80 columns, with standard output in a file.
const TERMINAL: &str = "\
import fcntl, os, pty, struct, sys, termios
out, *command = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT), 1)
    os.execv(command[0], command)
while True:
    try:
        seen = os.read(terminal, 4096)
    except OSError:
        break
    if not seen:
        break
    if b'Waiting' in seen:
        open(out + '.waits', 'w').close()
    os.write(1, seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

/// Longer than a delay that nobody notices.
const NOTICEABLE: Duration = Duration::from_secs(2);

/// How long a run may take until it waits.
const PATIENCE: Duration = Duration::from_secs(25);

const ESCAPE: char = '\u{1b}';
const RED_ERROR: &str = "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m ";
const ERASED: &str = "\u{1b}[2K";

#[test]
fn progress_bar_is_shown_and_erased_on_terminal() {
    let target = Target::new();
    let (seen, out) = terminal_output_while_locked(&target, &["--json"], "xterm", || {
        time_until_seen(&target);
    });
    let [waiting, compiling] = ["Waiting for another run", "Compiling ["]
        .map(|text| seen.find(text).unwrap_or_else(|| panic!("`{text}` is not in {seen:?}")));
    assert!(waiting < compiling, "{seen:?}");
    let (_, rest) = seen.rsplit_once(ERASED).expect("it was erased");
    assert!(!rest.contains(|c: char| c.is_alphanumeric()), "{rest:?} is left of {seen:?}");
    let told: serde_json::Value = serde_json::from_str(&out).expect("it is JSON and nothing else");
    assert_eq!(told["result"], "installed", "{told}");
}

#[test]
fn progress_bar_is_hidden_by_option_or_dumb_terminal() {
    // How long it takes on this machine, where a progress bar is expected.
    let (target, time) = (Target::new(), Cell::new(Duration::ZERO));
    terminal_output_while_locked(&target, &[], "xterm", || time.set(time_until_seen(&target)));
    for (arguments, terminal) in
        [(&["--no-progress"][..], "xterm"), (&["-q"], "xterm"), (&[], "dumb")]
    {
        let target = Target::new();
        let wait = || thread::sleep(time.get() + NOTICEABLE);
        let (seen, out) = terminal_output_while_locked(&target, arguments, terminal, wait);
        assert_eq!(seen, "", "{arguments:?} {terminal}");
        assert_eq!(out.is_empty(), arguments.contains(&"-q"), "{out}");
    }
}

/// An interpreter takes longer to compile pip than a bar waits before it appears.
#[test]
fn bytecode_pack_shows_progress_on_terminal() {
    let target = Target::new();
    let pack = target.scratch.work().join("pack").to_string_lossy().into_owned();
    let python = target.python.to_string_lossy();
    let arguments = ["bytecode-pack", "-o", &pack, "--python", &python];
    let (seen, _) = terminal_output(&target, &arguments, ("TERM", "xterm"));
    assert!(seen.contains("Compiling ["), "{seen:?}");
    assert!(Path::new(&pack).is_file());
}

#[test]
fn pipe_gets_no_progress_bar_and_no_color() {
    let target = Target::new();
    let lock = locked(&target);
    let finished = thread::scope(|scope| {
        let run = scope.spawn(|| target.tool().environment("TERM", "xterm").run());
        thread::sleep(NOTICEABLE);
        drop(lock);
        run.join().expect("it ended").expect_success()
    });
    assert_eq!(finished.stderr(), "");
    assert!(!finished.stdout().contains([ESCAPE, '\r']), "{finished}");
}

#[test]
fn color_of_errors_follows_option_and_variables() {
    let target = Target::new();
    let failing = ["--no-progress", "--python", "/no/such/python"];
    let usage = ["--no-such-option"];
    for (arguments, variable, is_expected) in [
        (&[][..], ("TERM", "xterm"), true),
        (&[], ("TERM", "dumb"), false),
        (&[], ("NO_COLOR", "1"), false),
        (&["--color", "never"], ("TERM", "xterm"), false),
        (&["--color=always"], ("NO_COLOR", "1"), true),
    ] {
        for wrong in [&failing[..], &usage] {
            let arguments = [wrong, arguments].concat();
            let (seen, _) = terminal_output(&target, &arguments, variable);
            assert_eq!(seen.contains(RED_ERROR), is_expected, "{arguments:?}: {seen:?}");
            assert_eq!(seen.contains(ESCAPE), is_expected, "{arguments:?}: {seen:?}");
        }
    }
    for (arguments, variable, is_expected) in [
        (&[][..], ("TERM", "xterm"), false),
        (&[], ("CLICOLOR_FORCE", "1"), true),
        (&["--color", "never"], ("CLICOLOR_FORCE", "1"), false),
        (&["--color", "always"], ("TERM", "dumb"), true),
    ] {
        for wrong in [&failing[..], &usage] {
            let tool = Program::under_test(target.scratch.home()).arguments(wrong);
            let finished = tool.arguments(arguments).environment(variable.0, variable.1).run();
            let told = finished.stderr();
            assert_eq!(told.contains(RED_ERROR), is_expected, "{arguments:?}: {told:?}");
            assert_eq!(told.contains(ESCAPE), is_expected, "{arguments:?}: {told:?}");
        }
    }
}

/// Every part of a subcommand's output as well: help, hints, warnings and the log.
#[test]
fn color_option_applies_to_help_log_and_warnings() {
    let target = Target::new();
    for (when, is_expected) in [("always", true), ("never", false)] {
        let tool = || target.tool().argument(format!("--color={when}"));
        let help = Program::under_test(target.scratch.home());
        let help = help.arguments(["status", "--help", "--color", when]).run().stdout();
        assert_eq!(help.contains(ESCAPE), is_expected, "{help:?}");
        let log = tool().arguments(["--dry-run", "-vv"]).run().expect_success();
        assert_eq!(log.stderr().contains(ESCAPE), is_expected, "{log}");
        assert!(!log.stdout().contains(ESCAPE), "{log}");
        let python = &Interpreters::newest().executable;
        let user = ["--user", "--no-compile", "--break-system-packages", "--color", when];
        let user = Program::under_test(target.scratch.home()).arguments(user);
        let warned = user.argument("--python").argument(python).run().expect_success();
        let warning = if is_expected { "\u{1b}[33mwarning:\u{1b}[0m the" } else { "warning: the" };
        assert!(warned.stderr().contains(warning), "{warned}");
        fs::remove_dir_all(target.scratch.home().join(".local")).expect("it was made");
    }
}

/// How long it takes until a terminal shows that a run waits; at most [`PATIENCE`].
fn time_until_seen(target: &Target) -> Duration {
    let waits = target.scratch.work().join("out.waits");
    let start = Instant::now();
    while !waits.exists() && start.elapsed() < PATIENCE {
        thread::sleep(Duration::from_millis(10));
    }
    start.elapsed()
}

/// The output on a terminal of a run that has to wait for another one, and its standard output.
fn terminal_output_while_locked(
    target: &Target,
    arguments: &[&str],
    terminal: &str,
    wait: impl Fn(),
) -> (String, String) {
    let lock = locked(target);
    let python = target.python.to_string_lossy();
    let arguments = [arguments, &["--python", &python]].concat();
    thread::scope(|scope| {
        let run = scope.spawn(|| terminal_output(target, &arguments, ("TERM", terminal)));
        wait();
        drop(lock);
        run.join().expect("it ended")
    })
}

/// The output of a run on a terminal, and its standard output.
fn terminal_output(
    target: &Target,
    arguments: &[&str],
    variable: (&str, &str),
) -> (String, String) {
    let out: PathBuf = target.scratch.work().join("out");
    let python: &Path = &Interpreters::newest().executable;
    let finished = Program::new(python, target.scratch.home())
        .arguments(["-c", TERMINAL])
        .argument(&out)
        .argument(env!("CARGO_BIN_EXE_ensurepip-host"))
        .arguments(arguments)
        .environment("TERM", "xterm")
        .environment(variable.0, variable.1)
        .run();
    assert_eq!(finished.stderr(), "", "{finished}");
    let told = fs::read_to_string(&out).expect("it was made");
    fs::remove_file(out).expect("it is there");
    (finished.stdout(), told)
}

/// The lock of a target, held by this process.
fn locked(target: &Target) -> File {
    let directory = File::open(target.library()).expect("it can be opened");
    directory.lock().expect("nobody else has it");
    directory
}
