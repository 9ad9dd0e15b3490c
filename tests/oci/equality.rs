//! Is the image, unpacked by `umoci`, what a run with `--root` on the unpacked base leaves?
//!
//! Names, kinds, bytes, modes and times are compared, those of directories included.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::with_layout;
use crate::images::debian::install_by_pip;
use crate::sets::stock::wheel;
use crate::support::announce::report_skipped;
use crate::support::images::{BOOKWORM_AMD64, BOOKWORM_PIP, Image};
use crate::support::interpreters::Interpreters;
use crate::support::layouts::{Layout, digest, image};
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::tree::Tree;

/// The directories where packages and scripts are, which is where pip goes.
const LIBRARY: &str = "usr/local/lib/python3.11/dist-packages";

#[test]
fn oci_image_equals_root() {
    with_layout("equality with --root", |layout| {
        let base = layout.unpack("amd64", &BOOKWORM_AMD64);
        let older = PipWheel::of(OLDER).alone_in(layout.scratch.work().join("older"));
        let older = older.to_str().expect("it is text");
        let steps: [&[&str]; 5] = [
            &["--wheel-dir", older, "--altinstall"],
            &["--upgrade", "--default-pip"],
            &["uninstall"],
            &["--executable", "/usr/bin/env python3"],
            &["--upgrade", "--wheel-dir", older],
        ];
        for step in steps {
            run_both(layout, "amd64", &base, step);
            let has_pip = base.at(LIBRARY).join("pip").is_dir();
            assert_eq!(has_pip, step != ["uninstall"], "{step:?}");
        }
    });
}

/// A wheel for a platform, which needs the version of the image's C library; one with headers and data files;
/// and what is there already, of which another version is found.
#[test]
fn set_in_oci_image_equals_root() {
    with_layout("equality of a set with --root", |layout| {
        let base = layout.unpack("amd64", &BOOKWORM_AMD64);
        let wheels = layout.scratch.work().join("wheels");
        let mut alpha = wheel("alpha", "1.0", &["beta>=1"]);
        alpha.file_name = "alpha-1.0-cp311-cp311-manylinux_2_36_x86_64.whl".to_owned();
        alpha.write(&wheels);
        let beta = |version| {
            wheel("beta", version, &[]).data("headers/beta.h", "").data("data/share/beta", version)
        };
        beta("1.0").write(&wheels);
        let directory = wheels.to_str().expect("it is text").to_owned();
        let alone = ["--wheel-dir", &directory, "--with", "beta", "--without-pip"];
        let set = ["--wheel-dir", &directory, "--with", "alpha", "--with", "beta"];
        run_both(layout, "amd64", &base, &alone);
        beta("2.0").write(&wheels);
        run_both(layout, "amd64", &base, &set);
        let is_there = |name: &str| base.at(LIBRARY).join(name).is_dir();
        assert!(is_there("alpha-1.0.dist-info") && is_there("beta-1.0.dist-info"));
        run_both(layout, "amd64", &base, &[&set[..], &["--upgrade"]].concat());
        assert!(is_there("beta-2.0.dist-info") && !is_there("beta-1.0.dist-info"));
        run_both(layout, "amd64", &base, &[&["uninstall"], &set[..]].concat());
        assert!(!is_there("alpha") && !is_there("pip") && !is_there("beta"));
    });
}

/// From a pack, which gives the same bytecode as a Python that compiles.
#[test]
fn oci_image_with_bytecode_equals_root() {
    with_layout("equality with bytecode", |layout| {
        let mut pythons = Interpreters::of_this_machine().found.iter();
        let Some(python) = pythons.find(|python| python.name() == BOOKWORM_AMD64.version) else {
            return report_skipped("OCI images, bytecode", "Python 3.11");
        };
        let base = layout.unpack("amd64", &BOOKWORM_AMD64);
        let pack = layout.scratch.work().join("3.11.pack");
        let tool = Program::under_test(layout.scratch.home()).arguments(["bytecode-pack", "-o"]);
        let tool = tool.argument(&pack).argument("--python").argument(&python.executable);
        tool.run().expect_success();
        run_both(layout, "amd64", &base, &["--bytecode-pack", pack.to_str().expect("it is text")]);
        let tree = Tree::of(&base.at(LIBRARY));
        assert!(tree.bytecode_files().count() > 100);
        run_both(layout, "amd64", &base, &["uninstall"]);
    });
}

