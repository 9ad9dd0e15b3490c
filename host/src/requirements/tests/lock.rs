//! Lock files, compared with `packaging`.

use super::super::lock::parse;
use super::{ask, environments};
use serde_json::json;

/// What `pip lock` and `uv export --format pylock.toml` have written.
const REAL: &[&str] = &[include_str!("pylock.pip.toml"), include_str!("pylock.uv.toml")];

const HASH: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A lock file with some lines at its start, and a package with others.
fn with(head: &str, package: &str) -> String {
    format!(
        "lock-version = \"1.0\"\ncreated-by = \"test\"\n{head}\n[[packages]]\nname = \"a\"\n{package}\n"
    )
}

fn wheels(name: &str) -> String {
    format!(
        "wheels = [{{ name = \"{name}\", url = \"https://example.org/x\", hashes = {{ sha256 = \"{HASH}\" }} }}]"
    )
}

#[test]
fn lock_files_match_packaging() {
    let one = format!("version = \"1.0\"\n{}", wheels("a-1.0-py3-none-any.whl"));
    let marked = |marker: &str| format!("marker = \"{marker}\"\n{one}");
    let mut texts: Vec<String> = REAL.iter().map(ToString::to_string).collect();
    texts.extend([
        with("", &one),
        with("lock-version = \"1.0\"", &one),
        with("requires-python = \">=3.10,<4\"", &one),
        with("environments = [\"os_name == 'nt'\", \"python_version < '3.9'\"]", &one),
        with("environments = []", &one),
        with("extras = [\"x\"]", &marked("'x' in extras")),
        with("extras = [\"x\"]", &marked("'x' not in extras and os_name == 'posix'")),
        with(
            "dependency-groups = [\"dev\", \"Docs\"]\ndefault-groups = [\"dev\", \"Docs\"]",
            &marked("'Dev' in dependency_groups"),
        ),
        with("default-groups = [\"dev\"]", &marked("'docs' in dependency_groups")),
        with("", &marked("extra == 'x'")),
        with("", &marked("os_name == 'posix' and 'x' in")),
        with("", &format!("requires-python = \">=3.12\"\n{one}")),
        with("", &wheels("a-2.0-py3-none-any.whl")),
        with("", &format!("{one}\n[[packages]]\nname = \"a\"\n{one}")),
        with("", &format!("{one}\n[[packages]]\nname = \"a\"\n{}", marked("os_name == 'nt'"))),
        with("", "version = \"1.0\""),
        with("x = [", &one),
        "lock-version = \"2.0\"\ncreated-by = \"test\"\npackages = []".to_owned(),
        "lock-version = \"1.1\"\ncreated-by = \"test\"\npackages = []".to_owned(),
        "created-by = \"test\"\npackages = []".to_owned(),
        "lock-version = \"1.0\"\ncreated-by = \"test\"".to_owned(),
    ]);
    let (mut questions, mut answers) = (Vec::new(), Vec::new());
    for text in &texts {
        for environment in environments() {
            questions.push(json!(["lock", text, environment.values]));
            answers.push(parse(text, &environment));
        }
    }
    let expected = ask(&questions);
    assert!(expected.iter().filter(|answer| answer.is_null()).count() > 50);
    assert!(expected.iter().filter(|answer| !answer.is_null()).count() > 50);
    for ((question, expected), answer) in questions.iter().zip(expected).zip(answers) {
        let Some(expected) = expected.as_array() else {
            assert!(answer.is_err(), "{question}: {answer:?}");
            continue;
        };
        let answer = answer.unwrap_or_else(|reason| panic!("{question}: {reason}"));
        assert_eq!(answer.len(), expected.len(), "{question}");
        for (wanted, expected) in answer.iter().zip(expected) {
            assert_eq!(json!(wanted.name), expected[0]);
            assert_eq!(json!(wanted.version.as_ref().map(ToString::to_string)), expected[1]);
            let hash = expected[2].as_str().expect("it is text");
            assert!(wanted.hashes.contains(hash), "{hash}");
        }
    }
}

#[test]
fn lock_file_without_wheel_is_rejected() {
    let sdist = format!(
        "sdist = {{ url = \"https://example.org/a-1.0.tar.gz\", hashes = {{ sha256 = \"{HASH}\" }} }}"
    );
    let archive = |name: &str| {
        format!(
            "archive = {{ url = \"https://example.org/{name}?x#y\", hashes = {{ sha256 = \"{HASH}\" }} }}"
        )
    };
    let parsed = parse(&with("", &archive("a-1.0-py3-none-any.whl")), &environments()[0]);
    let wanted = parsed.expect("it is valid").remove(0);
    assert_eq!(wanted.version.map(|version| version.to_string()).as_deref(), Some("1.0"));
    for (head, package, reason) in [
        ("", &*sdist, "package `a`: has only a source distribution, and no wheel"),
        ("", &archive("a-1.0.tar.gz"), "package `a`: `a-1.0.tar.gz` is no wheel"),
        (
            "",
            "vcs = { type = \"git\", url = \"x\", commit-id = \"1\" }",
            "package `a`: comes from version control, not from a wheel",
        ),
        (
            "",
            "directory = { path = \".\" }",
            "package `a`: comes from a directory, not from a wheel",
        ),
        ("", "", "package `a`: has no file, and no wheel"),
        (
            "",
            "wheels = [{ name = \"a-1-py3-none-any.whl\", hashes = { sha512 = \"1\" } }]",
            "package `a`: `a-1-py3-none-any.whl` has no `sha256` hash",
        ),
        (
            "",
            "wheels = [{ path = \"x/a-1-py3-none-any.whl\", hashes = { sha256 = \"1\" } }]",
            "package `a`: `1` is no SHA-256 digest",
        ),
        (
            "",
            "wheels = [{ path = \"a.whl\", hashes = { sha256 = \"1\" } }]",
            "package `a`: `` is no version",
        ),
        ("", "wheels = 1", "line 6: invalid type: integer `1`, expected a sequence"),
        ("", "marker = \"os_name\"", "package `a`: an operator is missing at the end"),
        (
            "requires-python = \">=4\"",
            &*wheels("a-1-py3-none-any.whl"),
            "requires Python >=4, and there is 3.13.1",
        ),
        (
            "environments = [\"os_name == 'nt'\"]",
            &*wheels("a-1-py3-none-any.whl"),
            "none of its `environments` is that of the target",
        ),
    ] {
        let error = parse(&with(head, package), &environments()[0]).expect_err(package);
        assert_eq!(error, reason, "{package}");
    }
}
