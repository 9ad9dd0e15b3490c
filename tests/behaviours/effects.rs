//! The files that an installation leaves, and the settings without effect on it.

use super::{directory_of_older, scripts_in, with_copy};
use crate::support::interpreters::Interpreters;
use crate::support::pip_wheel::NEWEST;
use crate::support::process::Program;
use crate::support::scratch::Scratch;
use crate::support::target::{Target, below};
use crate::support::tree::Tree;
use std::fs;

/// A version that runs on the newest Python and is not the newest pip.
const OLDER: &str = "26.0.1";

/// The target gets pip and nothing else: nothing is added to its path, nothing is kept in a cache,
/// and no directory of packages is searched (`--no-cache-dir --no-index`).
#[test]
fn install_adds_only_pip_files() {
    let target = Target::new();
    let home = target.scratch.home();
    let look = || {
        let ask = ["-I", "-B", "-c", "import sys; print(sys.path, sorted(sys.modules))"];
        Program::new(&target.python, home).arguments(ask).run().expect_success().stdout()
    };
    let (path, before) = (look(), Tree::of(&target.environment));
    let told = target.tool().run().expect_success();
    assert!(!told.stdout().contains("Looking in"), "{told}");
    assert_eq!(look(), path);
    let library = target.library();
    let added = Tree::of(&target.environment).files_added_to(&before);
    assert!(added.len() > 100, "only {} files were added", added.len());
    for added in added {
        let added = target.environment.join(added);
        let metadata = library.join(format!("pip-{NEWEST}.dist-info"));
        let places = [library.join("pip"), metadata, target.environment.join("bin")];
        assert!(places.iter().any(|place| added.starts_with(place)), "{}", added.display());
    }
    assert_eq!(home.read_dir().expect("it is there").count(), 0);
}

/// `--root`, `--user` and `--upgrade` each have their own effect, and no other.
#[test]
fn root_user_and_upgrade_options_have_only_their_effect() {
    let target = Target::new();
    let older = directory_of_older(&target, OLDER);
    let (work, home) = (target.scratch.work().to_owned(), target.scratch.home());
    let before = Tree::of(&work);
    let is_as_before = |what: &str| {
        let differences = before.differences("before", &Tree::of(&work), "after");
        assert!(differences.is_empty(), "{what}: {}", differences.join("\n"));
    };
    let root = work.join("root");
    target.tool().arguments(["--no-compile", "--root"]).argument(&root).run().expect_success();
    assert!(below(&root, &target.library()).join("pip").is_dir());
    fs::remove_dir_all(&root).expect("it can be removed");
    is_as_before("--root");

    let python = &Interpreters::newest().executable;
    let user = Program::under_test(home).arguments(["--no-compile", "--user", "--python"]);
    user.argument(python).run().expect_success();
    assert!(home.join(".local/bin/pip3").is_file());
    is_as_before("--user");

    let install = |options: &[&str]| {
        let tool = target.tool().argument("--no-compile").arguments(options);
        tool.run().expect_success();
        let library = target.library();
        let is_there = |version: &str| library.join(format!("pip-{version}.dist-info")).is_dir();
        [is_there(OLDER), is_there(NEWEST)]
    };
    assert_eq!(install(&["--wheel-dir", &older.to_string_lossy()]), [true, false]);
    assert_eq!(install(&[]), [true, false]);
    assert_eq!(install(&["--upgrade"]), [false, true]);
}

