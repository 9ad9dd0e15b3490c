//! # The installer of `ensurepip-host`
//!
//! Resolves the install scheme of a Python, checks a wheel and unpacks it into directories that a
//! host grants. Built for `wasm32-wasip2` it is a component (`wit/`); built natively it is a
//! library whose logic is tested without a WebAssembly runtime.
//!
//! It has no policy, starts no process and opens no path: which Python, which wheel and which
//! directories is for the host to say.

#[expect(clippy::same_length_and_capacity, reason = "the generated code is not ours")]
mod bindings;
mod entry_path;
mod faults;

mod archive;
mod entry_points;
mod file_data;
mod metadata;
mod record;
mod wheel_name;

mod scheme;
mod scripts;
mod wheel;

mod directory;
mod host;
mod installed;
mod stage;

mod owned;

mod install;

#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(any(test, fuzzing))]
pub mod reference;

#[cfg(test)]
mod tests;

use bindings::ensurepip::bootstrap::types::{Error, Installed, KeptFile, Place, Request, Scheme};
use bindings::exports::ensurepip::bootstrap::installer::{
    ApplyReport, Guest, PlanReport, ReadFile, Resolution, ShareReport, UninstallReport, WheelInfo,
};
use host::Imports;

struct Component;

impl Guest for Component {
    fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn check(wheel_name: String, wheel: Vec<u8>, trusted: bool) -> Result<WheelInfo, Error> {
        install::check(&wheel_name, wheel, trusted, &Imports::without_directories())
    }

    fn read_part(
        wheel_name: String,
        wheel: Option<Vec<u8>>,
        part: u32,
        parts: u32,
    ) -> Vec<ReadFile> {
        let host = Imports::without_directories();
        install::read_part(&wheel_name, wheel, (part, parts), &host)
    }

    fn check_with(
        wheel_name: String,
        wheel: Option<Vec<u8>>,
        trusted: bool,
        files: Vec<ReadFile>,
    ) -> Result<WheelInfo, Error> {
        let host = Imports::without_directories();
        install::check_with(&wheel_name, wheel, trusted, files, &host)
    }

    fn kept(wheel_name: String, entries: Vec<u32>) -> Vec<Option<Vec<u8>>> {
        install::kept(&wheel_name, &entries)
    }

    fn stage_share(
        wheel_name: String,
        files: Vec<KeptFile>,
        bytecode: Vec<Vec<Place>>,
    ) -> Result<ShareReport, Error> {
        install::stage_share(&wheel_name, &files, &bytecode, &Imports::with_directories())
    }

    fn resolve(request: Request, wheel: Option<Vec<u8>>) -> Result<Resolution, Error> {
        install::resolve(&request, wheel, &Imports::without_directories())
    }

    fn locate(wheel_name: String) -> Result<Scheme, Error> {
        install::locate(&wheel_name, &Imports::without_directories())
    }

    fn find(request: Request) -> Result<Option<Installed>, Error> {
        install::find(&request, &Imports::with_directories())
    }

    fn plan(request: Request, wheel: Option<Vec<u8>>) -> Result<PlanReport, Error> {
        install::plan(&request, wheel, &Imports::with_directories())
    }

    fn apply(request: Request, wheel: Option<Vec<u8>>) -> Result<ApplyReport, Error> {
        install::apply(&request, wheel, &Imports::with_directories())
    }

    fn uninstall(request: Request, wheel: Option<Vec<u8>>) -> Result<UninstallReport, Error> {
        install::uninstall(&request, wheel, &Imports::with_directories())
    }
}

// Fuzzing links natively, and no linker there takes the names of a component's exports.
#[cfg(not(fuzzing))]
#[expect(unsafe_code, reason = "the generated exports read what the host passed, by address")]
mod export {
    crate::bindings::export!(Component with_types_in crate::bindings);
    use super::Component;
}
