//! Sets that are refused: with the file and the reason, and nothing is changed.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

use super::stock::{Stock, wheel};
use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::wheel_builder::WheelBuilder;

/// Two wheels that need nothing else.
fn pair() -> [WheelBuilder; 2] {
    [wheel("alpha", "1.0", &[]), wheel("beta", "1.0", &[])]
}

/// The answer of the newest Python.
fn of_python(script: &str) -> String {
    let home = std::env::temp_dir();
    let python = Program::new(&Interpreters::newest().executable, &home);
    python.arguments(["-I", "-c", script]).run().expect_success().stdout().trim_end().to_owned()
}

#[test]
fn missing_requirements_are_all_named() {
    let alpha = wheel("alpha", "1.0", &["beta>=2", "gamma", "delta; sys_platform == 'win32'"]);
    let stock = Stock::of(&[alpha, wheel("beta", "1.0", &["zeta~=1.0"])]);
    let message = stock.error(&["--with", "alpha"], "unmet-requirements");
    assert!(message.contains("alpha 1.0 requires `beta>=2`, which is missing"), "{message}");
    let message = stock.error(&["--with", "alpha", "--with", "beta"], "unmet-requirements");
    for reason in [
        "alpha 1.0 requires `beta>=2`, and there is 1.0",
        "alpha 1.0 requires `gamma`, which is missing",
        "beta 1.0 requires `zeta~=1.0`, which is missing",
    ] {
        assert!(message.contains(reason), "{message}");
    }
    assert!(!message.contains("delta"), "{message}");
    stock.install(&["--with", "alpha", "--no-deps", "--without-pip"]);
    assert_eq!(stock.installed(), ["alpha-1.0"]);
}

#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn wheels_for_other_systems_are_refused_with_the_reason() {
    let [machine, glibc] = [
        of_python("import platform; print(platform.machine())"),
        of_python("import os; print(os.confstr('CS_GNU_LIBC_VERSION').split()[1])"),
    ];
    let other = if machine == "s390x" { "ppc64le" } else { "s390x" };
    let (major, minor) = Interpreters::newest().version;
    let (own, next) = (format!("cp{major}{minor}"), format!("cp{major}{}", minor + 1));
    for (tags, reason) in [
        (
            format!("py3-none-manylinux_2_99_{machine}"),
            format!("needs glibc 2.99, the target has {glibc}"),
        ),
        (format!("{own}-{own}-manylinux_2_17_{other}"), format!("is for {other}")),
        (format!("{own}-abi3-musllinux_1_2_{machine}"), "is for musl".to_owned()),
        ("cp36-cp36m-any".to_owned(), "is for CPython 3.6".to_owned()),
        (format!("{next}-abi3-any"), format!("is for CPython {major}.{} or newer", minor + 1)),
        ("py2-none-any".to_owned(), "is for Python 2".to_owned()),
        ("py3-none-win_amd64".to_owned(), "is for Windows".to_owned()),
        ("py3-none-macosx_11_0_arm64".to_owned(), "is for macOS".to_owned()),
    ] {
        let [alpha, mut beta] = pair();
        beta.file_name = format!("beta-1.0-{tags}.whl");
        let stock = Stock::of(&[alpha, beta]);
        let message =
            stock.error(&["--with", "alpha", "--with", "beta"], "no-fitting-wheel-in-set");
        assert!(message.contains("no wheel of beta fits "), "{message}");
        assert!(message.contains(&format!("beta-1.0-{tags}.whl")), "{message}");
        assert!(message.contains(&reason), "{reason}: {message}");
        // pip agrees.
        let refused = super::with_pip::pip(&stock.target)
            .arguments(["install", "--no-index", "--find-links", Stock::FROM_HOME, "beta"])
            .run();
        assert_eq!(refused.status(), Some(1), "{refused}");
    }
}

#[test]
fn wheel_for_another_python_by_its_metadata_is_refused() {
    let metadata = "Metadata-Version: 2.1\nName: beta\nVersion: 1.0\nRequires-Python: >=3.99\n";
    let [alpha, beta] = pair();
    let stock = Stock::of(&[alpha, beta.metadata("METADATA", metadata)]);
    let message = stock.error(&["--with", "alpha", "--with", "beta"], "no-fitting-wheel-in-set");
    assert!(message.contains("beta-1.0-py3-none-any.whl"), "{message}");
    assert!(message.contains(">=3.99"), "{message}");
}

#[test]
fn version_that_is_not_there_is_refused_with_those_that_are() {
    let stock = Stock::of(&[wheel("alpha", "1.0", &[]), wheel("alpha", "2.0", &[])]);
    let message = stock.error(&["--with", "alpha==3"], "wheel-directory");
    let shown = format!("no wheel of alpha 3 in `{}`", Stock::FROM_HOME);
    assert!(message.contains(&shown) && message.contains("found 1.0, 2.0"), "{message}");
    let message = stock.error(&["--with", "beta"], "wheel-directory");
    assert!(message.contains("no wheel of beta in "), "{message}");
    // By version and not by name, and as PEP 440 spells it.
    stock.install(&["--with", "Alpha==1", "--without-pip"]);
    assert_eq!(stock.installed(), ["alpha-1.0"]);
}

