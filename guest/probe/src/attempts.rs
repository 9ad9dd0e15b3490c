//! The attempts to get out.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{Write as _, stderr, stdout};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};

/// Paths that might lead out of a granted directory. Tests put the links there: `relative-link` and
/// `absolute-link` lead to a directory beside it, `chain` to the former.
pub(crate) const WAYS_OUT: &[&str] = &[
    "../decoy",
    "../decoy/secret",
    "inside/../../decoy/secret",
    "./../decoy/secret",
    "/etc/passwd",
    "/",
    "..",
    "relative-link/secret",
    "absolute-link/secret",
    "chain/secret",
    "relative-link",
    "absolute-link",
];

/// Tries everything and returns the results, one `attempt: outcome` a line. An attempt that
/// succeeded has the outcome `GOT OUT`.
pub(crate) fn run() -> String {
    let mut told = String::new();
    let mut tell = |attempt: &str, outcome: Result<(), String>| {
        let outcome = outcome.map_or_else(|refusal| refusal, |()| "GOT OUT".to_owned());
        writeln!(told, "{attempt}: {outcome}").expect("a string takes every line");
    };

    let mut names = Vec::new();
    for (directory, name) in get_directories() {
        for way in WAYS_OUT {
            try_path(&directory, way, &mut tell);
        }
        try_links(&directory, &mut tell);
        // Shows that the directory itself can be used: the refusals concern what is outside.
        let inside = directory.open_at(
            PathFlags::empty(),
            "inside-the-grant",
            OpenFlags::CREATE | OpenFlags::EXCLUSIVE,
            DescriptorFlags::WRITE,
        );
        names.push(format!("{name} {}", if inside.is_ok() { "writable" } else { "read-only" }));
    }
    tell("grants", Err(names.join(", ")));

    tell("environment", none_or(std::env::vars().count()));
    // Not through std, which would import a clock that is not even linked.
    let now = wasip2::clocks::wall_clock::now();
    tell("clock", none_or(usize::from(now.seconds != 0 || now.nanoseconds != 0)));
    tell("arguments", none_or(std::env::args().count()));
    tell(
        "standard input",
        none_or(std::io::read_to_string(std::io::stdin()).map_or(0, |s| s.len())),
    );

    told
}

fn none_or(count: usize) -> Result<(), String> {
    if count == 0 { Err("none".to_owned()) } else { Ok(()) }
}

fn try_path(directory: &Descriptor, path: &str, tell: &mut impl FnMut(&str, Result<(), String>)) {
    let follow = PathFlags::SYMLINK_FOLLOW;
    let reason = |code: wasip2::filesystem::types::ErrorCode| code.name().to_owned();
    let open = |flags, rights| directory.open_at(follow, path, flags, rights).map(drop);
    // A link itself may be inspected and removed: it is inside. Its target is not.
    if !path.ends_with("link") {
        tell(&format!("stat {path}"), directory.stat_at(follow, path).map(drop).map_err(reason));
        tell(&format!("remove {path}"), directory.unlink_file_at(path).map_err(reason));
    }
    tell(&format!("read {path}"), open(OpenFlags::empty(), DescriptorFlags::READ).map_err(reason));
    tell(
        &format!("write {path}"),
        open(OpenFlags::TRUNCATE, DescriptorFlags::WRITE).map_err(reason),
    );
    let made = if path.ends_with("..") { format!("{path}/made") } else { format!("{path}-made") };
    if !path.ends_with("link") {
        let create = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
        let created = directory.open_at(follow, &made, create, DescriptorFlags::WRITE);
        tell(&format!("create {made}"), created.map(drop).map_err(reason));
        tell(&format!("make {made}"), directory.create_directory_at(&made).map_err(reason));
    }
    let moved = directory.rename_at(path, directory, "moved-in");
    if !path.ends_with("link") {
        tell(&format!("move in {path}"), moved.map_err(reason));
    } else if moved.is_ok() {
        // Only the link itself was moved; the later attempts need it in its place.
        let _ = directory.rename_at("moved-in", directory, path);
    }
}

fn try_links(directory: &Descriptor, tell: &mut impl FnMut(&str, Result<(), String>)) {
    let reason = |code: wasip2::filesystem::types::ErrorCode| code.name().to_owned();
    for (target, name) in [("../decoy", "made-relative"), ("/etc", "made-absolute")] {
        // Making a link may succeed; following it must not.
        let _ = directory.symlink_at(target, name);
        let through = format!("{name}/secret");
        for path in [name, &through] {
            let opened = directory.open_at(
                PathFlags::SYMLINK_FOLLOW,
                path,
                OpenFlags::empty(),
                DescriptorFlags::READ,
            );
            tell(&format!("read through {path}"), opened.map(drop).map_err(reason));
        }
        let _ = directory.unlink_file_at(name);
    }
    let linked = directory.link_at(PathFlags::empty(), "../decoy/secret", directory, "hard");
    tell("hard link to ../decoy/secret", linked.map_err(reason));
    let moved = directory.rename_at("inside", directory, "../decoy/moved-out");
    tell("move inside to ../decoy/moved-out", moved.map_err(reason));
}

/// Leaves something in its stage, and runs forever.
pub(crate) fn compute_without_end() -> ! {
    for (directory, _) in get_directories() {
        for name in
            [".ensurepip-host-stage", ".ensurepip-host-stage/0", ".ensurepip-host-stage/0/new"]
        {
            let _ = directory.create_directory_at(name);
        }
    }
    let mut number = 0_u64;
    loop {
        number = black_box(number.wrapping_add(1));
    }
}

/// Allocates memory until there is none.
pub(crate) fn allocate_without_end() {
    let mut held = Vec::new();
    loop {
        held.push(vec![1_u8; 16 << 20]);
        black_box(&held);
    }
}

/// Opens handles until there are none.
pub(crate) fn open_without_end() {
    let mut held = Vec::new();
    loop {
        held.push(get_directories());
    }
}

/// Writes without end. Panics once its output is no longer read.
pub(crate) fn talk_without_end() {
    let line = format!("\u{1b}[2J{}\n", "x".repeat(1 << 16));
    loop {
        stdout().write_all(line.as_bytes()).expect("standard output is listened to");
        stderr().write_all(line.as_bytes()).expect("standard error is listened to");
    }
}
