//! The platform tags that a Python supports, the best first.

use crate::libc::{Libc, Runtime};

/// The platform tags of a Python with this `sysconfig.get_platform()`.
pub(super) fn of(platform: &str, runtime: Option<&Runtime>) -> Vec<String> {
    if let Some(cpu) = platform.strip_prefix("linux-") {
        return linux(&normalized(cpu), runtime);
    }
    if let Some((version, cpu)) =
        platform.strip_prefix("macosx-").and_then(|rest| rest.split_once('-'))
    {
        // Numbers beyond any macOS would make the list beyond any length.
        let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
        let mut next = || numbers.next().flatten().filter(|number| *number < 100);
        if let Some(major) = next() {
            return macos((major, next().unwrap_or_default()), cpu);
        }
    }
    vec![normalized(platform)]
}

fn normalized(platform: &str) -> String {
    platform.to_lowercase().replace(['.', '-', ' '], "_")
}

/// Those of Linux. The name of the CPU is that of the kernel, or of the interpreter.
fn linux(cpu: &str, runtime: Option<&Runtime>) -> Vec<String> {
    // A program of 32 bits runs on a kernel of 64.
    let cpus = match (cpu, runtime.map(|runtime| runtime.machine)) {
        ("x86_64", Some("i686")) => &["i686"][..],
        ("aarch64", Some("armv7l")) | ("armv8l", _) => &["armv8l", "armv7l"],
        _ => &[cpu],
    };
    let mut tags: Vec<String> = cpus.iter().map(|cpu| format!("linux_{cpu}")).collect();
    let Some(runtime) = runtime else { return tags };
    match runtime.libc {
        Some(Libc::Glibc { major: 2, minor }) if has_manylinux(cpus, runtime) => {
            let oldest = if matches!(cpus, ["x86_64" | "i686"]) { 5 } else { 17 };
            for cpu in cpus {
                for minor in (oldest..=minor).rev() {
                    tags.push(format!("manylinux_2_{minor}_{cpu}"));
                    // The names that some versions had before all had numbers.
                    let legacy = match minor {
                        17 => "manylinux2014",
                        12 => "manylinux2010",
                        5 => "manylinux1",
                        _ => continue,
                    };
                    tags.push(format!("{legacy}_{cpu}"));
                }
            }
        }
        Some(Libc::Musl { major, minor }) => {
            for cpu in cpus {
                tags.extend(
                    (0..=minor).rev().map(|minor| format!("musllinux_{major}_{minor}_{cpu}")),
                );
            }
        }
        _ => {}
    }
    tags
}

/// Whether there are manylinux wheels for a CPU. On 32-bit ARM they use its floating-point registers.
fn has_manylinux(cpus: &[&str], runtime: &Runtime) -> bool {
    cpus.iter().any(|cpu| match *cpu {
        "armv7l" => runtime.is_hard_float,
        "i686" => runtime.machine == "i686",
        "x86_64" | "aarch64" | "ppc64" | "ppc64le" | "s390x" | "loongarch64" | "riscv64" => true,
        _ => false,
    })
}

/// Those of macOS. `cpu` may also be the name of a universal format: then the CPU is not known, and
/// only wheels fit that have the code of all.
fn macos(version: (u32, u32), cpu: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut add = |version: (u32, u32), formats: &[&str]| {
        let (major, minor) = version;
        tags.extend(formats.iter().map(|format| format!("macosx_{major}_{minor}_{format}")));
    };
    match version {
        (..10, _) => return tags,
        (10, minor) => {
            for minor in (0..=minor).rev() {
                add((10, minor), &formats((10, minor), cpu));
            }
            return tags;
        }
        _ => {}
    }
    // Since 11, the first number is that of the year's release.
    for major in (11..=version.0).rev() {
        add((major, 0), &formats((major, 0), cpu));
    }
    // A universal wheel may be for an older macOS, for the sake of its part for x86_64.
    for minor in (4..=16).rev() {
        let formats = if cpu == "x86_64" { formats((10, minor), cpu) } else { vec!["universal2"] };
        add((10, minor), &formats);
    }
    tags
}

/// The formats of binaries that a CPU can run, the best first.
fn formats(version: (u32, u32), cpu: &str) -> Vec<&str> {
    let others: &[&str] = match cpu {
        "x86_64" | "i386" if version < (10, 4) => return Vec::new(),
        "x86_64" => &["intel", "fat64", "fat3", "universal2", "universal"],
        "i386" => &["intel", "fat3", "fat", "universal"],
        "ppc64" if !((10, 4)..=(10, 5)).contains(&version) => return Vec::new(),
        "ppc64" => &["fat64", "universal"],
        "ppc" if version > (10, 6) => return Vec::new(),
        "ppc" => &["fat3", "fat", "universal"],
        "arm64" => &["universal2"],
        "intel" => &["universal"],
        _ => &[],
    };
    [&[cpu], others].concat()
}
