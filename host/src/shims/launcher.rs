//! The program that serves as a script on Windows: a ready stub with the script appended.
//!
//! It reads and writes no file, selects no stub and makes no script source: the caller does all
//! three.
//!
//! The bytes are those of distlib 0.4.4, as in pip, on Windows with `SOURCE_DATE_EPOCH` set. The
//! archive follows PKWARE's APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16.

use super::interpreter::{Interpreter, InterpreterError};
use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime};
use zip::DateTime;

/// Why no launcher can be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum LauncherError {
    /// The stub, of so many bytes, is not a program that Windows would load.
    #[error("launcher stub of {0} bytes does not begin with an `MZ` header")]
    NotAProgram(usize),
    /// The given text is not an interpreter.
    #[error(transparent)]
    Executable(#[from] InterpreterError),
    /// The stub would see this path end at a double quote.
    #[error("interpreter path holds a quote: `{}`", .0.escape_debug())]
    UnwritableExecutable(String),
    /// The archive's fields have no room for the size of a script of so many bytes.
    #[error("script of {0} bytes is too long for a launcher")]
    SourceTooLong(usize),
}

/// Returns the bytes of a program that runs `source` with the interpreter at `executable`.
///
/// `stub` is one of distlib's. It must be one without a console if `gui` is set, which also
/// replaces the given interpreter with the one without a console (`pythonw.exe`). `modified` is in
/// seconds since 1970, UTC; an archive rounds it down to two seconds and holds 1980 to 2107.
///
/// # Errors
///
/// Fails if the stub is not a Windows program, if [`Interpreter::windows`] rejects the path, if the
/// path holds a double quote (other than a pair around it), or if the script exceeds 4 GiB.
pub(crate) fn launcher(
    stub: &[u8],
    executable: &str,
    gui: bool,
    source: &str,
    modified: u64,
) -> Result<Vec<u8>, LauncherError> {
    if stub.len() < DOS_HEADER_LENGTH || !stub.starts_with(b"MZ") {
        return Err(LauncherError::NotAProgram(stub.len()));
    }
    let shebang = shebang(executable, gui)?;
    let archive = archive(source, modified).ok_or(LauncherError::SourceTooLong(source.len()))?;
    Ok([stub, shebang.as_bytes(), &archive].concat())
}

/// The header at the start of every Windows program, in bytes.
const DOS_HEADER_LENGTH: usize = 64;

/// The line in which the stub finds its interpreter.
///
/// The stub itself reads that line, so no limit of a kernel applies.
fn shebang(executable: &str, gui: bool) -> Result<String, LauncherError> {
    let interpreter = Interpreter::windows(executable)?;
    let unquoted = executable.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let path = unquoted.unwrap_or(executable);
    if path.contains('"') {
        return Err(LauncherError::UnwritableExecutable(executable.to_owned()));
    }
    let path = if gui { without_console(path) } else { path.to_owned() };
    let is_file = matches!(interpreter, Interpreter::File(_));
    let needs_quotes = unquoted.is_some() || is_file && path.contains(' ');
    Ok(if needs_quotes { format!("#!\"{path}\"\n") } else { format!("#!{path}\n") })
}

/// The interpreter beside this one that opens no console: `pythonw` for `python`.
fn without_console(path: &str) -> String {
    let (directory, name) = path.split_at(path.rfind(['\\', '/']).map_or(0, |last| last + 1));
    // pip makes a nonexistent `pythonww.exe` of `pythonw.exe`: replacing by way of `python` avoids
    // that.
    let name = name.replace("pythonw", "python").replace("python", "pythonw");
    format!("{directory}{name}")
}

