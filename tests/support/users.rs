//! The user who runs the tests, and another one.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::copy::copy_program;
use super::process::Program;
use super::scratch::Scratch;

/// A user, and a group, who own nothing.
pub(crate) const NOBODY: u32 = 65_534;

/// Whether root runs the tests.
pub(crate) fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// Copies the tool under test to a place where every user can run it.
pub(crate) fn copy_tool(scratch: &Scratch) -> PathBuf {
    let top = scratch.home().parent().expect("it has a parent");
    fs::set_permissions(top, Permissions::from_mode(0o755)).expect("it is ours");
    let tool = scratch.work().join("ensurepip-host");
    copy_program(Path::new(env!("CARGO_BIN_EXE_ensurepip-host")), &tool);
    tool
}

/// A program that root runs as [`NOBODY`], and any other user as themselves.
pub(crate) fn as_nobody(program: &Path, home: &Path) -> Program {
    if !is_root() {
        return Program::new(program, home);
    }
    Program::new(Path::new("setpriv"), home)
        .arguments([&*format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"])
        .argument(program)
}
