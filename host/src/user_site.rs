//! Installing for one user: when that applies, and when it is impossible.
//!
//! The decision is pip's: on request, or because the library directories cannot be written and the
//! user site can be used instead. Below a root only on request.

use crate::error::Error;
use crate::facts::{Facts, Paths, Scheme, UserSite};
use crate::platform;
use crate::report::Scope;
use crate::root::Root;
use std::path::Path;

/// Decides who the installation is for.
pub(crate) fn decide(asked: bool, root: &Root, facts: &Facts) -> Result<Scope, Error> {
    if asked {
        return match (facts.user_site, &facts.user_paths) {
            (UserSite::Invisible, _) => {
                Err(Error::UserSite("it is not visible in this virtual environment".to_owned()))
            }
            (UserSite::Off, _) => {
                Err(Error::UserSite("it is switched off for this Python".to_owned()))
            }
            (UserSite::Unknown, _) => {
                Err(Error::UserSite("whose it would be in an image is not known".to_owned()))
            }
            (UserSite::On, None) => Err(Error::UserSite("this Python has none".to_owned())),
            (UserSite::On, Some(_)) => check_base(facts).map(|()| Scope::User),
        };
    }
    let can_be_written = || match &facts.scheme {
        Scheme::Reported(Paths { purelib, platlib, .. }) => {
            [purelib, platlib].iter().all(|path| is_writable(Path::new(path)))
        }
        Scheme::Named(_) => true,
    };
    if !root.is_this_system()
        || can_be_written()
        || facts.user_site != UserSite::On
        || facts.user_paths.is_none()
    {
        return Ok(Scope::Everyone);
    }
    check_base(facts).map(|()| Scope::UserFallback)
}

/// Rejects a relative base, which would be a different directory for each current directory.
fn check_base(facts: &Facts) -> Result<(), Error> {
    match &facts.user_base {
        Some(base) if !Path::new(base).is_absolute() => {
            Err(Error::UserSite(format!("its base `{base}` is not an absolute path")))
        }
        _ => Ok(()),
    }
}

/// Whether a directory, or the nearest existing one above it, can be written.
fn is_writable(path: &Path) -> bool {
    let Ok(path) = std::path::absolute(path) else { return false };
    let existing = path.ancestors().find(|ancestor| ancestor.symlink_metadata().is_ok());
    existing.is_some_and(platform::is_writable)
}

#[cfg(all(test, unix))]
mod tests;
