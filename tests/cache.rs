//! Is cached bytecode used only for the same sources and settings, and only where nobody else could
//! have changed it?

use crate::support::announce::report_skipped;
use crate::support::process::Finished;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

/// The id of another user.
const NOBODY: u32 = 65_534;

/// The log message of a run that needed no interpreter.
const KNOWN: &str = "the bytecode is known";

/// A target whose user may have a directory for caches.
struct User {
    target: Target,
    caches: PathBuf,
}

impl User {
    fn new() -> User {
        let target = Target::new();
        let caches = target.scratch.home().join(".cache");
        User { target, caches }
    }

    fn with_caches() -> User {
        let user = User::new();
        fs::create_dir(&user.caches).expect("the name is free");
        user
    }

    /// Installs below a root of this name, and returns whether bytecode was cached, and the tree.
    fn install(&self, root: &str, arguments: &[&str]) -> (bool, Tree) {
        let root = self.target.scratch.work().join(root);
        let done = self.run(&root, arguments).expect_success();
        let log = done.stderr();
        (log.contains(KNOWN), Tree::of(&root))
    }

    fn run(&self, root: &Path, arguments: &[&str]) -> Finished {
        let tool =
            self.target.tool_without_cache().argument("-vv").argument("--root").argument(root);
        tool.arguments(arguments).run()
    }

    fn cache(&self) -> PathBuf {
        self.caches.join("ensurepip-host")
    }

    fn entries(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.cache()).expect("it is there");
        entries.map(|entry| entry.expect("it can be listed").path()).collect()
    }
}

fn assert_same_tree(one: &Tree, other: &Tree) {
    let differences = one.differences("compiled", other, "from the cache");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn cache_gives_second_root_same_bytecode() {
    let user = User::with_caches();
    let (was_known, compiled) = user.install("one", &[]);
    assert!(!was_known);
    assert!(compiled.bytecode_files().count() > 300);
    let (is_known, taken) = user.install("two", &[]);
    assert!(is_known);
    assert_same_tree(&compiled, &taken);

    // Another invalidation gives a different key. Another path does not: it is put in.
    let epoch = user.target.tool().source_date_epoch().argument("-vv").argument("--root");
    let epoch = epoch.argument(user.target.scratch.work().join("three")).run().expect_success();
    assert!(!epoch.stderr().contains(KNOWN));
    let elsewhere = user.install("four", &["--prefix", "/opt/elsewhere"]);
    assert!(elsewhere.0);
    // The recorded path is that in the target, whatever was cached for others.
    let library = below(&user.target.scratch.work().join("two"), &user.target.library());
    let recorded = user.target.library().join("pip/__init__.py");
    let file = library.join("pip/__pycache__");
    let file = fs::read_dir(file).expect("it is there").filter_map(Result::ok);
    let file = file.map(|entry| entry.path()).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("__init__"))
    });
    let bytecode = fs::read(file.expect("it is there")).expect("it can be read");
    let recorded = recorded.to_string_lossy().into_owned().into_bytes();
    assert!(bytecode.windows(recorded.len()).any(|window| window == recorded));
}

#[test]
fn cache_is_not_written_if_disabled_or_absent() {
    let user = User::with_caches();
    user.install("one", &["--no-cache"]);
    assert!(!user.cache().exists());
    // A user without caches, as in a container, gets none.
    let user = User::new();
    user.install("one", &[]);
    assert!(!user.caches.exists());
    // A run that compiles nothing creates none either.
    let user = User::with_caches();
    user.install("one", &["--no-compile"]);
    assert!(!user.cache().exists());
}

#[test]
fn cache_damaged_or_writable_by_others_is_ignored() {
    let user = User::with_caches();
    let (_, compiled) = user.install("one", &[]);
    let entries = user.entries();
    assert!(!entries.is_empty());
    for (number, entry) in entries.iter().enumerate() {
        let mut contents = fs::read(entry).expect("it is ours");
        let middle = contents.len() / 2;
        match number % 3 {
            0 => contents[middle] ^= 1,
            1 => contents.truncate(middle),
            _ => contents.clear(),
        }
        fs::write(entry, contents).expect("it is ours");
    }
    let (was_known, again) = user.install("two", &[]);
    assert!(!was_known, "it was damaged");
    assert_same_tree(&compiled, &again);
    assert!(user.install("three", &[]).0, "it is replaced by then");

    for (path, mode) in [(user.cache(), 0o777), (user.caches.clone(), 0o775)] {
        let restored = path.metadata().expect("it is there").permissions();
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
        let (is_known, anew) = user.install(&format!("{mode:o}"), &[]);
        assert!(!is_known, "others may write to {}", path.display());
        assert_same_tree(&compiled, &anew);
        fs::set_permissions(&path, restored).expect("it is ours");
    }
    assert!(user.install("four", &[]).0);
}

/// The owner of the directory above, of the directory or of an entry could have written the
/// contents.
#[test]
fn cache_of_another_user_is_not_used() {
    let user = User::with_caches();
    let own = user.caches.metadata().expect("it is there").uid();
    if own != 0 {
        return report_skipped("a cache of another user", "root, who can give things away");
    }
    let give = |path: &Path, owner| chown(path, Some(owner), None).expect("root can");
    let (_, compiled) = user.install("first", &[]);
    for (number, path) in [user.caches.clone(), user.cache()].iter().enumerate() {
        give(path, NOBODY);
        let (is_known, anew) = user.install(&format!("directory {number}"), &[]);
        assert!(!is_known, "{} is another user's", path.display());
        assert_same_tree(&compiled, &anew);
        give(path, own);
        assert!(user.install(&format!("own {number}"), &[]).0, "{} is own", path.display());
    }
    for entry in user.entries() {
        give(&entry, NOBODY);
    }
    let (is_known, anew) = user.install("entries", &[]);
    assert!(!is_known, "the entries are another user's");
    assert_same_tree(&compiled, &anew);
    assert!(user.install("last", &[]).0, "they are replaced by then");
}

/// A cache that cannot be written is ignored, without a failure.
#[test]
fn cache_directory_that_is_a_file_is_ignored() {
    let user = User::with_caches();
    fs::write(user.cache(), "a file").expect("the name is free");
    let (is_known, tree) = user.install("one", &[]);
    assert!(!is_known);
    assert!(tree.bytecode_files().count() > 300);
    assert_eq!(fs::read(user.cache()).expect("it is there"), b"a file");
}
