//! The warning that the pip of a report cannot start.

use super::Report;

/// How many modules are named.
const NAMED: usize = 3;

impl Report {
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
