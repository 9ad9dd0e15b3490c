//! An image in the lower layer, as a root, and as the base of a Containerfile.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::announce::{announce, fail_if_required};
use crate::support::images::{BOOKWORM, Image};
use crate::support::overlay::{KINDS, Overlay};
use crate::support::pip_wheel::{OLDER, PipWheel};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;

/// Builds two images, one on the other, in a storage of their own. Builders leave mounts behind, which
/// disappear with the namespace of this shell.
const BUILD: &str = r#"
    work=$1 image=$2 context=$3
    bud() {
        buildah --root "$work/storage" --runroot "$work/run" --storage-driver overlay \
            bud --isolation chroot --layers --tag "$@"
    }
    bud localhost/base --file "$context/Base" "$image"
    bud localhost/app --file "$context/Containerfile" "$context"
"#;

/// An image with the older pip in it, installed by the tool.
fn with_older_pip(scratch: &Scratch) -> Option<Image> {
    let image = match BOOKWORM.copy_to(&scratch.work().join("image")) {
        Ok(image) => image,
        Err(missing) => {
            announce(&format!("no image on an overlay, for want of {missing}"));
            fail_if_required(&[missing]);
            return None;
        }
    };
    let wheels = PipWheel::of(OLDER).alone_in(scratch.work().join("wheels"));
    image.tool(scratch.home()).argument("--wheel-dir").argument(wheels).run().expect_success();
    Some(image)
}

#[test]
fn overlay_root_changes_equal_plain_root() {
    let scratch = Scratch::on_disk();
    let Some(mut image) = with_older_pip(&scratch) else { return };
    let lower = std::mem::replace(&mut image.root, scratch.work().join("root"));
    let local = |root: &Path| Tree::of(&root.join("usr/local"));
    for arguments in [&["-U"][..], &["uninstall", "--wheel-dir"]] {
        let run = || {
            let tool = Program::under_test(scratch.home()).arguments(arguments);
            let wheels = scratch.work().join("wheels");
            let tool = if arguments.len() > 1 { tool.argument(wheels) } else { tool };
            let tool = tool.arguments(["--break-system-packages", "--root"]);
            tool.argument(&image.root).run().expect_success();
        };
        crate::support::images::copy(&lower, &image.root);
        run();
        let expected = local(&image.root);
        fs::remove_dir_all(&image.root).expect("it is the test's own");
        for kind in KINDS.iter().filter(|kind| kind.is_first_choice) {
            let Ok(_overlay) = Overlay::mount(kind, &lower, &image.root) else {
                announce(&format!("no root is tried on {}", kind.name));
                fail_if_required(&[kind.name.to_owned()]);
                continue;
            };
            run();
            let differences = expected.differences("elsewhere", &local(&image.root), kind.name);
            assert!(differences.is_empty(), "{}", differences.join("\n"));
        }
        // The mount point; the next copy needs an unused name.
        fs::remove_dir(&image.root).expect("nothing is mounted there any more");
    }
}

#[test]
fn containerfile_upgrades_pip_of_base_image() {
    let scratch = Scratch::on_disk();
    let Some(image) = with_older_pip(&scratch) else { return };
    if Command::new("buildah").arg("--version").output().is_err() {
        announce("no Containerfile is built, for want of buildah");
        return fail_if_required(&["buildah".to_owned()]);
    }
    let context = scratch.work().join("context");
    fs::create_dir(&context).expect("the name is free");
    let tool = env!("CARGO_BIN_EXE_ensurepip-host");
    fs::copy(tool, context.join("ensurepip-host")).expect("it can be copied");
    fs::write(context.join("Base"), "FROM scratch\nCOPY . /\n").expect("it can be written");
    fs::write(
        context.join("Containerfile"),
        // The image has no shell.
        "FROM localhost/base\n\
         COPY ensurepip-host /usr/local/bin/\n\
         RUN [\"ensurepip-host\", \"-U\", \"--break-system-packages\"]\n\
         RUN [\"python3\", \"-m\", \"pip\", \"--version\"]\n\
         RUN [\"ensurepip-host\", \"uninstall\", \"--break-system-packages\"]\n\
         RUN [\"ensurepip-host\", \"--break-system-packages\"]\n\
         RUN [\"python3\", \"-m\", \"pip\", \"check\"]\n",
    )
    .expect("it can be written");
    let work = scratch.work();
    let built = Program::new(Path::new("unshare"), scratch.home())
        .arguments(["--mount", "sh", "-ec", BUILD, "sh"])
        .arguments([work, &image.root, &context])
        .run()
        .expect_success();
    let told = built.stdout();
    assert!(told.contains(&format!("Successfully installed pip-{}", BOOKWORM.pip)), "{told}");
    assert!(told.contains(&format!("\npip {} from ", BOOKWORM.pip)), "{told}");
}
