//! The C library of a Python of Linux, from files alone: which one it is, and its version. Wheels
//! for Linux depend on both.

use crate::binary::elf::{self, Headers};
use crate::binary::search::{SEARCHED, search};
use std::fs::File;
use std::io::Read as _;

mod version;

/// A C library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Libc {
    Glibc { major: u32, minor: u32 },
    Musl { major: u32, minor: u32 },
}

/// What a Python of Linux runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Runtime {
    /// The C library. None if the Python is a static program, or if the library was not found.
    pub(crate) libc: Option<Libc>,
    /// The CPU that the Python was built for, as in `uname -m`. A kernel of 64 bits runs programs of
    /// 32, and such a Python reports the CPU of the kernel.
    pub(crate) machine: &'static str,
    /// Whether it passes numbers in floating-point registers, which is optional on 32-bit ARM.
    pub(crate) is_hard_float: bool,
}

/// Finds out what an interpreter runs on. `open` opens a file of the target by its absolute path,
/// through links, and returns none if it is not there.
///
/// None if the interpreter is not an ELF file of a CPU that is known here.
///
/// Fails only as `open` does.
pub(crate) fn find<E>(
    interpreter: &str,
    mut open: impl FnMut(&str) -> Result<Option<File>, E>,
) -> Result<Option<Runtime>, E> {
    let Some(program) = open(interpreter)?.and_then(elf::headers) else { return Ok(None) };
    let Headers { machine, is_hard_float, .. } = program;
    let mut libc = None;
    for path in places(&program) {
        let Some(file) = open(&path)? else { continue };
        libc = read(file, &program, &path);
        if libc.is_some() {
            break;
        }
    }
    Ok(Some(Runtime { libc, machine, is_hard_float }))
}

/// The places where the C library of a program can be, in the order in which they count. A loader of
/// musl is the library itself.
fn places(program: &Headers) -> Vec<String> {
    let Some(loader) = program.loader.as_deref().filter(|path| path.starts_with('/')) else {
        return Vec::new();
    };
    if is_musl(loader) {
        return vec![loader.to_owned()];
    }
    let beside = loader.rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut places = vec![format!("{beside}/libc.so.6")];
    for directory in triplets(program) {
        places.push(format!("/lib/{directory}/libc.so.6"));
        places.push(format!("/usr/lib/{directory}/libc.so.6"));
    }
    for directory in ["/lib64", "/usr/lib64", "/lib", "/usr/lib"] {
        places.push(format!("{directory}/libc.so.6"));
    }
    places
}

/// Whether a path is that of musl. `packaging` decides by the same letters.
fn is_musl(path: &str) -> bool {
    path.contains("musl")
}

/// The directories in which Debian and its relatives have the libraries of a CPU. Where several CPUs
/// have one name, these are the directories of all.
fn triplets(program: &Headers) -> &'static [&'static str] {
    match (program.machine, program.is_64) {
        ("x86_64", true) => &["x86_64-linux-gnu"],
        ("x86_64", false) => &["x86_64-linux-gnux32"],
        ("i686", _) => &["i386-linux-gnu"],
        ("aarch64", _) => &["aarch64-linux-gnu"],
        ("armv7l", _) if program.is_hard_float => &["arm-linux-gnueabihf"],
        ("armv7l", _) => &["arm-linux-gnueabi"],
        ("ppc", _) => &["powerpc-linux-gnu"],
        ("ppc64", _) => &["powerpc64-linux-gnu"],
        ("ppc64le", _) => &["powerpc64le-linux-gnu"],
        ("s390x", _) => &["s390x-linux-gnu"],
        ("riscv64", _) => &["riscv64-linux-gnu"],
        ("loongarch64", _) => &["loongarch64-linux-gnu"],
        ("mips", _) => &["mipsel-linux-gnu", "mips-linux-gnu"],
        ("mips64", _) => &["mips64el-linux-gnuabi64", "mips64-linux-gnuabi64"],
        _ => &[],
    }
}

/// Reads the version of a C library. None if the file is not the library of this program: a system
/// may have those of several CPUs.
fn read(file: File, program: &Headers, path: &str) -> Option<Libc> {
    let again = file.try_clone().ok()?;
    let library = elf::headers(again)?;
    if (library.machine, library.is_64) != (program.machine, program.is_64) {
        return None;
    }
    let file = rewound(file)?.take(SEARCHED);
    if is_musl(path) {
        let (major, minor) = search(file, version::musl).ok()??;
        return Some(Libc::Musl { major, minor });
    }
    let (major, minor) = search(file, version::glibc).ok()??;
    Some(Libc::Glibc { major, minor })
}

fn rewound(mut file: File) -> Option<File> {
    use std::io::Seek as _;
    file.rewind().ok()?;
    Some(file)
}

#[cfg(all(test, unix))]
mod tests;
