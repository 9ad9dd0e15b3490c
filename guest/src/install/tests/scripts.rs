//! Which scripts are asked of the host, and the wording of each.

use super::target::Target;
use super::wheel_builder::WheelBuilder;
use super::{apply, apply_as, pip, plan_as, request};
use crate::bindings::ensurepip::bootstrap::types::{Request, Role, ScriptSet};
use crate::bindings::exports::ensurepip::bootstrap::installer::ScriptContent as Content;

/// What `pip` 24.0 declares, which was built with Python 3.10, and more.
const STALE: &str = "[console_scripts]
pip = pip._internal.cli.main:main
pip3 = pip._internal.cli.main:main
pip3.10 = pip._internal.cli.main:main
";

/// The names of the scripts that a plan lists, after checking that they are those staged.
fn names(entry_points: &str, scripts: ScriptSet) -> Vec<String> {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip().entry_points(entry_points);
    let request = Request { scripts, ..request() };
    let planned = plan_as(&request, &wheel, &target);
    let planned = planned.expect("the wheel is sound");
    apply_as(&request, &wheel, &target).expect("the wheel is sound");
    let staged = target.staged.borrow();
    let staged: Vec<&String> = staged.iter().map(|(script, _)| &script.name).collect();
    assert_eq!(staged, planned.scripts.iter().collect::<Vec<_>>());
    planned.scripts
}

/// The source of the only script that is staged for a wheel.
fn source(wheel: &WheelBuilder) -> String {
    let target = Target::posix(&[Role::Purelib]);
    let request = Request { scripts: ScriptSet::Alternate, ..request() };
    apply_as(&request, wheel, &target).expect("the wheel is sound");
    let staged = target.staged.borrow();
    let [(script, _)] = &staged[..] else { panic!("{} scripts were staged", staged.len()) };
    let Content::Launcher(launcher) = &script.content else { panic!("it is of another kind") };
    assert_eq!((launcher.gui, &launcher.stub), (false, &None));
    launcher.source.clone()
}

#[test]
fn script_set_selects_pip_scripts() {
    for (set, expected) in [
        (ScriptSet::Versioned, &["pip3", "pip3.13"][..]),
        (ScriptSet::Alternate, &["pip3.13"]),
        (ScriptSet::DefaultPip, &["pip", "pip3", "pip3.13"]),
    ] {
        for entry_points in [
            "[console_scripts]\npip = pip:main\n",
            "[console_scripts]\npip3 = pip:main\npip=pip:main\n",
            STALE,
        ] {
            assert_eq!(names(entry_points, set), expected, "{set:?} of {entry_points}");
        }
    }
}

#[test]
fn scripts_resembling_pip_are_kept_in_order() {
    let others = "pipx = x:main\npip3.99.1 = x:main\n[gui_scripts]\nwindow = x:main\n";
    for (set, expected) in [
        (ScriptSet::Versioned, &["pip3", "pip3.13", "pipx", "pip3.99.1", "window"][..]),
        (ScriptSet::Alternate, &["pip3.13", "pipx", "pip3.99.1", "window"]),
        (ScriptSet::DefaultPip, &["pip", "pip3", "pip3.13", "pipx", "pip3.99.1", "window"]),
    ] {
        assert_eq!(names(&format!("{STALE}{others}"), set), expected, "{set:?}");
    }
}

#[test]
fn script_set_without_pip_entry_point_uses_declared() {
    let entry_points = "[console_scripts]\npip3 = x:main\nb = x:main\na = x:main\n";
    for set in [ScriptSet::Versioned, ScriptSet::Alternate, ScriptSet::DefaultPip] {
        assert_eq!(names(entry_points, set), ["pip3", "b", "a"], "{set:?}");
    }
    assert_eq!(names("", ScriptSet::DefaultPip), [""; 0]);
}

#[test]
fn launcher_source_matches_installed_pip_version() {
    for (versions, expected) in [
        (&["8.1.2"][..], SPACED_PYW),
        (&["9.0.0", "10.0.1", "19.2.3"], SPACED),
        (&["19.3", "19.3.1", "20.0.2", "20.2.4", "24.2", "25.1.1"], REGEX),
        (&["25.2", "25.3"], SLICE),
        (&["26.0", "26.1.2", "27.1"], REMOVE_SUFFIX),
    ] {
        for version in versions {
            let entry_points = "[console_scripts]\npip = pip._internal.cli.main:main\n";
            let wheel = WheelBuilder::pip(version).entry_points(entry_points);
            assert_eq!(source(&wheel), expected, "{version}");
        }
    }
}

#[test]
fn launcher_source_calls_entry_point_of_wheel() {
    let wheel = pip().entry_points("[console_scripts]\npip = a.b : c.d [x, y]\n");
    let expected = "\
import sys
from a.b import c
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(c.d())
";
    assert_eq!(source(&wheel), expected);
}

#[test]
fn wheel_scripts_come_first_with_shebang_rewritten() {
    let target = Target::posix(&[Role::Purelib]);
    let wheel = pip()
        .data("scripts/python-script", "#!pythonw -E\r\nimport pip\r\n")
        .data("scripts/only-a-shebang", "#!python")
        .data("scripts/shell-script", "#!/bin/sh\n");
    let report = apply(&wheel, &target).expect("the wheel is sound");
    let expected = ["python-script", "only-a-shebang", "shell-script", "pip3", "pip3.13"];
    assert_eq!(report.scripts, expected);
    let staged = target.staged.borrow();
    let contents: Vec<&Content> = staged.iter().map(|(script, _)| &script.content).collect();
    assert!(matches!(contents[0], Content::Python(rest) if rest == b"import pip\r\n"));
    assert!(matches!(contents[1], Content::Python(rest) if rest.is_empty()));
    assert!(matches!(contents[2], Content::Verbatim(all) if all == b"#!/bin/sh\n"));
    assert!(contents[3..].iter().all(|content| matches!(content, Content::Launcher(_))));
    assert!(target.paths(Role::Purelib).iter().all(|path| !path.contains(".data")));
}

const SPACED_PYW: &str = r"# -*- coding: utf-8 -*-
import re
import sys

from pip._internal.cli.main import main

if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\.pyw|\.exe)?$', '', sys.argv[0])
    sys.exit(main())
";

const SPACED: &str = r"# -*- coding: utf-8 -*-
import re
import sys

from pip._internal.cli.main import main

if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\.pyw?|\.exe)?$', '', sys.argv[0])
    sys.exit(main())
";

const REGEX: &str = r"# -*- coding: utf-8 -*-
import re
import sys
from pip._internal.cli.main import main
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\.pyw|\.exe)?$', '', sys.argv[0])
    sys.exit(main())
";

const SLICE: &str = "\
import sys
from pip._internal.cli.main import main
if __name__ == '__main__':
    if sys.argv[0].endswith('.exe'):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(main())
";

const REMOVE_SUFFIX: &str = "\
import sys
from pip._internal.cli.main import main
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(main())
";
