//! The scripts of a distribution: which, under what names, and the Python in them.
//!
//! Decides and words; the host writes. What stands before the Python source, a shebang or a
//! launcher program, is the host's too.

use crate::bindings::ensurepip::bootstrap::types::{OsName, Python, ScriptSet};
use crate::entry_path::EntryPath;
use crate::entry_points::EntryPoint;
use pep440_rs::Version;
use std::str::FromStr as _;

/// The commands to install: those declared, except that of pip's own there are exactly the ones
/// asked for, whatever the wheel declares. Old wheels declare `pip3.N` for the Python they were
/// built with.
pub(crate) fn choose(declared: &[EntryPoint], set: ScriptSet, python: &Python) -> Vec<EntryPoint> {
    let Some(pip) = declared.iter().find(|command| command.name == "pip" && !command.gui) else {
        return declared.to_vec();
    };
    let (major, minor) = (python.version.major, python.version.minor);
    let mut names = Vec::with_capacity(3);
    if set == ScriptSet::DefaultPip {
        names.push("pip".to_owned());
    }
    if set != ScriptSet::Alternate {
        names.push(format!("pip{major}"));
    }
    names.push(format!("pip{major}.{minor}"));
    let chosen = names.into_iter().map(|name| EntryPoint { name, ..pip.clone() });
    let others = declared.iter().filter(|command| !is_pip(&command.name)).cloned();
    chosen.chain(others).collect()
}

/// Whether a command is called `pip`, `pipX` or `pipX.Y`.
fn is_pip(name: &str) -> bool {
    let Some(version) = name.strip_prefix("pip") else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match version.split_once('.') {
        None => version.is_empty() || is_number(version),
        Some((major, minor)) => is_number(major) && is_number(minor),
    }
}

/// Checks the name of a script. The error is a clause that says what is wrong with it.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    EntryPath::new(name)?;
    if !name.chars().all(|c| c.is_alphanumeric() || "-_.+".contains(c)) {
        return Err("the name of a script has a character that none may have");
    }
    if is_interpreter(name) {
        return Err("the script would shadow a Python interpreter");
    }
    Ok(())
}

/// Whether a file of this name would be taken for an interpreter, on any platform.
pub(crate) fn is_interpreter(name: &str) -> bool {
    let name = name.to_lowercase();
    let stem = [".exe", ".py", ".pyw"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let stem = stem.unwrap_or(&name);
    ["pythonw", "python", "pypy"].iter().any(|interpreter| {
        stem.strip_prefix(interpreter).is_some_and(|version| {
            version.chars().all(|c| c.is_ascii_digit() || ".td_-".contains(c))
        })
    })
}

/// The Python source of a command's script, as the pip of this version writes it. It installs
/// itself, so the wording is its own and has changed with it.
pub(crate) fn source(command: &EntryPoint, pip: &str) -> String {
    let (module, function) = (&command.module, &command.attribute);
    let import = function.split('.').next().unwrap_or(function);
    let is_before = |version: &str| {
        let version = Version::from_str(version).expect("is a version");
        Version::from_str(pip).is_ok_and(|pip| pip < version)
    };
    if is_before("25.2") {
        // Until 19.3 the wording was pip's own, and from then on that of distlib.
        let gap = if is_before("19.3") { "\n" } else { "" };
        let suffix = if is_before("19.3") && !is_before("9") { "pyw?" } else { "pyw" };
        return format!(
            "# -*- coding: utf-8 -*-\n\
             import re\n\
             import sys\n{gap}\
             from {module} import {import}\n{gap}\
             if __name__ == '__main__':\n    \
             sys.argv[0] = re.sub(r'(-script\\.{suffix}|\\.exe)?$', '', sys.argv[0])\n    \
             sys.exit({function}())\n"
        );
    }
    let strip_exe = if is_before("26") {
        "    if sys.argv[0].endswith('.exe'):\n        sys.argv[0] = sys.argv[0][:-4]\n"
    } else {
        "    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n"
    };
    format!(
        "import sys\n\
         from {module} import {import}\n\
         if __name__ == '__main__':\n{strip_exe}    \
         sys.exit({function}())\n"
    )
}

/// The file name of the launcher program that Windows needs before the source, as distlib in
/// pip's wheel calls it; none elsewhere.
pub(crate) fn stub_name(python: &Python, gui: bool) -> Option<String> {
    if python.os == OsName::Posix {
        return None;
    }
    let kind = if gui { 'w' } else { 't' };
    let machine = match python.platform.as_str() {
        "win-arm64" => "64-arm",
        "win-amd64" => "64",
        _ => "32",
    };
    Some(format!("{kind}{machine}.exe"))
}

#[cfg(test)]
mod tests {
    use super::{check_name, is_pip, source};
    use crate::entry_points::EntryPoint;

    #[test]
    fn names_of_pip_are_told_from_others() {
        for name in ["pip", "pip3", "pip3.13", "pip10"] {
            assert!(is_pip(name), "{name}");
        }
        for name in ["pipx", "pip3.99.1", "pip3.", "pip.3", "pi", "PIP"] {
            assert!(!is_pip(name), "{name}");
        }
    }

    #[test]
    fn scripts_that_shadow_or_climb_are_refused() {
        for name in
            ["python", "Python3", "python3.13", "PYTHONW.exe", "pypy3", "python.py", "python3.13t"]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["../x", "/tmp/x", "a/b", "a\\b", "", ".", "con", "a b", "a\nb", "a;b"] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["pip3.13", "python-argcomplete", "ipython3", "py.test", "pythonista"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn the_last_wording_imports_the_first_part_and_calls_the_whole() {
        let command = EntryPoint {
            name: "x".to_owned(),
            module: "a.b".to_owned(),
            attribute: "c.d".to_owned(),
            gui: false,
        };
        assert_eq!(
            source(&command, "26.3"),
            "import sys\nfrom a.b import c\nif __name__ == '__main__':\n    \
             sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit(c.d())\n"
        );
    }
}
