//! A report as text: the words that ensurepip's users expect, and more on request.

use super::{
    Change, Command, Found, Outcome, Refusal, Report, Scope, ToDo, WheelReport, WheelSource, shown,
};
use std::fmt::{Display, Formatter, Result};

impl Display for Report {
    fn fmt(&self, out: &mut Formatter) -> Result {
        if self.command != Command::Status {
            self.write_root(out)?;
        }
        if self.verbosity > 0 && self.command != Command::Status {
            self.write_target(out)?;
        }
        if self.scope == Scope::UserFallback {
            writeln!(
                out,
                "Defaulting to user installation because normal site-packages is not writeable"
            )?;
        }
        if let (Some(directory), true) = (&self.wheel.directory, self.command == Command::Install) {
            writeln!(out, "Looking in links: {}", directory.display())?;
        }
        self.write_outcome(out)
    }
}

impl Report {
    /// Which Python the root belongs to, and how that was determined. Without a root there is nothing
    /// to confuse.
    fn write_root(&self, out: &mut Formatter) -> Result {
        let Some(root) = &self.root else { return Ok(()) };
        match &self.outcome {
            Outcome::Installed { .. } if self.root_is_new => {
                writeln!(out, "Created {}", root.display())?;
            }
            Outcome::Planned { .. } if self.root_is_new => {
                writeln!(out, "Would create {}", root.display())?;
            }
            _ => {}
        }
        let (python, number) = (self.python.executable.display(), &self.python.version);
        writeln!(out, "Using {python} (Python {number}), as described by {}", self.describer())
    }

    /// The source of the facts: the files of the Python, or an interpreter of this machine.
    fn describer(&self) -> String {
        match (&self.python.asked, &self.root) {
            (Some(asked), _) => format!("{} on this machine", asked.display()),
            (None, Some(root)) => format!("its files in {}", root.display()),
            (None, None) => "its files".to_owned(),
        }
    }

    fn write_target(&self, out: &mut Formatter) -> Result {
        let (python, number) = (self.python.executable.display(), &self.python.version);
        writeln!(out, "The target is {python} (Python {number})")?;
        if !self.python.others.is_empty() {
            writeln!(out, "  not {}", self.python.others.join(", "))?;
        }
        for granted in &self.scheme.granted {
            writeln!(out, "  {} is {}", granted.role, granted.path.display())?;
        }
        writeln!(out, "  scripts is {}", self.scheme.scripts.display())?;
        match self.confined_by {
            Some(name) => writeln!(out, "  {name} prevents changes anywhere else"),
            None => Ok(()),
        }
    }

    fn write_outcome(&self, out: &mut Formatter) -> Result {
        match &self.outcome {
            Outcome::Installed { files, bytecode, scripts, removed, .. } => {
                self.write_kept(out)?;
                self.write_processing(out)?;
                let new: Vec<_> = self.installed().collect();
                let projects: Vec<_> =
                    new.iter().map(|(source, _)| source.project.as_str()).collect();
                writeln!(out, "Installing collected packages: {}", projects.join(", "))?;
                for (WheelSource { project, .. }, replaced) in &new {
                    let Some(former) = replaced.map(shown) else { continue };
                    writeln!(out, "  Attempting uninstall: {project}")?;
                    writeln!(out, "    Found existing installation: {project} {former}")?;
                    writeln!(out, "    Uninstalling {project}-{former}:")?;
                    if self.verbosity > 0 && self.wheels.len() == 1 {
                        writeln!(out, "      {removed} files")?;
                    }
                    writeln!(out, "      Successfully uninstalled {project}-{former}")?;
                }
                if self.verbosity > 0 {
                    writeln!(out, "  {files} files, {bytecode} of them bytecode")?;
                    for script in scripts {
                        writeln!(out, "  script {}", self.scheme.scripts.join(script).display())?;
                    }
                }
                writeln!(out, "Successfully installed {}", releases(&new))
            }
            Outcome::Planned { files, scripts, .. } => {
                self.write_kept(out)?;
                self.write_processing(out)?;
                if self.verbosity > 0 {
                    let (files, scripts) = (files.len(), scripts.join(", "));
                    writeln!(out, "  {files} files, and the scripts {scripts}")?;
                }
                let new: Vec<_> = self.installed().collect();
                for (WheelSource { project, .. }, replaced) in &new {
                    if let Some(former) = replaced.map(shown) {
                        writeln!(out, "Would uninstall {project}-{former}")?;
                    }
                }
                writeln!(out, "Would install {}", releases(&new))
            }
            Outcome::Removed { files, scripts, .. } => self.write_removed(out, *files, scripts),
            Outcome::Absent => self.write_removed(out, 0, &[]),
            Outcome::Other(_) => Ok(()),
            Outcome::Kept(_) => self.write_kept(out),
            Outcome::Status { refusal, .. } => self.write_status(out, refusal.as_ref()),
        }
    }

    /// The wheels that are installed, each with the version that it replaces.
    fn installed(&self) -> impl Iterator<Item = (&WheelSource, Option<&str>)> {
        self.wheels.iter().filter_map(|WheelReport { source, change }| match change {
            Change::Installed { replaced } => Some((source, replaced.as_deref())),
            _ => None,
        })
    }

