//! OCI layouts with images of Debian, made by `umoci` and `buildah`, and what real tools make of one.
//!
//! One layout is made in a checkout and kept below cargo's target directory; tests get copies. Its images
//! are the file systems of `support::images`:
//!
//! | reference | image |
//! |---|---|
//! | `amd64` | Debian 12 in two layers. The second has `/usr/local/lib/python3.11/dist-packages` with the mode 2775 and the group of Debian's packages |
//! | `arm64`, `s390x` | Debian 13 and 12 in one layer |
//! | `all` | an index of these three |
//! | `pip` | Debian 12 for amd64 with Debian's own pip |

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::images::{
    BOOKWORM_AMD64, BOOKWORM_PIP, BOOKWORM_S390X, Image, Recipe, TRIXIE_ARM64, copy,
};
use super::process::{Finished, Program};
use super::scratch::Scratch;

/// Where the layout is kept between test runs.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/layouts");

/// The references to images of one platform, and what is in them.
const IMAGES: [(&str, &Recipe); 4] = [
    ("amd64", &BOOKWORM_AMD64),
    ("arm64", &TRIXIE_ARM64),
    ("s390x", &BOOKWORM_S390X),
    ("pip", &BOOKWORM_PIP),
];

/// The platforms of the image `all`, which are also references, and what is in them.
pub(crate) const PLATFORMS: &[(&str, &Recipe)] = IMAGES.split_at(3).0;

/// The directories that the packages of Debian's Python create when they are configured, in the group
/// `staff`.
const STAFF: &str = "usr/local/lib/python3.11/dist-packages";

/// A copy of the layout, and a place to work with it.
pub(crate) struct Layout {
    pub(crate) path: PathBuf,
    pub(crate) scratch: Scratch,
}

impl Layout {
    /// Copies the layout. The error states what is missing for that.
    pub(crate) fn new() -> Result<Layout, String> {
        static MADE: Mutex<Option<Result<PathBuf, String>>> = Mutex::new(None);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let original = made.get_or_insert_with(make).clone()?;
        drop(made);
        let scratch = Scratch::new();
        let path = scratch.work().join("layout");
        copy(&original, &path);
        Ok(Layout { path, scratch })
    }

    /// The tool under test, for the image of a reference, with options to install into it.
    pub(crate) fn tool(&self, reference: &str) -> Program {
        let tool = Program::under_test(self.scratch.home()).argument("--break-system-packages");
        tool.argument("--image").argument(image(&self.path, reference))
    }

    /// Runs the tool, which must succeed, and returns its report.
    pub(crate) fn report(&self, reference: &str, options: &[&str]) -> Value {
        let done = self.tool(reference).arguments(options).argument("--json").run();
        serde_json::from_str(&done.expect_success().stdout()).expect("it is JSON")
    }

    /// Unpacks an image of one platform, which must be of this recipe, with `umoci`.
    pub(crate) fn unpack(&self, reference: &str, recipe: &'static Recipe) -> Image {
        unpack(&self.path, reference, recipe, &self.scratch)
    }
}

/// `LAYOUT:REF`.
pub(crate) fn image(layout: &Path, reference: &str) -> String {
    format!("{}:{reference}", layout.display())
}

/// Unpacks an image of one platform, which must be of this recipe, with `umoci`, to an unused place.
pub(crate) fn unpack(
    layout: &Path,
    reference: &str,
    recipe: &'static Recipe,
    scratch: &Scratch,
) -> Image {
    let places = (1..).map(|number| scratch.work().join(format!("bundle-{number}")));
    let bundle = { places }.find(|place| !place.exists()).expect("numbers do not end");
    let umoci = Program::new("umoci".as_ref(), scratch.home()).arguments(["unpack", "--image"]);
    umoci.argument(image(layout, reference)).argument(&bundle).run().expect_success();
    Image { recipe, root: bundle.join("rootfs") }
}

/// The digest and size of what a reference names, read from `index.json`.
pub(crate) fn digest(layout: &Path, reference: &str) -> String {
    let index = fs::read(layout.join("index.json")).expect("a layout has an index");
    let index: Value = serde_json::from_slice(&index).expect("it is JSON");
    let all = index["manifests"].as_array().expect("it lists manifests");
    let is_named = |descriptor: &&Value| {
        descriptor["annotations"]["org.opencontainers.image.ref.name"] == reference
    };
    let mut named = all.iter().filter(is_named);
    let found = named.next().unwrap_or_else(|| panic!("no `{reference}` in {index}"));
    assert!(named.next().is_none(), "two of `{reference}` in {index}");
    found["digest"].as_str().expect("a descriptor has a digest").to_owned()
}

