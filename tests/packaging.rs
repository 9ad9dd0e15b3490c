//! Does a package build put pip where the distribution's own packages go, and does that pip start?
//!
//! The Python to ask is the distribution's own, run in a chroot by a wrapper, so that the distribution of
//! this machine does not matter. The expectation comes from Debian's own package of pip, and from the
//! paths that the Python imports from.

use crate::support::announce::{announce, fail_if_required, report_skipped};
use crate::support::images::{BOOKWORM, BOOKWORM_PYPY, BULLSEYE, Image, Recipe};
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Files of Debian's own package of pip, except for its documentation.
const DEBIAN: [&str; 2] = ["usr/bin/pip3", "usr/lib/python3/dist-packages/pip/__init__.py"];

/// A wrapper that runs the Python of an image.
fn wrapper(image: &Image, scratch: &Scratch, environment: &str) -> PathBuf {
    let path = scratch.work().join("python");
    let (root, python) = (image.root.display(), image.recipe.python);
    let text = format!("#!/bin/sh\nexec {environment} chroot '{root}' {python} \"$@\"\n");
    fs::write(&path, text).expect("a file can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    path
}

/// Stages a package of pip with a Python, and returns the directory.
fn staged(python: &Path, scratch: &Scratch, options: &[&str]) -> PathBuf {
    let destination = scratch.work().join("destination");
    fs::create_dir_all(destination.join("usr/share/doc/pip")).expect("directories can be made");
    fs::write(destination.join("usr/share/doc/pip/README"), "").expect("a file can be written");
    Program::under_test(scratch.home())
        .arguments(["--prefix", "/usr", "--no-compile", "--default-pip", "--python"])
        .argument(python)
        .arguments(options)
        .argument("--root")
        .argument(&destination)
        .run()
        .expect_success();
    destination
}

/// Adds the staged files to an image, as a package manager would.
fn unpack(destination: &Path, image: &Image) {
    let source = destination.join(".");
    let copied = Command::new("cp").arg("-a").arg(source).arg(&image.root).output();
    let copied = copied.expect("cp runs");
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
}

/// Runs a check on a copy of an image, if it is available.
fn for_image(recipe: &'static Recipe, check: impl Fn(&Image, &Scratch)) {
    let scratch = Scratch::new();
    match recipe.copy_to(&scratch.work().join("image")) {
        Ok(image) => check(&image, &scratch),
        Err(missing) => {
            announce(&format!("packaging: missing: {missing}"));
            fail_if_required(&[missing]);
        }
    }
}

/// pip starts, as a module and by its script.
fn expect_pip(image: &Image, scratch: &Scratch, environment: &[(&str, &str)], library: &str) {
    let mut python = image.python(scratch.home()).arguments(["-m", "pip", "--version"]);
    for (name, value) in environment {
        python = python.environment(name, value);
    }
    let told = python.run().expect_success().stdout();
    let expected = format!("pip {} from {library}/pip (python ", image.recipe.pip);
    assert!(told.starts_with(&expected), "{told}");
    let script = fs::read_to_string(image.at("/usr/bin/pip3")).expect("a script is text");
    assert!(script.starts_with(&format!("#!{}\n", image.recipe.python)), "{script}");
}

#[test]
fn debian_package_build_installs_into_dist_packages() {
    for recipe in [&BOOKWORM, &BULLSEYE, &BOOKWORM_PYPY] {
        for_image(recipe, |image, scratch| {
            let destination = staged(&wrapper(image, scratch, ""), scratch, &[]);
            let tree = Tree::of(&destination);
            for path in DEBIAN {
                assert!(tree.has(Path::new(path)), "{}: {path}", recipe.name());
            }
            unpack(&destination, image);
            expect_pip(image, scratch, &[], "/usr/lib/python3/dist-packages");
        });
    }
}

/// The directories of Debian's package of pip, as in the package itself.
#[test]
fn debian_python3_pip_package_uses_dist_packages() {
    let scratch = Scratch::new();
    let got = Command::new("apt-get")
        .args(["download", "-q", "python3-pip"])
        .current_dir(scratch.work())
        .output();
    let package = scratch.work().read_dir().expect("it can be listed").flatten().next();
    let (true, Some(package)) = (got.is_ok_and(|got| got.status.success()), package) else {
        announce("packaging: missing: Debian's package of pip");
        return fail_if_required(&["apt-get download python3-pip".to_owned()]);
    };
    let listed = Command::new("dpkg-deb").arg("-c").arg(package.path()).output();
    let listed = String::from_utf8(listed.expect("dpkg-deb runs").stdout).expect("it is text");
    for path in DEBIAN {
        assert!(
            listed.lines().any(|line| line.ends_with(&format!(" ./{path}"))),
            "{path}: {listed}"
        );
    }
}

/// Any other prefix belongs to a Python that is not Debian's.
#[test]
fn prefix_outside_usr_uses_site_packages() {
    for_image(&BOOKWORM, |image, scratch| {
        let python = wrapper(image, scratch, "");
        staged(&python, scratch, &["--prefix", "/opt/py"]);
        let library = scratch.work().join("destination/opt/py/lib/python3.11/site-packages");
        assert!(library.join("pip/__init__.py").is_file());
    });
}

/// Fedora's schemes since Python 3.10: `posix_prefix` is below `local` unless a package is being built, and
/// `rpm_prefix` has the former paths.
const FEDORA: &str = "
_INSTALL_SCHEMES['rpm_prefix'] = _INSTALL_SCHEMES['posix_prefix']
if (not (hasattr(sys, 'real_prefix') or sys.prefix != sys.base_prefix) and
    'RPM_BUILD_ROOT' not in os.environ):
    _INSTALL_SCHEMES['posix_prefix'] = {
        'stdlib': '{installed_base}/{platlibdir}/python{py_version_short}',
        'platstdlib': '{platbase}/{platlibdir}/python{py_version_short}',
        'purelib': '{base}/local/lib/python{py_version_short}/site-packages',
        'platlib': '{platbase}/local/{platlibdir}/python{py_version_short}/site-packages',
        'include': '{installed_base}/include/python{py_version_short}{abiflags}',
        'platinclude': '{installed_platbase}/include/python{py_version_short}{abiflags}',
        'scripts': '{base}/local/bin',
        'data': '{base}/local',
    }
def get_preferred_scheme(key):
    return {'prefix': 'posix_prefix', 'home': 'posix_home', 'user': 'posix_user'}[key]
";

/// A Debian image whose Python has the paths of Fedora's.
#[test]
fn fedora_package_build_installs_into_site_packages() {
    for_image(&BOOKWORM, |image, scratch| {
        let module = image.at("/usr/lib/python3.11/sysconfig.py");
        let text = fs::read_to_string(&module).expect("a module is text");
        let text =
            text.replace("'deb_system'", "'left_out'").replace("'posix_local'", "'left_too'");
        let (before, after) = text.split_once("\ndef _get_preferred_schemes").expect("it is there");
        let (_, after) = after.split_once("\ndef get_preferred_scheme").expect("it is there");
        let (_, after) = after.split_once("\ndef ").expect("another follows");
        fs::write(&module, format!("{before}{FEDORA}\ndef {after}")).expect("it can be written");
        let site = image.at("/usr/lib/python3.11/site.py");
        let text = fs::read_to_string(&site).expect("a module is text");
        fs::write(&site, text.replace("dist-packages", "site-packages")).expect("it is ours");

        let python = wrapper(image, scratch, "");
        let ask = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let told = Program::new(&python, scratch.home()).arguments(["-I", "-c", ask]).run();
        let usual = told.expect_success().stdout();
        assert_eq!(usual, "/usr/local/lib/python3.11/site-packages\n");
        let destination = staged(&python, scratch, &[]);
        let library = "/usr/lib/python3.11/site-packages";
        assert!(destination.join(&library[1..]).join("pip/__init__.py").is_file());
        unpack(&destination, image);
        // Debian's own `site` does not search there.
        expect_pip(image, scratch, &[("PYTHONPATH", library)], library);
    });
}

/// With another Python first on `PATH`, either could be meant.
#[test]
fn prefix_of_other_distributor_python_is_refused() {
    let target = Target::new();
    let ask = "import sysconfig; print('deb_system' in sysconfig.get_scheme_names())";
    let told = Command::new("/usr/bin/python3").args(["-I", "-c", ask]).output();
    if !told.is_ok_and(|told| told.stdout == b"True\n") {
        announce("packaging: missing: Debian's Python on this machine");
        return fail_if_required(&["Debian's Python on this machine".to_owned()]);
    }
    let prefix = fs::canonicalize(&target.python).expect("it is there");
    if prefix.starts_with("/usr/bin") {
        return report_skipped("packaging", "a Python that is newer than Debian's own");
    }
    let run = |options: &[&str]| {
        let directory = target.python.parent().expect("it is in a directory");
        Program::under_test(target.scratch.home())
            .environment("PATH", &format!("{}:/usr/bin:/bin", directory.display()))
            .arguments(["--dry-run", "--prefix", "/usr", "--root"])
            .argument(target.scratch.work().join("stage"))
            .arguments(options)
            .run()
    };
    let refused = run(&[]);
    assert_eq!(refused.status(), Some(1), "{refused}");
    let said = refused.stderr();
    let end = "`/usr/bin/python3` has that prefix\n\
               hint: name the one to install for with `--python PATH`";
    assert!(said.contains(end), "{said}");
    run(&["--python", "/usr/bin/python3"]).expect_success();
    run(&["--python", "python3"]).expect_success();
}
