//! Wheels as their authors have published them: every one of a directory must be accepted.
//!
//! The directory is named by `ENSUREPIP_HOST_TEST_WHEELS`; without it they are left out. Each
//! wheel is told with a digest of all names and contents, to be compared with another reader's.

use crate::record::sha256;
use crate::tests::announce::{announce, report_skipped};
use crate::wheel;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;
use std::{env, fs};

#[test]
#[expect(clippy::print_stdout, reason = "who asks for it by hand wants to see it")]
fn wheels_from_pypi_are_accepted() {
    let Some(directory) = env::var_os("ENSUREPIP_HOST_TEST_WHEELS").map(PathBuf::from) else {
        return report_skipped(
            "wheels of the world",
            "a directory that `tests/good-wheels` or `tests/popular-wheels` has filled",
        );
    };
    let paths = directory.read_dir().expect("it is a directory").flatten();
    let mut paths: Vec<PathBuf> = paths.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "whl"));
    paths.sort();
    let (mut only_trusted, mut refused) = (0, 0);
    for path in &paths {
        let name = path.file_name().expect("it has one").to_string_lossy();
        let bytes = Rc::new(fs::read(path).expect("it can be read"));
        let began = Instant::now();
        let untrusted = wheel::check_alone(&name, &bytes, false);
        let took = began.elapsed();
        let reason = untrusted.as_ref().err().cloned();
        match untrusted.or_else(|_| wheel::check_alone(&name, &bytes, true)) {
            Ok(contents) => {
                let mut files: Vec<String> = contents
                    .files
                    .iter()
                    .map(|file| format!("{}\0{}", file.path, hex(&file.digest)))
                    .chain(contents.scripts.iter().map(|script| {
                        format!("{}\0{}", script.name, hex(&sha256(&script.contents)))
                    }))
                    .collect();
                files.sort();
                let digest = hex(&sha256(files.join("\n").as_bytes()));
                println!("accepted {name} {} {digest} {took:?}", files.len());
                if let Some(error) = reason {
                    only_trusted += 1;
                    println!("  not if untrusted: {error:?}");
                }
            }
            Err(error) => {
                refused += 1;
                println!("REFUSED {name}: {error:?}");
            }
        }
    }
    announce(&format!(
        "wheels of the world: {}, of which {refused} refused, {only_trusted} only if trusted",
        paths.len()
    ));
    assert!(refused == 0 && !paths.is_empty());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes every byte");
        text
    })
}
