//! Markers and requirements, compared with `packaging`.

use super::super::Environment;
use super::super::markers::{Marker, Scope};
use super::super::requirement::Requirement;
use super::super::specifier::parse_all;
use super::{ask, environments};
use crate::project::canonical;
use serde_json::{Value, json};

const VARIABLES: &[&str] = &[
    "python_version",
    "python_full_version",
    "os_name",
    "os.name",
    "sys_platform",
    "sys.platform",
    "platform_machine",
    "platform.machine",
    "platform_system",
    "platform_python_implementation",
    "platform.python_implementation",
    "python_implementation",
    "implementation_name",
    "implementation_version",
    "platform_release",
    "platform_version",
    "platform.version",
    "extra",
];

const OPERATORS: &[&str] = &["==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in"];

const TEXTS: &[&str] = &[
    "",
    "3",
    "3.8",
    "3.11",
    "3.13",
    "3.13.1",
    "3.9.*",
    "3.8.20",
    "3.13.1rc1",
    "3.11.0.post1",
    "3.8,3.9",
    "2.7 3.8 3.13",
    "linux",
    "lin",
    "win32",
    "posix",
    "x86_64",
    "AMD64",
    "CPython",
    "pypy",
    "Windows",
    "Test_Extra",
    "test-extra",
    "=3.13",
    " 3.13 ",
    "v3.13",
    "1!3.13",
    "3.13+x",
    "3.013",
    "ä",
];

/// Expressions with every kind of syntax, valid and invalid.
const EXPRESSIONS: &[&str] = &[
    "os_name=='posix'",
    "os_name=='posix'and python_version>='3.8'",
    "'posix'==os_name or'nt'==os_name",
    "(os_name == 'posix')",
    "((os_name == 'posix'))and(sys_platform=='linux')",
    " ( os_name == 'nt' or python_version < '3.9' ) and extra == 'test' ",
    "os_name == 'nt' or python_version < '3.9' and extra == 'test'",
    "os_name == 'nt' and python_version < '3.9' or extra == 'test'",
    "os_name == \"it's\"",
    "'a' notin os_name",
    "'a' not  in os_name",
    "'a' not\tin os_name",
    "python_version not in '2.7'",
    "python_version in '3.13'",
    "extra == 'A' or extra == 'b_c'",
    "'B-C' == extra",
    "",
    "os_name",
    "os_name ==",
    "os_name == posix",
    "os_name == 'posix",
    "os_name = 'posix'",
    "os_name == 'posix' and",
    "os_name == 'posix' os_name == 'nt'",
    "os_name == 'posix' && os_name == 'nt'",
    "(os_name == 'posix'",
    "os_name == 'posix')",
    "()",
    "OS_NAME == 'posix'",
    "os_names == 'posix'",
    "platform.release == ''",
    "'a' == 'a'",
    "os_name == 'a\nb'",
    "os_name == 'posix' AND os_name == 'posix'",
    "os_name == 'posix' \n and os_name == 'posix'",
    "not os_name == 'posix'",
    "python_version >= 3",
];

