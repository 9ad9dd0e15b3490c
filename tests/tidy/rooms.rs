//! Does each room use only those before it, and is no module part of a cycle with its siblings?

use super::{root, sources};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the component. Each may use those before it.
const GUEST_ROOMS: &[&str] = &[
    "bindings",
    "entry_path",
    "faults",
    "wheel_name",
    "archive",
    "record",
    "file_data",
    "metadata",
    "entry_points",
    "scheme",
    "scripts",
    "wheel",
    "directory",
    "host",
    "installed",
    "stage",
    "owned",
    "install",
    "fuzzing",
    "reference",
    "lib",
];

/// The rooms of the host. Each may use those before it.
const HOST_ROOMS: &[&str] = &[
    "error",
    "progress",
    "project",
    "report",
    "digest",
    "platform",
    "scarcity",
    "process",
    "facts",
    "interpreter",
    "binary",
    "libc",
    "requirements",
    "wheels",
    "walk",
    "times",
    "root",
    "image",
    "fuzzing",
    "externally_managed",
    "startable",
    "user_site",
    "manifest",
    "grants",
    "shims",
    "store",
    "bytecode",
    "bindings",
    "convert",
    "sandbox",
    "bootstrap",
    "oci",
    "lib",
    "cli",
    "color",
    "output",
    "advice",
    "bar",
    "signals",
    "surroundings",
    "sbom",
    "main",
];

/// The rooms of the crate for OCI images. Each may use those before it.
const OCI_ROOMS: &[&str] = &[
    "digest",
    "hashing",
    "error",
    "platform",
    "location",
    "compression",
    "document",
    "layout",
    "select",
    "contents",
    "layer",
    "known",
    "tree",
    "new_layer",
    "update",
    "lib",
];

/// The modules of a directory, each with the siblings that it uses.
type Siblings = BTreeMap<String, BTreeSet<String>>;

#[test]
fn module_dependencies_follow_layer_order() {
    for (place, rooms, fewest) in [
        ("guest/src", GUEST_ROOMS, 100),
        ("host/src", HOST_ROOMS, 100),
        ("host/oci/src", OCI_ROOMS, 30),
    ] {
        let directory = root().join(place);
        let mut checked = 0;
        for (path, module) in modules(&directory) {
            let rank = |name: &str| rooms.iter().position(|room| *room == name);
            let room = &module[0];
            let own = rank(room).unwrap_or_else(|| panic!("{place} has no room `{room}`"));
            for used in uses(&path, &module) {
                let Some(other) = rank(&used[0]) else { continue };
                assert!(other <= own, "{} uses `{}`, a later room", path.display(), used[0]);
                checked += 1;
            }
        }
        assert!(checked > fewest, "only {checked} uses were found in {place}");
    }
}

#[test]
fn sibling_modules_have_no_cycles() {
    for place in ["guest/src", "host/src", "host/oci/src"] {
        let directory = root().join(place);
        let modules = modules(&directory);
        let names: BTreeSet<&[String]> = modules.iter().map(|(_, module)| &module[..]).collect();
        let mut parents: BTreeMap<&[String], Siblings> = BTreeMap::new();
        for (path, module) in &modules {
            let (name, parent) = module.split_last().expect("a module has a name");
            // Another test checks the order of rooms.
            if parent.is_empty() {
                continue;
            }
            let siblings = uses(path, module).into_iter().filter_map(|used| {
                let sibling = used.get(..module.len())?;
                let is_one = sibling.starts_with(parent) && sibling != &module[..];
                (is_one && names.contains(sibling)).then(|| sibling[parent.len()].clone())
            });
            let used = parents.entry(parent).or_default().entry(name.clone()).or_default();
            used.extend(siblings);
        }
        let edges: usize = parents.values().flat_map(BTreeMap::values).map(BTreeSet::len).sum();
        assert!(edges > 10, "only {edges} uses of siblings were found in {place}");
        for (parent, siblings) in parents {
            let cycle = cycle(&siblings);
            assert!(cycle.is_empty(), "{}: {} form a cycle", parent.join("::"), cycle.join(", "));
        }
    }
}

