//! Does each path of the README lead to a working pip?
//!
//! The commands and programs are those of the page, run in an empty directory with the program under
//! test on `PATH`. The installed pip judges the result.

mod paths;

use crate::support::announce::{announce, fail_if_required};
use crate::support::documents::Block;
use crate::support::pip_wheel::NEWEST;
use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A user with an empty directory, a Python and this repository.
struct Newcomer {
    /// A virtual environment, whose Python is the first on `PATH`.
    target: Target,
    checkout: PathBuf,
}

impl Newcomer {
    fn new() -> Newcomer {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("it is in one");
        Newcomer { target: Target::new(), checkout: repository.to_owned() }
    }

    /// The directory, initially empty.
    fn directory(&self) -> &Path {
        self.target.scratch.work()
    }

    /// Runs a block in a shell, in a clean environment.
    fn run(&self, block: &Block) -> Finished {
        assert_eq!(block.language, "sh", "{}", block.place);
        self.shell(&block.text).run()
    }

    fn shell(&self, commands: &str) -> Program {
        Program::new(Path::new("sh"), self.target.scratch.home())
            .current_directory(self.directory())
            .environment("PATH", &self.path().to_string_lossy())
            .environment("CHECKOUT", &self.checkout.to_string_lossy())
            // The directory must stay as it was.
            .environment("PYTHONDONTWRITEBYTECODE", "1")
            .arguments(["-euc", commands])
    }

    /// Runs a block in a shell that fetches something from a registry, in the environment of the
    /// test, which has the clients' network settings. A missing download is announced.
    fn get(&self, block: &Block) -> bool {
        let done = Command::new("sh")
            .args(["-euc", &block.text])
            .current_dir(self.directory())
            .env("PATH", self.path())
            .env("CHECKOUT", &self.checkout)
            .stdin(Stdio::null())
            .output()
            .expect("there is a shell");
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).trim().replace('\n', " ");
            let missing = format!("what {} gets ({said})", block.place);
            announce(&format!("newcomer: missing: {missing}"));
            fail_if_required(&[missing]);
        }
        done.status.success()
    }

    /// The program under test, the Python, the toolchain that built this, and the other
    /// directories.
    fn path(&self) -> OsString {
        let programs = [
            Path::new(env!("CARGO_BIN_EXE_ensurepip-host")),
            &self.target.python,
            Path::new(env!("CARGO")),
        ];
        let first = programs.iter().map(|it| it.parent().expect("it is in a directory").to_owned());
        let rest = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(first.chain(std::env::split_paths(&rest)))
            .expect("paths without colons")
    }

    /// Saves a block as a file.
    fn save(&self, block: &Block, path: &Path) {
        fs::write(self.directory().join(path), &block.text).expect("a file can be written");
    }

    /// Checks the version of the pip below a directory, by the script of that name and this Python.
    fn expect_pip(&self, name: &str, root: &Path, script: &str) {
        let below = |path: &str| self.directory().join(root).join(path);
        let tree = Tree::of(&self.directory().join(root));
        let find = |wanted: &str| {
            let found = tree.files().find(|path| path.ends_with(wanted));
            below(&found.unwrap_or_else(|| panic!("{name}: no `{wanted}`")).to_string_lossy())
        };
        let module = find("pip/__init__.py");
        let library = module.ancestors().nth(2).expect("it is in a library");
        let told = Program::new(&self.target.python, self.target.scratch.home())
            .environment("PYTHONPATH", &library.to_string_lossy())
            .argument("-B")
            .argument(find(script))
            .argument("--version")
            .run()
            .expect_success();
        let expected = format!("pip {NEWEST} from {}/pip ", library.display());
        assert!(told.stdout().starts_with(&expected), "{name}: {told}");
        announce(&format!("newcomer: {name}: {}", told.stdout().trim()));
    }
}
