//! The five paths, and the one before them.

use super::Newcomer;
use crate::component::example;
use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::copy_files;
use crate::support::documents::{Block, blocks_under, page};
use crate::support::images::BOOKWORM;
use crate::support::layouts::unpack;
use crate::support::made_layout::Layout;
use crate::support::pip_wheel::{NEWEST, NEWEST_SHA256, PipWheel};
use crate::support::process::Program;
use crate::support::tree::Tree;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const README: &str = "README.md";

/// The headings of the paths, each of which a test runs.
const PATHS: [&str; 5] = [IMAGES, RUST, PYTHON, JAVASCRIPT, PACKAGES];
const IMAGES: &str = "You build images";
const RUST: &str = "You write Rust";
const PYTHON: &str = "You write Python";
const JAVASCRIPT: &str = "You write JavaScript";
const PACKAGES: &str = "You make packages";

/// The second half of "Try it"; the first builds the program, which has already happened.
#[test]
fn try_it_leads_to_a_pip() {
    let newcomer = Newcomer::new();
    let [build, look, _] = blocks_under(README, "Try it", ["sh"; 3]);
    let (_, arguments) = build.text.split_once(" && cargo run -- ").expect("cargo runs the tool");
    newcomer.shell(&format!("ensurepip-host {arguments}")).run().expect_success();
    let told = newcomer.run(&look).expect_success();
    assert!(told.stdout().starts_with(&format!("pip {NEWEST} from ")), "{told}");
    newcomer.expect_pip("try it", Path::new("demo"), "pip3");
}

/// A path that is added to the README, or renamed, needs a test.
#[test]
fn readme_paths_all_have_a_test() {
    let readme = page(README);
    let headings: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert_eq!(headings, PATHS);
}

#[test]
fn images_path_leads_to_a_pip() {
    let newcomer = Newcomer::new();
    let layout = Layout::copy_to(&BOOKWORM, &newcomer.directory().join("app"));
    let image = BOOKWORM.copy_to(&newcomer.directory().join("image"));
    let image = match layout.and(image) {
        Ok(image) => image,
        Err(missing) => {
            announce(&format!("newcomer: missing: {missing}"));
            return fail_if_required(&[missing]);
        }
    };
    let [directory, file] = blocks_under(README, IMAGES, ["sh", "sh"]);
    let done = newcomer.run(&directory).expect_success();
    assert!(done.stdout().contains(&format!("Successfully installed pip-{NEWEST}\n")), "{done}");
    assert!(done.stdout().contains("\"result\": \"kept\""), "{done}");
    let done = newcomer.run(&file).expect_success();
    assert!(done.stdout().contains("\"result\": \"changed\""), "{done}");
    let scratch = &newcomer.target.scratch;
    let unpacked = unpack(&newcomer.directory().join("app"), "latest", &BOOKWORM, scratch);
    for image in [image, unpacked] {
        let pip = image.python(scratch.home()).arguments(["-m", "pip", "--version"]);
        let done = pip.run().expect_success();
        let expected = format!("pip {NEWEST} from /usr/local/lib/python3.11/");
        assert!(done.stdout().starts_with(&expected), "{done}");
    }
}

#[test]
fn rust_path_leads_to_a_pip() {
    let newcomer = Newcomer::new();
    let [make, main] = blocks_under(README, RUST, ["sh", "rust"]);
    if !newcomer.get(&make) {
        return;
    }
    newcomer.save(&main, Path::new("app/src/main.rs"));
    // The command that cargo would run, with the library as built for this test. Cargo itself would
    // build it once more, because tests add features that the project does not have.
    let app = newcomer.directory().join("app");
    let (library, dependencies) = library();
    Program::new(Path::new("rustc"), newcomer.target.scratch.home())
        .environment("PATH", &newcomer.path().to_string_lossy())
        .current_directory(&app)
        .arguments(["--edition", "2024", "src/main.rs", "-o", "main", "--extern"])
        .argument(format!("ensurepip_host={}", library.display()))
        .argument("-L")
        .argument(format!("dependency={}", dependencies.display()))
        .run()
        .expect_success();
    let told = Program::new(&app.join("main"), newcomer.target.scratch.home())
        .environment("PATH", &newcomer.path().to_string_lossy())
        .current_directory(&app)
        .run()
        .expect_success();
    assert!(told.stdout().ends_with(&format!("Successfully installed pip-{NEWEST}\n")), "{told}");
    newcomer.expect_pip("Rust", Path::new("app/stage"), "pip");
}

