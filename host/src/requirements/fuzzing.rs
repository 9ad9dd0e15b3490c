//! The readers of what a set has to contain and of what its wheels require, one by one, for `fuzz/`.

use super::{Environment, Member, Wanted, file, lock, unmet};
use crate::facts::Facts;
use serde_json::json;
use std::collections::BTreeSet;

/// What is wanted of a project.
#[derive(Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name, as it is compared.
    pub name: String,
    /// The SHA-256 digests.
    pub hashes: Vec<String>,
}

impl From<Wanted> for Listed {
    fn from(wanted: Wanted) -> Listed {
        Listed { name: wanted.name, hashes: wanted.hashes.into_iter().collect() }
    }
}

/// What a requirements file pins. None if it cannot be read.
#[must_use]
pub fn pinned(text: &str) -> Option<Vec<Listed>> {
    let wanted = file::parse(text, &environment()).ok()?;
    Some(wanted.into_iter().map(Listed::from).collect())
}

/// What a lock file lists. None if it cannot be read.
#[must_use]
pub fn locked(text: &str) -> Option<Vec<Listed>> {
    let wanted = lock::parse(text, &environment()).ok()?;
    Some(wanted.into_iter().map(Listed::from).collect())
}

/// The lines about the requirements of a wheel that are not met where nothing else is installed.
#[must_use]
pub fn missing(requires: &[String]) -> Vec<String> {
    let extras = BTreeSet::from(["more".to_owned()]);
    let member = Member { name: "demo", version: "1.0", requires, extras: &extras };
    unmet(&[member], |_| None, &environment()).iter().map(ToString::to_string).collect()
}

/// That of CPython 3.13 on Linux.
fn environment() -> Environment {
    let paths =
        json!({ "purelib": "/", "platlib": "/", "include": "/", "scripts": "/", "data": "/" });
    let facts = serde_json::from_value::<Facts>(json!({
        "version": [3, 13, 1], "implementation": "cpython", "cache_tag": "cpython-313",
        "os": "posix", "platform": "linux-x86_64", "executable": "/python3", "shebang": "/python3",
        "prefix": "/", "exec_prefix": "/", "base_prefix": "/", "base_exec_prefix": "/",
        "platlibdir": "lib", "abiflags": "", "free_threaded": false, "winver": null,
        "user_base": null, "stdlib": "/", "user_site": "off", "magic": null, "user_paths": null,
        "package_paths": null, "paths": paths,
    }));
    Environment::of(&facts.expect("they are facts"))
}
