//! An accepted name leads below a directory on every platform, in every normalization, and stays
//! accepted when it is split and joined.

use super::check;
use crate::entry_path::{EntryPath, fold};
use proptest::prelude::{Strategy, prop};
use proptest::{prop_assert, prop_assert_eq, prop_oneof};
use std::path::{Component, Path};
use unicode_normalization::UnicodeNormalization as _;

/// Parts of paths that are special somewhere, beside ordinary names and any characters.
fn paths() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-cA-C]{1,3}",
        2 => prop::sample::select(vec![
            "", ".", "..", " ", "~", "con", "COM1", "nul.txt", "C:", "\\", "..\\", "a\\b", "a:b",
            ".ensurepip-host-stage", "\u{2025}", "\u{2024}", "\u{ff0f}", "\u{ff0e}", "\u{ff3c}",
            "\u{2100}", "\u{e9}", "e\u{301}", "\u{df}", "\u{130}", "\u{131}", "\u{17f}", "\u{212a}",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{1,4}",
        1 => prop::collection::vec(proptest::char::any(), 1..4).prop_map(String::from_iter),
    ];
    let name = prop::collection::vec(part, 1..3).prop_map(|parts| parts.concat());
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

/// The names that Windows sees in a path.
fn names_on_windows(path: &str) -> Vec<&str> {
    path.split(['/', '\\']).map(|name| name.trim_end_matches(['.', ' '])).collect()
}

#[test]
fn entry_path_stays_below_root_on_every_platform() {
    let mut accepted = 0;
    check(&paths(), |path| {
        let Ok(entry) = EntryPath::new(&path) else { return Ok(()) };
        accepted += 1;
        prop_assert_eq!(entry.as_str(), &path);
        let forms: [String; 5] = [
            path.clone(),
            path.nfc().collect(),
            path.nfd().collect(),
            path.nfkc().collect(),
            path.nfkd().collect(),
        ];
        for form in &forms {
            let components: Vec<Component> = Path::new(form).components().collect();
            let is_plain = components.iter().all(|part| matches!(part, Component::Normal(_)));
            prop_assert!(is_plain, "{}", form);
            prop_assert_eq!(components.len(), path.split('/').count());
            let on_windows = names_on_windows(form);
            // Neither a drive or a stream, nor a name that is dropped or cut.
            prop_assert!(!form.contains(':'), "{}", form);
            prop_assert!(on_windows.iter().all(|name| !name.is_empty()), "{}", form);
            prop_assert_eq!(on_windows.join("/"), form.as_str());
        }
        Ok(())
    });
    assert!(accepted > 20, "only {accepted} were accepted");
}

#[test]
fn entry_path_split_and_join_round_trip() {
    let mut joined_paths = 0;
    check(&(paths(), paths()), |(one, other)| {
        let (Ok(one), Ok(other)) = (EntryPath::new(&one), EntryPath::new(&other)) else {
            return Ok(());
        };
        joined_paths += 1;
        let joined = other.below(one.as_str());
        prop_assert_eq!(EntryPath::new(&joined).map(|path| path.to_string()), Ok(joined.clone()));
        let (first, rest) = one.split_first();
        prop_assert!(EntryPath::new(first).is_ok());
        if let Some(rest) = rest {
            prop_assert!(EntryPath::new(rest.as_str()).is_ok());
            prop_assert_eq!(rest.below(first), one.to_string());
        }
        Ok(())
    });
    assert!(joined_paths > 5, "only {joined_paths} were joined");
}

#[test]
fn name_folding_is_idempotent_and_ignores_case_and_form() {
    check(&paths(), |path| {
        let folded = fold(&path);
        prop_assert_eq!(&fold(&folded), &folded);
        // Decomposed first, as in Unicode's caseless match (D145): the upper case of an iota below a
        // letter is a letter of its own, and the marks that follow belong to that one.
        let decomposed: String = path.nfd().collect();
        prop_assert_eq!(&fold(&decomposed.to_uppercase()), &folded);
        prop_assert_eq!(&fold(&path.nfc().collect::<String>()), &folded);
        prop_assert_eq!(&fold(&decomposed), &folded);
        prop_assert_eq!(&fold(&path.nfkc().collect::<String>()), &folded);
        Ok(())
    });
}
