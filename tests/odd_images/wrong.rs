//! Wrong uses of `--image` and `--output`.

use super::{missing, run, script};
use crate::support::announce::{announce, fail_if_required};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Arguments, exit code, and what the error contains. `A` is a layout with one image, `B` one with two.
const WRONG: &[(&[&str], i32, &str)] = &[
    (&["--image", "none"], 1, "cannot open `none`: No such file or directory"),
    (&["--image", "none:tag"], 1, "cannot open `none`: No such file or directory"),
    (&["--image", ""], 1, "No such file or directory"),
    (&["--image", "text"], 1, "`text` is not an OCI image layout: not a tar archive"),
    (&["--image", "empty"], 1, "`empty` is not an OCI image layout: no `oci-layout`"),
    (&["--image", "folder"], 1, "`folder` is not an OCI image layout: no `oci-layout`"),
    (&["--image", "A/blobs"], 1, "is not an OCI image layout: no `oci-layout`"),
    (&["--image", "A/index.json"], 1, "is not an OCI image layout: not a tar archive"),
    (&["--image", "marked"], 1, "`marked` is not an OCI image layout: no `index.json`"),
    (&["--image", "layout.tar.gz"], 1, "compressed with gzip; `gzip -dc"),
    (&["--image", "docker.tar"], 1, "`skopeo copy docker-archive:"),
    (&["--image", "/dev/null"], 1, "neither a directory nor a regular file"),
    (&["--image", "A:none"], 1, "no reference `none`; references: `tag`"),
    (&["--image", "link:none"], 1, "no reference `none`; references: `tag`"),
    (&["--image", "a:b:none"], 1, "no reference `none`; references: `tag`"),
    (
        &["--image", "B"],
        1,
        "contains several images, so `:REF` is needed; references: `other`, `tag`",
    ),
    (
        &["--image", "A", "--platform", "linux/arm64"],
        1,
        "no image for linux/arm64; platforms: linux/amd64",
    ),
    (&["--image", "A", "--platform", "arm64"], 2, "`arm64` is not OS/ARCH"),
    (&["--platform", "linux/amd64"], 2, "--image"),
    (&["--output", "new"], 2, "--image"),
    (&["--image", "A", "--root", "/"], 2, "cannot be used with"),
    (&["--image", "A", "--user"], 2, "cannot be used with"),
    (&["--image", "A", "--prefix", "opt"], 2, "absolute path"),
    (&["--image", "A", "--python", "/usr/bin/none"], 1, "has no `/usr/bin/none`"),
    (&["--image", "A", "--wheel-dir", "/none"], 1, "no wheel of pip in `/none`"),
    (
        &["--image", "A", "--output", "text"],
        1,
        "`text` is not an OCI image layout: not a tar archive",
    ),
    (&["--image", "A", "--output", "folder"], 1, "no `oci-layout`, but other files"),
    (&["--image", "A", "--output", "none/new"], 1, "cannot create `none/new`"),
    (&["--image", "A", "--output", "none/new.tar"], 1, "cannot open `none`"),
    (
        &["--image", "A", "--output", "new:bad reference"],
        1,
        "`bad reference` is not a valid reference",
    ),
];

#[test]
fn wrong_uses_are_explained_and_change_nothing() {
    let missing = missing(&["python3", "tar", "gzip"]);
    if !missing.is_empty() {
        announce(&format!("wrong uses: 0 cells ran; missing: {}", missing.join(", ")));
        return fail_if_required(&missing);
    }
    let scratch = Scratch::new();
    let work = scratch.work();
    run(script("odd.py").arg(work).arg("uncompressed"));
    make(work);
    let before = Tree::of(work);
    for (arguments, code, words) in WRONG {
        let tool = Program::under_test(scratch.home()).current_directory(work);
        let refused = tool.arguments(*arguments).run();
        assert_eq!(refused.status(), Some(*code), "{refused}");
        assert!(refused.stderr().starts_with("error: "), "{refused}");
        assert!(refused.stderr().contains(words), "{words}: {refused}");
    }
    let changes = before.differences("before", &Tree::of(work), "after");
    assert!(changes.is_empty(), "{changes:?}");
}

/// A dry run writes nothing, whether there is something to do or not.
#[test]
fn dry_run_writes_no_output() {
    let missing = missing(&["python3"]);
    if !missing.is_empty() {
        announce("dry run of an image: 0 cells ran; missing: python3");
        return fail_if_required(&missing);
    }
    let scratch = Scratch::new();
    let work = scratch.work();
    run(script("odd.py").arg(work).arg("uncompressed"));
    let tool = |options: &[&str]| {
        let tool = Program::under_test(scratch.home()).current_directory(work);
        tool.arguments(["--image", "uncompressed:tag"]).arguments(options).run().expect_success()
    };
    for _ in 0..2 {
        let before = Tree::of(work);
        for output in ["new", "new.tar", "uncompressed:other"] {
            tool(&["--dry-run", "--output", output]);
        }
        let changes = before.differences("before", &Tree::of(work), "after");
        assert!(changes.is_empty(), "{changes:?}");
        tool(&["--no-compile"]);
    }
}

/// Makes the files that the arguments name.
fn make(work: &Path) {
    let (write, join) =
        (|name, text: &str| fs::write(work.join(name), text), |name| work.join(name));
    fs::rename(join("uncompressed"), join("A")).expect("it can be renamed");
    write("text", "some text\n").expect("there is room");
    write("empty", "").expect("there is room");
    for name in ["folder", "marked"] {
        fs::create_dir(join(name)).expect("a directory can be made");
    }
    write("folder/file", "").expect("there is room");
    fs::copy(join("A/oci-layout"), join("marked/oci-layout")).expect("there is room");
    symlink("A", join("link")).expect("a link can be made");
    let shell = "cp -a A a:b; cp -a A B; tar -C A -cf layout.tar .; gzip layout.tar
        echo '[]' > manifest.json; tar -cf docker.tar manifest.json; rm manifest.json";
    run(Command::new("sh").args(["-ec", shell]).current_dir(work));
    let index = fs::read_to_string(join("B/index.json")).expect("it is text");
    let start = index.find("[{").expect("it has a list") + 1;
    let one = index[start..].trim_end().trim_end_matches("]}");
    let two = one.replace("\"tag\"", "\"other\"");
    write("B/index.json", &format!("{}{one}, {two}]}}", &index[..start])).expect("there is room");
}
