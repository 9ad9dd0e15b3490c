//! A Python without `ensurepip` gets the stand-in, by the package that pip installed there.

use super::{Bare, PLAIN_PATH, answers, calls_tool, plain};
use crate::support::process::{Finished, Program};
use crate::support::tree::Tree;
use crate::support::users::is_root;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

/// Fails unless a command refuses with this reason, and changes nothing in the Python.
fn assert_refused(bare: &Bare, run: impl Fn() -> Finished, reason: &str) {
    let before = Tree::of(&bare.copy.prefix);
    let told = run();
    assert_eq!((told.status(), told.stdout()), (Some(1), String::new()), "{told}");
    assert!(told.stderr().starts_with("error: ") && told.stderr().contains(reason), "{told}");
    assert_eq!(told.stderr().lines().count(), 1, "{told}");
    assert_unchanged(&before, &Tree::of(&bare.copy.prefix));
}

/// A program for which modes count, even if root runs the tests.
fn without_privileges(program: &Path, home: &Path) -> Program {
    if !is_root() {
        return Program::new(program, home);
    }
    let setpriv = Program::new(Path::new("setpriv"), home);
    setpriv.arguments(["--inh-caps=-all", "--bounding-set=-all"]).argument(program)
}

fn assert_unchanged(before: &Tree, after: &Tree) {
    let differences = before.differences("before", after, "after");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn stand_in_makes_venv_and_ensurepip_work() {
    let Some(bare) = Bare::make(&calls_tool()) else { return };
    let environment = bare.scratch.work().join("env");
    let venv = || bare.run().arguments(["-m", "venv", "--clear"]).argument(&environment).run();
    let told = venv();
    assert!(!told.succeeded(), "{told}");

    let told = bare.stand_in(&[]).expect_success();
    assert!(told.stdout().starts_with(&format!("{} now installs", bare.place().display())));
    assert_eq!(told.stderr(), "");
    venv().expect_success();
    let pip = Program::new(&environment.join("bin/pip"), bare.home()).argument("--version").run();
    let place = environment.display();
    assert!(pip.stdout().contains(&format!(" from {place}/lib/python")), "{pip}");

    // As `make uninstall` and `make install` of CPython do.
    let has_pip = || bare.copy.site_packages().join("pip").is_dir();
    bare.run().arguments(["-m", "ensurepip._uninstall"]).run().expect_success();
    assert!(!has_pip());
    let install = bare.run().arguments(["-m", "ensurepip", "--upgrade", "--root=/"]).run();
    install.expect_success();
    assert!(has_pip());
}

#[test]
fn stand_in_works_after_package_is_uninstalled_if_program_stays() {
    let Some(bare) = Bare::make(&answers("1.2.3")) else { return };
    let kept = bare.write_program("kept");
    let put = bare.run().environment("ENSUREPIP_HOST", &kept.to_string_lossy());
    put.arguments(["-m", "ensurepip_host.stand_in"]).run().expect_success();
    let uninstall = ["-m", "pip", "uninstall", "--yes", "ensurepip-host"];
    bare.run().arguments(uninstall).run().expect_success();
    // As `venv` of some versions calls it.
    let told = bare.run().arguments(["-Im", "ensurepip", "--version"]).run().expect_success();
    assert_eq!(told.stdout(), "pip kept\n");
}

/// Modes do not depend on the umask, and bytecode that a run has left is no obstacle.
#[test]
fn repeated_stand_in_replaces_the_former_one() {
    let Some(bare) = Bare::make(&answers("1.2.3")) else { return };
    let names = || Tree::of(&bare.copy.library).paths().map(Path::to_owned).collect::<Vec<_>>();
    let put = |program: &str, umask| {
        let run = bare.run().environment("ENSUREPIP_HOST", program).umask(umask);
        run.arguments(["-m", "ensurepip_host.stand_in"]).run().expect_success();
        Tree::of(&bare.place())
    };
    let [first, second] = ["first", "second"].map(|name| bare.write_program(name));
    let once = put(&first.to_string_lossy(), "022");
    let names_once = names();
    let with_bytecode = Program::new(&bare.copy.python, bare.home());
    let with_bytecode = with_bytecode.environment("PATH", PLAIN_PATH);
    with_bytecode.arguments(["-c", "import ensurepip"]).run().expect_success();
    assert!(bare.place().join("__pycache__").is_dir());
    put(&second.to_string_lossy(), "077");
    let record = fs::read_to_string(bare.place().join("ensurepip-host.json")).expect("it is there");
    assert!(record.contains(&*second.to_string_lossy()), "{record}");
    assert_eq!(names(), names_once);
    assert_unchanged(&once, &put(&first.to_string_lossy(), "077"));
}

#[test]
fn stand_in_is_removed_and_nothing_else() {
    let Some(bare) = Bare::make(&answers("1.2.3")) else { return };
    let before = Tree::of(&bare.copy.prefix);
    bare.stand_in(&[]).expect_success();
    assert!(!before.differences("", &Tree::of(&bare.copy.prefix), "").is_empty());
    let told = bare.stand_in(&["--remove"]).expect_success();
    assert_eq!(told.stdout(), format!("removed {}\n", bare.place().display()));
    assert_unchanged(&before, &Tree::of(&bare.copy.prefix));
    let told = bare.stand_in(&["--remove"]).expect_success();
    assert_eq!(told.stdout(), format!("there is no {}\n", bare.place().display()));
    assert_unchanged(&before, &Tree::of(&bare.copy.prefix));
}

#[test]
fn stand_in_refuses_to_touch_any_other_ensurepip() {
    let Some(bare) = Bare::make(&answers("1.2.3")) else { return };
    let place = bare.place();
    let clear = || {
        let removed = fs::remove_dir_all(&place).or_else(|_| fs::remove_file(&place));
        removed.expect("it is there");
    };
    let put = || drop(bare.stand_in(&[]).expect_success());
    let init = place.join("__init__.py");
    let write = |path: &Path, text: &str| fs::write(path, text).expect("a file can be written");
    let makings: [(&str, &dyn Fn()); 8] = [
        ("a package", &|| {
            fs::create_dir(&place).expect("a directory can be made");
            write(&init, "\"\"\"CPython's.\"\"\"\n");
        }),
        ("an empty directory", &|| fs::create_dir(&place).expect("a directory can be made")),
        ("a file", &|| write(&place, "")),
        ("a dangling link", &|| symlink("nowhere", &place).expect("a link can be made")),
        // As a package manager leaves it that unpacks its own package over the stand-in.
        ("a stand-in with another module", &|| {
            put();
            write(&init, "\"\"\"A distributor's.\"\"\"\n");
        }),
        ("a stand-in with one file more", &|| {
            put();
            write(&place.join("more.py"), "");
        }),
        ("a stand-in with one file less", &|| {
            put();
            fs::remove_file(place.join("py.typed")).expect("it is there");
        }),
        ("a stand-in with a damaged record", &|| {
            put();
            write(&place.join("ensurepip-host.json"), "[]");
        }),
    ];
    for (what, make) in makings {
        make();
        for options in [&[][..], &["--remove"]] {
            assert!(place.symlink_metadata().is_ok(), "{what}");
            let reason = format!("{} is there, and ", place.display());
            assert_refused(&bare, || bare.stand_in(options), &reason);
        }
        clear();
    }
}

#[test]
fn stand_in_refuses_virtual_environment() {
    let Some(bare) = Bare::make(&answers("1.2.3")) else { return };
    let environment = bare.scratch.work().join("env");
    let make = ["-m", "venv", "--without-pip", "--system-site-packages"];
    bare.run().arguments(make).argument(&environment).run().expect_success();
    let python = environment.join("bin/python");
    for options in [&[][..], &["--remove"]] {
        let run = || {
            let stand_in = plain(&python, bare.home()).arguments(["-m", "ensurepip_host.stand_in"]);
            stand_in.arguments(options).run()
        };
        assert_refused(&bare, run, &format!("{} is a virtual environment", environment.display()));
    }
}

#[test]
fn stand_in_refuses_directory_that_cannot_be_changed() {
    let Some(bare) = Bare::make(&answers("1.2.3")) else { return };
    let library = &bare.copy.library;
    let mode = |mode| {
        fs::set_permissions(library, Permissions::from_mode(mode)).expect("it is ours");
    };
    let reason = format!("{} cannot be changed: Permission denied", library.display());
    let run = |options: &[&str]| {
        let python = without_privileges(&bare.copy.python, bare.home())
            .environment("PATH", PLAIN_PATH)
            .environment("PYTHONDONTWRITEBYTECODE", "1");
        python.arguments(["-m", "ensurepip_host.stand_in"]).arguments(options).run()
    };
    mode(0o555);
    assert_refused(&bare, || run(&[]), &reason);
    mode(0o755);
    run(&[]).expect_success();
    mode(0o555);
    assert_refused(&bare, || run(&["--remove"]), &reason);
    mode(0o755);
    run(&["--remove"]).expect_success();
}

/// The program's own message is enough if there is one.
#[test]
fn stand_in_refuses_missing_or_failing_program() {
    let Some(bare) = Bare::make("#!/bin/sh\necho 'error: no wheel' >&2\nexit 1\n") else { return };
    assert_refused(&bare, || bare.stand_in(&[]), "no wheel");
    let nowhere = "/nowhere/ensurepip-host";
    let run = || {
        let run = bare.run().environment("ENSUREPIP_HOST", nowhere);
        run.arguments(["-m", "ensurepip_host.stand_in"]).run()
    };
    assert_refused(&bare, run, nowhere);
}

#[test]
fn stand_in_help_states_effect_and_way_back() {
    let Some(bare) = Bare::make(&answers("1.2.3")) else { return };
    let before = Tree::of(&bare.copy.prefix);
    let help = bare.stand_in(&["--help"]).expect_success().stdout();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "usage: python -m ensurepip_host.stand_in ",
        "standard library",
        "--remove",
        "never changed",
    ] {
        assert!(help.contains(words), "{words} is not in {help}");
    }
    assert_unchanged(&before, &Tree::of(&bare.copy.prefix));
}
