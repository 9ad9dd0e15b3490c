//! Which wheel is used, and what version is reported?

use super::{named_wheels, with_ensurepip};
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use std::fs;
use std::path::Path;

/// Prints CPython's `ensurepip.version()` with this wheel directory.
const VERSION_IN: &str = "
import ensurepip, pathlib, sys
ensurepip._WHEEL_PKG_DIR = pathlib.Path(sys.argv[1])
print('pip', ensurepip.version())
";

/// `--version` prints the version in the name of the wheel in the wheel directory.
#[test]
fn version_option_reads_wheel_directory() {
    let scratch = Scratch::new();
    let wheels = named_wheels(&scratch, &["pip-1.2.3b1-py2.py3-none-any.whl"]);
    expect_version("version_option_reads_wheel_directory", "1.2.3b1", &wheels, &scratch);
}

/// Without a wheel directory, it is that of the built-in wheel, whose name is
/// `pip-VERSION-py3-none-any.whl`. No Python is needed for that.
#[test]
fn version_option_reports_bundled_wheel() {
    let scratch = Scratch::new();
    let newest = PipWheel::of(NEWEST);
    for option in ["--version", "-V"] {
        let tool = Program::under_test(scratch.home()).environment("PATH", "");
        let told = tool.argument(option).run().expect_success();
        let expected = printed(&newest.version);
        assert_eq!((told.stdout(), told.stderr()), (expected, String::new()), "{option}");
    }
    assert_eq!(ensurepip_host::version(), newest.version);
    let name = format!("pip-{}-py3-none-any.whl", newest.version);
    assert!(newest.path.ends_with(name), "{}", newest.path.display());
}

/// Without a wheel directory, none is searched: never the current directory (gh-146310).
#[test]
fn wheel_directory_is_never_current_directory() {
    let target = Target::new();
    let wheels = named_wheels(&target.scratch, &["pip-99.0-py3-none-any.whl"]);
    let told = Program::under_test(target.scratch.home()).current_directory(&wheels);
    let told = told.argument("--version").run().expect_success();
    assert_eq!(told.stdout(), printed(NEWEST));
    let told = target.tool().current_directory(&wheels).argument("--dry-run").run();
    let told = told.expect_success().stdout();
    assert!(told.ends_with(&format!("Would install pip-{NEWEST}\n")), "{told}");
    // An empty name does not mean the current directory either.
    for argument in ["--version", "--dry-run"] {
        let told =
            target.tool().current_directory(&wheels).arguments(["--wheel-dir", "", argument]);
        let told = told.run();
        assert!(!told.stdout().contains("99"), "{told}");
        assert_eq!(told.status(), Some(2), "{told}");
    }
}

/// The newest of several is used; other projects, and files that are not wheels, are ignored.
#[test]
fn wheel_directory_newest_pip_is_used() {
    let scratch = Scratch::new();
    let names = [
        "pip-1.2.3-py2.py3-none-any.whl",
        "pip-20.2.2-py2.py3-none-any.whl",
        "wheel-34.2-py2.py3-none-any.whl",
        "pip-script.py",
    ];
    let wheels = named_wheels(&scratch, &names);
    expect_version("wheel_directory_newest_pip_is_used", "20.2.2", &wheels, &scratch);

    // The newest by version. By name, as in `ensurepip`, this one would be the last.
    fs::write(wheels.join("pip-9.0.3-py2.py3-none-any.whl"), "").expect("it can be written");
    expect_our_version("20.2.2", &wheels, &scratch);
}

/// The program, the library and `ensurepip` find the same version.
fn expect_version(test: &str, version: &str, wheels: &Path, scratch: &Scratch) {
    let expected = format!("pip {version}\n");
    if let Some(interpreter) = with_ensurepip(test) {
        let told = Program::new(&interpreter.executable, scratch.home())
            .arguments(["-c", VERSION_IN])
            .argument(wheels)
            .run()
            .expect_success();
        assert_eq!(told.stdout(), expected, "{told}");
    }
    expect_our_version(version, wheels, scratch);
}

/// What `--version` prints for a version of pip: `ensurepip`'s line, and one about the program itself.
fn printed(version: &str) -> String {
    format!("pip {version}\nensurepip-host {}\n", env!("CARGO_PKG_VERSION"))
}

/// The program and the library find this version.
fn expect_our_version(version: &str, wheels: &Path, scratch: &Scratch) {
    let told = Program::under_test(scratch.home()).argument("--wheel-dir").argument(wheels);
    let told = told.argument("--version").run().expect_success();
    assert_eq!((told.stdout(), told.stderr()), (printed(version), String::new()));
    assert_eq!(ensurepip_host::version_in(wheels).expect("it has a wheel"), version);
}
