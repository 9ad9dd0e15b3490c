//! How many of the possible cases are tried: all in a complete run, a sample otherwise.

use super::announce::required;

/// Whether a cell of a table is tried: in a sample every other one, so that each row and each column has
/// some.
pub(crate) fn has_cell(row: usize, column: usize) -> bool {
    required() || (row + column).is_multiple_of(2)
}

/// All items of a list; in a sample the first, the last and the one in the middle.
pub(crate) fn outermost_and_middle<Thing: Copy>(things: &[Thing]) -> Vec<Thing> {
    let places = [0, things.len() / 2, things.len().saturating_sub(1)];
    let sampled = things.iter().enumerate();
    let sampled = sampled.filter(|(place, _)| required() || places.contains(place));
    sampled.map(|(_, thing)| *thing).collect()
}
