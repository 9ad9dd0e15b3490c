//! Wheels made from the bytes of a fuzzer: sound but for what these spoil.
//!
//! A fuzzer that changes bits of an archive hardly gets past its checksums. Here it chooses instead
//! what is in the archive and which of its numbers are false; all others are computed.

use super::builder::Builder;
use super::forge::{Forge, Header, Part, deflate, extra};

/// What is left of the bytes. After their end come zeros.
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

    /// Some bytes, their number before them.
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

/// The wheel that these bytes ask for.
#[must_use]
pub fn forged(plan: &[u8]) -> Vec<u8> {
    let mut plan = Plan(plan);
    let mut forge = with_files(&mut plan).forge();
    while !plan.0.is_empty() {
        match plan.below(3) {
            0 => spoil_whole(&mut forge, &mut plan),
            1 => spoil_part(&mut forge, &mut plan),
            _ => add_part(&mut forge, &mut plan),
        }
    }
    forge.build()
}

/// A wheel with more files, or other ones, and a `RECORD` that fits.
fn with_files(plan: &mut Plan) -> Builder {
    let mut wheel = Builder::pip("26.3");
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

/// Falsifies a number of the end record, or puts bytes where none belong.
fn spoil_whole(forge: &mut Forge, plan: &mut Plan) {
    match plan.below(10) {
        0 => forge.is_reversed = true,
        1 => forge.before = plan.bytes().to_vec(),
        2 => forge.before_directory = plan.bytes().to_vec(),
        3 => forge.before_end = plan.bytes().to_vec(),
        4 => forge.after = plan.bytes().to_vec(),
        5 => forge.comment_length = plan.short(),
        6 => forge.disk = plan.short(),
        7 => forge.entries = plan.short(),
        8 => forge.size = plan.number(),
        _ => forge.offset = plan.number(),
    }
}

/// Falsifies one entry.
fn spoil_part(forge: &mut Forge, plan: &mut Plan) {
    let index = plan.below(forge.parts.len());
    let part = &mut forge.parts[index];
    match plan.below(11) {
        0 => spoil_header(&mut part.local, plan),
        1 => spoil_header(&mut part.central, plan),
        2 => {
            spoil_header(&mut part.local, plan);
            part.central = part.local.clone();
        }
        3 => part.pack(plan.bytes().to_vec()),
        4 => *part = part.clone().stored(plan.bytes()),
        5 => part.before = plan.bytes().to_vec(),
        6 => part.attributes = plan.number(),
        7 => part.comment = plan.bytes().to_vec(),
        8 => part.offset = Some(plan.number()),
        9 => part.is_phantom = true,
        // A regular file's, and any permissions.
        _ => part.attributes = (0o100_000 | u32::from(plan.short()) & 0o777) << 16,
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

/// Adds an entry that `RECORD` does not list, or has an entry hold packed bytes and more.
fn add_part(forge: &mut Forge, plan: &mut Plan) {
    match plan.below(3) {
        0 => forge.parts.push(Part::new(&plan.text(), plan.bytes())),
        1 => forge.parts.push(Part::new("pip-26.3.dist-info/RECORD.jws", b"").stored(plan.bytes())),
        _ => {
            let index = plan.below(forge.parts.len());
            let packed = [deflate(plan.bytes()), plan.bytes().to_vec()].concat();
            forge.parts[index].pack(packed);
        }
    }
}
