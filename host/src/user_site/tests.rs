//! For whom pip is installed, by pip's own rules.

use super::decide;
use crate::error::Error;
use crate::facts::Facts;
use crate::facts::sample::sample;
use crate::report::Scope;
use crate::root::Root;
use serde_json::{Value, json};

/// A Python whose library directories are these, with a user site.
fn facts(purelib: &str, platlib: &str, changes: &Value) -> Facts {
    let paths = |purelib: &str, platlib: &str| {
        json!({
            "purelib": purelib, "platlib": platlib, "include": "/i", "scripts": "/s", "data": "/d",
        })
    };
    let user = json!({
        "user_base": "/home/u/.local", "user_site": "on",
        "user_paths": paths("/home/u/lib", "/home/u/lib"), "paths": paths(purelib, platlib),
    });
    sample(&[&user, changes])
}

/// A path that nobody can write to: it names nothing.
const UNWRITABLE: &str = "";

fn automatic(purelib: &str, platlib: &str, changes: &Value) -> Result<Scope, Error> {
    decide(false, &Root::new(None), &facts(purelib, platlib, changes))
}

#[test]
fn user_site_replaces_library_directories_that_cannot_be_written() {
    let place = tempfile::tempdir().expect("there is room");
    let writable = place.path().join("not/there/yet");
    let writable = writable.to_str().expect("it is UTF-8");
    let scope = |purelib, platlib| automatic(purelib, platlib, &json!({})).expect("it can be");
    assert_eq!(scope(writable, writable), Scope::Everyone);
    assert_eq!(scope(writable, UNWRITABLE), Scope::UserFallback);
    assert_eq!(scope(UNWRITABLE, writable), Scope::UserFallback);
}

#[test]
fn user_site_that_is_off_or_missing_is_no_replacement() {
    for changes in [
        json!({ "user_site": "off" }),
        json!({ "user_site": "invisible" }),
        json!({ "user_paths": null }),
    ] {
        let scope = automatic(UNWRITABLE, UNWRITABLE, &changes).expect("it is not needed");
        assert_eq!(scope, Scope::Everyone, "{changes}");
    }
}

#[test]
fn user_site_below_root_has_to_be_asked_for() {
    let root = Root::new(Some("/nowhere".into()));
    let facts = facts(UNWRITABLE, UNWRITABLE, &json!({}));
    assert_eq!(decide(false, &root, &facts).expect("it can be"), Scope::Everyone);
    assert_eq!(decide(true, &root, &facts).expect("it can be"), Scope::User);
}

#[test]
fn user_site_that_is_unusable_cannot_be_asked_for() {
    for (changes, reason) in [
        (json!({ "user_site": "off" }), "switched off"),
        (json!({ "user_site": "invisible" }), "virtual environment"),
        (json!({ "user_site": "unknown" }), "image"),
        (json!({ "user_paths": null }), "has none"),
        (json!({ "user_base": "relative" }), "`relative` is not an absolute path"),
    ] {
        let facts = facts("/p", "/p", &changes);
        match decide(true, &Root::new(None), &facts) {
            Err(Error::UserSite(detail)) => assert!(detail.contains(reason), "{detail}"),
            other => panic!("another answer: {other:?}"),
        }
    }
    let relative = json!({ "user_base": "relative" });
    assert!(automatic(UNWRITABLE, UNWRITABLE, &relative).is_err());
}
