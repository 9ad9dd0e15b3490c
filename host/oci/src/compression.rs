//! The compressions of layers, recognized by their first bytes.
//!
//! The media type of a layer is not consulted: real tools go by the contents too, and there are
//! images in which the two differ.

mod zstd;

use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufReader, Chain, Cursor, Read};
use zstd::Zstd;

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all: the blob is the tar archive.
    None,
    /// gzip (RFC 1952), of one member or several.
    Gzip,
    /// zstd (RFC 8878), of one frame or several.
    Zstd,
}

impl Compression {
    /// The compression of a stream that begins with these bytes, of which four are enough.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Compression {
        match bytes {
            [0x1f, 0x8b, ..] => Compression::Gzip,
            // A frame, or a skippable one in front of it.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
            _ => Compression::None,
        }
    }
}

/// A blob with the bytes in front that its compression was recognized by.
type Blob<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;

/// Reads what a blob contains, uncompressed.
pub(crate) enum Decompressor<R: Read> {
    None(Blob<R>),
    Gzip(Box<MultiGzDecoder<Blob<R>>>),
    Zstd(Box<Zstd<Blob<R>>>),
}

impl<R: Read> Decompressor<R> {
    /// Reads the first bytes, and recognizes the compression by them.
    pub(crate) fn new(mut blob: R) -> io::Result<Decompressor<R>> {
        let mut first = Vec::new();
        blob.by_ref().take(4).read_to_end(&mut first)?;
        let compression = Compression::of(&first);
        let blob = BufReader::with_capacity(BUFFER, Cursor::new(first).chain(blob));
        Ok(match compression {
            Compression::None => Decompressor::None(blob),
            Compression::Gzip => Decompressor::Gzip(Box::new(MultiGzDecoder::new(blob))),
            Compression::Zstd => Decompressor::Zstd(Box::new(Zstd::new(blob))),
        })
    }

    /// The compression that was recognized.
    pub(crate) fn compression(&self) -> Compression {
        match self {
            Decompressor::None(_) => Compression::None,
            Decompressor::Gzip(_) => Compression::Gzip,
            Decompressor::Zstd(_) => Compression::Zstd,
        }
    }
}

impl<R: Read> Read for Decompressor<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Decompressor::None(blob) => blob.read(buffer),
            Decompressor::Gzip(decoder) => decoder.read(buffer),
            Decompressor::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

/// How much of a blob is read at a time.
const BUFFER: usize = 128 * 1024;
