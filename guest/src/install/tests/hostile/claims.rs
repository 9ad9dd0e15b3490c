//! Wheels that are hostile by what they say of themselves, or by what they would put elsewhere.

use super::{CONTENTS, Case, FaultCode as Code, How::Wheel, WheelBuilder};
use crate::install::tests::wheel_builder::metadata;

const X: &str = "pip/x.py";
const RECORD: &str = "pip-30.3.dist-info/RECORD";
const METADATA: &str = "pip-30.3.dist-info/METADATA";
const WHEEL_FILE: &str = "pip-30.3.dist-info/WHEEL";
const ENTRY_POINTS: &str = "pip-30.3.dist-info/entry_points.txt";

pub(super) fn cases() -> Vec<Case> {
    [
        records(),
        dist_infos(),
        metadata_files(),
        wheel_files(),
        elsewhere(),
        startup(),
        entry_points(),
        scripts(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Gives a file another row.
fn row(wheel: WheelBuilder, row: &str) -> WheelBuilder {
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
            "a row without a file, with a digest",
            Code::Phantom,
            "pip/gone.py",
            Wheel(|wheel| wheel.rows(&WheelBuilder::row("pip/gone.py", b""))),
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
            Wheel(|wheel| wheel.rows(&WheelBuilder::row("pip/../pip/x.py", CONTENTS.as_bytes()))),
        ),
        (
            "a row twice",
            Code::Record,
            RECORD,
            Wheel(|wheel| wheel.rows(&WheelBuilder::row(X, CONTENTS.as_bytes()))),
        ),
        ("a row of two columns", Code::Record, RECORD, Wheel(|wheel| wheel.rows("pip/x.py,\n"))),
        ("a row of four columns", Code::Record, RECORD, Wheel(|wheel| wheel.rows("a,,,\n"))),
        (
            "another digest",
            Code::Mismatch,
            X,
            Wheel(|wheel| row(wheel, &WheelBuilder::row(X, &[b'x'; CONTENTS.len()]))),
        ),
        (
            "another size",
            Code::Mismatch,
            X,
            Wheel(|wheel| {
                let honest = WheelBuilder::row(X, CONTENTS.as_bytes());
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
        ("a size alone", Code::WeakDigest, X, Wheel(|wheel| row(wheel, "pip/x.py,,55\n"))),
    ]
}

fn dist_infos() -> Vec<Case> {
    vec![
        (
            "a second metadata directory",
            Code::DistInfo,
            super::WHEEL,
            Wheel(|wheel| wheel.file("evil-1.0.dist-info/METADATA", metadata("evil", "1.0"))),
        ),
        (
            "a second metadata directory in capitals",
            Code::DistInfo,
            super::WHEEL,
            Wheel(|wheel| wheel.file("evil-1.0.DIST-INFO/METADATA", metadata("evil", "1.0"))),
        ),
        (
            "metadata by way of purelib",
            Code::DistInfo,
            "pip-30.3.data/purelib/evil-1.0.dist-info/METADATA",
            Wheel(|wheel| {
                wheel.data("purelib/evil-1.0.dist-info/METADATA", &metadata("evil", "1.0"))
            }),
        ),
        named!(
            "an installer by way of purelib",
            DistInfo,
            "pip-30.3.data/purelib/pip-30.3.dist-info/INSTALLER"
        ),
        (
            "metadata of an older kind",
            Code::DistInfo,
            "pip-99.egg-info/PKG-INFO",
            Wheel(|wheel| wheel.file("pip-99.egg-info/PKG-INFO", metadata("pip", "99"))),
        ),
        named!("an egg link", DistInfo, "evil.egg-link"),
        named!("an installer", DistInfo, "pip-30.3.dist-info/INSTALLER"),
        named!("a request", DistInfo, "pip-30.3.dist-info/REQUESTED"),
        named!("a direct URL", DistInfo, "pip-30.3.dist-info/direct_url.json"),
    ]
}

/// A case of a `METADATA` in which one text is replaced by another.
macro_rules! metadata {
    ($what:literal, $text:literal, $other:literal) => {
        (
            $what,
            Code::Metadata,
            METADATA,
            Wheel(|wheel| wheel.file(METADATA, metadata("pip", "30.3").replace($text, $other))),
        )
    };
}

fn metadata_files() -> Vec<Case> {
    vec![
        ("no metadata", Code::Metadata, METADATA, Wheel(|wheel| wheel.without(METADATA))),
        (
            "metadata that is not Unicode",
            Code::Metadata,
            METADATA,
            Wheel(|wheel| wheel.file(METADATA, b"Name: \xff\n")),
        ),
        metadata!("metadata that is no header", "Name: pip", "Name"),
        metadata!("metadata of another project", "Name: pip", "Name: evil"),
        metadata!("metadata without a name", "Name: pip\n", ""),
        metadata!("metadata with two names", "Name: pip", "Name: pip\nname: evil"),
        metadata!("metadata with two names in a line", "Name: pip", "Name: pip\rName: evil"),
        metadata!("metadata of another version", "30.3", "99"),
        metadata!("metadata without a version", "Version: 30.3\n", ""),
        metadata!("metadata of a format to come", "2.4", "3.0"),
        metadata!("metadata of no format", "Metadata-Version: 2.4\n", ""),
        metadata!("metadata for an odd Python", ">=3.9", "three"),
    ]
}

/// A case of a `WHEEL` with these contents.
macro_rules! wheel_file {
    ($what:literal, $contents:literal) => {
        ($what, Code::WheelFile, WHEEL_FILE, Wheel(|wheel| wheel.metadata("WHEEL", $contents)))
    };
}

fn wheel_files() -> Vec<Case> {
    vec![
        ("no WHEEL", Code::WheelFile, WHEEL_FILE, Wheel(|wheel| wheel.without(WHEEL_FILE))),
        wheel_file!("an empty WHEEL", ""),
        wheel_file!("a WHEEL that is no header", "Wheel-Version 1.0\n"),
        wheel_file!("no format", "Root-Is-Purelib: true\n"),
        wheel_file!("a format to come", "Wheel-Version: 2.0\nRoot-Is-Purelib: true\n"),
        wheel_file!("a format before the first", "Wheel-Version: 0.1\nRoot-Is-Purelib: true\n"),
        wheel_file!("a format with a letter", "Wheel-Version: 1.x\nRoot-Is-Purelib: true\n"),
        wheel_file!("a format of one number", "Wheel-Version: 1\nRoot-Is-Purelib: true\n"),
        wheel_file!("no answer for where it goes", "Wheel-Version: 1.0\n"),
        wheel_file!("an odd one", "Wheel-Version: 1.0\nRoot-Is-Purelib: perhaps\n"),
        wheel_file!(
            "two of them",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nroot-is-purelib: false\n"
        ),
    ]
}

fn elsewhere() -> Vec<Case> {
    vec![
        named!("an unknown key", DataKey, "pip-30.3.data/bogus/evil.py"),
        named!("a key in capitals", DataKey, "pip-30.3.data/PURELIB/evil.py"),
        named!("data without a key", DataKey, "pip-30.3.data/evil.py"),
        named!("a key that is a file", DataKey, "pip-30.3.data/purelib"),
        named!("data of another wheel", DataKey, "evil-1.0.data/purelib/evil.py"),
        named!("data in capitals", DataKey, "PIP-30.3.DATA/purelib/evil.py"),
        named!("an interpreter among data", ScriptName, "pip-30.3.data/data/bin/python3.13"),
        named!("an interpreter for Windows", ScriptName, "pip-30.3.data/data/Python.EXE"),
        named!("a library of Python", ScriptName, "pip-30.3.data/data/lib/libpython3.13.so.1.0"),
        named!("a DLL of Python", ScriptName, "pip-30.3.data/data/python313.dll"),
        named!("settings of an environment", ScriptName, "pip-30.3.data/data/pyvenv.cfg"),
        named!("paths of an interpreter", ScriptName, "pip-30.3.data/data/python313._pth"),
        named!("a module of Python", ScriptName, "pip-30.3.data/data/lib/python3.13/os.py"),
        named!("a module on Windows", ScriptName, "pip-30.3.data/data/Lib/json/__init__.py"),
        named!("an activation script", ScriptName, "pip-30.3.data/data/bin/activate"),
        named!("bytecode", Bytecode, "pip/evil.pyc"),
        named!("bytecode in capitals", Bytecode, "pip/evil.PYC"),
        named!("bytecode of an old kind", Bytecode, "pip/evil.pyo"),
        named!("cached bytecode", Bytecode, "pip/__pycache__/x.cpython-313.pyc"),
        named!("a cache of something else", Bytecode, "pip/__pycache__/evil.so"),
        named!("cached bytecode of another Python", Bytecode, "pip/__pycache__/x.cpython-27.pyc"),
        named!("optimized bytecode", Bytecode, "pip/__pycache__/x.cpython-313.opt-2.pyc"),
        named!("bytecode without a source", Bytecode, "pip/__pycache__/evil.cpython-313.pyc"),
        named!("bytecode by way of platlib", Bytecode, "pip-30.3.data/platlib/pip/evil.pyc"),
    ]
}

fn startup() -> Vec<Case> {
    vec![
        named!("path configuration", PthFile, "evil.pth"),
        named!("path configuration in capitals", PthFile, "evil.PTH"),
        named!("path configuration by way of platlib", PthFile, "pip-30.3.data/platlib/evil.pth"),
        named!("path configuration among data", PthFile, "pip-30.3.data/data/lib/x/evil.pth"),
        named!("entry points at every start", PthFile, "evil.start"),
        named!("a module that customizes", PthFile, "sitecustomize.py"),
        named!("a package that customizes", PthFile, "usercustomize/__init__.py"),
        named!("an extension that customizes", PthFile, "sitecustomize.cpython-313-darwin.so"),
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
        entry_point!("a reference that ends early", EntryPoint, "x = evil:"),
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
            "a reference outside of all groups",
            Code::EntryPoint,
            ENTRY_POINTS,
            Wheel(|wheel| wheel.entry_points("x = evil:main\n")),
        ),
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
        named!("a file for python3", ScriptName, "pip-30.3.data/scripts/python3"),
        named!("a file for PYTHON.EXE", ScriptName, "pip-30.3.data/scripts/PYTHON.EXE"),
        named!("a script's directory", ScriptName, "pip-30.3.data/scripts/sub/x"),
        named!("a hidden script", ScriptName, "pip-30.3.data/scripts/.x"),
        named!("a file for Activate.ps1", ScriptName, "pip-30.3.data/scripts/Activate.ps1"),
        named!("a file for a declared script", ScriptName, "pip-30.3.data/scripts/pip3"),
        named!("a file for a script to come", ScriptName, "pip-30.3.data/scripts/pip3.13"),
        named!("a file for Pip.exe", ScriptName, "pip-30.3.data/scripts/Pip.exe"),
        named!("a file beside pip.exe", ScriptName, "pip-30.3.data/scripts/pip-script.py"),
        named!("data for a declared script", ScriptName, "pip-30.3.data/data/bin/pip"),
        named!("data for a script on Windows", ScriptName, "pip-30.3.data/data/Scripts/PIP3.exe"),
        (
            "two files for one script",
            Code::ScriptName,
            "pip-30.3.data/data/bin/x",
            Wheel(|wheel| wheel.data("scripts/x", "").data("data/bin/x", "evil")),
        ),
    ]
}
