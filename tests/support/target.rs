//! A virtual environment to install into, and a scratch directory around it.

use super::interpreters::{Interpreter, Interpreters};
use super::process::{Finished, Program};
use super::scratch::Scratch;
use super::tree::Tree;
use super::venv;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// An environment without pip, by default of the newest Python, and a place beside it.
pub(crate) struct Target {
    pub(crate) scratch: Scratch,
    pub(crate) environment: PathBuf,
    pub(crate) python: PathBuf,
}

impl Target {
    /// Makes one.
    pub(crate) fn new() -> Target {
        Target::of(Interpreters::newest())
    }

    /// Makes one for a test that concerns the file system.
    pub(crate) fn on_disk() -> Target {
        Target::make(Interpreters::newest(), Scratch::on_disk())
    }

    /// Makes one of this Python.
    pub(crate) fn of(interpreter: &Interpreter) -> Target {
        Target::make(interpreter, Scratch::new())
    }

    fn make(interpreter: &Interpreter, scratch: Scratch) -> Target {
        let environment = scratch.work().join("venv");
        let python = venv::make_without_pip(interpreter, &environment, scratch.home());
        Target { scratch, environment, python }
    }

    /// The tool, with options to install into it.
    pub(crate) fn tool(&self) -> Program {
        Program::under_test(self.scratch.home()).argument("--python").argument(&self.python)
    }

    /// The same, without the shared cache.
    pub(crate) fn tool_without_cache(&self) -> Program {
        Program::without_cache(self.scratch.home()).argument("--python").argument(&self.python)
    }

    /// Runs it with arguments that must fail, and checks that nothing changed.
    pub(crate) fn refusal(&self, arguments: &[&str]) -> Finished {
        let before = Tree::of(self.scratch.work());
        let finished = self.tool().arguments(arguments).run();
        let after = Tree::of(self.scratch.work());
        let differences = before.differences("before", &after, "after");
        assert!(differences.is_empty(), "{arguments:?} changed\n{}", differences.join("\n"));
        let stderr = finished.stderr();
        assert!(!stderr.contains("panicked") && !stderr.contains("backtrace"), "{stderr}");
        finished
    }

    /// Runs it with arguments that must fail, and checks that nothing changed. Returns the message of
    /// the error, which must have this code.
    pub(crate) fn error(&self, arguments: &[&str], code: &str) -> String {
        let refused = self.refusal(&[arguments, &["--json"]].concat());
        assert_eq!(refused.status(), Some(1), "{refused}");
        let report: Value = serde_json::from_str(&refused.stdout()).expect("it is JSON");
        assert_eq!(report["error"]["code"], code, "{refused}");
        report["error"]["message"].as_str().expect("an error has a message").to_owned()
    }

    /// Its library directory.
    pub(crate) fn library(&self) -> PathBuf {
        venv::library_of(&self.environment)
    }
}

/// The path of a target's directory below a root.
pub(crate) fn below(root: &Path, directory: &Path) -> PathBuf {
    root.join(directory.strip_prefix("/").expect("the directory is absolute"))
}
