//! Binaries of any width and byte order, and the versions in their constants.

use super::limited::LONGEST;
use super::search::SEARCHED;
use super::{Binary, Format, examine, machine, release, releases};
use object::Architecture;
use std::io::{Seek as _, Write as _};

/// An ELF file with a library, a directory to search for it, and `Py_Version` in its symbols.
fn elf(is_64: bool, is_big: bool, machine: u16) -> Vec<u8> {
    let number = |value: u64, size: usize| {
        if is_big {
            value.to_be_bytes()[8 - size..].to_vec()
        } else {
            value.to_le_bytes()[..size].to_vec()
        }
    };
    let half = |value: u64| number(value, 2);
    let word = |value: u64| number(value, 4);
    let wide = |value: u64| number(value, if is_64 { 8 } else { 4 });
    let strings = b"\0Py_Version\0libpython3.13.so.1.0\0$ORIGIN/../lib:/other\0";
    let symbol = if is_64 {
        [word(1), vec![0x11, 0], half(1), wide(0x200), wide(8)].concat()
    } else {
        [word(1), wide(0x200), wide(4), vec![0x11, 0], half(1)].concat()
    };
    let symbols = [vec![0; symbol.len()], symbol].concat();
    let dynamic = [(1, 12), (15, 33), (0, 0)];
    let dynamic: Vec<u8> =
        dynamic.iter().flat_map(|(tag, value)| [wide(*tag), wide(*value)].concat()).collect();
    // A C `unsigned long`.
    let value = wide(0x030d_02f0);
    let section = |kind: u64, place: u64, size: usize, link: u64, entry: usize| {
        let info = u64::from(kind == 11);
        [
            word(0),
            word(kind),
            wide(2),
            wide(place),
            wide(place),
            wide(size as u64),
            word(link),
            word(info),
            wide(1),
            wide(entry as u64),
        ]
        .concat()
    };
    let (header, section_size, program_size) = if is_64 { (64, 64, 56) } else { (52, 40, 32) };
    let class =
        [b"\x7fELF".to_vec(), vec![1 + u8::from(is_64), 1 + u8::from(is_big), 1], vec![0; 9]];
    let mut bytes = [
        class.concat(),
        half(3),
        half(u64::from(machine)),
        word(1),
        wide(0),
        wide(0),
        wide(0x600),
        word(0),
        half(header),
        half(program_size),
        half(0),
        half(section_size),
        half(5),
        half(2),
    ]
    .concat();
    for (place, part) in
        [(0x200, &value), (0x300, &strings.to_vec()), (0x400, &symbols), (0x500, &dynamic)]
    {
        bytes.resize(place, 0);
        bytes.extend_from_slice(part);
    }
    bytes.resize(0x600, 0);
    bytes.extend(section(0, 0, 0, 0, 0));
    // The section is as large as the value: nothing behind it can be read.
    bytes.extend(section(1, 0x200, value.len(), 0, 0));
    bytes.extend(section(3, 0x300, strings.len(), 0, 0));
    bytes.extend(section(11, 0x400, symbols.len(), 2, symbols.len() / 2));
    bytes.extend(section(6, 0x500, dynamic.len(), 2, dynamic.len() / 3));
    bytes
}

fn examined(bytes: &[u8]) -> Result<Binary, String> {
    let mut file = tempfile::tempfile().expect("there is room");
    file.write_all(bytes).expect("it can be written");
    file.rewind().expect("it can be read again");
    examine(file)
}

#[test]
fn elf_of_any_width_and_byte_order_is_read() {
    for (is_64, is_big, number, name) in [
        (true, false, 62, "x86_64"),
        (false, false, 3, "i686"),
        (false, true, 20, "ppc"),
        (true, true, 22, "s390x"),
    ] {
        let binary = examined(&elf(is_64, is_big, number)).expect("it is sound");
        assert_eq!(binary.machines, [name]);
        assert_eq!(binary.version, Some([3, 13, 2]), "{name}");
        assert_eq!(binary.free_threaded, Some(false));
        assert_eq!(binary.libraries, ["libpython3.13.so.1.0"]);
        assert_eq!(binary.run_paths, ["$ORIGIN/../lib", "/other"]);
    }
}

