//! Do a dry run and `status` predict why a run is refused?
//!
//! The run itself refuses each case and reports why; the dry run must fail with the same code, and
//! `status` must name it, or fail with it. None of them changes anything.

use crate::support::announce::{announce, fail_if_required};
use crate::support::made_wheels::{pip_for, small_pip};
use crate::support::pip_wheel::NEWEST;
use crate::support::process::{Finished, Program};
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use serde_json::Value;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The state before a run that is refused.
struct Case {
    name: &'static str,
    /// The options of the run, which include those of `status`.
    run: Vec<String>,
    status: Vec<String>,
    code: &'static str,
    fixed: Option<Fixed>,
}

/// A file or directory with an attribute, which is cleared again so that it can be removed.
struct Fixed(PathBuf);

impl Fixed {
    /// Sets the attribute. None if that is impossible here.
    fn new(change: &str, path: PathBuf) -> Option<Fixed> {
        attribute(change, &path).then_some(Fixed(path))
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        attribute("-ia", &self.0);
    }
}

/// A root for a virtual environment's Python, and its directories there.
struct Place {
    root: PathBuf,
    library: PathBuf,
    scripts: PathBuf,
}

impl Place {
    fn new(target: &Target, name: &str) -> Place {
        let root = target.scratch.work().join(name);
        let library = below(&root, &target.library());
        let scripts = below(&root, &target.environment).join("bin");
        Place { root, library, scripts }
    }

    fn make(&self) {
        for directory in [&self.library, &self.scripts] {
            fs::create_dir_all(directory).expect("directories can be made");
        }
    }

    fn case(&self, name: &'static str, code: &'static str, own: &[&str]) -> Case {
        let status = vec!["--root".to_owned(), self.root.to_string_lossy().into_owned()];
        let run = status.iter().cloned().chain(own.iter().map(|&own| own.to_owned())).collect();
        Case { name, run, status, code, fixed: None }
    }
}

/// Changes an attribute. Returns whether that is possible here.
fn attribute(change: &str, path: &Path) -> bool {
    let done = Command::new("chattr").arg(change).arg(path).output();
    done.is_ok_and(|output| output.status.success())
}

fn run(target: &Target, command: &[&str], options: &[String]) -> (Finished, Value) {
    let tool = Program::under_test(target.scratch.home()).arguments(command);
    let finished = tool
        .arguments([Path::new("--json"), Path::new("--python"), &target.python])
        .arguments(options)
        .run();
    let document = serde_json::from_str(&finished.stdout()).expect("it is JSON");
    (finished, document)
}

/// Checks that the run, the dry run and `status` agree.
fn expect_foreseen(target: &Target, case: &Case) {
    let before = Tree::of(target.scratch.work());
    let unchanged = |shown: &Finished| {
        let differences = before.differences("before", &Tree::of(target.scratch.work()), "after");
        assert!(differences.is_empty(), "{}: {shown}\n{}", case.name, differences.join("\n"));
    };
    let (refused, document) = run(target, &[], &case.run);
    assert_eq!(refused.status(), Some(1), "{}: {refused}", case.name);
    assert_eq!(document["error"]["code"], case.code, "{}: {refused}", case.name);
    unchanged(&refused);
    let (dry, document) = run(target, &["--dry-run"], &case.run);
    assert_eq!(dry.status(), Some(1), "{}: {dry}", case.name);
    assert_eq!(document["error"]["code"], case.code, "{}: {dry}", case.name);
    unchanged(&dry);
    let (status, document) = run(target, &["status"], &case.status);
    unchanged(&status);
    if status.succeeded() {
        assert_eq!(document["refusal"]["code"], case.code, "{}: {status}", case.name);
        let told = Program::under_test(target.scratch.home())
            .arguments([Path::new("status"), Path::new("--python"), &target.python])
            .arguments(&case.status)
            .run()
            .stdout();
        assert!(told.contains(&format!("[{}]\n", case.code)), "{}: {told}", case.name);
        let to_do = told.lines().find(|line| line.starts_with("To do:"));
        assert!(to_do.is_some_and(|line| line.ends_with(" is refused")), "{}: {told}", case.name);
    } else {
        assert_eq!(document["error"]["code"], case.code, "{}: {status}", case.name);
    }
}

