//! Does a build that fakes the ids of users and files get the same result as any other?
//!
//! Real tools fake them: fakeroot and Yocto's pseudo. The program runs as a user who is not root.

use crate::support::announce::{announce, fail_if_required, report_skipped};
use crate::support::made_wheels::small_pip;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::users::{NOBODY, as_nobody, copy_tool, is_root};
use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

/// Lists a tree with modes, owners, sizes and times, without what was there before.
const LIST: &str =
    "tar --sort=name --numeric-owner -C \"$ROOT\" -c . | tar --numeric-owner --utc -tv";

/// A directory for the builder, with the program in it, and a wheel.
struct Bench {
    scratch: Scratch,
    tool: PathBuf,
    wheels: PathBuf,
}

impl Bench {
    fn new() -> Bench {
        let scratch = Scratch::new();
        let tool = copy_tool(&scratch);
        let wheels = scratch.work().join("wheels");
        small_pip("1.0").write(&wheels);
        for directory in [scratch.home(), scratch.work()] {
            give_to_builder(directory);
        }
        Bench { scratch, tool, wheels }
    }

    /// A root of the builder, with this mode.
    fn root(&self, name: &str, mode: u32) -> PathBuf {
        let root = self.scratch.work().join(name);
        fs::create_dir(&root).expect("the name is free");
        give_to_builder(&root);
        fs::set_permissions(&root, Permissions::from_mode(mode)).expect("it is ours");
        root
    }

    /// The command that installs.
    fn command(&self, options: &str, root: &Path) -> String {
        format!(
            "{} {options} --break-system-packages --root {} --prefix /opt/py \
             --python /usr/bin/python3 --executable /opt/py/bin/python3 --wheel-dir {}",
            self.tool.display(),
            root.display(),
            self.wheels.display()
        )
    }

    /// Runs a script as the builder, with the installing command in `INSTALL`.
    fn run(&self, program: &[&str], script: &str, root: &Path) -> Finished {
        let install = self.command("-q --no-compile", root);
        as_nobody(Path::new("env"), self.scratch.home())
            .arguments(program.iter().copied().chain(["sh", "-c", script]))
            .environment("INSTALL", &install)
            .environment("ROOT", &root.to_string_lossy())
            .run()
    }
}

fn give_to_builder(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("root can give things away");
    }
}

/// Which of these programs are missing.
fn missing(programs: &[&str]) -> Vec<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |name: &str| env::split_paths(&path).any(|place| place.join(name).exists());
    programs.iter().filter(|name| !is_there(name)).map(|name| (*name).to_owned()).collect()
}

/// With any umask, and in a directory that passes on its group. An archive made afterwards has root's
/// files, with the same modes.
#[test]
fn fakeroot_install_equals_plain_install() {
    let missing = missing(&["fakeroot", "tar", "setpriv", "/usr/bin/python3"]);
    if !missing.is_empty() {
        announce(&format!("faked ids: without fakeroot; missing: {missing:?}"));
        return fail_if_required(&missing);
    }
    let bench = Bench::new();
    let mut usual: Option<Tree> = None;
    for mode in [0o755, 0o2775] {
        for umask in ["022", "077", "027", "0777"] {
            let plain = bench.root(&format!("plain-{mode:o}-{umask}"), mode);
            let install = format!("(umask {umask}; exec $INSTALL)");
            bench.run(&["env"], &install, &plain).expect_success();
            let faked = bench.root(&format!("faked-{mode:o}-{umask}"), mode);
            let database = bench.scratch.work().join(format!("db-{mode:o}-{umask}"));
            let database = database.to_string_lossy();
            let run = ["fakeroot", "-s", &database];
            bench.run(&run, &install, &faked).expect_success();
            let (mut expected, found) = (Tree::of(&plain), Tree::of(&faked));
            assert!(expected.files().count() > 5, "{umask}");
            let differences = expected.differences("plain", &found, "faked");
            assert!(differences.is_empty(), "{mode:o} {umask}\n{}", differences.join("\n"));
            // The root keeps its own mode, and passes none of it on.
            assert!(expected.forget(|path| path == Path::new("")));
            let usual = usual.get_or_insert_with(|| expected.clone());
            let differences = usual.differences("755 022", &expected, "this");
            assert!(differences.is_empty(), "{mode:o} {umask}\n{}", differences.join("\n"));

            let list = ["fakeroot", "-i", &database];
            let found = bench.run(&list, LIST, &faked).expect_success().stdout();
            expect_roots(&found, &bench, &plain);
        }
    }
}

