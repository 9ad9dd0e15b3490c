//! The scripts of a distribution: which ones, their names, and their Python source.
//!
//! This module chooses the scripts and composes their source; the host writes them. The shebang or
//! launcher program before the Python source is the host's part as well.

use crate::bindings::ensurepip::bootstrap::types::{OsName, Python, ScriptSet};
use crate::entry_path::{EntryPath, fold};
use crate::entry_points::EntryPoint;
use pep440_rs::Version;
use std::collections::HashSet;
use std::str::FromStr as _;

/// The commands to install: the declared ones, except that those of pip and of setuptools' `easy_install`
/// are exactly the requested ones, whatever the wheel declares. Old wheels declare `pip3.N` for the Python
/// they were built with.
pub(crate) fn choose(declared: &[EntryPoint], set: ScriptSet, python: &Python) -> Vec<EntryPoint> {
    let (major, minor) = (python.version.major, python.version.minor);
    let mut chosen = Vec::with_capacity(declared.len() + 2);
    let mut others = declared.to_vec();
    for (name, separator, is_own) in VERSIONED {
        let Some(command) = console_command(declared, name) else { continue };
        let mut names = Vec::with_capacity(3);
        if set == ScriptSet::DefaultPip {
            names.push((*name).to_owned());
        }
        if set != ScriptSet::Alternate && *name == PIP {
            names.push(format!("{name}{separator}{major}"));
        }
        names.push(format!("{name}{separator}{major}.{minor}"));
        chosen.extend(names.into_iter().map(|name| EntryPoint { name, ..command.clone() }));
        others.retain(|command| !is_own(&command.name));
    }
    chosen.append(&mut others);
    chosen
}

/// The command of pip.
const PIP: &str = "pip";

/// Whether a name is one of a command's own.
type IsOwn = fn(&str) -> bool;

/// The commands whose scripts have the version of the Python in their names: what is before the version,
/// and which names are their own.
const VERSIONED: &[(&str, &str, IsOwn)] =
    &[(PIP, "", is_pip), ("easy_install", "-", is_easy_install)];

/// The console command of this name.
fn console_command<'declared>(
    declared: &'declared [EntryPoint],
    name: &str,
) -> Option<&'declared EntryPoint> {
    declared.iter().find(|command| command.name == name && !command.gui)
}

/// Whether a command is named `easy_install` or `easy_install-X.Y`.
fn is_easy_install(name: &str) -> bool {
    let Some(version) = name.strip_prefix("easy_install") else { return false };
    version.is_empty()
        || version.strip_prefix('-').is_some_and(|version| is_pip(&format!("pip{version}")))
}

/// Whether a command is named `pip`, `pipX` or `pipX.Y`.
fn is_pip(name: &str) -> bool {
    let Some(version) = name.strip_prefix("pip") else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match version.split_once('.') {
        None => version.is_empty() || is_number(version),
        Some((major, minor)) => is_number(major) && is_number(minor),
    }
}

/// Checks the name of a script. The error is a clause that states its flaw.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    EntryPath::new(name)?;
    if !name.chars().all(|c| c.is_alphanumeric() || "-_.+".contains(c)) {
        return Err("the name of a script has a character that is not allowed");
    }
    if name.starts_with(['-', '.']) {
        return Err("the name of a script begins like an option or a hidden file");
    }
    if is_interpreter(name) {
        return Err("the script would shadow a Python interpreter");
    }
    if is_of_environment(name) {
        return Err("the script would replace a part of a virtual environment");
    }
    Ok(())
}

