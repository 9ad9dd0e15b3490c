//! Is it reported when pip cannot start in an image, and only then?
//!
//! pip itself provides the expected result, run in a chroot.

use std::path::Path;

use serde_json::Value;

use super::{copy_of, for_each, report_cells};
use crate::support::images::{
    BOOKWORM, BOOKWORM_MINIMAL, BULLSEYE, BULLSEYE_WITHOUT_DISTUTILS, Image, Recipe,
};
use crate::support::interpreters::Interpreters;
use crate::support::made_wheels::greeting;
use crate::support::pip_wheel::PipWheel;
use crate::support::process::{Finished, Program};
use crate::support::scratch::Scratch;
use crate::support::target::Target;
use crate::support::tree::Tree;
use crate::support::venv;

/// Images that lack a part of the standard library, each with the package that contains it and the
/// same image with that package.
const INCOMPLETE: [(&Recipe, &str, &Recipe); 2] = [
    (&BULLSEYE_WITHOUT_DISTUTILS, "python3-distutils", &BULLSEYE),
    (&BOOKWORM_MINIMAL, "libpython3.11-stdlib", &BOOKWORM),
];

/// Asks the Python of an image which of some modules it lacks.
const ABSENT: &str = "
import importlib.util, sys
def is_there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
print([name for name in sys.argv[1:] if not is_there(name)])
";

/// Asks a Python which of some distributions a wheel of pip contains.
const IN_WHEEL: &str = "
import importlib.util, sys
sys.path.insert(0, sys.argv[1])
names = [(name, name.lower().replace('-', '_')) for name in sys.argv[2:]]
print([name for name, module in names if importlib.util.find_spec('pip._vendor.' + module)])
";

/// Each bundled pip that the image's Python supports is installed and tried.
#[test]
fn missing_modules_are_reported_exactly_where_pip_fails() {
    for (recipe, package, is_whole) in INCOMPLETE
        .iter()
        .flat_map(|(recipe, package, whole)| [(*recipe, *package, false), (*whole, *package, true)])
    {
        for_each("startable", &[recipe], |image, scratch| {
            let small = greeting().write(&image.root);
            let small = Path::new("/").join(small.file_name().expect("it has a name"));
            for pip in supported_wheels(image, is_whole) {
                let wheels = pip.alone_in(scratch.work().join(&pip.version));
                let report = json(image.tool(scratch.home()), &wheels);
                let missing = report["missing_modules"].as_array().expect("it is known");
                let finished = try_pip(image, scratch, &small);
                let told = format!("{} {}: {missing:?}\n", image.recipe.name(), pip.version);
                match &finished {
                    Ok(()) => assert!(missing.is_empty(), "{told}pip works"),
                    Err(failed) => {
                        assert!(!missing.is_empty(), "{told}{failed}");
                        expect_absent(image, scratch, missing);
                        let stderr = failed.stderr();
                        let named = missing.iter().map(|it| text(&it["module"]));
                        let named = named.map(|name| format!("No module named '{name}'"));
                        assert!(named.into_iter().any(|it| stderr.contains(&it)), "{told}{failed}");
                        // An old pip needs distutils, even where the recipe's pip does not.
                        let packages = [package, "python3-distutils"];
                        let is_known = |it: &Value| packages.contains(&text(&it["package"]));
                        assert!(missing.iter().all(is_known), "{told}");
                    }
                }
                if pip.version == image.recipe.pip {
                    assert_eq!(finished.is_ok(), is_whole, "{told}");
                }
                let tool = Program::under_test(scratch.home()).argument("uninstall");
                let tool = tool.argument("--root").argument(&image.root);
                json(tool.argument("--break-system-packages"), &wheels);
            }
        });
    }
}

#[test]
fn missing_modules_are_in_warning_and_status() {
    let recipes = INCOMPLETE.map(|(recipe, _, _)| recipe);
    for_each("warning", &recipes, |image, scratch| {
        let report = json(image.tool(scratch.home()).argument("--dry-run"), Path::new(""));
        let first = &report["missing_modules"][0];
        let words = [&first["module"], &first["package"]].map(|word| format!("`{}`", text(word)));
        let status = || {
            let tool = Program::under_test(scratch.home()).arguments(["status", "--root"]);
            tool.argument(&image.root).run().expect_success()
        };
        let before = status();
        let installed = image.tool(scratch.home()).run().expect_success();
        let again = image.tool(scratch.home()).run().expect_success();
        for told in [before.stdout(), status().stdout(), installed.stderr(), again.stderr()] {
            let line = told.lines().find(|line| line.to_lowercase().starts_with("warning:"));
            let line = line.unwrap_or_else(|| panic!("no warning: {told}"));
            assert!(words.iter().all(|word| line.contains(word)), "{words:?}: {line}");
        }
    });
}

