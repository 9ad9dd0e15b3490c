//! Does the same command give the same digests for every user, at any time and in any place?

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::with_layout;
use crate::support::layouts::image;
use crate::support::process::Program;
use crate::support::tree::Tree;
use crate::support::users::{as_nobody, copy_tool};

/// Longer than the unit of any recorded time.
const A_WHILE: Duration = Duration::from_millis(1100);

/// The time of a run that states one: 2023-11-14 22:13:20 UTC.
const EPOCH: (&str, &str) = ("1700000000", "2023-11-14T22:13:20Z");

/// By root and by another user, with another umask, zone, place, cache and number of CPUs: index, blobs
/// and archive are equal to the byte.
#[test]
fn oci_image_is_byte_reproducible_by_any_user() {
    with_layout("reproducible", |layout| {
        let scratch = &layout.scratch;
        let tool = copy_tool(scratch);
        let nobodys = scratch.work().join("nobody's/home");
        fs::create_dir_all(nobodys.join("tmp")).expect("the name is free");
        fs::create_dir(nobodys.join(".cache")).expect("the name is free");
        let chown = Command::new("chown").args(["-R", "65534:65534"]).arg(&nobodys).status();
        assert!(chown.is_ok_and(|status| status.success()));
        // `umoci` makes files for their owner only.
        let chmod = Command::new("chmod").args(["-R", "a+rX"]).arg(&layout.path).status();
        assert!(chmod.is_ok_and(|status| status.success()));
        let from = image(&layout.path, "all");
        let run = |program: Program, output: &Path, epoch: Option<&str>| {
            let program = program.arguments(["--break-system-packages", "--image", &from]);
            let program = program.argument("--output").argument(image(output, "app"));
            let program = match epoch {
                Some(epoch) => program.environment("SOURCE_DATE_EPOCH", epoch),
                None => program,
            };
            program.run().expect_success();
        };
        let first = scratch.work().join("first");
        for (epoch, suffix) in [(None, ""), (Some(EPOCH.0), ".tar")] {
            let one = first.with_extension(suffix.trim_start_matches('.'));
            let program = Program::new(&tool, scratch.home()).umask("077");
            run(program.environment("TZ", "Asia/Kolkata"), &one, epoch);
            sleep(A_WHILE);
            for number in ["second", "third, with a cache"] {
                let other = nobodys.join(format!("{number}{suffix}"));
                let taskset = as_nobody("taskset".as_ref(), &nobodys).argument("--cpu-list");
                let program = taskset.argument(first_cpu()).argument(&tool).umask("000");
                let program = program.environment("TZ", "America/St_Johns");
                let tmp = nobodys.join("tmp");
                run(program.environment("TMPDIR", &tmp.to_string_lossy()), &other, epoch);
                expect_same(&one, &other, number);
            }
        }
        // The time is that of the run where the run states one, and the base's otherwise.
        let created = |archive: &str, place: &Path| {
            let skopeo = Program::new("skopeo".as_ref(), scratch.home());
            let skopeo = skopeo.arguments(["--override-arch", "arm64", "inspect"]);
            let told = skopeo.argument(format!("{archive}:{}", image(place, "app"))).run();
            let told: Value =
                serde_json::from_str(&told.expect_success().stdout()).expect("it is JSON");
            told["Created"].as_str().expect("an image has a time").to_owned()
        };
        assert_eq!(created("oci-archive", &first.with_extension("tar")), EPOCH.1);
        assert!(created("oci", &first).as_str() > EPOCH.1);
    });
}

/// Compares two layouts, or two archives. Modes are the umask's.
fn expect_same(one: &Path, other: &Path, name: &str) {
    if one.is_file() {
        let [one, other] = [one, other].map(|place| fs::read(place).expect("it is there"));
        return assert!(one == other, "the archives differ: root, {name}");
    }
    let [one, other] = [one, other].map(|place| {
        let mut tree = Tree::of(place);
        tree.change_modes(|_| 0);
        tree
    });
    let differences = one.differences("root", &other, name);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The first of the CPUs that this process may use.
fn first_cpu() -> String {
    let status = fs::read_to_string("/proc/self/status").expect("there is /proc");
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let allowed = allowed.expect("a process has CPUs").trim();
    allowed.split([',', '-']).next().expect("there is one").to_owned()
}
