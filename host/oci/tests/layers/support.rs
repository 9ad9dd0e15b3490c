//! What the tests share: tools that may be missing, and images by Python.

use ensurepip_oci::{Digest, Error, Layer, Tree, read_layer};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The result of a test, or of a part of it.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Whether all these programs are there. Fails if one has to be and is not.
pub(crate) fn are_installed(tools: &[&str]) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let is_installed =
        |tool: &str| std::env::split_paths(&paths).any(|directory| directory.join(tool).is_file());
    let Some(missing) = tools.iter().find(|tool| !is_installed(tool)) else { return true };
    let required =
        std::env::var_os("ENSUREPIP_HOST_TEST_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "`{missing}` is missing");
    // Not `eprintln!`, whose output is shown for failed tests only.
    let line = format!("skipped a test of layers: `{missing}` is missing\n");
    std::io::stderr().write_all(line.as_bytes()).expect("standard error takes a line");
    false
}

/// Runs a program, and returns its standard output.
pub(crate) fn run(command: &mut Command) -> Outcome<Vec<u8>> {
    let output = command.output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    Ok(output.stdout)
}

/// A file beside this one.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layers").join(name)
}

/// Keeps the contents of files of up to 2 MiB.
pub(crate) fn is_small(_: &[u8], size: u64) -> bool {
    size <= 2 << 20
}

/// Reads a blob whose digests are right.
pub(crate) fn read(blob: &[u8], plain: &[u8]) -> Result<Layer, Error> {
    let size = blob.len() as u64;
    read_layer(blob, &Digest::of(blob), size, &Digest::of(plain), &is_small, &|| false)
}

/// The tree that we make of an image by `images.py`.
pub(crate) fn tree_of(image: &Path) -> Outcome<Result<Tree, Error>> {
    let mut tree = Tree::new();
    for line in fs::read_to_string(image.join("layers"))?.lines() {
        let mut words = line.split(' ');
        let mut word = || words.next().ok_or("three words in a line");
        let (digest, size, diff_id) = (word()?, word()?.parse()?, word()?.parse()?);
        let blob = fs::File::open(image.join("layout/blobs").join(digest.replace(':', "/")))?;
        let layer = read_layer(blob, &digest.parse()?, size, &diff_id, &is_small, &|| false);
        if let Err(error) = layer.and_then(|layer| tree.apply(layer)) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(tree))
}

/// Whether umoci unpacks the image of a layout, into `bundle`.
pub(crate) fn unpack(image: &Path) -> Outcome<bool> {
    let script = "umask 022; exec umoci unpack --rootless --image layout:tag bundle";
    Ok(Command::new("sh").args(["-c", script]).current_dir(image).output()?.status.success())
}
