//! Facts of images: of real Pythons, compared with their own answers, and of made-up trees.

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