/// Bytecode is compiled unless the Python has no cache tag, and so no name for it.
///
/// Not compared with `ensurepip`: that of 3.13 and before fails there.
#[test]
fn bytecode_is_omitted_without_cache_tag() {
    let target = Target::new();
    let root = target.scratch.work().join("root");
    let install = |options: &[&str]| {
        let tool = target.tool().arguments(options).argument("--root").argument(&root);
        tool.run().expect_success();
        let tree = Tree::of(&root);
        fs::remove_dir_all(&root).expect("a root can be removed");
        tree
    };
    assert!(install(&[]).bytecode_files().next().is_some());
    let not_compiled = install(&["--no-compile"]);
    let line = "import sys; sys.implementation.cache_tag = None\n";
    fs::write(target.library().join("untagged.pth"), line).expect("a file can be written");
    let untagged = install(&[]);
    let differences = not_compiled.differences("not compiled", &untagged, "untagged");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The scripts are `pip3` and `pip3.X`; with `--altinstall`, `pip3.X` alone; with `--default-pip`,
/// `pip` as well. `ENSUREPIP_OPTIONS`, by which `ensurepip` passes this to pip, is ignored.
///
/// `parity.rs` compares the options with `ensurepip`, without an inherited variable: that it leaks
/// is one of the differences.
#[test]
fn scripts_follow_options_not_inherited_variable() {
    let target = Target::new();
    let (pip, pip3) = ("pip".to_owned(), "pip3".to_owned());
    let versioned = format!("pip{}", Interpreters::newest().name());
    let root = target.scratch.work().join("root");
    for (options, inherited, scripts) in [
        (&[][..], "altinstall", vec![pip3.clone(), versioned.clone()]),
        (&["--altinstall"], "install", vec![versioned.clone()]),
        (&["--default-pip"], "altinstall", vec![pip.clone(), pip3.clone(), versioned.clone()]),
        (&["--default-pip"], "", vec![pip, pip3, versioned]),
    ] {
        let tool = target.tool().environment("ENSUREPIP_OPTIONS", inherited);
        let tool = tool.arguments(["--no-compile", "--root"]).argument(&root);
        tool.arguments(options).run().expect_success();
        let found = scripts_in(&below(&root, &target.environment).join("bin"));
        assert_eq!(found, scripts, "{options:?} {inherited:?}");
        fs::remove_dir_all(&root).expect("a root can be removed");
    }
}

/// No variable of pip has an effect, and neither has its configuration, on installing or on
/// uninstalling.
#[test]
fn pip_variables_do_not_change_install_or_uninstall() {
    let target = Target::new();
    let home = target.scratch.home();
    let before = Tree::of(&target.environment);
    let file = home.join("pip.conf");
    fs::write(&file, "[global]\nrequire-virtualenv = nonsense\n").expect("it can be written");
    let tool = |is_set: bool| {
        let tool = Program::under_test(home);
        if !is_set {
            return tool;
        }
        tool.environment("PIP_THIS_SHOULD_BE_IGNORED", "1")
            .environment("PIP_NO_INSTALL", "1")
            .environment("PIP_NO_INPUT", "nonsense")
            .environment("PIP_CONFIG_FILE", &file.to_string_lossy())
    };
    let trees = [false, true].map(|is_set| {
        let run = |program: Program| {
            let told = program.argument("--python").argument(&target.python).run();
            assert_eq!(told.stderr(), "", "{told}");
            told.expect_success()
        };
        run(tool(is_set));
        let installed = Tree::of(&target.environment);
        assert!(!installed.files_added_to(&before).is_empty(), "nothing was installed");
        run(tool(is_set).argument("uninstall"));
        let after = Tree::of(&target.environment);
        assert_eq!(before.differences("before", &after, "after"), Vec::<String>::new());
        installed
    });
    let differences = trees[0].differences("without", &trees[1], "with variables");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A Python without `zlib` cannot run `ensurepip`, which fails naming the module. The program unpacks
/// the wheel itself, and installs the same files there as elsewhere.
#[test]
fn install_works_without_zlib() {
    let scratch = Scratch::new();
    let Some(copy) = with_copy("install_works_without_zlib", &scratch) else { return };
    let install = || {
        let tool = Program::under_test(scratch.home()).argument("--python").argument(&copy.python);
        tool.run().expect_success();
        Tree::of(&copy.site_packages())
    };
    let usual = install();
    for made in ["pip", &format!("pip-{NEWEST}.dist-info")] {
        fs::remove_dir_all(copy.site_packages().join(made)).expect("it can be removed");
    }
    for script in scripts_in(&copy.prefix.join("bin")) {
        fs::remove_file(copy.prefix.join("bin").join(script)).expect("it can be removed");
    }
    copy.without("lib-dynload", "zlib.");
    let import = copy.run(scratch.home()).arguments(["-c", "import zlib"]).run();
    assert!(!import.succeeded(), "zlib is no module of its own in this Python: {import}");
    let theirs = copy.run(scratch.home()).arguments(["-m", "ensurepip"]).run();
    assert!(theirs.status() == Some(1) && theirs.stderr().contains("zlib"), "{theirs}");

    let differences = usual.differences("with zlib", &install(), "without");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// A Python that lacks a module which pip imports cannot run `ensurepip`. The program installs pip there,
/// and warns; `status` and the report name the module.
#[test]
fn missing_module_is_reported_without_a_root() {
    let scratch = Scratch::new();
    let Some(copy) = with_copy("missing module", &scratch) else { return };
    fs::remove_file(copy.library.join("html")).expect("a package is a link");
    let theirs = copy.run(scratch.home()).arguments(["-m", "ensurepip"]).run();
    let reason = "No module named 'html'";
    assert!(theirs.status() == Some(1) && theirs.stderr().contains(reason), "{theirs}");

    let tool = |arguments: &[&str]| {
        let tool = Program::under_test(scratch.home()).arguments(arguments);
        tool.argument("--python").argument(&copy.python).run().expect_success()
    };
    let warning = "pip cannot start: this Python does not have the module";
    let (before, installed, after) = (tool(&["status"]), tool(&[]), tool(&["status"]));
    assert!(
        installed.stdout().ends_with(&format!("Successfully installed pip-{NEWEST}\n")),
        "{installed}"
    );
    for told in [before.stdout(), installed.stderr(), after.stdout()] {
        let line = told.lines().find(|line| line.to_lowercase().starts_with("warning:"));
        let line = line.unwrap_or_else(|| panic!("no warning: {told}"));
        assert!(line.contains(warning) && line.contains("`html`"), "{line}");
    }
    let report = tool(&["status", "--json"]).stdout();
    let report: serde_json::Value = serde_json::from_str(&report).expect("it is JSON");
    let missing = report["missing_modules"].as_array().expect("it is known");
    assert!(missing.iter().any(|missing| missing["module"] == "html"), "{report}");
    let pip = copy.run(scratch.home()).arguments(["-m", "pip", "install", "--no-index", "x"]).run();
    assert!(pip.stderr().contains(reason), "{pip}");
}

/// `-U` equals `--upgrade`.
#[test]
fn upgrade_short_option_equals_long_option() {
    let target = Target::new();
    let older = directory_of_older(&target, OLDER);
    let root = target.scratch.work().join("root");
    let tool = || target.tool().arguments(["--no-compile", "--root"]).argument(&root);
    let results = ["-U", "--upgrade"].map(|option| {
        tool().argument("--wheel-dir").argument(&older).run().expect_success();
        let told = tool().argument(option).run().expect_success();
        let tree = Tree::of(&root);
        fs::remove_dir_all(&root).expect("a root can be removed");
        (told.stdout(), tree)
    });
    let [(short_told, short), (long_told, long)] = results;
    assert_eq!(short_told, long_told);
    assert!(
        short_told.contains(&format!("Successfully uninstalled pip-{OLDER}\n")),
        "{short_told}"
    );
    let differences = short.differences("-U", &long, "--upgrade");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
