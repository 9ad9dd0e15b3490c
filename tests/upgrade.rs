//! Is one pip replaced by another cleanly, and an unknown layout left alone?
//!
//! pip installs the former pip by itself. The result of an upgrade is compared with the new
//! `RECORD`, and the new pip is run.

use std::fs;

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use planted::Planted;

/// Killed upgrades.
mod killed;

/// Files of others among those of pip.
mod planted;

/// The required state after an upgrade.
mod sound;

/// Old versions, each with the minor releases of Python to try it on, the first choice first: it
/// runs there, and the bundled version for them is newer.
const FORMER: &[(&str, &[u32])] = &[
    ("9.0.3", &[7, 6]),
    ("18.1", &[6, 7]),
    ("21.3.1", &[8, 7, 9, 10, 11]),
    ("23.2.1", &[9, 8, 10, 11, 12]),
    ("24.0", &[12, 13, 11, 10, 9, 8]),
];

#[test]
fn upgrade_keeps_foreign_files() {
    let interpreters = Interpreters::of_this_machine();
    let downloads = Scratch::new();
    let (mut ran, mut missing, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for (version, minors) in FORMER {
        let with_minor =
            |minor: &u32| interpreters.found.iter().find(|python| python.version == (3, *minor));
        let Some(interpreter) = minors.iter().find_map(with_minor) else {
            missing.push(format!("a Python for pip {version}"));
            continue;
        };
        let found = PipWheel::on_this_machine(version);
        let Some(wheel) = found.or_else(|| PipWheel::download(version, downloads.work())) else {
            missing.push(format!("pip {version}"));
            continue;
        };
        let target = Target::of(interpreter);
        wheel.install_itself(&target, &[]);
        let planted = Planted::beside_pip_of(&target);
        let before = sound::all_but_pip(&target);

        let upgraded = target.tool().argument("-U").run().expect_success();
        let new = sound::version_installed_by(&upgraded);
        let mut faults = sound::faults(&target, &new, &planted.paths());
        faults.extend(planted.changes());
        faults.extend(before.differences("before", &sound::all_but_pip(&target), "after"));
        let way = format!("{version} to {new} on {}", interpreter.name());
        if !faults.is_empty() {
            failures.push(format!("{way}:\n{}", faults.join("\n")));
        }
        // A version that is up to date by now stays.
        expect_kept(&target, &["-U"], &new);
        ran.push(way);
    }
    let absent = if missing.is_empty() { "none".to_owned() } else { missing.join(", ") };
    announce(&format!("upgrades: {}; missing: {absent}", ran.join(", ")));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    fail_if_required(&missing);
}

#[test]
fn older_version_is_kept_without_upgrade_option() {
    let target = with_older_pip();
    expect_kept(&target, &[], OLDER);
    expect_kept(&target, &["--default-pip"], OLDER);
}

#[test]
fn newer_version_is_kept_on_upgrade() {
    let target = Target::new();
    let new = sound::version_installed_by(&target.tool().run().expect_success());
    let wheels = PipWheel::of(OLDER).alone_in(target.scratch.work().join("wheels"));
    let wheels = wheels.to_string_lossy().into_owned();
    expect_kept(&target, &["-U", "--wheel-dir", &wheels], &new);
    expect_kept(&target, &["--wheel-dir", &wheels], &new);
}

/// No file lists which files belong to a distribution from the time before `.dist-info`.
#[test]
fn egg_info_is_kept_and_upgrade_is_refused() {
    let target = Target::new();
    let library = target.library();
    let (major, minor) = Interpreters::newest().version;
    let name = format!("pip-9.0.1-py{major}.{minor}.egg-info");
    let metadata = library.join(&name);
    for directory in [&library.join("pip"), &metadata] {
        fs::create_dir(directory).expect("a directory can be made");
    }
    fs::write(library.join("pip/__init__.py"), "__version__ = '9.0.1'\n").expect("it is written");
    let text = "Metadata-Version: 1.1\nName: pip\nVersion: 9.0.1\n";
    fs::write(metadata.join("PKG-INFO"), text).expect("it is written");

    expect_kept(&target, &[], "9.0.1");
    let refused = target.refusal(&["-U"]);
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert!(refused.stderr().contains(&name), "{refused}");
    assert_eq!(refused.stdout(), "", "{refused}");
}

#[test]
fn dist_info_without_package_is_repaired() {
    let target = Target::new();
    let new = sound::version_installed_by(&target.tool().run().expect_success());
    let whole = Tree::of(&target.environment);
    fs::remove_dir_all(target.library().join("pip")).expect("the package can be removed");
    let repaired = target.tool().run().expect_success();
    assert_eq!(sound::version_installed_by(&repaired), new, "{repaired}");
    let differences = whole.differences("before", &Tree::of(&target.environment), "repaired");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn older_dist_info_without_package_is_replaced() {
    let target = with_older_pip();
    fs::remove_dir_all(target.library().join("pip")).expect("the package can be removed");
    let new = sound::version_installed_by(&target.tool().run().expect_success());
    let faults = sound::faults(&target, &new, &[]);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn package_without_dist_info_is_completed() {
    let target = Target::new();
    let new = sound::version_installed_by(&target.tool().run().expect_success());
    let whole = Tree::of(&target.environment);
    let metadata = target.library().join(format!("pip-{new}.dist-info"));
    fs::remove_dir_all(metadata).expect("the metadata can be removed");
    target.tool().run().expect_success();
    let differences = whole.differences("before", &Tree::of(&target.environment), "completed");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// An environment of the newest Python, in which pip has installed its older self.
fn with_older_pip() -> Target {
    let target = Target::new();
    PipWheel::of(OLDER).install_itself(&target, &[]);
    target
}

/// Runs the tool, which must find a version that it keeps, report it, and change nothing.
fn expect_kept(target: &Target, options: &[&str], version: &str) {
    let before = Tree::of(target.scratch.work());
    let kept = target.tool().arguments(options).run().expect_success();
    let library = target.library();
    let said = format!("Requirement already satisfied: pip in {} ({version})\n", library.display());
    assert!(kept.stdout().ends_with(&said), "{kept}");
    assert_eq!(kept.stderr(), "", "{kept}");
    let differences = before.differences("before", &Tree::of(target.scratch.work()), "after");
    assert!(differences.is_empty(), "{kept}\nchanged\n{}", differences.join("\n"));
}
