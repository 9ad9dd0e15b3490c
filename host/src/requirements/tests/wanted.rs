//! Arguments.

use super::super::Wanted;
use pep440_rs::Version;
use std::str::FromStr as _;

fn version(text: &str) -> Version {
    Version::from_str(text).expect("it is a version")
}

#[test]
fn argument_names_project_and_version() {
    let wanted = Wanted::from_str("Zope.Interface").expect("it is valid");
    assert_eq!(wanted.name, "zope-interface");
    assert_eq!(wanted.shown_name, "Zope.Interface");
    assert_eq!(wanted.version, None);
    assert!(wanted.hashes.is_empty() && wanted.extras.is_empty());
    assert!(wanted.accepts(&version("1.0rc1")));
    let wanted = Wanted::from_str("uvicorn[Standard]==0.30").expect("it is valid");
    assert_eq!(wanted.extras.iter().collect::<Vec<_>>(), ["standard"]);
    assert_eq!(wanted.version, Some(version("0.30.0")));
}

/// PEP 440: `==` ignores the local version unless it states one.
#[test]
fn version_accepts_local_versions() {
    for (argument, found, is_accepted) in [
        ("torch==2.1", "2.1.0+cpu", true),
        ("torch==2.1", "2.1.1", false),
        ("torch==2.1", "2.1.post1", false),
        ("torch==2.1+cpu", "2.1+cpu", true),
        ("torch==2.1+cpu", "2.1", false),
        ("torch==2.1+cpu", "2.1+cu118", false),
    ] {
        let wanted = Wanted::from_str(argument).expect("it is valid");
        assert_eq!(wanted.accepts(&version(found)), is_accepted, "{argument} {found}");
    }
}

#[test]
fn other_argument_is_rejected() {
    for (argument, reason) in [
        ("", "a project's name is missing at the end"),
        ("./a.whl", "a project's name is missing before `./a.whl`"),
        ("a>=1", "`a>=1` does not name one version by `==`"),
        ("a==1.*", "`a==1.*` does not name one version by `==`"),
        ("a==1,==2", "`a==1,==2` does not name one version by `==`"),
        ("a==x", "`==x` is no version specifier"),
        ("a=1", "a comma or `;` is missing before `=1`"),
        ("a @ https://example.org/a.whl", "`a` names a URL, not a version"),
        ("a; os_name == 'nt'", "a marker belongs into a requirements file"),
    ] {
        assert_eq!(Wanted::from_str(argument), Err(reason.to_owned()), "{argument}");
    }
}

#[test]
fn statements_about_one_project_are_merged() {
    let wanted = |argument: &str, hashes: &[&str]| {
        let hashes = hashes.iter().copied().map(str::to_owned).collect();
        Wanted { hashes, ..Wanted::from_str(argument).expect("it is valid") }
    };
    let merge = |mut one: Wanted, other| one.merge(other).map(|()| one);
    let merged = merge(wanted("a[x]", &[]), wanted("A[y]==1", &["1", "2"])).expect("both can hold");
    assert_eq!(merged, wanted("a[x,y]==1", &["1", "2"]));
    let merged = merge(merged, wanted("a", &["2", "3"])).expect("both can hold");
    assert_eq!(merged, wanted("a[x,y]==1", &["2"]));
    let reason = merge(merged.clone(), wanted("a==2", &[])).expect_err("they contradict");
    assert_eq!(reason, "`a` is wanted as 1 and as 2");
    let reason = merge(merged, wanted("a", &["3"])).expect_err("they contradict");
    assert_eq!(reason, "`a` has contradicting hashes");
}
