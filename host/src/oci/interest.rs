//! Which files of an image matter to a run.
//!
//! The layers of an image are read once, before its Python is known. So the rule can only look at
//! paths. It has to include every file whose contents `image/`, `libc`, `startable`,
//! `externally_managed` and the component could read, and every name that they could list; a test compares the result
//! of a run with that of the same run on the unpacked image.

/// What a run needs of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Interest {
    /// Nothing: the run sees no such file.
    Nothing,
    /// That it exists.
    Name,
    /// Its contents as well.
    Contents,
}

/// The version of the rule. Layers that were read by another rule are read again.
pub(super) const VERSION: u32 = 2;

/// The maximum size in bytes of a file whose contents are needed.
const LARGEST: u64 = 256 << 20;

/// The names of files that state facts about a Python or its distribution, wherever they are.
const STATEMENTS: &[&str] =
    &["EXTERNALLY-MANAGED", "os-release", "patchlevel.h", "pyvenv.cfg", "pybuilddir.txt"];

/// Files of a standard library that state which Python it belongs to.
const LIBRARY_STATEMENTS: &[&str] =
    &["site.py", "sysconfig.py", "sysconfig/__init__.py", "distutils/command/install.py"];

/// What a run needs of the regular file at this path, which is relative to the root of the image.
pub(super) fn interest(path: &[u8], size: u64) -> Interest {
    let path = String::from_utf8_lossy(path);
    let needed = needed(&path);
    if needed == Interest::Contents && size > LARGEST { Interest::Name } else { needed }
}

fn needed(path: &str) -> Interest {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    if STATEMENTS.contains(&name)
        || name.starts_with("build-details")
        || name.starts_with("_sysconfigdata")
        || LIBRARY_STATEMENTS.iter().any(|end| is_end(path, end))
        || is_interpreter(directory, name)
        || is_metadata_of_pip(directory, name)
        || is_metadata(directory, name)
        || is_c_library(name)
    {
        return Interest::Contents;
    }
    let holder = directory.rsplit('/').next().unwrap_or_default();
    if matches!(holder, "bin" | "sbin" | "libexec" | "Scripts") {
        return if is_script_of_pip(name) { Interest::Contents } else { Interest::Name };
    }
    let is_python = |part: &str| {
        ["python", "pypy", "lib-python", "site-packages", "dist-packages"]
            .iter()
            .any(|start| part.starts_with(start))
    };
    if directory.split('/').any(is_python)
        || name.starts_with("python")
        || is_end(directory, "var/lib/dpkg/info") && name.contains("python")
    {
        return Interest::Name;
    }
    Interest::Nothing
}

/// Whether a path ends in these names.
fn is_end(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|start| start.is_empty() || start.ends_with('/'))
}

/// Whether a file is an interpreter, or the library that an interpreter consists of.
fn is_interpreter(directory: &str, name: &str) -> bool {
    let is_program = ["python", "pypy", "platform-python"]
        .iter()
        .any(|start| name.starts_with(start) && !name.contains(".py") && !name.ends_with(".list"))
        && directory
            .rsplit('/')
            .next()
            .is_some_and(|holder| holder.ends_with("bin") || holder == "libexec");
    let is_library = ["libpython", "libpypy"].iter().any(|start| name.starts_with(start))
        && !name.ends_with(".a");
    is_program || is_library
}

/// Whether a file is the C library, whose version decides which wheels fit: that of glibc, which has its
/// version in its name until 2.33, or musl.
fn is_c_library(name: &str) -> bool {
    name == "libc.so.6"
        || name.starts_with("libc-2.")
        || name.starts_with("ld-musl-")
        || name.starts_with("libc.musl-")
}

/// Whether a file of the metadata of any distribution states what belongs to it, or its version.
fn is_metadata(directory: &str, name: &str) -> bool {
    directory.ends_with(".dist-info") && matches!(name, "METADATA" | "RECORD")
        || directory.ends_with(".egg-info") && name == "PKG-INFO"
        || name.ends_with(".egg-info")
}

/// Whether a file is metadata of a distribution that could be pip, in any form that
/// `importlib.metadata` reads.
fn is_metadata_of_pip(directory: &str, name: &str) -> bool {
    let is_of_pip = |part: &str| {
        let start = part.get(..3).unwrap_or_default();
        let is_metadata = [".dist-info", ".egg-info", ".egg"].iter().any(|end| {
            part.len() > end.len()
                && part.as_bytes()[part.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
        });
        start.eq_ignore_ascii_case("pip") && is_metadata
    };
    directory.split('/').any(is_of_pip) || is_of_pip(name)
}

/// Whether a program may be a script of pip.
fn is_script_of_pip(name: &str) -> bool {
    name.starts_with("pip") || name.starts_with("easy_install")
}
