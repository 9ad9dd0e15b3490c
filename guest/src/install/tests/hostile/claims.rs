//! Wheels that are hostile by what they say of themselves, or by what they would put elsewhere.

use super::{Builder, CONTENTS, Case, FaultCode as Code, How::Wheel};
use crate::install::tests::builder::metadata;

const X: &str = "pip/x.py";
const RECORD: &str = "pip-26.3.dist-info/RECORD";
const METADATA: &str = "pip-26.3.dist-info/METADATA";
const WHEEL_FILE: &str = "pip-26.3.dist-info/WHEEL";
const ENTRY_POINTS: &str = "pip-26.3.dist-info/entry_points.txt";

pub(super) fn cases() -> Vec<Case> {
    [records(), headers(), elsewhere(), startup(), debundled(), entry_points(), scripts()]
        .into_iter()
        .flatten()
        .collect()
}

/// Gives a file another row.
fn row(wheel: Builder, row: &str) -> Builder {
    wheel.unlisted(X).rows(row)
}

fn records() -> Vec<Case> {
    vec![
        ("a file that is not listed", Code::Unlisted, X, Wheel(|wheel| wheel.unlisted(X))),
        (
            "a row without a file",
            Code::Phantom,
            "pip/gone.py",
            Wheel(|wheel| wheel.rows("pip/gone.py,,\n")),
        ),
        (
            "a row that climbs",
            Code::Phantom,
            "../../../bin/python3",
            Wheel(|wheel| wheel.rows("../../../bin/python3,,\n")),
        ),
        (
            "a row that is absolute",
            Code::Phantom,
            "/etc/passwd",
            Wheel(|wheel| wheel.rows("/etc/passwd,,\n")),
        ),
        (
            "a row for a file by another way",
            Code::Phantom,
            "pip/../pip/x.py",
            Wheel(|wheel| wheel.rows(&Builder::row("pip/../pip/x.py", CONTENTS.as_bytes()))),
        ),
        (
            "a row twice",
            Code::Record,
            RECORD,
            Wheel(|wheel| wheel.rows(&Builder::row(X, CONTENTS.as_bytes()))),
        ),
        ("a row of two columns", Code::Record, RECORD, Wheel(|wheel| wheel.rows("pip/x.py,\n"))),
        ("a row of four columns", Code::Record, RECORD, Wheel(|wheel| wheel.rows("a,,,\n"))),
        (
            "another digest",
            Code::Mismatch,
            X,
            Wheel(|wheel| row(wheel, &Builder::row(X, &[b'x'; CONTENTS.len()]))),
        ),
        (
            "another size",
            Code::Mismatch,
            X,
            Wheel(|wheel| {
                let honest = Builder::row(X, CONTENTS.as_bytes());
                row(wheel, &honest.replace(&format!(",{}\n", CONTENTS.len()), ",1\n"))
            }),
        ),
        (
            "a digest by MD5",
            Code::WeakDigest,
            X,
            Wheel(|wheel| row(wheel, "pip/x.py,md5=K_NVxLjRGNUzV-Nq_tqASQ,\n")),
        ),
        (
            "a digest by SHA-1",
            Code::WeakDigest,
            X,
            Wheel(|wheel| row(wheel, "pip/x.py,sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk,\n")),
        ),
        ("no digest", Code::WeakDigest, X, Wheel(|wheel| row(wheel, "pip/x.py,,\n"))),
    ]
}