#[test]
fn dry_run_and_status_report_refusals() {
    let target = Target::on_disk();
    let [wheels, old] = ["2.0", "1.0"].map(|version| {
        let directory = target.scratch.work().join(version);
        small_pip(version).write(&directory);
        directory.to_string_lossy().into_owned()
    });
    let place = |name: &str| Place::new(&target, name);
    let mut cases = Vec::new();
    let mut missing = Vec::new();

    // Faults of the wheel, or of the command line.
    let plain = place("plain");
    plain.make();
    let digest = "0".repeat(64);
    let [unfit, unsound] = ["unfit", "unsound"].map(|name| target.scratch.work().join(name));
    for directory in [&unfit, &unsound] {
        fs::create_dir(directory).expect("the name is free");
    }
    pip_for("99", "<3.6").write(&unfit);
    fs::write(unsound.join("pip-99-py3-none-any.whl"), "no ZIP").expect("it can be written");
    let [unfit, unsound] = [unfit, unsound].map(|path| path.to_string_lossy().into_owned());
    let wheel_options = [
        ("wheel-not-pinned", "--sha256", &*digest),
        ("wheel-directory", "--wheel-dir", "/nowhere"),
        ("no-fitting-wheel", "--wheel-dir", &unfit),
        ("unsound-wheel", "--wheel-dir", &unsound),
    ];
    for (code, option, value) in wheel_options {
        let mut case = plain.case(code, code, &[option, value]);
        case.status.extend([option.to_owned(), value.to_owned()]);
        cases.push(case);
    }
    let mut case = plain.case("user site", "user-site", &["--user"]);
    case.status.push("--user".to_owned());
    cases.push(case);

    // Obstacles.
    let occupied = place("occupied");
    occupied.make();
    fs::write(occupied.library.join("pip"), "theirs").expect("it can be written");
    cases.push(occupied.case("a file in the place of the package", "occupied", &[]));
    let script = place("script");
    script.make();
    fs::create_dir(script.scripts.join("pip3")).expect("it can be made");
    cases.push(script.case("a directory in the place of a script", "shims", &[]));
    let unknown = place("unknown");
    unknown.make();
    let egg = unknown.library.join("pip-9.0.1.egg-info");
    fs::write(egg, "Metadata-Version: 1.1\nName: pip\nVersion: 9.0.1\n").expect("it is ours");
    cases.push(unknown.case("what does not list its files", "unknown-files", &["-U"]));

    // Places that even root cannot write to.
    let mut fixed = |name: &'static str, code, change: &str, at: &dyn Fn(&Place) -> PathBuf| {
        let place = Place::new(&target, name);
        let path = at(&place);
        if name.contains("upgrade") {
            place.make();
            let options = place.case(name, code, &["--wheel-dir", &old, "--no-compile"]).run;
            run(&target, &[], &options).0.expect_success();
        } else if name.contains("missing") {
            fs::create_dir_all(&path).expect("directories can be made");
        } else {
            place.make();
        }
        let Some(attribute) = Fixed::new(change, path) else {
            missing.push(format!("{name}: chattr {change}"));
            return;
        };
        let own: &[&str] =
            if name.contains("upgrade") { &["-U", "--wheel-dir", &wheels] } else { &[] };
        let mut case = place.case(name, code, own);
        if name.contains("upgrade") {
            case.status.extend(["--wheel-dir".to_owned(), wheels.clone()]);
        }
        case.fixed = Some(attribute);
        cases.push(case);
    };
    fixed("immutable library", "io", "+i", &|place| place.library.clone());
    fixed("immutable scripts", "shims", "+i", &|place| place.scripts.clone());
    fixed("append-only library", "io", "+a", &|place| place.library.clone());
    fixed("append-only scripts", "io", "+a", &|place| place.scripts.clone());
    fixed("immutable root, missing library", "directory", "+i", &|place| place.root.clone());
    fixed("upgrade of an immutable package", "io", "+i", &|place| place.library.join("pip"));
    fixed("upgrade of an immutable script", "shims", "+i", &|place| place.scripts.join("pip3"));

    for case in &cases {
        expect_foreseen(&target, case);
    }
    let count = cases.len();
    announce(&format!("foresight: {count} refusals are foreseen; missing: {missing:?}"));
    fail_if_required(&missing);
}

/// The names of interpreters that the target's platform cannot use; `status` has no such option.
#[test]
fn dry_run_reports_unusable_executable() {
    let target = Target::new();
    for (value, words) in [
        (r"C:\Python313\python.exe", "interpreter path is not absolute"),
        ("/tmp", "interpreter path is no file: `/tmp`"),
        ("/dev/null", "interpreter path is no file"),
    ] {
        for command in [&["--dry-run", "--executable", value][..], &["--executable", value]] {
            let refused = target.refusal(command);
            assert_eq!(refused.status(), Some(1), "{refused}");
            assert!(refused.stderr().contains(words), "{refused}");
        }
    }
}

/// `status` does not wait for the other run. Two Pythons can share their scripts directory, so that is
/// locked as well.
#[test]
fn status_reports_target_locked_by_other_run() {
    let target = Target::new();
    let scripts = target.python.parent().expect("it is in a directory").to_owned();
    for directory in [target.library(), scripts] {
        let held = File::open(&directory).expect("it can be opened");
        held.lock().expect("nobody else holds it");
        let (status, document) = run(&target, &["status"], &[]);
        status.expect_success();
        assert_eq!(document["refusal"]["code"], "locked", "{document}");
        held.unlock().expect("it is held");
        assert!(run(&target, &["status"], &[]).1["refusal"].is_null());
    }
}

/// PEP 668: a refusal, and what overrides it.
#[test]
fn status_reports_externally_managed_and_override() {
    let target = Target::new();
    let python = &crate::support::interpreters::Interpreters::newest().executable;
    let root = target.scratch.work().join("root");
    let ask = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let told = Program::new(python, target.scratch.home()).arguments(["-I", "-c", ask]).run();
    let library = root.join(told.expect_success().stdout().trim().trim_start_matches('/'));
    fs::create_dir_all(&library).expect("directories can be made");
    fs::write(library.join("EXTERNALLY-MANAGED"), "[externally-managed]\nError=Use apt.\n")
        .expect("a file can be written");
    let status = |options: &[&str]| {
        Program::under_test(target.scratch.home())
            .arguments([Path::new("status"), Path::new("--python"), python])
            .arguments([Path::new("--root"), &root])
            .arguments(options)
            .run()
            .expect_success()
            .stdout()
    };
    let told = status(&[]);
    let refused = format!("\nTo do:      nothing; installing pip {NEWEST} is refused\n");
    assert!(told.contains(&refused), "{told}");
    assert!(told.contains("[externally-managed]\nHint:       use a virtual environment"), "{told}");
    let document: Value = serde_json::from_str(&status(&["--json"])).expect("it is JSON");
    assert_eq!(document["refusal"]["code"], "externally-managed", "{document}");
    let message = document["refusal"]["message"].as_str().expect("it is text");
    assert!(message.contains("Use apt."), "{message}");
    let told = status(&["--break-system-packages"]);
    assert!(told.ends_with(&format!("\nTo do:      install pip {NEWEST}\n")), "{told}");
}
