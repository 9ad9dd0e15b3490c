//! Variables, files and directories that affect Python or pip, and have no effect here.
//!
//! With each of them in turn, the program runs on the same environment at the same path, and must
//! leave the same bytes and print the same text as without.

use crate::support::announce::{announce, fail_if_required};
use crate::support::copy::link_tree;
use crate::support::interpreters::{Interpreter, Interpreters, sample};
use crate::support::target::Target;
use crate::support::tree::Tree;
use std::fs;
use std::path::{Path, PathBuf};

/// A place that does not exist.
const NOWHERE: &str = "/nonexistent";

/// In a value: a directory with modules and metadata that must not be found.
const PLANTED: &str = "{planted}";

/// In a value: a directory in which nothing must be made.
const WORK: &str = "{work}";

/// None has an effect on the Python that is asked and that compiles bytecode.
const OF_PYTHON: &[(&str, &str)] = &[
    ("PYTHONPATH", PLANTED),
    ("PYTHONHOME", NOWHERE),
    ("PYTHONSTARTUP", NOWHERE),
    ("PYTHONUSERBASE", NOWHERE),
    ("PYTHONNOUSERSITE", "1"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONOPTIMIZE", "2"),
    ("PYTHONPYCACHEPREFIX", "{work}/cache"),
    ("PYTHONPLATLIBDIR", "lib64"),
    ("PYTHONWARNINGS", "error"),
    ("PYTHONDEVMODE", "1"),
    ("PYTHONVERBOSE", "1"),
    ("PYTHONINSPECT", "1"),
    ("PYTHONIOENCODING", "utf-16"),
    ("__PYVENV_LAUNCHER__", NOWHERE),
];

/// None has an effect on pip, which is not run.
const OF_PIP: &[(&str, &str)] = &[
    ("PIP_TARGET", "{work}/elsewhere"),
    ("PIP_PREFIX", "{work}/elsewhere"),
    ("PIP_ROOT", "{work}/elsewhere"),
    ("PIP_LOG", "{work}/log"),
    ("PIP_USER", "1"),
    ("PIP_NO_INSTALL", "1"),
    ("PIP_DRY_RUN", "1"),
    ("PIP_QUIET", "3"),
    ("PIP_REQUIRE_VIRTUALENV", "nonsense"),
    ("PIP_CONFIG_FILE", "{planted}/pip.conf"),
    ("XDG_CONFIG_HOME", "{planted}/config"),
    ("ENSUREPIP_OPTIONS", ""),
    ("ENSUREPIP_OPTIONS", "altinstall"),
    ("ENSUREPIP_OPTIONS", "nonsense"),
];

/// This has none either, but would show only where bytecode is compiled.
const OF_PIP_THAT_COMPILES: &[(&str, &str)] = &[("PIP_NO_COMPILE", "1")];

/// Each has an effect on other programs.
const OF_OTHERS: &[(&str, &str)] = &[
    ("TMPDIR", NOWHERE),
    ("LC_ALL", "C"),
    ("LANG", "nonsense"),
    ("DESTDIR", "{work}/elsewhere"),
    ("DEB_PYTHON_INSTALL_LAYOUT", "deb_system"),
    ("COLUMNS", "1"),
    ("FORCE_COLOR", "1"),
    ("RUST_LOG", "trace"),
];

#[test]
fn python_variables_have_no_effect() {
    check_variables("variables of Python", OF_PYTHON, &[]);
}

#[test]
fn pip_and_other_variables_have_no_effect() {
    check_variables("variables of pip", OF_PIP, &["--no-compile"]);
    check_variables("variables of pip that compiles", OF_PIP_THAT_COMPILES, &[]);
    check_variables("variables of others", OF_OTHERS, &["--no-compile"]);
}

#[test]
fn pip_configuration_has_no_effect() {
    let world = World::new(Interpreters::newest(), &["--no-compile"]);
    let home = world.target.scratch.home();
    let files = [
        home.join(".config/pip/pip.conf"),
        home.join(".pip/pip.conf"),
        world.kept.join("pip.conf"),
        home.join("pip.conf"),
    ];
    for file in &files {
        fs::create_dir_all(file.parent().expect("it has one")).expect("directories can be made");
        fs::write(file, configuration()).expect("a file can be written");
        world.expect_the_same(&file.to_string_lossy(), &[], home);
        fs::remove_file(file).expect("a file can be removed");
    }
    announce(&format!("inherited, configuration of pip: {} cells ran", files.len()));
}

/// The Pythons before 3.10 are asked for their paths by way of distutils, which would read these.
#[test]
fn distutils_configuration_has_no_effect() {
    let interpreters = Interpreters::of_this_machine();
    let able = interpreters.found.iter().filter(|python| python.version < (3, 10));
    let able = sample(able.collect());
    for interpreter in &able {
        let world = World::new(interpreter, &["--no-compile"]);
        let home = world.target.scratch.home();
        for name in [".pydistutils.cfg", "setup.cfg"] {
            let text = format!("[install]\nprefix={NOWHERE}\ninstall-scripts={NOWHERE}\n");
            fs::write(home.join(name), text).expect("a file can be written");
        }
        world.expect_the_same(".pydistutils.cfg", &[], home);
    }
    announce(&format!("inherited, configuration of distutils: {}", interpreters.summary(&able)));
    fail_if_required(&interpreters.missing);
}

#[test]
fn current_directory_has_no_effect() {
    let world = World::new(Interpreters::newest(), &[]);
    world.expect_the_same("the current directory", &[], &world.planted);
}

/// Runs with each variable by itself.
fn check_variables(name: &str, variables: &[(&str, &str)], options: &'static [&'static str]) {
    let world = World::new(Interpreters::newest(), options);
    for (variable, value) in variables {
        let value = value.replace(PLANTED, &world.planted.to_string_lossy());
        let value = value.replace(WORK, &world.target.scratch.work().to_string_lossy());
        let shown = format!("{variable}={value}");
        world.expect_the_same(&shown, &[(variable, &value)], world.target.scratch.home());
    }
    announce(&format!("inherited, {name}: {} cells ran", variables.len()));
}