/// `skopeo inspect` of an image for a CPU, which must succeed. It reads index, manifest and config.
pub(crate) fn inspect(layout: &Path, reference: &str, cpu: &str, home: &Path) -> Value {
    let skopeo = Program::new("skopeo".as_ref(), home).arguments(["--override-arch", cpu]);
    let skopeo = skopeo.arguments(["--override-os", "linux", "inspect"]);
    let told = skopeo.argument(format!("oci:{}", image(layout, reference))).run();
    serde_json::from_str(&told.expect_success().stdout()).expect("it is JSON")
}

/// `buildah` with a storage of its own in a directory.
pub(crate) fn buildah(directory: &Path) -> Program {
    let (root, run) = (directory.join("storage"), directory.join("run"));
    fs::create_dir_all(&root).expect("a directory can be made");
    Program::new("buildah".as_ref(), directory)
        .argument("--root")
        .argument(root)
        .argument("--runroot")
        .argument(run)
        .arguments(["--storage-driver", "vfs"])
}

/// Makes the layout, if it is not there. The error states what is missing.
fn make() -> Result<PathBuf, String> {
    let missing = |tool: &&str| Command::new(tool).arg("--version").output().is_err();
    if let Some(missing) = ["umoci", "buildah", "skopeo"].iter().find(|tool| missing(tool)) {
        return Err((*missing).to_owned());
    }
    let mut roots = BTreeMap::new();
    for (reference, recipe) in &IMAGES {
        roots.insert(*reference, recipe.made()?);
    }
    let finished = Path::new(CACHE).join("debian");
    if finished.is_dir() {
        return Ok(finished);
    }
    let scratch = Scratch::on_disk();
    let layout = scratch.work().join("layout");
    let umoci = || Program::new("umoci".as_ref(), scratch.home());
    umoci().arguments(["init", "--layout"]).argument(&layout).run().expect_success();
    for (reference, recipe) in &IMAGES {
        let named = image(&layout, reference);
        umoci().arguments(["new", "--image", &named]).run().expect_success();
        add_layer(&named, &roots[reference], &["."], &scratch);
        if *reference == "amd64" {
            add_layer(&named, &staff_directories(&scratch), &["usr"], &scratch);
        }
        let config = umoci().arguments(["config", "--image", &named, "--os", "linux"]);
        config.arguments(["--architecture", recipe.cpu()]).run().expect_success();
    }
    umoci().arguments(["gc", "--layout"]).argument(&layout).run().expect_success();
    let manifest = |arguments: &[&str]| -> Finished {
        buildah(scratch.home()).argument("manifest").arguments(arguments).run().expect_success()
    };
    manifest(&["create", "all"]);
    for (reference, recipe) in PLATFORMS {
        let from = format!("oci:{}", image(&layout, reference));
        manifest(&["add", "--os", "linux", "--arch", recipe.cpu(), "all", &from]);
    }
    manifest(&["push", "--all", "all", &format!("oci:{}", image(&layout, "all"))]);
    fs::create_dir_all(CACHE).expect("the target directory can be written");
    let unfinished = finished.with_extension(std::process::id().to_string());
    copy(&layout, &unfinished);
    // If another process was faster, its layout is as good, and this one is removed.
    if fs::rename(&unfinished, &finished).is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    Ok(finished)
}

/// Adds names of a directory as a layer.
fn add_layer(image: &str, root: &Path, names: &[&str], scratch: &Scratch) {
    let layer = scratch.work().join("layer.tar");
    let tar = Program::new("tar".as_ref(), scratch.home());
    let tar = tar.arguments(["--sort=name", "--numeric-owner", "-C"]).argument(root);
    tar.argument("-cf").argument(&layer).arguments(names).run().expect_success();
    let umoci = Program::new("umoci".as_ref(), scratch.home()).arguments(["raw", "add-layer"]);
    umoci.arguments(["--image", image]).argument(layer).run().expect_success();
}

fn staff_directories(scratch: &Scratch) -> PathBuf {
    let root = scratch.work().join("staff");
    let install = |mode: &str, group: &str, paths: &[&str]| {
        let paths = paths.iter().map(|path| root.join(path));
        let install = Program::new("install".as_ref(), scratch.home());
        let install = install.arguments(["-d", "-m", mode, "-o", "0", "-g", group]);
        install.arguments(paths).run().expect_success();
    };
    let above: Vec<&Path> =
        Path::new(STAFF).ancestors().filter(|path| *path != Path::new("")).collect();
    let names: Vec<&str> = above.iter().rev().filter_map(|path| path.to_str()).collect();
    let (system, staff) = names.split_at(2);
    install("755", "0", system);
    install("2775", "50", staff);
    root
}
