//! Do the recipes for images as files work, with the tools that they name?

use crate::support::announce::{announce, fail_if_required};
use crate::support::documents::{blocks_under, page};
use crate::support::images::BOOKWORM;
use crate::support::made_layout::{Layout, own_platform};
use crate::support::pip_wheel::NEWEST;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use serde_json::Value;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PAGE: &str = "docs/images.md";

/// What pip says in the image.
fn pip_in_image() -> String {
    format!("pip {NEWEST} from /usr/local/lib/python3.11/dist-packages/pip (python 3.11)\n")
}

/// A layout `app` with the image `latest`, in the work directory, if these tools are there as well.
fn layout(tools: &[&str]) -> Option<Scratch> {
    let scratch = Scratch::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |tool: &str| std::env::split_paths(&path).any(|at| at.join(tool).exists());
    let tools = tools.iter().filter(|tool| !is_there(tool)).map(|tool| (*tool).to_owned());
    let mut missing: Vec<String> = tools.collect();
    missing.extend(Layout::copy_to(&BOOKWORM, &scratch.work().join("app")).err());
    if missing.is_empty() {
        return Some(scratch);
    }
    announce(&format!("documents: missing: {}", missing.join(", ")));
    fail_if_required(&missing);
    None
}

/// A shell in the work directory, with a home for the tools' own files.
fn shell(scratch: &Scratch, text: &str) -> Program {
    let own = Path::new(env!("CARGO_BIN_EXE_ensurepip-host")).parent().expect("a directory");
    let path = std::env::var("PATH").unwrap_or_default();
    let home = scratch.work().join("home").display().to_string();
    fs::create_dir_all(&home).expect("it can be made");
    Program::new(Path::new("sh"), scratch.home())
        .environment("PATH", &format!("{}:{path}", own.display()))
        .environment("HOME", &home)
        .current_directory(scratch.work())
        .arguments(["-euc", text])
}

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout()).unwrap_or_else(|error| panic!("{error}: {finished}"))
}

/// The report of a status, which is about the image of this machine's platform.
fn status(scratch: &Scratch, image: &str) -> Value {
    let told = shell(scratch, &format!("ensurepip-host status --json --image {image}"));
    json(&told.run().expect_success())
}

/// A registry on the loopback interface, which ends with the test.
struct Registry {
    server: Child,
    address: String,
}

