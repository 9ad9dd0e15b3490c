//! The code of an interpreter: the information in its headers and symbols. Nothing is run or
//! mapped.
//!
//! ELF, Mach-O (also universal) and PE. The file is untrusted, so both the bytes read of it and the
//! lengths it states have a limit.

pub(crate) mod elf;
mod limited;
pub(crate) mod search;

use limited::Part;
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{Architecture, FileFlags, FileKind, Object as _, ObjectSection as _, ReadRef};
use search::{SEARCHED, search};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

#[cfg(all(test, unix))]
mod tests;

/// The kind of system that a binary is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Elf,
    MachO,
    Pe,
}

/// The information in a binary.
#[derive(Debug)]
pub(crate) struct Binary {
    pub(crate) format: Format,
    /// The CPUs that it is for, in the naming of its system: more than one in a universal binary.
    pub(crate) machines: Vec<&'static str>,
    /// The names of the libraries that it is linked with.
    pub(crate) libraries: Vec<String>,
    /// The directories in which its libraries are searched, as it states them.
    pub(crate) run_paths: Vec<String>,
    /// `Py_Version`, which CPython has since 3.11.
    pub(crate) version: Option<[u32; 3]>,
    /// Whether it is built without the GIL; none if its symbols do not show that.
    pub(crate) free_threaded: Option<bool>,
    /// The parts of the file that can hold its version as text: offset and size.
    constants: Vec<(u64, u64)>,
}

/// The format of a binary, by its first bytes. None if the file is not a binary.
pub(crate) fn format(start: &[u8]) -> Option<Format> {
    match start {
        [0x7f, b'E', b'L', b'F', ..] => Some(Format::Elf),
        [b'M', b'Z', ..] => Some(Format::Pe),
        [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..]
        | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
        | [0xca, 0xfe, 0xba, 0xbe | 0xbf, ..] => Some(Format::MachO),
        _ => None,
    }
}

/// Reads the headers and symbols of a binary. The error says what is wrong with it.
pub(crate) fn examine(file: File) -> Result<Binary, String> {
    let (cache, length) = limited::open(file)?;
    let data = Part::new(&cache, 0, length);
    let kind = FileKind::parse(data).map_err(unreadable)?;
    let slices = match kind {
        FileKind::MachOFat32 => slices(MachOFatFile32::parse(data).map_err(unreadable)?.arches()),
        FileKind::MachOFat64 => slices(MachOFatFile64::parse(data).map_err(unreadable)?.arches()),
        _ => vec![(0, length)],
    };
    let mut slices = slices.into_iter().map(|(offset, size)| {
        let mut slice = examine_slice(Part::new(&cache, offset, size))?;
        slice.constants.iter_mut().for_each(|(start, _)| *start = start.saturating_add(offset));
        Ok::<_, String>(slice)
    });
    let mut whole = slices.next().unwrap_or_else(|| Err("has no code".to_owned()))?;
    for slice in slices {
        let slice = slice?;
        if (slice.version, slice.free_threaded) != (whole.version, whole.free_threaded) {
            return Err("has another Python for each CPU".to_owned());
        }
        whole.machines.extend(slice.machines);
        whole.constants.extend(slice.constants);
    }
    Ok(whole)
}

/// The releases of a version such as `3.9` that the constants of a binary name, in the forms that
/// CPython and PyPy use: `3.9.18`, or `3.9.16 (7.3.11`.
pub(crate) fn releases(
    binary: &Binary,
    mut file: File,
    version: (u32, u32),
) -> io::Result<BTreeSet<u32>> {
    let start = format!("{}.{}.", version.0, version.1).into_bytes();
    let mut found = BTreeSet::new();
    let mut left = SEARCHED;
    for (offset, size) in &binary.constants {
        file.seek(SeekFrom::Start(*offset))?;
        let size = (*size).min(left);
        left -= size;
        search((&mut file).take(size), |window| {
            let places = window.windows(start.len()).enumerate();
            let places = places.filter(|(_, bytes)| *bytes == start).map(|(place, _)| place);
            found.extend(places.filter_map(|place| release(window, place, start.len())));
            None::<()>
        })?;
    }
    Ok(found)
}

/// The last number of a version that stands alone at a place in these bytes.
fn release(bytes: &[u8], place: usize, length: usize) -> Option<u32> {
    let before = place.checked_sub(1).and_then(|before| bytes.get(before));
    let rest = bytes.get(place + length..)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, mut after) = rest.split_at_checked(digits)?;
    let is_pypy = after.starts_with(b" (");
    // A release candidate counts as the release, as in `sys.version_info[:3]`.
    if let [b'a' | b'b', rest @ ..] | [b'r', b'c', rest @ ..] = after {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        after = rest.get(digits..)?;
    }
    after = after.strip_prefix(b"+").unwrap_or(after);
    let is_alone = before.is_none_or(|byte| *byte == 0) && after.first() == Some(&0);
    let is_first = before.is_none_or(|byte| !byte.is_ascii_graphic()) && is_pypy;
    if !is_alone && !is_first {
        return None;
    }
    std::str::from_utf8(number).ok()?.parse().ok().filter(|number| *number < 100)
}

