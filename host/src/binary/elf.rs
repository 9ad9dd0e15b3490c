//! ELF: what Linux and its loader read of a program or a library.

use super::limited::{self, Part};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader as _, SectionHeader as _};
use object::{Architecture, FileFlags, Object as _, ReadRef, elf};
use std::fs::File;

/// The system that an ELF file is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Headers {
    /// The CPU, as in `uname -m`.
    pub(crate) machine: &'static str,
    /// Whether it has 64 bits.
    pub(crate) is_64: bool,
    /// Whether it passes numbers in floating-point registers, which is optional on 32-bit ARM.
    pub(crate) is_hard_float: bool,
    /// The path of the loader (`PT_INTERP`); none in a static program and in most libraries.
    pub(crate) loader: Option<String>,
}

/// Reads the headers of a file. None if it is not a sound ELF file for a CPU that is known here.
pub(crate) fn headers(file: File) -> Option<Headers> {
    let (cache, length) = limited::open(file).ok()?;
    let file = object::File::parse(Part::new(&cache, 0, length)).ok()?;
    let loader = match &file {
        object::File::Elf32(elf) => loader(elf),
        object::File::Elf64(elf) => loader(elf),
        _ => return None,
    };
    let machine = machine(file.architecture(), file.is_little_endian())?;
    let FileFlags::Elf { e_flags, .. } = file.flags() else { return None };
    let is_hard_float = file.architecture() != Architecture::Arm
        || e_flags & elf::EF_ARM_EABIMASK == elf::EF_ARM_EABI_VER5
            && e_flags & elf::EF_ARM_ABI_FLOAT_HARD != 0;
    Some(Headers { machine, is_64: file.is_64(), is_hard_float, loader })
}

fn loader<'data, Elf: FileHeader, R: ReadRef<'data>>(
    file: &ElfFile<'data, Elf, R>,
) -> Option<String> {
    let path = file
        .elf_program_headers()
        .iter()
        .find_map(|segment| segment.interpreter(file.endian(), file.data()).ok()?)?;
    std::str::from_utf8(path).ok().map(str::to_owned)
}

/// The name of a CPU on Linux, as in `uname -m`.
pub(super) fn machine(architecture: Architecture, is_little_endian: bool) -> Option<&'static str> {
    Some(match (architecture, is_little_endian) {
        (Architecture::X86_64 | Architecture::X86_64_X32, _) => "x86_64",
        (Architecture::I386, _) => "i686",
        (Architecture::Aarch64 | Architecture::Aarch64_Ilp32, true) => "aarch64",
        (Architecture::Aarch64 | Architecture::Aarch64_Ilp32, false) => "aarch64_be",
        (Architecture::Arm, true) => "armv7l",
        (Architecture::Arm, false) => "armv7b",
        (Architecture::PowerPc, _) => "ppc",
        (Architecture::PowerPc64, true) => "ppc64le",
        (Architecture::PowerPc64, false) => "ppc64",
        // One name for both byte orders.
        (Architecture::Mips, _) => "mips",
        (Architecture::Mips64 | Architecture::Mips64_N32, _) => "mips64",
        (Architecture::S390x, _) => "s390x",
        (Architecture::Riscv32, _) => "riscv32",
        (Architecture::Riscv64, _) => "riscv64",
        (Architecture::LoongArch64, _) => "loongarch64",
        (Architecture::Alpha, _) => "alpha",
        (Architecture::Csky, _) => "csky",
        (Architecture::Hppa, _) => "parisc",
        (Architecture::M68k, _) => "m68k",
        (Architecture::Sparc | Architecture::Sparc32Plus, _) => "sparc",
        (Architecture::Sparc64, _) => "sparc64",
        (Architecture::SuperH, _) => "sh4",
        (Architecture::Xtensa, _) => "xtensa",
        _ => return None,
    })
}

/// The libraries of an ELF file, and the directories in which they are searched.
pub(super) fn linked<'data, Elf: FileHeader, R: ReadRef<'data>>(
    file: &ElfFile<'data, Elf, R>,
) -> (Vec<String>, Vec<String>) {
    let (endian, data) = (file.endian(), file.data());
    let (mut libraries, mut run_paths) = (Vec::new(), Vec::new());
    let sections = file.elf_section_table();
    for section in sections.iter() {
        let Ok(Some((entries, link))) = section.dynamic(endian, data) else { continue };
        let Ok(strings) = sections.strings(endian, data, link) else { continue };
        for entry in entries {
            use object::read::elf::Dyn as _;
            let text = || {
                let text = entry.string(endian, strings).ok()?;
                std::str::from_utf8(text).ok().map(str::to_owned)
            };
            match entry.tag(endian) {
                elf::DT_NEEDED => libraries.extend(text()),
                elf::DT_RPATH | elf::DT_RUNPATH => {
                    let text = text().unwrap_or_default();
                    run_paths.extend(text.split(':').map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    (libraries, run_paths)
}