impl Registry {
    /// Starts it with its files in the work directory, and has skopeo take it without encryption.
    fn start(scratch: &Scratch) -> Registry {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = port.expect("a port is free").to_string();
        let place = scratch.work().join("registry");
        let configuration = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"{address}\"}}\n",
            place.display()
        );
        let file = scratch.work().join("registry.yml");
        fs::write(&file, configuration).expect("it can be written");
        let settings = scratch.work().join("home/.config/containers");
        fs::create_dir_all(&settings).expect("it can be made");
        let setting = format!("[[registry]]\nlocation = \"{address}\"\ninsecure = true\n");
        fs::write(settings.join("registries.conf"), setting).expect("it can be written");
        let mut server = Command::new("docker-registry");
        server.arg("serve").arg(file).stdin(Stdio::null());
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let registry = Registry { server: server.expect("it starts"), address };
        let end = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(&registry.address).is_err() {
            assert!(Instant::now() < end, "the registry does not answer");
            thread::sleep(Duration::from_millis(20));
        }
        registry
    }

    /// Puts the layout's image there, as `app:NAME`, and returns what to call it.
    fn push(&self, scratch: &Scratch, name: &str) -> String {
        let image = format!("{}/app:{name}", self.address);
        let copy = format!("skopeo copy -q --preserve-digests oci:app:latest docker://{image}");
        shell(scratch, &copy).run().expect_success();
        fs::remove_dir_all(scratch.work().join("app")).expect("it is there");
        image
    }

    /// The digest of an image.
    fn digest(scratch: &Scratch, image: &str) -> String {
        let inspect = format!("skopeo inspect --format '{{{{.Digest}}}}' docker://{image}");
        shell(scratch, &inspect).run().expect_success().stdout().trim_end().to_owned()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn docs_recipe_for_registry_works() {
    let Some(scratch) = layout(&["skopeo", "docker-registry"]) else { return };
    let registry = Registry::start(&scratch);
    let base = registry.push(&scratch, "latest");
    let [recipe] = blocks_under(PAGE, "Images as files", ["sh"]);
    shell(&scratch, &recipe.text).environment("BASE", &base).run().expect_success();
    let there = Registry::digest(&scratch, &format!("{base}-pip"));
    let status = status(&scratch, "app:latest");
    assert_eq!(there, status["digest"].as_str().expect("it is text"));
    assert_eq!(status["platforms"][0]["report"]["found"]["version"], NEWEST);
}

#[test]
fn docs_recipe_for_many_images_works() {
    let Some(scratch) = layout(&["skopeo", "docker-registry"]) else { return };
    let registry = Registry::start(&scratch);
    let names = ["web", "worker", "database"];
    for name in names {
        let to = format!("docker://{}/{name}", registry.address);
        let copy = format!("skopeo copy -q --preserve-digests oci:app:latest {to}");
        shell(&scratch, &copy).run().expect_success();
    }
    fs::write(scratch.work().join("images"), names.map(|name| format!("{name}\n")).concat())
        .expect("it can be written");
    let [recipe] = blocks_under(PAGE, "Many images", ["sh"]);
    let run = shell(&scratch, &recipe.text).environment("REGISTRY", &registry.address).run();
    run.expect_success();
    let layers: Vec<String> = names
        .map(|name| {
            let image = format!("docker://{}/{name}-pip", registry.address);
            let inspect = format!("skopeo inspect --format '{{{{.Layers}}}}' {image}");
            shell(&scratch, &inspect).run().expect_success().stdout()
        })
        .into();
    assert_eq!(layers[0].matches("sha256:").count(), 2, "{layers:?}");
    assert!(layers.iter().all(|each| *each == layers[0]), "{layers:?}");
    for name in names {
        let status = status(&scratch, &format!("fleet:{name}"));
        assert_eq!(status["platforms"][0]["report"]["found"]["version"], NEWEST, "{name}");
    }
}

/// The commands of the workflow, each in a shell of its own.
#[test]
fn docs_recipe_for_ci_works() {
    let Some(scratch) = layout(&["skopeo", "docker-registry", "jq"]) else { return };
    let registry = Registry::start(&scratch);
    let base = registry.push(&scratch, "1.0");
    let [workflow] = blocks_under(PAGE, "A CI job without Docker", ["yaml"]);
    let steps: Vec<&str> = workflow
        .text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("- run: "))
        .collect();
    assert!(steps.len() > 3, "{steps:?}");
    let output = scratch.work().join("output");
    for step in steps {
        shell(&scratch, step)
            .environment("BASE", &base)
            .environment("GITHUB_OUTPUT", &output.display().to_string())
            .run()
            .expect_success();
    }
    let there = Registry::digest(&scratch, &format!("{base}-pip"));
    let output = fs::read_to_string(output).expect("the workflow writes it");
    assert_eq!(output, format!("digest={there}\n"));
}

#[test]
fn docs_recipe_for_digests_works() {
    let Some(scratch) = layout(&[]) else { return };
    let [recipe] = blocks_under(PAGE, "The digests", ["sh"]);
    let told = || shell(&scratch, &recipe.text).run().expect_success().stdout();
    let first = told();
    let index = fs::read_to_string(scratch.work().join("app/index.json")).expect("it is there");
    let index: Value = serde_json::from_str(&index).expect("it is JSON");
    let digest = index["manifests"][0]["digest"].as_str().expect("it is text");
    let file = |digest: &str| {
        scratch.work().join("app/blobs/sha256").join(digest.trim_start_matches("sha256:"))
    };
    let manifest = fs::read_to_string(file(digest)).expect("it is there");
    let manifest: Value = serde_json::from_str(&manifest).expect("it is JSON");
    let layer = manifest["layers"][1]["digest"].as_str().expect("it is text");
    let platform = own_platform();
    assert_eq!(first, format!("changed {digest}\n{platform} {layer}\n"));
    assert_eq!(told(), format!("unchanged {digest}\n{platform} no new layer\n"));
}

