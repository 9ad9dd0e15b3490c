//! The command line: the options of `python -m ensurepip`, and those that images need.

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, ArgGroup, Args, ColorChoice, Parser, Subcommand};
use ensurepip_oci::Platform;
use std::ffi::OsString;
use std::path::PathBuf;

/// Put pip into a Python.
///
/// Does what `python -m ensurepip` does, without running pip: the wheel is checked and unpacked by
/// a WebAssembly component that sees only the directories it is granted. It never uses the network.
///
/// Without options, pip goes to the active virtual environment, else to the first python3 on PATH,
/// else on Windows to the default of its launcher, py.
/// With --root, it goes to the Python of that root, which is identified by its files and never run.
#[derive(Debug, Parser)]
#[command(
    name = "ensurepip-host",
    disable_version_flag = true,
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
  ensurepip-host status --root ./stage         what is there and what would be done
  ensurepip-host uninstall --root ./stage      remove it again
  ensurepip-host --image app:latest            pip as a layer of the image `latest` in the OCI layout
                                               ./app, for all of its platforms
  ensurepip-host --image app.tar --platform linux/arm64 --output new.tar
                                               … for one platform, in a copy
  ensurepip-host bytecode-pack -o 3.13.pack --python python3.13
                                               bytecode for images with Python 3.13
  ensurepip-host --root /mnt/img --bytecode-pack 3.13.pack
                                               … and an image that gets it

Exit status:
  0    done, or there was nothing to do
  1    failed; the target is unchanged, unless the message states that only the report was lost
  2    the command line is wrong; --altinstall with --default-pip is 1, as with ensurepip
  130  cancelled by Ctrl-C (SIGINT); the target is unchanged
  143  cancelled by SIGTERM; the target is unchanged
A second signal ends the program at once; the next run completes the work."
)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Option<Subcommands>,

    #[command(flatten)]
    pub(crate) installation: Installation,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Subcommands {
    /// Install pip, as without a command
    #[command(infer_long_args = true, args_override_self = true)]
    Install(Box<Installation>),

    /// Remove pip, and what --with adds, in the versions that would be installed
    #[command(infer_long_args = true, args_override_self = true)]
    Uninstall(Common),

    /// Report what the target has and what would be done
    #[command(infer_long_args = true, args_override_self = true)]
    Status(Status),

    /// Write the bytecode of the bundled pip to a file, for --bytecode-pack
    ///
    /// A CPython of this machine, from 3.7 to 3.15, compiles the newest pip that supports it. The pack is
    /// for every system and CPU with a Python of that version. The same release of Python gives the same
    /// bytes.
    #[command(infer_long_args = true, args_override_self = true)]
    BytecodePack(PackOptions),
}

/// All options of an installation.
#[derive(Debug, Args)]
pub(crate) struct Installation {
    #[command(flatten)]
    pub(crate) common: Common,

    #[command(flatten)]
    pub(crate) install: Install,
}

/// The options of a status.
#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) common: Common,

    /// Report what a run with --upgrade would do
    #[arg(short = 'U', long, help_heading = "Target")]
    pub(crate) upgrade: bool,
}

/// Options about a bytecode pack.
#[derive(Debug, Args)]
pub(crate) struct PackOptions {
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// The Python that compiles: a path, a name on PATH, or a version such as 3.12. By default, the one
    /// that would get pip
    #[arg(long, value_name = "PYTHON")]
    pub(crate) python: Option<PathBuf>,

    /// Increase verbosity (repeat up to three times)
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Colour terminal output
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
}

