//! Where the bytes of a wheel are: in memory, or in a file that is read when it is needed.

use crate::archive::Bytes;
use crate::bindings::ensurepip::bootstrap::types::Error;
use crate::host::Host;
use std::rc::Rc;

/// How large a wheel may be that is read from a directory, in bytes.
const SIZE_LIMIT: usize = 1 << 30;

/// Where the bytes of a wheel are.
#[derive(Clone, Debug)]
pub(crate) enum WheelSource {
    Memory(Rc<Vec<u8>>),
    /// In the file of this name, in the directory of wheels.
    File(String),
}

impl WheelSource {
    /// All bytes. They are in memory for as long as the caller has them.
    pub(super) fn read(&self, host: &dyn Host) -> Result<Rc<Vec<u8>>, Error> {
        match self {
            WheelSource::Memory(bytes) => Ok(Rc::clone(bytes)),
            WheelSource::File(name) => {
                let directory = host.wheels().ok_or_else(|| no_directory(name))?;
                let read = directory
                    .read_file(name, SIZE_LIMIT)
                    .map_err(|failure| unreadable(name, &failure.reason))?;
                let missing = "there is no such file, or it is too large";
                Ok(Rc::new(read.ok_or_else(|| unreadable(name, missing))?))
            }
        }
    }

    /// Opens the bytes, to read parts of them.
    pub(super) fn open(&self, host: &dyn Host) -> Result<Bytes, Error> {
        match self {
            WheelSource::Memory(bytes) => Ok(Bytes::Memory(Rc::clone(bytes))),
            WheelSource::File(name) => {
                let directory = host.wheels().ok_or_else(|| no_directory(name))?;
                let file = directory
                    .open_file(name)
                    .map_err(|failure| unreadable(name, &failure.reason))?;
                file.map(Bytes::File).ok_or_else(|| unreadable(name, "there is no such file"))
            }
        }
    }
}

fn no_directory(name: &str) -> Error {
    unreadable(name, "no preopen is named `wheels`")
}

fn unreadable(name: &str, reason: &str) -> Error {
    Error::UnreadableWheel(format!("`{name}`: {reason}"))
}
