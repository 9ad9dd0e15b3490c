//! Sets of wheels: what each gets, and which are refused.

use super::driver::{self, Done, Failed};
use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{given, old, pip, request, upgrading};
use crate::bindings::ensurepip::bootstrap::types::{Conflict, Error, Request, Role, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport, WrittenFile};
use crate::install::{self, Transaction, WheelResource};

/// An application with a command, a package and a module of a namespace package.
pub(super) fn app(version: &str) -> WheelBuilder {
    let module = format!("VERSION = '{version}'\n");
    let files = [("my_app/__init__.py", module.as_str()), ("space/app.py", "")];
    let gone = format!("my_app/only_{}.py", version.replace('.', "_"));
    WheelBuilder::new("my_app", version, &files)
        .file(&gone, "")
        .entry_points("[console_scripts]\nmy-app = my_app:main\n")
}

/// A library with a platform module, and another module of the namespace package.
pub(super) fn library(version: &str) -> WheelBuilder {
    WheelBuilder::new("lib.x", version, &[("space/library.py", "")])
        .metadata("WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
}

fn resources(wheels: &[WheelBuilder]) -> Vec<WheelResource> {
    wheels.iter().map(given).collect()
}

fn install(wheels: &[WheelBuilder], request: &Request, target: &Target) -> Result<Done, Failed> {
    let wheels = resources(wheels);
    driver::install(&wheels.iter().collect::<Vec<_>>(), request, target)
}

fn plan(
    wheels: &[WheelBuilder],
    request: &Request,
    target: &Target,
) -> Result<Vec<PlanReport>, Error> {
    let wheels = resources(wheels);
    install::plan(&wheels.iter().collect::<Vec<_>>(), &target.python, request, target)
}

/// The wheels of a set leave what each leaves that is installed alone.
#[test]
fn set_leaves_what_its_wheels_leave_one_by_one() {
    let set = [pip(), app("2.0"), library("1.0")];
    for new in
        [|| Target::posix(&[Role::Purelib]), || Target::with_lib64(&[Role::Purelib, Role::Platlib])]
    {
        let (together, one_by_one) = (new(), new());
        let plans = plan(&set, &request(), &together).expect("nothing is in the way");
        let done = install(&set, &request(), &together).expect("nothing is in the way");
        for (number, wheel) in (0..).zip(&set) {
            let planned = plan(std::slice::from_ref(wheel), &request(), &one_by_one);
            assert_eq!(planned, Ok(vec![plans[number as usize].clone()]));
            let alone = super::apply(wheel, &one_by_one).expect("nothing is in the way");
            let of_wheel = done.files.iter().filter(|file| file.wheel == number);
            let of_wheel: Vec<_> =
                of_wheel.map(|file| WrittenFile { wheel: 0, ..file.clone() }).collect();
            assert_eq!(of_wheel, alone.files, "{number}");
        }
        assert!(together.trees() == one_by_one.trees());
        assert_eq!(*together.bin.borrow(), *one_by_one.bin.borrow());
    }
}

/// A distributor's pip without its libraries needs wheels of all of them.
#[test]
fn debundled_pip_is_accepted_with_wheels_of_its_libraries() {
    let pip = pip()
        .file("pip/_vendor/__init__.py", "DEBUNDLED = True\n")
        .file("pip/_vendor/vendor.txt", "Lib.X==1.0\n    my-app==2.0  # needed\n");
    let target = Target::posix(&[Role::Purelib]);
    let before = target.trees();
    for (others, missing) in
        [(vec![], "Lib.X, my-app"), (vec![app("2.0")], "Lib.X"), (vec![library("1.0")], "my-app")]
    {
        let set: Vec<WheelBuilder> = [pip.clone()].into_iter().chain(others).collect();
        let refused = plan(&set, &request(), &target).expect_err("pip lacks something");
        let Error::UnsoundWheel(faults) = &refused else { panic!("{refused:?}") };
        assert!(faults[0].detail.contains(&format!("without {missing}, which")), "{faults:?}");
        assert!(install(&set, &request(), &target).is_err());
        assert!(target.trees() == before);
    }
    let set = [pip.clone(), app("2.0"), library("1.0")];
    install(&set, &request(), &target).expect("all are there");
    // A removal needs none of them.
    driver::remove(&[&given(&pip)], &target).expect("it is installed");
}

#[test]
fn set_keeps_upgrades_and_installs() {
    let target = Target::posix(&[Role::Purelib]);
    let installed = [old(), app("2.0")];
    install(&installed, &request(), &target).expect("nothing is in the way");
    let set = [pip(), app("2.0"), library("1.0")];
    let plans = plan(&set, &upgrading(), &target).expect("nothing is in the way");
    let actions: Vec<_> = plans.iter().map(|plan| &plan.action).collect();
    assert!(
        matches!(actions[..], [Action::Upgrade(_), Action::Keep(_), Action::Install]),
        "{actions:?}"
    );
    let kept = target.memory(Role::Purelib).tree();
    install(&set, &upgrading(), &target).expect("nothing is in the way");
    let now = target.memory(Role::Purelib).tree();
    for (path, node) in kept.iter().filter(|(path, _)| path.starts_with("my_app")) {
        assert_eq!(now.get(path), Some(node), "{path}");
    }
    assert!(now.contains_key("lib.x-1.0.dist-info/METADATA"));
    assert!(now.contains_key("pip-30.3.dist-info/METADATA"));
    assert!(!now.contains_key("pip-24.0.dist-info/METADATA"));
}

/// PEP 376: it was installed by direct user request, and not as a dependency.
#[test]
fn dependency_has_no_requested_file() {
    let target = Target::posix(&[Role::Purelib]);
    let request = Request { dependencies: vec![2], ..request() };
    let set = [pip(), app("2.0"), library("1.0")];
    install(&set, &request, &target).expect("nothing is in the way");
    let now = target.memory(Role::Purelib).tree();
    for (dist_info, expected) in [("pip-30.3", true), ("my_app-2.0", true), ("lib.x-1.0", false)] {
        let path = format!("{dist_info}.dist-info/REQUESTED");
        assert_eq!(now.contains_key(&path), expected, "{path}");
        let record = target.text(Role::Purelib, &format!("{dist_info}.dist-info/RECORD"));
        assert_eq!(record.contains(&path), expected, "{record}");
    }
}

#[test]
fn wheels_that_conflict_are_refused() {
    let wheel = |name: &str, file: &str| WheelBuilder::new(name, "1", &[(file, "")]);
    let scripts = "[console_scripts]\nMY-app = b:main\n";
    for (second, role, path) in [
        (wheel("b", "my_app/__init__.py"), Role::Purelib, "my_app/__init__.py"),
        (wheel("b", "My_App/__INIT__.py"), Role::Purelib, "My_App/__INIT__.py"),
        (wheel("b", "my_app"), Role::Purelib, "my_app"),
        (wheel("b", "space/app.py/x"), Role::Purelib, "space/app.py/x"),
        (wheel("b", "b.py").entry_points(scripts), Role::Scripts, "MY-app"),
        (wheel("b", "b.py").data("scripts/my-app", "#!python\n"), Role::Scripts, "my-app"),
        (wheel("b", "b.py").data("data/bin/my-app", ""), Role::Scripts, "my-app"),
        (wheel("My.App", "b.py"), Role::Purelib, "My.App-1.dist-info"),
    ] {
        let target = Target::posix(&[Role::Purelib, Role::Data]);
        let set = [app("2.0"), pip(), second];
        let conflict = Conflict { role, path: path.to_owned(), wheels: (0, 2) };
        let conflict = Error::Conflict(conflict);
        let before = target.trees();
        assert_eq!(plan(&set, &request(), &target), Err(conflict.clone()), "{path}");
        let done = install(&set, &request(), &target);
        assert_eq!(done, Err(Failed::Component(conflict)), "{path}");
        assert!(target.trees() == before, "{path}");
    }
}

/// They go to a directory of each project, and one directory is granted.
#[test]
fn headers_of_two_wheels_are_refused() {
    let with_header = |wheel: WheelBuilder| wheel.data("headers/x.h", "");
    let set = [with_header(app("2.0")), pip(), with_header(library("1.0"))];
    let target = Target::posix(&[Role::Purelib, Role::Headers]);
    let conflict = Conflict { role: Role::Headers, path: String::new(), wheels: (0, 2) };
    assert_eq!(plan(&set, &request(), &target), Err(Error::Conflict(conflict)));
    plan(&set[..2], &request(), &target).expect("one has headers");
}

#[test]
fn hostile_wheel_refuses_its_set() {
    let target = Target::posix(&[Role::Purelib]);
    let set = [pip(), app("2.0").unlisted("my_app/__init__.py"), library("1.0")];
    let done = install(&set, &request(), &target);
    assert!(matches!(done, Err(Failed::Component(Error::UnsoundWheel(_)))), "{done:?}");
    assert_eq!(target.paths(Role::Purelib), [""; 0]);
}

/// Without a wheel of pip, the launcher is left to the host.
#[test]
fn windows_scripts_of_set_get_launcher_of_pip() {
    let target = Target::windows("win-amd64", &[Role::Purelib]);
    let starts = |name: &str, stub: &[u8]| {
        let scripts = target.bin.borrow();
        let script = scripts.get(name).unwrap_or_else(|| panic!("`{name}` was not written"));
        script.starts_with(&[stub, b"#!"].concat())
    };
    install(&[app("1.0")], &request(), &target).expect("nothing is in the way");
    assert!(starts("my-app.exe", b""));
    install(&[app("2.0"), pip()], &upgrading(), &target).expect("nothing is in the way");
    assert!(starts("my-app.exe", b"MZ t64"));
    // A pip that stays has it as well.
    let other = WheelBuilder::new("b", "1", &[("b.py", "")]);
    let other = other.entry_points("[console_scripts]\nb = b:main\n");
    install(&[other, pip()], &request(), &target).expect("nothing is in the way");
    assert!(starts("b.exe", b"MZ t64"));
}

#[test]
fn removal_of_one_project_twice_is_refused() {
    let target = Target::posix(&[Role::Purelib]);
    install(&[app("2.0")], &request(), &target).expect("nothing is in the way");
    let before = target.trees();
    let wheels = resources(&[app("2.0"), pip(), app("1.0")]);
    let removed = driver::remove(&wheels.iter().collect::<Vec<_>>(), &target);
    let path = "my_app-1.0.dist-info".to_owned();
    let conflict = Conflict { role: Role::Purelib, path, wheels: (0, 2) };
    assert_eq!(removed, Err(Failed::Component(Error::Conflict(conflict))));
    assert!(target.trees() == before);
}

/// What a stopped run has left stays until all wheels are known: a call that fails has changed nothing.
#[test]
fn removal_that_is_refused_sweeps_nothing() {
    let target = Target::posix(&[Role::Purelib]);
    install(&[app("2.0")], &request(), &target).expect("nothing is in the way");
    let files = [".ensurepip-host-stage/0/new/x", "lib_x-1.0.egg-info"];
    target.memory(Role::Purelib).put_all(&files, b"Version: 1.0\n");
    let before = target.trees();
    // The first is not installed, and the files of the second are not known.
    let wheels = resources(&[pip(), library("1.0")]);
    let removed = driver::remove(&wheels.iter().collect::<Vec<_>>(), &target);
    assert!(matches!(removed, Err(Failed::Component(Error::UnknownFiles(_)))), "{removed:?}");
    assert!(target.trees() == before);
}

#[test]
fn share_of_several_wheels_is_misuse() {
    let target = Target::posix(&[Role::Purelib]);
    let wheels = resources(&[pip(), app("2.0")]);
    let wheels: Vec<_> = wheels.iter().collect();
    let begun = Transaction::begin(&wheels, &target.python, &request(), &target);
    let mut transaction = begun.expect("nothing is in the way");
    let shared = transaction.share(&[]).map(|_| ());
    assert_eq!(shared, Err(Error::Misuse("several wheels cannot be shared".to_owned())));
    transaction.stage(&target).expect("the call has changed nothing");
}

/// pip writes the scripts of what it installs, in its own wording; without pip, that is the newest.
#[test]
fn scripts_of_set_have_wording_of_its_pip() {
    let suffix = |set: &[WheelBuilder]| {
        let target = Target::posix(&[Role::Purelib]);
        install(set, &request(), &target).expect("nothing is in the way");
        let scripts = target.bin.borrow();
        let script = scripts.get("my-app").expect("it was written");
        String::from_utf8_lossy(script).contains("re.sub")
    };
    assert!(!suffix(&[app("2.0")]));
    assert!(!suffix(&[pip(), app("2.0")]));
    assert!(suffix(&[old(), app("2.0")]));
}

/// As for pip's own scripts, the version is that of the target, whatever the wheel was built with.
#[test]
fn scripts_of_setuptools_have_version_of_target() {
    let setuptools = || {
        WheelBuilder::new("setuptools", "47.1", &[("easy_install.py", "")]).entry_points(
            "[console_scripts]\neasy_install = easy_install:main\neasy_install-3.8 = easy_install:main\n",
        )
    };
    for (scripts, expected) in [
        (ScriptSet::Versioned, &["easy_install-3.13"][..]),
        (ScriptSet::Alternate, &["easy_install-3.13"]),
        (ScriptSet::DefaultPip, &["easy_install", "easy_install-3.13"]),
    ] {
        let target = Target::posix(&[Role::Purelib]);
        let request = Request { scripts, ..request() };
        install(&[setuptools()], &request, &target).expect("nothing is in the way");
        let names: Vec<String> = target.bin.borrow().keys().cloned().collect();
        assert_eq!(names, expected);
    }
}
