//! Layers and trees beside what real tools make of them.

#![cfg(unix)]

mod hostile;
mod reading;
mod support;
mod writing;
