//! Warnings about what a report states.

use super::{Change, Found, Outcome, Report, WheelReport, WheelSource};
use std::env;

/// How many modules are named.
const NAMED: usize = 3;

impl Report {
    /// All warnings, as clauses for people.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warnings = [self.mismatch_warning(), self.start_warning(), self.path_warning()];
        warnings.into_iter().flatten().collect()
    }

    /// The warning that another version stays, in ensurepip's words; none if none stays.
    #[must_use]
    pub fn mismatch_warning(&self) -> Option<String> {
        let others = self.wheels.iter().filter_map(|WheelReport { source, change }| match change {
            Change::Other(Found { version, .. }) => Some((source, version)),
            _ => None,
        });
        let versions = others.map(|(WheelSource { project, version, .. }, installed)| {
            let is_pip_alone = self.wheels.len() == 1 && project == "pip";
            let name = if is_pip_alone { String::new() } else { format!("{project}: ") };
            let installed = if installed.is_empty() { "unknown" } else { installed };
            format!("{name}'{installed}' installed, '{version}' available")
        });
        let versions: Vec<String> = versions.collect();
        if versions.is_empty() {
            return None;
        }
        let versions = versions.join("; ");
        Some(format!("ensurepip-host will only uninstall a matching version ({versions})"))
    }

    /// The warning that scripts are in a directory that is not on PATH, in pip's words; none if they
    /// will be found. Below a root there is none, because PATH belongs to another system.
    #[must_use]
    pub fn path_warning(&self) -> Option<String> {
        let Outcome::Installed { scripts, .. } = &self.outcome else { return None };
        let directory = &self.scheme.scripts;
        let path = env::var_os("PATH").unwrap_or_default();
        let is_found = env::split_paths(&path).any(|listed| listed == *directory)
            || self.python.executable.parent() == Some(directory);
        if self.root.is_some() || is_found || scripts.is_empty() {
            return None;
        }
        let mut names = scripts.clone();
        names.sort();
        let (noun, verb) = if names.len() == 1 { ("script", "is") } else { ("scripts", "are") };
        let (names, directory) = (joined(&names), directory.display());
        Some(format!("the {noun} {names} {verb} installed in `{directory}`, which is not on PATH"))
    }

    /// Why the present or future pip of the target cannot start, as a clause for people. None if no
    /// obstacle is known.
    #[must_use]
    pub fn start_warning(&self) -> Option<String> {
        let missing = self.missing_modules.as_deref().filter(|missing| !missing.is_empty())?;
        let mut modules: Vec<String> =
            missing.iter().map(|missing| format!("`{}`", missing.module)).collect();
        let more = modules.split_off(NAMED.min(modules.len())).len();
        if more > 0 {
            modules.push(format!("{more} more"));
        }
        let noun = if missing.len() == 1 { "the module" } else { "the modules" };
        let mut text =
            format!("pip cannot start: this Python does not have {noun} {}", joined(&modules));
        let mut packages: Vec<String> = Vec::new();
        for package in missing.iter().filter_map(|missing| missing.package.as_deref()) {
            let package = format!("`{package}`");
            if !packages.contains(&package) {
                packages.push(package);
            }
        }
        if !packages.is_empty() {
            text.push_str("; Debian has ");
            text.push_str(if missing.len() == 1 { "it in " } else { "them in " });
            text.push_str(&joined(&packages));
        }
        Some(text)
    }
}

/// Words as a list in English.
fn joined(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
