//! Is cached bytecode, put at another path, what the interpreter compiles there, to the byte?
//!
//! The same pip is compiled at several paths, each time with a cache of its own. Then it is installed
//! at each path again with the cache of another one: nothing is compiled, and the tree is the same.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::announce::{announce, fail_if_required, report_skipped, required};
use crate::support::images::{Image, SID_3_14, SID_3_15};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::made_wheels::small_pip;
use crate::support::process::Program;
use crate::support::sample::has_cell;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;

/// The script that reads the bytecode.
const CODE_PATHS: &str = include_str!("support/code_paths.py");

/// What the log states of each portion that is cached, and before the number of its sources.
const KNOWN: &str = "the bytecode is known";
const COUNT: &str = "sources=";

/// The first `SOURCE_DATE_EPOCH`. Before Python 3.7, bytecode has the time of its source in any case.
const EPOCH: usize = 1_700_000_000;

/// A Python, and where it installs.
struct Place<'place> {
    name: String,
    python: PathBuf,
    /// A directory, for programs that are started there and for this one.
    inside: PathBuf,
    outside: PathBuf,
    /// The tool under test, and any other program.
    tool: &'place dyn Fn() -> Program,
    start: &'place dyn Fn(&Path) -> Program,
}

/// A path for each way in which CPython writes one: short, long, and not ASCII; and one with spaces.
fn prefixes() -> [String; 4] {
    let long = "l".repeat(140);
    ["/opt".to_owned(), format!("/{long}/{long}"), "/opt/ä/𝄞".to_owned(), "/a b/c  d".to_owned()]
}

#[test]
fn cached_bytecode_equals_compiled_bytecode_at_any_path() {
    let interpreters = Interpreters::of_this_machine();
    let cpythons = interpreters.cpythons();
    for (row, python) in cpythons.iter().enumerate() {
        on_machine(row, python);
    }
    announce(&format!("relocated bytecode: {}", interpreters.summary(&cpythons)));
    fail_if_required(&interpreters.missing);
}

#[test]
fn cached_bytecode_equals_compiled_bytecode_on_new_pythons() {
    let (mut ran, mut missing) = (Vec::new(), Vec::new());
    let recipes = [&SID_3_15, &SID_3_14].into_iter().enumerate();
    for (row, recipe) in recipes.filter(|_| required()) {
        let scratch = Scratch::new();
        match recipe.copy_to(&scratch.work().join("image")) {
            Ok(image) => ran.push(in_image(row, &image, &scratch)),
            Err(reason) => missing.push(reason),
        }
    }
    let (ran, missing) = (ran.join(" "), missing.join(", "));
    announce(&format!("relocated bytecode of a moving suite: ran: {ran}; missing: {missing}"));
}

fn on_machine(row: usize, python: &Interpreter) {
    let scratch = Scratch::new();
    let place = Place {
        name: python.name(),
        python: python.executable.clone(),
        inside: scratch.work().to_owned(),
        outside: scratch.work().to_owned(),
        tool: &|| Program::without_cache(scratch.home()),
        start: &|program| Program::new(program, scratch.home()),
    };
    check(row, &place);
}

/// The tool runs in the image as well: this machine has no such Python.
fn in_image(row: usize, image: &Image, scratch: &Scratch) -> String {
    let inside = PathBuf::from("/relocation");
    let place = Place {
        name: image.recipe.version.to_owned(),
        python: image.recipe.python.into(),
        outside: image.at(&inside),
        inside,
        tool: &|| image.tool_inside(scratch.home()),
        start: &|program| image.program(program, scratch.home()),
    };
    fs::create_dir(&place.outside).expect("the name is free");
    check(row, &place);
    place.name
}