#[test]
fn hostile_wheel_refuses_the_good_ones_too() {
    let [alpha, beta] = pair();
    for (hostile, reason) in [
        (beta.clone().file("../escape.py", ""), "../escape.py"),
        (beta.clone().file("beta/main.py", "").unlisted("beta/main.py"), "beta/main.py"),
        (beta.clone().rows("beta/absent.py,sha256=AAAA,1\n"), "beta/absent.py"),
        (beta.clone().file("beta.pth", "import this\n"), "beta.pth"),
        (beta.clone().file("other-1.0.dist-info/METADATA", ""), "`.dist-info`"),
    ] {
        let stock = Stock::of(&[alpha.clone(), hostile]);
        let message = stock.error(&["--with", "alpha", "--with", "beta"], "unsound-wheel");
        assert!(message.contains("beta-1.0-py3-none-any.whl"), "{message}");
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn wheels_that_want_one_path_are_refused() {
    let script = "[console_scripts]\nrun-it = beta.main:main\n";
    let [alpha, beta] = pair();
    for (alpha, beta, path) in [
        (alpha.clone().file("shared.py", "1"), beta.clone().file("shared.py", "1"), "shared.py"),
        (alpha.clone().file("shared", ""), beta.clone().file("shared/x.py", ""), "shared"),
        (
            alpha.clone().data("scripts/run-it", "#!python\n"),
            beta.clone().entry_points(script),
            "run-it",
        ),
        (alpha.clone().entry_points(script), beta.clone().entry_points(script), "run-it"),
        (alpha.clone().data("data/x", ""), beta.clone().data("data/x", ""), "x"),
        (alpha.clone().file("a.py", ""), beta.clone().data("purelib/a.py", ""), "a.py"),
    ] {
        let stock = Stock::of(&[alpha, beta]);
        let message = stock.error(&["--with", "alpha", "--with", "beta"], "conflicting-wheels");
        for part in ["alpha-1.0-py3-none-any.whl", "beta-1.0-py3-none-any.whl", path] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
}

#[test]
fn requirements_that_pin_nothing_are_refused() {
    let stock = Stock::of(&pair());
    let digest = Sha256::digest(pair()[0].build()).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes it");
        text
    });
    let hash = format!("alpha==1.0 --hash=sha256:{digest}\n");
    let (wrong, zeros, ones) = ("wheel-not-pinned", "0".repeat(64), "1".repeat(64));
    let file = "requirements-file";
    for (text, code, reasons) in [
        ("alpha>=1\n", file, &["line 1: ", "`alpha>=1`"][..]),
        ("# one\nalpha==1.0,<3\n", file, &["line 2: "]),
        ("alpha==1.*\n", file, &["line 1: "]),
        ("alpha\n", file, &["line 1: ", "no version"]),
        ("alpha @ https://example.com/alpha-1.0-py3-none-any.whl\n", file, &["line 1: ", "URL"]),
        ("alpha==1.0\n-e .\n", file, &["line 2: ", "`-e`"]),
        ("alpha==1.0\n-r other.txt\n", file, &["line 2: ", "`-r`"]),
        ("alpha==1.0\n-c other.txt\n", file, &["line 2: ", "`-c`"]),
        ("alpha==1.0\nalpha==2.0\n", file, &["line 2: ", "1.0", "2.0"]),
        (&format!("{hash}beta==1.0\n"), file, &["line 2: ", "`beta`", "no hash"]),
        ("alpha==1.0 --hash=md5:00\n", file, &["line 1: ", "md5"]),
        (&format!("alpha==1.0 --hash=sha256:{zeros}\n"), wrong, &["alpha-1.0-py3", &digest]),
        (
            &format!("alpha==1.0 --hash=sha256:{zeros} --hash=sha256:{ones}\n"),
            "wheel-not-pinned",
            &["alpha-1.0-py3", &digest],
        ),
    ] {
        let path = stock.file("requirements.txt", text);
        let message = stock.error(&["-r", &path, "--without-pip"], code);
        if code == file {
            assert!(message.contains("requirements.txt"), "{text}: {message}");
        }
        for reason in reasons {
            assert!(message.contains(reason), "{text}: {reason}: {message}");
        }
    }
    // Hashes of some projects require hashes of all, wherever these are named.
    let path = stock.file("requirements.txt", &hash);
    let message = stock.error(&["-r", &path, "--with", "beta"], "no-hash");
    assert!(message.contains("`beta`"), "{message}");
    let message = stock.error(&["-r", &path, "--with", "alpha==2.0"], "contradicting-requirements");
    assert!(message.contains("1.0") && message.contains("2.0"), "{message}");
    let message = stock.error(&["-r", "/nowhere/requirements.txt"], file);
    assert!(message.contains("/nowhere/requirements.txt"), "{message}");
}

#[test]
fn options_that_name_no_set_are_usage_errors() {
    let stock = Stock::of(&pair());
    let directory = ["--wheel-dir", Stock::FROM_HOME];
    for options in [
        &["--with", "alpha"][..],
        &["--without-pip"],
        &["--with", "", directory[0], directory[1]],
        &["--with", "alpha beta", directory[0], directory[1]],
        &["--with", "alpha>=1", directory[0], directory[1]],
        &["--with", "alpha==1.*", directory[0], directory[1]],
        &["--with", "../alpha", directory[0], directory[1]],
        &["--with", "alpha[", directory[0], directory[1]],
        &["--with", "alpha; python_version > '3'", directory[0], directory[1]],
    ] {
        let refused = stock.target.refusal(options);
        assert_eq!(refused.status(), Some(2), "{refused}");
    }
}

#[test]
fn bytecode_pack_for_set_is_refused() {
    let stock = Stock::of(&pair());
    let options = ["--with", "alpha", "--bytecode-pack", "3.pack"];
    let message = stock.error(&options, "bytecode-pack-for-set");
    assert!(message.contains("pip alone"), "{message}");
}
