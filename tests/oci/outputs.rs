//! Is nothing changed where there is nothing to do or nothing is allowed, and only the output otherwise?
//!
//! Layouts are compared to the byte.

use serde_json::Value;
use std::fs;
use std::path::Path;

use super::with_layout;
use crate::support::layouts::{digest, image, inspect};
use crate::support::process::Program;
use crate::support::tree::Tree;

#[test]
fn oci_image_is_unchanged_without_need_or_permission() {
    with_layout("no changes", |layout| {
        let home = layout.scratch.home();
        let before = Tree::of(&layout.path);
        let expect_unchanged = |before: &Tree, what: &str| {
            let differences = before.differences("before", &Tree::of(&layout.path), "after");
            assert!(differences.is_empty(), "{what}: {}", differences.join("\n"));
        };
        let marked = || Program::under_test(home).argument("--image");
        for options in [&[][..], &["-U"], &["--dry-run"], &["--output", "new"]] {
            let refused = marked().argument(image(&layout.path, "all")).arguments(options).run();
            assert_eq!(refused.status(), Some(1), "{refused}");
            assert!(refused.stderr().contains("error: linux/"), "{refused}");
            // The text is Debian's.
            assert!(refused.stderr().contains("try apt install"), "{refused}");
            expect_unchanged(&before, "refused");
            assert!(!home.join("new").exists());
        }
        let told = layout.report("all", &["--dry-run"]);
        assert_eq!(told["digest"], digest(&layout.path, "all").as_str());
        let planned = layout.tool("all").arguments(["--dry-run", "--output", "new"]).run();
        assert!(planned.expect_success().stdout().contains("Would install pip-"));
        assert!(!home.join("new").exists());
        let status = |reference: &str| -> Value {
            let status = Program::under_test(home).arguments(["status", "--json", "--image"]);
            let told = status.argument(image(&layout.path, reference)).run().expect_success();
            serde_json::from_str(&told.stdout()).expect("it is JSON")
        };
        status("all");
        let removed = Program::under_test(home).arguments(["uninstall", "--break-system-packages"]);
        removed.argument("--image").argument(image(&layout.path, "all")).run().expect_success();
        expect_unchanged(&before, "nothing to do");

        // What one platform gets, the others do not.
        let [one, other] = ["amd64", "arm64"].map(|cpu| inspect(&layout.path, "all", cpu, home));
        layout.tool("all").arguments(["--platform", "linux/arm64"]).run().expect_success();
        assert_eq!(layers(&inspect(&layout.path, "all", "amd64", home)), layers(&one));
        assert_eq!(layers(&inspect(&layout.path, "all", "arm64", home)), layers(&other) + 1);
        layout.tool("all").run().expect_success();
        let with_pip = Tree::of(&layout.path);
        layout.tool("all").run().expect_success();
        layout.tool("all").argument("-U").run().expect_success();
        status("all");
        expect_unchanged(&with_pip, "nothing to do");
    });
}

/// To a directory, to an archive, and in place in an archive that skopeo has made: the same digest.
#[test]
fn oci_image_goes_to_directory_and_archive() {
    with_layout("outputs", |layout| {
        let (home, work) = (layout.scratch.home(), layout.scratch.work());
        let before = Tree::of(&layout.path);
        let (directory, archive) = (work.join("new"), work.join("new.tar"));
        for output in [&directory, &archive] {
            let tool = layout.tool("amd64").argument("--output");
            tool.argument(image(output, "app:1.0")).run().expect_success();
        }
        let differences = before.differences("before", &Tree::of(&layout.path), "after");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        let expected = digest(&directory, "app:1.0");
        assert_eq!(digest_in("oci", &directory, "app:1.0", home), expected);
        assert_eq!(digest_in("oci-archive", &archive, "app:1.0", home), expected);

        let own = work.join("own.tar");
        let skopeo =
            Program::new("skopeo".as_ref(), home).arguments(["copy", "--preserve-digests"]);
        let skopeo = skopeo.argument(format!("oci:{}", image(&layout.path, "amd64")));
        skopeo.argument(format!("oci-archive:{}", image(&own, "old"))).run().expect_success();
        let in_place = Program::under_test(home).arguments(["--break-system-packages", "--image"]);
        in_place.argument(&own).run().expect_success();
        assert_eq!(digest_in("oci-archive", &own, "old", home), expected);
        let kept = fs::read(&own).expect("it is there");
        let again = Program::under_test(home).arguments(["--break-system-packages", "--image"]);
        again.argument(&own).run().expect_success();
        assert!(kept == fs::read(&own).expect("it is there"), "nothing was to do");

        // Another image beside the first, in place and not.
        layout
            .tool("amd64")
            .argument("--output")
            .argument(image(&layout.path, "both"))
            .run()
            .expect_success();
        assert_eq!(digest(&layout.path, "both"), expected);
        assert_eq!(digest_in("oci", &layout.path, "both", home), expected);
        let added = Tree::of(&layout.path);
        let lost: Vec<&Path> = before.paths().filter(|path| !added.has(path)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        layout
            .tool("arm64")
            .argument("--output")
            .argument(image(&archive, "arm"))
            .run()
            .expect_success();
        assert_eq!(digest_in("oci-archive", &archive, "app:1.0", home), expected);
        assert_ne!(digest_in("oci-archive", &archive, "arm", home), expected);
    });
}

/// The digest that skopeo computes of the manifest that a reference names.
fn digest_in(transport: &str, place: &Path, reference: &str, home: &Path) -> String {
    let skopeo = Program::new("skopeo".as_ref(), home).arguments(["--override-arch", "amd64"]);
    let skopeo =
        skopeo.arguments(["--override-arch", if reference == "arm" { "arm64" } else { "amd64" }]);
    let skopeo = skopeo.arguments(["inspect", "--format", "{{.Digest}}"]);
    let told = skopeo.argument(format!("{transport}:{}", image(place, reference))).run();
    told.expect_success().stdout().trim_end().to_owned()
}

/// How many layers an image has.
fn layers(inspected: &Value) -> usize {
    inspected["Layers"].as_array().expect("it lists layers").len()
}
