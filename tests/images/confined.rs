//! Is nothing run, and nothing changed outside of the image?
//!
//! The kernel's answer comes from `strace`.

use std::ffi::OsStr;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use super::{copy_of, report_cells};
use crate::support::images::{BOOKWORM, Image};
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::PipWheel;
use crate::support::scratch::Scratch;
use crate::support::trace::Trace;

/// The commands to run on the image, one after the other, and whether each changes it.
const RUNS: &[(&[&str], bool)] = &[
    (&["status", "--json"], false),
    (&["--dry-run", "--break-system-packages"], false),
    // Refused: the image is marked.
    (&[], false),
    (&["--break-system-packages", "--wheel-dir", "OLDER"], true),
    (&["--break-system-packages"], false),
    (&["--break-system-packages", "--upgrade", "--default-pip"], true),
    (&["uninstall", "--break-system-packages"], true),
];

#[test]
fn image_install_runs_nothing_and_stays_inside_root() {
    let (mut ran, mut missing) = (Vec::new(), Vec::new());
    match copy_of(&BOOKWORM) {
        Ok((image, scratch)) => {
            let older = directory_of_older_wheel(&scratch);
            for (arguments, is_change) in RUNS {
                let arguments = arguments.iter().map(|argument| match *argument {
                    "OLDER" => older.as_os_str(),
                    argument => OsStr::new(argument),
                });
                let arguments = arguments.collect::<Vec<_>>();
                let root = [OsStr::new("--root"), image.root.as_os_str()];
                let Some((finished, trace)) =
                    Trace::of(arguments.iter().copied().chain(root), &scratch)
                else {
                    missing.push("strace".to_owned());
                    break;
                };
                let shown = format!("{arguments:?}: {finished}");
                let is_refusal = arguments.is_empty();
                assert_eq!(finished.status(), Some(i32::from(is_refusal)), "{shown}");
                check(&trace, &image, &shown);
                // Where there is nothing to do, nothing is even tried; a lock may be taken.
                let changes = trace.changes().count();
                assert_eq!(changes > 0, *is_change, "{shown}\n{}", list(trace.changes()));
                ran.push(format!("{arguments:?} ({changes} changes)"));
            }
        }
        Err(reason) => missing.push(reason),
    }
    report_cells("strace", &ran, &missing);
}

/// The helper detects what the test above looks for: a Python of this machine is run on request, and
/// the root is outside of a directory inside it.
#[test]
fn strace_helper_detects_programs_and_changes() {
    let scratch = Scratch::new();
    let root = scratch.work().join("root");
    let python = &Interpreters::newest().executable;
    let arguments = [OsStr::new("--no-compile"), "--python".as_ref(), python.as_os_str()];
    let arguments = arguments.into_iter().chain(["--root".as_ref(), root.as_os_str()]);
    let Some((finished, trace)) = Trace::of(arguments, &scratch) else {
        return report_cells("strace, the other way round", &[], &["strace".to_owned()]);
    };
    finished.expect_success();
    assert_eq!(trace.programs().len(), 2);
    assert!(trace.changes_outside(&root).is_empty(), "{}", list(trace.changes_outside(&root)));
    let all = trace.changes().count();
    assert_eq!(trace.changes_outside(&root.join("elsewhere")).len(), all);
    assert!(all > 1000, "{all} changes");
    let opened = trace.opened_outside(&root);
    assert!(opened.iter().any(|path| is_of_python(path)), "{opened:?}");
    report_cells("strace, the other way round", &[format!("{all} changes")], &[]);
}

fn check(trace: &Trace, image: &Image, shown: &str) {
    let programs = trace.programs();
    assert_eq!(programs.len(), 1, "{shown}\n{}", list(programs));
    let forbidden = trace.forbidden();
    assert!(forbidden.is_empty(), "{shown}\n{}", list(forbidden));
    let outside = trace.changes_outside(&image.root);
    assert!(outside.is_empty(), "{shown}\n{}", list(outside));
    // No Python of this machine is read either.
    let opened = trace.opened_outside(&image.root);
    let pythons = opened.iter().filter(|path| is_of_python(path)).collect::<Vec<_>>();
    assert!(pythons.is_empty(), "{shown}\n{pythons:?}");
}

/// Whether a path is that of an interpreter or of its library.
fn is_of_python(path: &Path) -> bool {
    let mut names = path.iter().map(|name| name.to_string_lossy());
    names.any(|name| name.starts_with("python") || name.starts_with("libpython"))
}

fn directory_of_older_wheel(scratch: &Scratch) -> PathBuf {
    let wheels = PipWheel::bundled().into_iter();
    let older = wheels.rev().find(|wheel| wheel.version != BOOKWORM.pip).expect("there is one");
    older.alone_in(scratch.work().join("older"))
}

/// The first few lines of many.
fn list<Line: Display>(lines: impl IntoIterator<Item = Line>) -> String {
    let lines = lines.into_iter().take(10).map(|line| line.to_string());
    lines.collect::<Vec<_>>().join("\n")
}
