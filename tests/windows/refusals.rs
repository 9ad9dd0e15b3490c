//! Names that Windows reads as others, and Pythons that are not valid.

use super::with_wine;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::tree::Tree;
use crate::support::wheel_builder::WheelBuilder;
use crate::support::windows_stand_in as stand_in;
use crate::support::wine::{own_stderr, windows_path};
use std::path::Path;

/// Names of files in a wheel. Each is that of a device, of a stream, of another file or of one in
/// another directory, or is impossible.
const NAMES: &[&str] = &[
    "pip/con",
    "pip/aux.py",
    "pip/NUL.tar.gz",
    "pip/com1/x.py",
    "pip/LPT\u{b9}",
    "pip/conin$",
    "pip/trailing.",
    "pip/trailing ",
    "pip./x.py",
    "pip/__init__.py::$DATA",
    "pip/x.py:stream",
    "c:/x.py",
    "c:x.py",
    "pip\\x.py",
    "..\\x.py",
    "\\\\?\\c:\\x.py",
    "pip/../../x.py",
    "/x.py",
    "pip/a*b",
    "pip/a\"b",
    "pip/__INIT__.py",
    "PIP/x.py",
];

#[test]
fn windows_hostile_names_are_refused_as_on_linux() {
    with_wine("hostile names", |wine| {
        let scratch = Scratch::new();
        let (image, wheels) = (scratch.work().join("image"), scratch.work().join("wheels"));
        stand_in::make(&image.join("Python313"));
        let pip = WheelBuilder::new("pip", "99", &[("pip/__init__.py", "")]);
        let run = |tool: Program, shown: &dyn Fn(&Path) -> String| {
            let tool = tool.arguments(["--root", &shown(&image), "--wheel-dir", &shown(&wheels)]);
            tool.arguments(["--executable", r"C:\Python313\python.exe"]).run()
        };
        let here = |path: &Path| path.to_str().expect("it is UTF-8").to_owned();
        let before = Tree::of(&image);
        for hostile in NAMES {
            pip.clone().file(hostile, "").write(&wheels);
            let ours = run(Program::under_test(scratch.home()), &here);
            let theirs = run(wine.tool(scratch.home()), &windows_path);
            assert_eq!(theirs.status(), Some(1), "{hostile}: {theirs}");
            assert!(theirs.stderr().contains(&pip.file_name), "{hostile}: {theirs}");
            assert_eq!(own_stderr(&theirs), ours.stderr(), "{hostile}");
            let changes = before.differences("before", &Tree::of(&image), "after");
            assert!(changes.is_empty(), "{hostile}\n{}", changes.join("\n"));
        }
        Ok(())
    });
}

/// Errors name the path in the form of Windows, and the exit status is the same as elsewhere.
#[test]
fn windows_errors_name_path_and_exit_status() {
    with_wine("errors", |wine| {
        let scratch = Scratch::new();
        stand_in::make(&scratch.work().join("image/Python313"));
        let image = windows_path(&scratch.work().join("image"));
        let python = windows_path(&scratch.work().join("image/Python313/python.exe"));
        let missing = windows_path(&scratch.work().join("nothing.exe"));
        let before = Tree::of(scratch.work());
        let run = |arguments: &[&str]| -> Finished {
            let run = wine.tool(scratch.home()).arguments(arguments).run();
            assert_eq!(run.stdout(), "", "{run}");
            run
        };
        for (arguments, status, words) in [
            (
                &["--root", &image][..],
                1,
                "hint: pass the interpreter's path on that system with `--executable PATH`",
            ),
            (&["--python", &missing], 1, &*format!("`{missing}`")),
            (
                &["--python", &python],
                1,
                &format!("`{python}` did not return valid interpreter information"),
            ),
            (&[], 1, "hint: name one with `--python PATH`"),
            (
                &["--altinstall", "--default-pip"],
                1,
                "Cannot use altinstall and default_pip together",
            ),
            (&["--unknown"], 2, "unexpected argument '--unknown'"),
            (
                &["--root", &image, "--prefix", "Python313"],
                2,
                "expected an absolute path in the root",
            ),
        ] {
            let refused = run(arguments);
            assert_eq!(refused.status(), Some(status), "{arguments:?}: {refused}");
            let stderr = own_stderr(&refused);
            assert!(stderr.starts_with("error: ") && stderr.contains(words), "{refused}");
            assert!(!stderr.contains('\r') && !stderr.contains("panicked"), "{refused}");
        }
        let changes = before.differences("before", &Tree::of(scratch.work()), "after");
        assert!(changes.is_empty(), "{}", changes.join("\n"));
        Ok(())
    });
}
