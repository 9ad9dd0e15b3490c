//! Do two runs leave the same bytes, modes and times?
//!
//! `tar` archives of the whole image are compared, with times to the nanosecond, because a layer of
//! an image is made of them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::{copy_of, report_cells};
use crate::support::images::{BOOKWORM, Image, TRIXIE_ARM64};
use crate::support::interpreters::{Interpreter, Interpreters};
use crate::support::scratch::Scratch;

/// Longer than the unit of any recorded time.
const A_WHILE: Duration = Duration::from_millis(2100);

#[test]
fn image_install_is_byte_reproducible() {
    let (mut ran, mut missing) = (Vec::new(), Vec::new());
    for recipe in [&BOOKWORM, &TRIXIE_ARM64] {
        for options in [&[][..], &["--compile"]] {
            let mut pythons = Interpreters::of_this_machine().found.iter();
            let python = pythons.find(|python| python.name() == recipe.version);
            let Some(python) = python else {
                missing.push(format!("Python {} to compile with", recipe.version));
                continue;
            };
            match copy_of(recipe) {
                Ok((image, scratch)) => {
                    let other = scratch.work().join("a/longer path/to/another image");
                    fs::create_dir_all(other.parent().expect("it has one"))
                        .expect("it can be made");
                    let other = recipe.copy_to(&other).expect("it is there");
                    check(&image, &other, options, python, &scratch);
                    ran.push(format!("{} {options:?}", recipe.name()));
                }
                Err(reason) => missing.push(reason),
            }
        }
    }
    report_cells("reproducible", &ran, &missing);
}

/// Not even to ask it: the bytecode for the first image is cached.
#[test]
fn image_with_cached_bytecode_runs_no_python() {
    let mut pythons = Interpreters::of_this_machine().found.iter();
    let python = pythons.find(|python| python.name() == BOOKWORM.version);
    let (Some(python), Ok((image, scratch))) = (python, copy_of(&BOOKWORM)) else {
        return report_cells("known bytecode", &[], &[BOOKWORM.name()]);
    };
    let other = BOOKWORM.copy_to(&scratch.work().join("other")).expect("it is there");
    // On PATH is a script that counts its calls.
    let (path, calls) = (scratch.work().join("bin"), scratch.work().join("calls"));
    let script = path.join(format!("python{}", python.name()));
    let (interpreter, noted) = (python.executable.display(), calls.display());
    let text = format!("#!/bin/sh\necho called >>'{noted}'\nexec '{interpreter}' \"$@\"\n");
    fs::create_dir(&path).expect("the name is free");
    fs::write(&script, text).expect("the name is free");
    fs::set_permissions(&script, Permissions::from_mode(0o755)).expect("it is ours");
    let caches = scratch.home().join(".cache");
    fs::create_dir(&caches).expect("the name is free");

    // It can record a call only while the run may write anywhere: when it is asked.
    let install = |image: &Image| {
        let tool = image.tool(scratch.home()).arguments(["--compile", "-vv"]);
        let tool = tool.environment("XDG_CACHE_HOME", &caches.to_string_lossy());
        let done = tool.environment("PATH", &path.to_string_lossy()).run().expect_success();
        let asked = fs::read_to_string(&calls).expect("a Python was asked").lines().count();
        (asked, done.stderr().contains("the bytecode is known"))
    };
    assert_eq!(install(&image), (1, false));
    assert_eq!(install(&other), (1, true));
    let tars = ["one.tar", "other.tar"].map(|name| scratch.work().join(name));
    assert!(archive(&image, &tars[0]) == archive(&other, &tars[1]), "the archives differ");
    report_cells("known bytecode", &[BOOKWORM.name()], &[]);
}

/// The Python of this machine can compile for the image.
fn check(image: &Image, other: &Image, options: &[&str], python: &Interpreter, scratch: &Scratch) {
    let path = python.executable.parent().expect("it is in a directory").to_string_lossy();
    let (first, second) = (scratch.work().join("first.tar"), scratch.work().join("second.tar"));
    // The copies must be equal, or the rest shows nothing.
    assert_eq!(archive(image, &first), archive(other, &second), "the copies differ");

    let options = [&["--no-cache"], options].concat();
    let run = image.tool(scratch.home()).arguments(&options).environment("TZ", "Asia/Kolkata");
    run.environment("PATH", &path).umask("077").run().expect_success();
    sleep(A_WHILE);
    let run = other.tool(scratch.home()).arguments(&options).environment("TZ", "America/St_Johns");
    let run = run.environment("LC_ALL", "C").current_directory(scratch.work());
    run.environment("PATH", &path).umask("000").run().expect_success();

    let (one, two) = (archive(image, &first), archive(other, &second));
    if one != two {
        let (one, two) = (listing(&first), listing(&second));
        let pairs = one.lines().zip(two.lines()).filter(|(one, two)| one != two);
        let shown = pairs.take(10).flat_map(|(one, two)| [one, two]);
        let shown = shown.collect::<Vec<_>>().join("\n");
        panic!("{} {options:?}: the archives differ:\n{shown}", image.recipe.name());
    }
    assert_no_path_of_this_machine(image, scratch);
}

/// Writes an archive of the whole image, and returns it.
fn archive(image: &Image, file: &Path) -> Vec<u8> {
    let output = Command::new("tar")
        .args(["--sort=name", "--numeric-owner", "--format=posix"])
        // tar's own process number and the access times do not belong to the image.
        .arg("--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime")
        .arg("-C")
        .arg(&image.root)
        .arg("-cf")
        .arg(file)
        .arg(".")
        .output()
        .expect("tar runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(file).expect("an archive can be read")
}

/// A line for each member: mode, owner, size, time, name.
fn listing(file: &Path) -> String {
    let output =
        Command::new("tar").args(["--full-time", "--numeric-owner", "-tvf"]).arg(file).output();
    String::from_utf8_lossy(&output.expect("tar runs").stdout).into_owned()
}

/// Checks that no written file contains the image's path.
fn assert_no_path_of_this_machine(image: &Image, scratch: &Scratch) {
    let here = scratch.work().to_string_lossy().into_owned();
    let mut pending = vec![image.at("usr/local")];
    let mut files = 0;
    while let Some(directory) = pending.pop() {
        let paths = directory.read_dir().expect("it can be listed").flatten();
        for path in paths.map(|entry| entry.path()).collect::<Vec<PathBuf>>() {
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("a file can be read");
            let mut parts = bytes.windows(here.len());
            assert!(!parts.any(|part| part == here.as_bytes()), "{}", path.display());
            files += 1;
        }
    }
    assert!(files > 100, "only {files} files were found");
}
