//! Can other programs do with the library what the program does?

use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::target::Target;
use crate::support::tree::Tree;
use ensurepip_host::{
    AuditEvent, Bootstrap, Decision, Error, Outcome, Progress, Report, Runtime, Step,
};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

/// All keywords of `ensurepip.bootstrap` together.
#[test]
fn builder_accepts_ensurepip_keywords() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    let report = Bootstrap::new()
        .python(&target.python)
        .root(&root)
        .upgrade(true)
        .user(false)
        .altinstall(false)
        .default_pip(true)
        .verbosity(1)
        .run()
        .expect("pip can be installed");
    let Outcome::Installed { scripts, replaced, manifest, .. } = &report.outcome else {
        panic!("{report:?}");
    };
    let (major, minor) = Interpreters::newest().version;
    assert_eq!(*scripts, ["pip".to_owned(), format!("pip{major}"), format!("pip{major}.{minor}")]);
    assert_eq!((replaced, manifest), (&None, &None));
    let text = report.to_string();
    assert!(text.contains("\nThe target is "), "{text}");
    assert!(text.ends_with(&format!("Successfully installed pip-{NEWEST}\n")), "{text}");
    assert_eq!(ensurepip_host::version(), NEWEST);
}

/// `ensurepip.bootstrap` is an audit event (PEP 578), with the root as its argument; the callback
/// may deny it, before anything is done.
#[test]
fn audit_event_is_first_and_can_be_denied() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    for (given, decision) in
        [(Some(&*root), Decision::Cancel), (None, Decision::Cancel), (None, Decision::Proceed)]
    {
        let heard = Arc::new(Mutex::new(Vec::<AuditEvent>::new()));
        let ear = Arc::clone(&heard);
        let mut bootstrap =
            Bootstrap::new().python(&target.python).dry_run(true).on_audit(move |event| {
                ear.lock().expect("nobody has failed").push(event.clone());
                decision
            });
        if let Some(root) = given {
            bootstrap = bootstrap.root(root);
        }
        let done = bootstrap.run();
        match decision {
            Decision::Cancel => assert!(matches!(done, Err(Error::Cancelled)), "{done:?}"),
            Decision::Proceed => assert!(done.is_ok(), "{done:?}"),
        }
        let heard = heard.lock().expect("nobody has failed");
        let expected = AuditEvent { name: "ensurepip.bootstrap", root: given.map(Path::to_owned) };
        assert_eq!(*heard, [expected]);
    }
    // A run with invalid arguments never begins.
    let conflict = Bootstrap::new().altinstall(true).default_pip(true);
    let done = conflict.on_audit(|_| panic!("nothing is to be heard")).run();
    assert!(matches!(done, Err(Error::ConflictingScripts)), "{done:?}");
}

/// The callback gets each step in order and its progress, and may cancel at any: then nothing has
/// changed.
#[test]
fn progress_callback_is_ordered_and_can_cancel() {
    const STEPS: [Step; 4] = [Step::Check, Step::Stage, Step::Compile, Step::Commit];
    let target = Target::new();
    let root = target.scratch.work().join("root");
    for last in STEPS {
        let done = Bootstrap::new()
            .python(&target.python)
            .root(&root)
            .on_progress(
                move |Progress { step, .. }| {
                    if step == last { Decision::Cancel } else { Decision::Proceed }
                },
            )
            .run();
        assert!(matches!(done, Err(Error::Cancelled)), "{last:?}: {done:?}");
        assert!(!root.exists(), "it was made before {last:?}, and is left");
    }
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let listening = Bootstrap::new().python(&target.python).root(&root).on_progress(move |told| {
        ear.lock().expect("nobody has failed").push(told);
        Decision::Proceed
    });
    // The wheels of a directory are checked; the bundled ones were, when the program was built.
    let wheels = PipWheel::bundled().pop().expect("one is bundled").path;
    let wheels = wheels.parent().expect("it is in a directory");
    listening.wheel_directory(wheels).run().expect("pip can be installed");
    let heard = heard.lock().expect("nobody has failed");
    let mut steps: Vec<Step> = heard.iter().map(|told| told.step).collect();
    steps.dedup();
    assert_eq!(steps, STEPS);
    for step in [Step::Check, Step::Stage, Step::Compile] {
        let told: Vec<_> = heard.iter().filter(|told| told.step == step).collect();
        assert!(told.is_sorted_by_key(|told| told.done), "{told:?}");
        let last = told.last().expect("it was told");
        assert!(last.files > 100 && last.done >= last.files - 64, "{step:?} ended at {last:?}");
    }
}

