//! Schemes that the component may answer, and those that it may not.

use super::{PLACE_OF_PIP, Resolution, check, overlap};
use crate::bindings::ensurepip::bootstrap::types::{self, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{Action, PlanReport};
use crate::convert::{ROLES, role_name, role_path};
use crate::error::Error;
use crate::facts::sample::sample;
use crate::facts::{Facts, Scheme, SchemeName};
use crate::progress::Reporter;
use crate::sandbox::{Access, Interrupt, Runtime, Sandbox};
use crate::wheels::{Contents, Wheel};
use serde_json::json;
use std::path::PathBuf;
use std::slice;
use std::sync::Arc;

/// The name of a wheel, which the project's name is taken from.
const WHEEL: &str = "pip-30.3-py3-none-any.whl";

/// The facts about a CPython that reports its paths: in a virtual environment, with a Windows user name
/// in mixed case there.
fn facts(os: &str) -> Facts {
    let (prefix, base, bin, lib) = match os {
        "nt" => ("C:\\Users\\Ada\\venv", "C:\\Python313", "Scripts", "Lib\\site-packages"),
        _ => ("/home/ada/venv", "/usr", "bin", "lib/python3.13/site-packages"),
    };
    let separator = if os == "nt" { '\\' } else { '/' };
    let below = |name: &str| format!("{prefix}{separator}{name}");
    sample(&[&json!({
        "os": os, "platform": "any", "executable": below(bin), "shebang": below(bin),
        "prefix": prefix, "exec_prefix": prefix, "base_prefix": base, "base_exec_prefix": base,
        "winver": "3.13", "stdlib": base,
        "paths": {
            "purelib": below(lib), "platlib": below(lib), "include": format!("{base}{separator}include"),
            "scripts": below(bin), "data": prefix,
        },
    })])
}

fn component() -> Sandbox {
    let runtime = Runtime::new().expect("the component can be loaded");
    runtime.sandbox(Reporter::new(None), &Interrupt::default()).expect("it can be instantiated")
}

/// What the component answers.
fn located(component: &mut Sandbox, facts: &Facts) -> types::Scheme {
    let found = component.find(&Access::default(), WHEEL, facts, false).expect("it ends");
    found.expect("the facts are those of a Python").scheme
}

fn path_mut(scheme: &mut types::Scheme, role: Role) -> &mut String {
    match role {
        Role::Purelib => &mut scheme.purelib,
        Role::Platlib => &mut scheme.platlib,
        Role::Headers => &mut scheme.headers,
        Role::Scripts => &mut scheme.scripts,
        Role::Data => &mut scheme.data,
    }
}

/// Both sides derive the same paths from any facts.
#[test]
fn scheme_answers_of_the_component_are_accepted() {
    let mut component = component();
    let mut accept = |facts: &Facts| {
        let scheme = located(&mut component, facts);
        if let Err(error) = check(facts, "pip", &scheme) {
            panic!("{error}\n{scheme:?}\n{facts:?}");
        }
    };
    for os in ["posix", "nt"] {
        let venv = facts(os);
        accept(&venv);
        accept(&Facts { base_prefix: venv.prefix.clone(), ..venv });
    }
    let names = [
        ("posix", SchemeName::PosixPrefix),
        ("posix", SchemeName::PosixLocal),
        ("posix", SchemeName::RpmLocal),
        ("nt", SchemeName::Nt),
    ];
    for (os, name) in names {
        for version in [[3, 6, 15], [3, 9, 1], [3, 13, 2]] {
            for (implementation, abiflags) in [("cpython", "t"), ("cpython", ""), ("pypy", "")] {
                for prefix in ["/usr", "/", "", "/opt/my python", "C:\\Python313", "C:/Python/"] {
                    let known = Facts {
                        version,
                        implementation: implementation.to_owned(),
                        abiflags: abiflags.to_owned(),
                        free_threaded: abiflags == "t",
                        platlibdir: "lib64".to_owned(),
                        prefix: prefix.to_owned(),
                        exec_prefix: prefix.to_owned(),
                        base_prefix: prefix.to_owned(),
                        scheme: Scheme::Named(name),
                        ..facts(os)
                    };
                    accept(&known);
                    accept(&Facts { base_prefix: "/base".to_owned(), ..known.clone() });
                    accept(&Facts { exec_prefix: "/exec".to_owned(), ..known });
                }
            }
        }
    }
}

/// In each role: beside the right place, above it, another spelling of it, and the place of scripts.
#[test]
fn directories_that_do_not_follow_from_the_facts_are_refused() {
    let mut component = component();
    let known = Facts { scheme: Scheme::Named(SchemeName::PosixPrefix), ..facts("posix") };
    for facts in [facts("posix"), known, facts("nt")] {
        let right = located(&mut component, &facts);
        for role in ROLES {
            let path = role_path(&right, role);
            let wrong = [
                String::new(),
                "/".to_owned(),
                "..".to_owned(),
                "/etc".to_owned(),
                "C:\\Windows".to_owned(),
                "relative/site-packages".to_owned(),
                "/home/ada/.ssh".to_owned(),
                "/home/ada/venv/lib/python2.7/site-packages".to_owned(),
                format!("{path}/"),
                format!("{path}/.."),
                format!("{path}/../site-packages"),
                format!("{path}\\..\\..\\decoy"),
                format!("{path}-decoy"),
                path.to_uppercase(),
                path.replace('\\', "/").replacen('/', "//", 1),
                right.scripts.clone(),
                format!("{}/pip", right.scripts),
            ];
            for wrong in wrong.iter().filter(|wrong| *wrong != path) {
                let mut scheme = right.clone();
                path_mut(&mut scheme, role).clone_from(wrong);
                let error = check(&facts, "pip", &scheme).expect_err("it is elsewhere");
                assert!(matches!(error, Error::Component(_)), "{error}");
                let (name, shown) = (role_name(role), wrong.escape_debug());
                let words = format!("its directory for `{name}` is `{shown}`, not `{path}`");
                assert!(error.to_string().ends_with(&words), "{error}");
            }
        }
    }
}

/// A Python whose scripts directory is a part of its library, or the other way round.
#[test]
fn library_that_overlaps_the_scripts_directory_is_refused() {
    for (os, purelib, scripts) in [
        ("posix", "/venv/bin", "/venv/bin"),
        ("posix", "/venv//bin/", "/venv/./bin"),
        ("posix", "/venv", "/venv/bin"),
        ("posix", "/", "/venv/bin"),
        ("posix", "/venv/bin/site-packages", "/venv/bin"),
        ("nt", "C:\\venv\\scripts", "c:/VENV/Scripts"),
    ] {
        let mut facts = facts(os);
        let Scheme::Reported(paths) = &mut facts.scheme else { panic!("they are reported") };
        (paths.purelib, paths.scripts) = (purelib.to_owned(), scripts.to_owned());
        let scheme = located(&mut component(), &facts);
        let error = check(&facts, "pip", &scheme).expect_err("they overlap");
        assert!(matches!(error, Error::PythonAnswer { .. }), "{error}");
        let words = format!("library `{purelib}` and its scripts directory `{scripts}` overlap");
        assert!(error.to_string().ends_with(&words), "{error}");
    }
    assert!(!overlap(&facts("posix"), "/venv/bin2", "/venv/bin"));
    assert!(!overlap(&facts("posix"), "/venv/Bin", "/venv/bin"));
}

/// A wheel of a project, in a directory; none for a bundled one.
fn wheel(project: &str, directory: Option<&str>) -> Arc<Wheel> {
    Arc::new(Wheel {
        name: format!("{project}-30.3-py3-none-any.whl"),
        path: directory.map(PathBuf::from),
        project: project.to_owned(),
        version: "30.3".to_owned(),
        contents: Contents::Archive(Vec::new()),
        sha256: String::new(),
        trusted: false,
    })
}

/// A plan for such a wheel, with the directories that the real component finds.
fn plan(facts: &Facts, project: &str, grants: &[Role]) -> PlanReport {
    let name = format!("{project}-30.3-py3-none-any.whl");
    let found = component().find(&Access::default(), &name, facts, false).expect("it ends");
    PlanReport {
        project: project.to_owned(),
        version: "30.3".to_owned(),
        scheme: found.expect("the facts are those of a Python").scheme,
        grants: grants.to_vec(),
        action: Action::Install,
        files: Vec::new(),
        scripts: Vec::new(),
    }
}

#[test]
fn another_distribution_or_scheme_is_refused() {
    let facts = facts("posix");
    let right = plan(&facts, "pip", &[PLACE_OF_PIP]);
    let resolve =
        |plan: &PlanReport| Resolution::of(&facts, &[wheel("pip", None)], slice::from_ref(plan));
    resolve(&right).map(drop).expect("all of it is right");
    let elsewhere = types::Scheme { scripts: "/usr/bin".to_owned(), ..right.scheme.clone() };
    for (wrong, words) in [
        (
            PlanReport { project: "\u{1b}[2J".to_owned(), ..right.clone() },
            r"`\u{1b}[2J` `30.3` for `pip-",
        ),
        (PlanReport { version: "30.4".to_owned(), ..right.clone() }, "`pip` `30.4` for `pip-30.3-"),
        (
            PlanReport { scheme: elsewhere, ..right.clone() },
            "its directory for `scripts` is `/usr/bin`, not",
        ),
    ] {
        let error = resolve(&wrong).map(drop).expect_err("it is wrong");
        assert!(matches!(error, Error::Component(_)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn grants_are_the_library_and_never_scripts() {
    let facts = facts("posix");
    let asked = |path, grants: &[Role]| {
        Resolution::of(&facts, &[wheel("pip", path)], &[plan(&facts, "pip", grants)]).map(drop)
    };
    let given = Some("/wheels");
    asked(None, &[PLACE_OF_PIP]).expect("it is the library");
    asked(given, &[Role::Purelib, Role::Headers, Role::Data]).expect("a wheel may have them");
    for (path, grants, words) in [
        (None, &[Role::Scripts][..], "it asked for the `scripts` directory `/home/ada/venv/bin`"),
        (given, &[Role::Purelib, Role::Scripts], "it asked for the `scripts` directory"),
        (None, &[Role::Purelib, Role::Data], "it asked for the `data` directory `/home/ada/venv`"),
        (None, &[Role::Purelib, Role::Purelib], "it asked twice for the directory `/home/ada"),
        // Both roles have one path here, which can be locked once.
        (given, &[Role::Purelib, Role::Platlib], "it asked twice for the directory `/home/ada"),
    ] {
        let error = asked(path, grants).expect_err("it is not to be granted");
        assert!(matches!(error, Error::Component(_)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// Each project has a directory of its own for headers; all others are granted once for all wheels.
#[test]
fn directories_of_several_wheels_are_granted_once() {
    let facts = facts("posix");
    let wheels = ["pip", "my_lib"].map(|project| wheel(project, Some("/wheels")));
    let plans = [
        plan(&facts, "pip", &[Role::Purelib, Role::Data]),
        plan(&facts, "my_lib", &[Role::Purelib, Role::Headers]),
    ];
    let found = Resolution::of(&facts, &wheels, &plans).expect("all of it is right");
    assert_eq!(found.projects, ["pip", "my_lib"]);
    assert_eq!(found.grants, [Role::Purelib, Role::Data, Role::Headers]);
    assert!(found.scheme.headers.ends_with("/python3.13/my_lib"), "{}", found.scheme.headers);
    let [one, mut other] = plans;
    other.scheme.headers.clone_from(&one.scheme.headers);
    let error = Resolution::of(&facts, &wheels, &[one, other]).map(drop).expect_err("it is wrong");
    assert!(error.to_string().contains("its directory for `headers` is"), "{error}");
}
