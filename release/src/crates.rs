//! The crates that are linked into a program, as cargo resolves them for a target.

use anyhow::{Context as _, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The platform of the component.
pub(crate) const COMPONENT_TARGET: &str = "wasm32-wasip2";

/// A crate, and its dependencies.
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Its licences, as an SPDX expression.
    pub(crate) licence: String,
    /// The SHA-256 digest of its package; none if it belongs to this workspace.
    pub(crate) sha256: Option<String>,
    /// The keys of the crates that it depends on.
    pub(crate) uses: BTreeSet<String>,
}

/// Crates by `name@version`.
pub(crate) type Crates = BTreeMap<String, Crate>;

/// The crates that are linked into the program, and into its component.
pub(crate) struct Linked {
    pub(crate) crates: Crates,
    /// The key of the program.
    pub(crate) program: String,
    /// The key of the component.
    pub(crate) component: String,
}

impl Linked {
    /// The crates that are linked into the program of a target.
    pub(crate) fn into_program(target: &str) -> Result<Linked> {
        let mut crates = Crates::new();
        let program = add(&mut crates, "ensurepip-host", target)?;
        let component = add(&mut crates, "ensurepip-guest", COMPONENT_TARGET)?;
        Ok(Linked { crates, program, component })
    }
}

/// The crates that are linked into the component.
pub(crate) fn of_component() -> Result<Crates> {
    let mut crates = Crates::new();
    add(&mut crates, "ensurepip-guest", COMPONENT_TARGET)?;
    Ok(crates)
}

/// Adds the crates that are linked into a package of the workspace for a target, itself included,
/// without those that only build or test it, and without procedural macros. Returns the key of the
/// package.
fn add(crates: &mut Crates, package: &str, target: &str) -> Result<String> {
    let lock = workspace().join("Cargo.lock");
    let lock = fs::read_to_string(&lock)
        .with_context(|| format!("failed to read `{}`", lock.display()))?;
    let digests = digests(&lock);
    // `cargo tree`, not `cargo metadata`: only the former reports the features of this very build.
    let tree = cargo(&[
        "tree",
        "--locked",
        "--package",
        package,
        "--target",
        target,
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "depth",
        "--format",
        "\t{p}\t{l}\t",
    ])?;
    // Each line is a dependency of the nearest line above it with a smaller depth.
    let mut way: Vec<String> = Vec::new();
    for line in tree.lines() {
        let found = parse(line).with_context(|| format!("cargo tree says `{line}`"))?;
        let (depth, name, version, licence) = found;
        let key = format!("{name}@{version}");
        way.truncate(depth);
        if let Some(user) = way.last().and_then(|user| crates.get_mut(user)) {
            user.uses.insert(key.clone());
        }
        way.push(key.clone());
        crates.entry(key.clone()).or_insert_with(|| Crate {
            name: name.to_owned(),
            version: version.to_owned(),
            // Old packages separate alternatives by a slash.
            licence: licence.replace('/', " OR "),
            sha256: digests.get(&key).cloned(),
            uses: BTreeSet::new(),
        });
    }
    way.into_iter().next().context("cargo tree says nothing")
}

/// Parses a line of the tree: depth, name, version and licence.
fn parse(line: &str) -> Option<(usize, &str, &str, &str)> {
    let [depth, package, licence, _] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let mut words = package.split(' ');
    Some((depth.parse().ok()?, words.next()?, words.next()?.strip_prefix('v')?, licence))
}

/// The digests in a `Cargo.lock`, by `name@version`.
fn digests(lock: &str) -> BTreeMap<String, String> {
    let digest = |package: &str| {
        let value = |key: &str| {
            let start = format!("{key} = \"");
            let value = package.lines().find_map(|line| line.strip_prefix(&start))?;
            value.strip_suffix('"').map(str::to_owned)
        };
        Some((format!("{}@{}", value("name")?, value("version")?), value("checksum")?))
    };
    lock.split("[[package]]").filter_map(digest).collect()
}

/// The output of cargo in this workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(workspace()).output();
    let output = output.context("failed to run cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("cargo {} failed: {}", arguments[0], said.trim_end());
    }
    String::from_utf8(output.stdout).context("cargo does not speak UTF-8")
}

/// The directory of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
