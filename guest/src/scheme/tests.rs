//! The templates, compared with `sysconfig` itself, by variables that distinguish every part.

use super::{expand, relative, resolve};
use crate::bindings::ensurepip::bootstrap::types::{
    OsName, Python, SchemeName, SchemeSource, VersionInfo,
};
use std::process::Command;

/// Prints, for each scheme of this Python, its paths for made-up variables.
const ASK: &str = r#"
import sys, sysconfig
variables = dict(base="/B", platbase="/P", installed_base="/I", installed_platbase="/IP",
    userbase="/U", platlibdir="lib64", abiflags="x", abi_thread="", winver="3.7-32",
    py_version_nodot_plat="37-32", py_version_nodot="37-32")
print(sys.implementation.name, *sys.version_info[:3])
for name in sysconfig.get_scheme_names():
    paths = sysconfig.get_paths(name, vars=variables)
    print(name, *(paths[key] for key in ("purelib", "platlib", "include", "scripts", "data")))
"#;

fn python(version: VersionInfo, name: SchemeName) -> Python {
    let os = match name {
        SchemeName::Nt | SchemeName::NtUser => OsName::Nt,
        _ => OsName::Posix,
    };
    Python {
        version,
        implementation: "cpython".to_owned(),
        cache_tag: None,
        os,
        platform: String::new(),
        prefix: "/B".to_owned(),
        exec_prefix: "/P".to_owned(),
        base_prefix: "/I".to_owned(),
        base_exec_prefix: "/IP".to_owned(),
        platlibdir: "lib64".to_owned(),
        abiflags: "x".to_owned(),
        free_threaded: false,
        winver: Some("3.7-32".to_owned()),
        user_base: Some("/U".to_owned()),
        scheme_source: SchemeSource::Named(name),
    }
}

fn scheme_name(name: &str) -> Option<SchemeName> {
    Some(match name {
        "posix_prefix" | "posix_venv" => SchemeName::PosixPrefix,
        "posix_home" => SchemeName::PosixHome,
        "posix_user" => SchemeName::PosixUser,
        "osx_framework_user" => SchemeName::OsxFrameworkUser,
        "nt" | "nt_venv" => SchemeName::Nt,
        "nt_user" => SchemeName::NtUser,
        "posix_local" => SchemeName::PosixLocal,
        "deb_system" => SchemeName::DebSystem,
        _ => return None,
    })
}

/// Every Python 3 of this machine that is on PATH, Debian's, or from pyenv.
fn interpreters() -> Vec<String> {
    let mut found = vec!["python3".to_owned()];
    let root = Command::new("pyenv").arg("root").output();
    let root = root.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    for version in root.iter().flat_map(|root| {
        std::fs::read_dir(format!("{}/versions", root.trim())).into_iter().flatten().flatten()
    }) {
        if version.file_name().to_string_lossy().starts_with('3') {
            found.push(version.path().join("bin/python3").to_string_lossy().into_owned());
        }
    }
    let of_the_distribution = ["/usr/bin/python3", "/usr/bin/pypy3"].into_iter();
    found.extend(
        of_the_distribution.filter(|path| std::path::Path::new(path).exists()).map(str::to_owned),
    );
    found
}

#[test]
fn scheme_templates_match_sysconfig() {
    let mut compared = 0;
    for interpreter in interpreters() {
        let output = Command::new(&interpreter).args(["-I", "-c", ASK]).output();
        let output = output.expect("a Python runs");
        assert!(output.status.success(), "{interpreter}: {output:?}");
        let answer = String::from_utf8(output.stdout).expect("the answer is text");
        let mut lines = answer.lines();
        let (implementation, numbers) = lines
            .next()
            .and_then(|line| line.split_once(' '))
            .expect("the first line says what it is");
        let numbers: Vec<u32> =
            numbers.split(' ').map(|number| number.parse().expect("is a number")).collect();
        let version = VersionInfo { major: numbers[0], minor: numbers[1], micro: numbers[2] };
        for line in lines {
            let mut words = line.split(' ');
            let name = words.next().expect("a line begins with a scheme");
            let Some(known) = scheme_name(name) else { continue };
            let mut facts = python(version, known);
            implementation.clone_into(&mut facts.implementation);
            // PyPy has separate directories for users, and no flags.
            if implementation == "pypy" && (name.contains("user") || name == "nt") {
                continue;
            }
            let paths = expand(known, &facts).expect("all variables are there");
            let ours = [paths.purelib, paths.platlib, paths.include, paths.scripts, paths.data]
                .map(|path| path.replace('\\', "/"));
            let theirs: Vec<&str> = words.collect();
            assert_eq!(ours.each_ref().map(String::as_str), theirs[..], "{interpreter}: {name}");
            compared += 1;
        }
    }
    assert!(compared >= 6, "only {compared} schemes were compared");
}

#[test]
fn scheme_of_free_threaded_build_has_own_directories() {
    let version = VersionInfo { major: 3, minor: 13, micro: 0 };
    let mut facts = python(version, SchemeName::PosixPrefix);
    facts.free_threaded = true;
    facts.abiflags = "t".to_owned();
    let scheme = resolve(&facts, "pip").expect("is a scheme");
    assert_eq!(scheme.purelib, "/B/lib/python3.13t/site-packages");
    assert_eq!(scheme.headers, "/B/include/site/python3.13/pip");
    facts.base_prefix = facts.prefix.clone();
    let scheme = resolve(&facts, "pip").expect("is a scheme");
    assert_eq!(scheme.headers, "/B/include/python3.13t/pip");
}

/// Follows Fedora's patches; no Python of Fedora is available here to ask.
#[test]
fn scheme_of_rpm_distribution_is_below_usr_local() {
    let version = VersionInfo { major: 3, minor: 13, micro: 2 };
    let mut facts = python(version, SchemeName::RpmLocal);
    for path in [&mut facts.prefix, &mut facts.exec_prefix, &mut facts.base_prefix] {
        "/usr".clone_into(path);
    }
    facts.abiflags = String::new();
    let scheme = resolve(&facts, "pip").expect("is a scheme");
    assert_eq!(scheme.purelib, "/usr/local/lib/python3.13/site-packages");
    assert_eq!(scheme.platlib, "/usr/local/lib64/python3.13/site-packages");
    assert_eq!(scheme.headers, "/usr/include/python3.13/pip");
    assert_eq!(scheme.scripts, "/usr/local/bin");
    assert_eq!(scheme.data, "/usr/local");
}

#[test]
fn relative_path_is_written_as_in_record() {
    let posix = |from, to| relative(OsName::Posix, from, to);
    assert_eq!(posix("/v/lib/python3.13/site-packages", "/v/bin/pip3"), "../../../bin/pip3");
    assert_eq!(posix("/v/lib", "/v/lib/pip/a.py"), "pip/a.py");
    assert_eq!(posix("/a", "/b/c"), "../b/c");
    let windows = |from, to| relative(OsName::Nt, from, to);
    assert_eq!(
        windows(r"C:\Py\Lib\site-packages", r"c:\py\Scripts\pip.exe"),
        "../../Scripts/pip.exe"
    );
    assert_eq!(windows(r"C:\Py\Lib", r"D:\Scripts\pip.exe"), "D:/Scripts/pip.exe");
}
