//! Do the same inputs give the same tree, times included?

use crate::support::announce::{announce, fail_if_required};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::pip_wheel::NEWEST;
use crate::support::scratch::Scratch;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

/// The script of an interpreter that compiles.
const COMPILE: &str = include_str!("../host/src/bytecode/compile.py");

/// A time at which no run happens.
const LONG_AGO: Duration = Duration::from_secs(1_000_000_000);

/// A string that two sources share.
const SHARED: &str = "distribute";

/// A root with existing contents, each directory with its own time.
fn grown_root(target: &Target, name: &str) -> PathBuf {
    let root = target.scratch.work().join(name);
    let library = below(&root, &target.library());
    fs::create_dir_all(&library).expect("directories can be made");
    fs::write(library.join("other.py"), "").expect("a file can be written");
    let mut time = SystemTime::UNIX_EPOCH + LONG_AGO;
    for path in library.ancestors().take_while(|path| path.starts_with(&root)) {
        time += Duration::from_secs(1);
        let opened = File::open(path).expect("a directory can be opened");
        opened.set_modified(time).expect("its time can be set");
    }
    root
}

/// A tree with names, bytes, modes, owners, links and times, as one archive.
fn archive(root: &Path) -> Vec<u8> {
    let output = Command::new("tar")
        .args(["--sort=name", "--format=gnu", "-c", "-C"])
        .args([root, Path::new(".")])
        .output()
        .expect("tar runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Two roots at different places, filled at different times with different umasks and time zones,
/// become identical.
#[test]
fn root_archives_are_byte_identical() {
    let target = Target::new();
    let roots = ["one", "further/away/two"].map(|name| grown_root(&target, name));
    let untouched = archive(&roots[0]);
    assert!(untouched == archive(&roots[1]), "the roots differ before anything is done");
    let run = |arguments: &[&str]| {
        for (root, umask, zone) in [(&roots[0], "022", "UTC"), (&roots[1], "077", "EST5EDT")] {
            let tool = target.tool().umask(umask).environment("TZ", zone);
            let done = tool.argument("--root").argument(root).arguments(arguments).run();
            thread::sleep(Duration::from_millis(1100));
            assert_eq!(done.status(), Some(i32::from(arguments.contains(&"--sha256"))), "{done}");
        }
        let [one, two] = roots.each_ref().map(|root| archive(root));
        assert!(one == two, "the roots differ after {arguments:?}");
        one
    };
    let wheels = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");
    assert!(run(&["--wheel-dir", wheels, "--sha256", &"0".repeat(64)]) == untouched);
    let installed = run(&[]);
    assert!(run(&["-U"]) == installed);
    let library = below(&roots[0], &target.library());
    let time =
        |path: &Path| path.metadata().and_then(|found| found.modified()).expect("it is there");
    assert_eq!(
        time(&library),
        SystemTime::UNIX_EPOCH + LONG_AGO + Duration::from_secs(1),
        "what was there keeps its time"
    );
    assert_eq!(
        time(&library.join("pip")),
        time(&library.join(format!("pip-{NEWEST}.dist-info/RECORD"))),
        "what is new has the time of its files"
    );
}

/// Everything that a run writes has the given time, also in another root and at another time.
#[test]
fn source_date_epoch_is_the_time_of_every_file() {
    let target = Target::new();
    let epoch = SystemTime::UNIX_EPOCH + LONG_AGO;
    let roots = ["one", "two"].map(|name| target.scratch.work().join(name));
    for root in &roots {
        let tool = target.tool().environment("SOURCE_DATE_EPOCH", &LONG_AGO.as_secs().to_string());
        tool.argument("--root").argument(root).run().expect_success();
        thread::sleep(Duration::from_millis(1100));
        let tree = Tree::of(root);
        let files: Vec<&Path> = tree.files().collect();
        assert!(files.len() > 100, "only {} files were written", files.len());
        for file in files {
            let modified = root.join(file).metadata().and_then(|found| found.modified());
            assert_eq!(modified.expect("it is there"), epoch, "{}", file.display());
        }
    }
    let [one, two] = roots.each_ref().map(|root| archive(root));
    assert!(one == two, "the roots differ");
}

/// Before 3.11, CPython writes a set into bytecode in a different order in each process; and PyPy's
/// bytecode depends on what its process has compiled before.
#[test]
fn bytecode_of_every_python_is_reproducible() {
    for interpreter in Interpreters::of_this_machine().with_pypy() {
        let target = Target::of(interpreter);
        let roots = ["one", "two"].map(|name| target.scratch.work().join(name));
        for root in &roots {
            let tool = target.tool_without_cache().argument("--root").argument(root);
            tool.environment("PYTHONHASHSEED", "random").run().expect_success();
        }
        let [one, two] = roots.each_ref().map(|root| Tree::of(root));
        let differences = one.differences("one", &two, "two");
        let name = interpreter.name();
        assert!(differences.is_empty(), "{name}:\n{}", differences.join("\n"));
        let compiled = one.bytecode_files().count();
        assert!(compiled > 100, "{name}: only {compiled} files were compiled");
    }
    tell("in each process");
}

/// Two sources that share strings, one of them in a set, are compiled in both orders.
#[test]
fn bytecode_does_not_depend_on_earlier_compilations() {
    let names = "NAMES = ('wheel', 'distribute')\n";
    let set = "def packages(): return {'setuptools', 'distribute', 'wheel'}\n";
    for interpreter in Interpreters::of_this_machine().with_pypy() {
        let ([one, other], [other_first, one_last]) =
            (compile(interpreter, [names, set]), compile(interpreter, [set, names]));
        let is_of_sources = [&one, &other]
            .iter()
            .all(|bytecode| bytecode.windows(SHARED.len()).any(|part| part == SHARED.as_bytes()));
        assert!(is_of_sources, "{}: {one:?} {other:?}", interpreter.name());
        assert!(one == one_last && other == other_first, "{}", interpreter.name());
    }
    tell("in any order");
}

/// While Python starts, its libraries look up `sys.getwindowsversion`. CPython 3.10 holds that name
/// until the lookup of another one replaces it, which depends on random addresses.
#[test]
fn bytecode_does_not_depend_on_earlier_lookups() {
    let source = |name: &str| format!("import sys\ndef version(): return sys.{name}()\n");
    let [looked_up, unknown] = ["getwindowsversion", "getwindowsversiox"];
    for interpreter in Interpreters::of_this_machine().with_pypy() {
        let sources = [source(looked_up), source(unknown)];
        let [one, other] = compile(interpreter, sources.each_ref().map(String::as_str));
        let place = other.windows(unknown.len()).position(|part| part == unknown.as_bytes());
        let mut expected = other;
        let place = place.expect("it has the name");
        expected[place..place + looked_up.len()].copy_from_slice(looked_up.as_bytes());
        assert!(one == expected, "{}", interpreter.name());
    }
    tell("after any lookup");
}

/// Compiles two sources in one process, with the script of the interpreters that compile.
fn compile(interpreter: &Interpreter, sources: [&str; 2]) -> [Vec<u8>; 2] {
    let scratch = Scratch::new();
    let file = scratch.work().join("requests");
    fs::write(&file, sources.map(request).concat()).expect("a file can be written");
    let python = Command::new(&interpreter.executable)
        .args(["-s", "-S", "-B", "-c", COMPILE, "timestamp"])
        .env_clear()
        .env("PYTHONHASHSEED", "0")
        .stdin(File::open(&file).expect("it is there"))
        .output();
    let answers = python.expect("it runs").stdout;
    let (size, answers) = answers.split_first_chunk().expect("it answers");
    let size = usize::try_from(u64::from_le_bytes(*size)).expect("it is small");
    let (first, second) = answers.split_at(size);
    [first, &second[8..]].map(<[u8]>::to_vec)
}

/// Announces on which Pythons a test ran, and fails if any others are required.
fn tell(name: &str) {
    let interpreters = Interpreters::of_this_machine();
    let ran = interpreters.with_pypy();
    announce(&format!("the same bytecode {name}: {}", interpreters.summary(&ran)));
    fail_if_required(&interpreters.missing);
}

/// The request for a source, in the script's format.
fn request(source: &str) -> Vec<u8> {
    let sizes = [1, source.len() as u64, 0].map(u64::to_le_bytes);
    [&sizes.concat()[..], b"x", source.as_bytes()].concat()
}
