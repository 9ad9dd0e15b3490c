//! The runtimes of other hosts, fetched with their own clients and kept between test runs.
//!
//! These clients run in the environment of the test, which has their network settings. A missing
//! runtime is announced, and is a failure where everything is required.

use crate::component::example;
use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::copy_files;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The oldest Node.js that the example supports.
const OLDEST_NODE: u32 = 20;

/// The result of fetching a runtime: its path, or what is missing.
type Got = Result<PathBuf, String>;

/// A directory of this repository.
pub(super) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// A directory with the component and its scripts.
pub(super) fn component() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| {
        let directory = cache("component");
        example::write(&directory).expect("files can be written");
        directory
    })
}

/// A directory with `wasmtime` for Python, of the release that the example pins.
pub(super) fn wasmtime() -> Option<&'static Path> {
    static GOT: OnceLock<Got> = OnceLock::new();
    path_or_report_missing(GOT.get_or_init(|| {
        let requirements = repository("examples/python/requirements.txt");
        let (environment, packages) = (cache("environment"), cache("wasmtime"));
        once(&packages, &requirements, || {
            let mut venv = Command::new("python3");
            client("venv", venv.args(["-m", "venv", "--clear"]).arg(&environment))?;
            let mut pip = Command::new(environment.join("bin/pip"));
            pip.args(["install", "--quiet", "--disable-pip-version-check", "--target"]);
            client("wasmtime for Python", pip.arg(&packages).arg("-r").arg(&requirements))
        })
    }))
}

/// A copy of the example for Node.js, with its dependencies, and the component converted to
/// JavaScript.
pub(super) fn node() -> Option<&'static Path> {
    static GOT: OnceLock<Got> = OnceLock::new();
    path_or_report_missing(GOT.get_or_init(|| {
        let version = Command::new("node").arg("--version").output();
        let version = version.map(|told| String::from_utf8_lossy(&told.stdout).into_owned());
        let version = version.map_err(|_| "Node.js".to_owned())?;
        let major = version.trim_start_matches('v').split('.').next().unwrap_or_default();
        if major.parse::<u32>().is_ok_and(|major| major < OLDEST_NODE) {
            return Err(format!("Node.js {OLDEST_NODE} (there is {})", version.trim()));
        }
        let host = cache("node");
        copy_files(&repository("examples/node"), &host);
        copy_files(component(), &host);
        let npm = |arguments: &[&str]| {
            let mut npm = Command::new("npm");
            client("jco, from npm", npm.args(arguments).current_dir(&host))
        };
        let package = repository("examples/node/package.json");
        once(&host.join("node_modules"), &package, || {
            npm(&["install", "--no-audit", "--no-fund", "--loglevel=error"])
        })?;
        let input = host.join("ensurepip.wasm");
        once(&host.join("generated"), &input, || npm(&["run", "build"]))?;
        Ok(host)
    }))
}

/// Makes a directory, unless it was made from the same contents before.
fn once(made: &Path, of: &Path, how: impl FnOnce() -> Result<(), String>) -> Got {
    let contents = fs::read(of).expect("the input can be read");
    let stamp = made.with_extension("stamp");
    if made.is_dir() && fs::read(&stamp).is_ok_and(|found| found == contents) {
        return Ok(made.to_owned());
    }
    if made.is_dir() {
        fs::remove_dir_all(made).expect("what is outdated can be removed");
    }
    how()?;
    fs::write(stamp, contents).expect("a file can be written");
    Ok(made.to_owned())
}

/// Runs a client. Its error output goes to the test log.
fn client(what: &str, command: &mut Command) -> Result<(), String> {
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|error| format!("{what} ({error})"))?;
    if done.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&done.stderr);
    Err(format!("{what} ({})", stderr.trim().replace('\n', " ")))
}

/// The path of a runtime, or an announcement that it is missing.
fn path_or_report_missing(got: &'static Got) -> Option<&'static Path> {
    match got {
        Ok(path) => Some(path),
        Err(missing) => {
            announce(&format!("embeddings: missing: {missing}"));
            fail_if_required(std::slice::from_ref(missing));
            None
        }
    }
}

/// A path in the directory that outlives the test run.
fn cache(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embeddings");
    fs::create_dir_all(&directory).expect("a directory can be made");
    directory.join(name)
}
