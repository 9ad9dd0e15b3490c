//! What pip installs, to compare with.
//!
//! Both programs install at the same place, one after the other: scripts and bytecode name it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::bytecode::{Comparison, Headers};
use crate::support::copy::link_tree;
use crate::support::interpreters::Interpreter;
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;

/// An environment that both fill, one after the other.
pub(super) struct Both {
    pub(super) target: Target,
    /// The environment as it was.
    before: PathBuf,
    /// What the bundled pip has installed.
    theirs: PathBuf,
}

impl Both {
    /// Makes the bundled pip install wheels of a directory. Then the environment is as before.
    pub(super) fn of(target: Target, wheels: &Path, what: &[&str]) -> Both {
        let [before, theirs] = ["before", "theirs"].map(|name| target.scratch.work().join(name));
        fs::rename(&target.environment, &before).expect("an environment can be moved away");
        link_tree(&before, &target.environment);
        pip(&target)
            .argument("install")
            .arguments(["--quiet", "--no-index", "--no-deps", "--find-links"])
            .argument(wheels)
            .arguments(what)
            .run()
            .expect_success();
        fs::rename(&target.environment, &theirs).expect("an environment can be moved away");
        link_tree(&before, &target.environment);
        Both { target, before, theirs }
    }

    /// Runs the tool, and compares: names, kinds, modes and bytes, `RECORD` as a set of rows, and
    /// bytecode but for `bytecode-marks` of `docs/differences.md`. The pip that only ours may install
    /// is left out. Returns what the tool said.
    pub(super) fn compare(&self, interpreter: &Interpreter, tool: Program) -> Finished {
        let finished = tool.source_date_epoch().run().expect_success();
        let environment = &self.target.environment;
        let [theirs, ours] = [&self.theirs, environment].map(|place| installed(place));
        let differences = theirs.differences("pip", &ours, "ours");
        assert!(differences.is_empty(), "{finished}\n{}", differences.join("\n"));
        // Something was installed at all.
        let added = ours.files_added_to(&Tree::of(&self.before));
        assert!(added.iter().any(|path| path.ends_with("RECORD")), "{added:?}");
        let bytecode = ours.bytecode_files().count();
        let (reference, ours, destination) = (&*self.theirs, &**environment, &**environment);
        let headers = Headers::Identical;
        let comparison = Comparison { reference, ours, destination, headers };
        let outcome = comparison.run(interpreter, self.target.scratch.home());
        assert!(outcome.faults.is_empty(), "{}", outcome.faults.join("\n"));
        assert_eq!((outcome.compared, outcome.elsewhere), (bytecode, 0));
        finished
    }
}

/// The bundled pip, for an environment.
pub(super) fn pip(target: &Target) -> Program {
    Program::new(&target.python, target.scratch.home())
        .environment("PIP_CONFIG_FILE", "/dev/null")
        .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .source_date_epoch()
        .argument(PipWheel::of(NEWEST).unpacked())
}

/// What is in an environment, without pip, with sorted rows of `RECORD` and empty bytecode.
fn installed(environment: &Path) -> Tree {
    let is_pip = |path: &Path| {
        let is_below = |place: &str| {
            path.parent().is_some_and(|parent| parent.ends_with(place))
                && path.file_name().and_then(|name| name.to_str()).is_some_and(|name| {
                    name == "pip" || name.starts_with("pip-") || name.starts_with("pip3")
                })
        };
        is_below("site-packages") || is_below("bin")
    };
    let mut tree = Tree::of_all_but(environment, is_pip).without_bytecode_content();
    tree.rewrite(
        |path| path.ends_with("RECORD"),
        |record| {
            let mut rows: Vec<&[u8]> = record.split_inclusive(|byte| *byte == b'\n').collect();
            rows.sort_unstable();
            rows.concat()
        },
    );
    tree
}
