//! Does `status` report the truth, and touch nothing?

use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{NEWEST, OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::target::Target;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The file system's own record of every entry: its number, and its last change.
fn stamps(directory: &Path) -> BTreeMap<PathBuf, (u64, i64, i64, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = path.symlink_metadata().expect("it is there");
        if metadata.is_dir() {
            let entries = path.read_dir().expect("a directory can be listed");
            pending.extend(entries.flatten().map(|entry| entry.path()));
        }
        let (modified, changed) = (metadata.mtime(), metadata.ctime());
        let stamp =
            (metadata.ino(), modified, metadata.mtime_nsec(), changed, metadata.ctime_nsec());
        found.insert(path, stamp);
    }
    found
}

/// Runs a command that must leave no trace.
fn run_without_changes(target: &Target, arguments: &[&str]) -> String {
    let before = stamps(target.scratch.work());
    let finished = Program::under_test(target.scratch.home())
        .arguments(arguments)
        .argument("--python")
        .argument(&target.python)
        .run()
        .expect_success();
    assert_eq!(stamps(target.scratch.work()), before, "{finished}");
    finished.stdout()
}

/// The line of a status that begins with a label.
fn line(status: &str, label: &str) -> String {
    let found = status.lines().find_map(|line| line.strip_prefix(label));
    found.unwrap_or_else(|| panic!("no {label} in\n{status}")).trim().to_owned()
}

#[test]
fn status_and_dry_run_report_state_and_change_nothing() {
    let target = Target::new();
    let states = |installed: &str, to_do: &str, dry: &str, dry_upgrade: &str| {
        let status = run_without_changes(&target, &["status"]);
        assert_eq!(line(&status, "Installed:"), installed, "{status}");
        assert_eq!(line(&status, "Available:"), format!("pip {NEWEST} (bundled)"), "{status}");
        assert_eq!(line(&status, "To do:"), to_do, "{status}");
        assert_eq!(line(&status, "Library:"), target.library().to_string_lossy(), "{status}");
        // A dry run reports the same in its own way, and also leaves no trace.
        for (options, last) in [(&["--dry-run"][..], dry), (&["--dry-run", "-U"], dry_upgrade)] {
            let told = run_without_changes(&target, options);
            assert!(told.lines().last().is_some_and(|line| line.starts_with(last)), "{told}");
        }
    };
    let (newest, metadata) = (format!("pip {NEWEST}"), format!("pip-{NEWEST}.dist-info"));
    let already = "Requirement already satisfied";
    let install = &format!("Would install pip-{NEWEST}");
    states("no pip", &format!("install {newest}"), install, install);

    PipWheel::of(OLDER).install_itself(&target, &[]);
    let upgrade = format!("nothing; with --upgrade, replace it by {NEWEST}");
    states(&format!("pip {OLDER}"), &upgrade, already, install);

    let upgraded = run_without_changes(&target, &["status", "-U"]);
    assert_eq!(line(&upgraded, "To do:"), format!("replace it by {NEWEST}"), "{upgraded}");

    target.tool().argument("-U").run().expect_success();
    states(&newest, "nothing", already, already);

    let metadata = target.library().join(metadata);
    let newer = target.library().join("pip-99.dist-info");
    fs::rename(metadata, &newer).expect("it can be renamed");
    let text = fs::read_to_string(newer.join("METADATA")).expect("it is text");
    let text = text.replacen(&format!("\nVersion: {NEWEST}\n"), "\nVersion: 99\n", 1);
    fs::write(newer.join("METADATA"), text).expect("it can be written");
    states("pip 99", "nothing", already, already);
}

/// There is a status even where ensurepip would fail.
#[test]
fn status_reports_externally_managed_python() {
    let target = Target::new();
    let python = &Interpreters::newest().executable;
    let root = target.scratch.work().join("root");
    let ask = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let told = Program::new(python, target.scratch.home()).arguments(["-I", "-c", ask]).run();
    let library = told.expect_success().stdout();
    let library = root.join(library.trim_end().trim_start_matches('/'));
    fs::create_dir_all(&library).expect("directories can be made");
    let marker = library.join("EXTERNALLY-MANAGED");
    fs::write(&marker, "[externally-managed]\n").expect("a file can be written");
    let told = Program::under_test(target.scratch.home())
        .arguments([Path::new("status"), Path::new("--python"), python, Path::new("--root"), &root])
        .run()
        .expect_success()
        .stdout();
    let expected = format!("its distributor, according to {}", marker.display());
    assert_eq!(line(&told, "Managed by:"), expected, "{told}");
    assert_eq!(line(&told, "Root:"), root.to_string_lossy(), "{told}");
}
