//! Do the codes of the documents exist?

use crate::support::documents::page;

/// Every case of the library's errors, and nothing else.
#[test]
fn the_errors_have_the_codes_of_the_page() {
    let source = page("host/src/error.rs");
    let (_, body) = source.split_once("pub fn code(").expect("there is a function");
    let (body, _) = body.split_once("pub fn hint(").expect("another follows it");
    let mut known: Vec<&str> = body
        .split("=> \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    let text = page("docs/codes.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let mut told: Vec<&str> = rows.map(|(code, _)| code).collect();
    known.sort_unstable();
    told.sort_unstable();
    assert!(known.len() > 20, "{known:?}");
    assert_eq!(told, known);
}

/// Every case of the contract's `fault-code`, in its order.
#[test]
fn the_faults_have_the_codes_of_the_page() {
    let contract = page("wit/types.wit");
    let (_, cases) = contract.split_once("enum fault-code {").expect("there is an enum");
    let (cases, _) = cases.split_once('}').expect("it ends");
    let cases = cases.lines().filter_map(|line| line.trim().strip_suffix(','));
    let cases = cases.filter(|case| !case.contains(' '));
    let known: Vec<&str> = cases.map(|case| case.trim_start_matches('%')).collect();
    let text = page("docs/codes.md");
    let (_, section) = text.split_once("where each is explained.").expect("there is a section");
    let told: Vec<&str> = section.split('`').skip(1).step_by(2).collect();
    assert!(known.len() > 20, "{known:?}");
    assert_eq!(told, known);
}