#[test]
fn docs_recipe_for_buildah_works() {
    let Some(scratch) = layout(&["buildah"]) else { return };
    let storage = scratch.work().join("storage");
    let [files, runs] = ["files", "runs"].map(|name| storage.join(name).display().to_string());
    fs::create_dir(&storage).expect("it can be made");
    let settings =
        format!("[storage]\ndriver = \"vfs\"\ngraphroot = \"{files}\"\nrunroot = \"{runs}\"\n");
    let settings_file: PathBuf = storage.join("storage.conf");
    fs::write(&settings_file, settings).expect("it can be written");
    let run = |text: &str| {
        shell(&scratch, text)
            .environment("BUILDAH_ISOLATION", "chroot")
            .environment("CONTAINERS_STORAGE_CONF", &settings_file.display().to_string())
            .run()
            .expect_success()
    };
    let base = run("buildah pull -q oci:app:latest").stdout();
    run(&format!("buildah tag {} localhost/base", base.trim_end()));
    fs::remove_dir_all(scratch.work().join("app")).expect("it is there");
    let [recipe] = blocks_under(PAGE, "From and to buildah", ["sh"]);
    let told = run(&recipe.text).stdout();
    assert!(told.ends_with(&pip_in_image()), "{told}");
}

#[test]
fn docs_recipe_for_platform_and_output_works() {
    let Some(scratch) = layout(&[]) else { return };
    let before = fs::read(scratch.work().join("app/index.json")).expect("it is there");
    let [recipe] = blocks_under(PAGE, "One platform, and another place", ["sh"]);
    let platform = own_platform().to_string();
    shell(&scratch, &recipe.text).environment("PLATFORM", &platform).run().expect_success();
    assert_eq!(fs::read(scratch.work().join("app/index.json")).expect("it is there"), before);
    let status = status(&scratch, "pip.tar:latest");
    assert_eq!(status["platforms"][0]["report"]["found"]["version"], NEWEST);
}

#[test]
fn docs_recipe_for_final_image_works() {
    let Some(scratch) = layout(&[]) else { return };
    let [recipe] = blocks_under(PAGE, "pip only while the image is built", ["sh"]);
    shell(&scratch, &recipe.text).run().expect_success();
    for (image, found) in [("latest", None), ("build", Some(NEWEST)), ("final", None)] {
        let status = status(&scratch, &format!("app:{image}"));
        let version = status["platforms"][0]["report"]["found"]["version"].as_str();
        assert_eq!(version, found, "{image}");
    }
}

/// The table of refusals names a command, which makes a layout of an archive without one.
#[test]
fn docs_archive_without_layout_can_be_converted() {
    let Some(scratch) = layout(&["skopeo"]) else { return };
    let copy = "skopeo copy -q oci:app:latest docker-archive:old.tar:app:latest && rm -r app";
    shell(&scratch, copy).run().expect_success();
    let refused = shell(&scratch, "ensurepip-host --image old.tar --json").run();
    assert_eq!(refused.status(), Some(1), "{refused}");
    assert_eq!(json(&refused)["error"]["code"], "image-layout", "{refused}");
    let command = "skopeo copy docker-archive:FILE oci:app:latest";
    let page = page(PAGE);
    assert!(page.contains(&format!("`{command}`")));
    shell(&scratch, &command.replace("FILE", "old.tar")).run().expect_success();
    assert!(status(&scratch, "app:latest")["platforms"][0]["report"]["found"].is_null());
}
