//! `entry_points.txt`. `importlib.metadata` reads no other commands in an accepted file; and the
//! objects to import and call have only dotted names.

#![no_main]

mod support;

use ensurepip_guest::fuzzing;
use ensurepip_guest::reference::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(commands) = fuzzing::commands(bytes) else { return };
    let mut told = Vec::new();
    for (name, module, attribute, gui) in commands {
        for reference in [&module, &attribute] {
            let is_dotted = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_');
            assert!(reference.chars().all(is_dotted), "{reference:?}");
        }
        let group = if gui { "gui_scripts" } else { "console_scripts" };
        told.extend([name, module, attribute, group.to_owned()]);
    }
    support::check_other_readings(Format::EntryPoints, bytes, &told);
});
