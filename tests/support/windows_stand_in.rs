//! A stand-in for a Python for Windows: its files resemble the real ones, and its programs only
//! print how they were started.

use std::fs;
use std::path::Path;

use super::wine::compile;

/// The library of an interpreter of that version.
const LIBRARY: &str = "__declspec(dllexport) const unsigned long Py_Version = 0x030d02f0;";

/// Prints its arguments in brackets, and ends with a distinct exit status. If an environment
/// variable names a directory, it makes that directory, and waits until it is removed.
const PROGRAM: &str = r#"
    #include <fcntl.h>
    #include <io.h>
    #include <stdio.h>
    #include <windows.h>
    __declspec(dllimport) extern const unsigned long Py_Version;
    int wmain(int count, wchar_t **arguments) {
        const wchar_t *waiting = _wgetenv(L"STAND_IN_WAITS");
        if (waiting && CreateDirectoryW(waiting, NULL))
            while (GetFileAttributesW(waiting) != INVALID_FILE_ATTRIBUTES) Sleep(20);
        _setmode(_fileno(stdout), _O_U8TEXT);
        for (int index = 0; index < count; index++) wprintf(L"[%ls]\n", arguments[index]);
        return Py_Version == 0x030d02f0 ? 7 : 1;
    }
"#;

/// The exit status of its programs.
pub(crate) const STATUS: i32 = 7;

/// Makes one in a new directory.
pub(crate) fn make(prefix: &Path) {
    fs::create_dir_all(prefix.join("Lib")).expect("a directory can be made");
    fs::write(prefix.join("Lib/os.py"), "").expect("a file can be written");
    let library = prefix.join("python313.dll");
    compile(LIBRARY, &["-shared"], &library);
    let library = library.to_str().expect("paths of tests are UTF-8");
    for (name, kind) in [("python.exe", "-mconsole"), ("pythonw.exe", "-mwindows")] {
        compile(PROGRAM, &["-municode", kind, library], &prefix.join(name));
    }
}
