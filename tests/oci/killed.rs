//! Is the layout the old one or the new one, whenever the program is killed or the disk is full?
//!
//! `strace` kills the program (SIGKILL) at the system calls of its first thread that change the layout,
//! which make all changes to it. After the kill, the image must be the old or the new one, and every blob
//! must be whole. One more run must leave what an undisturbed run leaves.

use rustix::process::Signal;
use std::fs;
use std::path::{Path, PathBuf};

use super::with_layout;
use crate::crash::calls::{self, Call};
use crate::crash::full_disk::Disk;
use crate::crash::{every, report_missing_strace, victim};
use crate::support::announce::{announce, report_skipped};
use crate::support::copy::link_tree;
use crate::support::layouts::{Layout, image};
use crate::support::made_wheels::small_pip;
use crate::support::process::{Finished, Program};
use crate::support::tree::Tree;

/// The prefix of every temporary name.
const UNDER_WAY: &str = ".ensurepip-host";

/// The name of the image in each layout here.
const REFERENCE: &str = "app";

/// One of this many writes to an archive is tried, unless the environment variable asks for more.
const OF_WRITES: usize = 60;

/// A place that a command changes, and can be restored.
struct Ground<'test> {
    layout: &'test Layout,
    /// The directory with the layout.
    place: PathBuf,
    /// Its initial contents.
    kept: PathBuf,
    before: Tree,
    /// What an undisturbed run leaves.
    after: Tree,
    arguments: Vec<String>,
    /// The file that lists the images, relative to the place.
    index: &'static str,
    /// The image, as skopeo names it.
    named: String,
}

#[test]
fn killed_run_leaves_old_or_new_layout() {
    kill_at_each_call("a layout", |layout, place| {
        copy_image(layout, &format!("oci:{}", image(&place.join("it"), REFERENCE)));
        (image(&place.join("it"), REFERENCE), None, "it/index.json")
    });
}

#[test]
fn killed_run_leaves_old_or_new_archive() {
    kill_at_each_call("an archive", |layout, place| {
        copy_image(layout, &format!("oci-archive:{}", image(&place.join("it.tar"), REFERENCE)));
        (image(&place.join("it.tar"), REFERENCE), None, "it.tar")
    });
}

#[test]
fn killed_run_leaves_no_output_or_all_of_it() {
    kill_at_each_call("an output", |layout, place| {
        let output = image(&place.join("it"), REFERENCE);
        (image(&layout.path, "amd64"), Some(output), "it/index.json")
    });
}

/// Copies the image `amd64` alone.
fn copy_image(layout: &Layout, to: &str) {
    let skopeo = Program::new("skopeo".as_ref(), layout.scratch.home());
    let skopeo = skopeo.arguments(["copy", "--preserve-digests"]);
    skopeo
        .argument(format!("oci:{}", image(&layout.path, "amd64")))
        .argument(to)
        .run()
        .expect_success();
}