/// Packs the source as `__main__.py`, the only member; `None` if it is too long.
///
/// It is written by hand because the `zip` crate marks a stored member as version 1.0, which no
/// option changes; Python marks it as 2.0.
fn archive(source: &str, modified: u64) -> Option<Vec<u8>> {
    const NAME: [u8; 11] = *b"__main__.py";
    // As the version that made the member, its upper byte means MS-DOS: on Windows.
    let version_2_0 = 20_u16.to_le_bytes();
    let size = u32::try_from(source.len()).ok()?.to_le_bytes();
    let description = [
        &version_2_0[..], // needed to extract
        &[0; 4],          // no flags, no compression
        &dos_date_and_time(modified).to_le_bytes(),
        &crc32fast::hash(source.as_bytes()).to_le_bytes(),
        &size,    // compressed
        &size,    // uncompressed
        &[11, 0], // length of the name
        &[0; 2],  // no extra field
    ]
    .concat();
    let member = [b"PK\x03\x04", &description[..], &NAME, source.as_bytes()].concat();
    let directory = [
        b"PK\x01\x02",
        &version_2_0[..], // made by
        &description,
        &[0; 6], // no comment, on the first disk, no internal attributes
        &(0o600_u32 << 16).to_le_bytes(), // external attributes: the mode
        &[0; 4], // offset of the member, counted from the archive and not the file
        &NAME,
    ]
    .concat();
    let end = [
        b"PK\x05\x06",
        &[0; 4][..],   // this is the first disk, as is that of the directory
        &[1, 0, 1, 0], // one member on this disk, one in all
        &u32::try_from(directory.len()).ok()?.to_le_bytes(),
        &u32::try_from(member.len()).ok()?.to_le_bytes(), // offset of the directory
        &[0; 2],                                          // no comment
    ]
    .concat();
    Some([member, directory, end].concat())
}

/// Converts seconds since 1970 to the date (upper half) and time (lower half) of MS-DOS, limited to the
/// first and last moment of that format.
fn dos_date_and_time(modified: u64) -> u32 {
    const FIRST: i64 = 315_532_800;
    const LAST: i64 = 4_354_819_199;
    let seconds = i64::try_from(modified).unwrap_or(LAST).clamp(FIRST, LAST);
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|moment| {
        DateTime::try_from(PrimitiveDateTime::new(moment.date(), moment.time())).ok()
    });
    let moment = moment.unwrap_or_default();
    (u32::from(moment.datepart()) << 16) | u32::from(moment.timepart())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ensurepip_wheels::BUNDLED;
    use std::io::Read;
    use std::{fs, process::Command};

    const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wheels");
    const SOURCE: &str = "import sys\nprint('é', sys.argv[1:])\n";

    /// distlib's own script maker, made to believe that it is on 64-bit Windows, and kept from
    /// writing files.
    const DISTLIB: &str = r"
