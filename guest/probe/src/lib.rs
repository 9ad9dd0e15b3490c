//! # A component that tries to get out
//!
//! Has the contract of the installer and none of its intentions. Tests run it in the host's sandbox: its
//! functions try everything in `attempts` and return the results, a line each, as the text of a `misuse`
//! error. The file name of the wheel may request something else: to compute, to allocate, to open or to
//! write without end, or a transaction that requests what its host must not grant (`transaction`). Its
//! answers to a run of the whole program are in `lies`.

mod attempts;
mod lies;
mod transaction;

#[expect(clippy::same_length_and_capacity, reason = "the generated code is not ours")]
mod bindings {
    wit_bindgen::generate!({ world: "bootstrap", path: "../../wit", pub_export_macro: true });
}

use bindings::ensurepip::bootstrap::types::{CheckedFile, Error, Python, Request};
use bindings::exports::ensurepip::bootstrap::installer::{
    self as contract, Found, Guest, GuestWheel, PlacedBytecode, PlacedFile, PlanReport, ReadFile,
    WheelBorrow, WheelInfo,
};
use transaction::HostileTransaction;

struct Probe;

/// A wheel, of which only the name matters.
struct NamedWheel(String);

/// The results of all attempts.
fn outcomes() -> Error {
    Error::Misuse(attempts::run())
}

impl GuestWheel for NamedWheel {
    fn new(file_name: String, _: Vec<u8>, _: bool) -> NamedWheel {
        NamedWheel(file_name)
    }

    fn open(_: String, _: bool) -> Result<contract::Wheel, Error> {
        Err(outcomes())
    }

    fn in_directory(_: String, _: bool) -> Result<contract::Wheel, Error> {
        Err(outcomes())
    }

    fn checked(
        file_name: String,
        _: Vec<CheckedFile>,
        _: Vec<u8>,
    ) -> Result<contract::Wheel, Error> {
        Ok(contract::Wheel::new(NamedWheel(file_name)))
    }

    fn check(&self, _: Vec<ReadFile>) -> Result<WheelInfo, Error> {
        lies::named(&self.0).map(lies::info).ok_or_else(outcomes)
    }

    fn read_part(&self, _: u32, _: u32) -> Vec<ReadFile> {
        vec![ReadFile { entry: 0, sha256: attempts::run().into_bytes() }]
    }

    fn read(&self, entries: Vec<u32>) -> Vec<Option<Vec<u8>>> {
        if self.0.starts_with("compile") {
            return vec![Some(transaction::SOURCE.to_vec()); entries.len()];
        }
        vec![Some(attempts::run().into_bytes())]
    }

    fn stage_share(&self, _: Vec<PlacedFile>, _: Vec<PlacedBytecode>) -> Result<u32, Error> {
        match self.0.as_str() {
            "loop" => attempts::compute_without_end(),
            "lie" => Ok(1),
            "nothing" => Ok(0),
            _ => Err(outcomes()),
        }
    }
}

impl Guest for Probe {
    type Wheel = NamedWheel;
    type Transaction = HostileTransaction;

    fn version() -> String {
        "hostile".to_owned()
    }

    fn find(wheel_name: String, python: Python, _: bool) -> Result<Found, Error> {
        let lie = lies::named(&wheel_name).ok_or_else(outcomes)?;
        Ok(Found { scheme: lies::scheme(lie, python), kept: None, present: Vec::new() })
    }

    fn plan(
        wheels: Vec<WheelBorrow<'_>>,
        python: Python,
        _: Request,
    ) -> Result<Vec<PlanReport>, Error> {
        let lie = lies::named(&wheels[0].get::<NamedWheel>().0).ok_or_else(outcomes)?;
        let plan = lies::plan(lie, python);
        Ok(match lie {
            "count.none" => Vec::new(),
            "count.two" => vec![plan.clone(), plan],
            _ => vec![plan],
        })
    }
}

#[expect(unsafe_code, reason = "the generated exports read what the host passed, by address")]
mod export {
    use super::Probe;
    crate::bindings::export!(Probe with_types_in crate::bindings);
}
