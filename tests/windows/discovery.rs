//! Without `--python`: the programs on PATH, the aliases of the Store, and the launcher for Python.

use super::{Machine, with_python};
use crate::support::process::Program;
use crate::support::wine::{compile, windows_path};
use std::fs;
use std::path::PathBuf;

/// Starts the Python that an environment variable names, with its own arguments except for a version, as
/// the launcher starts its default or the one of that version. Without one it reports that, in the launcher's words and with its exit
/// status.
const LAUNCHER: &str = r#"
    #include <stdio.h>
    #include <windows.h>
    int wmain(void) {
        wchar_t line[32768];
        const wchar_t *python = _wgetenv(L"STAND_IN_FOR"), *rest = GetCommandLineW();
        if (!python) {
            fputs("No installed Python found!\n", stderr);
            return 103;
        }
        if (*rest == '"') { rest++; while (*rest != '"') rest++; rest++; }
        else while (*rest && *rest != ' ') rest++;
        if (wcsncmp(rest, L" -3", 3) == 0) do rest++; while (*rest && *rest != ' ');
        _snwprintf(line, 32768, L"\"%ls\"%ls", python, rest);
        STARTUPINFOW startup = { sizeof startup };
        PROCESS_INFORMATION process;
        GetStartupInfoW(&startup);
        if (!CreateProcessW(python, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process))
            return 101;
        DWORD status;
        WaitForSingleObject(process.hProcess, INFINITE);
        GetExitCodeProcess(process.hProcess, &status);
        return status;
    }
"#;

/// The status of a target, with these directories on PATH before those of Windows.
fn status(machine: &Machine, path: &[&PathBuf]) -> Program {
    let path: Vec<String> = path.iter().map(|directory| windows_path(directory)).collect();
    let tool = machine.wine.tool(machine.scratch.home()).argument("status");
    tool.environment("WINEPATH", &path.join(";"))
}

#[test]
fn windows_python_is_found_on_path_or_by_py_launcher() {
    with_python("discovery", |machine| {
        let directory = |name: &str| {
            let directory = machine.scratch.work().join(name);
            fs::create_dir(&directory).expect("a directory can be made");
            directory
        };
        // The Store's aliases on PATH are empty, and start nothing until something is installed.
        let aliases = directory("WindowsApps");
        for alias in ["python.exe", "python3.exe"] {
            fs::write(aliases.join(alias), "").expect("a file can be written");
        }
        let launcher = directory("Launcher");
        compile(LAUNCHER, &["-municode"], &launcher.join("py.exe"));
        let python = windows_path(&machine.python.executable());
        let found = format!("Python:     {python} (cpython 3.12.");

        for path in [&[&machine.python.prefix][..], &[&aliases, &machine.python.prefix]] {
            let run = status(machine, path).run().expect_success();
            assert!(run.stdout().starts_with(&found), "{run}");
        }
        let run =
            status(machine, &[&aliases, &launcher]).environment("STAND_IN_FOR", &python).run();
        assert!(run.expect_success().stdout().starts_with(&found));
        // By its version, and by the directory that it is in.
        let by_launcher = [&aliases, &launcher];
        let prefix = windows_path(&machine.python.prefix);
        for (path, name) in [
            (&[&aliases, &machine.python.prefix], "3.12"),
            (&by_launcher, "3.12"),
            (&by_launcher, "python3.12"),
            (&[&aliases, &aliases], &prefix),
        ] {
            let run = status(machine, path).environment("STAND_IN_FOR", &python);
            let run = run.arguments(["--python", name]).run().expect_success();
            assert!(run.stdout().starts_with(&found), "{run}");
        }
        let run = status(machine, &by_launcher).environment("STAND_IN_FOR", &python);
        let run = run.arguments(["--python", "3.11"]).run();
        assert!(run.stderr().contains("no Python 3.11 was found"), "{run}");
        // The active environment takes precedence.
        let environment = windows_path(&machine.scratch.work().join("environment"));
        let run = status(machine, &[&machine.python.prefix])
            .environment("VIRTUAL_ENV", &environment)
            .run();
        let expected = format!("VIRTUAL_ENV is `{environment}`: there is no Python in it");
        assert!(run.status() == Some(1) && run.stderr().contains(&expected), "{run}");

        let none = status(machine, &[&aliases]).run();
        assert!(none.stderr().contains("hint: name one with `--python PATH`"), "{none}");
        let none = status(machine, &[&aliases, &launcher]).run();
        assert_eq!(none.status(), Some(1), "{none}");
        assert!(none.stderr().contains("No installed Python found!"), "{none}");
    });
}
