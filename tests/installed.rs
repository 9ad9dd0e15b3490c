//! Does the tool regard as installed what `importlib.metadata` finds, whatever a library directory
//! contains?
//!
//! `importlib.metadata` of several Pythons examines each shape before and after the tool runs. Its
//! findings are the expectation: the tool may refuse, with the path and without a change, but never
//! reports anything false. The table of all shapes is `docs/installed.md`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::made_wheels::small_pip;
use crate::support::pip_wheel::NEWEST;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use pythons::Asked;
use shapes::{ALL, Shape};

/// The shapes.
mod shapes;

/// Names that are not UTF-8.
mod nameless;

/// The page with the table.
mod page;

/// Absolute paths in `RECORD`.
mod records;

/// The Pythons to ask.
mod pythons;

/// The version of the wheel to install.
const NEW: &str = NEWEST;

/// The directory of that wheel.
const WHEELS: &str = "wheels";

/// An earlier version.
const OLD: &str = "24.0";

/// The findings of `importlib.metadata` in a directory: names of metadata, with the version if one
/// is stated.
type Found = Vec<(String, Option<String>)>;

/// An environment with a shape in it.
struct Environment {
    directory: PathBuf,
    library: PathBuf,
}

impl Environment {
    /// Makes one of this Python, without running it.
    fn make(
        directory: &Path,
        python: &Interpreter,
        shape: &Shape,
        version: &'static str,
    ) -> Environment {
        let outside = directory.join("outside");
        let directory = directory.join("venv");
        let (major, minor) = python.version;
        let library = directory.join(format!("lib/python{major}.{minor}/site-packages"));
        let bin = directory.join("bin");
        for made in [&library, &bin] {
            fs::create_dir_all(made).expect("a directory can be made");
        }
        symlink(&python.executable, bin.join("python")).expect("a link can be made");
        let home = python.executable.parent().expect("it is in a directory");
        let settings = format!("home = {}\n", home.display());
        fs::write(directory.join("pyvenv.cfg"), settings).expect("a file can be written");
        shape.make(&library, &outside, version);
        Environment { directory, library }
    }

    /// Runs the tool on it. Returns its report, and checks that a failure names a path in the library
    /// directory and changes nothing.
    fn run(&self, scratch: &Scratch, arguments: &[&str]) -> Result<Value, String> {
        let before = Tree::of(&self.directory);
        let finished = Program::under_test(scratch.home())
            .arguments(arguments)
            .arguments(["--json", "--python"])
            .argument(self.directory.join("bin/python"))
            .argument("--wheel-dir")
            .argument(scratch.work().join(WHEELS))
            .run();
        let report: Value = serde_json::from_str(&finished.stdout()).expect("it is JSON");
        let differences = before.differences("before", &Tree::of(&self.directory), "after");
        match finished.status() {
            Some(0) => Ok(report),
            Some(1) => {
                let message = report["error"]["message"].as_str().unwrap_or_default();
                let library = self.library.to_string_lossy();
                assert!(message.contains(&*library), "{finished}");
                assert!(differences.is_empty(), "{finished}\n{}", differences.join("\n"));
                let code = report["error"]["code"].as_str().unwrap_or_default();
                Err(code.to_owned())
            }
            _ => panic!("{finished}"),
        }
    }
}

/// The targets with one shape, and the tool's report on each.
struct Case {
    shape: &'static Shape,
    environments: [Environment; 3],
    reports: Reports,
}

/// Reports, or the codes of errors.
#[derive(Default)]
struct Reports {
    status: Option<Result<Value, String>>,
    install: Option<Result<Value, String>>,
    upgrade: Option<Result<Value, String>>,
    uninstall: Option<Result<Value, String>>,
}

