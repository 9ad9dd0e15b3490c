//! Facts of images: of the Pythons there are, beside what these say of themselves, and of
//! trees that were made up.

mod binaries;
mod choices;
mod distributions;
mod environments;
mod hostile;
mod installs;
mod libraries;
mod names;
mod places;
mod real;
mod tree;
mod windows;
