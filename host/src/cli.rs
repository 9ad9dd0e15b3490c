//! The command line: the options of `python -m ensurepip`, and those that images need.

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand};
use std::path::PathBuf;

/// Put pip into a Python.
///
/// Does what `python -m ensurepip` does, without running pip: the wheel is checked and unpacked by
/// a WebAssembly component that sees only the directories it is granted. It never uses the network.
///
/// Without options, pip goes to the active virtual environment, else to the first python3 on PATH,
/// else on Windows to the default of its launcher, py.
/// With --root, it goes to the Python of that root, which is told from its files and never run.
#[derive(Debug, Parser)]
#[command(
    name = "ensurepip-host",
    disable_version_flag = true,
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true,
    infer_long_args = true,
    args_override_self = true,
    after_long_help = "\
Examples:
  ensurepip-host                               pip for the active environment, or for python3
  ensurepip-host --python venv/bin/python      pip for this Python
  ensurepip-host --root /mnt/img               pip for the Python of an image, which is not run
  ensurepip-host --root ./stage --python python3
                                               pip below ./stage, at the paths python3 would use
  ensurepip-host --root ./stage --executable /usr/bin/python3
                                               … with scripts that name that interpreter; without
                                               --python, ./stage has to exist
  ensurepip-host status --root ./stage         what is there, and what would be done
  ensurepip-host uninstall --root ./stage      and away with it

Exit status:
  0    it is done, or nothing is to do
  1    it failed, and the target is as it was
  2    the command line is wrong
  130  Ctrl-C (SIGINT) ended it, and the target is as it was
  143  SIGTERM ended it, and the target is as it was
A second signal ends it at once; the next run then completes what was begun."
)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Else>,

    #[command(flatten)]
    pub(crate) common: Common,

    #[command(flatten)]
    pub(crate) install: Install,
}

/// What else than to install.
#[derive(Debug, Subcommand)]
pub(crate) enum Else {
    /// Remove pip again, if it is the version that would be installed
    #[command(infer_long_args = true, args_override_self = true)]
    Uninstall(Common),

    /// Tell what the target has, and what would be done
    #[command(infer_long_args = true, args_override_self = true)]
    Status(Common),
}

/// Options about the target, whatever is done to it.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Common {
    /// Print the version of the bundled pip, or of the newest in --wheel-dir, and end
    #[arg(short = 'V', long)]
    pub(crate) version: bool,

    /// Say more: once what is done, twice how, thrice everything
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Tell what was done as JSON, on standard output
    #[arg(long)]
    pub(crate) json: bool,

    /// Colour what goes to a terminal
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,

    /// Show no progress bar, which else comes on a terminal when work takes long
    #[arg(long)]
    pub(crate) no_progress: bool,

    /// The target is below DIR: the Python that is found there and not run, or one of this machine if
    /// DIR is empty or has nothing but pip. Nothing outside DIR is touched
    #[arg(long, value_name = "DIR", value_parser = root(), help_heading = "Target")]
    pub(crate) root: Option<PathBuf>,

    /// The target is the user site
    #[arg(long, help_heading = "Target")]
    pub(crate) user: bool,

    /// The target is this Python. One of this machine is run once, to ask for its paths; one of the
    /// root, by its absolute path there, is described from its files. With --root, a name or a
    /// relative path is always a Python of this machine
    #[arg(long, value_name = "PATH", help_heading = "Target")]
    pub(crate) python: Option<PathBuf>,

    /// The target is the Python at this prefix in the root, or the one that will be there. For a
    /// distributor's Python with that prefix, pip goes where its distributor's packages go
    #[arg(
        long,
        value_name = "DIR",
        value_parser = absolute,
        requires = "root",
        help_heading = "Target"
    )]
    pub(crate) prefix: Option<String>,

    /// Go on even where the Python's distributor does not want it (PEP 668)
    #[arg(long, help_heading = "Target")]
    pub(crate) break_system_packages: bool,

    /// Take the newest pip-*.whl of DIR that supports the Python, instead of a bundled one
    #[arg(long, value_name = "DIR", help_heading = "Wheel")]
    pub(crate) wheel_dir: Option<PathBuf>,

    /// Take the wheel only if it has this SHA-256 digest
    #[arg(long, value_name = "HEX", value_parser = sha256, help_heading = "Wheel")]
    pub(crate) sha256: Option<String>,
}

/// Options about an installation.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Install {
    /// Only tell what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Write a bill of materials of pip to FILE, as CycloneDX
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) sbom: Option<PathBuf>,

    /// Replace an older pip; a newer one stays
    #[arg(short = 'U', long, help_heading = "Target")]
    pub(crate) upgrade: bool,

    /// Have the scripts name this interpreter, by its absolute path in the target, or one on PATH, as
    /// in '/usr/bin/env python3'
    #[arg(long, value_name = "PATH", help_heading = "Scripts")]
    pub(crate) executable: Option<String>,

    /// Install only the script pipX.Y
    #[arg(long, help_heading = "Scripts")]
    pub(crate) altinstall: bool,

    /// Install the script pip as well as pipX and pipX.Y
    #[arg(long, help_heading = "Scripts")]
    pub(crate) default_pip: bool,

    /// Compile bytecode: the default, except for a Python of the root, for which one on PATH that
    /// makes the same bytecode is needed
    #[arg(long, overrides_with = "no_compile", help_heading = "Bytecode")]
    pub(crate) compile: bool,

    /// Neither take bytecode from the user's cache, `ensurepip-host` in `XDG_CACHE_HOME` or in
    /// `~/.cache`, nor keep it there. It is used where that directory is there and nobody else may
    /// write to it
    #[arg(long, help_heading = "Bytecode")]
    pub(crate) no_cache: bool,

    /// Do not compile bytecode
    #[arg(long, overrides_with = "compile", help_heading = "Bytecode")]
    pub(crate) no_compile: bool,
}

/// Takes any path but an empty one, which is that of a variable that is not set.
fn root() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|path| {
        if path.is_empty() {
            return Err("it is empty; use `/` for this system");
        }
        Ok(PathBuf::from(path))
    })
}

/// Takes an absolute path, of whatever platform.
fn absolute(text: &str) -> Result<String, String> {
    let has_drive = text.as_bytes().get(1) == Some(&b':');
    if has_drive || text.starts_with(['/', '\\']) {
        Ok(text.to_owned())
    } else {
        Err("an absolute path in the root is wanted".to_owned())
    }
}

/// Takes a SHA-256 digest, as tools print it.
fn sha256(text: &str) -> Result<String, String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { Ok(text.to_owned()) } else { Err("64 hexadecimal digits are wanted".to_owned()) }
}
