//! CPython for Windows, from a package that contains all of it.
//!
//! It is downloaded once in a checkout, by its digest, and kept below cargo's target directory; tests
//! get copies. Packages that others have installed into it are left out, and so are parts that pip
//! does not need, or for which Wine 8 lacks functions (`_wmi`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::copy::link_tree;
use super::wine::CACHE;

/// Its version, as in the names of scripts.
pub(crate) const VERSION: &str = "3.12";

/// The package, and the digest that it must have.
const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/support/windows-python.txt");

/// Unpacks the archive within the package.
const UNPACK: &str = "
import sys, tarfile, zipfile
package, directory = sys.argv[1:]
with tarfile.open(package) as outer:
    name = next(name for name in outer.getnames() if name.endswith('/data.zip'))
    inner = zipfile.ZipFile(outer.extractfile(name))
    left_out = ('Scripts/', 'include/', 'libs/', 'tcl/', 'DLLs/_wmi', 'DLLs/tk', 'Lib/site-packages/',
        'Lib/idlelib/', 'Lib/lib2to3/', 'Lib/test/', 'Lib/tkinter/', 'Lib/turtledemo/')
    for member in inner.infolist():
        top, _, path = member.filename.partition('/')
        if path and not path.startswith(left_out) and '__pycache__' not in path:
            member.filename = path
            inner.extract(member, directory)
";

/// A copy of it.
pub(crate) struct WindowsPython {
    pub(crate) prefix: PathBuf,
}

impl WindowsPython {
    /// Copies it to an unused place. The error states what is missing. Nothing may write into its
    /// files, which are shared with the original.
    pub(crate) fn copy_to(prefix: &Path) -> Result<Self, String> {
        static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let original = MADE.get_or_init(made).as_ref().map_err(Clone::clone)?;
        link_tree(original, prefix);
        fs::create_dir(prefix.join("Lib/site-packages")).expect("a copy can be changed");
        Ok(Self { prefix: prefix.to_owned() })
    }

    /// The interpreter.
    pub(crate) fn executable(&self) -> PathBuf {
        self.prefix.join("python.exe")
    }
}

fn made() -> Result<PathBuf, String> {
    let made = Path::new(CACHE).join(format!("python-{VERSION}"));
    if made.is_dir() {
        return Ok(made);
    }
    fs::create_dir_all(CACHE).expect("the target directory can be written");
    let unfinished = tempfile::tempdir_in(CACHE).expect("the target directory can be written");
    // These run in the environment of the test, which has the network settings.
    let mut download = Command::new("python3");
    download
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"])
        .args(["--require-hashes", "-r", PACKAGE, "--dest"])
        .arg(unfinished.path());
    finish(download)?;
    let mut files = unfinished.path().read_dir().expect("it can be listed").flatten();
    let package = files.next().expect("the package was downloaded").path();
    let python = unfinished.path().join("python");
    let mut unpack = Command::new("python3");
    unpack.args(["-c", UNPACK]).arg(package).arg(&python);
    finish(unpack)?;
    // If another process was faster, its copy is as good.
    let _ = fs::rename(python, &made);
    Ok(made)
}

fn finish(mut command: Command) -> Result<(), String> {
    let failed = |reason: &str| Err(format!("a CPython for Windows ({})", reason.trim_end()));
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => failed(&String::from_utf8_lossy(&output.stderr)),
        Err(error) => failed(&error.to_string()),
    }
}
