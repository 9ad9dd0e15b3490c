//! Complete runs with a hostile component that answers as it likes.

use super::Bootstrap;
use crate::error::Error;
use crate::report::Report;
use crate::sandbox::Runtime;
use ensurepip_guest_artifact::Variant;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// One of the commands.
type Run = fn(Bootstrap) -> Result<Report, Error>;

/// A root that contains a directory which no run may touch, and the hostile component.
struct Trap {
    directory: TempDir,
    runtime: Runtime,
}

impl Trap {
    fn new() -> Trap {
        let directory = tempfile::tempdir().expect("there is room");
        for name in ["root/decoy", "wheels"] {
            fs::create_dir_all(directory.path().join(name)).expect("the name is free");
        }
        fs::write(directory.path().join("root/decoy/secret"), "secret").expect("it is ours");
        let engine = ensurepip_guest_artifact::engine(Variant::Fast).expect("there is an engine");
        let probe = ensurepip_guest_artifact::probe(&engine, Variant::Fast);
        let probe = probe.expect("it can be loaded");
        let runtime = Runtime::with(&engine, &probe, Variant::Fast).expect("it can be linked");
        Trap { directory, runtime }
    }

    /// A run with a wheel whose name selects the component's lie.
    fn bootstrap(&self, lie: &str) -> Bootstrap {
        let wheels = self.directory.path().join("wheels").join(lie);
        fs::create_dir_all(&wheels).expect("the name is free");
        fs::write(wheels.join(format!("pip-0+{lie}-py3-none-any.whl")), "").expect("it is ours");
        Bootstrap::new()
            .runtime(&self.runtime)
            .root(self.directory.path().join("root"))
            .python("python3")
            .wheel_directory(wheels)
            .compile(false)
    }

    /// Everything in the root, with inode, mode and change time.
    fn root(&self) -> BTreeMap<PathBuf, (u64, u32, i64, i64)> {
        let (mut found, mut pending) = (BTreeMap::new(), vec![self.directory.path().join("root")]);
        while let Some(path) = pending.pop() {
            let metadata = path.symlink_metadata().expect("it is there");
            if metadata.is_dir() {
                let entries = fs::read_dir(&path).expect("it can be listed").flatten();
                pending.extend(entries.map(|entry| entry.path()));
            }
            let (changed, fraction) = (metadata.ctime(), metadata.ctime_nsec());
            found.insert(path, (metadata.ino(), metadata.mode(), changed, fraction));
        }
        found
    }
}

/// The component names a directory beside the right one, above all others, at the top, or the
/// scripts directory.
#[test]
fn hostile_component_cannot_choose_directories() {
    let trap = Trap::new();
    let before = trap.root();
    let lies = [
        ("purelib.beside", "its directory for `purelib` is `/decoy`, not `/"),
        ("platlib.beside", "its directory for `platlib` is `/decoy`, not `/"),
        ("headers.beside", "its directory for `headers` is `/decoy`, not `/"),
        ("scripts.beside", "its directory for `scripts` is `/decoy`, not `/"),
        ("data.beside", "its directory for `data` is `/decoy`, not `/"),
        ("purelib.above", "/../../decoy`, not `/"),
        ("scripts.above", "/../../decoy`, not `/"),
        ("purelib.top", "its directory for `purelib` is `/`, not `/"),
        ("scripts.top", "its directory for `scripts` is `/`, not `/"),
        ("purelib.scripts", "its directory for `purelib` is `/"),
        ("later.purelib.beside", "its directory for `purelib` is `/decoy`, not `/"),
        ("later.scripts.beside", "its directory for `scripts` is `/decoy`, not `/"),
        ("project", "it resolved `another` `0+project` for `pip-0+project-"),
        ("grants.scripts", "it asked for the `scripts` directory `/"),
        ("count.none", "it was given one wheel, and answered for 0"),
        ("count.two", "it was given one wheel, and answered for 2"),
        ("grants.twice", "it asked twice for the directory `/"),
    ];
    for (lie, words) in lies {
        let runs: [(&str, Run); 4] = [
            ("install", Bootstrap::run),
            ("uninstall", Bootstrap::uninstall),
            ("status", Bootstrap::status),
            ("dry run", |bootstrap| bootstrap.dry_run(true).run()),
        ];
        for (name, run) in runs {
            let error = run(trap.bootstrap(lie)).expect_err("the component lies");
            assert!(matches!(error, Error::Component(_)), "{name}, {lie}: {error}");
            assert!(error.to_string().contains(words), "{name}, {lie}: {error}");
            assert!(trap.root() == before, "{name}, {lie}");
        }
    }
}

/// Files are listed as they are read back, not as the component reports them.
#[test]
fn lie_about_files_fails_a_run_that_lists_them() {
    let trap = Trap::new();
    let names = |trap: &Trap| trap.root().into_keys().collect::<Vec<_>>();
    let before = names(&trap);
    let error = trap.bootstrap("files").manifest(true).run().expect_err("the component lies");
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(names(&trap), before);
    let secret = fs::read(trap.directory.path().join(Path::new("root/decoy/secret")));
    assert_eq!(secret.expect("it is there"), b"secret");
}

/// Directories keep the times that the system has set.
#[test]
fn time_that_the_system_cannot_express_is_no_panic() {
    let trap = Trap::new();
    trap.bootstrap("times").run().expect("nothing else is wrong with it");
}