/// Options about the target, for all commands.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("others").args(["with", "requirements", "lock"]).multiple(true))]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Common {
    /// Print the versions of pip and of this program
    ///
    /// That of pip is the version of the bundled one, or of the newest in --wheel-dir.
    #[arg(short = 'V', long)]
    pub(crate) version: bool,

    /// Increase verbosity (up to three times)
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Print nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Print a report as JSON to standard output
    #[arg(long)]
    pub(crate) json: bool,

    /// Colour terminal output
    #[arg(long, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,

    /// Show no progress bar
    ///
    /// By default, long work shows one on a terminal.
    #[arg(long)]
    pub(crate) no_progress: bool,

    /// The target is the Python below DIR, which is not run
    ///
    /// If DIR is empty or contains only pip, it is a Python of this machine. Nothing outside DIR is
    /// touched.
    #[arg(
        long,
        value_name = "DIR",
        value_parser = root(),
        group = "elsewhere",
        help_heading = "Target"
    )]
    pub(crate) root: Option<PathBuf>,

    /// The target is an image in an OCI layout; pip becomes a layer
    ///
    /// The layout is a directory or an archive. The target is the Python of each of the image's
    /// platforms, which is not run.
    #[arg(
        long,
        value_name = "LAYOUT[:REF]",
        group = "elsewhere",
        conflicts_with = "user",
        help_heading = "Target"
    )]
    pub(crate) image: Option<OsString>,

    /// Write the image to this layout, not to that of --image
    ///
    /// The layout may be new. That of --image stays as it is.
    #[arg(long, value_name = "LAYOUT[:REF]", requires = "image", help_heading = "Target")]
    pub(crate) output: Option<OsString>,

    /// Change only this platform, such as linux/arm64
    ///
    /// May be repeated.
    #[arg(
        long,
        value_name = "OS/ARCH[/VARIANT]",
        requires = "image",
        action = ArgAction::Append,
        help_heading = "Target"
    )]
    pub(crate) platform: Vec<Platform>,

    /// The target is the user site
    #[arg(long, help_heading = "Target")]
    pub(crate) user: bool,

    /// The target is this Python: a path, a name, or 3.12
    ///
    /// It is a path, the directory of a virtual environment, a name on PATH, or a version such as 3.12.
    /// One of this machine is run once, to ask for its paths; one of the root, by its absolute path there,
    /// is described from its files. With --root, a name, a version or a relative path is always a Python
    /// of this machine.
    #[arg(long, value_name = "PYTHON", help_heading = "Target")]
    pub(crate) python: Option<PathBuf>,

    /// The target is the Python at this prefix in the root
    ///
    /// It may be there later. For a distributor's Python with that prefix, pip goes where its
    /// distributor's packages go.
    #[arg(
        long,
        value_name = "DIR",
        value_parser = absolute,
        requires = "elsewhere",
        help_heading = "Target"
    )]
    pub(crate) prefix: Option<String>,

    /// Change an externally managed Python (PEP 668)
    ///
    /// Its distributor manages its packages, and advises against other installers.
    #[arg(long, help_heading = "Target")]
    pub(crate) break_system_packages: bool,

    /// Use the newest pip of DIR, not a bundled one
    ///
    /// That is the newest pip-*.whl of DIR that supports the Python. With --with and its like, a bundled one
    /// if DIR has none.
    #[arg(long, value_name = "DIR", help_heading = "Wheel")]
    pub(crate) wheel_dir: Option<PathBuf>,

    /// Also install NAME, from --wheel-dir
    ///
    /// May be repeated, and may state a version and extras: `NAME[EXTRA]==VERSION`. Everything is
    /// installed in one transaction, or nothing is. What the wheels require must be among them or in the
    /// target. Scripts, tags and markers are those of the target.
    #[arg(long, value_name = "NAME[==VERSION]", requires = "wheel_dir", help_heading = "Wheel")]
    pub(crate) with: Vec<String>,
    /// Also install what a requirements file pins
    ///
    /// It pins projects by '==', with or without hashes, as pip-compile and 'pip freeze' write it. The
    /// wheels are those of --wheel-dir. May be repeated.
    #[arg(short, long, value_name = "FILE", requires = "wheel_dir", help_heading = "Wheel")]
    pub(crate) requirements: Vec<PathBuf>,
    /// Also install what a lock file lists (pylock.toml)
    ///
    /// The wheels are those of --wheel-dir. May be repeated.
    #[arg(long, value_name = "FILE", requires = "wheel_dir", help_heading = "Wheel")]
    pub(crate) lock: Vec<PathBuf>,
    /// Leave out pip
    #[arg(long, requires = "others", help_heading = "Wheel")]
    pub(crate) without_pip: bool,
    /// Do not look up what the wheels require
    #[arg(long, help_heading = "Wheel")]
    pub(crate) no_deps: bool,
    /// Use the wheel of pip only if it has this SHA-256 digest
    #[arg(long, value_name = "HEX", value_parser = sha256, help_heading = "Wheel")]
    pub(crate) sha256: Option<String>,
}

/// Options about an installation.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub(crate) struct Install {
    /// Report what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Write a bill of materials (CycloneDX) to FILE, or to -
    ///
    /// It lists pip, what is installed beside it, the files of each, and the libraries in pip. - is standard
    /// output.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub(crate) sbom: Option<PathBuf>,

    /// Replace an older pip; keep a newer one
    #[arg(short = 'U', long, help_heading = "Target")]
    pub(crate) upgrade: bool,

    /// The interpreter that the scripts name
    ///
    /// That is its absolute path in the target, or a command that finds it on PATH, as in
    /// '/usr/bin/env python3'.
    #[arg(long, value_name = "PATH", help_heading = "Scripts")]
    pub(crate) executable: Option<String>,

    /// Install only the script pipX.Y
    #[arg(long, help_heading = "Scripts")]
    pub(crate) altinstall: bool,

    /// Install the script pip as well as pipX and pipX.Y
    #[arg(long, help_heading = "Scripts")]
    pub(crate) default_pip: bool,

    /// Compile bytecode; the default, except in images
    ///
    /// A Python of the root is not run: it needs a Python on PATH that compiles the same bytecode.
    #[arg(long, overrides_with = "no_compile", help_heading = "Bytecode")]
    pub(crate) compile: bool,

    /// Take the bytecode from FILE
    ///
    /// `bytecode-pack` has written it for the same pip and the same version of Python. Nothing is
    /// compiled, and a Python of the root needs no other one.
    #[arg(long, value_name = "FILE", conflicts_with = "no_compile", help_heading = "Bytecode")]
    pub(crate) bytecode_pack: Option<PathBuf>,

    /// Do not use the user's cache of bytecode and layers
    ///
    /// It is the directory `ensurepip-host` in `XDG_CACHE_HOME` or `~/.cache`, and is used only if that
    /// directory exists and nobody else can write to it.
    #[arg(long, help_heading = "Bytecode")]
    pub(crate) no_cache: bool,

    /// Do not compile bytecode
    #[arg(long, overrides_with = "compile", help_heading = "Bytecode")]
    pub(crate) no_compile: bool,
}

/// Accepts any path but an empty one, which most likely comes from a variable that is not set.
fn root() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().try_map(|path| {
        if path.is_empty() {
            return Err("it is empty; use `/` for this system");
        }
        Ok(PathBuf::from(path))
    })
}

/// Accepts an absolute path of any platform.
fn absolute(text: &str) -> Result<String, String> {
    let has_drive = text.as_bytes().get(1) == Some(&b':');
    if has_drive || text.starts_with(['/', '\\']) {
        Ok(text.to_owned())
    } else {
        Err("expected an absolute path in the root".to_owned())
    }
}

/// Accepts a SHA-256 digest in hexadecimal, as tools print it.
fn sha256(text: &str) -> Result<String, String> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { Ok(text.to_owned()) } else { Err("expected 64 hexadecimal digits".to_owned()) }
}