/// The run after a dry run does what the plan states.
#[test]
fn dry_run_plan_matches_install() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    let bootstrap = || Bootstrap::new().python(&target.python).root(&root).manifest(true);
    let plan = bootstrap().dry_run(true).run().expect("a plan can be made");
    let Outcome::Planned { files: planned, replaces: None, .. } = plan.outcome else {
        panic!("{plan:?}");
    };
    assert!(!root.exists(), "a plan was all that was asked for");
    let done = bootstrap().run().expect("pip can be installed");
    let Outcome::Installed { manifest: Some(files), .. } = done.outcome else {
        panic!("{done:?}");
    };
    assert!(planned.len() > 100, "only {} files are planned", planned.len());
    for file in planned.iter().filter(|file| !file.path.ends_with("/RECORD")) {
        let written = files.files.iter().find(|written| written.path == file.path);
        let written = written.unwrap_or_else(|| panic!("{} was not written", file.path));
        assert_eq!((written.size, written.mode), (file.size, file.mode), "{}", file.path);
    }
}

/// A builder made on one thread may run on another, and concurrent runs do not interfere.
#[test]
fn library_runs_on_threads_are_independent() {
    fn assert_sent<T: Send + 'static>() {}
    fn assert_shared<T: Send + Sync + 'static>() {}
    assert_sent::<Bootstrap>();
    assert_shared::<Report>();
    assert_shared::<Error>();

    let target = Target::new();
    let roots: Vec<PathBuf> =
        (0..4).map(|number| target.scratch.work().join(number.to_string())).collect();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let runs = roots.iter().map(|root| {
        let (ear, own) = (Arc::clone(&heard), root.clone());
        let bootstrap = Bootstrap::new().python(&target.python).root(root).compile(false);
        let bootstrap = bootstrap.on_audit(move |event| {
            assert_eq!(event.root.as_ref(), Some(&own));
            ear.lock().expect("nobody has failed").push(thread::current().id());
            Decision::Proceed
        });
        thread::spawn(move || bootstrap.run())
    });
    // All are started before any is joined.
    let runs: Vec<_> = runs.collect();
    for run in runs {
        let report = run.join().expect("it ended").expect("pip can be installed");
        assert!(matches!(report.outcome, Outcome::Installed { .. }), "{report:?}");
    }
    let threads: HashSet<_> = heard.lock().expect("nobody has failed").iter().copied().collect();
    assert_eq!(threads.len(), roots.len());
    let first = Tree::of(&roots[0]);
    for root in &roots[1..] {
        let differences = first.differences("the first", &Tree::of(root), "another");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

/// Runs that share a runtime leave the same as a run by itself, also beside one that was cancelled and
/// one that failed.
#[test]
fn library_runs_sharing_runtime_are_independent() {
    fn assert_shared<T: Send + Sync + Clone + 'static>() {}
    assert_shared::<Runtime>();

    let target = Target::new();
    let runtime = Runtime::new().expect("the component can be loaded");
    let root = |name: &str| target.scratch.work().join(name);
    let bootstrap =
        |name: &str| Bootstrap::new().python(&target.python).compile(false).root(root(name));
    bootstrap("alone").run().expect("pip can be installed");
    let alone = Tree::of(&root("alone"));
    let assert_same = |name: &str| {
        let differences = alone.differences("alone", &Tree::of(&root(name)), name);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    };
    let names = ["a", "b", "c", "d", "e", "f"];
    for round in 0..3 {
        thread::scope(|scope| {
            for name in names {
                let run = bootstrap(&format!("{name}{round}")).runtime(&runtime);
                scope.spawn(move || run.run().expect("pip can be installed"));
            }
            // Among the other runs.
            let cancelled = bootstrap(&format!("cancelled{round}")).runtime(&runtime);
            let cancelled = cancelled.on_progress(|Progress { step, .. }| match step {
                Step::Stage => Decision::Cancel,
                _ => Decision::Proceed,
            });
            scope.spawn(move || {
                let error = cancelled.run().expect_err("it was cancelled");
                assert!(matches!(error, Error::Cancelled), "{error}");
            });
            let failing = bootstrap(&format!("failing{round}")).runtime(&runtime);
            let failing = failing.wheel_directory(target.scratch.home());
            scope.spawn(move || failing.run().expect_err("there is no wheel"));
        });
        for name in names {
            assert_same(&format!("{name}{round}"));
        }
        assert!(!root(&format!("cancelled{round}")).exists());
    }
    // A run also finds and removes what another one has installed.
    let again = bootstrap("a0").runtime(&runtime).run().expect("there is nothing to do");
    assert!(matches!(again.outcome, Outcome::Kept(_)), "{again:?}");
    assert_same("a0");
    let removed = bootstrap("a0").runtime(&runtime).uninstall().expect("it can be removed");
    assert!(matches!(removed.outcome, Outcome::Removed { .. }), "{removed:?}");
    bootstrap("a0").runtime(&runtime).run().expect("pip can be installed");
    assert_same("a0");
}
