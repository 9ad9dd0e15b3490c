//! Replacing one pip by another, and removing it. Without bytecode, whose compilation takes long.

use super::with_python;
use crate::support::pip_wheel::{NEWEST, PipWheel};
use crate::support::tree::Tree;
use crate::support::windows_python::VERSION;
use crate::support::wine::{own_stderr, windows_path};

#[test]
fn windows_install_upgrade_and_uninstall_work() {
    with_python("changes", |machine| {
        let prefix = &machine.python.prefix;
        let before = Tree::of(prefix);
        let scripts_tell = |version: &str| {
            let place = windows_path(&prefix.join("Lib/site-packages/pip"));
            let expected = format!("pip {version} from {place} (python {VERSION})");
            for script in ["pip3.exe", "pip3.12.exe"] {
                let run = machine.run_python(&prefix.join("Scripts").join(script));
                let run = run.argument("--version").run().expect_success();
                assert_eq!((run.stdout().trim_end(), &*own_stderr(&run)), (&*expected, ""));
            }
        };

        let install = |options: &[&str]| {
            machine.tool().argument("--no-compile").arguments(options).run().expect_success()
        };

        let older = PipWheel::of("24.0").alone_in(machine.scratch.work().join("older"));
        install(&["--wheel-dir", &windows_path(&older)]);
        scripts_tell("24.0");
        let kept = install(&[]);
        assert!(kept.stdout().contains("24.0"), "{kept}");

        install(&["--upgrade"]);
        scripts_tell(NEWEST);
        let upgraded = Tree::of(prefix);
        let gone = machine.wine.tool(machine.scratch.home()).argument("uninstall");
        let python = windows_path(&machine.python.executable());
        gone.arguments(["--python", &python]).run().expect_success();
        let differences = before.differences("before", &Tree::of(prefix), "after");
        // An emptied directory stays.
        assert_eq!(differences, ["Scripts: directory only in after"]);

        install(&[]);
        let differences = Tree::of(prefix).differences("installed", &upgraded, "upgraded");
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}
