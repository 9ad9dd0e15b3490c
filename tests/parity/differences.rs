//! The accepted differences, by their names in `docs/differences.md`.
//!
//! For each name there is a function that removes from a comparison exactly what the page
//! describes, and returns whether there was anything of the kind.

use std::path::Path;

use super::state::{FOREIGN_SCRIPTS, Prepared};
use super::table::{Run, Setuptools};
use crate::support::bytecode::Outcome;
use crate::support::tree::{Tree, is_bytecode};

/// The result of a program.
pub(super) struct Left {
    pub(super) status: Option<i32>,
    pub(super) tree: Tree,
}

/// The results to compare.
pub(super) struct Pair<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) theirs: Left,
    pub(super) ours: Left,
    /// The result of `ensurepip` without the things that ours does not take into account.
    pub(super) undisturbed: Option<Left>,
    pub(super) has_same_times: bool,
    pub(super) bytecode: Option<Outcome>,
}

type Removal = fn(&mut Pair<'_>) -> bool;

/// The differences that cells show.
pub(super) const REMOVALS: &[(&str, Removal)] = &[
    ("setuptools", setuptools),
    ("bytecode-path", bytecode_path),
    ("times", times),
    ("modes", modes),
    ("bytecode-variables", bytecode_variables),
    ("old-scripts", old_scripts),
    ("wheels-left", wheels_left),
    ("judged-in-target", judged_elsewhere),
    ("broken-metadata", judged_elsewhere),
    ("upgrade-in-root", upgrade_in_root),
    ("old-layouts", old_layouts),
    ("every-old-version", every_old_version),
    ("several-versions", several_versions),
    ("scripts-by-record", scripts_by_record),
    ("environment-option", environment_option),
    ("shebang", shebang),
];

/// Removes a difference. Returns whether it occurred.
pub(super) fn remove(name: &str, pair: &mut Pair<'_>) -> bool {
    let removal = REMOVALS.iter().find(|(known, _)| *known == name);
    removal.unwrap_or_else(|| panic!("no cell can show `{name}`")).1(pair)
}

/// The differences of a run: those that it names, and those that every run of its kind has with
/// this interpreter.
pub(super) fn expected(prepared: &Prepared, run: &Run) -> Vec<&'static str> {
    let Prepared { row, interpreter, bundled, .. } = prepared;
    // Before pip 20.2.
    let is_old_pip = run.installs && bundled.release().as_slice() < &[20, 2];
    let has_setuptools = row.setuptools == Setuptools::OfEnsurepip && interpreter.has_setuptools();
    let wheels = interpreter.wheel_directory.as_deref();
    let is_debian_pypy =
        interpreter.is_pypy && wheels.is_some_and(|path| !path.ends_with("_bundled"));
    // Files beside pip come first: the other functions examine all that has changed.
    let beside = [("setuptools", has_setuptools), ("wheels-left", is_debian_pypy)];
    let own = run.differences.iter().map(|name| (*name, true));
    let of_pip = [
        ("old-scripts", is_old_pip),
        ("bytecode-path", is_old_pip && row.with_bytecode),
        ("times", run.installs),
    ];
    let mut names = Vec::new();
    for (name, is_expected) in beside.into_iter().chain(own).chain(of_pip) {
        if is_expected && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether a path is that of a metadata directory of pip.
pub(super) fn is_metadata_of_pip(path: &Path) -> bool {
    path.file_name().is_some_and(|name| {
        let name = name.to_string_lossy();
        name.starts_with("pip-") && name.ends_with(".dist-info")
    })
}

/// `setuptools`: theirs has the files of its wheel.
fn setuptools(pair: &mut Pair<'_>) -> bool {
    pair.theirs.tree.forget(belongs_to_setuptools)
}

/// `bytecode-path`: theirs records the path of its source at the time of compilation.
fn bytecode_path(pair: &mut Pair<'_>) -> bool {
    pair.bytecode.as_mut().is_some_and(|outcome| std::mem::take(&mut outcome.elsewhere) > 0)
}

/// `times`: the times of the files differ.
fn times(pair: &mut Pair<'_>) -> bool {
    pair.has_same_times = false;
    pair.theirs.tree.files_of_other_times(&pair.ours.tree).next().is_some()
}

/// `modes`: theirs have fewer or more bits, by the umask; they get those of ours.
fn modes(pair: &mut Pair<'_>) -> bool {
    pair.theirs.tree.change_modes(|mode| if mode & 0o100 == 0 { 0o644 } else { 0o755 })
}

/// `bytecode-variables`: theirs has other bytecode, or has it elsewhere; none is compared.
fn bytecode_variables(pair: &mut Pair<'_>) -> bool {
    let names = |left: &Left| left.tree.bytecode_files().map(Path::to_owned).collect::<Vec<_>>();
    let is_other = names(&pair.theirs) != names(&pair.ours);
    for left in [&mut pair.theirs, &mut pair.ours] {
        left.tree.forget(is_bytecode);
        rewrite_records(&mut left.tree, |row| (!row.contains(".pyc,")).then(|| row.to_owned()));
    }
    is_other
}

/// `old-scripts`: the scripts have more empty lines, and there is no `REQUESTED`.
fn old_scripts(pair: &mut Pair<'_>) -> bool {
    let is_requested = |path: &Path| path.ends_with("REQUESTED");
    let Pair { theirs, ours, .. } = pair;
    let has_less = ours.tree.forget(|path| is_requested(path) && !theirs.tree.has(path));
    rewrite_records(&mut ours.tree, |row| (!row.contains("/REQUESTED,")).then(|| row.to_owned()));
    let without_empty_lines = |bytes: &[u8]| {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines.filter(|line| *line != b"\n").collect::<Vec<_>>().concat()
    };
    let has_other_lines = theirs.tree.rewrite(is_script, without_empty_lines);
    for left in [&mut pair.theirs, &mut pair.ours] {
        left.tree.rewrite(is_script, without_empty_lines);
        rewrite_records(&mut left.tree, |row| Some(without_digest_of_script(row)));
    }
    has_less && has_other_lines
}

/// `wheels-left`: theirs leaves copies of wheels in the environment.
fn wheels_left(pair: &mut Pair<'_>) -> bool {
    let is_left = |path: &Path| path.starts_with("venv/share");
    if let Some(undisturbed) = &mut pair.undisturbed {
        undisturbed.tree.forget(is_left);
    }
    pair.theirs.tree.forget(is_left)
}

/// `judged-in-target` and `broken-metadata`: theirs does nothing, because of something that ours
/// does not take into account. Its result without that is compared.
fn judged_elsewhere(pair: &mut Pair<'_>) -> bool {
    let Some(undisturbed) = pair.undisturbed.take() else { return false };
    let theirs = std::mem::replace(&mut pair.theirs, undisturbed);
    let before = pair.prepared.before.clone().without_bytecode_content();
    theirs.status == Some(0) && before.differences("", &theirs.tree, "").is_empty()
}

/// `upgrade-in-root`: theirs removes the pip of the environment, ours leaves it as it was.
fn upgrade_in_root(pair: &mut Pair<'_>) -> bool {
    let before = pair.prepared.before.clone().without_bytecode_content();
    let theirs = &pair.theirs.tree;
    let kept = pair.ours.tree.clone();
    pair.ours.tree.forget(|path| {
        path.starts_with("venv") && before.has_same(&kept, path) && !theirs.has(path)
    })
}

/// `old-layouts`: theirs replaces the old pip, ours fails and leaves everything as it is. Then
/// nothing is left to compare.
fn old_layouts(pair: &mut Pair<'_>) -> bool {
    let before = &pair.prepared.before;
    let is_replaced =
        pair.theirs.status == Some(0) && pair.theirs.tree.paths().any(is_metadata_of_pip);
    let is_refused = pair.ours.status == Some(1);
    pair.theirs = Left { status: Some(1), tree: before.clone().without_bytecode_content() };
    is_replaced && is_refused
}

/// `every-old-version`: theirs leaves the metadata of the other old version.
fn every_old_version(pair: &mut Pair<'_>) -> bool {
    let ours = &pair.ours.tree;
    pair.theirs
        .tree
        .forget(|path| path.ancestors().any(|part| is_metadata_of_pip(part) && !ours.has(part)))
}

/// `several-versions`: theirs has nothing to do, ours fails. Both leave everything as it is.
fn several_versions(pair: &mut Pair<'_>) -> bool {
    let statuses = (pair.theirs.status, pair.ours.status);
    pair.theirs.status = pair.ours.status;
    statuses == (Some(0), Some(1))
}

/// `scripts-by-record`: theirs removes scripts that were not pip's, ours leaves them as they were.
fn scripts_by_record(pair: &mut Pair<'_>) -> bool {
    let before = pair.prepared.before.clone().without_bytecode_content();
    let theirs = &pair.theirs.tree;
    let kept = pair.ours.tree.clone();
    pair.ours.tree.forget(|path| {
        FOREIGN_SCRIPTS.iter().any(|name| path == Path::new("venv/bin").join(name))
            && before.has_same(&kept, path)
            && !theirs.has(path)
    })
}

/// `environment-option`: theirs has fewer scripts. Its result without the variable is compared.
fn environment_option(pair: &mut Pair<'_>) -> bool {
    let Some(undisturbed) = pair.undisturbed.take() else { return false };
    let theirs = std::mem::replace(&mut pair.theirs, undisturbed);
    let is_missing = |path: &Path| is_script(path) && !theirs.tree.has(path);
    pair.theirs.tree.paths().any(is_missing)
}

/// `shebang`: theirs does not quote the interpreter. The scripts are compared from the start of the
/// Python source.
fn shebang(pair: &mut Pair<'_>) -> bool {
    let [theirs, ours] = [&mut pair.theirs, &mut pair.ours].map(|left| &mut left.tree);
    let paths = ours.paths().filter(|path| is_script(path)).map(Path::to_owned);
    let paths = paths.collect::<Vec<_>>();
    let is_other = !paths.is_empty() && paths.iter().all(|path| !theirs.has_same(ours, path));
    for tree in [theirs, ours] {
        tree.rewrite(is_script, |bytes| {
            let end = b"\n' '''\n";
            let start = bytes.windows(end.len()).position(|window| window == end);
            bytes[start.map_or(0, |start| start + end.len())..].to_vec()
        });
        rewrite_records(tree, |row| Some(without_digest_of_script(row)));
    }
    is_other
}

/// Changes the rows of every `RECORD`, or drops them.
fn rewrite_records(tree: &mut Tree, rewritten: impl Fn(&str) -> Option<String>) {
    let is_record = |path: &Path| path.ends_with("RECORD");
    tree.rewrite(is_record, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.split_inclusive('\n').filter_map(&rewritten).collect::<String>().into_bytes()
    });
}

/// A row of `RECORD`, with the name alone if it is that of a script.
fn without_digest_of_script(row: &str) -> String {
    let name = row.split(',').next().unwrap_or_default();
    if name.starts_with("../") { format!("{name},,\r\n") } else { row.to_owned() }
}

/// Whether a path is that of a script of pip, or of an old setuptools.
fn is_script(path: &Path) -> bool {
    path.parent().is_some_and(|parent| parent.ends_with("bin"))
        && path.file_name().is_some_and(|name| {
            let name = name.to_string_lossy();
            name.starts_with("pip") || name.starts_with("easy_install")
        })
}

/// Whether a path belongs to setuptools, or to another part of its wheel. Up to 3.7 that includes
/// `easy_install`, whose bytecode is the only content of `__pycache__` beside the packages.
fn belongs_to_setuptools(path: &Path) -> bool {
    let mut names = path.iter().map(|name| name.to_string_lossy());
    if path.parent().is_some_and(|parent| parent.ends_with("bin")) {
        return names.next_back().is_some_and(|name| name.starts_with("easy_install"));
    }
    names.any(|name| name == "site-packages")
        && names.next().is_some_and(|name| {
            [
                "setuptools",
                "pkg_resources",
                "_distutils_hack",
                "distutils-precedence.pth",
                "easy_install.py",
                "__pycache__",
            ]
            .contains(&&*name)
                || (name.starts_with("setuptools-") && name.ends_with(".dist-info"))
        })
}
