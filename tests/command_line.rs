//! Does the command line behave as that of `ensurepip`, in points that `behaviours` does not test?

use crate::support::announce::announce;
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use std::fs;
use std::path::Path;

#[test]
fn bundled_pip_is_newer_than_ensurepip() {
    let interpreters = Interpreters::of_this_machine();
    let compared = interpreters.with_ensurepip();
    for interpreter in &compared {
        let scratch = Scratch::new();
        let theirs = PipWheel::of_ensurepip(interpreter).release();
        let told = Program::under_test(scratch.home())
            .arguments([Path::new("--python"), &interpreter.executable])
            .arguments([Path::new("--root"), &scratch.work().join("root")])
            .argument("--dry-run")
            .run()
            .expect_success();
        let stdout = told.stdout();
        let ours = stdout.trim_end().rsplit_once("Would install pip-").expect("it tells").1;
        let ours = ours.split('.').map_while(|number| number.parse().ok()).collect::<Vec<_>>();
        assert!(ours > theirs, "on {}: {theirs:?} | {ours:?}", interpreter.name());
    }
    announce(&format!("the newest pip: {}", interpreters.summary(&compared)));
}

#[test]
fn usage_errors_exit_with_2() {
    let target = Target::new();
    for arguments in [&["--unknown"][..], &["--root"], &["stray"], &["--ver"]] {
        let refused = target.refusal(arguments);
        assert_eq!(refused.status(), Some(2), "{arguments:?}: {refused}");
        assert!(refused.stderr().starts_with("error: "), "{refused}");
    }
}

/// `argparse` accepts any unambiguous prefix of an option.
#[test]
fn options_may_be_abbreviated() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    let installed = target
        .tool()
        .arguments(["--alt", "--no-co", "--roo"])
        .argument(&root)
        .run()
        .expect_success();
    let expected = format!("Successfully installed pip-{NEWEST}\n");
    assert!(installed.stdout().ends_with(&expected), "{installed}");
}

/// `make install` of CPython without `DESTDIR` passes `/`.
#[test]
fn root_path_spellings_are_normalized() {
    let target = Target::new();
    let work = target.scratch.work().to_owned();
    for (root, place) in [
        ("stage/", "stage"),
        (".//twice", "twice"),
        ("new/../climbing", "climbing"),
        ("./deep/er/still", "deep/er/still"),
    ] {
        target
            .tool()
            .current_directory(&work)
            .arguments(["--no-compile", "--root", root])
            .run()
            .expect_success();
        let scripts = below(&work.join(place), &target.environment).join("bin");
        assert!(scripts.join("pip3").is_file(), "{root}");
        assert!(!work.join("new").exists());
    }
    for none in ["/", "//"] {
        let target = Target::new();
        target.tool().arguments(["--no-compile", "--root", none]).run().expect_success();
        assert!(target.environment.join("bin/pip3").is_file(), "{none:?}");
    }
}

#[test]
fn install_twice_changes_nothing() {
    let target = Target::new();
    let first = target.tool().run().expect_success();
    assert_eq!(
        first.stdout(),
        format!(
            "Processing pip-{NEWEST}-py3-none-any.whl\nInstalling collected packages: pip\n\
             Successfully installed pip-{NEWEST}\n"
        )
    );
    let second = target.refusal(&["--default-pip"]).expect_success();
    let already = second.stdout();
    assert!(already.starts_with("Requirement already satisfied: pip in "), "{second}");
    assert!(already.ends_with(&format!("site-packages ({NEWEST})\n")), "{second}");
}

/// `status.rs` checks what it leaves in other states.
#[test]
fn dry_run_creates_no_root() {
    let target = Target::new();
    let told = target.refusal(&["--dry-run"]).expect_success();
    let expected =
        format!("Processing pip-{NEWEST}-py3-none-any.whl\nWould install pip-{NEWEST}\n");
    assert_eq!(told.stdout(), expected);
    let root = target.scratch.work().join("root");
    let shown = root.to_string_lossy().into_owned();
    target.refusal(&["--dry-run", "-v", "--root", &shown]).expect_success();
    target.refusal(&["status", "--root", &shown]);
    assert!(!root.exists());
}