#[test]
fn installed_pip_matches_importlib_metadata() {
    let scratch = Scratch::new();
    let (pythons, missing) = Asked::all(&scratch.work().join("image"));
    let newest = Interpreters::newest();
    let mut cases: Vec<Case> = Vec::with_capacity(ALL.len());
    for (number, shape) in ALL.iter().enumerate() {
        let environment = |name: &str, version| {
            let directory = scratch.work().join(format!("{number}-{name}"));
            Environment::make(&directory, newest, shape, version)
        };
        let environments =
            [environment("kept", OLD), environment("upgraded", OLD), environment("removed", NEW)];
        cases.push(Case { shape, environments, reports: Reports::default() });
    }
    let before = ask_all(&pythons, &cases);
    let pips = page::ask_pip(&Asked::of(newest), &cases);
    small_pip(NEW).write(&scratch.work().join(WHEELS));
    run_all(&mut cases, &scratch);
    let after = ask_all(&pythons, &cases);
    announce(&format!(
        "installed: {} shapes, as importlib.metadata of {} finds them; missing: {}",
        cases.len(),
        pythons.iter().map(|python| &*python.name).collect::<Vec<_>>().join(", "),
        if missing.is_empty() { "none".to_owned() } else { missing.join(", ") },
    ));
    let mut faults = Vec::new();
    for (python, found_before) in &before {
        for (number, case) in cases.iter().enumerate() {
            let found = |which: usize| {
                (&found_before[3 * number + which], &after[python][3 * number + which])
            };
            let told = check(&case.reports, found(0), found(1), found(2));
            faults.extend(
                told.into_iter().map(|fault| format!("{} on {python}: {fault}", case.shape.name)),
            );
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    page::compare(&page::page(&cases, &before, &pips));
    fail_if_required(&missing);
}

/// The errors in the reports, judged by the state before and after.
fn check(
    reports: &Reports,
    kept: (&Found, &Found),
    upgraded: (&Found, &Found),
    removed: (&Found, &Found),
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |is_so: bool, words: &str, found: &Found| {
        if !is_so {
            faults.push(format!("{words}, and importlib.metadata finds {found:?}"));
        }
    };
    let is_one = |found: &Found, version: &str| {
        let version = Some(version).filter(|version| !version.is_empty());
        matches!(&found[..], [(_, stated)] if stated.as_deref() == version)
    };
    if let Some(Ok(report)) = &reports.status {
        match report["found"]["version"].as_str() {
            Some(version) => {
                expect(is_one(kept.0, version), &format!("status reports {version}"), kept.0);
            }
            // The difference `broken-metadata`: without its package, metadata does not count.
            None => expect(kept.0.len() <= 1, "status reports no pip", kept.0),
        }
    }
    for (words, report, (before, after)) in
        [("install", &reports.install, kept), ("install -U", &reports.upgrade, upgraded)]
    {
        let Some(Ok(report)) = report else { continue };
        match report["result"].as_str() {
            Some("installed") => {
                expect(is_one(after, NEW), &format!("{words} installed {NEW}"), after);
            }
            Some("kept") => {
                let version = report["found"]["version"].as_str().unwrap_or_default();
                expect(is_one(after, version), &format!("{words} kept {version}"), after);
                expect(before == after, &format!("{words} changed what it kept"), after);
            }
            _ => expect(false, &format!("{words} reports {report}"), after),
        }
    }
    if let Some(Ok(report)) = &reports.uninstall {
        let (before, after) = removed;
        match report["result"].as_str() {
            Some("removed") => expect(after.is_empty(), "uninstall removed it", after),
            Some("absent") => expect(before.is_empty(), "uninstall found nothing", before),
            Some("other-version") => {
                let version = report["found"]["version"].as_str().unwrap_or_default();
                expect(version != NEW, "uninstall left the version that was asked for", before);
                expect(is_one(before, version), &format!("uninstall left {version}"), before);
                expect(before == after, "uninstall changed what it left", after);
            }
            _ => expect(false, &format!("uninstall reports {report}"), after),
        }
    }
    faults
}

/// Runs the tool on all targets, on as many threads as there are CPUs.
fn run_all(cases: &mut [Case], scratch: &Scratch) {
    let next = AtomicUsize::new(0);
    let (next, shared) = (&next, &*cases);
    let work = move || {
        let mut done = Vec::new();
        while let Some(case) = shared.get(next.fetch_add(1, Ordering::Relaxed)) {
            let [kept, upgraded, removed] = &case.environments;
            let reports = Reports {
                status: Some(kept.run(scratch, &["status"])),
                install: Some(kept.run(scratch, &["--no-compile", "--no-cache"])),
                upgrade: Some(upgraded.run(scratch, &["-U", "--no-compile", "--no-cache"])),
                uninstall: Some(removed.run(scratch, &["uninstall"])),
            };
            done.push((case.shape.name, reports));
        }
        done
    };
    let count = thread::available_parallelism().map_or(1, usize::from);
    let mut done: BTreeMap<&str, Reports> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|it| it.join().expect("it does not panic")).collect()
    });
    for case in cases {
        case.reports = done.remove(case.shape.name).expect("each was run");
    }
}

/// The findings of `importlib.metadata` of each Python in all targets, by the name of the Python.
fn ask_all(pythons: &[Asked], cases: &[Case]) -> BTreeMap<String, Vec<Found>> {
    let answers = pythons.iter().map(|python| {
        let answer = python.ask("ask.py", &[], &directories(cases));
        let found = serde_json::from_value(answer).expect("it answers as asked");
        (python.name.clone(), found)
    });
    answers.collect()
}

/// The library directories of all targets, as a question.
fn directories(cases: &[Case]) -> Value {
    let directories =
        cases.iter().flat_map(|case| &case.environments).map(|environment| &environment.library);
    serde_json::to_value(directories.collect::<Vec<_>>()).expect("they are UTF-8")
}

/// Neither a file nor a link, wherever it leads, is taken for metadata or ignored.
#[test]
fn dist_info_that_is_not_a_directory_is_refused() {
    let target = Target::new();
    let path = target.library().join("pip-24.0.dist-info");
    let outside = target.scratch.work().join("outside");
    fs::create_dir(&outside).expect("a directory can be made");
    fs::write(outside.join("METADATA"), "Name: pip\nVersion: 24.0\n").expect("it can be written");
    for place in [Some(outside.as_path()), Some(Path::new("nowhere")), None] {
        match place {
            Some(place) => symlink(place, &path).expect("a link can be made"),
            None => fs::write(&path, "").expect("a file can be written"),
        }
        for arguments in [&[][..], &["-U"], &["--dry-run"]] {
            let message = target.error(arguments, "unreadable-metadata");
            assert!(message.contains(&*path.to_string_lossy()), "{message}");
        }
        fs::remove_file(&path).expect("it is there");
    }
}
