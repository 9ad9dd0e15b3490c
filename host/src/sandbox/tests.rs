//! The sandbox, with a component in it that tries to escape.

/// The same with a hostile component as a helper.
pub(crate) mod helpers;
/// The trap that the component tries to escape from.
pub(crate) mod trap;
/// Wheels that stay in a directory.
mod wheels;

use super::{Access, Interrupt, Runtime};
use crate::bindings::ensurepip::bootstrap::types;
use crate::progress::{Decision, Reporter, TICK};
use ensurepip_guest_artifact::Variant;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use trap::{Trap, facts, tree, wheel};
use wasmtime::component::ResourceType;

/// All interfaces that the component imports. This list is the security claim: files, and what
/// Rust's standard library requires. No sockets, no http, no real clock.
const IMPORTS: &[&str] = &[
    "ensurepip:bootstrap/digests",
    "ensurepip:bootstrap/progress",
    "ensurepip:bootstrap/types",
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure-seed",
];

#[test]
fn component_imports_match_allowed_list() {
    let engine = ensurepip_guest_artifact::engine(Variant::Fast).expect("there is an engine");
    let component = ensurepip_guest_artifact::component(&engine, Variant::Fast);
    let component = component.expect("it can be loaded");
    let component_type = component.component_type();
    let mut imports: Vec<&str> = component_type
        .imports(&engine)
        .map(|(name, _)| name.split('@').next().unwrap_or(name))
        .collect();
    imports.sort_unstable();
    assert_eq!(imports, IMPORTS);
}

/// A linked resource cannot be defined again. One that is not linked can be, in each version of
/// WASI 0.2.
#[test]
fn host_links_no_sockets_and_no_http() {
    let engine = ensurepip_guest_artifact::engine(Variant::Fast).expect("there is an engine");
    let mut linker = super::runtime::linker(&engine).expect("all imports can be linked");
    let mut is_linked = |interface: &str, resource: &str| {
        (0..100).any(|patch| {
            let name = format!("wasi:{interface}@0.2.{patch}");
            let mut instance = linker.instance(&name).expect("there is no other kind of item");
            instance.resource(resource, ResourceType::host::<()>(), |_, _| Ok(())).is_err()
        })
    };
    assert!(is_linked("filesystem/types", "descriptor"));
    assert!(is_linked("io/streams", "input-stream"));
    for (interface, resource) in [
        ("sockets/network", "network"),
        ("sockets/tcp", "tcp-socket"),
        ("sockets/udp", "udp-socket"),
        ("sockets/ip-name-lookup", "resolve-address-stream"),
        ("http/types", "outgoing-request"),
    ] {
        assert!(!is_linked(interface, resource), "{interface}");
    }
}

/// The epoch advances for all that share an engine, even while an instance is being created.
#[test]
fn sandbox_instantiation_survives_epoch_ticks() {
    let runtime = Runtime::new().expect("the component can be loaded");
    let (interrupt, is_over) = (Interrupt::default(), AtomicBool::new(false));
    let ticks = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let Some(engine) = interrupt.engine.get() else { continue };
                engine.increment_epoch();
                ticks.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut made = (0..50).map(|_| runtime.sandbox(Reporter::new(None), &interrupt).map(drop));
        let failed = made.find_map(Result::err);
        is_over.store(true, Ordering::Relaxed);
        assert!(failed.is_none(), "{failed:?}");
    });
    assert!(ticks.into_inner() > 50, "time hardly passed");
}

#[test]
fn sandbox_creation_after_brake_is_refused() {
    let runtime = Runtime::new().expect("the component can be loaded");
    let interrupt = Interrupt::default();
    interrupt.raise();
    let made = runtime.sandbox(Reporter::new(None), &interrupt).map(drop);
    let error = made.expect_err("it was pulled before").to_string();
    assert!(error.ends_with("it was given up"), "{error}");
}

#[test]
fn component_version_equals_crate_version() {
    let runtime = Runtime::new().expect("the component can be loaded");
    let mut sandbox = runtime
        .sandbox(Reporter::new(None), &Interrupt::default())
        .expect("it can be instantiated");
    let version = sandbox.call(Access::default(), |instance, store| {
        instance.ensurepip_bootstrap_installer().call_version(store)
    });
    assert_eq!(version.expect("it answers"), env!("CARGO_PKG_VERSION"));
}

