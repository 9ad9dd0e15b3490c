//! The real directory: a preopen of the host, used through `wasi:filesystem` itself.
//!
//! Not through `std::fs`, which would look paths up among all preopens, and which opens files for
//! writing with a flag that hosts other than wasmtime reject (`mutate-directory`).

use super::{Directory, Failure, Kind, Listing, NotWritten};
use crate::archive::ReadAt;
use crate::bindings::ensurepip::bootstrap::types::{Operation, Role};
use crate::file_data::{Data, Unreadable};
use std::cell::RefCell;
use std::collections::VecDeque;
use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{
    Datetime, Descriptor, DescriptorFlags, DescriptorType, ErrorCode, NewTimestamp, OpenFlags,
    PathFlags,
};

/// How many directories are kept open. In a process with threads, Linux takes milliseconds to allow
/// more than 64 open files, and one process may have several instances.
const PARENTS: usize = 6;

/// How many bytes of a file are requested from the host at a time.
const PORTION: u64 = 1 << 18;

/// How many nameless entries a directory may have. With a host whose stream does not advance after
/// one, the listing would never end.
const NAMELESS_LIMIT: u32 = 100_000;

/// A directory that the host granted.
pub(crate) struct Preopen {
    root: Descriptor,
    /// The directories that files were last created in, kept open: the next file mostly goes there
    /// too.
    parents: RefCell<VecDeque<(String, Descriptor)>>,
}

impl Preopen {
    /// The directory of wheels, if there is one.
    pub(crate) fn of_wheels() -> Option<Preopen> {
        let mut named = preopens::get_directories().into_iter();
        let (root, _) = named.find(|(_, name)| name == "wheels")?;
        Some(Preopen { root, parents: RefCell::default() })
    }

    /// All grants, by role. Preopens with other names are ignored.
    pub(crate) fn granted() -> Vec<(Role, Preopen)> {
        let named = preopens::get_directories().into_iter();
        let granted = named.filter_map(|(root, name)| {
            let role = match name.as_str() {
                "purelib" => Role::Purelib,
                "platlib" => Role::Platlib,
                "headers" => Role::Headers,
                "data" => Role::Data,
                _ => return None,
            };
            Some((role, Preopen { root, parents: RefCell::default() }))
        });
        granted.collect()
    }

    /// Acts in the parent directory of a path, and keeps that directory open. If the system has no handle
    /// left, the others are closed.
    fn in_parent<T>(
        &self,
        parent: &str,
        act: impl Fn(&Descriptor) -> Result<T, ErrorCode>,
    ) -> Result<T, ErrorCode> {
        let mut parents = self.parents.borrow_mut();
        if let Some(place) = parents.iter().position(|(path, _)| path == parent) {
            parents.swap(0, place);
        } else {
            let opened = self.open_directory(parent).or_else(|_| {
                parents.clear();
                self.open_directory(parent)
            })?;
            parents.truncate(PARENTS - 1);
            parents.push_front((parent.to_owned(), opened));
        }
        act(&parents[0].1).or_else(|code| {
            if parents.len() == 1 {
                return Err(code);
            }
            parents.truncate(1);
            act(&parents[0].1)
        })
    }

    /// Opens a regular file for reading, and returns its size; none if there is no such file.
    fn open_regular(&self, path: &str) -> Result<Option<(Descriptor, u64)>, ErrorCode> {
        // Checked before it is opened: opening a pipe would wait for a writer.
        let size = match self.root.stat_at(PathFlags::empty(), path) {
            Ok(stat) if stat.type_ == DescriptorType::RegularFile => stat.size,
            Ok(_) | Err(ErrorCode::NoEntry) => return Ok(None),
            Err(code) => return Err(code),
        };
        let (flags, rights) = (OpenFlags::empty(), DescriptorFlags::READ);
        let file = self.root.open_at(PathFlags::empty(), path, flags, rights)?;
        Ok(Some((file, size)))
    }

    fn open_directory(&self, path: &str) -> Result<Descriptor, ErrorCode> {
        let flags = DescriptorFlags::READ;
        self.root.open_at(PathFlags::empty(), path, OpenFlags::DIRECTORY, flags)
    }
}

/// An open file, which is only read.
struct OpenFile(Descriptor);

impl ReadAt for OpenFile {
    fn read_at(&self, offset: usize, length: usize) -> Result<Vec<u8>, String> {
        let read = self.0.read(length as u64, offset as u64);
        read.map(|(bytes, _)| bytes).map_err(|code| code.name().to_owned())
    }
}

/// Why a file was not written: an operation failed, or its contents could not be unpacked again.
enum Unwritten {
    Code(ErrorCode),
    Unreadable(Unreadable),
}

impl From<ErrorCode> for Unwritten {
    fn from(code: ErrorCode) -> Unwritten {
        Unwritten::Code(code)
    }
}