/// Kills a command at its calls. `prepare` fills a directory, and returns the image, the output, and the
/// file in the directory that lists the images.
fn kill_at_each_call(
    name: &str,
    prepare: impl FnOnce(&Layout, &Path) -> (String, Option<String>, &'static str),
) {
    with_layout(&format!("{name} and a kill"), |layout| {
        let place = layout.scratch.work().join("place");
        fs::create_dir(&place).expect("the name is free");
        let (source, output, index) = prepare(layout, &place);
        let Some((ground, calls)) = Ground::new(layout, place, &source, output.as_deref(), index)
        else {
            return report_missing_strace(name);
        };
        let is_all = every(1) == 1;
        let writes = calls.iter().filter(|call| call.name.contains("write")).count();
        let step = if is_all || writes < OF_WRITES { 1 } else { OF_WRITES };
        let (mut tried, mut written, mut old, mut failures) = (0, 0, 0, Vec::new());
        for call in &calls {
            if call.name.contains("write") {
                written += 1;
                if written % step != step / 2 {
                    continue;
                }
            }
            tried += 1;
            match ground.try_once(call) {
                Ok(is_old) => old += usize::from(is_old),
                Err(fault) => failures.push(format!("{} {}: {fault}", call.name, call.number)),
            }
        }
        assert!(failures.is_empty(), "{} of {tried}:\n{}", failures.len(), failures.join("\n"));
        // The image is not the first thing that is changed. The rename of an archive is the last one, and a
        // run that is killed there has not renamed it; in a layout, the lock is removed after that.
        let is_last = ground.index.ends_with(".tar");
        assert!(tried > 5 && old > 3 && (old < tried) != is_last, "{old} of {tried}");
        let kept = Tree::of(&ground.kept);
        assert!(ground.before.differences("before", &kept, "after").is_empty());
        let calls = calls.len();
        announce(&format!("{name}, killed at {tried} of {calls} calls: the old image after {old}"));
    });
}

impl<'test> Ground<'test> {
    /// Runs the command undisturbed, and returns the calls that changed the place. Nothing if they cannot be
    /// traced.
    fn new(
        layout: &'test Layout,
        place: PathBuf,
        source: &str,
        output: Option<&str>,
        index: &'static str,
    ) -> Option<(Ground<'test>, Vec<Call>)> {
        let work = layout.scratch.work();
        let wheels = work.join("wheels");
        small_pip("99.0").write(&wheels);
        // With it, the layers are known from the second run on.
        fs::create_dir(layout.scratch.home().join(".cache")).expect("the name is free");
        let mut arguments = vec!["--break-system-packages".to_owned(), "--wheel-dir".to_owned()];
        arguments.extend([wheels.display().to_string(), "--image".to_owned(), source.to_owned()]);
        if let Some(output) = output {
            arguments.extend(["--output".to_owned(), output.to_owned()]);
        }
        let transport = if index.ends_with(".tar") { "oci-archive" } else { "oci" };
        let named = format!("{transport}:{}", output.unwrap_or(source));
        let kept = work.join("kept");
        link_tree(&place, &kept);
        let before = Tree::of(&place);
        Program::without_cache(layout.scratch.home()).arguments(&arguments).run().expect_success();
        let after = Tree::of(&place);
        assert!(!before.has_same(&after, index.as_ref()), "the run changes something");
        let ground = Ground { layout, place, kept, before, after, arguments, index, named };
        let probe = ground.strace("/dev/null".as_ref(), None).argument("true").run();
        if !probe.succeeded() {
            announce(&probe.to_string());
            return None;
        }
        ground.restore();
        let (traced, log) = ground.traced(None);
        traced.expect_success();
        ground.expect_after("traced").unwrap_or_else(|fault| panic!("{fault}"));
        let place = ground.place.display().to_string();
        let calls = calls::changing(&log).into_iter();
        let calls = calls.filter(|call| call.arguments.contains(&place)).collect();
        Some((ground, calls))
    }

    /// Kills a run at a call, checks what it has left, and completes it. Returns whether the image was the old
    /// one.
    fn try_once(&self, call: &Call) -> Result<bool, String> {
        self.restore();
        let Call { name, number, .. } = call;
        let (finished, _) = self.traced(Some(&format!("{name}:signal=KILL:when={number}")));
        if finished.signal() != Some(Signal::KILL.as_raw()) {
            return Err(format!("not killed: {finished}"));
        }
        let mut now = Tree::of(&self.place);
        now.forget(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNDER_WAY))
        });
        let unknown = now.unknown_to(&[&self.before, &self.after]);
        if !unknown.is_empty() {
            return Err(unknown.join("\n"));
        }
        let index = self.index.as_ref();
        let is_old = now.has_same(&self.before, index);
        let whole = if is_old { &self.before } else { &self.after };
        let lost: Vec<&Path> = whole.paths().filter(|path| !now.has_same(whole, path)).collect();
        if !lost.is_empty() {
            return Err(format!("lost: {lost:?}"));
        }
        if now.has(index) {
            let skopeo = Program::new("skopeo".as_ref(), self.layout.scratch.home());
            let inspected =
                skopeo.arguments(["--override-arch", "amd64", "inspect", &self.named]).run();
            if !inspected.succeeded() {
                return Err(inspected.to_string());
            }
        }
        let again =
            Program::without_cache(self.layout.scratch.home()).arguments(&self.arguments).run();
        if !again.succeeded() {
            return Err(again.to_string());
        }
        self.expect_after("completed").map(|()| is_old)
    }

    fn expect_after(&self, what: &str) -> Result<(), String> {
        let differences = self.after.differences("undisturbed", &Tree::of(&self.place), what);
        if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
    }

    fn restore(&self) {
        fs::remove_dir_all(&self.place).expect("it is the test's own");
        link_tree(&self.kept, &self.place);
    }

    /// Runs the tool under strace, which kills it at one of its calls. Returns the log as well.
    fn traced(&self, inject: Option<&str>) -> (Finished, String) {
        let log = self.layout.scratch.work().join("calls");
        let strace = self.strace(&log, inject).argument(victim::TOOL);
        let finished = strace.arguments(&self.arguments).run();
        let text = fs::read(&log).expect("strace writes a log");
        (finished, String::from_utf8_lossy(&text).into_owned())
    }

    /// `strace` with the paths of handles, without the program to run.
    fn strace(&self, log: &Path, inject: Option<&str>) -> Program {
        let strace = Program::new("strace".as_ref(), self.layout.scratch.home());
        let strace = strace.arguments(["-qq", "-y", "-e"]).argument(victim::TRACED);
        let strace = strace.argument("-o").argument(log);
        match inject {
            Some(inject) => strace.argument("-e").argument(format!("inject={inject}")),
            None => strace,
        }
    }
}

