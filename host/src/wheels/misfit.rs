//! Why a wheel does not fit a Python, in a few words for people: the end of a sentence that begins
//! with the wheel.

use super::file_name::FileName;
use super::tags::Tags;
use crate::libc::{Libc, Runtime};
use platform::{Library, Platform, System};

mod platform;

/// Explains why a wheel does not fit: it is for another Python, for another platform, or both.
pub(crate) fn misfit(tags: &Tags, runtime: Option<&Runtime>, wheel: &FileName) -> String {
    match (other_python(tags, wheel), other_platform(tags, runtime, wheel)) {
        // One verb is enough.
        (Some(python), Some(platform)) => {
            format!("{python} and {}", platform.strip_prefix("is ").unwrap_or(&platform))
        }
        (Some(reason), None) | (None, Some(reason)) => reason,
        (None, None) => {
            let sets = [&wheel.pythons, &wheel.abis, &wheel.platforms].map(|set| set.join("."));
            format!("is for `{}`, which this Python does not support", sets.join("-"))
        }
    }
}

/// Why a wheel does not fit the Python, whatever the platform. None if it does.
fn other_python(tags: &Tags, wheel: &FileName) -> Option<String> {
    if tags.has_kind(wheel) {
        return None;
    }
    let (own, own_abi) = tags.own();
    let is_own = wheel.pythons.iter().any(|python| python == own);
    let is_stable = own.starts_with("cp") && wheel.abis.iter().any(|abi| abi.starts_with("abi3"));
    let is_threaded = |abi: &str| abi == "abi3t" || abi.starts_with("cp") && abi.contains('t');
    let (before, after) =
        match (wheel.abis.iter().any(|abi| is_threaded(abi)), is_threaded(own_abi)) {
            (true, false) if is_own || is_stable => ("the free-threaded ", ""),
            (false, true) if is_own || is_stable => ("", " with a GIL"),
            _ if is_own => {
                let abis = listed(quoted(&wheel.abis));
                return Some(format!("needs the ABI {abis}, this Python has `{own_abi}`"));
            }
            _ => ("", ""),
        };
    let names = listed(wheel.pythons.iter().map(|python| name(python)));
    let newer = if is_stable { " or newer" } else { "" };
    Some(format!("is for {before}{names}{newer}{after}"))
}

/// The name of the Python that a tag is for, such as `cp312`.
fn name(tag: &str) -> String {
    let digits = tag.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let implementation = match tag.strip_suffix(digits) {
        Some("cp") => "CPython",
        Some("pp") => "PyPy",
        Some("py") => "Python",
        _ => return format!("`{tag}`"),
    };
    match digits.split_at_checked(1) {
        Some((major, "")) => format!("{implementation} {major}"),
        Some((major, minor)) => format!("{implementation} {major}.{minor}"),
        None => format!("`{tag}`"),
    }
}

/// Why a wheel does not fit the platform, whatever the Python. None if it does, or if there is no
/// better reason than its tags.
fn other_platform(tags: &Tags, runtime: Option<&Runtime>, wheel: &FileName) -> Option<String> {
    let own = tags.platforms();
    if wheel.platforms.iter().any(|platform| platform == "any" || own.contains(platform)) {
        return None;
    }
    let own: Vec<Platform> = own.iter().filter_map(|tag| Platform::parse(tag)).collect();
    let wanted: Option<Vec<Platform>> =
        wheel.platforms.iter().map(|tag| Platform::parse(tag)).collect();
    let Some(mut wanted) = wanted else {
        return Some(format!("is for {}", listed(quoted(&wheel.platforms))));
    };
    // The platforms that are nearest to this one give the reason.
    let systems = listed(wanted.iter().map(|platform| platform.system.name().to_owned()));
    wanted.retain(|platform| own.iter().any(|own| own.system == platform.system));
    if wanted.is_empty() {
        return Some(format!("is for {systems}"));
    }
    let cpus = listed(wanted.iter().map(|platform| platform.cpu.to_owned()));
    wanted.retain(|platform| own.iter().any(|own| own.cpu == platform.cpu));
    let Some(least) = wanted.iter().filter_map(|platform| platform.version).min() else {
        return wanted.is_empty().then(|| format!("is for {cpus}"));
    };
    if wanted.iter().any(|platform| platform.system == System::MacOs) {
        let (major, minor) = own.iter().filter_map(|own| own.version).max()?;
        return Some(format!(
            "needs macOS {}.{}, the target has {major}.{minor}",
            least.0, least.1
        ));
    }
    older_libc(runtime, &wanted)
}

/// The reason why the C library of the target is not that of a wheel for the same CPU.
fn older_libc(runtime: Option<&Runtime>, wanted: &[Platform]) -> Option<String> {
    let least = |library| {
        let wanted = wanted.iter().filter(|platform| platform.library == Some(library));
        wanted.filter_map(|platform| platform.version).min()
    };
    let (library, version) = match runtime.and_then(|runtime| runtime.libc) {
        None => {
            let library = wanted.iter().find_map(|platform| platform.library)?;
            return Some(format!(
                "needs {}, and no C library was found in the target",
                library.name()
            ));
        }
        Some(Libc::Glibc { major, minor }) => (Library::Glibc, (major, minor)),
        Some(Libc::Musl { major, minor }) => (Library::Musl, (major, minor)),
    };
    let Some(least) = least(library) else {
        return Some(format!("is for {}", wanted.iter().find_map(|other| other.library)?.name()));
    };
    (least > version).then(|| {
        let name = library.name();
        format!("needs {name} {}.{}, the target has {}.{}", least.0, least.1, version.0, version.1)
    })
}

fn quoted(tags: &[String]) -> impl Iterator<Item = String> {
    tags.iter().map(|tag| format!("`{tag}`"))
}

/// Names in a sentence, each once.
fn listed(names: impl Iterator<Item = String>) -> String {
    let mut listed: Vec<String> = Vec::new();
    for name in names {
        if !listed.contains(&name) {
            listed.push(name);
        }
    }
    listed.join(" or ")
}

#[cfg(test)]
mod tests;