/// pip installs itself in the unpacked image, and `umoci` adds what it has left as a layer.
#[test]
fn pip_of_pip_is_upgraded_and_removed_in_oci_image() {
    with_layout("pip's own pip", |layout| {
        let own = layout.unpack("amd64", &BOOKWORM_AMD64);
        let older = PipWheel::of(OLDER);
        install_by_pip(&own, &older, &older, &[], &layout.scratch);
        let bundle = own.root.parent().expect("it is in a bundle");
        let repack = Program::new("umoci".as_ref(), layout.scratch.home());
        let repack = repack.arguments(["repack", "--image"]);
        let named = image(&layout.path, "own");
        repack.argument(&named).argument(bundle).run().expect_success();
        let base = layout.unpack("own", &BOOKWORM_AMD64);
        assert!(base.at(LIBRARY).join(format!("pip-{OLDER}.dist-info")).is_dir());
        for step in [&["--upgrade"][..], &["uninstall"]] {
            run_both(layout, "own", &base, step);
        }
    });
}

/// Debian's files stay, wherever pip goes.
#[test]
fn pip_of_debian_is_kept_in_oci_image() {
    with_layout("Debian's pip", |layout| {
        let base = layout.unpack("pip", &BOOKWORM_PIP);
        for step in [&[][..], &["--upgrade", "--default-pip"], &["uninstall"]] {
            run_both(layout, "pip", &base, step);
            assert!(base.at("usr/lib/python3/dist-packages/pip/__init__.py").is_file());
        }
        // What a set requires may be Debian's.
        let wheels = layout.scratch.work().join("wheels");
        wheel("alpha", "1.0", &["setuptools>=60", "wheel"]).write(&wheels);
        wheel("late", "1.0", &["setuptools>=1000"]).write(&wheels);
        for project in ["late", "alpha"] {
            let wheels = wheels.to_str().expect("it is text");
            let set = ["--without-pip", "--with", project, "--wheel-dir", wheels];
            run_both(layout, "pip", &base, &set);
            assert_eq!(base.at(LIBRARY).join("alpha").is_dir(), project == "alpha");
        }
    });
}

/// Runs a command on the image and on its base, unpacked, and compares the image, unpacked, with that.
/// Both succeed, or both refuse.
fn run_both(layout: &Layout, reference: &str, base: &Image, step: &[&str]) {
    let (command, options) = match step {
        ["uninstall", options @ ..] => (&["uninstall"][..], options),
        options => (&[][..], options),
    };
    let run = |target: &[&str]| {
        let tool = Program::under_test(layout.scratch.home()).arguments(command);
        tool.argument("--break-system-packages").arguments(options).arguments(target).run()
    };
    let before = digest(&layout.path, reference);
    let in_root = run(&["--root", base.root.to_str().expect("it is text")]);
    let in_image = run(&["--image", &image(&layout.path, reference)]);
    assert_eq!(in_image.status(), in_root.status(), "{in_root}\n{in_image}");
    let is_changed = digest(&layout.path, reference) != before;

    let unpacked = layout.unpack(reference, base.recipe);
    let differences =
        Tree::of(&base.root).differences("--root", &Tree::of(&unpacked.root), "--image");
    assert!(differences.is_empty(), "{step:?}:\n{}", differences.join("\n"));
    let (root, image) = (times(&base.root), times(&unpacked.root));
    let differ = |(path, time): &(&PathBuf, &i64)| image.get(*path) != Some(*time);
    let differ: Vec<_> = root.iter().filter(differ).take(5).collect();
    assert!(differ.is_empty(), "{step:?}: times differ: {differ:?}");
    let told = format!("{in_root}{in_image}");
    assert_eq!(is_changed, told.contains("Successfully"), "{told}");
}

/// The modification times of files and directories, in whole seconds, as `umoci` sets them.
fn times(root: &Path) -> BTreeMap<PathBuf, i64> {
    let tree = Tree::of(root);
    let found = tree.paths().filter_map(|path| {
        let metadata = root.join(path).symlink_metadata().expect("it is there");
        (!metadata.is_symlink()).then(|| (path.to_owned(), metadata.mtime()))
    });
    found.collect()
}
