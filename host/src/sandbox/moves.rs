//! Replaces two calls of wasmtime-wasi's `wasi:filesystem` that the component moves files with:
//! `rename-at` and `create-directory-at`.
//!
//! wasmtime-wasi 48 reports every error that its own table lacks as `io`, including `EXDEV`. The
//! component has to see `EXDEV`, because it then moves a directory name by name. A file that the
//! system refuses to rename is copied here, since WASI knows neither modes nor owners. After the
//! first such refusal, new directories get the mode that the host has given to the staged ones.

mod copy;

use super::{State, types};
use crate::platform;
use cap_primitives::fs::{DirOptions, create_dir};
use cap_std::fs::Dir;
use std::io::{self, ErrorKind};
use std::path::Path;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, Dir as Granted};
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode as Code;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::ErrorCode;

/// The interface, in the version that wasmtime-wasi links.
const TYPES: &str = "wasi:filesystem/types@0.2.12";

/// What is remembered about the moves of a transaction.
#[derive(Default)]
pub(super) struct Moves {
    /// Whether the system has refused to rename something.
    is_refused: bool,
    /// The system's message for the first error that WASI has no code for.
    unnamed: Option<String>,
}

impl Moves {
    /// Adds the system's message to an error of the component where WASI reports only `io`.
    pub(super) fn named(&self, mut error: types::Error) -> types::Error {
        if let (types::Error::Io(failure), Some(words)) = (&mut error, &self.unnamed)
            && failure.reason == "io"
        {
            failure.reason.clone_from(words);
        }
        error
    }

    /// Converts an error to a WASI error code.
    fn code(&mut self, error: io::Error) -> ErrorCode {
        match error.kind() {
            ErrorKind::CrossesDevices => {
                self.is_refused = true;
                ErrorCode::CrossDevice
            }
            ErrorKind::QuotaExceeded => ErrorCode::Quota,
            ErrorKind::ReadOnlyFilesystem => ErrorCode::ReadOnly,
            _ => {
                let words = error.to_string();
                let code = Code::from(error);
                if matches!(code, Code::Io) {
                    self.unnamed.get_or_insert(words);
                }
                code.into()
            }
        }
    }
}

/// Links both, replacing those of wasmtime-wasi.
pub(super) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut types = linker.instance(TYPES)?;
    types.func_wrap(
        "[method]descriptor.rename-at",
        |mut store: StoreContextMut<State>, (from, old, to, new): Rename| {
            let State { table, moves, .. } = store.data_mut();
            let (from, to) = (table.get(&from)?, table.get(&to)?);
            let renamed =
                writable(from).and_then(|from| Ok((from, writable(to)?))).and_then(|(from, to)| {
                    let paths = (Path::new(&old), Path::new(&new));
                    rename(from, to, paths).map_err(|error| moves.code(error))
                });
            Ok((renamed,))
        },
    )?;
    types.func_wrap(
        "[method]descriptor.create-directory-at",
        |mut store: StoreContextMut<State>, (parent, path): (Resource<Descriptor>, String)| {
            let State { table, moves, .. } = store.data_mut();
            let created = writable(table.get(&parent)?).and_then(|parent| {
                let created = create_directory(parent, Path::new(&path), moves.is_refused);
                created.map_err(|error| moves.code(error))
            });
            Ok((created,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// A source directory and a path in it, and a target directory and a path in that.
type Rename = (Resource<Descriptor>, String, Resource<Descriptor>, String);

/// Returns the directory if it may be changed.
fn writable(descriptor: &Descriptor) -> Result<&Granted, ErrorCode> {
    match descriptor {
        Descriptor::File(_) => Err(ErrorCode::NotDirectory),
        Descriptor::Dir(directory) if directory.perms.write_not_permitted() => {
            Err(ErrorCode::NotPermitted)
        }
        Descriptor::Dir(directory) => Ok(directory),
    }
}

fn rename(from: &Granted, to: &Granted, (old, new): (&Path, &Path)) -> io::Result<()> {
    match cap_primitives::fs::rename(&from.dir, old, &to.dir, new) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            copy::rename(&open(from)?, old, &open(to)?, new).unwrap_or(Err(error))
        }
        renamed => renamed,
    }
}

/// Creates a directory. If `is_final`, it gets mode 0755 whatever the umask.
fn create_directory(parent: &Granted, path: &Path, is_final: bool) -> io::Result<()> {
    create_dir(&parent.dir, path, &DirOptions::new())?;
    if is_final {
        let directory = open(parent)?.open_dir(path)?;
        platform::set_mode(&platform::readable(&directory)?, 0o755)?;
    }
    Ok(())
}

fn open(directory: &Granted) -> io::Result<Dir> {
    Ok(Dir::from_std_file(directory.dir.try_clone()?))
}
