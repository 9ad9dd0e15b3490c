//! Upgrades, removals and reports of sets.

use serde_json::Value;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::stock::{PIP, Stock, wheel};
use crate::json::document;
use crate::support::copy::link_tree;
use crate::support::process::{Finished, Program};
use crate::support::tree::Tree;

/// The options that name the set.
const SET: &[&str] = &["--with", "alpha", "--with", "beta", "--with", "gamma"];

/// A set that is installed, with a newer version of one member in the directory, which has fewer
/// files; and the environment as it was before.
fn installed() -> (Stock, PathBuf) {
    let older = wheel("alpha", "1.0", &["beta"]).file("alpha/dropped.py", "");
    let stock = Stock::of(&[older, wheel("beta", "1.0", &[]), wheel("gamma", "1.0", &["pip"])]);
    let empty = stock.target.scratch.work().join("empty");
    link_tree(&stock.target.environment, &empty);
    stock.install(SET);
    stock.add(&wheel("alpha", "2.0", &["beta>=1"]));
    (stock, empty)
}

/// The tool with a command.
fn command(stock: &Stock, command: &str, options: &[&str]) -> Program {
    let tool = Program::under_test(stock.target.scratch.home()).argument(command);
    let tool = tool.argument("--python").argument(&stock.target.python);
    tool.arguments(["--wheel-dir", Stock::FROM_HOME]).arguments(options)
}

fn expect_equal(one: &Tree, other: &Tree) {
    let differences = one.differences("expected", other, "found");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn upgrade_of_one_member_is_as_a_new_installation() {
    let (stock, empty) = installed();
    let environment = &stock.target.environment;
    let older = Tree::of(environment);
    let kept = stock.install(SET);
    assert!(!kept.stdout().contains("Successfully installed"), "{kept}");
    expect_equal(&older, &Tree::of(environment));

    let beta = stock.target.library().join("beta/__init__.py");
    let file_number = || fs::metadata(&beta).expect("it is there").ino();
    let before = file_number();
    let finished = stock.install(&[SET, &["-U"]].concat());
    assert!(finished.stdout().ends_with("Successfully installed alpha-2.0\n"), "{finished}");
    assert_eq!(file_number(), before);
    let pip = format!("pip-{PIP}");
    assert_eq!(stock.installed(), ["alpha-2.0", "beta-1.0", "gamma-1.0", &pip]);

    let upgraded = Tree::of(environment);
    fs::remove_dir_all(environment).expect("it is the test's own");
    link_tree(&empty, environment);
    stock.install(SET);
    expect_equal(&Tree::of(environment), &upgraded);
}

#[test]
fn removal_of_set_restores_what_was_there() {
    let (stock, empty) = installed();
    let environment = &stock.target.environment;
    let expect_removed = |finished: &Finished, names: &[&str]| {
        let lines = finished.stdout();
        let removed = lines.lines().filter_map(|line| line.split_once("uninstalled "));
        let mut removed: Vec<&str> = removed.map(|(_, name)| name).collect();
        removed.sort_unstable();
        assert_eq!(removed, names, "{finished}");
    };
    // Another version than the one that would be installed is kept, as by `ensurepip._uninstall`.
    let finished = command(&stock, "uninstall", &[SET, &["--without-pip"]].concat()).run();
    let reason = "(alpha: '1.0' installed, '2.0' available)";
    assert!(finished.stderr().contains(reason), "{finished}");
    expect_removed(&finished.expect_success(), &["beta-1.0", "gamma-1.0"]);
    let pip = format!("pip-{PIP}");
    assert_eq!(stock.installed(), ["alpha-1.0", &pip]);

    let set = ["--with", "alpha==1.0", "--with", "beta"];
    let finished = command(&stock, "uninstall", &set).run().expect_success();
    expect_removed(&finished, &["alpha-1.0", &pip]);
    expect_equal(&Tree::of(&empty), &Tree::of(environment));
}

#[test]
fn status_and_dry_run_of_set_change_nothing() {
    let (stock, _) = installed();
    let before = Tree::of(stock.target.scratch.work());
    let upgrade = &[SET, &["-U"]].concat();
    let status = command(&stock, "status", upgrade).run().expect_success().stdout();
    for (name, version) in [("alpha", "1.0"), ("beta", "1.0"), ("gamma", "1.0"), ("pip", PIP)] {
        assert!(status.contains(&format!("{name} {version}")), "{name}: {status}");
    }
    assert!(status.contains("2.0"), "{status}");
    let dry = stock.install(&[upgrade, &["--dry-run"][..]].concat());
    assert!(dry.stdout().ends_with("Would install alpha-2.0\n"), "{dry}");
    expect_equal(&before, &Tree::of(stock.target.scratch.work()));
}

#[test]
fn json_report_lists_each_wheel() {
    let (stock, _) = installed();
    let report = |tool: Program| {
        let finished = tool.argument("--json").run().expect_success();
        let report = document(&finished);
        let wheels = report["wheels"].as_array().unwrap_or_else(|| panic!("no wheels: {report}"));
        let mut names: Vec<String> = wheels
            .iter()
            .map(|wheel| {
                let member = |name: &str| wheel[name].as_str().unwrap_or_default().to_owned();
                [member("project"), member("version"), member("result")].join(" ")
            })
            .collect();
        names.sort();
        names
    };
    let upgrade = &[SET, &["-U"]].concat();
    assert_eq!(
        report(stock.tool(upgrade)),
        ["alpha 2.0 installed", "beta 1.0 kept", "gamma 1.0 kept", &format!("pip {PIP} kept")]
    );
    assert_eq!(
        report(command(&stock, "uninstall", SET)),
        [
            "alpha 2.0 removed",
            "beta 1.0 removed",
            "gamma 1.0 removed",
            &format!("pip {PIP} removed")
        ]
    );
}

#[test]
fn bill_of_materials_has_a_component_for_each_project() {
    let stock = Stock::of(&[wheel("alpha", "1.0", &["beta"]), wheel("beta", "1.0", &[])]);
    stock.install(&["--with", "beta", "--without-pip"]);
    let set = &["--with", "alpha", "--with", "beta", "--sbom", "-"];
    let bill: Value = serde_json::from_str(&stock.install(set).stdout()).expect("it is JSON");
    let components = bill["components"].as_array().expect("it is a list");
    let of_kind = |kind: &'static str| components.iter().filter(move |one| one["type"] == kind);
    let projects: Vec<&str> = of_kind("library").filter_map(|one| one["purl"].as_str()).collect();
    assert_eq!(
        projects,
        [&format!("pkg:pypi/pip@{PIP}"), "pkg:pypi/alpha@1.0", "pkg:pypi/beta@1.0"]
    );
    // Those of a project that was there are not read.
    for (project, path) in of_kind("library").zip(["pip/__init__.py", "alpha/main.py", ""]) {
        let files = project["components"].as_array().into_iter().flatten();
        let mut names = files.filter_map(|file| file["name"].as_str());
        assert_eq!(names.any(|name| name.ends_with(path)), !path.is_empty(), "{project}");
    }
    let scripts: Vec<&str> = of_kind("file").filter_map(|one| one["name"].as_str()).collect();
    assert!(scripts.iter().any(|name| name.ends_with("/run-alpha")), "{scripts:?}");
}
