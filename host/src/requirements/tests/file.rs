//! Requirements files, compared with pip.

use super::super::Wanted;
use super::super::file::parse;
use super::{ask, environments};
use serde_json::{Value, json};

/// Files that `pip-compile`, `uv pip compile --universal`, `uv export` and `pip freeze` have written.
const REAL: &[&str] = &[
    include_str!("pip-compile.txt"),
    include_str!("uv-compile.txt"),
    include_str!("uv-export.txt"),
    "blinker==1.9.0\nCacheControl==0.14.4\nzope.interface==7.0\ntorch==2.1.0+cpu\n",
];

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

/// Texts with `A` and `B` for hashes.
const WRITTEN: &[&str] = &[
    "",
    "\n\n  # only a comment\n",
    "\u{feff}a==1\n",
    "a==1",
    "a==1\r\nb==2\r\n",
    "a==1\rb==2",
    "a==1\u{c}b==2\u{2028}c==3",
    "  a  ==  1  ",
    "a (==1)",
    "a==1 # comment",
    "a==1 #",
    "a==1\t# comment\n#a==2",
    "a[x,Y_z]==1",
    "a===1.0",
    "a==1; os_name == 'posix'\nb==1 ; os_name == 'nt'",
    "a==1; extra == 'x'",
    "a==1 --hash=sha256:A",
    "a==1 --hash=sha256:A --hash=sha256:B",
    "a==1 --hash sha256:A",
    "a==1 \\\n    --hash=sha256:A \\\n    --hash=sha256:B\nb==2 --hash=sha256:A",
    "a==1 \\\n# comment\nb==2",
    "a==\\\n1",
    "a==1 \\",
    "a==1 \\\n\nb==2",
    "a==1; os_name == 'posix' \\\n --hash=sha256:A",
    "-i https://example.org/simple\n--index-url=https://example.org/simple\na==1",
    "--extra-index-url https://example.org/simple\n--trusted-host example.org\na==1",
    "--find-links /tmp\n-f /tmp\n--no-index\n--only-binary :all:\n--only-binary=:all:\na==1",
    "--pre --prefer-binary\na==1",
    "--require-hashes\na==1 --hash=sha256:A",
];

fn with_hashes(text: &str) -> String {
    text.replace("sha256:A", &format!("sha256:{A}")).replace("sha256:B", &format!("sha256:{B}"))
}

fn fields(wanted: Wanted) -> Value {
    json!([
        wanted.name,
        wanted.version.map(|version| version.to_string()),
        wanted.extras,
        wanted.hashes
    ])
}

#[test]
fn pinned_files_match_pip() {
    let texts = REAL.iter().chain(WRITTEN).map(|text| with_hashes(text));
    let (mut questions, mut answers) = (Vec::new(), Vec::new());
    for text in texts {
        for environment in environments() {
            questions.push(json!(["pins", text, environment.values]));
            // Decoding the bytes removes the byte order mark.
            let wanted = parse(text.trim_start_matches('\u{feff}'), &environment);
            let wanted = wanted.unwrap_or_else(|reason| panic!("{text}: {reason}"));
            answers.push(wanted.into_iter().map(fields).collect::<Value>());
        }
    }
    for ((question, expected), answer) in questions.iter().zip(ask(&questions)).zip(answers) {
        assert_eq!(answer, expected, "{}", question[1]);
    }
}

#[test]
fn file_that_does_not_pin_is_rejected() {
    for (text, reason) in [
        ("a", "line 1: `a` has no version: `==` is missing"),
        ("a==1\n\nb>=2", "line 3: `b>=2` does not name one version by `==`"),
        ("a==1.*", "line 1: `a==1.*` does not name one version by `==`"),
        ("a @ file:///a.whl", "line 1: `a` names a URL, not a version"),
        ("./a.whl", "line 1: a project's name is missing before `./a.whl`"),
        (
            "https://example.org/a.whl",
            "line 1: a comma or `;` is missing before `://example.org/a.whl`",
        ),
        ("a==${VERSION}", "line 1: `==${VERSION}` is no version specifier"),
        ("a==1 b==2", "line 1: a comma or `;` is missing before `b==2`"),
        ("-e .", "line 1: `-e` is not supported: all must be pinned in this file"),
        ("-r b.txt", "line 1: `-r` is not supported: all must be pinned in this file"),
        ("-rb.txt", "line 1: `-rb.txt` is not supported: all must be pinned in this file"),
        ("-c b.txt", "line 1: `-c` is not supported: all must be pinned in this file"),
        (
            "--no-binary a",
            "line 1: `--no-binary` is not supported: all must be pinned in this file",
        ),
        ("a==1 --config-settings x=y", "line 1: `--config-settings` is not supported"),
        ("a==1 --hashes=x", "line 1: `--hashes=x` is not supported"),
        ("a==1 --hash=sha512:A", "line 1: `sha512` is not supported: hashes are `sha256`"),
        ("a==1 --hash=A", "line 1: the hash `A` names no algorithm"),
        ("a==1 --hash=", "line 1: the hash `` names no algorithm"),
        ("a==1 --hash=sha256:abc", "line 1: `abc` is no SHA-256 digest"),
        // pip ignores the second hash, with a warning.
        (
            "a==1 --hash=sha256:A \\\n# comment\n--hash=sha256:B",
            "line 3: `--hash` belongs to no requirement",
        ),
        ("a==1; os_name ~= 'posix'", "line 1: `~=` cannot compare `os_name` with `posix`"),
        ("a==1\na==2", "line 2: `a` is wanted as 1 and as 2"),
        ("b==1 \\\n  --hash=sha256:A\n\na==1", "line 4: `a` has no hash, and hashes are required"),
        ("a==1\nb==1 --hash=sha256:A ; os_name == 'nt'", "line 2: `;` is not supported"),
        ("--require-hashes\na==1", "line 2: `a` has no hash, and hashes are required"),
    ] {
        let error = parse(&with_hashes(text), &environments()[0]).expect_err(text);
        assert_eq!(error, reason, "{text}");
    }
}

/// pip requires hashes also if the line that has some does not apply.
#[test]
fn hash_of_another_target_requires_hashes() {
    let text = "b==1; os_name == 'nt' --hash=sha256:A\na==1";
    let error = parse(&with_hashes(text), &environments()[0]).expect_err("one has no hash");
    assert_eq!(error, "line 2: `a` has no hash, and hashes are required");
}

#[test]
fn file_is_read_with_mark_and_limit() {
    let directory = tempfile::tempdir().expect("there is room for a directory");
    let path = directory.path().join("requirements.txt");
    let read = |contents: &[u8]| {
        std::fs::write(&path, contents).expect("there is room");
        super::super::read_file(&path, &environments()[0])
    };
    assert_eq!(read(b"\xef\xbb\xbfa==1").expect("it is valid")[0].name, "a");
    assert_eq!(read(b"a==1\n# \xe9"), Err("is not UTF-8, at byte 7".to_owned()));
    assert_eq!(read(&vec![b'#'; (1 << 24) + 1]), Err("is larger than 16 MiB".to_owned()));
    assert_eq!(read(&vec![b'#'; 1 << 24]), Ok(Vec::new()));
    let missing = super::super::read_file(&directory.path().join("b.txt"), &environments()[0]);
    assert!(missing.is_err_and(|reason| reason.starts_with("No such file")));
}
