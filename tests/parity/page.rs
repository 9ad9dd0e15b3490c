//! Are the accepted differences of the tests exactly those that `docs/differences.md` names?

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::differences::REMOVALS;
use super::table::ROWS;

/// Differences that a comparison of the two results cannot show, each with the test that shows it.
const SHOWN_ELSEWHERE: &[(&str, &str)] = &[
    ("newest-pip", "bundled_pip_is_newer_than_ensurepip"),
    ("bytecode-separators", "windows_global_install_equals_ensurepip"),
    ("bytecode-marks", "bytecode_equals_ensurepip_and_compileall"),
    ("root-is-a-boundary", "root_symlink_is_resolved_inside_root"),
    ("root-of-its-own", "image_python_in_opt_gets_pip"),
    ("empty-root", "root_option_empty_is_usage_error"),
    ("unlikely-root", "root_with_files_but_no_python_is_refused"),
    ("marker-in-root", "externally_managed_root_is_refused_with_message"),
    ("user-in-root", "root_not_writable_is_refused_without_user_site"),
    ("metadata-version", "installed_pip_matches_importlib_metadata"),
    ("unreadable-metadata", "dist_info_that_is_not_a_directory_is_refused"),
    ("wheel-by-version", "wheel_directory_newest_pip_is_used"),
    ("digests", "wheel_damaged_but_accepted_by_pip_is_refused"),
    ("debundled", "debundled_pip_is_refused_and_names_libraries"),
    ("cannot-start", "missing_modules_are_in_warning_and_status"),
    ("version-line", "version_option_reports_bundled_wheel"),
    ("links", "install_twice_changes_nothing"),
    ("path-warning", "user_site_scripts_not_on_path_cause_warning"),
    ("root-described", "report_names_source_of_python_facts"),
    ("root-warning", "user_site_of_root_user_causes_no_warning"),
    ("progress", "progress_bar_is_shown_and_erased_on_terminal"),
    ("full-output", "output_that_cannot_be_written_is_reported_for_what_it_is"),
    ("interrupt", "install_interrupted_is_completed_or_rolled_back"),
    ("nothing-to-uninstall", "uninstall_skips_absent_or_other_version"),
    ("env-interpreter", "executable_option_with_env_finds_interpreter"),
    ("errors", "altinstall_with_default_pip_runs_nothing"),
];

/// Names that no row states: they follow from the interpreter, or from what a run does.
const SHOWN_BY_MANY: &[&str] = &["setuptools", "times", "old-scripts", "wheels-left"];

/// The names on the page, in its order.
fn names_on_the_page() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/differences.md");
    let page = fs::read_to_string(page).expect("the page is there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn differences_page_has_one_test_per_name() {
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

/// A cell fails if a difference that it names does not occur. So every difference named by a cell
/// is shown.
#[test]
fn differences_of_cells_are_all_named_by_rows() {
    let runs = ROWS.iter().flat_map(|(_, row)| row.runs);
    let by_rows = runs.flat_map(|run| run.differences.iter().copied()).collect::<BTreeSet<_>>();
    let named = by_rows.iter().chain(SHOWN_BY_MANY).copied().collect::<BTreeSet<_>>();
    let known = REMOVALS.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>();
    assert_eq!(named, known);
}

#[test]
fn differences_shown_elsewhere_have_existing_tests() {
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
