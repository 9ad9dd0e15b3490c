//! What a run that was stopped has left in the stage, state by state: when it counts beside what is
//! installed, and what is removed with it.

use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, driver, given, pip, plan};
use crate::bindings::ensurepip::bootstrap::types::Role;
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;

/// The place of a run, with what it had taken out and what it was about to put in.
const OLD: &str = ".ensurepip-host-stage/0/old/";
const NEW: &str = ".ensurepip-host-stage/0/new/";

/// A target with a package, and with metadata of these versions: in place, taken out, and about to come.
/// Each lists a module of its own.
fn target(installed: &[&str], taken: &[&str], coming: &[&str]) -> Target {
    let target = Target::posix(&[Role::Purelib]);
    let library = target.memory(Role::Purelib);
    let put = |place: &str, version: &str| {
        let metadata = format!("{place}pip-{version}.dist-info");
        let module = format!("pip/of_{version}.py");
        library.put(&module, b"theirs");
        library.put(&format!("{metadata}/RECORD"), format!("{module},,\n").as_bytes());
        library.put(&format!("{metadata}/METADATA"), format!("Version: {version}\n").as_bytes());
    };
    let sides = [("", installed), (OLD, taken), (NEW, coming)];
    for (place, versions) in sides {
        for version in versions {
            put(place, version);
        }
    }
    library.put(&format!("{OLD}other"), b"theirs");
    target
}

/// Moves what decides of this version's metadata to the stage, as where directories cannot be renamed.
fn part(target: &Target, version: &str) {
    let library = target.memory(Role::Purelib);
    let mut tree = library.tree();
    let decisive = tree.remove(&format!("pip-{version}.dist-info/METADATA")).expect("it is there");
    let side = format!("{OLD}pip-{version}.dist-info");
    tree.insert(side.clone(), None);
    tree.insert(format!("{side}/METADATA"), decisive);
    library.set_tree(tree);
}

/// What is done by default: `keep` or `upgrade` and a version, or `install`.
fn planned(target: &Target) -> String {
    shown(plan(&pip(), target).expect("nothing is in the way").action)
}

/// An action, and the version it is about.
fn shown(action: Action) -> String {
    match action {
        Action::Install => "install".to_owned(),
        Action::Upgrade(installed) => format!("upgrade {}", installed.version),
        Action::Keep(installed) => format!("keep {}", installed.version),
        Action::Remove(installed) => format!("remove {}", installed.version),
        Action::Other(installed) => format!("other {}", installed.version),
        Action::Absent => "absent".to_owned(),
    }
}

/// What is removed with the wheel of a version, in the same way.
fn removed(target: &Target, version: &str) -> String {
    let wheel = given(&WheelBuilder::pip(version));
    shown(driver::remove(&[&wheel], target).expect("nothing is in the way").action)
}

/// Which of these versions have their module in place.
fn modules(target: &Target) -> Vec<String> {
    let paths = target.paths(Role::Purelib).into_iter();
    let version =
        |path: String| Some(path.strip_prefix("pip/of_")?.strip_suffix(".py")?.to_owned());
    paths.filter_map(version).collect()
}

#[test]
fn stage_counts_beside_installed_pip_only_while_an_upgrade_is_under_way() {
    for (installed, taken, coming, expected) in [
        // Nothing was left, what came instead is there, or nothing was taken out yet.
        (&["24.0"][..], &[][..], &[][..], "keep 24.0"),
        (&["24.0"], &["9"], &[], "keep 24.0"),
        (&["24.0"], &["9"], &["24.0"], "keep 24.0"),
        (&["24.0"], &[], &["30.3"], "keep 24.0"),
        // One of two older versions was taken out.
        (&["25.0"], &["24.0"], &["30.3"], "upgrade 25.0"),
        // None is installed.
        (&[], &["24.0"], &["30.3"], "install"),
    ] {
        let target = target(installed, taken, coming);
        assert_eq!(planned(&target), expected, "{installed:?} {taken:?} {coming:?}");
    }
}

#[test]
fn install_removes_files_of_version_that_was_taken_out() {
    let target = target(&[], &["24.0"], &[]);
    apply(&pip(), &target).expect("nothing is in the way");
    assert_eq!(modules(&target), [""; 0]);
}

#[test]
fn metadata_moved_in_part_is_not_installed() {
    let target = target(&["24.0"], &[], &[]);
    assert_eq!(planned(&target), "keep 24.0");
    part(&target, "24.0");
    assert_eq!(planned(&target), "install");
    apply(&pip(), &target).expect("nothing is in the way");
    assert_eq!(modules(&target), [""; 0]);
    assert!(target.paths(Role::Purelib).iter().all(|path| !path.contains("24.0")));
}

#[test]
fn uninstall_prefers_version_of_wheel_that_was_moved_in_part() {
    let new = || {
        let target = target(&["24.0", "25.0"], &[], &[]);
        part(&target, "24.0");
        target
    };
    let target = new();
    assert_eq!(removed(&target, "24.0"), "remove 24.0");
    assert_eq!(modules(&target), ["25.0"]);
    // Of another version it is not what the wheel is about.
    assert_eq!(removed(&new(), "25.0"), "remove 25.0");
}

#[test]
fn uninstall_after_stopped_upgrade_names_version_of_wheel_or_newest() {
    for (wheel, expected) in
        [("24.0", "remove 24.0"), ("30.3", "remove 30.3"), ("9", "remove 30.3")]
    {
        let target = target(&[], &["24.0", "30.3"], &["25.0"]);
        assert_eq!(removed(&target, wheel), expected, "{wheel}");
        assert_eq!(modules(&target), [""; 0], "{wheel}");
    }
}

/// What is whole is removed alone: what others have left of other versions is not its own.
#[test]
fn uninstall_of_whole_version_keeps_files_of_versions_taken_out() {
    let target = target(&["30.3"], &["24.0"], &["99"]);
    assert_eq!(removed(&target, "30.3"), "remove 30.3");
    assert_eq!(modules(&target), ["24.0", "99"]);
}
