//! Hostile layouts: `hostile.py` lists them, and the words of the errors.

use super::{TOOL, missing, script};
use crate::support::announce::{announce, fail_if_required};
use crate::support::scratch::Scratch;

/// Each is refused with exit code 1 and an error that names the layer and entry, blob or document; no byte,
/// name or time of the layout changes, and the peak of memory is below 100 MiB.
#[test]
fn hostile_layouts_are_refused_and_stay_as_they_are() {
    let missing = missing(&["python3"]);
    if !missing.is_empty() {
        announce("hostile layouts: 0 cells ran; missing: python3");
        return fail_if_required(&missing);
    }
    let scratch = Scratch::new();
    let refused = script("hostile.py").arg(TOOL).arg(scratch.work()).output();
    let refused = refused.expect("it can be started");
    let (told, faults) =
        (String::from_utf8_lossy(&refused.stdout), String::from_utf8_lossy(&refused.stderr));
    assert!(refused.status.success(), "{faults}\n{told}");
    let count = told.lines().filter(|line| line.contains(": error: ")).count();
    assert!(count >= 45, "{told}");
    announce(&format!("hostile layouts: {count} cells ran; missing: none"));
}
