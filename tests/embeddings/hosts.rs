//! The hosts of the component, each with the same task.

use super::runtimes;
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use ensurepip_host::Bootstrap;
use std::path::{Path, PathBuf};

/// The time for reproducible runs, as in [`Program::source_date_epoch`].
const SOURCE_DATE_EPOCH: u64 = 1_700_000_000;

/// The host that installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    /// The program under test.
    Program,
    /// The library behind it.
    Library,
    /// The example in Python.
    Python,
    /// The example for Node.js.
    Node,
}

/// An installation below a root.
pub(super) struct Task<'test> {
    pub(super) target: &'test Target,
    pub(super) root: PathBuf,
    /// The directory of the wheel, and its file name.
    pub(super) wheels: &'test Path,
    pub(super) wheel: &'test str,
    pub(super) is_upgrade: bool,
}

impl Host {
    /// All of them whose runtimes are available.
    pub(super) fn all() -> Vec<Host> {
        let mut hosts = vec![Host::Program, Host::Library];
        hosts.extend(runtimes::wasmtime().map(|_| Host::Python));
        hosts.extend(runtimes::node().map(|_| Host::Node));
        hosts
    }

    /// Performs the task, with the script `pip` as well. The library's error is in its own wording.
    pub(super) fn run(self, task: &Task) -> Result<(), String> {
        let finished = match self {
            Host::Library => return task.library(),
            Host::Program => task.program(),
            Host::Python => task.python(),
            Host::Node => task.node(),
        };
        if finished.succeeded() { Ok(()) } else { Err(finished.to_string()) }
    }
}

impl Task<'_> {
    fn library(&self) -> Result<(), String> {
        Bootstrap::new()
            .python(&self.target.python)
            .root(&self.root)
            .wheel_directory(self.wheels)
            .default_pip(true)
            .upgrade(self.is_upgrade)
            .source_date_epoch(Some(SOURCE_DATE_EPOCH))
            .run()
            .map(drop)
            .map_err(|error| error.to_string())
    }

    fn program(&self) -> Finished {
        let tool = self.target.tool().argument("--root").argument(&self.root);
        let tool = tool.argument("--wheel-dir").argument(self.wheels).argument("--default-pip");
        let tool = if self.is_upgrade { tool.argument("--upgrade") } else { tool };
        tool.source_date_epoch().run()
    }

    fn python(&self) -> Finished {
        let wasmtime = runtimes::wasmtime().expect("it is asked of a host that there is");
        let path = std::env::join_paths([&runtimes::repository("examples/python"), wasmtime]);
        let path = path.expect("a path without a colon").into_string().expect("it is UTF-8");
        let script = "
import ensurepip_component as host, sys
component, wheel, root, upgrade, epoch = sys.argv[1:]
options = {'scripts': 'default-pip', 'source_date_epoch': int(epoch)}
host.install(wheel, component=component, root=root, upgrade=upgrade == 'true', **options)
";
        Program::new(&self.target.python, self.target.scratch.home())
            .environment("PYTHONPATH", &path)
            .environment("PYTHONDONTWRITEBYTECODE", "1")
            .arguments(["-c", script])
            .argument(runtimes::component().join("ensurepip.wasm"))
            .argument(self.wheels.join(self.wheel))
            .argument(&self.root)
            .arguments([self.is_upgrade.to_string(), SOURCE_DATE_EPOCH.to_string()])
            .run()
    }

    fn node(&self) -> Finished {
        let example = runtimes::node().expect("it is asked of a host that there is");
        let node = Program::new(Path::new("node"), self.target.scratch.home())
            .argument(example.join("bootstrap.js"))
            .argument("--root")
            .argument(&self.root)
            .argument("--python")
            .argument(&self.target.python)
            .argument("--wheel")
            .argument(self.wheels.join(self.wheel))
            .argument("--default-pip");
        let node = if self.is_upgrade { node.argument("--upgrade") } else { node };
        node.source_date_epoch().run()
    }
}
