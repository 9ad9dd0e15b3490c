//! Comparing versions and matching specifiers gives the results of the `packaging` in pip.

use super::{Python, check};
use crate::reference::Format;
use crate::wheel_name::same_version;
use pep440_rs::{Version, VersionSpecifiers};
use proptest::{prop_assert, prop_assert_eq};
use std::str::FromStr as _;

/// Versions in all their spellings, of few numbers, so that some are equal.
const VERSION: &str = "[vV]?([0-2]!)?[0-2](\\.[0-2]{1,2}){0,3}\
    ([-_.]?(a|b|c|rc|alpha|beta|pre|preview|RC)[-_.]?[0-2]?)?\
    (-[0-2]|[-_.]?(post|rev|r)[-_.]?[0-2]?)?([-_.]?dev[-_.]?[0-2]?)?\
    (\\+[a-c0-2]{1,2}([-_.][a-c0-2]{1,2}){0,2})?";

/// Texts that resemble versions.
const NEAR: &str = "[ ]?[vV]?[0-9!.+*a-d_-]{1,6}(post|dev|rc)?[0-9]{0,2}";

/// Specifiers of `Requires-Python`. Without `===`, which compares texts: nobody uses it for a
/// Python.
const SPECIFIERS: &str = "((~=|[=!<>]=|[<>]) ?[0-3](\\.[0-9]{1,2}){0,3}\
    (\\.\\*|[ab]1|rc1|\\.post1|\\.dev1)?)( ?, ?(~=|[=!<>]=|[<>])[0-3](\\.[0-9]{1,2}){0,2}(\\.\\*)?){0,2}";

#[test]
fn version_order_matches_packaging() {
    let Some(mut python) = Python::start() else { return };
    check(&(VERSION, VERSION), |(left, right)| {
        let read = [&left, &right].map(|text| Version::from_str(text));
        let [Ok(one), Ok(other)] = read else {
            return Err(proptest::test_runner::TestCaseError::fail("a version is none"));
        };
        let told = format!("{:?}", one.cmp(&other)).to_lowercase();
        prop_assert_eq!(
            python.read(Format::Comparison, &format!("{left}\n{right}")),
            Ok(vec![told])
        );
        prop_assert_eq!(same_version(&left, &right), one == other);
        Ok(())
    });
}

#[test]
fn version_validity_matches_packaging() {
    let Some(mut python) = Python::start() else { return };
    check(&NEAR, |text| {
        let is_one = Version::from_str(&text).is_ok();
        let of_python = python.read(Format::Comparison, &format!("{text}\n{text}"));
        prop_assert_eq!(is_one, of_python.is_ok(), "{:?}", of_python);
        Ok(())
    });
}

#[test]
fn version_specifiers_match_packaging() {
    let Some(mut python) = Python::start() else { return };
    check(&(SPECIFIERS, "[23]\\.[0-9]{1,2}\\.[0-9]"), |(text, version)| {
        let of_python = python.read(Format::Specifiers, &format!("{text}\n{version}"));
        let Ok(specifiers) = VersionSpecifiers::from_str(&text) else {
            prop_assert!(of_python.is_err(), "{:?}", of_python);
            return Ok(());
        };
        let version = Version::from_str(&version).expect("is one");
        let told = specifiers.contains(&version).to_string();
        prop_assert_eq!(of_python, Ok(vec![told]));
        Ok(())
    });
}
