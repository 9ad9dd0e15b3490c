//! Whether `docs/wit.md` and `docs/codes.md` match the contract.
//!
//! The page of the contract is generated. With `ENSUREPIP_HOST_TEST_BLESS=1` this test rewrites it.

use std::fs;
use std::path::{Path, PathBuf};
use wit_bindgen_core::{
    Files,
    wit_parser::{PackageId, Resolve, TypeDefKind},
};

/// Markdown has no other place for a note to those who edit the page.
const NOTE: &str = "<!-- Generated from wit/, see CONTRIBUTING.md. -->\n\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn contract() -> (Resolve, PackageId) {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(root().join("wit")).expect("the contract can be read");
    (resolve, package)
}

#[test]
fn wit_page_matches_contract() {
    let (mut resolve, package) = contract();
    let world = resolve.select_world(&[package], None).expect("it has one world");
    let mut files = Files::default();
    let mut generator = wit_bindgen_markdown::Opts::default().build();
    generator.generate(&mut resolve, world, &mut files).expect("a page can be made of it");
    let (_, markdown) = files
        .iter()
        .find(|(name, _)| *name == "bootstrap.md")
        .expect("it is named after the world");
    // A line of hyphens below a text would make that a heading.
    let markdown = String::from_utf8_lossy(markdown).replace("\n----\n", "\n***\n");
    let expected = format!("{NOTE}{}\n", markdown.trim_end());

    let page = root().join("docs/wit.md");
    if std::env::var_os("ENSUREPIP_HOST_TEST_BLESS").is_some_and(|value| value == "1") {
        fs::write(&page, &expected).expect("the page can be written");
    }
    let found = fs::read_to_string(&page).expect("the page is there");
    assert!(found == expected, "docs/wit.md is outdated; ENSUREPIP_HOST_TEST_BLESS=1 renews it");
}

/// Every case of `fault-code` is in the last paragraph of the page, in its order.
#[test]
fn docs_fault_codes_match_contract() {
    let (resolve, _) = contract();
    let known: Vec<&str> = resolve
        .types
        .iter()
        .filter(|(_, definition)| definition.name.as_deref() == Some("fault-code"))
        .filter_map(|(_, definition)| match &definition.kind {
            TypeDefKind::Enum(codes) => Some(codes),
            _ => None,
        })
        .flat_map(|codes| codes.cases.iter().map(|case| case.name.as_str()))
        .collect();
    assert!(known.len() > 20, "{known:?}");
    let page = fs::read_to_string(root().join("docs/codes.md")).expect("the page is there");
    let list = page.trim_end().rsplit("\n\n").next().unwrap_or_default();
    let listed: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    assert_eq!(listed, known);
}