    fn write_kept(&self, out: &mut Formatter) -> Result {
        for WheelReport { source: WheelSource { project, .. }, change } in &self.wheels {
            if let Change::Kept(Found { version, directory }) = change {
                let (version, directory) = (shown(version), directory.display());
                writeln!(
                    out,
                    "Requirement already satisfied: {project} in {directory} ({version})"
                )?;
            }
        }
        Ok(())
    }

    fn write_processing(&self, out: &mut Formatter) -> Result {
        for (WheelSource { file_name, directory, .. }, _) in self.installed() {
            match directory {
                Some(directory) => {
                    writeln!(out, "Processing {}", directory.join(file_name).display())?;
                }
                None => writeln!(out, "Processing {file_name}")?,
            }
        }
        Ok(())
    }

    /// What was removed: this many files, and these scripts.
    fn write_removed(&self, out: &mut Formatter, files: u32, scripts: &[String]) -> Result {
        let mut is_verbose = self.verbosity > 0;
        for WheelReport { source: WheelSource { project, .. }, change } in &self.wheels {
            match change {
                Change::Removed { version } => {
                    let version = shown(version);
                    writeln!(out, "Found existing installation: {project} {version}")?;
                    writeln!(out, "Uninstalling {project}-{version}:")?;
                    if std::mem::take(&mut is_verbose) {
                        let scripts = scripts.join(", ");
                        writeln!(out, "  {files} files, and the scripts {scripts}")?;
                    }
                    writeln!(out, "  Successfully uninstalled {project}-{version}")?;
                }
                Change::Absent => {
                    let directories = self.scheme.granted.iter();
                    let directories: Vec<_> =
                        directories.map(|granted| granted.path.display().to_string()).collect();
                    let directories = directories.join(" or ");
                    writeln!(out, "There is no {project} to uninstall in {directories}")?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn write_status(&self, out: &mut Formatter, refusal: Option<&Refusal>) -> Result {
        let (python, number) = (self.python.executable.display(), &self.python.version);
        if let Some(root) = &self.root {
            writeln!(out, "Root:       {}", root.display())?;
        }
        writeln!(out, "Python:     {python} ({} {number})", self.python.implementation)?;
        writeln!(out, "Described:  by {}", self.describer())?;
        if !self.python.others.is_empty() {
            writeln!(out, "Passed by:  {}", self.python.others.join(", "))?;
        }
        if let Some(marker) = &self.externally_managed {
            writeln!(out, "Managed by: its distributor, according to {}", marker.display())?;
        }
        for granted in &self.scheme.granted {
            writeln!(out, "Library:    {}", granted.path.display())?;
        }
        writeln!(out, "Scripts:    {}", self.scheme.scripts.display())?;
        let mut warning = self.start_warning();
        for wheel in &self.wheels {
            write_wheel_status(out, wheel, warning.take().as_deref(), refusal.is_some())?;
        }
        let Some(Refusal { code, message, hint }) = refusal else { return Ok(()) };
        // The first line is enough here; the error of a run has the whole message.
        let message = message.lines().next().unwrap_or_default();
        writeln!(out, "Refused:    {message} [{code}]")?;
        hint.map_or(Ok(()), |hint| writeln!(out, "Hint:       {hint}"))
    }
}

/// The lines of a status that are about one wheel.
fn write_wheel_status(
    out: &mut Formatter,
    WheelReport { source, change }: &WheelReport,
    warning: Option<&str>,
    is_refused: bool,
) -> Result {
    let WheelSource { project, version, directory, .. } = source;
    let Change::Status { installed, is_older, to_do } = change else { return Ok(()) };
    match installed {
        Some(Found { version, .. }) => {
            writeln!(out, "Installed:  {project} {}", shown(version))?;
        }
        None => writeln!(out, "Installed:  no {project}")?,
    }
    let place = match directory {
        Some(directory) => format!("in {}", directory.display()),
        None => "bundled".to_owned(),
    };
    writeln!(out, "Available:  {project} {version} ({place})")?;
    if let Some(warning) = warning {
        writeln!(out, "Warning:    {warning}")?;
    }
    writeln!(out, "To do:      {}", next(source, (*to_do, *is_older), is_refused))
}

/// What a run would do about one wheel, in words.
fn next(source: &WheelSource, (to_do, is_older): (ToDo, bool), is_refused: bool) -> String {
    let WheelSource { project, version, .. } = source;
    match (to_do, is_refused) {
        (ToDo::Install, false) => format!("install {project} {version}"),
        (ToDo::Install, true) => format!("nothing; installing {project} {version} is refused"),
        (ToDo::Upgrade, false) => format!("replace it by {version}"),
        (ToDo::Nothing, false) if is_older => {
            format!("nothing; with --upgrade, replace it by {version}")
        }
        (ToDo::Upgrade | ToDo::Nothing, true) if is_older => {
            format!("nothing; replacing it by {version} is refused")
        }
        (ToDo::Upgrade | ToDo::Nothing, _) => "nothing".to_owned(),
    }
}

/// The releases of wheels, as pip lists them.
fn releases(new: &[(&WheelSource, Option<&str>)]) -> String {
    let releases = new.iter().map(|(source, _)| format!("{}-{}", source.project, source.version));
    releases.collect::<Vec<_>>().join(" ")
}
