//! What a platform tag states.

/// The parts of a platform tag such as `manylinux_2_28_x86_64`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Platform<'tag> {
    pub(super) system: System,
    /// The CPU, or the format for several CPUs.
    pub(super) cpu: &'tag str,
    /// The C library; none except on Linux, and there in a tag for no particular one.
    pub(super) library: Option<Library>,
    /// The least version of macOS or of the C library.
    pub(super) version: Option<(u32, u32)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum System {
    Linux,
    MacOs,
    Windows,
    Android,
    Ios,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Library {
    Glibc,
    Musl,
}

impl System {
    pub(super) fn name(self) -> &'static str {
        match self {
            System::Linux => "Linux",
            System::MacOs => "macOS",
            System::Windows => "Windows",
            System::Android => "Android",
            System::Ios => "iOS",
        }
    }
}

impl Library {
    pub(super) fn name(self) -> &'static str {
        match self {
            Library::Glibc => "glibc",
            Library::Musl => "musl",
        }
    }
}

impl Platform<'_> {
    /// Parses a tag. None if it is of no form that is known here.
    pub(super) fn parse(tag: &str) -> Option<Platform<'_>> {
        let plain = |system, cpu| Platform { system, cpu, library: None, version: None };
        if tag == "win32" {
            return Some(plain(System::Windows, "32-bit x86"));
        }
        let (kind, rest) = tag.split_once('_')?;
        let libc = |library, version, cpu| Platform {
            library: Some(library),
            version: Some(version),
            ..plain(System::Linux, cpu)
        };
        Some(match kind {
            "win" => plain(System::Windows, rest),
            "linux" => plain(System::Linux, rest),
            // The version is that of a programming interface, which nobody compares.
            "android" => plain(System::Android, rest.split_once('_')?.1),
            "ios" => plain(System::Ios, versioned(rest)?.1),
            "manylinux1" => libc(Library::Glibc, (2, 5), rest),
            "manylinux2010" => libc(Library::Glibc, (2, 12), rest),
            "manylinux2014" => libc(Library::Glibc, (2, 17), rest),
            "manylinux" => {
                let (version, cpu) = versioned(rest)?;
                libc(Library::Glibc, version, cpu)
            }
            "musllinux" => {
                let (version, cpu) = versioned(rest)?;
                libc(Library::Musl, version, cpu)
            }
            "macosx" => {
                let (version, cpu) = versioned(rest)?;
                Platform { version: Some(version), ..plain(System::MacOs, cpu) }
            }
            _ => return None,
        })
    }
}

/// Splits `2_28_x86_64` into version and CPU.
fn versioned(text: &str) -> Option<((u32, u32), &str)> {
    let (major, rest) = text.split_once('_')?;
    let (minor, cpu) = rest.split_once('_')?;
    Some(((major.parse().ok()?, minor.parse().ok()?), cpu))
}
