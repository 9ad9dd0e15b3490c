//! Names of wheel files, compared with what `packaging` reads in them.

use super::{Build, FileName, canonical};
use crate::wheels::reference::answers;
use pep440_rs::Version;
use serde_json::{Value, json};
use std::str::FromStr as _;

const NAMES: &[&str] = &[
    "pip-26.3-py3-none-any.whl",
    "Flask_SQLAlchemy-3.1.1-py3-none-any.whl",
    "zope.interface-7.2-cp312-cp312-manylinux_2_5_x86_64.manylinux1_x86_64.manylinux_2_17_x86_64.whl",
    "torch-2.4.1+cu118-cp312-cp312-linux_x86_64.whl",
    "tensorflow-2.0-1-cp37-cp37m-manylinux2010_x86_64.whl",
    "x-1!2.0rc1.post2.dev3-007abc-py2.py3-none-any.whl",
    "Ab_c.D-V1.0.0-0-PY3-NONE-ANY.whl",
];

/// Names with one letter left out, put in or replaced.
fn variants(name: &str) -> Vec<String> {
    let mut variants = vec![name.to_owned()];
    for place in 0..name.len() {
        for letter in ["", "-", ".", "_", "0", "x", "~", " ", "+"] {
            let (before, after) = name.split_at(place);
            variants.push(format!("{before}{letter}{after}"));
            variants.push(format!("{before}{letter}{}", &after[1..]));
        }
    }
    variants
}

/// All tags of a name, each once.
fn tags(name: &FileName) -> Vec<String> {
    let mut tags = Vec::new();
    for python in &name.pythons {
        for abi in &name.abis {
            tags.extend(name.platforms.iter().map(|platform| format!("{python}-{abi}-{platform}")));
        }
    }
    tags.sort();
    tags.dedup();
    tags
}

#[test]
fn names_are_read_as_packaging_reads_them() {
    let names: Vec<String> = NAMES.iter().flat_map(|name| variants(name)).collect();
    let [answer] = answers(&[json!({ "names": names })]).try_into().expect("there is one");
    let answer = answer.as_array().expect("it is a list").clone();
    let (mut sound, mut unsound) = (0, 0);
    for (name, expected) in names.iter().zip(answer) {
        let parsed = FileName::parse(name);
        let found = parsed.as_ref().map_or(Value::Null, |parsed| {
            let build = parsed.build.as_ref();
            let build = build.map_or(json!([]), |build| json!([build.number, build.rest]));
            json!([parsed.name, parsed.version.to_string(), build, tags(parsed)])
        });
        assert_eq!(found, expected, "{name:?}");
        *(if found.is_null() { &mut unsound } else { &mut sound }) += 1;
    }
    assert!(sound > 1000 && unsound > 1000, "{sound}, {unsound}");
}

/// The order of tuples in Python, which pip goes by.
#[test]
fn builds_are_ordered_by_number_then_text() {
    let build = |text: &str| Build::parse(text);
    let ordered = [None, build("0"), build("1"), build("1a"), build("1b"), build("2"), build("10")];
    assert!(ordered.is_sorted());
    assert!(ordered[1..].iter().all(Option::is_some));
    assert_eq!(build("01"), build("1"));
    assert_eq!(build("a1"), None);
}

/// What `packaging` accepts, and no project can be called. A number that is longer than any.
#[test]
fn names_beyond_the_specification_are_refused() {
    for name in ["é-1-py3-none-any.whl", "x-1-99999999999999999999-py3-none-any.whl"] {
        assert_eq!(FileName::parse(name), None, "{name}");
    }
}

#[test]
fn project_and_version_are_kept_as_written() {
    let parsed = FileName::parse("Ab_c.D-V1.0.0-0-PY3-NONE-ANY.whl").expect("it is a name");
    assert_eq!((&*parsed.project, &*parsed.name), ("Ab_c.D", "ab-c-d"));
    assert_eq!(parsed.version_text, "V1.0.0");
    assert_eq!(Some(parsed.version), Version::from_str("1").ok());
    assert_eq!(canonical("A--b_.-C"), "a-b-c");
}
