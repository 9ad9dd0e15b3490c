//! Which versions are in the target already, and what follows from it.

use super::target::Target;
use super::{apply, apply_as, given, pip, plan, plan_as, request, upgrade};
use crate::bindings::ensurepip::bootstrap::types::{Error, Installed, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::install::{self, Transaction};

/// What is done about a state, by the name of the metadata it is about.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Install,
    Keep(&'static str),
    Upgrade(&'static str),
    /// Fails: the files are not known.
    Unknown(&'static str),
    /// Fails: the metadata cannot be read.
    Unreadable(&'static str),
    /// Fails: there are several.
    Several(&'static [&'static str]),
}

use Outcome::{Install, Keep, Several, Unknown, Unreadable, Upgrade};

/// A target with these files. A `RECORD` lists one module, a script and itself, metadata states the
/// version that its name has, and other files hold nothing of interest.
fn target(files: &[&str]) -> Target {
    let target = Target::posix(&[Role::Purelib]);
    let library = target.memory(Role::Purelib);
    for path in files {
        let top = path.split('/').next().unwrap_or_default();
        let metadata = format!("Name: pip\nVersion: {}\n", version_in(top));
        if path.contains(".dist-info/") {
            library.put(&format!("{top}/METADATA"), metadata.as_bytes());
        }
        let record = format!("pip/__init__.py,,\n../../../bin/pip3,,\n{path},,\n");
        let contents = match path.rsplit('/').next() {
            Some("RECORD") => record.as_str(),
            Some("METADATA" | "PKG-INFO") => metadata.as_str(),
            Some(file) if file.ends_with(".egg-info") => metadata.as_str(),
            _ => "theirs",
        };
        library.put(path, contents.as_bytes());
    }
    target
}

/// The version in the name of metadata.
fn version_in(metadata: &str) -> &str {
    let stem = metadata.rsplit_once(".dist-info").or(metadata.rsplit_once(".egg"));
    stem.and_then(|(stem, _)| stem.split('-').nth(1)).unwrap_or_default()
}

/// Checks what is done about a state, without and with leave to replace what is older: that it is
/// planned without changing anything, and done if it can be.
#[track_caller]
fn assert_outcome(files: &[&str], without: &Outcome, with: &Outcome) {
    for (upgrade, does) in [(false, without), (true, with)] {
        let target = target(files);
        let before = target.trees();
        let wheel = pip();
        let request = Request { upgrade, ..request() };
        let installed = |metadata: &str| {
            let (version, metadata) = (version_in(metadata).to_owned(), metadata.to_owned());
            Installed { version, role: Role::Purelib, metadata }
        };
        let expected = match does {
            Install => Ok(Action::Install),
            Keep(metadata) => Ok(Action::Keep(installed(metadata))),
            Upgrade(metadata) => Ok(Action::Upgrade(installed(metadata))),
            Unknown(metadata) => Err(Error::UnknownFiles(installed(metadata))),
            Unreadable(metadata) => Err(Error::UnreadableMetadata(installed(metadata))),
            Several(all) => {
                Err(Error::SeveralVersions(all.iter().map(|one| installed(one)).collect()))
            }
        };
        // What the wheel's name alone leads to is what a check leads to.
        let found = install::find(&wheel.file_name, &target.python, upgrade, &target);
        let kept = expected.clone().map(|action| match action {
            Action::Keep(installed) => Some(installed),
            _ => None,
        });
        assert_eq!(found.map(|found| found.kept), kept, "upgrade: {upgrade}");
        let planned = plan_as(&request, &wheel, &target);
        let writes = matches!(does, Install | Upgrade(_));
        assert_eq!(planned.as_ref().is_ok_and(|plan| !plan.files.is_empty()), writes);
        assert_eq!(planned.as_ref().is_ok_and(|plan| !plan.scripts.is_empty()), writes);
        assert_eq!(planned.map(|plan| plan.action), expected, "upgrade: {upgrade}");
        assert_eq!(target.trees(), before, "upgrade: {upgrade}");

        let applied = apply_as(&request, &wheel, &target);
        assert_eq!(applied.map(|report| report.action), expected, "upgrade: {upgrade}");
        if writes {
            let paths = target.paths(Role::Purelib);
            let metadata = paths.iter().filter(|path| path.ends_with(".dist-info/"));
            assert_eq!(metadata.collect::<Vec<_>>(), ["pip-30.3.dist-info/"]);
        } else {
            assert_eq!(target.trees(), before, "upgrade: {upgrade}");
        }
    }
}

#[test]
fn target_without_pip_is_installed() {
    assert_outcome(&[], &Install, &Install);
    assert_outcome(&["other/__init__.py", "pip_tools-7.0.dist-info"], &Install, &Install);
}

#[test]
fn older_version_is_kept_or_replaced_by_upgrade() {
    for version in ["24.0", "9.9", "30.3rc1", "30.2.99", "30.3.dev0", "0!30.2", "zzz", "1.0-x", ""]
    {
        let metadata: &'static str = format!("pip-{version}.dist-info").leak();
        let files = ["pip/__init__.py", &format!("{metadata}/RECORD")];
        assert_outcome(&files, &Keep(metadata), &Upgrade(metadata));
    }
    for metadata in ["Pip-24.0.dist-info", "pip.dist-info"] {
        let files = ["pip/__init__.py", &format!("{metadata}/RECORD")];
        assert_outcome(&files, &Keep(metadata), &Upgrade(metadata));
    }
}

#[test]
fn same_or_newer_version_is_kept_even_by_upgrade() {
    for version in ["30.3", "30.3.0", "30.10", "30.3.post1", "30.3+local", "1!0", "99.9rc1"] {
        let metadata: &'static str = format!("pip-{version}.dist-info").leak();
        let files = ["pip/__init__.py", &format!("{metadata}/RECORD")];
        assert_outcome(&files, &Keep(metadata), &Keep(metadata));
        // Which files are its own matters only to what would remove them.
        let files = ["pip/__init__.py", &format!("{metadata}/METADATA")];
        assert_outcome(&files, &Keep(metadata), &Keep(metadata));
    }
}

#[test]
fn upgrade_of_version_without_record_is_refused() {
    let metadata = "pip-24.0.dist-info";
    for file in ["METADATA", "RECORD/file", "record"] {
        let files = ["pip/__init__.py", &format!("{metadata}/{file}")];
        assert_outcome(&files, &Keep(metadata), &Unknown(metadata));
    }
}

#[test]
fn dist_info_without_files_counts_as_absent() {
    for metadata in ["pip-24.0.dist-info", "pip-30.3.dist-info", "pip-99.dist-info"] {
        let record = format!("{metadata}/RECORD");
        let installer = format!("{metadata}/INSTALLER");
        assert_outcome(&[&record], &Install, &Install);
        assert_outcome(&[&record, &installer, "pip/stray.py"], &Install, &Install);
        assert_outcome(&[&installer], &Install, &Install);
        assert_outcome(&[&installer, "pip/stray.py"], &Install, &Install);
        assert_outcome(&[&installer, "other/__init__.py"], &Install, &Install);
    }
}

/// For `importlib.metadata`, metadata is a distribution, whatever files there are.
#[test]
fn find_lists_metadata_without_files() {
    for (metadata, files, is_kept) in [
        ("PyYAML-6.0.dist-info/METADATA", &[][..], false),
        ("PyYAML-6.0.dist-info/METADATA", &["pyyaml/__init__.py"], true),
        ("PyYAML-6.0.egg-info", &[], true),
    ] {
        let target = Target::posix(&[Role::Purelib]);
        let library = target.memory(Role::Purelib);
        library.put(metadata, b"Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0\n");
        for file in files {
            library.put(file, b"");
        }
        let name = "pyyaml-0-py3-none-any.whl";
        let found = install::find(name, &target.python, false, &target).expect("it is readable");
        assert_eq!(found.kept.is_some(), is_kept, "{metadata}");
        let present: Vec<&str> = found.present.iter().map(|one| one.version.as_str()).collect();
        assert_eq!(present, ["6.0"], "{metadata}");
    }
    let target = Target::posix(&[Role::Purelib]);
    let found = install::find("pyyaml-0-py3-none-any.whl", &target.python, false, &target);
    assert_eq!(found.expect("it is readable").present, []);
}

#[test]
fn package_without_dist_info_counts_as_absent() {
    assert_outcome(&["pip/__init__.py"], &Install, &Install);
}

#[test]
fn unreadable_metadata_is_refused() {
    for (metadata, file) in [
        ("pip-99.dist-info", "pip-99.dist-info"),
        ("pip.egg-link", "pip.egg-link"),
        ("pip-1.5.6-py2.7.egg", "pip-1.5.6-py2.7.egg"),
        ("pip-1.5.6-py2.7.egg", "pip-1.5.6-py2.7.egg/pip/__init__.py"),
    ] {
        let unreadable = Unreadable(metadata);
        assert_outcome(&[file], &unreadable, &unreadable);
        let whole = ["pip/__init__.py", "pip-24.0.dist-info/RECORD", file];
        assert_outcome(&whole, &unreadable, &unreadable);
    }
}

/// As `importlib.metadata` does.
#[test]
fn version_comes_from_metadata_not_directory_name() {
    let metadata = "pip-24.0.dist-info";
    for (text, version) in [
        (Some("Version: 23.0\n"), "23.0"),
        (Some("Version: 99\n"), "99"),
        (Some("Name: pip\n"), ""),
        (Some(""), ""),
        (None, ""),
    ] {
        let target = Target::posix(&[Role::Purelib]);
        let library = target.memory(Role::Purelib);
        library.put("pip/__init__.py", b"theirs");
        library.put(&format!("{metadata}/RECORD"), b"pip/__init__.py,,\n");
        if let Some(text) = text {
            library.put(&format!("{metadata}/METADATA"), text.as_bytes());
        }
        let kept = plan(&pip(), &target).expect("there is nothing to do").action;
        assert!(matches!(kept, Action::Keep(found) if found.version == version), "{text:?}");
    }
}

#[test]
fn egg_info_is_kept_and_its_upgrade_is_refused() {
    for (metadata, file) in [
        ("pip-9.0.1-py3.6.egg-info", "pip-9.0.1-py3.6.egg-info"),
        ("pip-9.0.1-py3.6.egg-info", "pip-9.0.1-py3.6.egg-info/PKG-INFO"),
        ("pip.egg-info", "pip.egg-info/RECORD"),
    ] {
        assert_outcome(&[file], &Keep(metadata), &Unknown(metadata));
        assert_outcome(&["pip/__init__.py", file], &Keep(metadata), &Unknown(metadata));
    }
    let newer = "pip-99.9.egg-info";
    assert_outcome(&[newer], &Keep(newer), &Keep(newer));
}

#[test]
fn several_versions_are_refused_unless_upgraded_together() {
    let old = ["pip/__init__.py", "pip-24.0.dist-info/RECORD"];
    for (other, both, with) in [
        (
            "pip-24.1.dist-info/RECORD",
            &["pip-24.0.dist-info", "pip-24.1.dist-info"][..],
            Upgrade("pip-24.1.dist-info"),
        ),
        (
            "pip-9.0.dist-info/RECORD",
            &["pip-24.0.dist-info", "pip-9.0.dist-info"],
            Upgrade("pip-24.0.dist-info"),
        ),
        (
            "pip-zzz.dist-info/RECORD",
            &["pip-24.0.dist-info", "pip-zzz.dist-info"],
            Upgrade("pip-24.0.dist-info"),
        ),
        (
            "pip-30.3.dist-info/RECORD",
            &["pip-24.0.dist-info", "pip-30.3.dist-info"],
            Upgrade("pip-30.3.dist-info"),
        ),
        // The package is listed by the other one: this is metadata only.
        (
            "pip-24.1.dist-info/WHEEL",
            &["pip-24.0.dist-info", "pip-24.1.dist-info"],
            Upgrade("pip-24.0.dist-info"),
        ),
        (
            "pip-99.dist-info/WHEEL",
            &["pip-24.0.dist-info", "pip-99.dist-info"],
            Upgrade("pip-24.0.dist-info"),
        ),
        ("pip-9.egg-info", &["pip-24.0.dist-info", "pip-9.egg-info"], Unknown("pip-9.egg-info")),
        // The same version, spelled in two ways: the first by name.
        (
            "pip-24.dist-info/RECORD",
            &["pip-24.0.dist-info", "pip-24.dist-info"],
            Upgrade("pip-24.0.dist-info"),
        ),
    ] {
        assert_outcome(&[old[0], old[1], other], &Several(both), &with);
    }
    let newer = Several(&["pip-24.0.dist-info", "pip-99.dist-info"]);
    assert_outcome(&[old[0], old[1], "pip-99.dist-info/RECORD"], &newer, &newer);
}

/// Such as a link: no link is followed, so nothing of it can be taken away.
#[test]
fn package_that_is_not_a_directory_cannot_be_upgraded() {
    let files = ["pip", "pip-24.0.dist-info/RECORD"];
    let metadata = "pip-24.0.dist-info";
    assert_outcome(&files, &Keep(metadata), &Unknown(metadata));
}

#[test]
fn upgrade_removes_dist_info_without_files_as_well() {
    let target = target(&["pip/__init__.py", "pip-24.0.dist-info/RECORD"]);
    target.memory(Role::Purelib).put("pip-99.dist-info/RECORD", b"pip/gone.py,,\n");
    let before = target.trees();
    let error = apply(&pip(), &target).expect_err("there are two");
    assert!(matches!(error, Error::SeveralVersions(all) if all.len() == 2));
    assert_eq!(target.trees(), before);
    upgrade(&pip(), &target).expect("nothing is in the way");
    let fresh = Target::posix(&[Role::Purelib]);
    apply(&pip(), &fresh).expect("nothing is in the way");
    assert_eq!(target.trees(), fresh.trees());
}

#[test]
fn installed_pip_is_kept_with_minimal_reads() {
    let target = target(&["pip/__init__.py", "pip/_vendor/x.py", "pip-24.0.dist-info/RECORD"]);
    let begun = Transaction::begin(&[&given(&pip())], &target.python, &request(), &target);
    let details = begun.expect("there is nothing to do").details();
    assert!(matches!(details.actions[..], [Action::Keep(_)]));
    let calls = [
        "report Step::Check 0 of 13",
        "purelib list .",
        "purelib read pip-24.0.dist-info/METADATA",
        "purelib read pip-24.0.dist-info/RECORD",
        "purelib list .",
        "purelib list pip",
    ];
    assert_eq!(target.journal.calls(), calls);
}

#[test]
fn version_in_platlib_is_found_and_upgraded() {
    let target = Target::with_lib64(&[Role::Purelib, Role::Platlib]);
    let platlib = target.memory(Role::Platlib);
    platlib.put("pip-24.0.dist-info/METADATA", b"Version: 24.0\n");
    platlib.put("pip-24.0.dist-info/RECORD", b"pip/__init__.py,,\n../../../bin/pip,,\n");
    platlib.put("pip/__init__.py", b"theirs");
    platlib.put("other.so", b"theirs");
    let expected = Installed {
        version: "24.0".to_owned(),
        role: Role::Platlib,
        metadata: "pip-24.0.dist-info".to_owned(),
    };
    let planned = plan(&pip(), &target).expect("there is nothing to do");
    assert_eq!(planned.action, Action::Keep(expected.clone()));
    let report = upgrade(&pip(), &target).expect("nothing is in the way");
    assert_eq!((report.action, report.removed), (Action::Upgrade(expected), 3));
    assert_eq!(target.paths(Role::Platlib), ["other.so"]);
    assert_eq!(target.paths(Role::Purelib).len(), 25);
    assert_eq!(*target.obsolete.borrow(), ["pip"]);
}

#[test]
fn purelib_equal_to_platlib_is_searched_once() {
    let mut target = target(&["pip/__init__.py", "pip-24.0.dist-info/RECORD"]);
    target.share_library();
    upgrade(&pip(), &target).expect("nothing is in the way");
    assert_eq!(target.paths(Role::Purelib).len(), 25);
    assert_eq!(target.calls("platlib"), [""; 0]);
}
