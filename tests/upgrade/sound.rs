//! The required state after an upgrade: one pip that runs, every file of it in `RECORD`, and
//! nothing of another pip or of a run.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::{Tree, shortened};

/// The version that the tool reports as installed.
pub(super) fn version_installed_by(finished: &Finished) -> String {
    finished
        .stdout()
        .lines()
        .find_map(|line| line.strip_prefix("Successfully installed pip-"))
        .unwrap_or_else(|| panic!("it installed nothing: {finished}"))
        .to_owned()
}

/// All faults of an installation, as readable lines. The planted files among those of pip may exist
/// although they are not listed.
pub(super) fn faults(target: &Target, version: &str, planted: &[&Path]) -> Vec<String> {
    let mut faults = faults_of_running(target, version);
    let tree = Tree::of(&target.environment);
    let library = target.library();
    let is_pip = |path: &PathBuf| {
        let among = |directory: &Path| {
            let below = path.strip_prefix(directory).ok();
            below.and_then(|below| below.iter().next()).is_some_and(is_pip_name)
        };
        among(&library) || among(&target.environment.join("bin"))
    };
    let present = tree.paths().map(|path| target.environment.join(path)).filter(is_pip);
    let present = present.collect::<BTreeSet<_>>();

    let metadata = library.join(format!("pip-{version}.dist-info"));
    let tops = present.iter().filter(|path| path.parent() == Some(&library)).collect::<Vec<_>>();
    if tops != [&library.join("pip"), &metadata] {
        faults.push(format!("the library has {tops:?}"));
    }
    let listed = listed(target, &metadata.join("RECORD"));
    for path in &present {
        let shown = path.display();
        if !path.is_dir() || path.is_symlink() {
            if !listed.contains(path) && !planted.contains(&path.as_path()) {
                faults.push(format!("{shown} is a stray"));
            }
        } else if path.read_dir().is_ok_and(|mut entries| entries.next().is_none()) {
            faults.push(format!("{shown} is an empty directory"));
        }
    }
    let absent = listed.iter().filter(|path| !present.contains(*path));
    faults.extend(absent.map(|path| format!("{} is listed and not there", path.display())));
    faults.extend(leftovers(target));
    shortened(faults)
}

/// The temporary names of a run.
fn leftovers(target: &Target) -> Vec<String> {
    Tree::of(target.scratch.work())
        .paths()
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(".ensurepip-host"))
        })
        .map(|path| format!("{} is left over", path.display()))
        .collect()
}

/// The environment without everything that has pip's name.
pub(super) fn all_but_pip(target: &Target) -> Tree {
    Tree::of_all_but(&target.environment, |path| path.file_name().is_some_and(is_pip_name))
}

fn is_pip_name(name: &OsStr) -> bool {
    name.to_string_lossy().to_lowercase().starts_with("pip")
}

/// The files that a `RECORD` lists: those of the library, and those of `bin`.
fn listed(target: &Target, record: &Path) -> BTreeSet<PathBuf> {
    let record = fs::read_to_string(record).expect("there is a RECORD");
    // No name in pip contains a comma or a quotation mark.
    let rows = record.lines().filter_map(|row| row.split(',').next());
    rows.map(|row| match row.strip_prefix("../../../bin/") {
        Some(script) => target.environment.join("bin").join(script),
        None => target.library().join(row),
    })
    .collect()
}

fn faults_of_running(target: &Target, version: &str) -> Vec<String> {
    let library = target.library();
    let whose = format!("pip {version} from {}", library.join("pip").display());
    [("check", "No broken requirements found.\n"), ("--version", whose.as_str())]
        .into_iter()
        .filter_map(|(argument, beginning)| {
            let answer = Program::new(&target.python, target.scratch.home())
                .environment("PIP_CONFIG_FILE", "/dev/null")
                .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
                .arguments(["-m", "pip", argument])
                .run();
            let is_fine = answer.succeeded()
                && answer.stdout().starts_with(beginning)
                && answer.stderr().is_empty();
            (!is_fine).then(|| answer.to_string())
        })
        .collect()
}
