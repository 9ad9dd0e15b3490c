//! # A component that tries to get out
//!
//! Has the contract of the installer and none of its intentions. Tests run it in the host's
//! sandbox: `plan` and `apply` try everything in `attempts` and answer with what came of each, a
//! line each, as the text of a `shims` error. The file name of the wheel may ask for something else:
//! to compute, to allocate, to open, to talk or to have compiled without end, to compile what is
//! elsewhere, to tell of files that it did not write, or to leave something to others that do so. What it
//! answers to a run of the whole program is in `lies`.

mod attempts;
mod lies;

#[expect(clippy::same_length_and_capacity, reason = "the generated code is not ours")]
mod bindings {
    wit_bindgen::generate!({ world: "bootstrap", path: "../../wit", pub_export_macro: true });
}

use bindings::ensurepip::bootstrap::types::{
    Error, Installed, KeptFile, Place, Python, Request, Scheme,
};
use bindings::exports::ensurepip::bootstrap::installer::{
    ApplyReport, Guest, GuestWheel, PlanReport, ReadFile, Resolution, ShareReport, UninstallReport,
    WheelBorrow, WheelInfo,
};

struct Probe;

/// A wheel, of which only the name counts.
struct NamedWheel(String);

impl GuestWheel for NamedWheel {
    fn new(file_name: String, _: Vec<u8>, _: bool) -> NamedWheel {
        NamedWheel(file_name)
    }

    fn check(&self, _: Vec<ReadFile>) -> Result<WheelInfo, Error> {
        match lies::named(&self.0) {
            Some(lie) => Ok(lies::info(lie)),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn read_part(&self, _: u32, _: u32) -> Vec<ReadFile> {
        vec![ReadFile { entry: 0, sha256: attempts::run().into_bytes() }]
    }

    fn kept(&self, _: Vec<u32>) -> Vec<Option<Vec<u8>>> {
        vec![Some(attempts::run().into_bytes())]
    }

    fn stage_share(&self, _: Vec<KeptFile>, _: Vec<Vec<Place>>) -> Result<ShareReport, Error> {
        match self.0.as_str() {
            "loop" => attempts::compute_without_end(),
            "lie" => Ok(ShareReport { files: 1, bytecode: vec![vec![true; 7]] }),
            _ => Err(Error::Shims(attempts::run())),
        }
    }
}

impl Guest for Probe {
    type Wheel = NamedWheel;

    fn version() -> String {
        "hostile".to_owned()
    }

    fn resolve(wheel: WheelBorrow<'_>, python: Python) -> Result<Resolution, Error> {
        match lies::named(&wheel.get::<NamedWheel>().0) {
            Some(lie) => Ok(lies::resolution(lie, python)),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn locate(wheel_name: String, python: Python) -> Result<Scheme, Error> {
        match lies::named(&wheel_name) {
            Some(lie) => Ok(lies::scheme(lie, python)),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn find(_: String, _: Python, _: bool) -> Result<Option<Installed>, Error> {
        Err(Error::Shims(attempts::run()))
    }

    fn plan(wheel: WheelBorrow<'_>, _: Python, _: Request) -> Result<PlanReport, Error> {
        match lies::named(&wheel.get::<NamedWheel>().0) {
            Some(_) => Ok(lies::plan()),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn uninstall(_: WheelBorrow<'_>, _: Python) -> Result<UninstallReport, Error> {
        Err(Error::Shims(attempts::run()))
    }

    fn apply(wheel: WheelBorrow<'_>, _: Python, _: Request) -> Result<ApplyReport, Error> {
        match wheel.get::<NamedWheel>().0.as_str() {
            "loop" => attempts::compute_without_end(),
            "allocate" => attempts::allocate_without_end(),
            "open" => attempts::open_without_end(),
            "talk" => attempts::talk_without_end(),
            "compile" => return Err(Error::Shims(attempts::compile_elsewhere())),
            "compile without end" => return Err(Error::Bytecode(attempts::compile_without_end())),
            "bring without end" => return Err(Error::Bytecode(attempts::bring_without_end())),
            "bring two kinds" => return Err(Error::Bytecode(attempts::bring_two_kinds())),
            "take" => return Err(Error::Bytecode(attempts::take_what_is_not_there())),
            "leave to others" => return Err(attempts::leave_to_others()),
            "leave others alone" => attempts::leave_others_alone(),
            "lie" => return Ok(attempts::lie()),
            "panic" => panic!("the probe panics, as it was asked to"),
            wheel => match lies::named(wheel) {
                Some("files") => return Ok(attempts::lie()),
                Some("times") => return Ok(lies::late()),
                _ => {}
            },
        }
        Err(Error::Shims(attempts::run()))
    }
}

#[expect(unsafe_code, reason = "the generated exports read what the host passed, by address")]
mod export {
    use super::Probe;
    crate::bindings::export!(Probe with_types_in crate::bindings);
}
