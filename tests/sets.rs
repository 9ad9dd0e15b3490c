//! Is a set of wheels installed as pip installs it, and completely or not at all?
//!
//! Real wheels are those of `tests/sets/wheels.txt`, which `tests/good-wheels` fetches. The others are
//! made up.

/// Upgrades, removals and reports of sets.
mod changes;

/// Requirements files, lock files, extras and markers.
mod files;

/// Runs that are killed, and runs at the same time.
mod killed;

/// Packages of a distributor and of a base Python, which meet requirements.
mod outside;

/// Every part of a wheel, compared with pip.
mod parts;

/// Real sets, compared with pip.
mod real;

/// Sets that are refused, which changes nothing.
mod refused;

/// A directory of made-up wheels beside a target.
pub(crate) mod stock;

/// What pip installs, to compare with.
mod with_pip;
