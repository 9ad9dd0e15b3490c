//! A transaction that requests what its host must not grant, depending on the wheel's name.

use crate::attempts::{self, WAYS_OUT};
use crate::bindings::ensurepip::bootstrap::types::{Error, Python, Request, Role};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    self as contract, Action, Bytecode, Details, GuestTransaction, Report, Script, ScriptContent,
    Share, Source, StagedTree, WheelBorrow, WrittenFile, WrittenScript,
};
use crate::{NamedWheel, lies, outcomes};
use std::cell::RefCell;

/// The contents of each of its sources.
pub(crate) const SOURCE: &[u8] = b"answer = 42\n";

/// A transaction, of which only the wheel's name matters.
pub(crate) struct HostileTransaction {
    wheel: String,
    /// The sizes of the bytecode that it got, by the number of the source.
    bytecode: RefCell<Vec<(u32, usize)>>,
}

impl HostileTransaction {
    fn begin_for(wheel: &NamedWheel) -> Result<contract::Transaction, Error> {
        match wheel.0.as_str() {
            "loop" => attempts::compute_without_end(),
            "allocate" => attempts::allocate_without_end(),
            "open" => attempts::open_without_end(),
            "talk" => attempts::talk_without_end(),
            "panic" => panic!("the probe panics, as it was asked to"),
            "" => return Err(outcomes()),
            _ => {}
        }
        let (wheel, bytecode) = (wheel.0.clone(), RefCell::default());
        Ok(contract::Transaction::new(HostileTransaction { wheel, bytecode }))
    }

    /// The rest of the wheel's name, if it begins with this text.
    fn asks(&self, for_what: &str) -> Option<String> {
        self.wheel.strip_prefix(for_what).map(str::to_owned)
    }

    /// The lie that the wheel's name requests.
    fn lie(&self) -> &str {
        lies::named(&self.wheel).unwrap_or(&self.wheel)
    }
}

impl GuestTransaction for HostileTransaction {
    fn begin(
        wheels: Vec<WheelBorrow<'_>>,
        _: Python,
        _: Request,
    ) -> Result<contract::Transaction, Error> {
        HostileTransaction::begin_for(wheels[0].get())
    }

    fn begin_removal(
        wheels: Vec<WheelBorrow<'_>>,
        _: Python,
    ) -> Result<contract::Transaction, Error> {
        HostileTransaction::begin_for(wheels[0].get())
    }

    fn details(&self) -> Details {
        let script = |name| Script { name, content: ScriptContent::Verbatim(Vec::new()) };
        let action = || if self.lie() == "removal" { Action::Absent } else { Action::Install };
        let count = match self.lie() {
            "count.none" => 0,
            "count.two" => 2,
            _ => 1,
        };
        Details {
            actions: std::iter::repeat_with(action).take(count).collect(),
            modified: if self.lie() == "times" { u64::MAX } else { 0 },
            scripts: self.asks("script ").or(self.asks("end ")).map(script).into_iter().collect(),
            obsolete_scripts: self.asks("obsolete ").into_iter().collect(),
            sources: self.sources(),
            checked_hash: false,
        }
    }

    fn share(&self, _: Vec<u32>) -> Result<Share, Error> {
        let place = |path: &str| contract::Place {
            role: Role::Purelib,
            path: path.to_owned(),
            modified: 0,
        };
        Ok(match self.wheel.as_str() {
            "share a file" => {
                let file = contract::PlacedFile { entry: 0, place: place("inside/x") };
                Share { files: vec![file], bytecode: Vec::new() }
            }
            "share bytecode" => Share { files: Vec::new(), bytecode: vec![place("inside/x")] },
            _ => Share { files: Vec::new(), bytecode: Vec::new() },
        })
    }

    fn stage(&self) -> Result<(), Error> {
        assert!(self.wheel != "leave others alone", "the probe panics while others are at work");
        Ok(())
    }

    fn add_bytecode(&self, bytecode: Vec<Bytecode>) -> Result<(), Error> {
        let sizes = bytecode.iter().map(|bytecode| (bytecode.source, bytecode.contents.len()));
        self.bytecode.borrow_mut().extend(sizes);
        Ok(())
    }

    fn add_metadata(&self, _: Vec<WrittenScript>) -> Result<Vec<StagedTree>, Error> {
        if self.wheel == "compile" {
            let sizes = self.bytecode.borrow();
            let lines = sizes.iter().map(|(source, size)| format!("{source}: {size}\n"));
            return Err(Error::Misuse(lines.collect()));
        }
        let Some(asked) = self.asks("modes ") else { return Ok(Vec::new()) };
        let (role, path) = asked.split_once(' ').expect("a role and a path");
        let role = match role {
            "purelib" => Role::Purelib,
            "platlib" => Role::Platlib,
            "headers" => Role::Headers,
            "data" => Role::Data,
            _ => Role::Scripts,
        };
        Ok(vec![StagedTree { role, path: path.to_owned(), executables: vec!["secret".to_owned()] }])
    }

    fn displace(&self) -> Result<(), Error> {
        Ok(())
    }

    fn complete(&self) -> Result<Report, Error> {
        assert!(!self.wheel.starts_with("end "), "the probe panics when it completes");
        let mut files = Vec::new();
        if self.lie() == "files" {
            let paths = WAYS_OUT.iter().chain(&["pip/__init__.py"]);
            let file = |path: &&str| WrittenFile {
                wheel: 0,
                role: Role::Purelib,
                path: (*path).to_owned(),
            };
            files.extend(paths.map(file));
        }
        Ok(Report { files, bytecode: 7, removed: 0 })
    }

    fn rollback(&self) {}
}

impl HostileTransaction {
    /// Sources with paths that lead out, too many of them, or longer ones than it has.
    fn sources(&self) -> Vec<Source> {
        let source = |path: &str| Source {
            wheel: 0,
            entry: 0,
            path: path.to_owned(),
            modified: 0,
            size: SOURCE.len() as u64,
            sha256: vec![0; 32],
        };
        match self.wheel.as_str() {
            "compile" => WAYS_OUT.iter().chain(&["a\nb"]).map(|path| source(path)).collect(),
            "compile without end" => vec![source("x.py"); 50_001],
            "compile more" => vec![Source { size: 1, ..source("x.py") }],
            "compile less" => vec![source("x.py"), Source { size: u64::MAX, ..source("x.py") }],
            "compile much less" => vec![Source { size: u64::MAX, ..source("x.py") }; 3],
            _ => Vec::new(),
        }
    }
}
