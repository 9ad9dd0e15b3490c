//! Is every obstacle replaced or reported, and never followed, waited for or written through?
//!
//! Each place that the tool reads or writes is taken by each kind of obstacle in turn, below a root.
//! Either the result is the same as without the obstacle, or there is an error that names the place,
//! and every name still refers to the very file that it referred to before.

mod file_systems;
mod obstacle;

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::announce::{announce, fail_if_required, required};
use crate::support::copy::copy_tree_but;
use crate::support::made_wheels::small_pip;
use crate::support::process::{Finished, Program};
use crate::support::sample::has_cell;
use crate::support::snapshot::Snapshot;
use crate::support::target::Target;
use crate::support::tree::Tree;
use obstacle::Obstacle;

/// How long a run may take, in seconds, on a busy machine.
const PATIENCE: &str = "120";

/// The exit status of a run that timed out.
const TIMED_OUT: Option<i32> = Some(124);

/// The prefix of the tool's own names.
const RESERVED: &str = ".ensurepip-host-";

/// The versions of the made-up pip to install, and of an older one.
const NEW: &str = "2.0";
const OLD: &str = "1.0";

/// The places below the library directory, and those below the scripts directory; and whether a
/// directory belongs there.
const LIBRARY: [(&str, bool); 9] = [
    ("", true),
    ("pip", true),
    ("pip/__init__.py", false),
    ("pip/__pycache__", true),
    ("pip-2.0.dist-info", true),
    ("pip-2.0.dist-info/RECORD", false),
    ("pip-2.0.dist-info/METADATA", false),
    ("pip-1.0.dist-info/RECORD", false),
    (".ensurepip-host-stage", true),
];
const SCRIPTS: [(&str, bool); 4] = [
    ("", true),
    ("pip3", false),
    (".ensurepip-host-new-pip3", false),
    (".ensurepip-host-old-pip3", false),
];

#[test]
fn install_over_obstacles_replaces_or_refuses() {
    let run = &["--compile", "--json"];
    Bench::new(None, run, &["--compile", "--json", "--dry-run"]).try_every_obstacle("installation");
}

#[test]
fn upgrade_over_obstacles_replaces_or_refuses() {
    let run = &["-U", "--no-compile", "--json"];
    Bench::new(Some(OLD), run, &["-U", "--json", "--dry-run"]).try_every_obstacle("upgrade");
}

#[test]
fn uninstall_over_obstacles_removes_or_refuses() {
    Bench::new(Some(NEW), &["uninstall"], &["status"]).try_every_obstacle("removal");
}

/// A root whose initial state can be restored repeatedly.
struct Bench {
    target: Target,
    arguments: &'static [&'static str],
    /// The arguments of a run that must change nothing.
    look: &'static [&'static str],
    /// The initial state, and the result of the command without an obstacle.
    first: PathBuf,
    end: Tree,
    wheels: PathBuf,
    counts: [usize; 3],
    missing: BTreeSet<String>,
}

