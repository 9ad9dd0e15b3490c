//! The name of an archive entry, checked: the only kind of path that is ever written.
//!
//! Does not touch any file system. A name that is not plainly a relative path below a directory,
//! on every platform alike, is refused and never repaired: a root may be moved, and what one
//! installer repairs another one reads differently.

use std::fmt;

/// A relative, normalized path of at least one component, separated by `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct EntryPath(String);

impl EntryPath {
    /// Checks the name of a file. The error is a clause that says what is wrong with it.
    pub(crate) fn new(name: &str) -> Result<EntryPath, &'static str> {
        if name.is_empty() {
            return Err("the name is empty");
        }
        if name.starts_with('/') {
            return Err("the path is absolute");
        }
        if name.contains('\\') {
            return Err("the path has a backslash");
        }
        if name.chars().any(char::is_control) {
            return Err("the name has a control character");
        }
        // A colon is a drive or a stream on Windows, and no wheel has need of one.
        if name.contains(':') {
            return Err("the path has a colon");
        }
        for component in name.split('/') {
            check_component(component)?;
        }
        Ok(EntryPath(name.to_owned()))
    }

    /// This path below another one.
    pub(crate) fn below(&self, parent: &str) -> String {
        format!("{parent}/{}", self.0)
    }

    /// The path as text, with `/`.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The first component, and the rest if there is one.
    pub(crate) fn split_first(&self) -> (&str, Option<EntryPath>) {
        match self.0.split_once('/') {
            Some((first, rest)) => (first, Some(EntryPath(rest.to_owned()))),
            None => (&self.0, None),
        }
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

fn check_component(component: &str) -> Result<(), &'static str> {
    match component {
        "" => Err("the path has an empty component"),
        "." | ".." => Err("the path has a `.` or `..` component"),
        _ if component.ends_with(['.', ' ']) => {
            // Windows drops them, so that two names become one.
            Err("a component ends in a dot or a space")
        }
        _ if is_reserved(component) => Err("a component is a device name on Windows"),
        _ => Ok(()),
    }
}

/// Whether Windows takes the name for a device, with whatever extension.
fn is_reserved(component: &str) -> bool {
    let stem = component.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    if matches!(stem.as_str(), "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") {
        return true;
    }
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    // The superscript digits count as digits there.
    matches!(
        numbered,
        Some("1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "\u{b9}" | "\u{b2}" | "\u{b3}")
    )
}

#[cfg(test)]
mod tests {
    use super::EntryPath;

    #[test]
    fn ordinary_names_pass() {
        for name in ["pip/__init__.py", "a", "a.b/c d/é.py", ".hidden", "com10.py", "console.py"] {
            assert_eq!(EntryPath::new(name).map(|path| path.0), Ok(name.to_owned()));
        }
    }

    #[test]
    fn names_that_are_no_paths_below_a_directory_are_refused() {
        for name in [
            "",
            "/",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a/..",
            "./a",
            "a//b",
            "a/",
            "a\\b",
            "C:/x",
            "a:b",
            "a\0b",
            "a\nb",
            "a\x7f",
            "aux.py",
            "lib/CON",
            "com1",
            "LPT\u{b9}.txt",
            "nul .py",
            "trailing.",
            "trailing ",
        ] {
            assert!(EntryPath::new(name).is_err(), "{name:?} passed");
        }
    }
}
