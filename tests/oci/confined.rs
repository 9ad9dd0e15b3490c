//! Does it need no privileges, and is nothing else written to than the output, the cache and the temporary
//! directory?
//!
//! The kernel's answer comes from `strace`.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::with_layout;
use crate::support::announce::report_skipped;
use crate::support::layouts::{Layout, image};
use crate::support::trace::Trace;
use crate::support::users::{as_nobody, copy_tool};

/// The calls that need root or a capability, or that are only made for a tree with owners and devices.
const PRIVILEGED: &[&str] = &["chown", "lchown", "fchown", "fchownat", "mknod", "mknodat"];

/// The commands, and whether each changes the image.
const RUNS: &[(&[&str], bool)] = &[
    (&["status", "--json"], false),
    (&["--dry-run", "--break-system-packages"], false),
    // Refused: the images are marked.
    (&[], false),
    (&["--break-system-packages"], true),
    (&["--break-system-packages"], false),
    (&["uninstall", "--break-system-packages"], true),
];

#[test]
fn oci_image_needs_no_privileges() {
    with_layout("as nobody", |layout| {
        let scratch = &layout.scratch;
        let tool = copy_tool(scratch);
        let home = scratch.work().join("nobody's");
        let (cache, tmp) = (home.join(".cache"), home.join("tmp"));
        for directory in [&home, &cache, &tmp] {
            fs::create_dir(directory).expect("the name is free");
        }
        for place in [&home, &layout.path] {
            let chown = Command::new("chown").args(["-R", "65534:65534"]).arg(place).status();
            assert!(chown.is_ok_and(|status| status.success()));
        }
        for (arguments, is_change) in RUNS {
            let program = as_nobody("strace".as_ref(), &home).umask("077");
            let program = program.environment("TMPDIR", &tmp.to_string_lossy());
            let log = home.join("trace");
            let named = image(&layout.path, "all");
            let arguments = arguments.iter().copied().chain(["--image", &named]);
            let Some((finished, trace)) = Trace::by(program, &log, &tool, arguments) else {
                return report_skipped("OCI images, as nobody", "strace");
            };
            let is_refused = arguments_of_refusal(&finished.to_string());
            assert_eq!(finished.status(), Some(i32::from(is_refused)), "{finished}");
            assert_eq!(trace.programs().len(), 1, "{finished}");
            let bad = trace.forbidden().into_iter().chain(trace.named(PRIVILEGED));
            let bad: Vec<String> = bad.map(ToString::to_string).collect();
            assert!(bad.is_empty(), "{finished}\n{}", bad.join("\n"));
            expect_inside(&trace, layout, &[&cache, &tmp], *is_change);
            let left = fs::read_dir(&tmp).expect("it can be listed").count();
            assert_eq!(left, 0, "{finished}");
        }
    });
}

/// Whether a run was refused for the marker of PEP 668.
fn arguments_of_refusal(told: &str) -> bool {
    told.contains("--break-system-packages") && told.contains("error: ")
}

/// Changes are in the layout, only if it is to be changed, and in some other directories.
fn expect_inside(trace: &Trace, layout: &Layout, others: &[&Path], is_change: bool) {
    let mut places = others.to_vec();
    let outside = trace.changes_outside_all(&places);
    assert_eq!(!outside.is_empty(), is_change, "{}", shown(&outside));
    places.push(&layout.path);
    let outside = trace.changes_outside_all(&places);
    assert!(outside.is_empty(), "{}", shown(&outside));
}

fn shown(calls: &[impl ToString]) -> String {
    calls.iter().take(10).map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
