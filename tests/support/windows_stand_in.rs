//! A Python for Windows that is none: its files look like one's, and its programs only say what they
//! were started with.

use std::fs;
use std::path::Path;

use super::wine::compile;

/// What an interpreter of that version is linked with.
const LIBRARY: &str = "__declspec(dllexport) const unsigned long Py_Version = 0x030d02f0;";

/// Says what it was started with, in brackets, and ends with an exit status of its own. Where it is
/// told of a directory, it makes one below that, and waits for it to go.
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

/// Makes one in a directory that is made for it.
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
