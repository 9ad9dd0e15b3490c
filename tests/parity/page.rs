//! Are the differences that the tests allow those that `docs/differences.md` names, and the other
//! way round?

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::differences::REMOVALS;
use super::table::ROWS;

/// Differences that cannot be shown by comparing what the two programs leave, each with the test
/// that shows it.
const SHOWN_ELSEWHERE: &[(&str, &str)] = &[
    ("newest-pip", "the_pip_is_newer_than_that_of_the_python"),
    ("bytecode-separators", "everyones_pip_is_that_of_ensurepip"),
    ("bytecode-marks", "bytecode_is_that_of_ensurepip_and_compileall"),
    ("root-is-a-boundary", "a_link_in_a_root_leads_where_it_would_in_a_chroot"),
    ("root-of-its-own", "a_python_in_opt"),
    ("empty-root", "empty_root_is_a_usage_error"),
    ("unlikely-root", "root_with_files_but_no_python_is_refused"),
    ("marker-in-root", "a_marker_in_a_root_is_honoured_and_quoted"),
    ("user-in-root", "a_root_that_cannot_be_written_is_an_error"),
    ("metadata-version", "what_importlib_metadata_finds_is_what_counts"),
    ("unreadable-metadata", "metadata_that_is_no_directory_is_refused"),
    ("wheel-by-version", "b04_the_newest_pip_of_a_wheel_directory"),
    ("digests", "a_damaged_wheel_that_pip_installs_is_refused"),
    ("debundled", "debundled_pip_is_refused_with_names"),
    ("cannot-start", "missing_modules_are_in_warning_and_status"),
    ("links", "a_second_run_finds_the_first_ones_work_and_changes_nothing"),
    ("path-warning", "scripts_that_are_not_on_path_are_told_unless_they_are_in_a_root"),
    ("root-described", "report_names_where_the_facts_come_from"),
    ("root-warning", "the_root_user_is_not_warned"),
    ("progress", "work_that_takes_long_is_seen_on_a_terminal_and_gone_at_the_end"),
    ("full-output", "full_output_is_a_warning_and_with_json_an_error"),
    ("interrupt", "an_installation_is_done_or_undone"),
    ("nothing-to-uninstall", "b13_what_is_not_uninstalled"),
    ("env-interpreter", "scripts_find_the_interpreter_that_env_finds"),
    ("errors", "b10_altinstall_and_default_pip"),
];

/// Names that no row writes down: they follow from the interpreter, or from what a run does.
const SHOWN_BY_MANY: &[&str] = &["setuptools", "times", "old-scripts", "wheels-left"];

/// The names on the page, in its order.
fn names_on_the_page() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/differences.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_difference_has_one_name_and_one_test() {
    let on_the_page = names_on_the_page();
    let in_cells = REMOVALS.iter().map(|(name, _)| *name);
    let elsewhere = SHOWN_ELSEWHERE.iter().map(|(name, _)| *name);
    let in_tests = in_cells.chain(elsewhere).collect::<Vec<_>>();
    for name in &on_the_page {
        let count = in_tests.iter().filter(|other| *other == name).count();
        assert_eq!(count, 1, "`{name}` is on the page, and so often in the tests");
    }
    for name in &in_tests {
        let count = on_the_page.iter().filter(|other| other == name).count();
        assert_eq!(count, 1, "`{name}` is in the tests, and so often on the page");
    }
}

/// A cell fails if a difference that it names is not there. So what a cell names is shown.
#[test]
fn every_difference_of_the_cells_is_named_by_one() {
    let runs = ROWS.iter().flat_map(|(_, row)| row.runs);
    let by_rows = runs.flat_map(|run| run.differences.iter().copied()).collect::<BTreeSet<_>>();
    let named = by_rows.iter().chain(SHOWN_BY_MANY).copied().collect::<BTreeSet<_>>();
    let known = REMOVALS.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>();
    assert_eq!(named, known);
}

#[test]
fn the_tests_that_show_a_difference_elsewhere_are_there() {
    let own = std::env::current_exe().expect("the test is a program");
    let listed = Command::new(own).args(["--list", "--format", "terse"]).output();
    let listed = listed.expect("it can be run");
    let listed = String::from_utf8(listed.stdout).expect("names are text");
    for (difference, test) in SHOWN_ELSEWHERE {
        let is_it = |line: &&str| {
            line.strip_suffix(": test").and_then(|path| path.rsplit("::").next()) == Some(*test)
        };
        let count = listed.lines().filter(is_it).count();
        assert_eq!(count, 1, "`{test}`, which shows `{difference}`, is there so often");
    }
}
