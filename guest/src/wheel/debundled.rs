//! Whether a pip has the libraries that it needs to start.
//!
//! pip carries copies of other distributions in `pip/_vendor`. Distributors may remove them and set
//! `DEBUNDLED` in `pip/_vendor/__init__.py` (`pip/_vendor/README.rst`): that pip imports them from
//! wheels in a directory of the system, or from wherever Python finds them. What the wheels of a set
//! do not bring cannot be promised, whether or not the target has it today, so such a set is refused.

use super::Contents;
use crate::archive::Archive;
use crate::bindings::ensurepip::bootstrap::types::{Error, FaultCode};
use crate::faults::fault;
use crate::wheel_name::canonical_name;

/// The module that states whether pip is debundled.
const MODULE: &str = "pip/_vendor/__init__.py";

/// The list of distributions that pip was made with: a requirement a line.
const LIST: &str = "pip/_vendor/vendor.txt";

/// How long either file may be, in bytes. Those of pip have 10 KB at most.
const LENGTH_LIMIT: u64 = 1 << 20;

/// The distributions that a debundled pip lacks. One that still has everything starts from that.
pub(super) fn missing(archive: &Archive) -> Vec<String> {
    let module = text(archive, MODULE).filter(|module| is_debundled(module));
    let Some(module) = module else { return Vec::new() };
    let mut missing = match text(archive, LIST) {
        Some(list) => listed(&list),
        None => aliased(&module),
    };
    missing.retain(|name| !is_there(archive, name));
    missing
}

/// Checks that wheels which are installed together bring what a debundled pip among them lacks.
pub(crate) fn check(wheels: &[&Contents]) -> Result<(), Error> {
    let is_there = |missing: &&String| {
        let name = canonical_name(missing);
        wheels.iter().any(|wheel| canonical_name(&wheel.name.project) == name)
    };
    let missing = wheels.iter().flat_map(|wheel| &wheel.debundled);
    let missing: Vec<&str> = missing.filter(|name| !is_there(name)).map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "pip cannot start without {}, which a distributor has taken out",
        missing.join(", ")
    );
    Err(fault(FaultCode::Debundled, MODULE, detail))
}

/// The text of a file. None if there is none, or none that can be read: then the check of its digest
/// has noted that.
fn text(archive: &Archive, path: &str) -> Option<String> {
    let entry = archive.find(path).filter(|entry| entry.packed.size() <= LENGTH_LIMIT)?;
    Some(String::from_utf8_lossy(&entry.packed.whole(archive.bytes()).ok()?).into_owned())
}

/// Whether the module sets `DEBUNDLED` to a true constant.
fn is_debundled(module: &str) -> bool {
    let mut values = module.lines().filter_map(|line| {
        let value = line.strip_prefix("DEBUNDLED")?.trim_start().strip_prefix('=')?;
        Some(value.split('#').next().unwrap_or_default().trim())
    });
    values.next_back().is_some_and(|value| matches!(value, "True" | "1"))
}

/// The distributions of `vendor.txt`. Lines that name a Python which has the module itself are left
/// out, such as `ipaddress==1.0.23  # Only needed on 2.6 and 2.7`.
fn listed(list: &str) -> Vec<String> {
    let needed = list.lines().filter(|line| !line.contains("# Only needed on 2"));
    let names = needed.map(|line| line.trim().split(is_no_name).next().unwrap_or_default());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The modules for which pip looks elsewhere: the calls of `vendored("…")`, without submodules.
fn aliased(module: &str) -> Vec<String> {
    let calls = module.split("vendored(\"").skip(1);
    let mut names: Vec<String> = Vec::new();
    for name in calls.filter_map(|rest| rest.split(['.', '"']).next()) {
        if !name.contains(is_no_name) && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether a character is none of a project's name.
fn is_no_name(c: char) -> bool {
    !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Whether pip brings the module of a distribution.
fn is_there(archive: &Archive, distribution: &str) -> bool {
    let name = match canonical_name(distribution).as_str() {
        // pip has no more of it than this.
        "setuptools" => "pkg_resources".to_owned(),
        name => name.replace('-', "_"),
    };
    let (package, module) = (format!("pip/_vendor/{name}/"), format!("pip/_vendor/{name}.py"));
    let mut paths = archive.entries().iter().map(|entry| entry.path.as_str());
    paths.any(|path| path == module || path.starts_with(&package))
}

#[cfg(test)]
mod tests {
    use super::{aliased, is_debundled, listed};

    #[test]
    fn debundled_flag_takes_last_assignment() {
        for module in ["DEBUNDLED = True\n", "DEBUNDLED=1", "DEBUNDLED = 0\nDEBUNDLED = True # x"] {
            assert!(is_debundled(module), "{module}");
        }
        for module in [
            "",
            "DEBUNDLED = False\n",
            "# DEBUNDLED = True\n",
            "DEBUNDLED = True\nDEBUNDLED = False\n",
            "if DEBUNDLED:\n    pass\n",
        ] {
            assert!(!is_debundled(module), "{module}");
        }
    }

    /// Lines of pip 20.3.4.
    #[test]
    fn debundled_libraries_are_read_from_vendor_txt() {
        let list = "appdirs==1.4.4\nipaddress==1.0.23  # Only needed on 2.6 and 2.7\n\
                    requests==2.25.0\n    certifi==2020.11.08\n\n# a comment\ntomli-w>=1\n";
        assert_eq!(listed(list), ["appdirs", "requests", "certifi", "tomli-w"]);
    }

    /// Lines of pip 20.3.4 and of a later one.
    #[test]
    fn debundled_libraries_fall_back_to_vendored_calls() {
        let module = "def vendored(modulename):\n    vendored(\"six\")\n    vendored(\"six.moves\")\n\
                      \x20   vendored(\"a b\")\n    vendored(\"dependency-groups\")\n";
        assert_eq!(aliased(module), ["six", "dependency-groups"]);
    }
}