fn slices(arches: &[impl FatArch]) -> Vec<(u64, u64)> {
    // No universal binary was ever made for more CPUs.
    arches.iter().take(8).map(FatArch::file_range).collect()
}

fn examine_slice<'data>(data: impl ReadRef<'data>) -> Result<Binary, String> {
    let file = object::File::parse(data).map_err(unreadable)?;
    let format = match file.format() {
        object::BinaryFormat::Elf => Format::Elf,
        object::BinaryFormat::MachO => Format::MachO,
        object::BinaryFormat::Pe => Format::Pe,
        _ => return Err("is a binary of no format that Python has".to_owned()),
    };
    let machine = machine(format, file.architecture(), file.is_little_endian())
        .or((format != Format::Pe).then_some("unknown"))
        .ok_or("is for a CPU that there are no launchers for, which scripts are on Windows")?;
    if let FileFlags::Elf { os_abi, .. } = file.flags()
        && !matches!(os_abi, object::elf::ELFOSABI_SYSV | object::elf::ELFOSABI_GNU)
    {
        return Err("is for a system that is not known here".to_owned());
    }
    let (libraries, run_paths) = match &file {
        object::File::Elf32(file) => elf::linked(file),
        object::File::Elf64(file) => elf::linked(file),
        _ => (imported(&file), Vec::new()),
    };
    let (version, free_threaded) = symbols(&file, data);
    let constants = file
        .sections()
        .filter(|section| {
            let name = section.name();
            matches!(name, Ok(".rodata" | ".rdata" | "__cstring" | "__const" | ".data" | "__data"))
        })
        .filter_map(|section| section.file_range())
        .collect();
    Ok(Binary {
        format,
        machines: vec![machine],
        libraries,
        run_paths,
        version,
        free_threaded,
        constants,
    })
}

fn unreadable(error: object::Error) -> String {
    format!("is no sound binary: {error}")
}

/// The name of a CPU in `sysconfig.get_platform()` on the system of a format. None if it is unknown
/// here.
fn machine(
    format: Format,
    architecture: Architecture,
    is_little_endian: bool,
) -> Option<&'static str> {
    Some(match format {
        Format::Elf => return elf::machine(architecture, is_little_endian),
        Format::Pe => match architecture {
            Architecture::X86_64 => "win-amd64",
            Architecture::I386 => "win32",
            Architecture::Aarch64 => "win-arm64",
            Architecture::Arm => "win-arm32",
            _ => return None,
        },
        Format::MachO => match architecture {
            Architecture::X86_64 => "x86_64",
            Architecture::Aarch64 => "arm64",
            Architecture::I386 => "i386",
            Architecture::PowerPc => "ppc",
            Architecture::PowerPc64 => "ppc64",
            _ => return None,
        },
    })
}

/// The libraries of a PE or Mach-O file.
fn imported<'data>(file: &object::File<'data, impl ReadRef<'data>>) -> Vec<String> {
    let imports = file.imports().unwrap_or_default();
    let names: BTreeSet<String> = imports
        .iter()
        .filter_map(|import| std::str::from_utf8(import.library()).ok())
        .map(str::to_owned)
        .collect();
    names.into_iter().collect()
}

/// Reads so many bytes at the address of a symbol, and no more: asking for the section would read
/// all of it.
fn value_at<'data, R: ReadRef<'data>>(
    file: &object::File<'data, R>,
    data: R,
    address: u64,
    length: u64,
) -> Option<&'data [u8]> {
    let offset = file.sections().find_map(|section| {
        let (offset, size) = section.file_range()?;
        let inner = address.checked_sub(section.address())?;
        (inner.checked_add(length)? <= size).then(|| offset.checked_add(inner))
    });
    data.read_bytes_at(offset??, length).ok()
}

/// The information in the symbols of CPython: `Py_Version`, and whether there is a GIL.
fn symbols<'data, R: ReadRef<'data>>(
    file: &object::File<'data, R>,
    data: R,
) -> (Option<[u32; 3]>, Option<bool>) {
    let exports = file.exports().unwrap_or_default();
    let address = |wanted: &[u8]| {
        let is_it = |name: &[u8]| name == wanted || name.strip_prefix(b"_") == Some(wanted);
        exports.iter().find(|export| is_it(export.name())).map(object::Export::address)
    };
    let Some(place) = address(b"Py_Version") else { return (None, None) };
    // A C `unsigned long`, which has 8 bytes in a 64-bit program of any system but Windows.
    let is_long = file.is_64() && file.format() != object::BinaryFormat::Pe;
    let length = if is_long { 8 } else { 4 };
    let Some(value) = value_at(file, data, place, length) else { return (None, None) };
    let number = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    let value = if file.is_little_endian() {
        value.iter().rev().fold(0, number)
    } else {
        value.iter().fold(0, number)
    };
    let free_threaded = address(b"_Py_MergeZeroLocalRefcount").is_some();
    let [.., major, minor, micro, _] = value.to_be_bytes();
    (Some([major, minor, micro].map(u32::from)), Some(free_threaded))
}
