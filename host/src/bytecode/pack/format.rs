//! The form of a bytecode pack.
//!
//! It has a first line, a line of JSON, and a zlib stream (RFC 1950) of the canonical forms in the
//! order of their entries. Reading checks the form, the limits, and every digest. It does not know which
//! Python or wheel is wanted.

use crate::digest::sha256;
use flate2::{Compression, Decompress, FlushDecompress, Status, write::ZlibEncoder};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// The first line.
const FIRST_LINE: &str = "ensurepip-host bytecode pack 1\n";

/// The maximum size of the line of JSON.
const HEADER_LIMIT: usize = 32 << 20;

/// The maximum number of entries.
const ENTRIES_LIMIT: usize = 60_000;

/// The maximum size of all canonical forms, and of a file.
const SIZE_LIMIT: u64 = 256 << 20;

/// How many times larger the contents of a zlib stream can be at most.
const RATIO_LIMIT: u64 = 1032;

/// The size of the magic number that bytecode begins with.
const MAGIC: usize = 4;

/// The line of JSON.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    /// `sys.implementation.name`.
    pub(super) implementation: String,
    /// `sys.version_info[:2]`.
    pub(super) version: [u32; 2],
    /// `sys.implementation.cache_tag`.
    pub(super) cache_tag: String,
    /// The magic number, in hexadecimal.
    pub(super) magic: String,
    pub(super) wheel: WheelFile,
    pub(super) entries: Vec<SourceEntry>,
}

/// The wheel that has the sources.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WheelFile {
    pub(super) name: String,
    pub(super) sha256: String,
}

/// A source.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceEntry {
    pub(super) sha256: String,
    pub(super) size: u64,
    /// None if the source is not valid in this Python.
    pub(super) bytecode: Option<BytecodeEntry>,
}

/// The canonical form of bytecode.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BytecodeEntry {
    pub(super) sha256: String,
    pub(super) size: u64,
}

/// The contents of a pack.
pub(super) struct Unpacked {
    pub(super) header: Header,
    /// The canonical form of each entry.
    pub(super) forms: Vec<Option<Vec<u8>>>,
}

/// Writes a pack. The forms are those of the entries that have one.
pub(super) fn encode(header: &Header, forms: &[&[u8]]) -> Result<Vec<u8>, String> {
    let line = serde_json::to_string(header).map_err(|error| error.to_string())?;
    let mut packed = [FIRST_LINE.as_bytes(), line.as_bytes(), b"\n"].concat();
    let mut stream = ZlibEncoder::new(&mut packed, Compression::best());
    let written = forms.iter().try_for_each(|form| stream.write_all(form));
    written.and_then(|()| stream.finish().map(drop)).map_err(|error| error.to_string())?;
    Ok(packed)
}

/// Reads a pack from a file. The error states what is wrong with it.
pub(super) fn read(path: &Path) -> Result<Unpacked, String> {
    let failed = |error: std::io::Error| error.to_string();
    // A FIFO is not waited for.
    if !path.metadata().map_err(failed)?.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut contents = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(SIZE_LIMIT + 1).read_to_end(&mut contents).map_err(failed)?;
    if contents.len() as u64 > SIZE_LIMIT {
        return Err(format!("it has more than {} MiB", SIZE_LIMIT >> 20));
    }
    decode(&contents)
}

/// Reads a pack. The error states what is wrong with it.
pub(super) fn decode(contents: &[u8]) -> Result<Unpacked, String> {
    let rest = contents.strip_prefix(FIRST_LINE.as_bytes());
    let rest = rest.ok_or_else(|| format!("its first line is not `{}`", FIRST_LINE.trim_end()))?;
    let end = rest.iter().take(HEADER_LIMIT).position(|byte| *byte == b'\n');
    let (line, stream) = end.and_then(|end| rest.split_at_checked(end)).ok_or_else(truncated)?;
    let header: Header = serde_json::from_slice(line)
        .map_err(|error| format!("its second line is malformed: {error}"))?;
    // There is one way to write a header, so that each of its bytes counts.
    if serde_json::to_string(&header).is_ok_and(|written| written.as_bytes() != line) {
        return Err("its second line is not in the form in which it is written".to_owned());
    }
    if header.entries.len() > ENTRIES_LIMIT {
        return Err(format!("it has more than {ENTRIES_LIMIT} entries"));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = header.entries.iter().find(|entry| !seen.insert(&entry.sha256)) {
        return Err(format!("it has two entries for the source with the digest {}", twice.sha256));
    }
    let forms = inflate(stream.get(1..).unwrap_or_default(), total(&header.entries)?)?;
    let forms = split(&header, &forms)?;
    Ok(Unpacked { header, forms })
}

/// The size of all canonical forms.
fn total(entries: &[SourceEntry]) -> Result<u64, String> {
    let mut sizes = entries.iter().filter_map(|entry| entry.bytecode.as_ref());
    let total = sizes.try_fold(0, |total: u64, entry| total.checked_add(entry.size));
    let total = total.filter(|total| *total <= SIZE_LIMIT);
    total.ok_or_else(|| format!("its bytecode has more than {} MiB", SIZE_LIMIT >> 20))
}

/// Unpacks a stream of this size.
fn inflate(stream: &[u8], size: u64) -> Result<Vec<u8>, String> {
    if size / RATIO_LIMIT > stream.len() as u64 {
        return Err(truncated());
    }
    let room = usize::try_from(size).map_err(|error| error.to_string())?;
    let mut contents = Vec::new();
    // One byte more shows whether the stream is longer.
    contents.try_reserve_exact(room + 1).map_err(|error| error.to_string())?;
    let mut inflater = Decompress::new(true);
    let status = inflater.decompress_vec(stream, &mut contents, FlushDecompress::Finish);
    match status {
        Err(_) => Err("its compressed part is damaged".to_owned()),
        Ok(_) if contents.len() > room => Err("it has more bytecode than it states".to_owned()),
        Ok(Status::StreamEnd) if inflater.total_in() < stream.len() as u64 => {
            Err("there is something after its end".to_owned())
        }
        Ok(Status::StreamEnd) if contents.len() == room => Ok(contents),
        Ok(_) => Err(truncated()),
    }
}

/// Splits the contents of the stream into canonical forms, and verifies them.
fn split(header: &Header, mut contents: &[u8]) -> Result<Vec<Option<Vec<u8>>>, String> {
    let forms = header.entries.iter().map(|entry| {
        let Some(stated) = &entry.bytecode else { return Ok(None) };
        let size = usize::try_from(stated.size).map_err(|error| error.to_string())?;
        let (form, rest) = contents.split_at_checked(size).ok_or_else(truncated)?;
        contents = rest;
        let wrong = |words| {
            Err(format!("the bytecode of the source with the digest {} {words}", entry.sha256))
        };
        if sha256(form) != stated.sha256 {
            return wrong("has another digest than stated");
        }
        let magic = form.get(..MAGIC).unwrap_or_default();
        if crate::digest::hexadecimal(magic) != header.magic {
            return wrong("has another magic number than stated");
        }
        Ok(Some(form.to_vec()))
    });
    forms.collect()
}

fn truncated() -> String {
    "it is incomplete".to_owned()
}