/// The library that this program was linked with, which is the newest one not newer than it, and the
/// directory of its dependencies.
fn library() -> (PathBuf, PathBuf) {
    let own = std::env::current_exe().expect("the test is a program");
    let directory = own.parent().expect("it is in a directory").to_owned();
    let modified = |path: &Path| path.metadata().and_then(|it| it.modified()).expect("a time");
    let linked = directory
        .read_dir()
        .expect("it can be listed")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("libensurepip_host-") && name.ends_with(".rlib")
        })
        .filter(|path| modified(path) <= modified(&own))
        .max_by_key(|path| modified(path));
    (linked.expect("it was linked with the library"), directory)
}

#[test]
fn python_path_leads_to_a_pip() {
    let newcomer = Newcomer::new();
    let languages = ["sh", "python", "sh"];
    let [get, program, run] = blocks_under(README, PYTHON, languages);
    example::write(newcomer.directory()).expect("files can be written");
    if !newcomer.get(&get) {
        return;
    }
    newcomer.save(&program, Path::new("app.py"));
    newcomer.run(&run).expect_success();
    newcomer.expect_pip("Python", Path::new("stage"), "pip");
}

#[test]
fn javascript_path_leads_to_a_pip() {
    let mut newcomer = Newcomer::new();
    let languages = ["sh", "javascript", "sh"];
    let [get, program, run] = blocks_under(README, JAVASCRIPT, languages);
    // The packages from npm are large, so they are kept between test runs.
    let checkout = Path::new(env!("CARGO_TARGET_TMPDIR")).join("newcomer");
    let node = Path::new("examples/node");
    copy_files(&newcomer.checkout.join(node), &checkout.join(node));
    if !checkout.join("wheels").exists() {
        symlink(newcomer.checkout.join("wheels"), checkout.join("wheels")).expect("a link is made");
    }
    newcomer.checkout = checkout.clone();
    example::write(&checkout.join(node)).expect("files can be written");
    if !newcomer.get(&get) {
        return;
    }
    newcomer.save(&program, &checkout.join(node).join("app.mjs"));
    let stage = checkout.join(node).join("stage");
    if stage.exists() {
        fs::remove_dir_all(&stage).expect("what an earlier test run has left can be removed");
    }
    newcomer.run(&run).expect_success();
    newcomer.expect_pip("JavaScript", &stage, "pip");
}

#[test]
fn packages_path_leads_to_the_same_pip_twice() {
    let newcomer = Newcomer::new();
    let [commands] = blocks_under(README, PACKAGES, ["sh"]);
    PipWheel::of(NEWEST).alone_in(newcomer.directory().join("wheels"));
    let run = |commands: &Block, destination: &str, digest: &str| {
        let shell = newcomer.shell(&commands.text).environment("PIP_SHA256", digest);
        shell.environment("DESTDIR", destination).run()
    };
    let other = "0".repeat(64);
    let told = run(&commands, "first", &other);
    assert!(!told.succeeded() && told.stderr().contains(NEWEST_SHA256), "{told}");
    assert!(!newcomer.directory().join("first").exists());
    for destination in ["first", "second"] {
        run(&commands, destination, NEWEST_SHA256).expect_success();
    }
    let [first, second] = ["first", "second"].map(|it| Tree::of(&newcomer.directory().join(it)));
    let differences = first.differences("the first", &second, "the second");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    let sbom =
        fs::read_to_string(newcomer.directory().join("pip.cdx.json")).expect("it was written");
    assert!(sbom.contains(&format!("\"pkg:pypi/pip@{NEWEST}\"")), "{sbom}");
    let script = newcomer.directory().join("first/usr/bin/pip3");
    let script = fs::read_to_string(script).expect("a script is text");
    assert!(script.starts_with("#!/usr/bin/python3\n"), "{script}");
    newcomer.expect_pip("packages", Path::new("first"), "pip3");
}
