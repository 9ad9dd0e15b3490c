//! The program `ensurepip-host`: reads the command line, runs the library, prints the result.

mod advice;
mod bar;
mod cli;
mod color;
mod output;
mod sbom;
mod signals;
#[cfg(unix)]
mod surroundings;

use anyhow::{Context as _, Result};
use bar::Bar;
use clap::CommandFactory as _;
use clap::error::ErrorKind;
use cli::{Common, Install, Installation, Options, PackOptions, Status, Subcommands};
use ensurepip_host::{
    Bootstrap, Command, Decision, Error, Image, ImageOutcome, ImageReport, Outcome, Platform,
    PlatformReport, Report, check_interpreter, check_project, failure_as_json,
};
use output::print;
use sbom::Sbom;
use signals::Signals;
use std::env;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    surroundings::prepare(program)
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    program()
}

/// The program, in a prepared process.
fn program() -> ExitCode {
    // Before the command line is parsed: errors in it are coloured as well.
    color::choose(env::args_os());
    let signals = Signals::default();
    let options = match advice::parse() {
        Ok(options) => options,
        Err(status) => return status,
    };
    match run(options, &signals) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(output::ERROR, format_args!("{error:#}"));
            let known = error.downcast_ref::<Error>();
            if let Some(hint) = known.and_then(Error::hint) {
                output::say(output::HINT, hint);
            }
            match (known, signals.caught()) {
                (Some(Error::Cancelled), Some(signal)) => signals::end_by(signal),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Ends the program if options cannot be used together, if a project is not named like one, or if the
/// requested interpreter could not be named by scripts of any platform.
fn check(common: &Common, install: &Install) {
    if common.json && sbom::is_stdout(install.sbom.as_deref()) {
        let message = "--json and '--sbom -' both print to standard output; name a file for one";
        Options::command().error(ErrorKind::ArgumentConflict, message).exit()
    }
    for text in &common.with {
        if let Err(words) = check_project(text) {
            let text = text.escape_debug();
            let message = format!("invalid value '{text}' for '--with <NAME[==VERSION]>': {words}");
            Options::command().error(ErrorKind::ValueValidation, message).exit()
        }
    }
    let Some(text) = &install.executable else { return };
    if let Err(words) = check_interpreter(text) {
        let text = text.escape_debug();
        let message = format!("invalid value '{text}' for '--executable <PATH>': {words}");
        Options::command().error(ErrorKind::ValueValidation, message).exit()
    }
}

fn run(options: Options, signals: &Signals) -> Result<()> {
    let Options { command, installation: Installation { common, install } } = options;
    let (command, common, install) = match command {
        None => (Command::Install, common, install),
        Some(Subcommands::Install(installation)) => {
            let Installation { common, install } = *installation;
            (Command::Install, common, install)
        }
        Some(Subcommands::Uninstall(common)) => (Command::Uninstall, common, install),
        Some(Subcommands::Status(Status { common, upgrade })) => {
            (Command::Status, common, Install { upgrade, ..install })
        }
        Some(Subcommands::BytecodePack(options)) => return write_pack(options, signals),
    };
    check(&common, &install);
    if common.version {
        let (pip, program) =
            (newest_version(common.wheel_dir.as_deref())?, env!("CARGO_PKG_VERSION"));
        return print(&format!("pip {pip}\nensurepip-host {program}\n"));
    }
    output::log(common.verbose);
    signals.catch().context("failed to catch signals")?;
    // Whether the file can be written is determined before anything is done.
    let sbom = install.sbom.as_deref().map(Sbom::begin).transpose()?;
    let (mut bar, signals) = (Bar::new(&common), signals.clone());
    let on_progress = move |progress| {
        bar.show(progress);
        if signals.heed() { Decision::Cancel } else { Decision::Proceed }
    };
    if let Some(location) = &common.image {
        let image = Image::new(location).on_progress(on_progress);
        return in_image(image, command, &common, &install, sbom);
    }
    let bootstrap = about(&common).map(|bootstrap| bootstrap.on_progress(on_progress));
    let done = bootstrap.and_then(|bootstrap| match command {
        Command::Install => installing(bootstrap, &install).run(),
        Command::Uninstall => bootstrap.uninstall(),
        Command::Status => bootstrap.upgrade(install.upgrade).status(),
    });
    match done {
        Ok(report) => {
            let printed = print_outcome(&report, &common, sbom);
            printed.with_context(|| without_report(&report.outcome))
        }
        Err(error) => {
            if common.json {
                print(&failure_as_json(command, &error))?;
            }
            Err(error.into())
        }
    }
}

/// What a run has done whose report cannot be written.
fn without_report(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Installed { .. } => "pip was installed, but the report is lost",
        Outcome::Removed { .. } => "pip was removed, but the report is lost",
        _ => "nothing was changed, and the report is lost",
    }
}

/// Carries out a command in an image.
fn in_image(
    image: Image,
    command: Command,
    common: &Common,
    install: &Install,
    sbom: Option<Sbom>,
) -> Result<()> {
    let image = match &common.output {
        Some(output) => image.output(output),
        None => image,
    };
    let image =
        common.platform.iter().fold(image, |image, platform| image.platform(platform.clone()));
    // Errors in the environment are reported before anything is read.
    let epoch = source_date_epoch()?;
    let settings = |_: &Platform| {
        let bootstrap = with_target(common, epoch);
        let bootstrap = match (command, bytecode_cache()) {
            (Command::Install, _) => installing(bootstrap, install),
            (_, Some(directory)) => bootstrap.bytecode_cache(directory),
            (_, None) => bootstrap,
        };
        let bootstrap = match command {
            Command::Status => bootstrap.upgrade(install.upgrade),
            Command::Install | Command::Uninstall => bootstrap,
        };
        bootstrap.manifest(common.json || sbom.is_some())
    };
    match image.run(command, settings) {
        Ok(report) => {
            let printed = print_image_outcome(&report, common, sbom);
            printed.with_context(|| match report.outcome {
                ImageOutcome::Changed | ImageOutcome::Copied => {
                    "the image was written, but the report is lost"
                }
                _ => "nothing was changed, and the report is lost",
            })
        }
        Err(error) => {
            if common.json {
                print(&failure_as_json(command, &error))?;
            }
            Err(error.into())
        }
    }
}

/// Prints the report about an image, and warnings.
fn print_image_outcome(report: &ImageReport, common: &Common, sbom: Option<Sbom>) -> Result<()> {
    let is_taken = sbom.as_ref().is_some_and(Sbom::is_stdout);
    if let Some(sbom) = sbom {
        sbom.finish(report.to_cyclonedx().as_deref())?;
    }
    if common.json {
        return print(&report.to_json());
    }
    if common.quiet && report.command != Command::Status {
        return Ok(());
    }
    if !is_taken {
        print_report(&report.to_string(), report.command)?;
    }
    let is_of_several = report.has_several_platforms();
    for PlatformReport { platform, report, .. } in &report.platforms {
        let mismatch = report.mismatch_warning();
        let start = report.start_warning().filter(|_| report.command != Command::Status);
        for warning in mismatch.into_iter().chain(start) {
            let start = if is_of_several { format!("{platform}: ") } else { String::new() };
            output::say(output::WARNING, format_args!("{start}{warning}"));
        }
    }
    Ok(())
}

/// Writes a bytecode pack.
fn write_pack(options: PackOptions, signals: &Signals) -> Result<()> {
    output::log(options.verbose);
    signals.catch().context("failed to catch signals")?;
    let (mut bar, signals) = (Bar::for_verbosity(options.verbose, false), signals.clone());
    let bootstrap = Bootstrap::new().on_progress(move |progress| {
        bar.show(progress);
        if signals.heed() { Decision::Cancel } else { Decision::Proceed }
    });
    let bootstrap = match options.python {
        Some(python) => bootstrap.python(python),
        None => bootstrap,
    };
    Ok(bootstrap.write_bytecode_pack(options.output)?)
}

/// The version of the newest available pip.
fn newest_version(wheel_directory: Option<&Path>) -> Result<String, Error> {
    match wheel_directory {
        Some(directory) => ensurepip_host::version_in(directory),
        None => Ok(ensurepip_host::version().to_owned()),
    }
}

/// A builder with the options about the target and the wheel.
fn about(common: &Common) -> Result<Bootstrap, Error> {
    Ok(with_target(common, source_date_epoch()?))
}

/// A builder with the options about the target and the wheel, and a time for what is written.
fn with_target(common: &Common, epoch: Option<u64>) -> Bootstrap {
    let mut bootstrap = Bootstrap::new()
        .user(common.user)
        .break_system_packages(common.break_system_packages)
        .without_pip(common.without_pip)
        .no_deps(common.no_deps)
        .verbosity(common.verbose)
        .manifest(common.json)
        .confine(true)
        .source_date_epoch(epoch);
    if let Some(root) = &common.root {
        bootstrap = bootstrap.root(root);
    }
    if let Some(python) = &common.python {
        bootstrap = bootstrap.python(python);
    }
    if let Some(prefix) = &common.prefix {
        bootstrap = bootstrap.prefix(prefix);
    }
    if let Some(directory) = &common.wheel_dir {
        bootstrap = bootstrap.wheel_directory(directory);
    }
    if let Some(digest) = &common.sha256 {
        bootstrap = bootstrap.sha256(digest);
    }
    for project in &common.with {
        bootstrap = bootstrap.with(project);
    }
    for file in &common.requirements {
        bootstrap = bootstrap.requirements(file);
    }
    for file in &common.lock {
        bootstrap = bootstrap.lock(file);
    }
    bootstrap
}

/// Adds the options about an installation to a builder.
fn installing(bootstrap: Bootstrap, install: &Install) -> Bootstrap {
    let bootstrap = bootstrap
        .upgrade(install.upgrade)
        .altinstall(install.altinstall)
        .default_pip(install.default_pip)
        .dry_run(install.dry_run);
    let bootstrap = if install.sbom.is_some() { bootstrap.manifest(true) } else { bootstrap };
    let bootstrap = match &install.executable {
        Some(executable) => bootstrap.executable(executable),
        None => bootstrap,
    };
    let bootstrap = match bytecode_cache() {
        Some(directory) if !install.no_cache => bootstrap.bytecode_cache(directory),
        _ => bootstrap,
    };
    let bootstrap = match &install.bytecode_pack {
        Some(pack) => bootstrap.bytecode_pack(pack),
        None => bootstrap,
    };
    // The last one given applies; without either, the library decides.
    match (install.compile, install.no_compile) {
        (false, false) => bootstrap,
        (compile, _) => bootstrap.compile(compile),
    }
}

/// The directory for the user's cached files, as the XDG base directory specification defines it.
fn bytecode_cache() -> Option<PathBuf> {
    let directory = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = directory("XDG_CACHE_HOME").or_else(|| Some(directory("HOME")?.join(".cache")))?;
    Some(caches.join("ensurepip-host"))
}

/// Prints the report, and warnings.
fn print_outcome(report: &Report, common: &Common, sbom: Option<Sbom>) -> Result<()> {
    let is_taken = sbom.as_ref().is_some_and(Sbom::is_stdout);
    if let Some(sbom) = sbom {
        sbom.finish(report.to_cyclonedx().as_deref())?;
    }
    if common.json {
        return print(&report.to_json());
    }
    // A status is printed even with `--quiet`: it is the answer.
    if common.quiet && report.command != Command::Status {
        return Ok(());
    }
    if !is_taken {
        print_report(&report.to_string(), report.command)?;
    }
    if let Some(warning) = report.mismatch_warning() {
        let _ = writeln!(io::stderr(), "{warning}");
    }
    // The lines of a status contain it already.
    if let Some(warning) = report.start_warning().filter(|_| report.command != Command::Status) {
        output::say(output::WARNING, warning);
    }
    if let Some(warning) = report.path_warning() {
        output::say(output::WARNING, warning);
    }
    Ok(())
}

/// Prints the text of a report.
fn print_report(text: &str, command: Command) -> Result<()> {
    match print(text) {
        // The request itself succeeded: a report that cannot be printed does not fail it, as with
        // `ensurepip`.
        Err(error) if command != Command::Status => {
            output::say(output::WARNING, format_args!("{error:#}"));
            Ok(())
        }
        printed => printed,
    }
}

/// The time that `SOURCE_DATE_EPOCH` sets, for reproducible builds.
fn source_date_epoch() -> Result<Option<u64>, Error> {
    const NAME: &str = "SOURCE_DATE_EPOCH";
    let Some(value) = env::var_os(NAME).filter(|value| !value.is_empty()) else { return Ok(None) };
    let value = value.to_string_lossy();
    match value.parse() {
        Ok(seconds) => Ok(Some(seconds)),
        Err(_) => Err(Error::Environment {
            name: NAME,
            value: value.into_owned(),
            detail: "it must be a number of seconds since 1970",
        }),
    }
}
