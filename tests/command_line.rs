//! Does the command line behave as that of `ensurepip`?

use crate::support::announce::announce;
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use std::fs;
use std::path::{Path, PathBuf};

/// `TestBootstrap.test_bundle_version`, `test_ensurepip.TestBootstrapMain.test_bootstrap_version`.
#[test]
fn version_is_that_of_pip_and_needs_no_python() {
    let scratch = Scratch::new();
    for option in ["--version", "-V"] {
        let told = Program::under_test(scratch.home())
            .environment("PATH", "")
            .argument(option)
            .run()
            .expect_success();
        assert_eq!(told.stdout(), format!("pip {NEWEST}\n"));
        assert_eq!(told.stderr(), "");
    }
}

#[test]
fn the_pip_is_newer_than_that_of_the_python() {
    let interpreters = Interpreters::of_this_machine();
    let compared = interpreters.with_ensurepip();
    for interpreter in &compared {
        let scratch = Scratch::new();
        let theirs = PipWheel::of_ensurepip(interpreter, scratch.home()).release();
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

/// `TestPackages.test_version`: the wheel directory decides, by version and not by name.
#[test]
fn version_of_a_wheel_directory_is_that_of_its_newest_pip() {
    let scratch = Scratch::new();
    for name in ["pip-9.0.3-py3-none-any.whl", "pip-20.2.2-py3-none-any.whl", "pip-script.py"] {
        fs::write(scratch.work().join(name), "").expect("a file can be written");
    }
    let tool = Program::under_test(scratch.home()).argument("--wheel-dir").argument(scratch.work());
    assert_eq!(tool.argument("--version").run().expect_success().stdout(), "pip 20.2.2\n");
}

/// `TestBootstrap.test_altinstall_default_pip_conflict`, in `ensurepip`'s own words.
#[test]
fn altinstall_and_default_pip_conflict() {
    let refused = Target::new().refusal(&["--altinstall", "--default-pip"]);
    assert_eq!(refused.status(), Some(1));
    assert_eq!(refused.stderr(), "error: Cannot use altinstall and default_pip together\n");
    assert_eq!(refused.stdout(), "");
}

#[test]
fn usage_errors_end_with_2() {
    let target = Target::new();
    for arguments in [&["--unknown"][..], &["--root"], &["stray"], &["--ver"]] {
        let refused = target.refusal(arguments);
        assert_eq!(refused.status(), Some(2), "{arguments:?}: {refused}");
        assert!(refused.stderr().starts_with("error: "), "{refused}");
    }
}

/// `argparse` takes any unambiguous beginning of an option.
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

/// `make install` of CPython without `DESTDIR` gives `/`.
#[test]
fn odd_spellings_of_a_root_are_understood() {
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
fn help_names_every_option() {
    let scratch = Scratch::new();
    let help =
        Program::under_test(scratch.home()).argument("--help").run().expect_success().stdout();
    for option in [
        "--root",
        "--upgrade",
        "--user",
        "--python",
        "--executable",
        "--wheel-dir",
        "--sha256",
        "--altinstall",
        "--default-pip",
        "--break-system-packages",
        "--compile",
        "--no-compile",
        "--verbose",
        "--quiet",
        "--json",
        "--dry-run",
        "--version",
        "--help",
    ] {
        assert!(help.contains(option), "{option} is not in\n{help}");
    }
}

#[test]
fn a_second_run_finds_the_first_ones_work_and_changes_nothing() {
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

/// `status.rs` looks at what is left by it in other states.
#[test]
fn a_dry_run_makes_no_root() {
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

/// Each `-v` adds to what is said; what the report says stays on standard output.
#[test]
fn each_v_says_more() {
    let target = Target::new();
    let root = target.scratch.work().join("root").to_string_lossy().into_owned();
    let lines = |option: &str| {
        let told = target.refusal(&["--dry-run", "--root", &root, option]).expect_success();
        (told.stdout().lines().count(), told.stderr().lines().count())
    };
    let [none, v, vv] = ["--no-compile", "-v", "-vv"].map(lines);
    assert!(
        none.0 < v.0 && v.0 == vv.0 && none.1 == 0 && v.1 == 0 && vv.1 > 0,
        "{none:?} {v:?} {vv:?}"
    );
    let install = |option: &str| {
        let target = Target::new();
        let told = target.tool().arguments(["--no-compile", option]).run().expect_success();
        told.stderr().lines().count()
    };
    assert!(install("-vvv") > install("-vv") + 400);
}

#[test]
fn quiet_says_nothing_but_errors() {
    let target = Target::new();
    for _ in ["install", "keep"] {
        let silent = target.tool().argument("--quiet").run().expect_success();
        assert_eq!((silent.stdout(), silent.stderr()), (String::new(), String::new()));
    }
    assert_ne!(target.refusal(&["-q", "--python", "/nowhere"]).stderr(), "");
}

/// The target is judged by what is in the root, not by the Python that is asked (pip#6355).
#[test]
fn a_pip_of_the_asked_python_does_not_count_below_a_root() {
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
fn modes_are_the_same_whatever_the_umask() {
    let target = Target::new();
    let roots = ["022", "077", "002"].map(|umask| {
        let root = target.scratch.work().join(umask);
        target.tool().argument("--root").argument(&root).umask(umask).run().expect_success();
        // The root itself is made for the purpose, and is part of the comparison.
        (umask, Tree::of(&root))
    });
    let [(_, usual), others @ ..] = roots;
    for (umask, tree) in others {
        let differences = usual.differences("022", &tree, umask);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

#[test]
fn the_same_inputs_give_the_same_bytes_and_times() {
    let target = Target::new();
    for epoch in [None, Some("1700000000")] {
        let listings = ["first", "second"].map(|name| {
            let root = target.scratch.work().join(name).join(epoch.unwrap_or("wheel"));
            let mut tool = target.tool().argument("--root").argument(&root);
            if let Some(epoch) = epoch {
                tool = tool.environment("SOURCE_DATE_EPOCH", epoch);
            }
            tool.run().expect_success();
            (Tree::of(&root), file_times(&root))
        });
        let [(first, first_times), (second, second_times)] = listings;
        assert_eq!(first.differences("first", &second, "second"), Vec::<String>::new());
        assert_eq!(first_times, second_times);
        if let Some(epoch) = epoch {
            assert!(first_times.iter().all(|(_, time)| time.to_string() == epoch));
        }
    }
}

/// A `json.py` where the tool is run, or on PYTHONPATH, is not imported by the Python that is asked.
#[test]
fn planted_modules_and_variables_have_no_effect() {
    let target = Target::new();
    let planted = target.scratch.work().join("planted");
    fs::create_dir(&planted).expect("a directory can be made");
    for module in ["json", "os", "site", "sysconfig", "sitecustomize", "importlib", "struct"] {
        let path = planted.join(module).with_extension("py");
        fs::write(path, "raise SystemExit('planted')").expect("a file can be written");
    }
    fs::create_dir(planted.join("pip-99.dist-info")).expect("a directory can be made");
    let root = target.scratch.work().join("root");
    let installed = target
        .tool()
        .argument("--root")
        .argument(&root)
        .current_directory(&planted)
        .environment("PYTHONPATH", &planted.to_string_lossy())
        .environment("PYTHONHOME", "/nowhere")
        .environment("PYTHONSTARTUP", "/nowhere")
        .environment("PIP_NO_INSTALL", "1")
        .environment("PIP_TARGET", "/nowhere")
        .environment("ENSUREPIP_OPTIONS", "altinstall")
        .run()
        .expect_success();
    let expected = format!("Successfully installed pip-{NEWEST}\n");
    assert!(installed.stdout().ends_with(&expected), "{installed}");
    let scripts = below(&root, &target.environment).join("bin");
    assert!(scripts.join("pip3").is_file(), "the inherited ENSUREPIP_OPTIONS had an effect");
}

#[test]
fn scripts_name_the_interpreter_that_is_asked_for() {
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

/// The kernel gives `env` all that is behind it as one argument, which `-S` splits.
#[test]
fn scripts_find_the_interpreter_that_env_finds() {
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

/// Modification times of all files, in seconds, by path below a directory.
fn file_times(directory: &Path) -> Vec<(PathBuf, u64)> {
    let mut times = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = path.symlink_metadata().expect("it is there");
        if metadata.is_dir() {
            pending.extend(path.read_dir().expect("it can be listed").flatten().map(|e| e.path()));
            continue;
        }
        let modified = metadata.modified().expect("files have times");
        let since = modified.duration_since(std::time::UNIX_EPOCH).expect("it is after 1970");
        let relative = path.strip_prefix(directory).expect("it is below").to_owned();
        times.push((relative, since.as_secs()));
    }
    times.sort();
    times
}
