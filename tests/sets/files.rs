//! Requirements files, lock files, extras and markers, read as pip reads them.

use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::stock::{PIP, Stock, wheel};
use super::with_pip::pip;
use crate::support::wheel_builder::WheelBuilder;

/// The line of a requirements file that pins a wheel, with a wrong hash before the right one.
fn pinned(project: &str, version: &str, wheel: &WheelBuilder) -> String {
    let mut text =
        format!("{project}=={version} --hash=sha256:{} \\\n    --hash=sha256:", "1".repeat(64));
    for byte in Sha256::digest(wheel.build()) {
        write!(text, "{byte:02x}").expect("a string takes it");
    }
    text
}

/// The projects that the environment has, by pip, with whether each was asked for.
fn requested(stock: &Stock) -> Vec<(String, bool)> {
    let is_requested = |name: String| {
        let metadata = stock.target.library().join(format!("{name}.dist-info"));
        (name, metadata.join("REQUESTED").is_file())
    };
    stock.installed().into_iter().map(is_requested).collect()
}

#[test]
fn requirements_file_is_read_as_pip_reads_it() {
    let [alpha, beta, gamma] =
        [("alpha", "1.0"), ("beta", "2.0"), ("gamma", "3.0")].map(|(name, version)| {
            let wheel = wheel(name, version, &[]);
            let line = pinned(name, version, &wheel);
            (wheel, line)
        });
    let stock = Stock::of(&[alpha.0, beta.0, gamma.0, wheel("alpha", "1.1", &[])]);
    // The hash is that of no wheel, but the line does not apply.
    let absent = "absent==1 ; sys_platform == 'win32' --hash=sha256:".to_owned() + &"2".repeat(64);
    let path = stock.file(
        "requirements.txt",
        &format!(
            "# made by hand\n--index-url https://example.com/simple\n\n{} # a comment\n{}\n{}\n{absent}\n",
            alpha.1.replacen("alpha", "Alpha", 1),
            beta.1.replacen("==2.0", " == 2 ; python_version >= '3'", 1),
            gamma.1.replacen("gamma", "gamma[more]", 1),
        ),
    );
    stock.install(&["--without-pip", "-r", &path]);
    let ours = requested(&stock);
    let expected = ["alpha-1.0", "beta-2.0", "gamma-3.0"].map(|name| (name.to_owned(), true));
    assert_eq!(ours, expected);
    let uninstall = pip(&stock.target).arguments(["uninstall", "--yes", "--requirement", &path]);
    uninstall.run().expect_success();
    assert_eq!(stock.installed(), [""; 0]);
    pip(&stock.target)
        .arguments(["install", "--no-deps", "--no-index", "--find-links", Stock::FROM_HOME])
        .arguments(["--requirement", &path])
        .run()
        .expect_success();
    assert_eq!(requested(&stock), ours);
}

/// The lock file is one that pip writes.
#[test]
fn lock_file_of_pip_is_installed() {
    let stock = Stock::of(&[
        wheel("alpha", "1.0", &["beta<3"]),
        wheel("beta", "2.0", &[]),
        wheel("beta", "3.0", &[]),
    ]);
    let lock = stock.target.scratch.work().join("pylock.toml");
    pip(&stock.target)
        .arguments(["lock", "--no-index", "--find-links", Stock::FROM_HOME, "--output"])
        .arguments([&*lock, Path::new("alpha")])
        .run()
        .expect_success();
    let path = lock.to_str().expect("temporary directories have plain names");
    stock.install(&["--lock", path, "--without-pip"]);
    assert_eq!(stock.installed(), ["alpha-1.0", "beta-2.0"]);
    let check = pip(&stock.target).argument("check").run().expect_success();
    assert_eq!(check.stdout(), "No broken requirements found.\n");
    // The digests of the file are those of the wheels. Another wheel is refused.
    let other = Stock::of(&[]);
    for (version, module) in [("1.0", "changed"), ("2.0", "beta")] {
        let name = if version == "1.0" { "alpha" } else { "beta" };
        other.add(&wheel(name, version, &[]).file("more.py", module));
    }
    let message = other.error(&["--lock", path, "--without-pip"], "wheel-not-pinned");
    assert!(message.contains("alpha-1.0-py3-none-any.whl"), "{message}");
    // And a later form of such files is not guessed at.
    let text = fs::read_to_string(&lock).expect("it is text");
    fs::write(&lock, text.replacen("lock-version = \"1.", "lock-version = \"2.", 1))
        .expect("it can be written");
    let message = other.error(&["--lock", path], "requirements-file");
    assert!(message.contains("pylock.toml") && message.contains("version"), "{message}");
}

#[test]
fn extras_require_what_they_name() {
    let stock = Stock::of(&[
        wheel("alpha", "1.0", &["beta; extra == 'more'", "gamma; extra == 'other'"]),
        wheel("beta", "1.0", &[]),
        wheel("delta", "1.0", &["alpha[more]"]),
    ]);
    let missing = "alpha 1.0 requires `beta; extra == 'more'`, which is missing";
    for with in [&["--with", "alpha[more]"][..], &["--with", "delta", "--with", "alpha"]] {
        let message = stock.error(with, "unmet-requirements");
        assert!(message.contains(missing), "{message}");
        assert!(!message.contains("gamma"), "{message}");
    }
    stock.install(&["--with", "alpha", "--without-pip"]);
    assert_eq!(stock.installed(), ["alpha-1.0"]);
    stock.install(&["--with", "alpha[more]", "--with", "beta", "--with", "delta", "--without-pip"]);
    assert_eq!(stock.installed(), ["alpha-1.0", "beta-1.0", "delta-1.0"]);
}

/// What the target has meets a requirement, and pip is left alone.
#[test]
fn set_without_pip_goes_beside_what_is_there() {
    let stock = Stock::of(&[wheel("alpha", "1.0", &["beta>=1", "pip"]), wheel("beta", "1.0", &[])]);
    let message = stock.error(&["--without-pip", "--with", "alpha"], "unmet-requirements");
    assert!(message.contains("`beta>=1`") && message.contains("`pip`"), "{message}");
    stock.install(&["--with", "beta"]);
    let pip = format!("pip-{PIP}");
    assert_eq!(stock.installed(), ["beta-1.0", &pip]);
    let finished = stock.install(&["--without-pip", "--with", "alpha"]);
    assert!(finished.stdout().ends_with("Successfully installed alpha-1.0\n"), "{finished}");
    assert_eq!(stock.installed(), ["alpha-1.0", "beta-1.0", &pip]);
}