/// All paths for the oldest Python and for the newest, two for each of the others, so that each path
/// is tried with several; without `SOURCE_DATE_EPOCH` and with it. Of a sample, two paths and one of
/// both for each Python.
fn check(row: usize, place: &Place<'_>) {
    let prefixes = prefixes();
    let count = if required() && row == 0 { prefixes.len() } else { 2 };
    let prefixes: Vec<&str> =
        prefixes.iter().map(String::as_str).cycle().skip(row).take(count).collect();
    for (column, has_epoch) in [false, true].into_iter().enumerate() {
        if has_cell(row, column) {
            place.check(&prefixes, has_epoch);
        }
    }
}

impl Place<'_> {
    /// Installs at each path with an empty cache, and then with that of the next path.
    fn check(&self, prefixes: &[&str], has_epoch: bool) {
        let install = |number: usize, cache: usize, kind: &str| {
            let [root, cache] = [format!("{kind}-{number}"), format!("cache-{cache}")]
                .map(|name| format!("{name}-{has_epoch}"));
            let epoch = has_epoch.then(|| (EPOCH + number).to_string());
            let (known, tree) = self.install(&root, prefixes[number], &cache, epoch.as_deref());
            (known, tree, self.inside.join(root))
        };
        let compiled: Vec<Tree> = (0..prefixes.len())
            .map(|number| {
                let (known, tree, _) = install(number, number, "compiled");
                assert_eq!(known, 0, "{}: the cache is not empty", self.name);
                tree
            })
            .collect();
        for (number, compiled) in compiled.iter().enumerate() {
            let case = format!("{} {} {has_epoch}", self.name, prefixes[number]);
            let (known, cached, root) = install(number, (number + 1) % prefixes.len(), "cached");
            let differences = compiled.differences("compiled", &cached, "cached");
            assert!(differences.is_empty(), "{case}\n{}", differences.join("\n"));
            let sources = cached.files().filter(|path| path.extension() == Some("py".as_ref()));
            assert_eq!(known, sources.count(), "{case}: some sources are compiled");
            let files = cached.bytecode_files().count();
            assert!(files > 300, "{case}: only {files} files");
            let read = (self.start)(&self.python).arguments(["-B", "-S", "-c", CODE_PATHS]);
            let read = read.argument(root).run().expect_success();
            let objects: usize = read.stdout().trim().parse().expect("it prints a number");
            assert!(objects > files, "{case}: only {objects} code objects");
        }
    }

    /// Installs below a root with a cache. Returns how many sources had cached bytecode, and the root.
    fn install(&self, root: &str, prefix: &str, cache: &str, epoch: Option<&str>) -> (usize, Tree) {
        fs::create_dir_all(self.outside.join(cache)).expect("a directory can be made");
        let cache = self.inside.join(cache);
        let tool = (self.tool)().environment("XDG_CACHE_HOME", &cache.to_string_lossy());
        let tool = epoch
            .into_iter()
            .fold(tool, |tool, epoch| tool.environment("SOURCE_DATE_EPOCH", epoch));
        let tool = tool.argument("--python").argument(&self.python).arguments(["-vv", "--root"]);
        let done = tool.argument(self.inside.join(root)).arguments(["--prefix", prefix]).run();
        let known = known(&done.expect_success().stderr());
        (known, Tree::of(&self.outside.join(root)))
    }
}

/// How many sources had cached bytecode, according to the log.
fn known(log: &str) -> usize {
    let counts = log.lines().filter(|line| line.contains(KNOWN)).map(|line| {
        let (_, count) = line.split_once(COUNT).expect("it states how many");
        let count = count.split_whitespace().next().expect("it is a number");
        count.parse::<usize>().expect("it is a number")
    });
    counts.sum()
}

