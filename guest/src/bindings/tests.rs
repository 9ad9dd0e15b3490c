//! Is `docs/wit.md` what the contract says?
//!
//! The page is generated. `ENSUREPIP_HOST_TEST_BLESS=1` has this test write it anew.

use std::fs;
use std::path::Path;
use wit_bindgen_core::{Files, wit_parser::Resolve};

/// Markdown has no other place for a note to those who edit the page.
const NOTE: &str = "<!-- Generated from wit/, see CONTRIBUTING.md. -->\n\n";

#[test]
fn the_page_of_the_contract_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(root.join("wit")).expect("the contract can be read");
    let world = resolve.select_world(&[package], None).expect("it has one world");
    let mut files = Files::default();
    let mut generator = wit_bindgen_markdown::Opts::default().build();
    generator.generate(&mut resolve, world, &mut files).expect("a page can be made of it");
    let (_, markdown) = files
        .iter()
        .find(|(name, _)| *name == "bootstrap.md")
        .expect("it is named after the world");
    let expected = format!("{NOTE}{}\n", String::from_utf8_lossy(markdown).trim_end());

    let page = root.join("docs/wit.md");
    if std::env::var_os("ENSUREPIP_HOST_TEST_BLESS").is_some_and(|value| value == "1") {
        fs::write(&page, &expected).expect("the page can be written");
    }
    let found = fs::read_to_string(&page).expect("the page is there");
    assert!(found == expected, "docs/wit.md is outdated; ENSUREPIP_HOST_TEST_BLESS=1 renews it");
}
