//! A Python without its `ensurepip`, which has the example in Python instead.

use super::runtimes;
use crate::component::example;
use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::copy_files;
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::process::{Finished, Program};
use crate::support::python_copy::PythonCopy;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use std::fs;
use std::os::unix::fs::symlink;

/// This Python, and a scratch directory around it.
struct PythonWithoutEnsurepip {
    scratch: Scratch,
    python: PythonCopy,
}

impl PythonWithoutEnsurepip {
    /// Makes one, if everything needed is available.
    fn make() -> Option<Self> {
        let wasmtime = runtimes::wasmtime()?;
        let Some(interpreter) = PythonCopy::newest_with("venv/__init__.py") else {
            let missing = "a Python that can be copied".to_owned();
            announce(&format!("embeddings: missing: {missing}"));
            fail_if_required(&[missing]);
            return None;
        };
        let scratch = Scratch::new();
        let python = PythonCopy::make(interpreter, &scratch.work().join("python"));
        python.remove_ensurepip();
        let deprived = Self { scratch, python };
        let told = deprived.python(&["-m", "ensurepip", "--version"]);
        assert!(told.stderr().contains("No module named ensurepip"), "{told}");

        // As in the example's README, except that wasmtime is linked, because it is large.
        let (library, site) = (&deprived.python.library, deprived.python.site_packages());
        let python = runtimes::repository("examples/python");
        copy_files(&python.join("ensurepip"), &library.join("ensurepip"));
        copy_files(&python.join("ensurepip_component"), &site.join("ensurepip_component"));
        let bundled = library.join("ensurepip/_bundled");
        example::write(&bundled).expect("files can be written");
        let wheel = PipWheel::of(NEWEST);
        fs::copy(&wheel.path, bundled.join(wheel.file_name())).expect("a file can be copied");
        symlink(wasmtime.join("wasmtime"), site.join("wasmtime")).expect("a link can be made");
        Some(deprived)
    }

    fn run(&self) -> Program {
        self.python.run(self.scratch.home())
    }

    fn python(&self, arguments: &[&str]) -> Finished {
        self.run().arguments(arguments).run()
    }
}

/// `venv` runs `ensurepip` in the new environment, without a path to any package.
#[test]
fn venv_of_python_without_ensurepip_gets_pip() {
    let Some(deprived) = PythonWithoutEnsurepip::make() else { return };
    let environment = deprived.scratch.work().join("env");
    let make = |options: &[&str]| {
        let venv = deprived.run().arguments(["-m", "venv"]).arguments(options);
        venv.argument(&environment).run().expect_success();
    };
    make(&[]);
    let tree = || Tree::of_all_but(&environment, |path| path.ends_with("pyvenv.cfg"));
    let by_venv = tree();
    let pip = PythonCopy::program(&environment.join("bin/pip"), deprived.scratch.home());
    let told = pip.argument("--version").run().expect_success();
    assert!(told.stdout().starts_with(&format!("pip {NEWEST} from ")), "{told}");

    make(&["--clear", "--without-pip"]);
    let tool =
        Program::under_test(deprived.scratch.home()).arguments(["--default-pip", "--python"]);
    tool.argument(environment.join("bin/python3")).run().expect_success();
    let differences = by_venv.differences("venv", &tree(), "the tool");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let (name, files) = (deprived.python.interpreter.name(), by_venv.files().count());
    announce(&format!("embeddings: venv of {name} without its ensurepip: {files} files"));
}

/// `python -m ensurepip --root`, and the other parts of `ensurepip` that programs use.
#[test]
fn python_example_replaces_ensurepip_module() {
    let Some(deprived) = PythonWithoutEnsurepip::make() else { return };
    let work = deprived.scratch.work();
    let [ours, theirs] = ["ours", "theirs"].map(|name| work.join(name));
    let command = deprived.run().arguments(["-m", "ensurepip", "--root"]);
    let told = command.argument(&theirs).run().expect_success();
    assert!(told.stdout().ends_with(&format!("Successfully installed pip-{NEWEST}\n")), "{told}");
    let tool = Program::under_test(deprived.scratch.home()).argument("--root").argument(&ours);
    tool.argument("--python").argument(&deprived.python.python).run().expect_success();
    let differences = Tree::of(&ours).differences("the tool", &Tree::of(&theirs), "ensurepip");
    assert!(differences.is_empty(), "{}", differences.join("\n"));

    let again = deprived.run().arguments(["-m", "ensurepip", "--root"]).argument(&theirs).run();
    let satisfied = format!("Requirement already satisfied: pip ({NEWEST})\n");
    assert_eq!(again.stdout(), satisfied, "{again}");
    let version = deprived.python(&["-m", "ensurepip", "--version"]).expect_success();
    assert_eq!(version.stdout(), format!("pip {NEWEST}\n"));
    let script = "
import ensurepip, sys
sys.addaudithook(lambda event, arguments: event == 'ensurepip.bootstrap' and print(arguments))
try:
    ensurepip.bootstrap(altinstall=True, default_pip=True)
except ValueError as error:
    print(error)
ensurepip.bootstrap(root=sys.argv[1], altinstall=True)
";
    let root = work.join("third");
    let told = deprived.run().arguments(["-c", script]).argument(&root).run().expect_success();
    let expected = format!(
        "Cannot use altinstall and default_pip together\n('{}',)\nProcessing pip-{NEWEST}-",
        root.display()
    );
    assert!(told.stdout().starts_with(&expected), "{told}");
    let is_script = |path: &&std::path::Path| path.parent().is_some_and(|it| it.ends_with("bin"));
    let tree = Tree::of(&root);
    let scripts: Vec<_> = tree.files().filter(is_script).filter_map(|it| it.file_name()).collect();
    assert_eq!(scripts, [&*format!("pip{}", deprived.python.interpreter.name())]);
}
