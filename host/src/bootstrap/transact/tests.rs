//! Transactions of a hostile component, which asks its host for what it must not have.

use super::{Done, Host};
use crate::bindings::ensurepip::bootstrap::types;
use crate::bytecode::Compiler;
use crate::error::Error;
use crate::manifest;
use crate::sandbox::tests::helpers::helpers;
use crate::sandbox::tests::trap::{REQUEST, Trap, facts, tree, wheel_named};
use crate::sandbox::{Access, Failure, Helpers};
use crate::shims::{ScriptPlatform, ScriptTarget, Scripts};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Carries through what the probe makes of a wheel of this name.
fn carry_through(trap: &Trap, helpers: Helpers, wheel_name: &str) -> Result<Done, Failure> {
    let target = ScriptTarget {
        executable: "/bin/python".to_owned(),
        platform: ScriptPlatform::Posix,
        windows: None,
    };
    let grants = Arc::new(vec![trap.grant()]);
    let mut scripts = Scripts::new(trap.open("bin"), "bin".into(), target);
    let host = Host {
        grants: &grants,
        scripts: Some(&mut scripts),
        compiler: Some(Compiler::new("python3".into(), None)),
        helpers,
        reporter: trap.reporter.clone(),
    };
    let mut sandbox = trap.sandbox();
    let access = Access::writable(&grants);
    let begun = sandbox.begin(access, &[wheel_named(wheel_name)], &facts(), &REQUEST);
    begun.and_then(|transaction| host.carry_through(transaction))
}

/// Why that fails, without an answer of the component; it leaves everything as it was.
fn refused(trap: &Trap, helpers: Helpers, wheel_name: &str) -> Error {
    let before = tree(trap.directory.path());
    match carry_through(trap, helpers, wheel_name) {
        Err(Failure::Run(error)) => {
            assert_eq!(tree(trap.directory.path()), before, "{wheel_name}: {error}");
            error
        }
        Err(Failure::Answer(answer)) => panic!("{wheel_name}: another answer: {answer:?}"),
        Ok(_) => panic!("{wheel_name}: it was done"),
    }
}

#[test]
fn script_names_that_lead_out_are_refused() {
    let trap = Trap::new();
    for name in ["../x", "/tmp/x", "python3", "PYTHON.EXE", "a/b", "a\\b", "", "..", "a\nb"] {
        for kind in ["script", "obsolete"] {
            let error = refused(&trap, Helpers::default(), &format!("{kind} {name}"));
            assert!(matches!(error, Error::Shims(_)), "{kind} {name:?}: {error}");
        }
    }
}

#[test]
fn modes_outside_of_granted_directories_are_refused() {
    let trap = Trap::new();
    for role in ["platlib", "headers", "data", "scripts"] {
        let error = refused(&trap, Helpers::default(), &format!("modes {role} ."));
        assert!(matches!(error, Error::Component(_)), "{role}: {error}");
    }
    for path in ["..", "../decoy", "relative-link", "absolute-link"] {
        let error = refused(&trap, Helpers::default(), &format!("modes purelib {path}"));
        assert!(matches!(error, Error::Permissions(_)), "{path}: {error}");
    }
}

/// The path of a source is a name in the bytecode, and nothing that is opened.
#[test]
fn source_paths_are_not_opened() {
    let trap = Trap::new();
    let before = tree(trap.directory.path());
    let failed = carry_through(&trap, Helpers::default(), "compile");
    let Err(Failure::Answer(types::Error::Misuse(lines))) = failed else {
        panic!("another answer");
    };
    assert!(lines.lines().count() > 10, "{lines}");
    for line in lines.lines() {
        let (_, size) = line.split_once(": ").expect("a source has its bytecode");
        let size: usize = size.parse().expect("it is a number");
        assert!((50..500).contains(&size), "{line}");
    }
    assert_eq!(tree(trap.directory.path()), before);
}

#[test]
fn sources_beyond_limits_are_refused() {
    let trap = Trap::new();
    for (attempt, words) in [
        ("compile without end", "it lists more sources than a wheel may have"),
        ("compile more", "entry 0 is not as long as it states"),
        ("compile less", "entry 0 is not as long as it states"),
        ("compile much less", "entry 0 is not as long as it states"),
    ] {
        let error = refused(&trap, Helpers::default(), attempt).to_string();
        assert!(error.contains(words), "{attempt}: {error}");
    }
}

#[test]
fn share_that_is_not_what_was_asked_for_is_refused() {
    let trap = Trap::new();
    for (attempt, words) in [
        ("share a file", "0 of 1 files were staged by others"),
        ("share bytecode", "it did not place all bytecode that it was to share"),
    ] {
        // One that says it has written nothing.
        let helpers = helpers(&trap, "nothing", 1);
        let error = refused(&trap, helpers, attempt).to_string();
        assert!(error.contains(words), "{attempt}: {error}");
    }
}

/// Nothing is removed while they could add to it.
#[test]
fn helpers_stop_when_main_instance_fails() {
    let trap = Trap::new();
    let began = Instant::now();
    let error = refused(&trap, helpers(&trap, "loop", 2), "leave others alone").to_string();
    assert!(error.contains("panics while others are at work"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(2), "nobody waits for what nobody wants");
}

/// What it reports is looked up in what it was granted, and nowhere else.
#[test]
fn report_of_unwritten_files_is_detected() {
    let trap = Trap::new();
    let done = carry_through(&trap, Helpers::default(), "files");
    let Ok(done) = done else { panic!("nothing is wrong with it yet") };
    assert!(done.report.files.len() > 10);
    for file in &done.report.files {
        let found = manifest::file(&trap.open("purelib"), &file.path, file.path.clone());
        assert!(found.is_err(), "{}", file.path);
    }
    let unchanged: BTreeMap<String, String> = tree(&trap.path("bin"));
    assert!(unchanged.is_empty(), "{unchanged:?}");
}

/// The metadata may be in its place by then, and these scripts are its own.
#[test]
fn scripts_stay_if_component_is_stopped_when_it_completes() {
    let trap = Trap::new();
    let Err(Failure::Run(error)) = carry_through(&trap, Helpers::default(), "end tool") else {
        panic!("it was done");
    };
    assert!(error.to_string().contains("panics when it completes"), "{error}");
    let names: Vec<String> = tree(&trap.path("bin")).into_keys().collect();
    assert!(matches!(&names[..], [name] if name.ends_with("/bin/tool")), "{names:?}");
}
