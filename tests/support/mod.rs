//! The foundation of the tests. Nothing here depends on what is tested.

/// Messages for the reader of the test log, and the switch that turns a skip into a failure.
pub(crate) mod announce;

/// Two trees of bytecode, compared by the interpreter that can read them.
pub(crate) mod bytecode;

/// Copies of a tree.
pub(crate) mod copy;

/// The schema of bills of materials.
pub(crate) mod cyclonedx;

/// The documents, and the blocks of code in them.
pub(crate) mod documents;

/// Images of Debian, made once for a checkout, and programs run in them.
pub(crate) mod images;

/// The Pythons of this machine.
pub(crate) mod interpreters;

/// OCI layouts that a test writes by hand, around an image of Debian.
pub(crate) mod made_layout;

/// Made-up wheels, as files.
pub(crate) mod made_wheels;

/// OCI layouts with images of Debian, made once for a checkout, and what real tools make of them.
#[cfg(target_os = "linux")]
pub(crate) mod layouts;

/// Overlays.
#[cfg(target_os = "linux")]
pub(crate) mod overlay;

/// Wheels of pip in several versions, and pip installed from them.
pub(crate) mod pip_wheel;

/// Programs, run in a clean environment.
pub(crate) mod process;

/// A Python of the test's own, which it may change.
pub(crate) mod python_copy;

/// How many of the possible cases are tried.
pub(crate) mod sample;

/// A directory that is removed with the test.
pub(crate) mod scratch;

/// A directory tree by identity: which files it consists of.
#[cfg(target_os = "linux")]
pub(crate) mod snapshot;

/// A virtual environment to install into, and a scratch directory around it.
pub(crate) mod target;

/// A directory tree as a value: its contents, and the differences between two trees.
pub(crate) mod tree;

/// The user who runs the tests, and another one.
pub(crate) mod users;

/// Virtual environments without pip.
pub(crate) mod venv;

/// The system calls of a program, as logged by strace.
pub(crate) mod trace;

/// Builds wheels in memory.
#[expect(dead_code, reason = "the unit tests of the component use more of it")]
pub(crate) mod wheel_builder;

/// CPython for Windows.
pub(crate) mod windows_python;

/// Programs that stand in for a CPython for Windows.
pub(crate) mod windows_stand_in;

/// Windows programs, run here.
pub(crate) mod wine;

/// Writes ZIP archives byte by byte.
#[expect(dead_code, reason = "the unit tests of the component use more of it")]
pub(crate) mod zip_builder;
