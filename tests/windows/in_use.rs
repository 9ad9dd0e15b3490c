//! Files that Windows does not release: those of a running program, read-only ones, those of another
//! run.

use super::{Image, with_wine};
use crate::support::tree::Tree;
use crate::support::windows_stand_in as stand_in;
use crate::support::wine::{compile, windows_path};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The interpreter in the scripts.
const PYTHON: &str = r"C:\Python313\python.exe";

/// The scripts of the wheel.
const SCRIPTS: [&str; 3] = ["pip3.13.exe", "pip3.exe", "window.exe"];

/// Looks into a directory as soon as it is there, as a concurrent run does, and keeps it open until
/// 200 ms after a file is there. Makes another directory when it starts. Gives up after a minute.
const LOOKER: &str = r"
    #include <windows.h>
    static int give_up(ULONGLONG start) { Sleep(1); return GetTickCount64() - start > 60000; }
    int wmain(int count, wchar_t **paths) {
        ULONGLONG start = GetTickCount64();
        HANDLE directory = INVALID_HANDLE_VALUE;
        if (count != 4 || !CreateDirectoryW(paths[3], NULL)) return 2;
        while (directory == INVALID_HANDLE_VALUE) {
            if (give_up(start)) return 3;
            directory = CreateFileW(paths[1], GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
        }
        while (GetFileAttributesW(paths[2]) == INVALID_FILE_ATTRIBUTES)
            if (give_up(start)) return 4;
        Sleep(200);
        return CloseHandle(directory) ? 0 : 5;
    }
";

/// It keeps running under another name, which the first run after its end removes.
#[test]
fn windows_running_script_is_replaced() {
    with_wine("a script in use", |wine| {
        let image = Image::new();
        let executable = windows_path(&image.prefix.join("python.exe"));
        let install = |options: &[&str]| image.tool(wine, &executable).arguments(options).run();
        install(&[]).expect_success();
        let script = image.prefix.join("Scripts/pip3.exe");
        let waiting = image.scratch.work().join("waiting");
        thread::scope(|scope| {
            let running = scope.spawn(|| {
                let program = wine.program(&script, image.scratch.home());
                program.environment("STAND_IN_WAITS", &windows_path(&waiting)).run()
            });
            while !waiting.exists() {
                assert!(!running.is_finished(), "it ended before it waited");
                thread::sleep(Duration::from_millis(20));
            }
            let upgrade = || {
                image.make_older();
                install(&["--upgrade"])
            };
            // The second upgrade finds the file that the first could not remove. The waiting program is
            // released before the results are checked: nothing else ends it.
            let first = upgrade();
            let second = first.succeeded().then(upgrade);
            fs::remove_dir(&waiting).expect("it waits for that");
            first.expect_success();
            second.expect("the first has succeeded").expect_success();
            let run = running.join().expect("it was waited for");
            assert_eq!(run.status(), Some(stand_in::STATUS), "{run}");
        });
        install(&[]).expect_success();
        assert_eq!(image.scripts(), SCRIPTS);
        Ok(())
    });
}

/// For Wine, a file that its user may not write is read-only. These files can be moved away; but
/// Wine 8 lets nobody remove them, which Windows 10 does for requests like Rust's. So they stay in
/// the stage.
#[test]
fn windows_read_only_files_are_replaced() {
    with_wine("read-only files", |wine| {
        let image = Image::new();
        let is_left = |path: &Path| path.to_string_lossy().contains("/.ensurepip-host-");
        let tree = || {
            let mut tree = Tree::of(&image.root);
            tree.forget(is_left);
            tree
        };
        let before = tree();
        image.tool(wine, PYTHON).run().expect_success();
        let installed = tree();
        let added = installed.files_added_to(&before);
        assert!(added.iter().any(|path| path.ends_with("pip/__init__.py")), "{added:?}");
        for path in added {
            let read_only = Permissions::from_mode(0o444);
            fs::set_permissions(image.root.join(path), read_only).expect("a mode can be set");
        }
        image.make_older();
        image.tool(wine, PYTHON).argument("--upgrade").run().expect_success();
        let differences = installed.differences("installed", &tree(), "upgraded");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        Ok(())
    });
}

/// The lock is a file there: one run waits for the other, and finds the work done.
#[test]
fn windows_concurrent_runs_leave_one_result() {
    with_wine("locks", |wine| {
        let (image, alone) = (Image::new(), Image::new());
        alone.tool(wine, PYTHON).run().expect_success();
        thread::scope(|scope| {
            let run = || image.tool(wine, PYTHON).run().expect_success();
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            for run in runs {
                run.join().expect("it ends well");
            }
        });
        // The two stand-ins are compiled at different times.
        let programs = |path: &Path| path.parent() == Some(Path::new("Python313"));
        let (mut one, mut other) = (Tree::of(&alone.root), Tree::of(&image.root));
        one.forget(programs);
        other.forget(programs);
        let differences = one.differences("alone", &other, "together");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        Ok(())
    });
}

/// Windows keeps a directory that any process has open.
#[test]
fn windows_stage_that_another_program_looks_into_is_removed() {
    with_wine("a stage in use", |wine| {
        let image = Image::new();
        let looker = image.scratch.work().join("looker.exe");
        compile(LOOKER, &["-municode"], &looker);
        let library = image.prefix.join("Lib/site-packages");
        let stage = library.join(".ensurepip-host-stage");
        let started = image.scratch.work().join("started");
        thread::scope(|scope| {
            let looking = scope.spawn(|| {
                let looker = wine.program(&looker, image.scratch.home());
                let metadata = library.join("pip-99.dist-info/METADATA");
                let paths = [&stage, &metadata, &started].map(|path| windows_path(path));
                looker.arguments(paths).run()
            });
            while !started.exists() {
                assert!(!looking.is_finished(), "it ended before it looked");
                thread::sleep(Duration::from_millis(20));
            }
            image.tool(wine, PYTHON).run().expect_success();
            looking.join().expect("it was waited for").expect_success();
        });
        assert!(!stage.exists());
        Ok(())
    });
}