fn headers() -> Vec<Case> {
    vec![
        (
            "a second metadata directory",
            Code::DistInfo,
            super::WHEEL,
            Wheel(|wheel| wheel.file("evil-1.0.dist-info/METADATA", &metadata("evil", "1.0"))),
        ),
        (
            "a second metadata directory in capitals",
            Code::DistInfo,
            super::WHEEL,
            Wheel(|wheel| wheel.file("evil-1.0.DIST-INFO/METADATA", &metadata("evil", "1.0"))),
        ),
        (
            "metadata by way of purelib",
            Code::DistInfo,
            "pip-26.3.data/purelib/evil-1.0.dist-info/METADATA",
            Wheel(|wheel| {
                wheel.data("purelib/evil-1.0.dist-info/METADATA", &metadata("evil", "1.0"))
            }),
        ),
        (
            "an installer by way of purelib",
            Code::DistInfo,
            "pip-26.3.data/purelib/pip-26.3.dist-info/INSTALLER",
            Wheel(|wheel| wheel.data("purelib/pip-26.3.dist-info/INSTALLER", "evil\n")),
        ),
        (
            "metadata of an older kind",
            Code::DistInfo,
            "pip-99.egg-info/PKG-INFO",
            Wheel(|wheel| wheel.file("pip-99.egg-info/PKG-INFO", &metadata("pip", "99"))),
        ),
        (
            "an egg link",
            Code::DistInfo,
            "evil.egg-link",
            Wheel(|wheel| wheel.file("evil.egg-link", "/tmp/evil\n")),
        ),
        (
            "an installer",
            Code::DistInfo,
            "pip-26.3.dist-info/INSTALLER",
            Wheel(|wheel| wheel.metadata("INSTALLER", "evil\n")),
        ),
        (
            "a direct URL",
            Code::DistInfo,
            "pip-26.3.dist-info/direct_url.json",
            Wheel(|wheel| wheel.metadata("direct_url.json", "{}")),
        ),
        ("no metadata", Code::Metadata, METADATA, Wheel(|wheel| wheel.without(METADATA))),
        (
            "metadata of another project",
            Code::Metadata,
            METADATA,
            Wheel(|wheel| wheel.metadata("METADATA", &metadata("evil", "26.3"))),
        ),
        (
            "metadata of another version",
            Code::Metadata,
            METADATA,
            Wheel(|wheel| wheel.metadata("METADATA", &metadata("pip", "99"))),
        ),
        (
            "metadata with two names",
            Code::Metadata,
            METADATA,
            Wheel(|wheel| wheel.metadata("METADATA", &(metadata("pip", "26.3") + "Name: evil\n"))),
        ),
        (
            "metadata that is not Unicode",
            Code::Metadata,
            METADATA,
            Wheel(|wheel| wheel.metadata("METADATA", "Name\n")),
        ),
        ("no WHEEL", Code::WheelFile, WHEEL_FILE, Wheel(|wheel| wheel.without(WHEEL_FILE))),
        (
            "a format to come",
            Code::WheelFile,
            WHEEL_FILE,
            Wheel(|wheel| wheel.metadata("WHEEL", "Wheel-Version: 2.0\nRoot-Is-Purelib: true\n")),
        ),
        (
            "two answers for where it goes",
            Code::WheelFile,
            WHEEL_FILE,
            Wheel(|wheel| {
                let twice = "Root-Is-Purelib: true\nRoot-Is-Purelib: false\n";
                wheel.metadata("WHEEL", &format!("Wheel-Version: 1.0\n{twice}"))
            }),
        ),
    ]
}

/// A case of a file with this name.
macro_rules! named {
    ($what:literal, $code:ident, $name:literal) => {
        ($what, Code::$code, $name, Wheel(|wheel| wheel.file($name, "evil")))
    };
}

fn elsewhere() -> Vec<Case> {
    vec![
        named!("an unknown key", DataKey, "pip-26.3.data/bogus/evil.py"),
        named!("a key in capitals", DataKey, "pip-26.3.data/PURELIB/evil.py"),
        named!("data without a key", DataKey, "pip-26.3.data/evil.py"),
        named!("data of another wheel", DataKey, "evil-1.0.data/purelib/evil.py"),
        named!("data in capitals", DataKey, "PIP-26.3.DATA/purelib/evil.py"),
        named!("an interpreter among data", ScriptName, "pip-26.3.data/data/bin/python3.13"),
        named!("an interpreter for Windows", ScriptName, "pip-26.3.data/data/Python.EXE"),
        named!("a library of Python", ScriptName, "pip-26.3.data/data/lib/libpython3.13.so.1.0"),
        named!("a DLL of Python", ScriptName, "pip-26.3.data/data/python313.dll"),
        named!("settings of an environment", ScriptName, "pip-26.3.data/data/pyvenv.cfg"),
        named!("paths of an interpreter", ScriptName, "pip-26.3.data/data/python313._pth"),
        named!("a module of Python", ScriptName, "pip-26.3.data/data/lib/python3.13/os.py"),
        named!("a module on Windows", ScriptName, "pip-26.3.data/data/Lib/json/__init__.py"),
        named!("an activation script", ScriptName, "pip-26.3.data/data/bin/activate"),
        named!("bytecode", Bytecode, "pip/evil.pyc"),
        named!("bytecode in capitals", Bytecode, "pip/evil.PYC"),
        named!("bytecode of an old kind", Bytecode, "pip/evil.pyo"),
        named!("cached bytecode", Bytecode, "pip/__pycache__/x.cpython-313.pyc"),
        named!("a cache of something else", Bytecode, "pip/__pycache__/evil.so"),
        named!("bytecode by way of platlib", Bytecode, "pip-26.3.data/platlib/pip/evil.pyc"),
    ]
}

fn startup() -> Vec<Case> {
    vec![
        named!("path configuration", PthFile, "evil.pth"),
        named!("path configuration in capitals", PthFile, "evil.PTH"),
        named!("path configuration by way of platlib", PthFile, "pip-26.3.data/platlib/evil.pth"),
        named!("path configuration among data", PthFile, "pip-26.3.data/data/lib/x/evil.pth"),
        named!("entry points at every start", PthFile, "evil.start"),
        named!("a module that customizes", PthFile, "sitecustomize.py"),
        named!("a package that customizes", PthFile, "usercustomize/__init__.py"),
        named!("an extension that customizes", PthFile, "sitecustomize.cpython-313-darwin.so"),
    ]
}