/// An environment, the result of a run without additional surroundings, and the planted files.
struct World {
    target: Target,
    options: &'static [&'static str],
    /// The environment as it is before a run.
    kept: PathBuf,
    planted: PathBuf,
    result: Tree,
    told: String,
}

impl World {
    fn new(interpreter: &Interpreter, options: &'static [&'static str]) -> Self {
        let target = Target::of(interpreter);
        let kept = target.scratch.work().join("kept");
        fs::rename(&target.environment, &kept).expect("a tree can be moved away");
        let planted = plant_in(target.scratch.work());
        let result = Tree::of(&kept);
        let mut world = Self { target, options, kept, planted, result, told: String::new() };
        let (result, told) = world.run("nothing", &[], world.target.scratch.home());
        let added = result.files_added_to(&world.result);
        assert!(added.iter().any(|path| path.ends_with("pip/__init__.py")), "{told}");
        (world.result, world.told) = (result, told);
        world
    }

    /// Runs the program on the environment, and removes the result. Nothing else may change.
    fn run(&self, what: &str, variables: &[(&str, &str)], directory: &Path) -> (Tree, String) {
        let scratch = &self.target.scratch;
        let around = || {
            let base = scratch.work().parent().expect("it is in the scratch");
            Tree::of_all_but(base, |path| base.join(path) == self.target.environment)
        };
        let before = around();
        link_tree(&self.kept, &self.target.environment);
        let tool = self.target.tool().arguments(self.options).current_directory(directory);
        let tool = variables.iter().fold(tool, |tool, (name, value)| tool.environment(name, value));
        let told = tool.run();
        assert!(told.succeeded(), "with {what}: {told}");
        assert_eq!(told.stderr(), "", "with {what}");
        // One of the configuration files is planted in the environment.
        let tree = Tree::of_all_but(&self.target.environment, |path| path == Path::new("pip.conf"));
        fs::remove_dir_all(&self.target.environment).expect("an environment can be removed");
        let differences = before.differences("before", &around(), "after");
        assert!(differences.is_empty(), "around, with {what}: {}", differences.join("\n"));
        (tree, told.stdout())
    }

    /// Runs the program with something in its surroundings that must not make a difference.
    fn expect_the_same(&self, what: &str, variables: &[(&str, &str)], directory: &Path) {
        let (tree, told) = self.run(what, variables, directory);
        assert_eq!(told, self.told, "with {what}");
        let differences = self.result.differences("without", &tree, "with");
        assert!(differences.is_empty(), "with {what}:\n{}", differences.join("\n"));
    }
}

/// Plants files in a directory that would be found if it were searched.
fn plant_in(work: &Path) -> PathBuf {
    let planted = work.join("planted");
    for directory in ["pip-99.dist-info", "config/pip", "pip"] {
        fs::create_dir_all(planted.join(directory)).expect("a directory can be made");
    }
    let modules = ["importlib", "json", "os", "site", "struct", "sysconfig", "zlib"];
    for module in modules.into_iter().chain(["sitecustomize", "usercustomize"]) {
        let path = planted.join(module).with_extension("py");
        fs::write(path, "raise SystemExit('planted')\n").expect("a file can be written");
    }
    fs::write(planted.join("pip/__init__.py"), "").expect("a file can be written");
    fs::write(planted.join("pip-99-py3-none-any.whl"), "").expect("a file can be written");
    for file in ["pip.conf", "config/pip/pip.conf"] {
        fs::write(planted.join(file), configuration()).expect("a file can be written");
    }
    planted
}

/// A configuration that would change what pip does, if it could read it at all.
fn configuration() -> String {
    format!(
        "[global]\ntarget = {NOWHERE}\nrequire-virtualenv = nonsense\n[install\nno-compile = 1\n"
    )
}
