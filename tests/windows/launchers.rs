//! The programs in `Scripts`, started with a stand-in for their Python.

use super::{Image, with_wine};
use crate::support::windows_stand_in as stand_in;
use crate::support::wine::windows_path;

/// Arguments that are difficult to pass on.
const ARGUMENTS: [&str; 8] = [
    "install",
    "two words",
    "",
    r#"a "quoted" word"#,
    r"back\slash\",
    r#"\\""#,
    "\u{e9} \u{6f22}",
    "--x=%PATH%",
];

/// Like distlib's programs: the interpreter gets the program's own path, then the arguments, and its
/// exit status becomes the program's.
#[test]
fn windows_launcher_passes_arguments_and_exit_status() {
    with_wine("launchers", |wine| {
        for home in ["python", "Program Files \u{e9} (x)"] {
            let image = Image::new();
            let home = image.scratch.work().join(home);
            stand_in::make(&home);
            let executable = windows_path(&home.join("python.exe"));
            image.tool(wine, &executable).run().expect_success();
            for (script, python) in [
                ("pip3.exe", "python.exe"),
                ("pip3.13.exe", "python.exe"),
                ("window.exe", "pythonw.exe"),
            ] {
                let script = image.prefix.join("Scripts").join(script);
                let run = wine.program(&script, image.scratch.home()).arguments(ARGUMENTS).run();
                assert_eq!(run.status(), Some(stand_in::STATUS), "{run}");
                let own = [windows_path(&home.join(python)), windows_path(&script)];
                let expected = own.into_iter().chain(ARGUMENTS.map(str::to_owned));
                let expected: String =
                    expected.flat_map(|word| ["[".to_owned(), word, "]\r\n".to_owned()]).collect();
                assert_eq!(run.stdout(), expected, "{run}");
            }
        }
        Ok(())
    });
}