impl Bench {
    fn new(
        installed: Option<&str>,
        arguments: &'static [&'static str],
        look: &'static [&'static str],
    ) -> Bench {
        let target = Target::on_disk();
        let work = target.scratch.work();
        let (first, wheels) = (work.join("first"), work.join("wheels"));
        small_pip(NEW).write(&wheels);
        fs::create_dir_all(first.join("inside")).expect("directories can be made");
        let end = Tree::of(&first);
        let (counts, missing) = ([0; 3], BTreeSet::new());
        let mut bench = Bench { target, arguments, look, first, end, wheels, counts, missing };
        for directory in [bench.library(), bench.scripts()] {
            fs::create_dir_all(bench.first.join(directory)).expect("directories can be made");
        }
        if let Some(version) = installed {
            let wheels = bench.target.scratch.work().join("installed");
            small_pip(version).write(&wheels);
            bench.run(&["--no-compile"], &bench.first, &wheels).expect_success();
        }
        let root = bench.root();
        bench.start_over();
        bench.run(arguments, &root, &bench.wheels).expect_success();
        bench.end = Tree::of(&root);
        bench
    }

    fn root(&self) -> PathBuf {
        self.target.scratch.work().join("root")
    }

    /// The library and scripts directories, as paths from the root.
    fn library(&self) -> PathBuf {
        from_root(&self.target.library())
    }

    fn scripts(&self) -> PathBuf {
        from_root(&self.target.environment.join("bin"))
    }

    fn start_over(&self) {
        let root = self.root();
        obstacle::release(&root);
        let _ = fs::remove_dir_all(&root);
        copy_tree_but(&self.first, &root, &|_| false);
    }

    fn run(&self, arguments: &[&str], root: &Path, wheels: &Path) -> Finished {
        Program::new(Path::new("timeout"), self.target.scratch.home())
            .arguments([PATIENCE, env!("CARGO_BIN_EXE_ensurepip-host")])
            .arguments(arguments)
            .arguments([Path::new("--python"), &self.target.python])
            .arguments([Path::new("--root"), root, Path::new("--wheel-dir"), wheels])
            .run()
    }

    fn try_every_obstacle(mut self, name: &str) {
        let library =
            LIBRARY.map(|(place, is_directory)| (self.library().join(place), is_directory));
        let scripts =
            SCRIPTS.map(|(place, is_directory)| (self.scripts().join(place), is_directory));
        for (row, (place, is_directory)) in library.into_iter().chain(scripts).enumerate() {
            // A path that ends in a slash would refer to the target of a link.
            let place: PathBuf = place.components().collect();
            for (column, obstacle) in obstacle::ALL.into_iter().enumerate() {
                if has_cell(row, column) {
                    self.try_one(&place, is_directory, obstacle);
                }
            }
        }
        let root = self.root();
        obstacle::release(&root);
        let [done, unchanged, refused] = self.counts;
        let missing: Vec<String> = self.missing.into_iter().collect();
        announce(&format!(
            "obstacles, {name}: {done} replaced or passed, {unchanged} with nothing to do, \
             {refused} refused; missing: {missing:?}"
        ));
        let least = if required() { 20 } else { 10 };
        assert!(done > least && refused > least, "{done} done, {refused} refused");
        fail_if_required(&missing);
    }

    /// Runs the command with one place taken.
    fn try_one(&mut self, place: &Path, is_directory: bool, obstacle: Obstacle) {
        let (root, outside) = (self.root(), self.target.scratch.work().join("outside"));
        self.start_over();
        let _ = fs::remove_dir_all(&outside);
        fs::create_dir_all(outside.join("pip")).expect("directories can be made");
        fs::write(outside.join("file"), "precious").expect("a file can be written");
        let private = Permissions::from_mode(0o600);
        fs::set_permissions(outside.join("file"), private).expect("it is ours");
        if !obstacle.put(&root.join(place), is_directory, &outside) {
            self.missing.insert(format!("{obstacle:?}"));
            return;
        }
        let before = Snapshot::of_all_but(&root, &|_| false);
        let decoy = Snapshot::of_all_but(&outside, &|_| false);
        let first = Tree::of(&outside);
        let expect_no_harm = |run: &Finished| -> String {
            let shown = format!("`{}` is {obstacle:?}: {run}", place.display());
            assert!(run.status() != TIMED_OUT && !run.stderr().contains("panicked"), "{shown}");
            let changes = decoy.changes(&Snapshot::of_all_but(&outside, &|_| false));
            assert!(changes.is_empty(), "{shown}\noutside: {}", changes.join("\n"));
            assert!(
                first.differences("before", &Tree::of(&outside), "after").is_empty(),
                "{shown}"
            );
            shown
        };

        let mut foreseen = None;
        if !obstacle.is_link() {
            let look = self.run(self.look, &root, &self.wheels);
            let shown = expect_no_harm(&look);
            assert!(matches!(look.status(), Some(0 | 1)), "{shown}");
            let changes = before.changes(&Snapshot::of_all_but(&root, &|_| false));
            assert!(changes.is_empty(), "{shown}\n{}", changes.join("\n"));
            foreseen = self.look.contains(&"--dry-run").then(|| code(&look));
        }

        let run = self.run(self.arguments, &root, &self.wheels);
        let shown = expect_no_harm(&run);
        if let Some(foreseen) = foreseen {
            assert_eq!(foreseen, code(&run), "a dry run says otherwise: {shown}");
        }
        let changes = before.changes(&Snapshot::of_all_but(&root, &|_| false));
        if !run.succeeded() {
            self.counts[2] += 1;
            assert_eq!(run.status(), Some(1), "{shown}");
            expect_clear(&run.stderr(), &root, place, &shown);
            // The tool's own names may be gone by then.
            let is_theirs = |line: &&String| !line.contains(RESERVED);
            let changes: Vec<_> = changes.iter().filter(is_theirs).cloned().collect();
            assert!(changes.is_empty(), "{shown}\n{}", changes.join("\n"));
        } else if changes.is_empty() {
            self.counts[1] += 1;
            assert!(!run.stdout().contains("Successfully"), "{shown}");
            assert!(!run.stdout().contains("\"installed\""), "{shown}");
        } else {
            self.counts[0] += 1;
            self.expect_done(place, is_directory, obstacle, &shown);
        }
    }

    /// Checks the result of a successful run.
    fn expect_done(&self, place: &Path, is_directory: bool, obstacle: Obstacle, shown: &str) {
        let root = self.root();
        if obstacle.is_attribute() {
            // A removed directory with this obstacle in it stays until it can be deleted.
            obstacle::release(&root);
            self.run(self.arguments, &root, &self.wheels).expect_success();
        }
        // Where the obstacle may still be, and where links may have led.
        let outside = from_root(&self.target.scratch.work().join("outside"));
        let is_removal = self.arguments.contains(&"uninstall");
        let elsewhere = [outside, "inside".into(), "nowhere".into()];
        let is_left_out = |path: &Path| {
            // A directory with another user's file stays as well.
            let is_place = is_directory && path.starts_with(place)
                || is_removal && (path.starts_with(place) || place.starts_with(path));
            is_place || (obstacle.is_link() && elsewhere.iter().any(|led| path.starts_with(led)))
        };
        let (mut end, mut now) = (self.end.clone(), Tree::of(&root));
        end.forget(is_left_out);
        now.forget(is_left_out);
        let differences = end.differences("undisturbed", &now, "this");
        assert!(differences.is_empty(), "{shown}\n{}", differences.join("\n"));
    }
}

/// The code of the error that a run reports as JSON; none if it has succeeded.
fn code(run: &Finished) -> Option<String> {
    let document: serde_json::Value = serde_json::from_str(&run.stdout()).expect("it is JSON");
    document["error"]["code"].as_str().map(str::to_owned)
}

/// Checks that an error is one sentence and perhaps a hint, and names the place or its directory,
/// with a reason that is not just a number.
fn expect_clear(stderr: &str, root: &Path, place: &Path, shown: &str) {
    let mut lines = stderr.lines();
    let error = lines.next().unwrap_or_default();
    assert!(error.starts_with("error: "), "{shown}");
    assert!(lines.all(|line| line.starts_with("hint: ")), "{shown}");
    let place = root.join(place);
    let parent = place.parent().expect("it has a parent");
    assert!(error.contains(&*parent.to_string_lossy()), "{shown}");
    for inner in ["`: (os error", "granted", "preopen", "descriptor"] {
        assert!(!error.contains(inner), "{shown}");
    }
}

/// A path of this machine, converted to one below a root.
fn from_root(path: &Path) -> PathBuf {
    path.strip_prefix("/").expect("it is absolute").to_owned()
}
