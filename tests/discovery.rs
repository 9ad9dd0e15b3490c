//! Is it clear which Python a root belongs to, and is a root without one refused where that is a
//! mistake?

use crate::support::process::{Finished, Program};
use crate::support::target::Target;
use crate::support::tree::Tree;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

/// Each command of the program.
const COMMANDS: [&[&str]; 4] = [&[], &["--dry-run"], &["status"], &["uninstall"]];

/// A target whose Python is the first on `PATH`, and a root beside it.
struct Case {
    target: Target,
    root: PathBuf,
}

impl Case {
    fn new() -> Case {
        let target = Target::new();
        let root = target.scratch.work().join("root");
        Case { target, root }
    }

    /// A root with these files.
    fn with(files: &[&str]) -> Case {
        let case = Case::new();
        for file in files {
            let path = case.root.join(file);
            fs::create_dir_all(path.parent().expect("it is below")).expect("it can be made");
            fs::write(path, "").expect("a file can be written");
        }
        case
    }

    /// An image with the parts of a Python that are read: a program at a path, and its library.
    fn image(python: &str) -> Case {
        let library = "usr/lib/python3.14";
        let details = format!("{library}/build-details.json");
        let case = Case::with(&[python, &details, &format!("{library}/os.py"), "etc/os-release"]);
        fs::copy("/bin/sh", case.root.join(python)).expect("a program can be copied");
        fs::write(
            case.root.join(details),
            r#"{"language": {"version_info": {"major": 3, "minor": 14, "micro": 0}},
                "implementation": {"name": "cpython", "cache_tag": "cpython-314"}}"#,
        )
        .expect("a file can be written");
        fs::create_dir(case.root.join(library).join("lib-dynload")).expect("it can be made");
        case
    }

    /// The `python3` that is the first on `PATH`.
    fn python(&self) -> String {
        self.target.environment.join("bin/python3").to_string_lossy().into_owned()
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        let directory = self.target.python.parent().expect("it is in a directory");
        Program::under_test(self.target.scratch.home())
            .environment("PATH", &format!("{}:/usr/bin:/bin", directory.display()))
            .arguments(arguments)
            .argument("--root")
            .argument(&self.root)
            .run()
    }

    /// Runs every command, none of which may change anything, and returns the message and the hint of
    /// the error, which must have this code.
    fn refused(&self, options: &[&str], code: &str) -> (String, String) {
        let mut said = Vec::new();
        for command in COMMANDS {
            let before = Tree::of(self.target.scratch.work());
            let finished = self.run(&[command, options, &["--json"]].concat());
            assert_eq!(finished.status(), Some(1), "{finished}");
            let changes =
                before.differences("before", &Tree::of(self.target.scratch.work()), "after");
            assert!(changes.is_empty(), "{finished}\n{}", changes.join("\n"));
            let report: Value = serde_json::from_str(&finished.stdout()).expect("it is JSON");
            assert_eq!(report["error"]["code"], code, "{finished}");
            said.push(["message", "hint"].map(|part| {
                report["error"][part].as_str().expect("an error of a root has both").to_owned()
            }));
        }
        said.dedup();
        let [[message, hint]] = said.as_slice() else { panic!("{said:?}") };
        assert!(message.contains(&*self.root.to_string_lossy()), "{message}");
        (message.clone(), hint.clone())
    }
}

#[test]
fn root_with_files_but_no_python_is_refused() {
    for files in [&["usr/share/doc/x/README"][..], &["etc/passwd", "bin/pip3"], &["lib/pip/x"]] {
        let case = Case::with(files);
        let (_, hint) = case.refused(&[], "no-python-in-root");
        assert!(hint.contains("`--python PATH`") && hint.contains("`--prefix DIR`"), "{hint}");
        // Either option resolves the ambiguity.
        for options in [&["--python", "python3"][..], &["--prefix", "/opt/py"]] {
            case.run(options).expect_success();
        }
        let named = case.target.python.to_string_lossy().into_owned();
        case.run(&["--python", &named]).expect_success();
    }
}

#[test]
fn python_path_missing_from_image_is_refused() {
    let case = Case::image("usr/bin/python3");
    let named = case.target.python.to_string_lossy().into_owned();
    let (message, _) = case.refused(&["--python", &named], "python-not-in-root");
    assert!(
        message.contains(&named) && message.ends_with("it has `/usr/bin/python3`"),
        "{message}"
    );
    let bare = Case::with(&["etc/os-release"]);
    let (message, _) = bare.refused(&["--python", "/usr/bin/python3"], "python-not-in-root");
    assert!(message.contains("`/usr/bin/python3`"), "{message}");
    // A name, or the Python for a prefix, still refers to this machine.
    case.run(&["--python", "python3"]).expect_success();
    case.run(&["--python", &named, "--prefix", "/opt/py"]).expect_success();
    assert!(case.root.join("opt/py/bin/pip3").is_file());
}

#[test]
fn python_directory_of_image_means_its_python() {
    let case = Case::image("usr/bin/python3");
    for directory in ["/usr", "/usr/"] {
        let status = case.run(&["status", "--python", directory]).expect_success().stdout();
        assert!(status.contains("\nPython:     /usr/bin/python3 (cpython 3.14.0)\n"), "{status}");
    }
    case.refused(&["--python", "/etc"], "python-files");
}

