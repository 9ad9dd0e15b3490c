//! Wheels without pip among them: what the newest bundled pip installs from them.

use super::with_python;
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::tree::Tree;
use crate::support::wheel_builder::WheelBuilder;
use crate::support::windows_python::WindowsPython;
use crate::support::wine::windows_path;
use std::fs;

/// pip has the launchers of its own distlib for the scripts, ours those of a bundled pip.
#[test]
fn windows_set_without_pip_equals_pip() {
    with_python("a set without pip", |machine| {
        let wheels = machine.scratch.work().join("wheels");
        WheelBuilder::new("tools", "1.0", &[("tools.py", "def main():\n    print('started')\n")])
            .entry_points("[console_scripts]\ntool=tools:main\n[gui_scripts]\nwindow=tools:main\n")
            .write(&wheels);
        let [wheels, pip] =
            [&wheels, &PipWheel::of(NEWEST).unpacked()].map(|path| windows_path(path));
        let prefix = &machine.python.prefix;
        machine
            .run_python(&machine.python.executable())
            .arguments([&*pip, "install", "--no-index", "--no-deps", "--no-compile"])
            .arguments(["--find-links", &wheels, "tools"])
            .source_date_epoch()
            .run()
            .expect_success();
        let mut theirs = Tree::of(prefix);
        fs::remove_dir_all(prefix).expect("a directory of the test can be removed");
        WindowsPython::copy_to(prefix).expect("there was one before");
        let tool = machine.tool().arguments(["--without-pip", "--with", "tools", "--no-compile"]);
        tool.arguments(["--wheel-dir", &wheels]).source_date_epoch().run().expect_success();
        let mut ours = Tree::of(prefix);
        // Files have no modes there. The modes seen from here are Wine's.
        theirs.change_modes(|_| 0);
        ours.change_modes(|_| 0);
        let differences = theirs.differences("pip", &ours, "tool");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        let script = prefix.join("Scripts/tool.exe");
        let run = machine.run_python(&script).run().expect_success();
        assert_eq!(run.stdout(), "started\r\n");
        assert!(
            prefix.join("Scripts/window.exe").is_file() && !prefix.join("Scripts/pip.exe").exists()
        );
    });
}
