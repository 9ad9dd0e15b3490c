//! Is the Python found that the user named by its version, by the directory of its environment, or by
//! its name?

use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::write_program;
use crate::support::interpreters::Interpreters;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Asks for a status of a Python, with these directories on `PATH`.
fn status(home: &Path, path: &[&Path], python: &str) -> Finished {
    let path: Vec<_> = path.iter().map(|directory| directory.to_string_lossy()).collect();
    let tool = Program::under_test(home).environment("PATH", &path.join(":"));
    tool.current_directory(home).arguments(["status", "--json", "--python", python]).run()
}

/// The Python that a status is about: the one that was run, and its version.
fn python_of(status: Finished) -> (String, String) {
    let status: Value =
        serde_json::from_str(&status.expect_success().stdout()).expect("it is JSON");
    let target = &status["target"];
    let text = |name: &str| target[name].as_str().expect("it is text").to_owned();
    (text("host_python"), text("version"))
}

/// The message of a status that failed with this code.
fn message_of(status: &Finished, code: &str) -> String {
    assert_eq!(status.status(), Some(1), "{status}");
    let failure: Value = serde_json::from_str(&status.stdout()).expect("it is JSON");
    assert_eq!(failure["error"]["code"], code, "{status}");
    failure["error"]["message"].as_str().expect("it is text").to_owned()
}

/// Behind another Python, which has the names that are looked up first.
#[test]
fn python_version_is_found_on_path() {
    let interpreters = Interpreters::of_this_machine();
    let pythons = interpreters.cpythons();
    for (python, other) in pythons.iter().zip(pythons.iter().cycle().skip(1)) {
        let scratch = Scratch::new();
        let [first, second] = ["first", "second"].map(|name| scratch.work().join(name));
        for directory in [&first, &second] {
            fs::create_dir(directory).expect("a directory can be made");
        }
        symlink(&other.executable, first.join("python3")).expect("the name is free");
        for name in ["python3", "python"] {
            let program = format!("#!/bin/sh\nexec '{}' \"$@\"\n", python.executable.display());
            write_program(&second.join(name), program);
        }
        let (major, minor) = python.version;
        let version = format!("{major}.{minor}");
        for name in [version.clone(), format!("python{version}")] {
            let (found, number) = python_of(status(scratch.home(), &[&first, &second], &name));
            assert_eq!(found, second.join("python3").to_string_lossy(), "{name}");
            assert!(number.starts_with(&format!("{version}.")), "{number}");
            // All three numbers have to be right.
            python_of(status(scratch.home(), &[&second], &number));
        }
        let refused = status(scratch.home(), &[&first], &version);
        let message = message_of(&refused, "no-such-python");
        let (major, minor) = other.version;
        let expected = format!("`{}` is {major}.{minor}.", first.join("python3").display());
        assert!(message.starts_with(&format!("no Python {version} was found: ")), "{message}");
        assert!(message.contains(&expected), "{message}");
    }
    announce(&format!("Python by its version: {}", interpreters.summary(&pythons)));
    fail_if_required(&interpreters.missing);
}

/// A version manager has a program for each Python that it knows, and says why it does not run one.
#[test]
fn failing_interpreter_is_reported_by_its_first_line() {
    let scratch = Scratch::new();
    let name = scratch.work().join("python3.99");
    write_program(
        &name,
        "#!/bin/sh\necho 'manager: python3.99: command not found' >&2\n\
         echo 'It exists in these versions: 3.99.0' >&2\nexit 127\n",
    );
    let reason = "it ended with exit status: 127: manager: python3.99: command not found";
    for (python, code) in [("3.99", "no-such-python"), (&name.to_string_lossy(), "python-answer")] {
        let message = message_of(&status(scratch.home(), &[scratch.work()], python), code);
        assert!(message.ends_with(reason), "{message}");
    }
    let message = message_of(&status(scratch.home(), &[scratch.work()], "3.98"), "no-such-python");
    let expected = "no Python 3.98 was found: none of `python3.98`, `python3`, `python` is on PATH";
    assert_eq!(message, expected);
}

#[test]
fn environment_directory_means_its_python() {
    let target = Target::new();
    let (home, python) = (target.scratch.home(), target.environment.join("bin/python"));
    let directory = target.environment.to_string_lossy().into_owned();
    assert_eq!(python_of(status(home, &[], &directory)).0, python.to_string_lossy());
    symlink(&target.environment, home.join("env")).expect("the name is free");
    for name in ["env", "./env", "env/"] {
        let found = python_of(status(home, &[], name)).0;
        assert!(Path::new(&found).ends_with("env/bin/python"), "{name}: {found}");
    }
    let empty = status(home, &[], &target.scratch.work().to_string_lossy());
    let message = message_of(&empty, "python-start");
    let expected = "this directory has neither `bin/python` nor `bin/python3`";
    assert!(message.ends_with(expected), "{message}");

    let tool = |environment: &Path| {
        let tool = Program::under_test(home).arguments(["status", "--json"]);
        tool.environment("VIRTUAL_ENV", &environment.to_string_lossy()).run()
    };
    assert_eq!(python_of(tool(&target.environment)).0, python.to_string_lossy());
    let message = message_of(&tool(&home.join("gone")), "environment");
    let gone = home.join("gone");
    let expected = format!("VIRTUAL_ENV is `{}`: there is no Python in it", gone.display());
    assert_eq!(message, expected);
}