/// A case of a pip with this `pip/_vendor/__init__.py`.
macro_rules! vendor {
    ($what:literal, $module:literal) => {
        (
            $what,
            Code::Debundled,
            "pip/_vendor/__init__.py",
            Wheel(|wheel| {
                wheel
                    .file("pip/_vendor/__init__.py", $module)
                    .file("pip/_vendor/six.py", "")
                    .file("pip/_vendor/requests/__init__.py", "")
            }),
        )
    };
}

fn debundled() -> Vec<Case> {
    vec![
        vendor!("no libraries", "DEBUNDLED = True\nvendored(\"six\")\nvendored(\"rich.text\")\n"),
        vendor!("no libraries, as a number", "DEBUNDLED=1 # here\n    vendored(\"packaging\")\n"),
        vendor!(
            "no libraries in the end",
            "DEBUNDLED = False\nDEBUNDLED = True\nvendored(\"a\")\n"
        ),
    ]
}

/// A case of an `entry_points.txt` with this line.
macro_rules! entry_point {
    ($what:literal, $code:ident, $line:literal) => {
        (
            $what,
            Code::$code,
            ENTRY_POINTS,
            Wheel(|wheel| {
                wheel.entry_points(concat!("[console_scripts]\npip = pip:main\n", $line, "\n"))
            }),
        )
    };
}

fn entry_points() -> Vec<Case> {
    vec![
        entry_point!("a reference with more code", EntryPoint, "x = evil:main;print(1)"),
        entry_point!("a reference that calls", EntryPoint, "x = evil:main()"),
        entry_point!("a reference without an object", EntryPoint, "x = evil"),
        entry_point!("a line without a reference", EntryPoint, "x"),
        entry_point!("an indented line", EntryPoint, "  x = evil:main"),
        entry_point!("a group twice", EntryPoint, "[console_scripts]"),
        entry_point!("a script that climbs", ScriptName, "../x = evil:main"),
        entry_point!("a script elsewhere", ScriptName, "/tmp/x = evil:main"),
        entry_point!("a script further down", ScriptName, "sub/x = evil:main"),
        entry_point!("a script with a backslash", ScriptName, "..\\x = evil:main"),
        entry_point!("python3", ScriptName, "python3 = evil:main"),
        entry_point!("Python", ScriptName, "Python = evil:main"),
        entry_point!("python.exe", ScriptName, "python.EXE = evil:main"),
        entry_point!("python3.13t", ScriptName, "python3.13t = evil:main"),
        entry_point!("python.py", ScriptName, "python.py = evil:main"),
        entry_point!("pypy3", ScriptName, "pypy3 = evil:main"),
        entry_point!("a fullwidth python", ScriptName, "\u{ff50}ython = evil:main"),
        entry_point!("activate", ScriptName, "activate = evil:main"),
        entry_point!("a script like an option", ScriptName, "-rf = evil:main"),
        entry_point!("a script that is a device", ScriptName, "aux = evil:main"),
        entry_point!("a script with a shell in it", ScriptName, "x;y = evil:main"),
        entry_point!("pip in capitals", ScriptName, "PIP = evil:main"),
        entry_point!("pip with an extension", ScriptName, "pip3.13.exe = evil:main"),
        (
            "two windows",
            Code::ScriptName,
            ENTRY_POINTS,
            Wheel(|wheel| wheel.entry_points("[console_scripts]\nx=a:b\n[gui_scripts]\nX=a:b\n")),
        ),
    ]
}

fn scripts() -> Vec<Case> {
    vec![
        named!("a file for python3", ScriptName, "pip-26.3.data/scripts/python3"),
        named!("a file for PYTHON.EXE", ScriptName, "pip-26.3.data/scripts/PYTHON.EXE"),
        named!("a script's directory", ScriptName, "pip-26.3.data/scripts/sub/x"),
        named!("a hidden script", ScriptName, "pip-26.3.data/scripts/.x"),
        named!("a file for Activate.ps1", ScriptName, "pip-26.3.data/scripts/Activate.ps1"),
        named!("a file for a declared script", ScriptName, "pip-26.3.data/scripts/pip3"),
        named!("a file for a script to come", ScriptName, "pip-26.3.data/scripts/pip3.13"),
        named!("a file for Pip.exe", ScriptName, "pip-26.3.data/scripts/Pip.exe"),
        named!("a file beside pip.exe", ScriptName, "pip-26.3.data/scripts/pip-script.py"),
        named!("data for a declared script", ScriptName, "pip-26.3.data/data/bin/pip"),
        named!("data for a script on Windows", ScriptName, "pip-26.3.data/data/Scripts/PIP3.exe"),
        (
            "two files for one script",
            Code::ScriptName,
            "pip-26.3.data/data/bin/x",
            Wheel(|wheel| wheel.data("scripts/x", "").data("data/bin/x", "evil")),
        ),
    ]
}
