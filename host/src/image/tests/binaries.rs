//! Made-up binaries: headers, symbols and constants, without code.

/// The information to put into a binary.
#[derive(Clone, Default)]
pub(super) struct Made {
    /// The library it is linked with; empty if none.
    pub(super) library: &'static str,
    /// The directory in which to search for it.
    pub(super) run_path: &'static str,
    /// `Py_Version`.
    pub(super) version: Option<[u8; 3]>,
    /// Its constants.
    pub(super) constants: &'static [u8],
}

/// An interpreter that is linked with no library and states no version.
pub(super) fn plain() -> Made {
    Made::default()
}

/// An interpreter with the version in its symbols.
pub(super) fn of_version(major: u8, minor: u8, micro: u8) -> Made {
    Made { version: Some([major, minor, micro]), ..Made::default() }
}

/// A buffer to append to, numbers as little endian.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(mut self, numbers: &[u16]) -> Bytes {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    fn u32(mut self, numbers: &[u32]) -> Bytes {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    fn u64(mut self, numbers: &[u64]) -> Bytes {
        self.0.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Bytes {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Appends zeros up to a length.
    fn up_to(mut self, length: usize) -> Bytes {
        assert!(self.0.len() <= length, "{} bytes are too many for {length}", self.0.len());
        self.0.resize(length, 0);
        self
    }
}

/// The value of `Py_Version`.
fn hexadecimal(version: Option<[u8; 3]>) -> u32 {
    let [major, minor, micro] = version.unwrap_or_default();
    u32::from_be_bytes([major, minor, micro, 0xf0])
}

