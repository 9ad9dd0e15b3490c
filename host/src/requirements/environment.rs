//! The values of environment markers for a target, which its facts imply.

use crate::facts::Facts;
use std::collections::BTreeMap;

/// The values of the variables of environment markers.
///
/// `platform_release`, `platform_version` and all else that the facts do not imply are empty, as in
/// Python's `platform` where a value cannot be determined. This includes the CPU of a universal
/// binary of macOS, and the `implementation_version` of a Python other than CPython. A pre-release
/// counts as its release, as in the facts.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(super) values: BTreeMap<&'static str, String>,
}

impl Environment {
    /// The values for the target that these facts describe.
    pub(crate) fn of(facts: &Facts) -> Environment {
        let [major, minor, _] = facts.version;
        let full_version = facts.version.map(|number| number.to_string()).join(".");
        // `platform.python_implementation()`.
        let implementation = match facts.implementation.as_str() {
            "cpython" => "CPython",
            "pypy" => "PyPy",
            "graalpy" => "GraalVM",
            other => other,
        };
        let is_cpython = facts.implementation == "cpython";
        let (sys_platform, system, machine) = platform(&facts.platform);
        let values = [
            ("implementation_name", facts.implementation.clone()),
            (
                "implementation_version",
                if is_cpython { full_version.clone() } else { String::new() },
            ),
            ("os_name", facts.os.clone()),
            ("platform_machine", machine.to_owned()),
            ("platform_python_implementation", implementation.to_owned()),
            ("platform_release", String::new()),
            ("platform_system", system.to_owned()),
            ("platform_version", String::new()),
            ("python_full_version", full_version),
            ("python_version", format!("{major}.{minor}")),
            ("sys_platform", sys_platform.to_owned()),
        ];
        Environment { values: BTreeMap::from(values) }
    }

    /// The value of a variable; empty if it is not known.
    pub(super) fn value(&self, variable: &str) -> &str {
        self.values.get(variable).map_or("", String::as_str)
    }
}

/// `sys.platform`, `platform.system()` and `platform.machine()`, from `sysconfig.get_platform()`.
fn platform(platform: &str) -> (&str, &'static str, &str) {
    let machine = platform.rsplit('-').next().unwrap_or_default();
    match platform.split('-').next().unwrap_or_default() {
        "linux" => ("linux", "Linux", if machine == "unknown" { "" } else { machine }),
        "macosx" => {
            let is_one = !matches!(machine, "universal2" | "intel" | "unknown");
            ("darwin", "Darwin", if is_one { machine } else { "" })
        }
        "win" | "win32" => {
            let machine = match machine {
                "amd64" => "AMD64",
                "arm64" => "ARM64",
                "arm32" => "ARM",
                // What a 32-bit Windows reports; a 64-bit one reports its own CPU there.
                "win32" => "x86",
                other => other,
            };
            ("win32", "Windows", machine)
        }
        other => (other, "", machine),
    }
}