import importlib, ntpath, os, sys, types
wheel, executable, kind, source = sys.argv[1:]
sys.path.insert(0, wheel)
from pip._vendor.distlib import scripts
os.name, posix = 'nt', os.name
importlib.reload(scripts)  # It knows launchers only if it is loaded on Windows.
os.name = posix
sys.platform = 'win32'  # What zipfile asks for the system that made a member.
scripts.os = types.SimpleNamespace(name='nt', path=ntpath, environ=os.environ)
scripts.struct = types.SimpleNamespace(calcsize=lambda _: 8)
scripts.get_platform = lambda: 'win-amd64'
scripts.get_executable = lambda: executable
scripts.is_in_directory = lambda path, directory: True
output = types.SimpleNamespace(write_binary_file=lambda _, data: sys.stdout.buffer.write(data))
maker = scripts.ScriptMaker(None, 'Scripts', fileop=output)
maker.variants, maker.script_template = {''}, source
maker.make('x = y:z', {'gui': kind == 'gui'})
";

    fn python<'a>(arguments: impl IntoIterator<Item = &'a str>, time: u64) -> Vec<u8> {
        let output = Command::new("python3")
            .args(arguments)
            .envs([("PYTHONIOENCODING", "utf-8"), ("SOURCE_DATE_EPOCH", &time.to_string())])
            .output()
            .expect("a `python3` to test with");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        output.stdout
    }

    fn stub(name: &str) -> Vec<u8> {
        let wheel = fs::File::open(format!("{WHEELS}/{}", BUNDLED[0].file_name));
        let wheel = wheel.expect("the wheel can be read");
        let mut wheel = zip::ZipArchive::new(wheel).expect("wheel is an archive");
        let member = wheel.by_name(&format!("pip/_vendor/distlib/{name}.exe"));
        let mut bytes = Vec::new();
        member.expect("wheel has the stub").read_to_end(&mut bytes).expect("stub is readable");
        bytes
    }

    #[test]
    fn launcher_bytes_equal_distlib() {
        let wheel = format!("{WHEELS}/{}", BUNDLED[0].file_name);
        let (console, gui) = (stub("t64"), stub("w64"));
        // The first and the last second of the format; leap days, and the missing one of 2100.
        for (path, time) in [
            (r"C:\Python314\python.exe", 315_532_800),
            (r"C:\python dir\Python 3.13\python3.13t.exe", 951_782_401),
            (r"C:\é\python.exe", 1_709_251_199),
            (r#""C:\in quotes\python.exe""#, 4_107_542_400),
            (r"C:\Python\python_d.exe", 4_354_819_199),
        ] {
            for (kind, stub) in [("console", &console), ("gui", &gui)] {
                let theirs = python(["-c", DISTLIB, &wheel, path, kind, SOURCE], time);
                let ours = launcher(stub, path, kind == "gui", SOURCE, time);
                let equal = ours.expect("launcher is made") == theirs;
                assert!(equal, "{kind} launcher for `{path}` at {time} is not distlib's");
            }
        }
    }

    #[test]
    fn launcher_is_run_by_python_as_zip() {
        let stub = stub("t64");
        let directory = tempfile::tempdir().expect("temporary directory");
        let program = directory.path().join("pip.exe");
        let bytes = launcher(&stub, r"C:\python.exe", false, SOURCE, 0).expect("launcher is made");
        fs::write(&program, bytes).expect("launcher is written");
        let program = program.to_str().expect("path is UTF-8");
        let tested = python(["-m", "zipfile", "-t", program], 0);
        assert_eq!(tested.trim_ascii(), b"Done testing");
        let ran = python([program, "two words"], 0);
        assert_eq!(ran.trim_ascii(), "é ['two words']".as_bytes());
    }

    #[test]
    fn launcher_of_gui_script_uses_pythonw() {
        let line = |path, gui| shebang(path, gui).expect("path is usable");
        assert_eq!(line(r"C:\python\python.exe", true), "#!C:\\python\\pythonw.exe\n");
        assert_eq!(line(r"C:\python\pythonw.exe", true), "#!C:\\python\\pythonw.exe\n");
        assert_eq!(line(r"C:\python\pythonw.exe", false), "#!C:\\python\\pythonw.exe\n");
        assert_eq!(line("C:/my python/pypy.exe", true), "#!\"C:/my python/pypy.exe\"\n");
    }

    #[test]
    fn launcher_zip_times_out_of_range_are_clamped() {
        assert_eq!(dos_date_and_time(0), (1 << 21) | (1 << 16));
        for late in [4_354_819_200, 315_532_800 + (1 << 32), u64::MAX] {
            assert_eq!(dos_date_and_time(late), dos_date_and_time(4_354_819_199));
        }
    }

    #[test]
    fn launcher_with_invalid_stub_or_path_is_rejected() {
        let refusal = |stub: &[u8], path| {
            launcher(stub, path, false, SOURCE, 0).expect_err("no launcher is made")
        };
        let stub = [b"MZ".as_slice(), &[0; 62]].concat();
        assert_eq!(refusal(&stub[..63], "C:/p"), LauncherError::NotAProgram(63));
        assert_eq!(refusal(&[0; 64], "C:/p"), LauncherError::NotAProgram(64));
        assert_eq!(refusal(&stub, ""), LauncherError::Executable(InterpreterError::Empty));
        for path in ["C:\\a\n", "C:\\a\r", "C:\\a\0"] {
            let error = InterpreterError::Unwritable(path.to_owned());
            assert_eq!(refusal(&stub, path), LauncherError::Executable(error));
        }
        for path in ["C:\\a\"b", "\"C:\\a\"b\""] {
            assert_eq!(refusal(&stub, path), LauncherError::UnwritableExecutable(path.to_owned()));
        }
    }
}
