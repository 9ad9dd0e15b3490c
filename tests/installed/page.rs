//! `docs/installed.md`: every shape, with the findings and the tool's behaviour.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

use super::pythons::{Asked, WANTED};
use super::{Case, Found, NEW, OLD, Reports, directories};

/// The page.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/installed.md");

/// The versions of itself that the newest pip finds in all environments.
pub(super) fn ask_pip(python: &Asked, cases: &[Case]) -> Value {
    let wheel = format!("pip-{NEW}-py3-none-any.whl");
    let wheel = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wheels").join(wheel);
    python.ask("ask_pip.py", &[&wheel], &directories(cases))
}

/// The expected page.
pub(super) fn page(cases: &[Case], before: &BTreeMap<String, Vec<Found>>, pips: &Value) -> String {
    let names = WANTED.map(|(major, minor)| format!("{major}.{minor}"));
    let mut page = format!(
        "# What counts as installed\n\n\
         <!-- Generated: see CONTRIBUTING.md, \"Changing the documents\". -->\n\n\
         pip is installed where `importlib.metadata` finds it. This table lists the shapes that entries of\n\
         a library directory can have. `importlib.metadata` is that of Python {}, which\n\
         agree; `pip` is what pip {NEW} itself finds. The other columns are `ensurepip-host` with a wheel of\n\
         {NEW}: the last one where the shape is a pip {NEW}, the others where it is a pip {OLD}. A word in\n\
         code is the [code](codes.md) of an error, which changes nothing. `?` is a version that the metadata\n\
         does not state.\n\n\
         | shape | `importlib.metadata` | `pip` | `status` | install | `-U` | `uninstall` |\n\
         |---|---|---|---|---|---|---|\n",
        list(&names)
    );
    for (number, case) in cases.iter().enumerate() {
        let all: Vec<&Found> = before.values().map(|found| &found[3 * number]).collect();
        assert!(all.iter().all(|found| *found == all[0]), "{}: {all:?}", case.shape.name);
        let versions = all[0].iter().map(|(_, version)| version.as_deref().unwrap_or("?"));
        let versions = versions.collect::<Vec<_>>().join(", ");
        let found = if versions.is_empty() { "none".to_owned() } else { versions };
        let pip = pips[3 * number].as_str().unwrap_or("none");
        let Reports { status, install, upgrade, uninstall } = &case.reports;
        let cells = [status, install, upgrade, uninstall].map(|report| cell(report.as_ref()));
        let (name, cells) = (&case.shape.name, cells.join(" | "));
        writeln!(page, "| {name} | {found} | {pip} | {cells} |").expect("a string takes a line");
    }
    page
}

/// A report in a few words.
fn cell(report: Option<&Result<Value, String>>) -> String {
    let report = match report {
        Some(Ok(report)) => report,
        Some(Err(code)) => return format!("`{code}`"),
        None => return String::new(),
    };
    let version = report["found"]["version"].as_str();
    let version = version.map(|version| if version.is_empty() { "?" } else { version });
    match (report["result"].as_str(), version) {
        (Some("status"), version) => version.unwrap_or("none").to_owned(),
        (Some("installed"), Some(version)) => format!("replaces {version}"),
        (Some("installed"), None) => "installs".to_owned(),
        (Some("kept" | "other-version"), Some(version)) => format!("keeps {version}"),
        (Some("removed"), _) => "removes".to_owned(),
        (Some("absent"), _) => "nothing".to_owned(),
        _ => panic!("{report}"),
    }
}

/// Words in a sentence.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Compares the page with the expected one, or writes it.
pub(super) fn compare(expected: &str) {
    if env::var_os("ENSUREPIP_HOST_TEST_BLESS").is_some_and(|value| value == "1") {
        fs::write(PAGE, expected).expect("the page can be written");
    }
    let found = fs::read_to_string(PAGE).unwrap_or_default();
    assert!(
        found == expected,
        "docs/installed.md is outdated; ENSUREPIP_HOST_TEST_BLESS=1 renews it\n{expected}"
    );
}