/// Compares the answers here with those of `packaging`.
fn assert_same(questions: &[Value], answers: &[Value]) {
    let expected = ask(questions);
    assert!(expected.iter().any(|answer| !answer.is_null()));
    let rows = questions.iter().zip(answers).zip(&expected);
    let wrong: Vec<String> = rows
        .filter(|((_, answer), expected)| answer != expected)
        .map(|((question, answer), expected)| format!("{question}: {answer}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), answers.len(), wrong.join("\n"));
}

/// Compares what some markers are in some environments, with an extra.
fn assert_same_markers(markers: &[String], environments: &[Environment], extra: &str) {
    let (mut questions, mut answers) = (Vec::new(), Vec::new());
    for text in markers {
        let marker = Marker::parse(text);
        for environment in environments {
            questions.push(json!(["marker", text, environment.values, extra]));
            let marker = marker.as_ref().ok();
            let scope = Scope::Requirement(extra);
            let applies = marker.and_then(|marker| marker.applies(environment, scope).ok());
            answers.push(json!(applies));
        }
    }
    assert_same(&questions, &answers);
    assert!([json!(true), json!(false), json!(null)].iter().all(|kind| answers.contains(kind)));
}

#[test]
fn comparisons_match_packaging() {
    let mut markers = Vec::new();
    for variable in VARIABLES {
        for operator in OPERATORS {
            for text in TEXTS {
                markers.push(format!("{variable} {operator} '{text}'"));
                markers.push(format!("\"{text}\" {operator} {variable}"));
            }
        }
    }
    let environments = environments();
    assert_same_markers(&markers, &environments[..1], "test-extra");
    // A target without what most markers name.
    assert_same_markers(&markers, &environments[7..], "");
}

#[test]
fn expressions_match_packaging() {
    let markers: Vec<String> = EXPRESSIONS.iter().map(ToString::to_string).collect();
    for extra in ["", "b-c", "test"] {
        assert_same_markers(&markers, &environments(), extra);
    }
}

/// What is rejected here, and by `packaging` only when it is evaluated or not at all.
#[test]
fn marker_without_meaning_is_rejected() {
    for (marker, reason) in [
        ("os_name == sys_platform", "a marker compares a variable with a text"),
        ("'a' == 'a'", "a marker compares a variable with a text"),
        (r"os_name == 'a\x62'", r"`a\x62` has an escape or line break"),
        ("extras == 'a'", "`extras` must follow `in` or `not in`"),
        ("os_name == 'a' or", "a variable or a text in quotes is missing at the end"),
        ("os_name == 'a' xor", "`and` or `or` is missing before `xor`"),
    ] {
        assert_eq!(Marker::parse(marker), Err(reason.to_owned()));
    }
    let deep = |depth: usize| format!("{}os_name == ''{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Marker::parse(&deep(64)).is_ok());
    assert_eq!(Marker::parse(&deep(65)), Err("parentheses are nested too deeply".to_owned()));
    assert!(Marker::parse(&deep(1_000_000)).is_err());
    let environment = &environments()[0];
    let applies = |marker| {
        let marker = Marker::parse(marker).expect("it is a marker");
        marker.applies(environment, Scope::Requirement(""))
    };
    assert_eq!(applies("'a' in extras"), Err("`extras` has no value here".to_owned()));
    let reason = "`~=` cannot compare `os_name` with `posix`";
    assert_eq!(applies("os_name == 'nt' and os_name ~= 'posix'"), Err(reason.to_owned()));
}

/// Lines of popular wheels of 2026, each shape of marker at most twice.
const REAL: &str = include_str!("requires-dist.txt");

const REQUIREMENTS: &[&str] = &[
    "a",
    " a ",
    "A.b-C_d",
    "a[]",
    "a[ x , Y_z ]>=1",
    "a [x] (>=1.0,<2)",
    "a(>=1.0)",
    "a (>=1.0 , <2 ) ; os_name == 'posix'",
    "a()",
    "a >= 1.0, < 2,",
    "a>=1.0;os_name=='posix'",
    "a ~= 1.4.2",
    "a == 1.*",
    "a != 1.2.*",
    "a === foo,bar",
    "a === foo; os_name == 'nt'",
    "a (=== foo)",
    "a == 1.0+local",
    "a @ https://example.org/a.whl",
    "a@https://example.org/a.whl ; os_name == 'nt'",
    "a @ https://example.org/a.whl; os_name == 'nt'",
    "a[x] @ file:///a#sha256=1",
    "a>=1 ; ",
    "",
    "-a",
    "a-",
    "a b",
    "a[x",
    "a[x y]",
    "a[,]",
    "a[x,]",
    "a >= ",
    "a >= foo",
    "a > 1.*",
    "a ~= 1",
    "a >= 1.0+local",
    "a 1.0",
    "a = 1.0",
    "a (>=1.0",
    "a >= 1.0 < 2",
    "a >=1.0 os_name == 'nt'",
    "a @",
    "a @ ; os_name == 'nt'",
    "ä",
];

#[test]
fn requirements_match_packaging() {
    let (mut questions, mut answers) = (Vec::new(), Vec::new());
    for line in REAL.lines().chain(REQUIREMENTS.iter().copied()) {
        for environment in environments() {
            for extra in ["", "test", "dev", "all"] {
                questions.push(json!(["requirement", line, environment.values, extra]));
                let answer = Requirement::parse(line).and_then(|requirement| {
                    let applies = requirement.applies(&environment, Scope::Requirement(extra))?;
                    let Requirement { name, extras, url, specifiers, .. } = requirement;
                    Ok(json!([name, extras, url, specifiers.len(), applies]))
                });
                answers.push(answer.unwrap_or_default());
            }
        }
    }
    assert!(REAL.lines().count() > 100);
    assert_same(&questions, &answers);
    assert!(answers.contains(&Value::Null));
}

#[test]
fn specifiers_match_packaging() {
    let versions = [
        "1",
        "1.0",
        "1.0.0",
        "1.0.1",
        "1.1",
        "1.0a1",
        "1.0.dev1",
        "1.0rc1",
        "1.0.post1",
        "1.0.post2",
        "1.0+local",
        "1.0+local.2",
        "1.0.post1+local",
        "1!1.0",
        "2",
        "2.0rc1",
        "1.10",
        "1.4.2.dev1",
        "legacy",
        "V1.0",
        "1.0-1",
        "",
        "99999999999",
    ];
    let mut specifiers = vec![String::new(), " ".to_owned(), ">=1,<2".to_owned()];
    for operator in ["===", "~=", "==", "!=", "<=", ">=", "<", ">", "=", ""] {
        specifiers.extend(versions.iter().map(|version| format!("{operator}{version}")));
        specifiers.extend(
            ["1.*", "1.0.*", "1.4.*", "1!1.*", "1.0a1.*", "*", "1.0+local.*"]
                .map(|v| format!("{operator} {v}")),
        );
    }
    let (mut questions, mut answers) = (Vec::new(), Vec::new());
    for text in &specifiers {
        for version in versions {
            questions.push(json!(["specifiers", text, version]));
            let parsed = parse_all(text);
            let contains = |version: &str| parsed.iter().flatten().all(|one| one.contains(version));
            answers.push(json!(parsed.as_ref().ok().map(|_| contains(version))));
        }
    }
    assert_same(&questions, &answers);
}

#[test]
fn names_match_packaging() {
    let names = ["a", "A.B", "a-_.b", "Foo__bar", "zope.interface", "1", "A"];
    let questions = names.map(|name| json!(["canonical", name]));
    for (name, expected) in names.iter().zip(ask(&questions)) {
        assert_eq!(json!(canonical(name)), expected);
    }
}
