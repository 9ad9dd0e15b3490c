//! The C libraries of made programs in many places, and the one of this machine.

use super::version::{glibc, musl};
use super::{Libc, Runtime, find};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::process::Command;

/// The numbers of CPUs in ELF files.
const I386: u16 = 3;
const ARM: u16 = 40;
const X86_64: u16 = 62;

const GLIBC: &str = "GNU C Library (Debian GLIBC 2.31-13+deb11u11) stable release version 2.31.\n";
const MUSL: &str = "\0musl libc (x86_64)\nVersion %s\n\x001.2.5\0\x00127.0.0.1\0";

/// An ELF file with a loader and text after it. An empty loader is none.
fn elf(machine: u16, flags: u32, loader: &str, text: &str) -> Vec<u8> {
    let is_64 = machine == X86_64;
    let (header, program) = if is_64 { (64_u16, 56_u16) } else { (52, 32) };
    let wide = |value: usize| value.to_le_bytes()[..if is_64 { 8 } else { 4 }].to_vec();
    let place = usize::from(header + program);
    let count = u16::from(!loader.is_empty());
    let head = [
        vec![0x7f, b'E', b'L', b'F', 1 + u8::from(is_64), 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [3_u16, machine].map(u16::to_le_bytes).concat(),
        1_u32.to_le_bytes().to_vec(),
        [wide(0), wide(usize::from(header)), wide(0)].concat(),
        flags.to_le_bytes().to_vec(),
        [header, program, count, 64, 0, 0].map(u16::to_le_bytes).concat(),
    ];
    let interp = 3_u32.to_le_bytes().to_vec();
    let access = 4_u32.to_le_bytes().to_vec();
    let size = loader.len() + 1;
    let [place, size, zero] = [place, size, 0].map(wide);
    let segment = if is_64 {
        [interp, access, place.clone(), zero.clone(), zero, size.clone(), size, wide(1)]
    } else {
        [interp, place.clone(), zero.clone(), zero, size.clone(), size, access, wide(1)]
    };
    [&head.concat()[..], &segment.concat(), loader.as_bytes(), b"\0", text.as_bytes()].concat()
}

/// What an interpreter runs on in a tree of these files, and the paths that were opened.
fn found(files: &[(&str, Vec<u8>)]) -> (Option<Runtime>, Vec<String>) {
    let files: BTreeMap<&str, &Vec<u8>> = files.iter().map(|(path, file)| (*path, file)).collect();
    let mut opened = Vec::new();
    let runtime = find("/usr/bin/python3", |path| {
        opened.push(path.to_owned());
        files
            .get(path)
            .map(|bytes| -> io::Result<File> {
                let mut file = tempfile::tempfile()?;
                file.write_all(bytes)?;
                file.rewind()?;
                Ok(file)
            })
            .transpose()
    });
    (runtime.expect("the files can be made"), opened)
}

fn libc(files: &[(&str, Vec<u8>)]) -> Option<Libc> {
    found(files).0.and_then(|runtime| runtime.libc)
}

#[test]
fn libc_is_found_by_loader() {
    let library = elf(X86_64, 0, "", GLIBC);
    let glibc = Some(Libc::Glibc { major: 2, minor: 31 });
    for (loader, place) in [
        ("/lib64/ld-linux-x86-64.so.2", "/lib64/libc.so.6"),
        ("/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"),
        ("/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/libc.so.6"),
        ("/lib64/ld-linux-x86-64.so.2", "/usr/lib64/libc.so.6"),
        ("/lib64/ld-linux-x86-64.so.2", "/usr/lib/libc.so.6"),
        ("/nix/store/x-glibc/lib/ld-linux-x86-64.so.2", "/nix/store/x-glibc/lib/libc.so.6"),
        ("/ld.so", "/libc.so.6"),
    ] {
        let program = elf(X86_64, 0, loader, "");
        let files = [("/usr/bin/python3", program), (place, library.clone())];
        assert_eq!(libc(&files), glibc, "{loader}, {place}");
    }
    let loader = "/lib/ld-musl-x86_64.so.1";
    let files = [
        ("/usr/bin/python3", elf(X86_64, 0, loader, "")),
        (loader, elf(X86_64, 0, "", MUSL)),
        // It is there for other programs.
        ("/lib/libc.so.6", library.clone()),
    ];
    assert_eq!(libc(&files), Some(Libc::Musl { major: 1, minor: 2 }));
    // A static program has none, whatever is there.
    let files = [("/usr/bin/python3", elf(X86_64, 0, "", "")), ("/lib64/libc.so.6", library)];
    let runtime = Runtime { libc: None, machine: "x86_64", is_hard_float: true };
    assert_eq!(found(&files), (Some(runtime), vec!["/usr/bin/python3".to_owned()]));
}

#[test]
fn library_of_another_cpu_does_not_count() {
    let other = GLIBC.replace("2.31.", "2.17.");
    let files = [
        ("/usr/bin/python3", elf(I386, 0, "/lib/ld-linux.so.2", "")),
        ("/lib/libc.so.6", elf(X86_64, 0, "", GLIBC)),
        ("/usr/lib/i386-linux-gnu/libc.so.6", elf(I386, 0, "", &other)),
    ];
    let libc = Some(Libc::Glibc { major: 2, minor: 17 });
    let runtime = Runtime { libc, machine: "i686", is_hard_float: true };
    assert_eq!(found(&files).0, Some(runtime));
    assert_eq!(self::libc(&files[..2]), None);
}

/// By the flags of the ARM EABI.
#[test]
fn arm_passes_numbers_in_registers_or_not() {
    for (flags, expected) in [(0x0500_0400, true), (0x0500_0200, false), (0x0400_0400, false)] {
        let files = [("/usr/bin/python3", elf(ARM, flags, "/lib/ld-linux.so.3", ""))];
        let runtime = found(&files).0.expect("it is a program");
        assert_eq!((runtime.machine, runtime.is_hard_float), ("armv7l", expected), "{flags:x}");
    }
}

#[test]
fn file_that_is_no_program_has_no_libc() {
    let program = elf(X86_64, 0, "/lib/ld.so", "");
    assert_eq!(found(&[]).0, None);
    for length in 0..64 {
        assert_eq!(found(&[("/usr/bin/python3", program[..length].to_vec())]).0, None, "{length}");
    }
    // Each of the other lengths: a loader that is not whole is none.
    for length in 64..program.len() {
        let (runtime, opened) = found(&[("/usr/bin/python3", program[..length].to_vec())]);
        assert!(runtime.is_none_or(|runtime| runtime.libc.is_none()), "{length}");
        assert_eq!(opened.len(), 1, "{length}");
    }
    // A library that is none.
    for library in [b"".to_vec(), GLIBC.into(), elf(X86_64, 0, "", "GNU C Library")] {
        let files = [("/usr/bin/python3", program.clone()), ("/lib/libc.so.6", library)];
        assert_eq!(libc(&files), None);
    }
}

/// A version may be at any place in a file, and a part of the file may end anywhere.
#[test]
fn version_across_parts_is_read_whole() {
    let part = 1 << 20;
    let start = elf(X86_64, 0, "", "").len();
    for end in (0..=GLIBC.len()).step_by(5) {
        let text = ["x".repeat(part - start - end), GLIBC.to_owned()].concat();
        let files = [
            ("/usr/bin/python3", elf(X86_64, 0, "/lib/ld.so", "")),
            ("/lib/libc.so.6", elf(X86_64, 0, "", &text)),
        ];
        assert_eq!(libc(&files), Some(Libc::Glibc { major: 2, minor: 31 }), "{end}");
    }
}

/// The texts of real libraries.
#[test]
fn versions_are_read_in_texts_of_distributions() {
    for (text, expected) in [
        // Debian 13, Ubuntu 22.04, Fedora 40, CentOS 7, SLES 12.
        ("GNU C Library (Debian GLIBC 2.41-12+deb13u5) stable release version 2.41.\n", (2, 41)),
        ("GNU C Library (Ubuntu GLIBC 2.35-0ubuntu3.8) stable release version 2.35.\n", (2, 35)),
        ("GNU C Library (GNU libc) stable release version 2.39.\n", (2, 39)),
        ("GNU C Library (GNU libc) stable release version 2.17, by Roland McGrath", (2, 17)),
        ("GNU C Library (GNU libc) development release version 2.41.9000.\n", (2, 41)),
    ] {
        assert_eq!(glibc(text.as_bytes()), Some(expected), "{text}");
    }
    for text in ["", " release version ", " release version 2", " release version 2.3", "2.31."] {
        assert_eq!(glibc(text.as_bytes()), None, "{text}");
    }
    assert_eq!(glibc(b" release version 4000000000.1. release version 2.5."), Some((2, 5)));
    for (text, expected) in [
        ("\x001.2.5\0", Some((1, 2))),
        ("\x001.1.24\0", Some((1, 1))),
        ("\x001.2.5-git-12-g0123abc\0", Some((1, 2))),
        ("\x00127.0.0.1\0\x000.0.0.0\0", None),
        ("\x001.2.5", None),
        ("1.2.5\0", None),
        ("\x001.2\0", None),
        ("\x001.2.5 \0", None),
    ] {
        assert_eq!(musl(text.as_bytes()), expected, "{text:?}");
    }
}

/// As the C library itself reports it.
#[test]
#[cfg(target_os = "linux")]
fn libc_of_this_machine_is_the_one_it_reports() {
    let program = "import os, sys; print(os.path.realpath(sys.executable), end=' '); \
                   print(os.confstr('CS_GNU_LIBC_VERSION'))";
    let output = Command::new("python3").args(["-I", "-c", program]).output().expect("it starts");
    let text = String::from_utf8(output.stdout).expect("it is text");
    let (python, reported) = text.trim_end().split_once(' ').expect("there are two");
    let runtime = find(python, |path| match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => file.map(Some),
    });
    let Some(Libc::Glibc { major, minor }) =
        runtime.expect("they can be read").and_then(|it| it.libc)
    else {
        panic!("{reported}")
    };
    assert_eq!(format!("glibc {major}.{minor}"), reported);
}