#[test]
fn hostile_component_cannot_escape_sandbox() {
    for writable in [false, true] {
        let trap = Trap::new();
        let decoy = tree(&trap.path("decoy"));
        let told = trap.probe(writable);
        for line in told.lines() {
            let is_told = line.contains(": ") && !line.contains("GOT OUT");
            assert!(is_told, "writable: {writable}\n{line}\nof\n{told}");
        }
        // It did try: a list that shrank would show here.
        assert!(told.lines().count() > 60, "{told}");
        let state = if writable { "writable" } else { "read-only" };
        assert!(told.contains(&format!("\ngrants: purelib {state}\n")), "{told}");
        assert_eq!(tree(&trap.path("decoy")), decoy);
        let names: Vec<String> = tree(trap.directory.path()).into_keys().collect();
        assert!(names.iter().all(|name| !name.ends_with("-made")), "{names:?}");
        assert_eq!(trap.path("purelib/inside-the-grant").exists(), writable);
    }
}

/// Calls that come before any grant also try to escape.
#[test]
fn hostile_component_cannot_escape_before_grants() {
    let trap = Trap::new();
    let before = tree(trap.directory.path());
    let (wheel, facts) = (wheel(), facts());
    let mut sandbox = trap.sandbox();
    let files = sandbox.read_part(&wheel, (0, 1)).expect("the probe ends by itself");
    let mut told: Vec<String> =
        files.iter().map(|file| String::from_utf8_lossy(&file.sha256).into_owned()).collect();
    let mut show = |answer: types::Error| match answer {
        types::Error::Misuse(outcomes) => told.push(outcomes),
        other => panic!("another answer: {other:?}"),
    };
    let ends = "the probe ends by itself";
    show(sandbox.check(&wheel, &files, &[]).expect(ends).expect_err("it fails"));
    let kept = sandbox.read(0, &[0]).expect(ends).pop().flatten();
    show(types::Error::Misuse(String::from_utf8(kept.expect("it answers")).expect("it is text")));
    let access = Access::read_only(vec![trap.grant()]);
    show(sandbox.find(&access, &wheel.name, &facts, false).expect(ends).expect_err("it fails"));
    assert_eq!(told.len(), 4);
    for line in told.iter().flat_map(|words| words.lines()) {
        assert!(line.contains(": ") && !line.contains("GOT OUT"), "{line}");
    }
    assert!(told[3].contains("\ngrants: purelib read-only\n"), "{}", told[3]);
    assert_eq!(tree(trap.directory.path()), before);
}

#[test]
fn component_endless_loop_is_stopped() {
    for variant in [Variant::Fast, Variant::Frugal] {
        let error = Trap { variant, ..Trap::new() }.stopped("loop");
        assert!(error.contains("did not end within 2s"), "{variant:?}: {error}");
    }
}

/// Repeats for the frugal variant what other tests check for the usual one.
#[test]
fn hostile_component_cannot_escape_frugal_engine() {
    let trap = Trap { variant: Variant::Frugal, ..Trap::new() };
    let told = trap.probe(true);
    assert!(told.lines().count() > 60 && !told.contains("GOT OUT"), "{told}");
}

#[test]
fn component_can_be_cancelled_while_computing() {
    let began = Instant::now();
    let decide = move |_| {
        if began.elapsed() < TICK * 10 { Decision::Proceed } else { Decision::Cancel }
    };
    let reporter = Reporter::new(Some(Box::new(decide)));
    let error = Trap { reporter, ..Trap::new() }.stopped("loop");
    assert!(error.contains("it was cancelled"), "{error}");
}

#[test]
fn component_memory_limit_is_enforced() {
    let error = Trap::new().stopped("allocate");
    assert!(error.contains("it needs more than 1024 MiB of memory"), "{error}");
}

#[test]
fn component_handle_limit_is_enforced() {
    let error = Trap::new().stopped("open");
    assert!(error.contains("resource table"), "{error}");
}

#[test]
fn component_output_is_limited_and_sanitized() {
    let error = Trap::new().stopped("talk");
    assert!(error.contains("unreachable"), "{error}");
    assert!(error.len() < 1000, "{} bytes", error.len());
    assert!(!error.contains('\u{1b}'), "{error:?}");
}

#[test]
fn component_panic_message_is_reported() {
    let error = Trap::new().stopped("panic");
    assert!(error.contains("the probe panics, as it was asked to"), "{error}");
}