/// Under pseudo the next program aborts if there are files that are missing from its database.
#[test]
fn pseudo_database_has_every_installed_file() {
    let missing =
        missing(&["pseudo", "fakeroot-pseudo", "tar", "setpriv", "cc", "/usr/bin/python3"]);
    if !missing.is_empty() {
        announce(&format!("faked ids: without pseudo; missing: {missing:?}"));
        return fail_if_required(&missing);
    }
    let bench = Bench::new();
    let library = bench.scratch.work().join("no-openat2.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/pseudo/no-openat2.c");
    let compiled = Program::new(Path::new("cc"), bench.scratch.home())
        .arguments(["-Wall", "-Werror", "-shared", "-fPIC", "-o"])
        .arguments([&*library, Path::new(source)])
        .run();
    compiled.expect_success();
    for umask in ["022", "077"] {
        let plain = bench.root(&format!("plain-{umask}"), 0o755);
        bench.run(&["env"], &format!("umask {umask}; $INSTALL"), &plain).expect_success();
        let faked = bench.root(&format!("faked-{umask}"), 0o755);
        let install = format!(
            "(umask {umask}; env LD_PRELOAD={}:$LD_PRELOAD $INSTALL) && {LIST}",
            library.display()
        );
        let found = bench.run(&["fakeroot-pseudo"], &install, &faked).expect_success();
        expect_roots(&found.stdout(), &bench, &plain);
        let differences = Tree::of(&plain).differences("plain", &Tree::of(&faked), "faked");
        assert!(differences.is_empty(), "{umask}\n{}", differences.join("\n"));
    }
}

/// Under fakeroot, a file of another user looks like the builder's own. The kernel is not deceived.
#[test]
fn cache_of_another_user_is_not_used_under_fakeroot() {
    let mut missing = missing(&["fakeroot", "setpriv", "/usr/bin/python3"]);
    if !is_root() {
        missing.push("root, for another user".to_owned());
    }
    if !missing.is_empty() {
        return report_skipped("a cache of another user under fakeroot", &missing.join(", "));
    }
    let bench = Bench::new();
    let caches = bench.scratch.work().join("caches");
    let cache = caches.join("ensurepip-host");
    for directory in [&caches, &cache] {
        fs::create_dir(directory).expect("the name is free");
        fs::set_permissions(directory, Permissions::from_mode(0o755)).expect("it is ours");
    }
    let script = |root: &Path| {
        let command = bench.command("--compile -vv", root);
        format!("XDG_CACHE_HOME={} exec {command}", caches.display())
    };
    let is_known = |run: Finished| run.expect_success().stderr().contains("the bytecode is known");
    let by_root = |name: &str| {
        let script = script(&bench.root(name, 0o755));
        let shell = Program::new(Path::new("/bin/sh"), bench.scratch.home());
        is_known(shell.arguments(["-c", &script]).run())
    };
    let by_builder = |name: &str| {
        let root = bench.root(name, 0o755);
        is_known(bench.run(&["fakeroot"], &script(&root), &root))
    };
    assert!(!by_root("first"));
    let entries = fs::read_dir(&cache).expect("it can be listed").flatten();
    let entries: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    assert!(!entries.is_empty());
    for entry in &entries {
        fs::set_permissions(entry, Permissions::from_mode(0o644)).expect("it is ours");
    }
    assert!(by_root("second"), "it is root's own");
    assert!(!by_builder("third"), "it is another user's");
    for path in entries.iter().chain([&caches, &cache]) {
        give_to_builder(path);
    }
    assert!(by_builder("fourth"), "it is the builder's own");
}

/// Checks that a listing equals that of a plain tree, with root as the owner of all installed files.
fn expect_roots(found: &str, bench: &Bench, plain: &Path) {
    let expected = bench.run(&["env"], LIST, plain).expect_success().stdout();
    let of_root = |listing: &str, owner: &str| -> Vec<String> {
        let installed = listing.lines().filter(|line| !line.ends_with(" ./"));
        // The columns are as wide as their contents.
        let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        installed.map(|line| words(&line.replacen(owner, "0/0", 1))).collect()
    };
    let count = expected.lines().count();
    assert!(count > 5, "only {count} entries were listed");
    let owner = if is_root() { format!("{NOBODY}/{NOBODY}") } else { owner_of(plain) };
    assert_eq!(of_root(found, "0/0"), of_root(&expected, &owner));
}

fn owner_of(path: &Path) -> String {
    let metadata = fs::metadata(path).expect("it is there");
    format!("{}/{}", metadata.uid(), metadata.gid())
}
