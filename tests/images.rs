//! Does pip get into an image, its Python never run and nothing outside it touched?
//!
//! The images are Debian's, made in the test run (`support::images`), one of them for another CPU,
//! and trees put together from a Python of this machine. What must come of it is told by the
//! image's own Python in a chroot, and by pip where it has installed itself there.

use crate::support::announce::{announce, fail_if_required};
use crate::support::images::{Image, Recipe};
use crate::support::scratch::Scratch;

/// Does it work afterwards, and is it what pip itself would have left?
mod debian;

/// Does it work for every CPU that Debian is for?
mod architectures;

/// Does a Python that is newer than any of this machine get what the others get?
mod new_pythons;

/// Is what is told of an image true?
mod reports;

/// Is nothing run, and nothing changed outside?
mod confined;

/// Do two runs leave the same bytes, modes and times?
mod reproducible;

/// Is the Python of this machine no matter?
mod host;

/// Is nothing outside touched, whatever is a link inside?
mod hostile;

/// Is a virtual environment of an image what its own Python says it is?
mod environments;
/// Is it said when pip cannot start, and only then?
mod startable;

/// Do trees work that are not a distributor's?
mod layouts;

/// Copies an image, with a directory around it.
fn copy_of(recipe: &'static Recipe) -> Result<(Image, Scratch), String> {
    let scratch = Scratch::new();
    let image = recipe.copy_to(&scratch.work().join("image"))?;
    Ok((image, scratch))
}

/// Runs a check on a copy of each image that is to be had.
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

/// Announces what ran, and fails if what did not run is required.
fn report_cells(name: &str, ran: &[String], missing: &[String]) {
    let list = |names: &[String]| match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let (count, ran) = (ran.len(), list(ran));
    announce(&format!("images, {name}: {count} cells ran: {ran}; missing: {}", list(missing)));
    fail_if_required(missing);
}
