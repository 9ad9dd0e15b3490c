//! Versions in the names of files: of interpreters, their libraries and their directories.

/// The information in the name of a Python.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) version: (u32, u32),
    /// The letters after the version: `t`, `d`, `m`.
    pub(super) flags: String,
}

/// The version in the name of an interpreter: `python3.13t`, `pypy3.10`, `python3.12.exe`. None if
/// there is none, or if it does not have two numbers.
pub(super) fn of_interpreter(name: &str) -> Option<Named> {
    let name = name.strip_suffix(".exe").unwrap_or(name);
    dotted(name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?)
}

/// The version in the name of a library: `libpython3.13t.so.1.0`, `libpypy3.10-c.so`,
/// `libpython3.12.dylib`, `python313t.dll`, the `Python` of a framework with its path. None if it is
/// not the library of a Python, or is the one for all versions (`libpython3.so`).
pub(super) fn of_library(path: &str) -> Option<Named> {
    let (directory, name) = path.rsplit_once(['/', '\\']).unwrap_or(("", path));
    if let Some(stem) = name.to_ascii_lowercase().strip_suffix(".dll") {
        return undotted(stem.strip_prefix("python")?);
    }
    if matches!(name, "Python" | "PythonT") {
        let version = directory.rsplit_once("/Versions/")?.1;
        return dotted(version);
    }
    let rest = name.strip_prefix("libpython").or_else(|| name.strip_prefix("libpypy"))?;
    let end = [".so", ".dylib", "-c."].iter().filter_map(|end| rest.find(end)).min()?;
    dotted(rest.get(..end)?)
}

/// Reads the form `3.13t`.
pub(super) fn dotted(text: &str) -> Option<Named> {
    let (major, rest) = text.split_once('.')?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (minor, flags) = rest.split_at_checked(digits)?;
    named(major, minor, flags)
}

/// Reads the form `313t`.
fn undotted(text: &str) -> Option<Named> {
    let (major, rest) = text.split_at_checked(1)?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (minor, flags) = rest.split_at_checked(digits)?;
    named(major, minor, flags)
}

fn named(major: &str, minor: &str, flags: &str) -> Option<Named> {
    // `u32::from_str` takes a sign as well.
    let number =
        |text: &str| text.parse().ok().filter(|_| !text.starts_with('+') && text.len() < 4);
    let is_flags = flags.chars().all(|letter| matches!(letter, 't' | 'd' | 'm' | 'u'));
    is_flags.then_some(())?;
    Some(Named { version: (number(major)?, number(minor)?), flags: flags.to_owned() })
}

/// The directory of a path with `/`: of `/usr/bin/python3`, `/usr/bin`; of `/bin`, `/`.
pub(super) fn parent(path: &str) -> &str {
    match path.rsplit_once('/') {
        None | Some(("", _)) => "/",
        Some((directory, _)) => directory,
    }
}

/// The last name of a path with `/`.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A path below a directory, both with `/`.
pub(super) fn join(directory: &str, name: &str) -> String {
    if directory.ends_with('/') {
        format!("{directory}{name}")
    } else {
        format!("{directory}/{name}")
    }
}

/// A directory and all directories above it, the nearest first.
pub(super) fn upwards(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |directory| {
        (*directory != "/").then(|| parent(directory))
    })
}

/// A path of an image, absolute, with `/`, without a drive and without `.` and `..`.
pub(super) fn normal(path: &str) -> String {
    let is_windows = path.contains('\\') || path.as_bytes().get(1) == Some(&b':');
    let path = if is_windows { path.replace('\\', "/") } else { path.to_owned() };
    let path = match path.split_once(':') {
        Some((drive, rest)) if is_windows && drive.len() == 1 => rest,
        _ => &path,
    };
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => _ = names.pop(),
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}
