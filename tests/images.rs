//! Does pip get into an image, without running its Python or changing anything outside?
//!
//! The images are Debian's, made in the test run (`support::images`), one of them for another CPU,
//! and trees put together from a Python of this machine. The expected result comes from the image's
//! own Python in a chroot, and from pip where it has installed itself there.

use crate::support::announce::{announce, fail_if_required};
use crate::support::images::{Image, Recipe};
use crate::support::scratch::Scratch;

/// Does pip work afterwards, and is it what pip itself would have left?
pub(crate) mod debian;

/// Does it work for every CPU that Debian supports?
mod architectures;

/// Does a Python that is newer than any of this machine get the same?
mod new_pythons;

/// Are the reports about an image true?
mod reports;

/// Is nothing run, and nothing changed outside?
mod confined;

/// Do two runs leave the same bytes, modes and times?
mod reproducible;

/// Does the Python of this machine make no difference?
mod host;

/// Is nothing outside touched, whatever links are inside?
mod hostile;

/// Is a virtual environment of an image described as by its own Python?
mod environments;
/// Is it reported when pip cannot start, and only then?
mod startable;

/// Do trees work that are not a distributor's?
mod layouts;

/// Copies an image, with a directory around it.
fn copy_of(recipe: &'static Recipe) -> Result<(Image, Scratch), String> {
    let scratch = Scratch::new();
    let image = recipe.copy_to(&scratch.work().join("image"))?;
    Ok((image, scratch))
}

/// Runs a check on a copy of each available image.
fn for_each(name: &str, recipes: &[&'static Recipe], check: impl Fn(&Image, &Scratch)) {
    let (mut ran, mut missing, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    for recipe in recipes {
        match copy_of(recipe) {
            Ok((image, scratch)) => {
                check(&image, &scratch);
                ran.push(recipe.name());
            }
            Err(reason) if recipe.is_moving => moved.push(reason),
            Err(reason) => missing.push(reason),
        }
    }
    if !moved.is_empty() {
        let (count, moved) = (moved.len(), moved.join(", "));
        announce(&format!("images, {name}: {count} cells of a moving suite did not run: {moved}"));
    }
    report_cells(name, &ran, &missing);
}

/// Announces which cells ran, and fails if others are required.
fn report_cells(name: &str, ran: &[String], missing: &[String]) {
    let list = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let (count, ran) = (ran.len(), list(ran));
    announce(&format!("images, {name}: {count} cells ran: {ran}; missing: {}", list(missing)));
    fail_if_required(missing);
}