/// A 64-bit ELF file for a machine (`e_machine`). Each part has a fixed place: constants at 0x1000,
/// strings at 0x2000, symbols at 0x2800, dynamic entries at 0x2c00, sections at 0x3000.
pub(super) fn elf(machine: u16, made: &Made) -> Vec<u8> {
    let mut strings = b"\0Py_Version\0".to_vec();
    let library = strings.len() as u64;
    strings.extend_from_slice(made.library.as_bytes());
    strings.push(0);
    let run_path = strings.len() as u64;
    strings.extend_from_slice(made.run_path.as_bytes());
    strings.push(0);
    let symbols = if made.version.is_some() { 2 } else { 1 };
    let mut dynamic = Vec::new();
    if !made.library.is_empty() {
        dynamic.extend([1, library]);
    }
    if !made.run_path.is_empty() {
        dynamic.extend([29, run_path]);
    }
    dynamic.extend([0, 0]);
    let names = b"\0.rodata\0.dynstr\0.dynsym\0.dynamic\0.shstrtab\0";
    // Name, type, flags, address, offset, size, link, info, alignment, size of an entry.
    let section = |name: u32, kind: u32, place: u64, size: u64, link: u32, entry: u64| {
        Bytes::default()
            .u32(&[name, kind])
            .u64(&[2, place, place, size])
            .u32(&[link, u32::from(kind == 11)])
            .u64(&[8, entry])
            .0
    };
    Bytes::default()
        .raw(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0")
        .u16(&[3, machine])
        .u32(&[1])
        .u64(&[0, 0, 0x3000])
        .u32(&[0])
        .u16(&[64, 56, 0, 64, 6, 5])
        .up_to(0x1000)
        .u32(&[hexadecimal(made.version)])
        .raw(b"\0\0\0\0")
        .raw(made.constants)
        .up_to(0x2000)
        .raw(&strings)
        .up_to(0x2800)
        .raw(&[0; 24])
        .u32(&[1])
        .raw(&[0x11, 0])
        .u16(&[1])
        .u64(&[0x1000, 4])
        .up_to(0x2c00)
        .u64(&dynamic)
        .up_to(0x2e00)
        .raw(names)
        .up_to(0x3000)
        .raw(&[0; 64])
        .raw(&section(1, 1, 0x1000, 0x1000, 0, 0))
        .raw(&section(9, 3, 0x2000, strings.len() as u64, 0, 0))
        .raw(&section(17, 11, 0x2800, symbols * 24, 2, 24))
        .raw(&section(25, 6, 0x2c00, dynamic.len() as u64 * 8, 2, 16))
        .raw(&section(34, 3, 0x2e00, names.len() as u64, 0, 0))
        .0
}

/// A 64-bit Mach-O file for a CPU (`cputype`).
pub(super) fn mach_o(cpu: u32, made: &Made) -> Vec<u8> {
    let mut name = made.library.as_bytes().to_vec();
    name.resize(made.library.len() / 8 * 8 + 8, 0);
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("it is short");
    // One section, one symbol that the library exports, the library.
    let segment = Bytes::default()
        .u32(&[0x19, 152])
        .raw(&[0; 16])
        .u64(&[0x1000, 0x1000, 0x1000, 0x1000])
        .u32(&[1, 1, 1, 0])
        .raw(b"__cstring\0\0\0\0\0\0\0__TEXT\0\0\0\0\0\0\0\0\0\0")
        .u64(&[0x1000, 0x1000])
        .u32(&[0x1000, 0, 0, 0, 0, 0, 0, 0])
        .0;
    let symbols = Bytes::default().u32(&[2, 24, 0x800, 1, 0x900, 16]).0;
    let dynamic = Bytes::default().u32(&[0xb, 80, 0, 0, 0, 0, 0, 1]).up_to(80).0;
    let library = Bytes::default().u32(&[0xc, 24 + length(&name), 24, 0, 0, 0]).raw(&name).0;
    let commands = [segment, symbols, dynamic, library].concat();
    Bytes::default()
        .u32(&[0xfeed_facf, cpu, 0, 2, 4, length(&commands), 0x80, 0])
        .raw(&commands)
        .up_to(0x800)
        .u32(&[1])
        .raw(&[1, 0])
        .u16(&[0x100])
        .u64(&[0])
        .up_to(0x900)
        .raw(b"\0_Py_BytesMain\0\0")
        .up_to(0x1000)
        .raw(made.constants)
        .up_to(0x2000)
        .0
}

/// A universal binary of two Mach-O files, for these CPUs.
pub(super) fn universal(cpus: [u32; 2], made: &Made) -> Vec<u8> {
    let slices = cpus.map(|cpu| mach_o(cpu, made));
    // Only its header is big endian.
    let header =
        [0xcafe_babe_u32, 2, cpus[0], 0, 0x1000, 0x2000, 12, cpus[1], 0, 0x3000, 0x2000, 12];
    let header: Vec<u8> = header.iter().flat_map(|number| number.to_be_bytes()).collect();
    Bytes::default().raw(&header).up_to(0x1000).raw(&slices.concat()).0
}

/// A PE file for a machine. Its only section has the import of the library's `Py_Main`, the export
/// of `Py_Version` and the constants.
pub(super) fn pe(machine: u16, made: &Made) -> Vec<u8> {
    let is_wide = machine != 0x14c;
    let directories = Bytes::default().u32(&[
        if made.version.is_some() { 0x1200 } else { 0 },
        0x100,
        if made.library.is_empty() { 0 } else { 0x1000 },
        40,
    ]);
    let directories = directories.up_to(16 * 8).0;
    let optional = if is_wide {
        Bytes::default()
            .u16(&[0x20b, 0])
            .u32(&[0, 0, 0, 0, 0])
            .u64(&[0x1_4000_0000])
            .u32(&[0x1000, 0x200, 6, 0, 6, 0, 0x3000, 0x200, 0, 3])
            .u64(&[0, 0, 0, 0])
            .u32(&[0, 16])
    } else {
        Bytes::default()
            .u16(&[0x10b, 0])
            .u32(&[0, 0, 0, 0, 0, 0, 0x40_0000])
            .u32(&[0x1000, 0x200, 6, 0, 6, 0, 0x3000, 0x200, 0, 3, 0, 0, 0, 0, 0, 16])
    };
    let optional = optional.raw(&directories).0;
    let thunks = if is_wide {
        Bytes::default().u64(&[0x1120, 0]).0
    } else {
        Bytes::default().u32(&[0x1120, 0]).0
    };
    let section = Bytes::default()
        // The import descriptor, and the end of the list.
        .u32(&[0x1100, 0, 0, 0x1140, 0x1100])
        .up_to(0x100)
        .raw(&thunks)
        .up_to(0x120)
        .raw(b"\0\0Py_Main\0")
        .up_to(0x140)
        .raw(made.library.as_bytes())
        .up_to(0x200)
        // The export directory: one function, one name.
        .u32(&[0, 0, 0, 0x1260, 1, 1, 1, 0x1240, 0x1244, 0x1248])
        .up_to(0x240)
        .u32(&[0x1300, 0x1250, 0])
        .up_to(0x250)
        .raw(b"Py_Version\0")
        .up_to(0x260)
        .raw(b"x.dll\0")
        .up_to(0x300)
        .u32(&[hexadecimal(made.version)])
        .raw(b"\0\0\0\0")
        .raw(made.constants)
        .up_to(0x1000)
        .0;
    Bytes::default()
        .raw(b"MZ")
        .up_to(0x3c)
        .u32(&[0x40])
        .raw(b"PE\0\0")
        .u16(&[machine, 1])
        .u32(&[0, 0, 0])
        .u16(&[u16::try_from(optional.len()).expect("it is short"), 0x22])
        .raw(&optional)
        .raw(b".rdata\0\0")
        .u32(&[0x1000, 0x1000, 0x1000, 0x400, 0, 0, 0, 0x4000_0040])
        .up_to(0x400)
        .raw(&section)
        .0
}
