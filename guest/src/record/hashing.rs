//! Digests of files, in the form of `RECORD`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// The SHA-256 digest of some contents.
pub(crate) type Digest = [u8; 32];

/// The SHA-256 digest of some contents.
pub(crate) fn sha256(contents: &[u8]) -> Digest {
    Sha256::digest(contents).into()
}

/// The SHA-256 digest of some contents, and their CRC-32.
pub(crate) fn digests(contents: &[u8]) -> (Digest, u32) {
    (sha256(contents), crc32fast::hash(contents))
}

/// A file that is hashed portion by portion.
pub(crate) struct Hashing {
    sha256: Sha256,
    /// The digest of the whole file, if known.
    known: Option<Digest>,
    stated: Stated,
    size: u64,
}

/// The algorithm that a claim uses.
enum Stated {
    Sha256,
    Sha384(Sha384),
    Sha512(Sha512),
    /// An unknown or weak one, or none.
    Other,
}

/// A file that was hashed.
pub(crate) struct Hashed {
    pub(crate) sha256: Digest,
    /// The digest by the claim's algorithm, in the form of `RECORD`; none if that is unknown or too
    /// weak.
    pub(super) stated: Option<String>,
    /// The size in bytes.
    pub(super) size: u64,
}

impl Hashing {
    /// Begins to hash a file whose claim uses this algorithm.
    pub(crate) fn new(algorithm: Option<&str>) -> Hashing {
        let stated = match algorithm {
            Some("sha256") => Stated::Sha256,
            Some("sha384") => Stated::Sha384(Sha384::new()),
            Some("sha512") => Stated::Sha512(Sha512::new()),
            _ => Stated::Other,
        };
        Hashing { sha256: Sha256::new(), known: None, stated, size: 0 }
    }

    /// Adds the next portion.
    pub(crate) fn update(&mut self, portion: &[u8]) {
        self.sha256.update(portion);
        self.update_others(portion);
    }

    /// Adds the whole contents, with their SHA-256 digest.
    pub(crate) fn take(&mut self, contents: &[u8], sha256: Digest) {
        self.known = Some(sha256);
        self.update_others(contents);
    }

    /// Sets the size and the SHA-256 digest of the whole contents, if no other digest is needed.
    /// Returns whether it did.
    pub(crate) fn take_unseen(&mut self, size: u64, sha256: Digest) -> bool {
        let is_enough = matches!(self.stated, Stated::Sha256 | Stated::Other);
        if is_enough {
            (self.known, self.size) = (Some(sha256), size);
        }
        is_enough
    }

    fn update_others(&mut self, portion: &[u8]) {
        self.size += portion.len() as u64;
        match &mut self.stated {
            Stated::Sha384(hasher) => hasher.update(portion),
            Stated::Sha512(hasher) => hasher.update(portion),
            Stated::Sha256 | Stated::Other => {}
        }
    }

    /// Ends the hashing.
    pub(crate) fn finish(self) -> Hashed {
        let sha256 = self.known.unwrap_or_else(|| self.sha256.finalize().into());
        let stated = match self.stated {
            Stated::Sha256 => Some(URL_SAFE_NO_PAD.encode(sha256)),
            Stated::Sha384(hasher) => Some(URL_SAFE_NO_PAD.encode(hasher.finalize())),
            Stated::Sha512(hasher) => Some(URL_SAFE_NO_PAD.encode(hasher.finalize())),
            Stated::Other => None,
        };
        Hashed { sha256, stated, size: self.size }
    }
}