impl From<Unreadable> for Unwritten {
    fn from(unreadable: Unreadable) -> Unwritten {
        Unwritten::Unreadable(unreadable)
    }
}

/// Converts an error code to a failure of an operation on a path.
fn failed(operation: Operation, path: &str) -> impl FnOnce(ErrorCode) -> Failure {
    move |code| Failure { operation, path: path.to_owned(), reason: code.name().to_owned() }
}

impl Directory for Preopen {
    fn list(&self, path: &str) -> Result<Listing, Failure> {
        self.close_cached();
        let read = || -> Result<_, ErrorCode> {
            let stream = self.open_directory(path)?.read_directory()?;
            let mut listing = Listing::default();
            loop {
                match stream.read_directory_entry() {
                    Ok(Some(entry)) => listing.named.push((entry.name, kind(entry.type_))),
                    Ok(None) => return Ok(listing),
                    // wasmtime returns this for a single entry, and then continues with the next.
                    Err(ErrorCode::IllegalByteSequence) if listing.nameless < NAMELESS_LIMIT => {
                        listing.nameless += 1;
                    }
                    Err(code) => return Err(code),
                }
            }
        };
        read().map_err(failed(Operation::List, path))
    }

    fn kind(&self, path: &str) -> Result<Option<Kind>, Failure> {
        match self.root.stat_at(PathFlags::empty(), path) {
            Ok(stat) => Ok(Some(kind(stat.type_))),
            Err(ErrorCode::NoEntry) => Ok(None),
            Err(code) => Err(failed(Operation::LookUp, path)(code)),
        }
    }

    fn read_file(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
        self.close_cached();
        let read = || -> Result<_, ErrorCode> {
            let Some((file, size)) = self.open_regular(path)? else { return Ok(None) };
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            if size > limit {
                return Ok(None);
            }
            let mut contents = Vec::with_capacity(size);
            loop {
                let (portion, is_last) = file.read(PORTION, contents.len() as u64)?;
                contents.extend_from_slice(&portion);
                if contents.len() > limit {
                    return Ok(None);
                }
                if is_last || portion.is_empty() {
                    return Ok(Some(contents));
                }
            }
        };
        read().map_err(failed(Operation::Read, path))
    }

    fn open_file(&self, path: &str) -> Result<Option<Box<dyn ReadAt>>, Failure> {
        self.close_cached();
        let opened = self.open_regular(path).map_err(failed(Operation::Read, path))?;
        Ok(opened.map(|(file, _)| Box::new(OpenFile(file)) as Box<dyn ReadAt>))
    }

    fn create_directory(&self, path: &str) -> Result<(), Failure> {
        self.root.create_directory_at(path).map_err(failed(Operation::Create, path))
    }

    fn create_file(&self, path: &str, data: &Data, modified: u64) -> Result<(), NotWritten> {
        let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
        let write = || -> Result<(), Unwritten> {
            let flags = OpenFlags::CREATE | OpenFlags::EXCLUSIVE;
            let file = self.in_parent(parent, |directory| {
                directory.open_at(PathFlags::empty(), name, flags, DescriptorFlags::WRITE)
            })?;
            let mut offset = 0;
            data.each(|mut portion| {
                while !portion.is_empty() {
                    let count = file.write(portion, offset)?;
                    offset += count;
                    let count = usize::try_from(count).map_err(|_| ErrorCode::Overflow)?;
                    portion = portion.get(count..).ok_or(ErrorCode::Overflow)?;
                }
                Ok::<(), Unwritten>(())
            })?;
            drop(file);
            // By path, and both times: jco's WASI sets wrong times on an open file, and when only one
            // of them is set.
            let time = NewTimestamp::Timestamp(Datetime { seconds: modified, nanoseconds: 0 });
            self.in_parent(parent, |directory| {
                directory.set_times_at(PathFlags::empty(), name, time, time)
            })?;
            Ok(())
        };
        write().map_err(|unwritten| match unwritten {
            Unwritten::Code(code) => NotWritten::Failure(failed(Operation::Write, path)(code)),
            Unwritten::Unreadable(unreadable) => NotWritten::Unreadable(unreadable),
        })
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), Failure> {
        // Windows neither moves nor removes an open directory.
        self.close_cached();
        self.root.rename_at(from, &self.root, to).map_err(failed(Operation::Rename, to))
    }

    fn remove_file(&self, path: &str) -> Result<(), Failure> {
        self.root.unlink_file_at(path).map_err(failed(Operation::Remove, path))
    }

    fn remove_directory(&self, path: &str) -> Result<(), Failure> {
        self.close_cached();
        self.root.remove_directory_at(path).map_err(failed(Operation::Remove, path))
    }

    fn close_cached(&self) {
        self.parents.borrow_mut().clear();
    }
}

fn kind(descriptor_type: DescriptorType) -> Kind {
    match descriptor_type {
        DescriptorType::Directory => Kind::Directory,
        _ => Kind::Other,
    }
}
