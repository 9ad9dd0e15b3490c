//! Does it leave exactly the tree that CPython's own `ensurepip` leaves?
//!
//! Both run in turn at the same place, with the same options and the same wheel, and what they
//! left is compared: names, kinds, modes and bytes, RECORD among them. Output texts are not.
//!
//! Two differences are right, and nothing else is let through:
//!
//! 1. Before 3.12, `ensurepip` installs setuptools too.
//! 2. Under `--root`, the bytecode of `ensurepip` names the staging path of its source.
//!    Ours names the path that the file will have.
//!
//! Each test is one case, run on every interpreter found; libtest spreads the cases over the CPUs.
//! How the root is spelt is no business of the interpreter: the newest one answers for all.

use crate::support::announce::{announce, fail_if_required};
use crate::support::bytecode::Headers;
use crate::support::interpreters::Interpreters;
use cell::Cell;

/// Runs one case on one interpreter.
mod cell;

/// What both programs are asked to do, and where.
#[derive(Clone, Copy)]
struct Case {
    /// Completes `parity of …`.
    name: &'static str,
    /// Options beside `--root`.
    options: &'static [&'static str],
    root: Root,
    place: Place,
    /// How bytecode refers to its source; by hash, `SOURCE_DATE_EPOCH` is set.
    headers: Headers,
}

/// The spelling of `--root`.
#[derive(Clone, Copy, PartialEq)]
enum Root {
    /// No such option: the virtual environment itself is the target.
    None,
    Plain,
    TrailingSlash,
    /// Relative to the current directory.
    Relative,
    /// A directory that is for the program to make.
    NotThereYet,
}

/// The directory that holds the virtual environment and the root.
#[derive(Clone, Copy)]
enum Place {
    Plain,
    /// A shebang line cannot hold a space, so the launchers go through a shell.
    WithSpace,
    /// A shebang line of just this many bytes, `#!` and line end included.
    /// Up to 127 the kernel reads it; beyond, the launchers go through a shell.
    ShebangOf(usize),
}

impl Case {
    const PLAIN: Self = Self {
        name: "a root",
        options: &[],
        root: Root::Plain,
        place: Place::Plain,
        headers: Headers::Identical,
    };
}

#[test]
fn a_virtual_environment() {
    check(Case { name: "a virtual environment", root: Root::None, ..Case::PLAIN });
}

#[test]
fn a_root() {
    check(Case::PLAIN);
}

#[test]
fn altinstall() {
    check(Case { name: "--altinstall", options: &["--altinstall"], ..Case::PLAIN });
}

#[test]
fn default_pip() {
    check(Case { name: "--default-pip", options: &["--default-pip"], ..Case::PLAIN });
}

#[test]
fn a_path_with_a_space() {
    check(Case { name: "a path with a space", place: Place::WithSpace, ..Case::PLAIN });
}

#[test]
fn the_longest_plain_shebang() {
    check(Case {
        name: "the longest plain shebang",
        root: Root::None,
        place: Place::ShebangOf(127),
        ..Case::PLAIN
    });
}

#[test]
fn a_shebang_one_byte_too_long() {
    check(Case {
        name: "a shebang one byte too long",
        place: Place::ShebangOf(128),
        ..Case::PLAIN
    });
}

#[test]
fn a_root_with_a_trailing_slash() {
    check(Case { name: "a root with a trailing slash", root: Root::TrailingSlash, ..Case::PLAIN });
}

#[test]
fn a_relative_root() {
    check(Case { name: "a relative root", root: Root::Relative, ..Case::PLAIN });
}

#[test]
fn a_root_that_is_not_there_yet() {
    check(Case { name: "a root that is not there yet", root: Root::NotThereYet, ..Case::PLAIN });
}

/// Without `SOURCE_DATE_EPOCH`, bytecode names the time of its source, which is not the same in
/// the two trees. It has to be right in each, or Python compiles the module anew on every import.
#[test]
fn bytecode_that_refers_to_its_source_by_time() {
    check(Case {
        name: "bytecode that refers to its source by time",
        root: Root::None,
        headers: Headers::OfOwnSource,
        ..Case::PLAIN
    });
}

/// Runs one case where it has to be run, and fails once, with all that was found.
fn check(case: Case) {
    let interpreters = Interpreters::of_this_machine();
    let mut chosen = interpreters.with_ensurepip();
    match case.root {
        Root::None | Root::Plain => {}
        Root::TrailingSlash | Root::Relative | Root::NotThereYet => {
            chosen.drain(..chosen.len().saturating_sub(1));
        }
    }
    let mut failures = Vec::new();
    for interpreter in &chosen {
        let faults = Cell::new(case, interpreter).faults();
        if !faults.is_empty() {
            failures.push(format!("on {}:\n{}", interpreter.name(), faults.join("\n")));
        }
    }
    announce(&format!("parity of {}: {}", case.name, interpreters.summary(&chosen)));
    assert!(failures.is_empty(), "parity of {}:\n{}", case.name, failures.join("\n"));
    fail_if_required(&interpreters.missing);
}