/// Whether a file of this name would be taken for an interpreter, on any platform.
pub(crate) fn is_interpreter(name: &str) -> bool {
    let name = fold(name);
    let stem = [".exe", ".py", ".pyw"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let stem = stem.unwrap_or(&name);
    ["pythonw", "python", "pypy", "graalpy"].iter().any(|interpreter| {
        stem.strip_prefix(interpreter).is_some_and(|version| {
            version.chars().all(|c| c.is_ascii_digit() || ".td_-".contains(c))
        })
    })
}

/// Whether a virtual environment has a script of this name, for any shell.
fn is_of_environment(name: &str) -> bool {
    let name = fold(name);
    let stem = name.split('.').next().unwrap_or_default();
    matches!(stem, "activate" | "deactivate" | "activate_this")
}

/// Whether a file in the prefix, by the folded components of its path, would replace an
/// interpreter, a file that an interpreter looks for beside itself, or a module of its own library.
pub(crate) fn is_part_of_python(components: &[&str]) -> bool {
    let Some((last, directories)) = components.split_last() else { return false };
    if is_interpreter(last) || *last == "pyvenv.cfg" || last.ends_with("._pth") {
        return true;
    }
    let is_python = |name: &str| ["python", "pypy"].iter().any(|start| name.starts_with(start));
    if is_python(last.strip_prefix("lib").unwrap_or(last))
        && [".dll", ".so", ".dylib", ".zip", ".a", ".lib"].iter().any(|part| last.contains(part))
    {
        return true;
    }
    match directories {
        ["dlls", ..] => true,
        ["bin" | "scripts"] => is_of_environment(last),
        [first, second, ..] if first.starts_with("lib") && is_python(second) => true,
        // On Windows the library is `Lib` itself.
        ["lib", ..] => [".py", ".pyd"].iter().any(|suffix| last.ends_with(suffix)),
        _ => false,
    }
}

/// The name of a file in the prefix that is in the directory of its scripts, on any platform.
pub(crate) fn name_in_prefix(path: &EntryPath) -> Option<&str> {
    let (first, name) = path.as_str().split_once('/')?;
    (!name.contains('/') && ["bin", "scripts"].contains(&fold(first).as_str())).then_some(name)
}

/// The names of scripts that are taken, on any platform.
pub(crate) struct Taken {
    names: HashSet<String>,
    /// Whether pip will get the requested scripts.
    has_pip: bool,
}

impl Taken {
    /// Makes an empty list for a wheel that declares these commands.
    pub(crate) fn new(declared: &[EntryPoint]) -> Taken {
        Taken { names: HashSet::new(), has_pip: console_command(declared, PIP).is_some() }
    }

    /// Takes a name, and returns whether it was available.
    pub(crate) fn add(&mut self, name: &str) -> bool {
        let folded = fold(name);
        // The suffixes that Windows adds to a command's name, now or with older installers.
        let suffix = [".exe", "-script.py", "-script.pyw"];
        let plain = suffix.iter().find_map(|suffix| folded.strip_suffix(suffix));
        let plain = plain.unwrap_or(&folded);
        // The requested scripts replace the declared ones, and no others.
        let may_be_pips = self.has_pip && is_pip(plain) && !is_pip(name);
        self.names.insert(plain.to_owned()) && !may_be_pips
    }

    /// Takes the name of a file, and returns whether it was available.
    pub(crate) fn add_file(&mut self, name: &str) -> bool {
        let is_new = self.add(name);
        is_new && !(self.has_pip && is_pip(name))
    }
}

/// The Python source of a command's script, in the wording of this version of pip, or of the newest. pip
/// installs itself, so the wording is its own and has changed with it.
pub(crate) fn source(command: &EntryPoint, pip: Option<&str>) -> String {
    let (module, function) = (&command.module, &command.attribute);
    let import = function.split('.').next().unwrap_or(function);
    let is_before = |version: &str| {
        let version = Version::from_str(version).expect("is a version");
        pip.is_some_and(|pip| Version::from_str(pip).is_ok_and(|pip| pip < version))
    };
    if is_before("25.2") {
        // Until 19.3 the wording was pip's own, and since then it is distlib's.
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

/// The file name of the launcher program that Windows needs before the source, as in the distlib of
/// pip's wheel; none elsewhere.
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
    use super::{check_name, is_part_of_python, is_pip, name_in_prefix, source};
    use crate::entry_path::EntryPath;
    use crate::entry_points::EntryPoint;

    #[test]
    fn pip_script_names_are_recognized() {
        for name in ["pip", "pip3", "pip3.13", "pip10"] {
            assert!(is_pip(name), "{name}");
        }
        for name in ["pipx", "pip3.99.1", "pip3.", "pip.3", "pi", "PIP"] {
            assert!(!is_pip(name), "{name}");
        }
    }

    #[test]
    fn script_name_shadowing_interpreter_or_path_is_rejected() {
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

    /// The layout of CPython and PyPy: on Windows below `DLLs`, `libs` and `Lib`, elsewhere below
    /// `lib` or `lib64`.
    #[test]
    fn files_of_python_in_prefix_are_recognized() {
        let is_part = |path: &str| is_part_of_python(&path.split('/').collect::<Vec<_>>());
        for path in [
            "bin/python3.13",
            "python.exe",
            "pyvenv.cfg",
            "python313._pth",
            "python313.dll",
            "python313.zip",
            "libs/python313.lib",
            "lib/libpython3.13.so.1.0",
            "lib/libpython3.13.a",
            "bin/libpypy3.10-c.so",
            "dlls/_ssl.pyd",
            "dlls/libssl-3.dll",
            "bin/activate",
            "scripts/activate.bat",
            "lib/python3.13/os.py",
            "lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so",
            "lib64/python3.13/lib-dynload/_ssl.so",
            "lib/pypy3.10/license.txt",
            "lib/os.py",
            "lib/site-packages/x.pyd",
        ] {
            assert!(is_part(path), "{path}");
        }
        for path in [
            "share/doc/python-guide.txt",
            "share/python/example.txt",
            "share/native.so",
            "share/archive.zip",
            "lib/other/native.so",
            "lib/pkgconfig/other.pc",
            "share/activate",
            "bin/deep/activate",
            "share/os.py",
            "bin/tool",
        ] {
            assert!(!is_part(path), "{path}");
        }
    }

    #[test]
    fn name_in_prefix_is_that_of_a_file_right_in_bin_or_scripts() {
        for (path, expected) in [
            ("bin/tool", Some("tool")),
            ("Scripts/tool.exe", Some("tool.exe")),
            ("share/tool", None),
            ("bin/deep/tool", None),
            ("share/bin/tool", None),
            ("tool", None),
        ] {
            let path = EntryPath::new(path).expect("is a path");
            assert_eq!(name_in_prefix(&path), expected, "{path:?}");
        }
    }

    #[test]
    fn launcher_source_of_dotted_attribute_calls_full_path() {
        let command = EntryPoint {
            name: "x".to_owned(),
            module: "a.b".to_owned(),
            attribute: "c.d".to_owned(),
            gui: false,
        };
        assert_eq!(
            source(&command, None),
            "import sys\nfrom a.b import c\nif __name__ == '__main__':\n    \
             sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit(c.d())\n"
        );
    }
}
