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

use bindings::ensurepip::bootstrap::types::{
    Error, Installed, KeptFile, Place, Python, Request, Scheme,
};
use bindings::exports::ensurepip::bootstrap::installer::{
    ApplyReport, Guest, GuestWheel, PlanReport, ReadFile, Resolution, ShareReport, UninstallReport,
    WheelBorrow, WheelInfo,
};
use host::Imports;
use install::WheelResource;

struct Component;

impl Guest for Component {
    type Wheel = WheelResource;

    fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn resolve(wheel: WheelBorrow<'_>, python: Python) -> Result<Resolution, Error> {
        install::resolve(wheel.get(), &python, &Imports::without_directories())
    }

    fn locate(wheel_name: String, python: Python) -> Result<Scheme, Error> {
        install::locate(&wheel_name, &python)
    }

    fn find(wheel_name: String, python: Python, upgrade: bool) -> Result<Option<Installed>, Error> {
        install::find(&wheel_name, &python, upgrade, &Imports::with_directories())
    }

    fn plan(wheel: WheelBorrow<'_>, python: Python, request: Request) -> Result<PlanReport, Error> {
        install::plan(wheel.get(), &python, &request, &Imports::with_directories())
    }

    fn apply(
        wheel: WheelBorrow<'_>,
        python: Python,
        request: Request,
    ) -> Result<ApplyReport, Error> {
        install::apply(wheel.get(), &python, &request, &Imports::with_directories())
    }

    fn uninstall(wheel: WheelBorrow<'_>, python: Python) -> Result<UninstallReport, Error> {
        install::uninstall(wheel.get(), &python, &Imports::with_directories())
    }
}

impl GuestWheel for WheelResource {
    fn new(file_name: String, contents: Vec<u8>, trusted: bool) -> WheelResource {
        WheelResource::new(file_name, contents, trusted)
    }

    fn check(&self, read_elsewhere: Vec<ReadFile>) -> Result<WheelInfo, Error> {
        install::check(self, read_elsewhere, &Imports::without_directories())
    }

    fn read_part(&self, part: u32, parts: u32) -> Vec<ReadFile> {
        self.read_part((part, parts), &Imports::without_directories())
    }

    fn kept(&self, entries: Vec<u32>) -> Vec<Option<Vec<u8>>> {
        install::kept(self, &entries)
    }

    fn stage_share(
        &self,
        files: Vec<KeptFile>,
        bytecode: Vec<Vec<Place>>,
    ) -> Result<ShareReport, Error> {
        install::stage_share(self, &files, &bytecode, &Imports::with_directories())
    }
}

// Fuzzing links natively, and no linker there takes the names of a component's exports.
#[cfg(not(fuzzing))]
#[expect(unsafe_code, reason = "the generated exports read what the host passed, by address")]
mod export {
    crate::bindings::export!(Component with_types_in crate::bindings);
    use super::Component;
}
