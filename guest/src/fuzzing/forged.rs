//! Wheels made from the bytes of a fuzzer: sound except for what the bytes change.
//!
//! A fuzzer that changes bits of an archive rarely gets past its checksums. Here it chooses the
//! contents of the archive and the numbers to falsify; all other numbers are computed.

use super::wheel_builder::WheelBuilder;
use super::zip_builder::{Entry, Header, ZipBuilder, deflate, extra};

/// The remaining bytes. After their end come zeros.
struct Plan<'bytes>(&'bytes [u8]);

impl<'bytes> Plan<'bytes> {
    fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// A number below a limit.
    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit.max(1)
    }

    fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// Some bytes, preceded by their number.
    fn bytes(&mut self) -> &'bytes [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

/// The wheel that these bytes describe.
#[must_use]
pub fn forged(plan: &[u8]) -> Vec<u8> {
    let mut plan = Plan(plan);
    let mut zip = with_files(&mut plan).zip();
    while !plan.0.is_empty() {
        match plan.below(3) {
            0 => spoil_whole(&mut zip, &mut plan),
            1 => spoil_entry(&mut zip, &mut plan),
            _ => add_entry(&mut zip, &mut plan),
        }
    }
    zip.build()
}

/// A wheel with more or different files, and a matching `RECORD`.
fn with_files(plan: &mut Plan) -> WheelBuilder {
    let mut wheel = WheelBuilder::pip("30.3");
    for _ in 0..plan.below(6) {
        let kind = plan.below(6);
        let (name, contents) = (plan.text(), plan.text());
        wheel = match kind {
            0 => wheel.file(&name, &contents),
            1 => wheel.data(&name, &contents),
            2 => wheel.metadata(&name, &contents),
            3 => wheel.entry_points(&contents),
            4 => wheel.rows(&contents),
            _ => wheel.file(&name, &contents).mode(&name, plan.number()),
        };
    }
    wheel
}

/// Falsifies a number of the end record, or inserts bytes where none belong.
fn spoil_whole(zip: &mut ZipBuilder, plan: &mut Plan) {
    match plan.below(10) {
        0 => zip.is_reversed = true,
        1 => zip.before = plan.bytes().to_vec(),
        2 => zip.before_directory = plan.bytes().to_vec(),
        3 => zip.before_end = plan.bytes().to_vec(),
        4 => zip.after = plan.bytes().to_vec(),
        5 => zip.comment_length = plan.short(),
        6 => zip.disk = plan.short(),
        7 => zip.count = plan.short(),
        8 => zip.size = plan.number(),
        _ => zip.offset = plan.number(),
    }
}

/// Falsifies one entry.
fn spoil_entry(zip: &mut ZipBuilder, plan: &mut Plan) {
    let index = plan.below(zip.entries.len());
    let entry = &mut zip.entries[index];
    match plan.below(11) {
        0 => spoil_header(&mut entry.local, plan),
        1 => spoil_header(&mut entry.central, plan),
        2 => {
            spoil_header(&mut entry.local, plan);
            entry.central = entry.local.clone();
        }
        3 => entry.pack(plan.bytes().to_vec()),
        4 => *entry = entry.clone().stored(plan.bytes()),
        5 => entry.before = plan.bytes().to_vec(),
        6 => entry.attributes = plan.number(),
        7 => entry.comment = plan.bytes().to_vec(),
        8 => entry.offset = Some(plan.number()),
        9 => entry.is_phantom = true,
        // The type of a regular file, and any permissions.
        _ => entry.attributes = (0o100_000 | u32::from(plan.short()) & 0o777) << 16,
    }
}

fn spoil_header(header: &mut Header, plan: &mut Plan) {
    match plan.below(9) {
        0 => header.version = plan.short(),
        1 => header.flags = plan.short(),
        2 => header.method = plan.short(),
        3 => header.time = plan.short(),
        4 => header.checksum = plan.number(),
        5 => header.packed = plan.number(),
        6 => header.size = plan.number(),
        7 => header.name = plan.bytes().to_vec(),
        _ => header.extra = extra(plan.short(), plan.bytes()),
    }
}

/// Adds an entry that `RECORD` does not list, or replaces the data of an entry with packed bytes
/// and extra ones.
fn add_entry(zip: &mut ZipBuilder, plan: &mut Plan) {
    match plan.below(3) {
        0 => zip.entries.push(Entry::new(&plan.text(), plan.bytes())),
        1 => {
            zip.entries.push(Entry::new("pip-30.3.dist-info/RECORD.jws", b"").stored(plan.bytes()))
        }
        _ => {
            let index = plan.below(zip.entries.len());
            let packed = [deflate(plan.bytes()), plan.bytes().to_vec()].concat();
            zip.entries[index].pack(packed);
        }
    }
}