/// Images that have no Python on their `PATH`. The Python is run by its path in the image, so
/// scripts name that.
#[test]
fn image_python_not_on_path_is_found() {
    for place in ["usr/libexec/platform-python", "var/lang/bin/python3.14"] {
        let case = Case::image(place);
        if place.starts_with("var") {
            fs::rename(case.root.join("usr/lib"), case.root.join("var/lang/lib"))
                .expect("it moves");
        }
        let status = case.run(&["status"]).expect_success().stdout();
        assert!(status.contains(&format!("\nPython:     /{place} (cpython 3.14.0)\n")), "{status}");
        case.run(&[]).expect_success();
        let tree = Tree::of(&case.root);
        let script = tree.files().find(|path| path.ends_with("bin/pip3")).expect("it is there");
        let script = fs::read_to_string(case.root.join(script)).expect("a script is text");
        assert!(script.starts_with(&format!("#!/{place}\n")), "{script}");
    }
}

#[test]
fn root_option_empty_is_usage_error() {
    let target = Target::new();
    for arguments in [&["--root="][..], &["--root", ""], &["status", "--root", ""]] {
        let finished = Program::under_test(target.scratch.home()).arguments(arguments).run();
        assert_eq!(finished.status(), Some(2), "{finished}");
        assert!(finished.stderr().contains("use `/` for this system"), "{finished}");
    }
    let refused = ensurepip_host::Bootstrap::new().root("").python(&target.python).run();
    assert_eq!(refused.expect_err("it is empty").code(), "empty-root");
    assert!(!target.library().join("pip").exists());
}

#[test]
fn root_missing_is_refused_unless_python_is_named() {
    let case = Case::new();
    let (_, hint) = case.refused(&[], "no-root");
    assert!(hint.contains("`--python PATH`") && hint.contains("`--prefix DIR`"), "{hint}");
    assert!(!case.root.exists());

    let planned = case.run(&["--python", "python3", "--dry-run"]).expect_success().stdout();
    let (root, python) = (case.root.display(), case.python());
    assert!(planned.starts_with(&format!("Would create {root}\nUsing {python} (")), "{planned}");
    let told = case.run(&["--python", "python3"]).expect_success().stdout();
    assert!(told.starts_with(&format!("Created {root}\nUsing {python} (Python 3.")), "{told}");
    let described = format!("), as described by {python} on this machine\n");
    assert!(told.contains(&described), "{told}");
    let prefixed = Case::new();
    prefixed.run(&["--prefix", "/opt/py"]).expect_success();
    let directory = Case::new();
    fs::create_dir(&directory.root).expect("a directory can be made");
    let told = directory.run(&[]).expect_success().stdout();
    assert!(told.starts_with("Using "), "{told}");
}

/// The remains of an earlier run are no reason to refuse the next, nor are the files that it
/// leaves.
#[test]
fn staging_root_accepts_repeated_commands() {
    let case = Case::new();
    fs::create_dir_all(case.root.join("lost+found")).expect("directories can be made");
    let install = |words: &str| {
        let told = case.run(&["--default-pip"]).expect_success().stdout();
        assert!(told.contains(words), "{told}");
    };
    install("Successfully installed pip-");
    install("Requirement already satisfied: pip");
    case.run(&["-U"]).expect_success();
    let status = case.run(&["status"]).expect_success().stdout();
    assert!(status.contains("\nInstalled:  pip "), "{status}");
    let told = case.run(&["uninstall"]).expect_success().stdout();
    assert!(told.contains("Successfully uninstalled pip-"), "{told}");
    assert_eq!(Tree::of(&case.root).files().count(), 0);
    install("Successfully installed pip-");
    // As if a run had been killed while staging.
    case.run(&["uninstall"]).expect_success();
    let tree = Tree::of(&case.root);
    let library = tree.paths().find(|path| path.ends_with("site-packages")).expect("it stays");
    let stage = case.root.join(library).join(".ensurepip-host-stage/0/new/pip");
    fs::create_dir_all(&stage).expect("directories can be made");
    fs::write(stage.join("__init__.py"), "").expect("a file can be written");
    install("Successfully installed pip-");
}

#[test]
fn report_names_source_of_python_facts() {
    let case = Case::image("usr/bin/python3");
    let root = case.root.to_string_lossy().into_owned();
    let json = |arguments: &[&str]| -> Value {
        let told = case.run(&[arguments, &["--json"]].concat()).expect_success().stdout();
        serde_json::from_str(&told).expect("it is JSON")
    };
    let python = case.python();
    for (options, asked, described) in [
        (&[][..], Value::Null, format!("its files in {root}")),
        (
            &["--python", "python3"],
            Value::from(python.clone()),
            format!("{python} on this machine"),
        ),
    ] {
        for command in COMMANDS {
            let arguments = [command, options].concat();
            assert_eq!(json(&arguments)["target"]["host_python"], asked, "{arguments:?}");
            assert_eq!(json(&arguments)["target"]["root_is_new"], false, "{arguments:?}");
            let told = case.run(&arguments).expect_success().stdout();
            let expected = if command == ["status"] {
                format!("\nDescribed:  by {described}\n")
            } else {
                format!("), as described by {described}\n")
            };
            assert!(told.contains(&expected), "{told}");
        }
    }
    let tool = Program::under_test(case.target.scratch.home()).arguments(["status", "--python"]);
    let told = tool.argument(&python).run().expect_success().stdout();
    assert!(told.contains(&format!("\nDescribed:  by {python} on this machine\n")), "{told}");
}