/// The names are those of `uname -m` on Linux, of `sysconfig.get_platform` elsewhere.
#[test]
fn machines_have_the_names_of_their_systems() {
    use Architecture as A;
    let cases = [
        (A::X86_64, true, "x86_64"),
        (A::I386, true, "i686"),
        (A::Aarch64, true, "aarch64"),
        (A::Aarch64, false, "aarch64_be"),
        (A::Arm, true, "armv7l"),
        (A::Arm, false, "armv7b"),
        (A::PowerPc, false, "ppc"),
        (A::PowerPc64, true, "ppc64le"),
        (A::PowerPc64, false, "ppc64"),
        (A::Mips, true, "mips"),
        (A::Mips64, true, "mips64"),
        (A::S390x, false, "s390x"),
        (A::Riscv32, true, "riscv32"),
        (A::Riscv64, true, "riscv64"),
        (A::LoongArch64, true, "loongarch64"),
        (A::Alpha, true, "alpha"),
        (A::Csky, true, "csky"),
        (A::Hppa, false, "parisc"),
        (A::M68k, false, "m68k"),
        (A::Sparc, false, "sparc"),
        (A::Sparc64, false, "sparc64"),
        (A::SuperH, true, "sh4"),
        (A::Xtensa, true, "xtensa"),
    ];
    for (cpu, is_little_endian, name) in cases {
        assert_eq!(machine(Format::Elf, cpu, is_little_endian), Some(name), "{cpu:?}");
    }
    for (cpu, windows, mac) in [
        (A::X86_64, Some("win-amd64"), Some("x86_64")),
        (A::I386, Some("win32"), Some("i386")),
        (A::Aarch64, Some("win-arm64"), Some("arm64")),
        (A::Arm, Some("win-arm32"), None),
        (A::PowerPc, None, Some("ppc")),
        (A::PowerPc64, None, Some("ppc64")),
        (A::Riscv64, None, None),
    ] {
        assert_eq!(machine(Format::Pe, cpu, true), windows, "{cpu:?}");
        assert_eq!(machine(Format::MachO, cpu, true), mac, "{cpu:?}");
    }
}

#[test]
fn version_in_constants_counts_only_by_itself() {
    for (text, expected) in [
        (&b"\x003.9.18\0"[..], Some(18)),
        (b"\x003.9.0rc1\0", Some(0)),
        (b"\x003.9.0a1+\0", Some(0)),
        (b"\x003.9.99\0", Some(99)),
        (b"\x003.9.100\0", None),
        (b"\x003.9.18", None),
        (b"\x003.9.18 \0", None),
        (b"x3.9.18\0", None),
        (b"\n3.9.18\0", None),
        // PyPy's own; the version that it is compatible with comes first.
        (b"\n3.9.16 (7.3.11", Some(16)),
        (b"x3.9.16 (7.3.11", None),
        (b"\n3.9.16\n(7.3.11", None),
    ] {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(release(text, 1, "3.9.".len()), expected, "{shown}");
    }
    assert_eq!(release(b"3.9.18\0", 0, "3.9.".len()), Some(18));
}

#[test]
fn version_is_searched_in_each_part_of_constants() {
    let mut bytes = vec![0; 0x18000];
    bytes.extend_from_slice(b"\x003.9.18\0");
    bytes.resize(0x20000, 0);
    let mut file = tempfile::tempfile().expect("there is room");
    file.write_all(&bytes).expect("it can be written");
    let binary = with_constants(vec![(0, 0x10000), (0x10000, 0x10000)]);
    let found = releases(&binary, file, (3, 9)).expect("it can be read");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [18]);
}

fn with_constants(constants: Vec<(u64, u64)>) -> Binary {
    Binary {
        format: Format::Elf,
        machines: Vec::new(),
        libraries: Vec::new(),
        run_paths: Vec::new(),
        version: None,
        free_threaded: None,
        constants,
    }
}

/// The sizes that headers claim count, so that thousands of headers for one part cost no more than
/// one.
#[test]
fn version_is_searched_in_a_limited_number_of_bytes() {
    let found = |large: u64| {
        let mut file = tempfile::tempfile().expect("there is room");
        file.write_all(b"\x003.9.18\0").expect("it can be written");
        let binary = with_constants(vec![(0x1000, large), (0, 8)]);
        releases(&binary, file, (3, 9)).expect("it can be read").len()
    };
    assert_eq!(found(SEARCHED - 8), 1);
    assert_eq!(found(SEARCHED), 0);
}

#[test]
fn binary_longer_than_any_interpreter_is_rejected() {
    for (length, is_too_long) in [(LONGEST, false), (LONGEST + 1, true)] {
        let file = tempfile::tempfile().expect("there is room");
        file.set_len(length).expect("it can be sparse");
        let error = examine(file).expect_err("it is no binary");
        assert_eq!(error.contains("more than any interpreter"), is_too_long, "{error}");
    }
}
