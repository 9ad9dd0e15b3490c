//! Does pip get into OCI images, as the tools that others use for them see it?
//!
//! `umoci` and `buildah` make the images (`support::layouts`). The expected result comes from them, from
//! `skopeo`, from a registry, from the image's own Python, and from a run with `--root` on the unpacked
//! image, which `images.rs` tests.

use crate::support::announce::{announce, report_skipped};
use crate::support::layouts::Layout;

/// Do they accept the image, and does pip start in it?
mod tools;

/// Does a registry take the image and return the same?
mod registry;

/// Is the image what `--root` would have left, whatever pip it had?
mod equality;

/// Does the same command give the same digests for every user?
mod reproducible;

/// Does it need no privileges, and is nothing else written to?
mod confined;

/// Is nothing changed where there is nothing to do, and only the output otherwise?
mod outputs;

/// Is the layout the old one or the new one, whenever the program is killed or the disk is full?
mod killed;

/// Is no change lost if two runs change one layout?
mod concurrent;

/// Runs a check with a copy of the layout, or reports what is missing for that.
fn with_layout(name: &str, check: impl FnOnce(&Layout)) {
    match Layout::new() {
        Ok(layout) => {
            check(&layout);
            announce(&format!("OCI images, {name}: ran"));
        }
        Err(missing) => report_skipped(&format!("OCI images, {name}"), &missing),
    }
}
