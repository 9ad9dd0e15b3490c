//! The tags of many targets, compared with those that `packaging` lists.

use super::Tags;
use crate::facts::sample::sample;
use crate::libc::{Libc, Runtime};
use crate::wheels::file_name::FileName;
use crate::wheels::reference::answers;
use serde_json::{Value, json};

/// A target, as the facts and as `packaging` know it.
struct Target {
    facts: Value,
    runtime: Option<Runtime>,
    reference: Value,
}

/// The Python of a target: the changes of the facts, and the variables that `sysconfig` has of it.
type Python = (Value, Value);

fn python(version: [u32; 3], abiflags: &str) -> Python {
    let is_old = version < [3, 8, 0];
    let facts = json!({
        "version": version, "abiflags": abiflags, "free_threaded": abiflags.contains('t'),
    });
    let mut variables = json!({
        "Py_DEBUG": i32::from(abiflags.contains('d')),
        "Py_GIL_DISABLED": i32::from(abiflags.contains('t')),
    });
    if is_old {
        variables["WITH_PYMALLOC"] = json!(i32::from(abiflags.contains('m')));
    }
    (facts, variables)
}

/// Those of the releases that the tags of wheels differ by.
fn pythons() -> Vec<Python> {
    let mut pythons: Vec<Python> = [
        ([3, 6, 15], "m"),
        ([3, 6, 15], "dm"),
        ([3, 7, 17], ""),
        ([3, 8, 20], ""),
        ([3, 8, 20], "d"),
        ([3, 12, 3], ""),
        ([3, 13, 1], "t"),
        ([3, 14, 0], ""),
        ([3, 14, 0], "td"),
        ([3, 15, 0], "t"),
    ]
    .map(|(version, abiflags)| python(version, abiflags))
    .into();
    for (minor, release) in [(6, 9), (7, 13), (9, 16), (10, 14), (11, 13)] {
        pythons.push((
            json!({ "version": [3, minor, release], "implementation": "pypy" }),
            json!({ "EXT_SUFFIX": format!(".pypy3{minor}-pp73-x86_64-linux-gnu.so") }),
        ));
    }
    pythons
}

fn few() -> Vec<Python> {
    vec![python([3, 6, 15], "m"), python([3, 13, 1], "t")]
}

/// A target with the values that `packaging` has without another.
fn target((mut facts, variables): Python, platform: &str, system: &str) -> Target {
    facts["platform"] = json!(platform);
    let implementation = facts.get("implementation").unwrap_or(&json!("cpython")).clone();
    let reference = json!({
        "version": facts["version"], "implementation": implementation, "variables": variables,
        "platform": platform, "system": system, "macos": null, "is_32": false, "glibc": null,
        "musl": null, "is_hard_float": true,
    });
    Target { facts, runtime: None, reference }
}

fn on_linux(python: Python, platform: &str, runtime: Runtime) -> Target {
    let mut target = target(python, platform, "Linux");
    target.runtime = Some(runtime);
    target.reference["is_32"] = json!(matches!(runtime.machine, "i686" | "armv7l"));
    target.reference["is_hard_float"] = json!(runtime.is_hard_float);
    match runtime.libc {
        Some(Libc::Glibc { major, minor }) => target.reference["glibc"] = json!([major, minor]),
        Some(Libc::Musl { major, minor }) => target.reference["musl"] = json!([major, minor]),
        None => {}
    }
    target
}

const LIBCS: [Option<Libc>; 8] = [
    None,
    Some(Libc::Glibc { major: 2, minor: 4 }),
    Some(Libc::Glibc { major: 2, minor: 17 }),
    Some(Libc::Glibc { major: 2, minor: 28 }),
    Some(Libc::Glibc { major: 2, minor: 36 }),
    Some(Libc::Glibc { major: 2, minor: 41 }),
    Some(Libc::Musl { major: 1, minor: 1 }),
    Some(Libc::Musl { major: 1, minor: 2 }),
];

/// Platforms, and the CPU of the interpreter there.
const LINUX: [(&str, &str); 11] = [
    ("linux-x86_64", "x86_64"),
    ("linux-aarch64", "aarch64"),
    ("linux-i686", "i686"),
    ("linux-armv7l", "armv7l"),
    ("linux-s390x", "s390x"),
    ("linux-ppc64le", "ppc64le"),
    ("linux-riscv64", "riscv64"),
    ("linux-mips64", "mips64"),
    // Programs of 32 bits on a kernel of 64.
    ("linux-x86_64", "i686"),
    ("linux-aarch64", "armv7l"),
    ("linux-armv8l", "armv7l"),
];

fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    for (platform, machine) in LINUX {
        for libc in LIBCS {
            let runtime = Runtime { libc, machine, is_hard_float: true };
            // All of them where the list is the longest.
            let pythons = if platform == "linux-x86_64" { pythons() } else { few() };
            let of = |python| on_linux(python, platform, runtime);
            targets.extend(pythons.into_iter().map(of));
        }
    }
    let runtime = Runtime { libc: LIBCS[4], machine: "armv7l", is_hard_float: false };
    targets.push(on_linux(python([3, 12, 3], ""), "linux-armv7l", runtime));
    for (version, cpu) in [
        ("10.9", "x86_64"),
        ("10.15", "x86_64"),
        ("10.15", "universal2"),
        ("10.5", "i386"),
        ("10.3", "x86_64"),
        ("10.4", "ppc"),
        ("10.5", "ppc64"),
        ("10.6", "ppc64"),
        ("11.0", "arm64"),
        ("11", "x86_64"),
        ("14.2", "arm64"),
        ("14.0", "x86_64"),
        ("14.0", "universal2"),
        ("26.0", "arm64"),
    ] {
        for python in pythons() {
            let mut target = target(python, &format!("macosx-{version}-{cpu}"), "Darwin");
            target.reference["macos"] = json!([format!("{version}.0"), cpu]);
            targets.push(target);
        }
    }
    for platform in ["win32", "win-amd64", "win-arm64"] {
        for version in [[3, 6, 8], [3, 12, 3], [3, 14, 0]] {
            let (mut facts, _) = python(version, "");
            facts["os"] = json!("nt");
            // It states neither the flags nor the variables that they come from.
            targets.push(target((facts, json!({})), platform, "Windows"));
        }
        let (mut facts, _) = python([3, 13, 1], "");
        facts["os"] = json!("nt");
        facts["free_threaded"] = json!(true);
        targets.push(target((facts, json!({ "Py_GIL_DISABLED": 1 })), platform, "Windows"));
    }
    for platform in ["freebsd-14.1-RELEASE-amd64", "linux-unknown"] {
        targets.push(target(python([3, 12, 3], ""), platform, "FreeBSD"));
    }
    targets
}

/// The whole list.
fn list(tags: &Tags) -> Vec<String> {
    let mut list = Vec::new();
    for (python, abi) in &tags.kinds {
        list.extend(tags.platforms.iter().map(|platform| format!("{python}-{abi}-{platform}")));
    }
    list.extend(tags.pure.iter().map(|python| format!("{python}-none-any")));
    list
}

#[test]
fn tags_are_those_of_packaging() {
    let targets = targets();
    let questions: Vec<Value> =
        targets.iter().map(|target| json!({ "tags": target.reference })).collect();
    for (target, expected) in targets.iter().zip(answers(&questions)) {
        let expected: Vec<String> = serde_json::from_value(expected).expect("it is a list");
        let tags = Tags::of(&sample(&[&target.facts]), target.runtime.as_ref());
        let list = list(&tags);
        assert_eq!(list, expected, "{} {:?}", target.facts, target.runtime);
        // Each is at its own place.
        for (place, tag) in list.iter().enumerate().step_by(7) {
            let wheel = FileName::parse(&format!("x-1-{tag}.whl")).expect("it is one");
            assert_eq!(tags.best(&wheel), Some(place), "{tag}");
        }
    }
}

/// pip's choice: the least place that any of a wheel's tags has in the list.
#[test]
fn best_tag_of_a_set_counts() {
    let names = [
        "x-1-py2.py3-none-any.whl",
        "x-1-cp313.pp311-none-any.whl",
        "x-1-cp39.cp313-abi3.cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "x-1-cp313-cp313-manylinux_2_40_x86_64.musllinux_1_2_x86_64.linux_x86_64.whl",
        "x-1-cp313-cp313-manylinux_2_40_x86_64.musllinux_1_2_x86_64.whl",
        "x-1-cp313.py3-cp313.none-any.manylinux1_x86_64.whl",
        "x-1-cp313-cp313-any.whl",
        "x-1-cp313-none.abi3-any.whl",
        "x-1-cp314-abi3-manylinux1_x86_64.whl",
        "x-1-cp32-abi3-manylinux1_x86_64.whl",
        "x-1-cp31-abi3-manylinux1_x86_64.whl",
        "x-1-cp312-cp312-manylinux1_x86_64.whl",
        "x-1-py3-none-macosx_10_9_universal2.win_amd64.manylinux_2_5_x86_64.whl",
        "x-1-py3-none-macosx_10_9_universal2.win_amd64.whl",
    ];
    let libc = Some(Libc::Glibc { major: 2, minor: 36 });
    let runtime = Runtime { libc, machine: "x86_64", is_hard_float: true };
    let target = on_linux(python([3, 13, 1], ""), "linux-x86_64", runtime);
    let questions = [json!({ "tags": target.reference }), json!({ "names": names })];
    let [list, parsed] = answers(&questions).try_into().expect("there are two");
    let list: Vec<String> = serde_json::from_value(list).expect("it is a list");
    let tags = Tags::of(&sample(&[&target.facts]), target.runtime.as_ref());
    let mut fitting = 0;
    for (name, parsed) in names.iter().zip(parsed.as_array().expect("it is a list")) {
        let own: Vec<String> = serde_json::from_value(parsed[3].clone()).expect("it is a list");
        let expected = list.iter().position(|tag| own.contains(tag));
        let wheel = FileName::parse(name).expect("it is one");
        assert_eq!(tags.best(&wheel), expected, "{name}");
        fitting += u32::from(expected.is_some());
    }
    assert_eq!(fitting, 8);
}

/// A limit for what a target can state: `MACOSX_DEPLOYMENT_TARGET` is text in a file.
#[test]
fn list_stays_short_for_any_version() {
    for version in ["10.4000000000", "4000000000", "10.99", "99.99", "9.9", "x.y", "-1", ""] {
        let facts = sample(&[&json!({ "platform": format!("macosx-{version}-arm64") })]);
        let platforms = Tags::of(&facts, None).platforms;
        assert!(platforms.len() < 250, "{version}: {}", platforms.len());
    }
}
