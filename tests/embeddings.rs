//! Do hosts of the component in other languages produce the same tree?
//!
//! They are the examples, run by the real runtimes: `wasmtime` from PyPI, and `jco` from the registry of Node.js.

mod hosts;
mod runtimes;
mod without_ensurepip;

use crate::support::announce::announce;
use crate::support::documents::{blocks_under, page};
use crate::support::pip_wheel::{NEWEST, OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use hosts::{Host, Task};
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

/// The page for authors of hosts.
const PAGE: &str = "docs/embedding.md";

/// Bytes, modes and times are equal.
fn assert_same(one: (&dyn Debug, &Path), other: (&dyn Debug, &Path)) {
    let names = [format!("{:?}", one.0), format!("{:?}", other.0)];
    let trees = [one.1, other.1].map(Tree::of);
    let differences = trees[0].differences(&names[0], &trees[1], &names[1]);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let other: Vec<_> = trees[0].files_of_other_times(&trees[1]).collect();
    assert!(other.is_empty(), "{names:?} have given other times to {other:?}");
}

/// Bytes, modes, times, scripts and bytecode, of an installation and of an upgrade.
#[test]
fn embedding_hosts_install_identical_trees() {
    let target = Target::new();
    let hosts = Host::all();
    for (version, is_upgrade) in [(OLDER, false), (NEWEST, true), (NEWEST, false)] {
        let wheel = PipWheel::of(version);
        let wheels = &wheel.alone_in(target.scratch.work().join(version));
        let wheel = wheel.file_name();
        let mut first: Option<(Host, PathBuf)> = None;
        for host in &hosts {
            // Each upgrade replaces what the same host has installed before; the last installation
            // is a fresh one.
            let fresh = if version == NEWEST && !is_upgrade { "fresh" } else { "upgraded" };
            let root = target.scratch.work().join(format!("{fresh}-{host:?}"));
            let task = Task { target: &target, root, wheels, wheel, is_upgrade };
            host.run(&task).unwrap_or_else(|said| panic!("{host:?}: {said}"));
            match &first {
                Some((other, root)) => assert_same((other, root), (host, &task.root)),
                None => first = Some((*host, task.root)),
            }
        }
        let (_, root) = first.expect("there is a host");
        let files = Tree::of(&root).files().count();
        announce(&format!("embeddings: {hosts:?} install {wheel}, {files} files, alike"));
    }
}

/// A host reports a rejection by the component, and leaves nothing behind.
#[test]
fn embedding_hosts_reject_damaged_wheel() {
    let target = Target::new();
    let wheel = PipWheel::of(NEWEST);
    let wheels = wheel.alone_in(target.scratch.work().join("wheels"));
    let wheel = wheel.file_name();
    let path = wheels.join(wheel);
    let mut bytes = fs::read(&path).expect("a wheel can be read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).expect("a wheel can be written");
    for host in Host::all() {
        let root = target.scratch.work().join("root");
        let task = Task { target: &target, root, wheels: &wheels, wheel, is_upgrade: false };
        let said = host.run(&task).expect_err("the wheel is damaged");
        assert!(said.contains("damaged"), "{host:?}: {said}");
        assert!(!task.root.exists(), "{host:?} has made the root");
    }
}

/// A host whose own work fails restores everything, scripts as well.
#[test]
fn embedding_hosts_restore_target_after_failure() {
    let target = Target::new();
    for host in Host::all() {
        let root = target.scratch.work().join(format!("{host:?}"));
        let run = |version: &str| {
            let wheel = PipWheel::of(version);
            let wheels = &wheel.alone_in(root.with_extension(version));
            let (root, wheel) = (root.clone(), wheel.file_name());
            host.run(&Task { target: &target, root, wheels, wheel, is_upgrade: true })
        };
        run(OLDER).expect("it is installed");
        let script = below(&root, &target.environment.join("bin/pip3"));
        fs::remove_file(&script).expect("it is there");
        fs::create_dir(&script).expect("the name is free");
        let before = Tree::of(&root);
        run(NEWEST).expect_err("a directory is in the place of a script");
        let differences = before.differences("before", &Tree::of(&root), "after");
        assert!(differences.is_empty(), "{host:?}: {}", differences.join("\n"));
    }
}

/// What a stopped run has left of another project is needed to complete that one.
#[test]
fn embedding_hosts_keep_metadata_that_other_projects_need() {
    let target = Target::new();
    let wheel = PipWheel::of(NEWEST);
    let wheels = &wheel.alone_in(target.scratch.work().join("wheels"));
    for host in Host::all() {
        let root = target.scratch.work().join(format!("{host:?}"));
        let task =
            Task { target: &target, root, wheels, wheel: wheel.file_name(), is_upgrade: true };
        let stage = below(&task.root, &target.library()).join(".ensurepip-host-stage");
        let [ours, theirs] = ["0/new/pip-1.dist-info", "1/new/other-1.dist-info"];
        for directory in ["0/old", "1/old", ours, theirs] {
            fs::create_dir_all(stage.join(directory)).expect("there is room");
        }
        fs::write(stage.join(theirs).join("METADATA"), "").expect("there is room");
        for run in ["installation", "pip is there"] {
            host.run(&task).unwrap_or_else(|said| panic!("{host:?}, {run}: {said}"));
            let left =
                stage.join(theirs).join("METADATA").is_file() && stage.join("1/old").is_dir();
            assert!(left, "{host:?}, {run}: the other project cannot be completed");
            assert!(!stage.join(ours).exists(), "{host:?}, {run}: it leaves what is over");
        }
    }
}

/// The facts of a Python can come from a file; such a Python is not run.
#[test]
fn node_host_installs_from_facts_file() {
    let Some(example) = runtimes::node() else { return };
    let target = Target::new();
    let work = target.scratch.work();
    let query = Program::new(&target.python, target.scratch.home())
        .arguments(["-I", "-B"])
        .argument(runtimes::repository("host/src/interpreter/query.py"))
        .run()
        .expect_success();
    let answer: serde_json::Value =
        serde_json::from_str(query.stdout().trim()).expect("it answers in JSON");
    let file = work.join("facts.json");
    fs::write(&file, answer["facts"].to_string()).expect("a file can be written");

    let [ours, theirs] = ["ours", "theirs"].map(|name| work.join(name));
    Program::new(Path::new("node"), target.scratch.home())
        .argument(example.join("bootstrap.js"))
        .arguments([Path::new("--root"), &theirs, Path::new("--facts"), &file])
        .argument("--wheel")
        .argument(PipWheel::of(NEWEST).path)
        .source_date_epoch()
        .run()
        .expect_success();
    let tool = target.tool().argument("--no-compile").argument("--root").argument(&ours);
    tool.source_date_epoch().run().expect_success();
    assert_same((&Host::Program, &ours), (&Host::Node, &theirs));
}

/// The page contains a host, too. It sets no times but those of the wheel.
#[test]
fn embedding_page_host_installs_identical_tree() {
    let Some(wasmtime) = runtimes::wasmtime() else { return };
    let target = Target::new();
    let work = target.scratch.work();
    let [program, _] = blocks_under(PAGE, "A host in about 60 lines", ["python", "sh"]);
    let [ours, theirs] = ["ours", "theirs"].map(|name| work.join(name));
    Program::new(&target.python, target.scratch.home())
        .current_directory(runtimes::component())
        .environment("PYTHONPATH", &wasmtime.to_string_lossy())
        .arguments(["-B", "-c", &program.text])
        .arguments([&target.python, &theirs, &PipWheel::of(NEWEST).path])
        .run()
        .expect_success();
    let tool = target.tool().arguments(["--no-compile", "--default-pip", "--root"]);
    tool.argument(&ours).run().expect_success();
    assert_same((&Host::Program, &ours), (&"the page's host", &theirs));
    let lines = code_lines(&program.text);
    assert!(lines <= 65, "it has {lines} lines");
}

/// The code that an installation without bytecode needs.
#[test]
fn embedding_examples_have_less_than_150_lines() {
    for (directory, files) in [
        ("examples/python/ensurepip_component", ["_install.py", "_component.py", "_target.py"]),
        ("examples/node", ["install.js", "python.js", "target.js"]),
    ] {
        let lines = files.map(|file| code_lines(&page(&format!("{directory}/{file}"))));
        let lines: usize = lines.iter().sum();
        assert!(lines < 150, "{directory} has {lines} lines");
    }
}

/// The number of lines of Python or JavaScript that are not comments, documentation or empty.
fn code_lines(text: &str) -> usize {
    let (mut lines, mut is_documentation) = (0, false);
    for line in text.lines().map(str::trim) {
        let ends = |after: &str| after.ends_with("\"\"\"") || after.ends_with("*/");
        let begun = line.strip_prefix("\"\"\"").or_else(|| line.strip_prefix("/**"));
        match begun {
            _ if is_documentation => is_documentation = !ends(line),
            Some(rest) => is_documentation = !ends(rest),
            None if line.is_empty() || line.starts_with('#') || line.starts_with("//") => {}
            None => lines += 1,
        }
    }
    lines
}