#[test]
fn module_cycle_is_detected() {
    let module = |uses: &[&str]| uses.iter().map(|name| (*name).to_owned()).collect();
    let mut siblings = Siblings::from([
        ("first".to_owned(), module(&["second", "third"])),
        ("second".to_owned(), module(&["third"])),
        ("third".to_owned(), module(&[])),
    ]);
    assert!(cycle(&siblings).is_empty());
    siblings.insert("third".to_owned(), module(&["second"]));
    assert_eq!(cycle(&siblings), ["first", "second", "third"]);
}

#[test]
fn module_paths_are_read_without_test_code() {
    let text = "use crate::a;\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n\
                #[cfg(test)]\nmod more;\nuse crate::c::{self, D};\nuse super::{e::F, g};\n";
    let code = without_tests(text);
    assert_eq!(code, "use crate::a;\nuse crate::c::{self, D};\nuse super::{e::F, g};\n");
    let module = ["room", "module"].map(str::to_owned);
    let used = paths(&code, &module).into_iter().map(|path| path.join("::"));
    let used: Vec<String> = used.collect();
    assert_eq!(used, ["a", "c::self", "c::D", "room::e::F", "room::g"]);
}

/// The modules that remain after repeatedly removing those that use none of the rest: the members
/// of cycles, and those that use them.
fn cycle(siblings: &Siblings) -> Vec<String> {
    let mut left = siblings.clone();
    loop {
        let free: Vec<String> = left
            .iter()
            .filter(|(_, used)| used.iter().all(|name| !left.contains_key(name)))
            .map(|(name, _)| name.clone())
            .collect();
        if free.is_empty() {
            return left.into_keys().collect();
        }
        left.retain(|name, _| !free.contains(name));
    }
}

/// The modules below a directory, without tests: the file, and the path in the crate.
fn modules(directory: &Path) -> Vec<(PathBuf, Vec<String>)> {
    let rust =
        sources(directory).into_iter().filter(|path| path.extension() == Some("rs".as_ref()));
    let modules = rust.filter_map(|path| {
        let relative = path.strip_prefix(directory).expect("it is below").with_extension("");
        let names: Vec<String> =
            relative.iter().map(|name| name.to_string_lossy().into_owned()).collect();
        // Tests may use anything.
        let is_test = names.iter().any(|name| name.contains("tests"));
        (!is_test).then_some((path, names))
    });
    modules.collect()
}

/// The paths in a module's code that begin with `crate::` and `super::`, starting at the crate.
fn uses(path: &Path, module: &[String]) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("a source is text");
    paths(&without_tests(&text), module)
}

/// A source without its items for tests. Relies on rustfmt: an item ends in the first line that has
/// the indentation of its beginning and ends in `}` or `;`.
fn without_tests(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start() != "#[cfg(test)]" {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let is_last = |line: &&str| {
            line.len() - line.trim_start().len() == indent && line.ends_with(['}', ';'])
        };
        lines.find(is_last);
    }
    code
}

/// The paths in a source that begin with `crate::` or `super::`, starting at the crate.
fn paths(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let parent = &module[..module.len() - 1];
    let of_crate = code.split("crate::").skip(1).map(|rest| (&[][..], rest));
    let of_parent = code.split("super::").skip(1).map(|rest| (parent, rest));
    let mut paths = Vec::new();
    for (start, rest) in of_crate.chain(of_parent) {
        follow(start.to_vec(), rest, &mut paths);
    }
    paths
}

/// Adds the paths that begin with these names and continue with a text, which may be a group in braces.
/// Returns the rest of the text after them.
fn follow<'text>(
    mut names: Vec<String>,
    mut rest: &'text str,
    paths: &mut Vec<Vec<String>>,
) -> &'text str {
    if let Some(group) = rest.strip_prefix('{') {
        rest = group.trim_start();
        while !rest.starts_with('}') && !rest.is_empty() {
            let after = follow(names.clone(), rest, paths).trim_start();
            // Anything in a group that is not a path is skipped.
            let after = if after.len() == rest.len() { &after[1..] } else { after };
            rest = after.trim_start_matches(',').trim_start();
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let is_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
    if end == 0 {
        return rest;
    }
    names.push(rest[..end].to_owned());
    rest = &rest[end..];
    if let Some(below) = rest.strip_prefix("::") {
        return follow(names, below, paths);
    }
    paths.push(names);
    rest
}
