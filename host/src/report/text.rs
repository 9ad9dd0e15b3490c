//! A report as text: the words that ensurepip's users expect, and more on request.

use super::{Command, Found, Outcome, Refusal, Report, Scope, ToDo, shown};
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
        let (project, version) = (&self.wheel.project, &self.wheel.version);
        let is_verbose = self.verbosity > 0;
        match &self.outcome {
            Outcome::Installed { files, bytecode, scripts, replaced, removed, .. } => {
                self.write_processing(out)?;
                writeln!(out, "Installing collected packages: {project}")?;
                if let Some(former) = replaced.as_deref().map(shown) {
                    writeln!(out, "  Attempting uninstall: {project}")?;
                    writeln!(out, "    Found existing installation: {project} {former}")?;
                    writeln!(out, "    Uninstalling {project}-{former}:")?;
                    if is_verbose {
                        writeln!(out, "      {removed} files")?;
                    }
                    writeln!(out, "      Successfully uninstalled {project}-{former}")?;
                }
                if is_verbose {
                    writeln!(out, "  {files} files, {bytecode} of them bytecode")?;
                    for script in scripts {
                        writeln!(out, "  script {}", self.scheme.scripts.join(script).display())?;
                    }
                }
                writeln!(out, "Successfully installed {project}-{version}")
            }
            Outcome::Planned { files, scripts, replaces } => {
                self.write_processing(out)?;
                if is_verbose {
                    let (files, scripts) = (files.len(), scripts.join(", "));
                    writeln!(out, "  {files} files, and the scripts {scripts}")?;
                }
                if let Some(former) = replaces.as_deref().map(shown) {
                    writeln!(out, "Would uninstall {project}-{former}")?;
                }
                writeln!(out, "Would install {project}-{version}")
            }
            Outcome::Removed { version, files, scripts, .. } => {
                let version = shown(version);
                writeln!(out, "Found existing installation: {project} {version}")?;
                writeln!(out, "Uninstalling {project}-{version}:")?;
                if is_verbose {
                    let scripts = scripts.join(", ");
                    writeln!(out, "  {files} files, and the scripts {scripts}")?;
                }
                writeln!(out, "  Successfully uninstalled {project}-{version}")
            }
            Outcome::Absent => {
                let directories = self.scheme.granted.iter();
                let directories: Vec<_> =
                    directories.map(|granted| granted.path.display().to_string()).collect();
                let directories = directories.join(" or ");
                writeln!(out, "There is no {project} to uninstall in {directories}")
            }
            Outcome::Other(_) => Ok(()),
            Outcome::Kept(Found { version, directory }) => {
                let (version, directory) = (shown(version), directory.display());
                writeln!(out, "Requirement already satisfied: {project} in {directory} ({version})")
            }
            Outcome::Status { installed, is_older, to_do, refusal } => {
                let next = self.next((*to_do, *is_older), refusal.is_some());
                self.write_status(out, installed.as_ref(), &next, refusal.as_ref())
            }
        }
    }

    /// What a run would do, in words.
    fn next(&self, (to_do, is_older): (ToDo, bool), is_refused: bool) -> String {
        let (project, version) = (&self.wheel.project, &self.wheel.version);
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

    fn write_processing(&self, out: &mut Formatter) -> Result {
        let name = &self.wheel.file_name;
        match &self.wheel.directory {
            Some(directory) => writeln!(out, "Processing {}", directory.join(name).display()),
            None => writeln!(out, "Processing {name}"),
        }
    }

    fn write_status(
        &self,
        out: &mut Formatter,
        installed: Option<&Found>,
        next: &str,
        refusal: Option<&Refusal>,
    ) -> Result {
        let (project, version) = (&self.wheel.project, &self.wheel.version);
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
        match installed {
            Some(Found { version, .. }) => {
                writeln!(out, "Installed:  {project} {}", shown(version))?;
            }
            None => writeln!(out, "Installed:  no {project}")?,
        }
        let place = match &self.wheel.directory {
            Some(directory) => format!("in {}", directory.display()),
            None => "bundled".to_owned(),
        };
        writeln!(out, "Available:  {project} {version} ({place})")?;
        if let Some(warning) = self.start_warning() {
            writeln!(out, "Warning:    {warning}")?;
        }
        writeln!(out, "To do:      {next}")?;
        let Some(Refusal { code, message, hint }) = refusal else { return Ok(()) };
        // The first line is enough here; the error of a run has the whole message.
        let message = message.lines().next().unwrap_or_default();
        writeln!(out, "Refused:    {message} [{code}]")?;
        hint.map_or(Ok(()), |hint| writeln!(out, "Hint:       {hint}"))
    }
}
