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

#[cfg(target_family = "wasm")]
use bindings::ensurepip::bootstrap::types::CheckedFile;
use bindings::ensurepip::bootstrap::types::{Error, Python, Request};
use bindings::exports::ensurepip::bootstrap::installer::{
    self as contract, Bytecode, Details, Found, Guest, GuestTransaction, GuestWheel,
    PlacedBytecode, PlacedFile, PlanReport, ReadFile, Report, Share, StagedTree, WheelBorrow,
    WheelInfo, WrittenScript,
};
use host::Imports;
use install::{Transaction, TransactionResource, WheelResource};

#[cfg(not(target_family = "wasm"))]
pub use {
    bindings::ensurepip::bootstrap::types::{CheckedFile, Role},
    wheel::{CheckedWheel, check_wheel},
};

struct Component;

impl Guest for Component {
    type Wheel = WheelResource;
    type Transaction = TransactionResource;

    fn version() -> String {
        env!("CARGO_PKG_VERSION").to_owned()
    }

    fn find(wheel_name: String, python: Python, upgrade: bool) -> Result<Found, Error> {
        install::find(&wheel_name, &python, upgrade, &Imports::with_grants())
    }

    fn plan(
        wheels: Vec<WheelBorrow<'_>>,
        python: Python,
        request: Request,
    ) -> Result<Vec<PlanReport>, Error> {
        install::plan(&resources(&wheels), &python, &request, &Imports::with_grants())
    }
}

impl GuestWheel for WheelResource {
    fn new(file_name: String, contents: Vec<u8>, trusted: bool) -> WheelResource {
        WheelResource::new(file_name, contents, trusted)
    }

    fn open(file_name: String, trusted: bool) -> Result<contract::Wheel, Error> {
        let wheel = WheelResource::open(file_name, trusted, &Imports::without_grants())?;
        Ok(contract::Wheel::new(wheel))
    }

    fn in_directory(file_name: String, trusted: bool) -> Result<contract::Wheel, Error> {
        let wheel = WheelResource::in_directory(file_name, trusted, &Imports::without_grants())?;
        Ok(contract::Wheel::new(wheel))
    }

    fn checked(
        file_name: String,
        files: Vec<CheckedFile>,
        contents: Vec<u8>,
    ) -> Result<contract::Wheel, Error> {
        let wheel = WheelResource::checked(file_name, files, contents)?;
        Ok(contract::Wheel::new(wheel))
    }

    fn check(&self, read_elsewhere: Vec<ReadFile>) -> Result<WheelInfo, Error> {
        install::check(self, read_elsewhere, &Imports::without_grants())
    }

    fn read_part(&self, part: u32, parts: u32) -> Vec<ReadFile> {
        self.read_part((part, parts), &Imports::without_grants())
    }

    fn read(&self, entries: Vec<u32>) -> Vec<Option<Vec<u8>>> {
        self.read(&entries, &Imports::without_grants())
    }

    fn stage_share(
        &self,
        files: Vec<PlacedFile>,
        bytecode: Vec<PlacedBytecode>,
    ) -> Result<u32, Error> {
        install::stage_share(self, &files, bytecode, &Imports::with_grants())
    }
}

impl GuestTransaction for TransactionResource {
    fn begin(
        wheels: Vec<WheelBorrow<'_>>,
        python: Python,
        request: Request,
    ) -> Result<contract::Transaction, Error> {
        let host = Imports::with_grants();
        let begun = Transaction::begin(&resources(&wheels), &python, &request, &host)?;
        Ok(contract::Transaction::new(TransactionResource::new(begun)))
    }

    fn begin_removal(
        wheels: Vec<WheelBorrow<'_>>,
        python: Python,
    ) -> Result<contract::Transaction, Error> {
        let host = Imports::with_grants();
        let begun = Transaction::begin_removal(&resources(&wheels), &python, &host)?;
        Ok(contract::Transaction::new(TransactionResource::new(begun)))
    }

    fn details(&self) -> Details {
        self.borrow().details()
    }

    fn share(&self, bytecode: Vec<u32>) -> Result<Share, Error> {
        self.borrow_mut().share(&bytecode)
    }

    fn stage(&self) -> Result<(), Error> {
        self.borrow_mut().stage(&Imports::without_grants())
    }

    fn add_bytecode(&self, bytecode: Vec<Bytecode>) -> Result<(), Error> {
        self.borrow_mut().add_bytecode(&bytecode)
    }

    fn add_metadata(&self, scripts: Vec<WrittenScript>) -> Result<Vec<StagedTree>, Error> {
        self.borrow_mut().add_metadata(&scripts)
    }

    fn displace(&self) -> Result<(), Error> {
        self.borrow_mut().displace(&Imports::without_grants())
    }

    fn complete(&self) -> Result<Report, Error> {
        self.borrow_mut().complete(&Imports::with_grants())
    }

    fn rollback(&self) {
        self.borrow_mut().rollback();
    }
}

/// The resources behind the handles of a call.
fn resources<'call>(wheels: &'call [WheelBorrow<'_>]) -> Vec<&'call WheelResource> {
    wheels.iter().map(WheelBorrow::get).collect()
}

// Native linkers refuse the names of a component's exports.
#[cfg(target_family = "wasm")]
#[expect(unsafe_code, reason = "the generated exports read what the host passed, by address")]
mod export {
    crate::bindings::export!(Component with_types_in crate::bindings);
    use super::Component;
}