/// Bytecode has the time of its source also where it was cached for another time.
#[test]
fn cached_bytecode_has_time_of_its_source() {
    let target = Target::new();
    let wheel = small_pip("99");
    let install = |name: &str, time: u16, cache: bool| {
        let directory = target.scratch.work().join(format!("wheels-{time}"));
        let mut archive = wheel.zip();
        for entry in &mut archive.entries {
            (entry.local.time, entry.central.time) = (time, time);
        }
        fs::create_dir_all(&directory).expect("a directory can be made");
        fs::write(directory.join(&wheel.file_name), archive.build()).expect("it can be written");
        run(&target, name, &["--wheel-dir", &directory.to_string_lossy()], cache)
    };
    fs::create_dir(target.scratch.home().join(".cache")).expect("the name is free");
    assert_eq!(install("one", 1, true).0, 0);
    let (known, cached) = install("two", 2, true);
    assert_eq!(known, 2);
    let (_, compiled) = install("three", 2, false);
    assert_same_tree(&compiled, &cached);
    let (_, other) = install("four", 1, false);
    assert!(!compiled.differences("one time", &other, "another").is_empty());
}

/// Builds of CPython without a GIL keep equal strings once, so that a constant and the path can be one.
#[test]
fn bytecode_that_contains_its_path_is_compiled_again() {
    let target = Target::new();
    let path = target.library().join("pip/own.py");
    let own = format!("PATH = {:?}\n\n\ndef path():\n    return PATH\n", path.to_string_lossy());
    let wheels = target.scratch.work().join("wheels");
    small_pip("99").file("pip/own.py", own).write(&wheels);
    let wheels = wheels.to_string_lossy();
    let elsewhere = ["--wheel-dir", &wheels, "--prefix", "/opt/elsewhere"];
    fs::create_dir(target.scratch.home().join(".cache")).expect("the name is free");

    let (_, compiled) = run(&target, "one", &elsewhere[..2], false);
    for name in ["two", "three"] {
        let (known, tree) = run(&target, name, &elsewhere[..2], true);
        assert_eq!(known, 0, "{name}: it cannot be moved from there");
        assert_same_tree(&compiled, &tree);
    }
    let (_, moved) = run(&target, "four", &elsewhere, true);
    let (known, again) = run(&target, "five", &elsewhere, true);
    assert_eq!(known, 3, "to there it is a path like others");
    assert_same_tree(&moved, &again);
    let (known, tree) = run(&target, "six", &elsewhere[..2], true);
    assert_eq!(known, 0, "it cannot be moved to there");
    assert_same_tree(&compiled, &tree);
}

/// PyPy writes the path once for each code object.
#[test]
fn cached_bytecode_of_pypy_is_for_its_path_only() {
    let pythons = Interpreters::of_this_machine().with_pypy();
    let Some(pypy) = pythons.into_iter().find(|python| python.is_pypy) else {
        return report_skipped("cached bytecode of PyPy", "pypy3");
    };
    let target = Target::of(pypy);
    let wheels = target.scratch.work().join("wheels");
    small_pip("99").write(&wheels);
    let wheels = wheels.to_string_lossy();
    let arguments = ["--wheel-dir", &*wheels, "--prefix", "/opt/elsewhere"];
    fs::create_dir(target.scratch.home().join(".cache")).expect("the name is free");
    assert_eq!(run(&target, "one", &arguments[..2], true).0, 0);
    assert_eq!(run(&target, "two", &arguments[..2], true).0, 2);
    let (known, cached) = run(&target, "three", &arguments, true);
    assert_eq!(known, 0);
    assert_same_tree(&run(&target, "four", &arguments, false).1, &cached);
}

/// Installs below a new root. Returns how many sources had cached bytecode, and the root.
fn run(target: &Target, root: &str, arguments: &[&str], has_cache: bool) -> (usize, Tree) {
    let root = target.scratch.work().join(root);
    let tool = target.tool_without_cache().arguments(arguments);
    let tool = tool.argument("-vv").argument("--root").argument(&root);
    let tool = if has_cache { tool } else { tool.argument("--no-cache") };
    (known(&tool.run().expect_success().stderr()), Tree::of(&root))
}

fn assert_same_tree(compiled: &Tree, cached: &Tree) {
    let differences = compiled.differences("compiled", cached, "cached");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