/// On a separate file system in memory, whose space grows from run to run.
#[test]
fn full_disk_leaves_old_layout() {
    // Bytes, then files: the lock, and one for each blob and for the index.
    for (option, rooms) in
        [("size", &[0, 16 << 10, 1 << 20, 8 << 20][..]), ("nr_inodes", &[0, 1, 2, 9])]
    {
        with_layout(&format!("full disk by {option}"), |layout| {
            let place = layout.scratch.work().join("disk");
            fs::create_dir(&place).expect("the name is free");
            let Some(disk) = Disk::mount(&place) else {
                return report_skipped(
                    "OCI images, a full disk",
                    "a file system that can be mounted",
                );
            };
            copy_image(layout, &format!("oci:{}", image(&place.join("it"), REFERENCE)));
            let before = Tree::of(&place);
            let used = disk.used(option);
            let run = || {
                let tool = Program::under_test(layout.scratch.home());
                let tool = tool.arguments(["--break-system-packages", "--image"]);
                tool.argument(image(&place.join("it"), REFERENCE)).run()
            };
            let (last, too_small) = rooms.split_last().expect("there are some");
            for room in too_small {
                disk.limit(option, used + room);
                let finished = run();
                assert_eq!(finished.status(), Some(1), "{option} {room}: {finished}");
                assert!(finished.stderr().starts_with("error: "), "{option} {room}: {finished}");
                let mut now = Tree::of(&place);
                // Blobs that were complete may stay: nothing refers to them.
                now.forget(|path| {
                    path.parent().is_some_and(|it| it.ends_with("sha256")) && !before.has(path)
                });
                let differences = before.differences("before", &now, "after");
                assert!(differences.is_empty(), "{option} {room}:\n{}", differences.join("\n"));
            }
            disk.limit(option, used + last);
            run().expect_success();
            let inspect = crate::support::layouts::inspect;
            let inspected = inspect(&place.join("it"), REFERENCE, "amd64", layout.scratch.home());
            assert_eq!(inspected["Layers"].as_array().map(Vec::len), Some(3));
        });
    }
}