/// Debian 11 keeps pip's dependencies in wheels beside it.
#[test]
fn debundled_pip_is_refused_and_names_libraries() {
    let (image, scratch) = match copy_of(&BULLSEYE_WITHOUT_DISTUTILS) {
        Ok(image) => image,
        Err(missing) => return report_cells("debundled", &[], &[missing]),
    };
    let wheels = image.at("usr/share/python-wheels");
    let pip = wheels.join("pip-20.3.4-py2.py3-none-any.whl");
    let before = Tree::of(&image.root);
    for arguments in [&[][..], &["--dry-run"], &["status"]] {
        let tool = Program::under_test(scratch.home()).arguments(arguments);
        let tool = tool.argument("--root").argument(&image.root);
        let refused = tool.argument("--wheel-dir").argument(&wheels).run();
        assert_eq!(refused.status(), Some(1), "{refused}");
        let stderr = refused.stderr();
        assert!(stderr.contains("[debundled]"), "{refused}");
        let names = stderr.split_once("cannot start without ").and_then(|(_, rest)| {
            Some(rest.split_once(", which")?.0.split(", ").collect::<Vec<_>>())
        });
        let names = names.unwrap_or_else(|| panic!("no names: {refused}"));
        for name in ["packaging", "CacheControl", "requests", "setuptools", "urllib3"] {
            assert!(names.contains(&name), "{name}: {refused}");
        }
        let found = Program::new(&Interpreters::newest().executable, scratch.home())
            .arguments(["-I", "-S", "-c", IN_WHEEL])
            .argument(&pip)
            .arguments(names)
            .run()
            .expect_success();
        assert_eq!(found.stdout().trim_end(), "[]", "the wheel has these");
        assert!(!stderr.contains("ipaddress"), "Python 3 has it: {refused}");
        assert!(stderr.contains("hint: "), "{refused}");
        assert!(before.differences("before", &Tree::of(&image.root), "after").is_empty());
    }
    report_cells("debundled", &[image.recipe.name()], &[]);
}

/// With all of these wheels, it starts on a Python that still has distutils, and lists them.
#[test]
fn debundled_pip_runs_with_wheels_of_its_libraries() {
    let pythons = Interpreters::of_this_machine().cpythons();
    // Before 3.8, one of the wheels requires others.
    let python =
        pythons.into_iter().find(|python| (3, 8) <= python.version && python.has_setuptools());
    let image = copy_of(&BULLSEYE_WITHOUT_DISTUTILS);
    let ((image, _scratch), python) = match (image, python) {
        (Ok(image), Some(python)) => (image, python),
        (Err(missing), _) => return report_cells("debundled, with libraries", &[], &[missing]),
        (_, None) => {
            let missing = "a Python with distutils".to_owned();
            return report_cells("debundled, with libraries", &[], &[missing]);
        }
    };
    let wheels = image.at("usr/share/python-wheels");
    let names = wheels.read_dir().expect("it can be listed").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let projects = names.filter_map(|name| Some(name.split_once('-')?.0.to_owned()));
    let projects: Vec<String> = projects.filter(|project| project != "pip").collect();
    let wheels = wheels.to_string_lossy();
    let target = Target::of(python);

    let mut options = vec!["--wheel-dir", &*wheels];
    for project in projects.iter().filter(|project| *project != "progress") {
        options.extend(["--with", project]);
    }
    let lacking = target.error(&options, "unsound-wheel");
    assert!(lacking.contains("pip cannot start without progress, which"), "{lacking}");

    options.extend(["--with", "progress"]);
    target.tool().arguments(&options).run().expect_success();
    let python = venv::python_of(&target.environment);
    let list = Program::new(&python, target.scratch.home()).arguments(["-m", "pip"]);
    let list = list.arguments(["list", "--format", "json", "--disable-pip-version-check"]);
    let listed: Value =
        serde_json::from_str(&list.run().expect_success().stdout()).expect("it is JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(projects.len() + 1), "{listed}");
    report_cells("debundled, with libraries", &[image.recipe.name()], &[]);
}

/// The bundled wheels that the Python of an image supports; only the oldest and the newest of them where
/// pip works, which takes longer.
fn supported_wheels(image: &Image, is_whole: bool) -> Vec<PipWheel> {
    let newest = image.recipe.pip;
    let mut wheels = PipWheel::bundled();
    wheels.truncate(wheels.iter().take_while(|wheel| wheel.version != newest).count() + 1);
    if is_whole {
        wheels.drain(1..wheels.len() - 1);
    }
    wheels
}

/// Runs it, with a directory of wheels if one is named, and reads its report.
fn json(tool: Program, wheels: &Path) -> Value {
    let tool =
        if wheels == Path::new("") { tool } else { tool.argument("--wheel-dir").argument(wheels) };
    let finished = tool.argument("--json").run().expect_success();
    serde_json::from_str(&finished.stdout()).unwrap_or_else(|error| panic!("{error}: {finished}"))
}

/// Makes pip print its version and install a wheel.
fn try_pip(image: &Image, scratch: &Scratch, small: &Path) -> Result<(), Finished> {
    let pip = || image.python(scratch.home()).arguments(["-B", "-m", "pip"]);
    let version = pip().argument("--version").run();
    if !version.succeeded() {
        return Err(version);
    }
    let install = pip().arguments(["install", "--no-index", "--target", "/target"]);
    let install = install.argument(small).run();
    if install.succeeded() { Ok(()) } else { Err(install) }
}

/// Checks that the image's own Python finds none of these modules.
fn expect_absent(image: &Image, scratch: &Scratch, missing: &[Value]) {
    let names: Vec<&str> = missing.iter().map(|it| text(&it["module"])).collect();
    let python = image.python(scratch.home()).arguments(["-c", ABSENT]).arguments(&names);
    let absent = python.run().expect_success().stdout();
    assert_eq!(absent.trim_end(), format!("{names:?}").replace('"', "'"));
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}
