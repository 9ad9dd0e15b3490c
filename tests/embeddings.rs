//! Do other hosts of the component, in other languages, leave the same tree?
//!
//! They are the examples, run by the real runtimes: `wasmtime` from PyPI, and `jco` from the registry of Node.js.

mod hosts;
mod runtimes;
mod without_ensurepip;

use crate::support::announce::announce;
use crate::support::pip_wheel::{NEWEST, OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::target::Target;
use crate::support::tree::Tree;
use hosts::{Host, Task};
use std::fs;
use std::path::{Path, PathBuf};

fn assert_same(one: (Host, &Path), other: (Host, &Path)) {
    let names = [one.0, other.0].map(|host| format!("{host:?}"));
    let trees = [one.1, other.1].map(Tree::of);
    let differences = trees[0].differences(&names[0], &trees[1], &names[1]);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Bytes, modes, scripts and bytecode, of an installation and of an upgrade.
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
            // The upgrade is one of what each has installed before, the last a fresh start.
            let fresh = if version == NEWEST && !is_upgrade { "fresh" } else { "upgraded" };
            let root = target.scratch.work().join(format!("{fresh}-{host:?}"));
            let task = Task { target: &target, root, wheels, wheel, is_upgrade };
            host.run(&task).unwrap_or_else(|said| panic!("{host:?}: {said}"));
            match &first {
                Some((other, root)) => assert_same((*other, root), (*host, &task.root)),
                None => first = Some((*host, task.root)),
            }
        }
        let (_, root) = first.expect("there is a host");
        let files = Tree::of(&root).files().count();
        announce(&format!("embeddings: {hosts:?} install {wheel}, {files} files, alike"));
    }
}

/// A host hands on what the component refuses, and leaves nothing behind.
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
    assert_same((Host::Program, &ours), (Host::Node, &theirs));
}

/// What is in bytecode depends on the program that makes it, so the example has the same one.
#[test]
fn python_example_compile_script_equals_host() {
    let [ours, theirs] =
        ["host/src/bytecode/compile.py", "examples/python/ensurepip_component/_compile.py"]
            .map(|path| fs::read(runtimes::repository(path)).expect("it is there"));
    assert!(ours == theirs, "the copy in the example is outdated");
}