#[test]
fn quiet_prints_only_errors() {
    let target = Target::new();
    for _ in ["install", "keep"] {
        let silent = target.tool().argument("--quiet").run().expect_success();
        assert_eq!((silent.stdout(), silent.stderr()), (String::new(), String::new()));
    }
    assert_ne!(target.refusal(&["-q", "--python", "/nowhere"]).stderr(), "");
}

/// The files in the root decide, not the Python that is asked (pip#6355).
#[test]
fn root_install_ignores_pip_of_named_python() {
    let target = Target::new();
    target.tool().run().expect_success();
    let before = Tree::of(&target.environment);
    let root = target.scratch.work().join("root");
    target.tool().argument("--root").argument(&root).run().expect_success();
    assert!(below(&root, &target.environment).join("bin/pip3").is_file());
    let after = Tree::of(&target.environment);
    assert!(before.differences("before", &after, "after").is_empty());
}

#[test]
fn file_modes_do_not_depend_on_umask() {
    let target = Target::new();
    let roots = ["022", "077", "002"].map(|umask| {
        let root = target.scratch.work().join(umask);
        target.tool().argument("--root").argument(&root).umask(umask).run().expect_success();
        // The root itself is new, and is part of the comparison.
        (umask, Tree::of(&root))
    });
    let [(_, usual), others @ ..] = roots;
    for (umask, tree) in others {
        let differences = usual.differences("022", &tree, umask);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

#[test]
fn executable_option_sets_script_interpreter() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    let tool = target.tool().argument("--root").argument(&root);
    tool.arguments(["--executable", "/opt/my python/bin/python3"]).run().expect_success();
    let script = below(&root, &target.environment).join("bin/pip3");
    let script = fs::read_to_string(script).expect("the script is there");
    let start =
        "#!/bin/sh\n'''exec' \"/opt/my python/bin/python3\" \"$0\" \"$@\"\n' '''\nimport sys\n";
    assert!(script.starts_with(start), "{script}");

    for (value, words) in [
        ("", "interpreter path is empty"),
        ("python3", "interpreter path is not absolute: `python3`"),
        ("bin/python3", "interpreter path is not absolute: `bin/python3`"),
        ("/usr/bin/", "interpreter path is that of a directory: `/usr/bin/`"),
        ("/usr/bin/python3 -I", "interpreter path is followed by options: `/usr/bin/python3 -I`"),
        ("/usr/bin/python3\n", r"interpreter path holds a line break or NUL: `/usr/bin/python3\n`"),
        ("/usr/bin/env", "must have one program behind `env`"),
        ("/usr/bin/env python3 -I", "must have one program behind `env`"),
    ] {
        for options in [&["--executable", value][..], &["--dry-run", "--executable", value]] {
            let refused = target.refusal(options);
            assert_eq!(refused.status(), Some(2), "{refused}");
            assert!(refused.stderr().contains(words), "{refused}");
        }
    }
}

/// The kernel passes the rest of the line to `env` as one argument, which `-S` splits.
#[test]
fn executable_option_with_env_finds_interpreter() {
    for line in ["/usr/bin/env python3", "/usr/bin/env -S python3 -I"] {
        let target = Target::new();
        target.tool().arguments(["--executable", line]).run().expect_success();
        let script = target.environment.join("bin/pip3");
        let text = fs::read_to_string(&script).expect("the script is there");
        assert!(text.starts_with(&format!("#!{line}\nimport sys\n")), "{text}");
        let path = format!("{}:/usr/bin:/bin", target.environment.join("bin").display());
        let told = Program::new(&script, target.scratch.home())
            .environment("PATH", &path)
            .argument("--version")
            .run()
            .expect_success();
        assert!(told.stdout().contains(&*target.environment.to_string_lossy()), "{told}");
    }
}

#[test]
fn install_subcommand_is_the_same_as_none() {
    let target = Target::new();
    let roots = ["without", "with"].map(|name| target.scratch.work().join(name));
    for (root, command) in roots.iter().zip([&[][..], &["install"]]) {
        let tool = Program::under_test(target.scratch.home()).arguments(command);
        let tool = tool.arguments(["--default-pip", "--root"]).argument(root);
        tool.argument("--python").argument(&target.python).run().expect_success();
    }
    let [without, with] = roots.map(|root| Tree::of(&root));
    let differences = without.differences("without", &with, "with");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn help_and_version_are_printed() {
    let scratch = Scratch::new();
    let print = |arguments: &[&str]| {
        let tool = Program::under_test(scratch.home()).arguments(arguments);
        tool.run().expect_success().stdout()
    };
    assert_eq!(print(&["help"]), print(&["--help"]));
    assert_eq!(print(&["help", "status"]), print(&["status", "--help"]));
    let version = format!("pip {NEWEST}\nensurepip-host {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(print(&["--version"]), version);
}

/// What people try who know other tools.
#[test]
fn unknown_options_of_other_tools_get_advice() {
    let target = Target::new();
    for (arguments, advice) in [
        (&["--no-color"][..], "use '--color never'"),
        (&["--target", "x"], "use '--root DIR' for a directory, or '--python PATH' for a Python"),
        (
            &["status", "--venv=x"],
            "use '--python PATH', with an interpreter or a virtual environment",
        ),
        (&["uninstall", "-y"], "leave it out: the program never asks"),
        (&["uninstall", "--yes"], "leave it out: the program never asks"),
        (&["uninstall", "pip"], "leave it out: pip is all that the program installs and removes"),
        (&["install", "pip"], "leave it out: pip is all that the program installs and removes"),
        (&["remove"], "use 'uninstall'"),
    ] {
        let refused = Program::under_test(target.scratch.home()).arguments(arguments).run();
        assert_eq!(refused.status(), Some(2), "{refused}");
        let tips: Vec<String> = refused
            .stderr()
            .lines()
            .filter_map(|line| Some(line.trim_start().strip_prefix("tip: ")?.to_owned()))
            .collect();
        assert_eq!(tips, [advice], "{refused}");
    }
    assert!(!target.library().join("pip").exists());
}

/// Standard output is a full disk.
#[test]
fn output_that_cannot_be_written_is_reported_for_what_it_is() {
    let target = Target::new();
    let run = |arguments: &[&str]| {
        let shell = Program::new(Path::new("/bin/sh"), target.scratch.home());
        let shell = shell.arguments(["-c", "exec \"$@\" > /dev/full", "sh"]);
        shell.argument(env!("CARGO_BIN_EXE_ensurepip-host")).arguments(arguments).run()
    };
    let python = target.python.to_string_lossy().into_owned();
    let reason = "failed to write to standard output: No space left on device (os error 28)\n";
    for (arguments, status, message) in [
        (&["--help"][..], 1, "error: "),
        (&["--version"], 1, "error: "),
        (
            &["status", "--python", &python],
            1,
            "error: nothing was changed, and the report is lost: ",
        ),
        (&["--python", &python], 0, "warning: "),
        (&["uninstall", "--python", &python], 0, "warning: "),
        (&["--json", "--python", &python], 1, "error: pip was installed, but the report is lost: "),
        (
            &["uninstall", "--json", "--python", &python],
            1,
            "error: pip was removed, but the report is lost: ",
        ),
    ] {
        let finished = run(arguments);
        assert_eq!(finished.status(), Some(status), "{finished}");
        assert_eq!(finished.stderr(), format!("{message}{reason}"), "{finished}");
        let is_there = target.library().join("pip").exists();
        let is_install = arguments[0].starts_with("--") && arguments.contains(&"--python");
        assert_eq!(is_there, is_install, "{finished}");
    }
}
