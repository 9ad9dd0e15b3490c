//! How sources get to the host, and bytecode comes back: in portions, and not too much at once.

use super::target::Target;
use super::{apply, pip};
use crate::bindings::ensurepip::bootstrap::types::{OsName, Role, Scheme};
use crate::entry_path::EntryPath;
use crate::install::bytecode::Compiling;
use crate::record::sha256;
use crate::wheel::File;

/// As much as makes a portion.
const PORTION: usize = 512 << 10;

/// So many sources of a length.
fn sources(count: usize, length: usize) -> Vec<File> {
    let source = |number| File {
        role: Role::Purelib,
        path: EntryPath::new(&format!("pip/s{number}.py")).expect("the path is sound"),
        data: vec![b'#'; length].into(),
        digest: sha256(b""),
        executable: false,
        modified: 0,
    };
    (0..count).map(source).collect()
}

/// Has the host compile some files, of which a share is left to so many others. Returns how many
/// portions were handed over, and how many sources have bytecode.
fn compile(target: &Target, files: &[File], others: usize) -> (usize, usize) {
    let text = || "/py".to_owned();
    let scheme =
        Scheme { purelib: text(), platlib: text(), headers: text(), scripts: text(), data: text() };
    let paths = (OsName::Posix, &scheme);
    let compiling = Compiling::begin(target, files, paths, "cpython-313", None);
    let mut compiling = compiling.expect("the host compiles");
    let handed = if others > 0 { compiling.hand_over(others).len() } else { 0 };
    let mut count = 0;
    while let Some(compiled) = compiling.next().expect("the host compiles") {
        assert!(!compiled.is_empty(), "each portion has bytecode");
        count += compiled.len();
    }
    (handed, count)
}

#[test]
fn source_larger_than_what_host_may_hold_is_compiled() {
    let target = Target::posix(&[]);
    assert_eq!(compile(&target, &sources(2, (8 << 20) + 1), 0), (0, 2));
    let expected = ["compile 1 by Invalidation::Timestamp"; 2];
    assert_eq!(target.calls("compile "), expected);
}

#[test]
fn share_of_kept_bytecode_is_left_to_helpers() {
    for (others, handed) in [(1, 8), (2, 10), (3, 12), (7, 14)] {
        let mut target = Target::posix(&[]);
        target.has_kept = true;
        // The host may hold the first 16 of them; when some are done, it gets the rest.
        let files = sources(20, PORTION);
        assert_eq!(compile(&target, &files, others), (handed, 20 - handed), "{others} others");
        let reports = (handed..20).map(|done| format!("report Step::Compile {done} of 20"));
        assert_eq!(target.calls("report"), reports.collect::<Vec<_>>(), "{others} others");
    }
    // Nobody else is left what the host is still to compile.
    assert_eq!(compile(&Target::posix(&[]), &sources(4, PORTION), 1), (0, 4));
}

/// A process may have as few as 16 open files, and the host needs some to start a Python.
#[test]
fn no_directory_is_kept_open_while_host_compiles_or_normalizes() {
    let target = Target::posix(&[Role::Purelib]);
    apply(&pip(), &target).expect("the wheel is sound");
    assert_eq!(target.calls("compiled").len(), 1);
    assert_eq!(*target.crowded.borrow(), [""; 0]);
}
