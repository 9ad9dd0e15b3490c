//! Do the tools that others use for images accept the result, and does pip start in it?

use serde_json::Value;
use std::path::Path;
use std::thread;

use super::with_layout;
use crate::images::debian::{expect_version, pip};
use crate::support::images::Recipe;
use crate::support::layouts::{Layout, PLATFORMS, buildah, digest, image, inspect, unpack};
use crate::support::process::Program;
use crate::support::scratch::Scratch;

/// The environment variable that requests emulation of every CPU, which takes long.
const ALL: &str = "ENSUREPIP_HOST_TEST_ARCHITECTURES";

/// The CPU that is always emulated.
const EMULATED: &str = "arm64";

#[test]
fn real_tools_accept_image_of_three_platforms() {
    with_layout("real tools", |layout| {
        let before = digest(&layout.path, "all");
        let done = layout.tool("all").argument("--json").run().expect_success();
        assert_eq!(done.stderr(), "");
        let report: Value = serde_json::from_str(&done.stdout()).expect("it is JSON");
        let now = digest(&layout.path, "all");
        assert_ne!(now, before);
        assert_eq!(report["digest"], now.as_str());

        let home = layout.scratch.home();
        for (cpu, _) in PLATFORMS {
            let platforms = report["platforms"].as_array().expect("it lists platforms");
            let name = format!("linux/{cpu}");
            let mut platforms = platforms.iter().filter(|it| it["platform"] == name.as_str());
            let platform = platforms.next().expect("each platform is reported");
            let (old, new) =
                (inspect(&layout.path, cpu, cpu, home), inspect(&layout.path, "all", cpu, home));
            assert_eq!(new["Architecture"], *cpu);
            assert_eq!(new["Created"], old["Created"], "a run has no time of its own");
            let mut layers = old["Layers"].as_array().expect("it lists layers").clone();
            layers.push(platform["layer"]["digest"].clone());
            assert_eq!(new["Layers"], Value::Array(layers));
        }
        thread::scope(|scope| {
            for (cpu, recipe) in PLATFORMS {
                scope.spawn(|| start_pip(layout, cpu, recipe));
            }
        });
    });
}

/// Starts pip in what `umoci` unpacks and in what `buildah` makes of the image for a CPU.
fn start_pip(layout: &Layout, cpu: &str, recipe: &'static Recipe) {
    let scratch = Scratch::new();
    let is_own = recipe.emulator().is_none();
    let is_emulated = cpu == EMULATED || std::env::var_os(ALL).is_some_and(|value| value == "1");
    // `umoci` takes no index.
    let single = scratch.work().join("single");
    let skopeo =
        Program::new("skopeo".as_ref(), scratch.home()).arguments(["--override-arch", cpu]);
    skopeo
        .arguments(["copy", "--preserve-digests"])
        .argument(format!("oci:{}", image(&layout.path, "all")))
        .argument(format!("oci:{}", image(&single, cpu)))
        .run()
        .expect_success();
    let unpacked = unpack(&single, cpu, recipe, &scratch);
    if is_own || is_emulated {
        expect_version(&unpacked, pip(&unpacked, &scratch));
    }

    // Of a path with capital letters, `buildah` says that it is no valid name.
    let from = buildah(scratch.work()).arguments(["from", "--name", "made", "--arch", cpu]);
    let from = from.argument("oci:layout:all").current_directory(layout.scratch.work());
    from.run().expect_success();
    if is_own {
        let run = buildah(scratch.work()).arguments(["run", "--isolation", "chroot", "made", "--"]);
        expect_version(&unpacked, run.arguments([recipe.python, "-m", "pip"]));
    }
    let mounted = buildah(scratch.work()).arguments(["mount", "made"]).run().expect_success();
    let mounted = mounted.stdout();
    let library = Path::new(mounted.trim_end()).join(recipe.library);
    assert!(library.join(format!("pip-{}.dist-info/METADATA", recipe.pip)).is_file());
}
