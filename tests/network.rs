//! Does the program stay off the network?
//!
//! `host/src/sandbox/tests.rs` tests that the component gets no sockets, and `images/confined.rs` the system
//! calls of a run below a root.

use crate::support::announce::report_skipped;
use crate::support::copy::write_program;
use crate::support::interpreters::Interpreters;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::trace::Trace;
use object::{Object as _, ObjectSymbol};
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

/// Functions of the C library that are needed to reach another machine, or to be reached.
const NETWORK: &[&str] = &[
    "socket",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "getaddrinfo",
    "gethostbyname",
    "gethostbyname_r",
    "getnameinfo",
    "res_query",
];

/// Without a root: an installation with bytecode, into an environment and for a user; and its removal.
/// The interpreters are traced as well.
#[test]
fn program_opens_no_socket() {
    let target = Target::new();
    let python = target.python.as_os_str();
    let base = Interpreters::newest().executable.as_os_str();
    for (arguments, python) in [
        (&["--compile", "--no-cache"][..], python),
        (&["status"], python),
        (&["uninstall"], python),
        (&["--compile", "--no-cache", "--user"], base),
    ] {
        let arguments = arguments.iter().map(OsStr::new).chain(["--python".as_ref(), python]);
        let Some((finished, trace)) = Trace::of(arguments, &target.scratch) else {
            return report_skipped("no network", "strace");
        };
        let finished = finished.expect_success();
        let forbidden: Vec<String> = trace.forbidden().iter().map(ToString::to_string).collect();
        assert!(forbidden.is_empty(), "{finished}\n{}", forbidden.join("\n"));
        assert!(trace.programs().len() > 1, "the interpreter is traced: {finished}");
    }
}

/// The trace shows a socket that is opened.
#[test]
fn trace_shows_a_socket() {
    let scratch = Scratch::new();
    let python = scratch.work().join("python");
    let script = "#!/bin/sh\nexec python3 -c 'import socket; socket.socket()'\n";
    write_program(&python, script);
    let Some((_, trace)) = Trace::of([Path::new("--python"), &python], &scratch) else {
        return report_skipped("a socket in a trace", "strace");
    };
    assert!(!trace.forbidden().is_empty());
}

/// Any linked code that could reach a network would import one of them from the C library.
#[test]
#[cfg(target_env = "gnu")]
fn program_imports_no_network_functions() {
    let program = fs::read(env!("CARGO_BIN_EXE_ensurepip-host")).expect("it can be read");
    let program = object::File::parse(&*program).expect("it is a program");
    let imported: Vec<&str> = program
        .dynamic_symbols()
        .filter(ObjectSymbol::is_undefined)
        .filter_map(|symbol| symbol.name().ok())
        .collect();
    assert!(imported.contains(&"openat") || imported.contains(&"openat64"), "{imported:?}");
    let network: Vec<&&str> = imported.iter().filter(|name| NETWORK.contains(name)).collect();
    assert!(network.is_empty(), "{network:?}");
}
