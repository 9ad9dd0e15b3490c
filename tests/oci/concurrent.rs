//! Is no change lost if several runs change one layout?

use std::fs;
use std::thread;

use super::with_layout;
use crate::support::layouts::{digest, inspect};
use crate::support::process::Finished;

/// Images in one layout.
const REFERENCES: [&str; 4] = ["all", "amd64", "arm64", "pip"];

/// How many runs change one of them.
const RUNS: usize = 2;

/// The result is that of runs one after the other. A run that finds its image changed by another one is
/// refused, and says so.
#[test]
fn concurrent_runs_on_one_layout_lose_no_change() {
    with_layout("several runs at once", |one| {
        with_layout("one run after the other", |other| {
            for reference in REFERENCES {
                other.tool(reference).argument("--upgrade").run().expect_success();
            }
            let runs: Vec<(&str, Finished)> = thread::scope(|scope| {
                let runs = REFERENCES.iter().flat_map(|reference| [*reference; RUNS]);
                let run = |reference: &'static str| {
                    scope
                        .spawn(move || (reference, one.tool(reference).argument("--upgrade").run()))
                };
                let runs: Vec<_> = runs.map(run).collect();
                runs.into_iter().map(|run| run.join().expect("it ended")).collect()
            });
            for reference in REFERENCES {
                let of_it = || runs.iter().filter(|(it, _)| *it == reference).map(|(_, run)| run);
                assert!(of_it().any(Finished::succeeded), "{reference}");
                for refused in of_it().filter(|run| !run.succeeded()) {
                    assert_eq!(refused.status(), Some(1), "{refused}");
                    let told = refused.stderr();
                    assert!(told.contains("changed by another program during the run"), "{told}");
                }
                let expected = digest(&other.path, reference);
                assert_eq!(digest(&one.path, reference), expected, "{reference}");
                let cpu = if reference == "arm64" { "arm64" } else { "amd64" };
                inspect(&one.path, reference, cpu, one.scratch.home());
            }
            let names = fs::read_dir(&one.path).expect("it can be listed").flatten();
            let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
            let left: Vec<String> = names.filter(|name| name.starts_with('.')).collect();
            assert!(left.is_empty(), "{left:?}");
        });
    });
}
