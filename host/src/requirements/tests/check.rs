//! What is required of a set, compared with `pip check`.

use super::super::check::{Instead, Member, Unmet, unmet};
use super::super::requirement::Requirement;
use super::{ask, environments};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A member of a set: name, version, `Requires-Dist`, extras.
type Row<'a> = (&'a str, &'a str, &'a [&'a str], &'a [&'a str]);

/// An installed project: name and version.
type Installed<'a> = (&'a str, &'a str);

/// Checks a set beside what is installed.
fn check(set: &[Row<'_>], installed: &[(&str, &str)], environment: usize) -> Vec<Unmet> {
    let rows: Vec<(Vec<String>, BTreeSet<String>)> = set
        .iter()
        .map(|(_, _, requires, extras)| {
            let owned =
                |texts: &[&str]| texts.iter().copied().map(str::to_owned).collect::<Vec<_>>();
            (owned(requires), owned(extras).into_iter().collect())
        })
        .collect();
    let members: Vec<Member<'_>> = set
        .iter()
        .zip(&rows)
        .map(|((name, version, _, _), (requires, extras))| Member {
            name,
            version,
            requires,
            extras,
        })
        .collect();
    let look_up = |name: &str| {
        let found = installed.iter().find(|(installed, _)| *installed == name);
        found.map(|(_, version)| (*version).to_owned())
    };
    unmet(&members, look_up, &environments()[environment])
}

#[test]
fn unmet_requirements_match_pip_check() {
    let sets: &[(&[Row<'_>], &[Installed<'_>])] = &[
        (&[("a", "1", &["b"], &[])], &[]),
        (&[("a", "1", &["B_x.y>=2"], &[])], &[("b-x-y", "2")]),
        (&[("a", "1", &["b>=2", "b<1", "c"], &[])], &[("b", "1.5")]),
        (&[("a", "1", &["b>=2"], &[]), ("b", "2.0rc1", &[], &[])], &[]),
        (&[("a", "1", &["b>=2"], &[]), ("b", "3.0rc1", &[], &[])], &[("b", "1")]),
        (&[("a", "1", &["b==2"], &[])], &[("b", "2+local")]),
        (&[("a", "1", &["b; os_name == 'nt'", "c; os_name == 'posix'"], &[])], &[]),
        (&[("a", "1", &["b; extra == 'x'", "c; extra == 'Y_z'"], &[])], &[]),
        (&[("a", "1", &["b; extra == 'x'", "c; extra == 'Y_z'"], &["y-z"])], &[]),
        (&[("a", "1", &["b; extra == 'x' and os_name == 'nt'"], &["x"])], &[]),
        (&[("a", "1", &["b @ https://example.org/b.whl"], &[])], &[("b", "7")]),
        (&[("a", "1", &["b===1.0"], &[])], &[("b", "1.0")]),
        (&[("a", "1", &["b~=1.4"], &[])], &[("b", "2")]),
        (&[("a", "1", &["a>=2"], &[])], &[]),
    ];
    let (mut questions, mut answers) = (Vec::new(), Vec::new());
    for (set, installed) in sets {
        for (index, environment) in environments().iter().enumerate() {
            // What is in the set replaces what is installed.
            let beside: Vec<_> =
                installed.iter().filter(|(name, _)| set.iter().all(|row| row.0 != *name)).collect();
            questions.push(json!(["check", set, beside, environment.values]));
            let mut found: Vec<Value> = check(set, installed, index)
                .into_iter()
                .map(|unmet| {
                    let requirement = Requirement::parse(&unmet.requirement).expect("it is valid");
                    let version = match unmet.instead {
                        Instead::Nothing => None,
                        Instead::Version(version) => Some(version),
                        Instead::Invalid(reason) => panic!("{reason}"),
                    };
                    json!([unmet.by, requirement.name, version])
                })
                .collect();
            found.sort_by_key(ToString::to_string);
            answers.push(found);
        }
    }
    let expected = ask(&questions);
    assert!(expected.iter().any(|found| found == &json!([])));
    for ((question, expected), answer) in questions.iter().zip(expected).zip(answers) {
        let mut expected: Vec<Value> = expected.as_array().expect("it is a list").clone();
        expected.sort_by_key(ToString::to_string);
        assert_eq!(answer, expected, "{question}");
    }
}

fn messages(set: &[Row<'_>], installed: &[(&str, &str)]) -> Vec<String> {
    check(set, installed, 0).iter().map(ToString::to_string).collect()
}

/// As pip resolves `a[x]`: the extras of another project that a requirement names are wanted of it.
#[test]
fn extras_are_followed_through_the_set() {
    let set: &[Row<'_>] = &[
        ("d", "4", &["e; extra == 'z'"], &[]),
        ("a", "1", &["B[X]; extra == 'all'", "a[all]; extra == 'everything'"], &["everything"]),
        ("b", "2", &["c[y]; extra == 'x'"], &[]),
        ("c", "3", &["d[z]; extra == 'y' and os_name == 'posix'", "f; extra == 'other'"], &[]),
    ];
    assert_eq!(messages(set, &[]), ["d 4 requires `e; extra == 'z'`, which is missing"]);
    assert!(messages(set, &[("e", "1")]).is_empty());
    let without: Vec<Row<'_>> = set.iter().map(|row| (row.0, row.1, row.2, &[][..])).collect();
    assert!(messages(&without, &[]).is_empty());
}

#[test]
fn report_names_who_requires_what_and_what_there_is() {
    let requires = ["b>=2", "c (>=1.0)", "-d", "e; os_name ~= 'x'", "b"];
    let set: &[Row<'_>] = &[("a", "1.0", &requires, &[])];
    assert_eq!(
        messages(set, &[("b", "1.9")]),
        [
            "a 1.0 requires `b>=2`, and there is 1.9",
            "a 1.0 requires `c (>=1.0)`, which is missing",
            "a 1.0 requires `-d`, which is invalid: a project's name is missing before `-d`",
            "a 1.0 requires `e; os_name ~= 'x'`, which is invalid: `~=` cannot compare `os_name` \
             with `x`",
        ]
    );
}

/// A version that is none meets a requirement without specifiers only; each project is looked up once.
#[test]
fn installed_version_is_looked_up_once() {
    let requires = ["b", "b", "c>=1"].map(str::to_owned);
    let extras = BTreeSet::new();
    let member = Member { name: "a", version: "1", requires: &requires, extras: &extras };
    let mut asked = Vec::new();
    let found = unmet(
        &[member],
        |name| {
            asked.push(name.to_owned());
            Some("unknown".to_owned())
        },
        &environments()[0],
    );
    assert_eq!(asked, ["b", "c"]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].instead, Instead::Version("unknown".to_owned()));
}
