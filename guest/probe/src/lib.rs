//! # A component that tries to get out
//!
//! Has the contract of the installer and none of its intentions. Tests run it in the host's
//! sandbox: `plan` and `apply` try everything in `attempts` and answer with what came of each, a
//! line each, as the text of a `shims` error. The request's wheel name may ask for something else:
//! to compute, to allocate, to open, to talk or to have compiled without end, to compile what is
//! elsewhere, to tell of files that it did not write, or to leave something to others that do so. What it
//! answers to a run of the whole program is in `lies`.

mod attempts;
mod lies;

#[expect(clippy::same_length_and_capacity, reason = "the generated code is not ours")]
mod bindings {
    wit_bindgen::generate!({ world: "bootstrap", path: "../../wit", pub_export_macro: true });
}

use bindings::ensurepip::bootstrap::types::{Error, Installed, KeptFile, Place, Request, Scheme};
use bindings::exports::ensurepip::bootstrap::installer::{
    ApplyReport, Guest, PlanReport, ReadFile, Resolution, ShareReport, UninstallReport, WheelInfo,
};

struct Probe;

impl Guest for Probe {
    fn version() -> String {
        "hostile".to_owned()
    }

    fn check(wheel_name: String, _: Vec<u8>, _: bool) -> Result<WheelInfo, Error> {
        match lies::named(&wheel_name) {
            Some(lie) => Ok(lies::info(lie)),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn read_part(_: String, _: Option<Vec<u8>>, _: u32, _: u32) -> Vec<ReadFile> {
        vec![ReadFile { entry: 0, sha256: attempts::run().into_bytes() }]
    }

    fn kept(_: String, _: Vec<u32>) -> Vec<Option<Vec<u8>>> {
        vec![Some(attempts::run().into_bytes())]
    }

    fn stage_share(
        wheel_name: String,
        _: Vec<KeptFile>,
        _: Vec<Vec<Place>>,
    ) -> Result<ShareReport, Error> {
        match wheel_name.as_str() {
            "loop" => attempts::compute_without_end(),
            "lie" => Ok(ShareReport { files: 1, bytecode: vec![vec![true; 7]] }),
            _ => Err(Error::Shims(attempts::run())),
        }
    }

    fn check_with(
        _: String,
        _: Option<Vec<u8>>,
        _: bool,
        _: Vec<ReadFile>,
    ) -> Result<WheelInfo, Error> {
        Err(Error::Shims(attempts::run()))
    }

    fn resolve(request: Request, _: Option<Vec<u8>>) -> Result<Resolution, Error> {
        match lies::named(&request.wheel_name) {
            Some(lie) => Ok(lies::resolution(lie)),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn locate(wheel_name: String) -> Result<Scheme, Error> {
        match lies::named(&wheel_name) {
            Some(lie) => Ok(lies::scheme(lie)),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn find(_: Request) -> Result<Option<Installed>, Error> {
        Err(Error::Shims(attempts::run()))
    }

    fn plan(request: Request, _: Option<Vec<u8>>) -> Result<PlanReport, Error> {
        match lies::named(&request.wheel_name) {
            Some(_) => Ok(lies::plan()),
            None => Err(Error::Shims(attempts::run())),
        }
    }

    fn uninstall(_: Request, _: Option<Vec<u8>>) -> Result<UninstallReport, Error> {
        Err(Error::Shims(attempts::run()))
    }

    fn apply(request: Request, _: Option<Vec<u8>>) -> Result<ApplyReport, Error> {
        match request.wheel_name.as_str() {
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
