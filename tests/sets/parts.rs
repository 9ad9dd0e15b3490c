//! Every part that a wheel may have, compared with pip: no network is needed for it.

use super::stock::{Stock, wheel};
use super::with_pip::Both;
use crate::support::interpreters::Interpreters;
use crate::support::process::Program;
use crate::support::wheel_builder::{EXECUTABLE, WheelBuilder};

/// A wheel with everything that `.data` may have, and with windowed scripts.
fn everything() -> WheelBuilder {
    wheel("alpha", "1.0", &["beta"])
        .data("scripts/alpha-shell", "#!/bin/sh\necho started\n")
        .data("scripts/alpha-python", "#!python\nprint('started')\n")
        .data("scripts/alpha-window", "#!pythonw\nprint('started')\n")
        .mode("alpha-1.0.data/scripts/alpha-shell", EXECUTABLE)
        .mode("alpha-1.0.data/scripts/alpha-python", EXECUTABLE)
        .mode("alpha-1.0.data/scripts/alpha-window", EXECUTABLE)
        .data("headers/alpha.h", "#define ALPHA 1\n")
        .data("headers/inner/alpha.h", "#define ALPHA 2\n")
        .data("data/share/alpha/data.txt", "data\n")
        .data("data/etc/alpha.conf", "[alpha]\n")
        .data("purelib/alpha_pure.py", "pure = True\n")
        .data("platlib/alpha_plat.py", "plat = True\n")
        .file("alpha/tool.sh", "#!/bin/sh\n")
        .mode("alpha/tool.sh", EXECUTABLE)
        .file("alpha/broken.py", "print 'Python 2'\n")
        .entry_points(
            "[console_scripts]\nalpha = alpha.main:main\nalpha-x = alpha.main:main [more]\n\n\
             [gui_scripts]\nalpha-gui = alpha.main:main\n\n[alpha.plugins]\none = alpha:version\n",
        )
}

#[test]
fn set_with_every_part_is_what_pip_installs() {
    let platlib = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n";
    let beta =
        wheel("beta", "2.0", &[]).metadata("WHEEL", platlib).metadata("licenses/MIT", "MIT\n");
    // Two parts of one namespace package.
    let beta = beta.file("space/beta.py", "");
    let gamma = wheel("gamma", "3.0", &["alpha>=1"]).file("space/gamma.py", "");
    let Stock { target, directory } = Stock::of(&[everything(), beta, gamma]);
    let names = ["alpha", "beta", "gamma"];
    let both = Both::of(target, &directory, &names);
    let with = names.into_iter().flat_map(|name| ["--with", name]);
    let tool = both.target.tool().arguments(["--wheel-dir", Stock::FROM_HOME]).arguments(with);
    let finished = both.compare(Interpreters::newest(), tool);
    // pip names dependencies first, ours the order of the command line: the set is the same.
    let last = finished.stdout();
    let last = last.lines().last().and_then(|line| line.strip_prefix("Successfully installed "));
    let mut installed: Vec<&str> = last.expect("it is reported").split(' ').collect();
    installed.sort_unstable();
    assert_eq!(installed, ["alpha-1.0", "beta-2.0", "gamma-3.0", "pip-97"]);
}

/// As the specification has it: "Unix installers may need to add the +x bit to these files if the
/// archive was created on Windows". pip does not, and its script does not start.
#[test]
fn script_without_executable_bit_can_be_started() {
    let script = "#!python\nprint('started')\n";
    let alpha = wheel("alpha", "1.0", &[]).data("scripts/say", script);
    let stock = Stock::of(&[alpha]);
    stock.install(&["--with", "alpha", "--without-pip"]);
    let finished =
        Program::new(&stock.target.environment.join("bin/say"), stock.target.scratch.home());
    assert_eq!(finished.run().expect_success().stdout(), "started\n");
}
