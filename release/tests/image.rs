//! Is the container image one that other tools can read, and the same each time?

use ensurepip_oci::{Layout, read_layer};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// The files of an image, as the directory of an archive has them.
const FILES: [&str; 4] = ["LICENSE-APACHE", "LICENSE-MIT", "LICENSES-OF-CRATES", "ensurepip-host"];

/// Makes an image, of 2026-01-02, of the programs in these directories.
fn make(directory: &Path, programs: &[(&str, &str)]) -> Output {
    let programs = programs.iter().map(|(cpu, name)| {
        let path = directory.join(name);
        format!("{cpu}={}", path.display())
    });
    Command::new(env!("CARGO_BIN_EXE_ensurepip-release"))
        .args(["image", "1767312000", "2026-01-02T00:00:00Z"])
        .args(programs)
        .output()
        .expect("the program runs")
}

#[test]
fn container_image_has_program_of_each_cpu() {
    let scratch = tempfile::tempdir().expect("a temporary directory can be made");
    let programs = [("amd64", "first"), ("arm64", "second")];
    for (_, name) in programs {
        let directory = scratch.path().join(name);
        fs::create_dir(&directory).expect("the name is free");
        for file in FILES {
            fs::write(directory.join(file), format!("{name}'s {file}")).expect("it can be written");
        }
    }
    let made = make(scratch.path(), &programs);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    assert_eq!(made.stdout, make(scratch.path(), &programs).stdout, "another image");

    let path = scratch.path().join("image.tar");
    fs::write(&path, made.stdout).expect("it can be written");
    let layout = Layout::open(&path).expect("it is a layout");
    let selection = layout.select(Some(env!("CARGO_PKG_VERSION")), &[]).expect("it has the image");
    assert!(selection.skipped.is_empty(), "{:?}", selection.skipped);
    let found = selection.images.iter().map(|image| image.platform.to_string());
    assert_eq!(found.collect::<Vec<_>>(), ["linux/amd64", "linux/arm64"]);
    for (image, (_, name)) in selection.images.iter().zip(programs) {
        let [blob] = &image.layers[..] else { panic!("{name}: {:?}", image.layers) };
        let bytes = layout.blob(&blob.digest, blob.size).expect("the layer is there");
        let layer =
            read_layer(bytes, &blob.digest, blob.size, &blob.diff_id, &|_, _| false, &|| false);
        let layer = layer.expect("it can be read");
        let entries = layer.entries().map(|entry| {
            assert_eq!((entry.uid, entry.gid, entry.modified), (0, 0, 1_767_312_000));
            (String::from_utf8(entry.path).expect("names are ASCII"), entry.mode)
        });
        let expected = [
            ("LICENSE-APACHE", 0o644),
            ("LICENSE-MIT", 0o644),
            ("LICENSES-OF-CRATES", 0o644),
            ("ensurepip-host", 0o755),
            ("tmp", 0o1777),
            ("work", 0o755),
        ];
        assert_eq!(entries.collect::<Vec<_>>(), expected.map(|(path, mode)| (path.into(), mode)));
    }
}

#[test]
fn container_image_without_program_is_an_error() {
    let scratch = tempfile::tempdir().expect("a temporary directory can be made");
    let made = make(scratch.path(), &[("amd64", "missing")]);
    assert_eq!(made.status.code(), Some(1));
    let message = String::from_utf8_lossy(&made.stderr);
    assert!(message.contains("missing/ensurepip-host`: No such file"), "{message}");
    assert!(made.stdout.is_empty());
}
