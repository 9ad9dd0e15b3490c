//! What a run prints: the words that ensurepip's users expect, and more on request.

use ensurepip_host::{Outcome, Report};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What goes to standard output when a run has succeeded.
pub(crate) fn success(report: &Report, wheel_directory: Option<&Path>, verbose: u8) -> String {
    let mut text = String::new();
    let mut line = |words: std::fmt::Arguments| {
        writeln!(text, "{words}").expect("a string takes every line");
    };
    let Report { project, version, .. } = report;
    if verbose > 0 {
        let (python, number) = (report.python.display(), &report.python_version);
        line(format_args!("The target is {python} (Python {number})"));
        for granted in &report.granted {
            line(format_args!("  {} is {}", granted.role, granted.path.display()));
        }
        line(format_args!("  scripts is {}", report.scripts_directory.display()));
    }
    if report.is_user_installation_for_want {
        line(format_args!(
            "Defaulting to user installation because normal site-packages is not writeable"
        ));
    }
    if let Some(directory) = wheel_directory {
        line(format_args!("Looking in links: {}", directory.display()));
    }
    match &report.outcome {
        Outcome::Installed { files, bytecode, scripts, replaced, removed } => {
            line(format_args!("Processing {}", report.wheel.display()));
            line(format_args!("Installing collected packages: {project}"));
            if let Some(former) = replaced {
                line(format_args!("  Attempting uninstall: {project}"));
                line(format_args!("    Found existing installation: {project} {former}"));
                line(format_args!("    Uninstalling {project}-{former}:"));
                if verbose > 0 {
                    line(format_args!("      {removed} files"));
                }
                line(format_args!("      Successfully uninstalled {project}-{former}"));
            }
            if verbose > 0 {
                line(format_args!("  {files} files, {bytecode} of them bytecode"));
                for script in scripts {
                    let path = report.scripts_directory.join(script);
                    line(format_args!("  script {}", path.display()));
                }
            }
            line(format_args!("Successfully installed {project}-{version}"));
        }
        Outcome::Planned { files, scripts } => {
            line(format_args!("Processing {}", report.wheel.display()));
            if verbose > 0 {
                line(format_args!("  {files} files, and the scripts {}", scripts.join(", ")));
            }
            line(format_args!("Would install {project}-{version}"));
        }
        Outcome::Removed { version, files, scripts } => {
            line(format_args!("Found existing installation: {project} {version}"));
            line(format_args!("Uninstalling {project}-{version}:"));
            if verbose > 0 {
                line(format_args!("  {files} files, and the scripts {}", scripts.join(", ")));
            }
            line(format_args!("  Successfully uninstalled {project}-{version}"));
        }
        Outcome::Absent if verbose > 0 => line(format_args!("There is no {project} to uninstall")),
        Outcome::Kept { version, directory } => {
            let directory = directory.display();
            line(format_args!(
                "Requirement already satisfied: {project} in {directory} ({version})"
            ));
        }
        _ => {}
    }
    text
}

/// The warning that another version stays, in ensurepip's words; none if that is not so.
pub(crate) fn mismatch_warning(report: &Report) -> Option<String> {
    let Outcome::Other { installed } = &report.outcome else { return None };
    let available = &report.version;
    Some(format!(
        "ensurepip-host will only uninstall a matching version \
         ('{installed}' installed, '{available}' available)"
    ))
}

/// The warning that scripts will not be found, in pip's words; none if they will be.
pub(crate) fn path_warning(report: &Report, path: &[PathBuf]) -> Option<String> {
    let Outcome::Installed { scripts, .. } = &report.outcome else { return None };
    let directory = &report.scripts_directory;
    let is_found = path.contains(directory) || report.python.parent() == Some(directory);
    if is_found || scripts.is_empty() {
        return None;
    }
    let mut names = scripts.clone();
    names.sort();
    let (noun, verb) = if names.len() == 1 { ("script", "is") } else { ("scripts", "are") };
    let last = names.pop()?;
    let names = if names.is_empty() { last } else { format!("{} and {last}", names.join(", ")) };
    Some(format!(
        "warning: the {noun} {names} {verb} installed in `{}`, which is not on PATH",
        directory.display()
    ))
}
