//! A file that states what is wanted, as text.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// How long a file may be, in bytes. A thousand projects with a hundred hashes each have ten million.
const LONGEST: u64 = 1 << 24;

/// Reads a file in UTF-8, with or without a byte order mark. The error is a clause.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("is larger than {} MiB", LONGEST >> 20));
    }
    decode(bytes)
}

/// Decodes the contents of a file.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes)
        .map_err(|error| format!("is not UTF-8, at byte {}", error.utf8_error().valid_up_to()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Parses a hash such as `sha256:…`. Returns the digest in lower-case hexadecimal.
pub(super) fn parse_hash(hash: &str) -> Result<String, String> {
    let Some((algorithm, digest)) = hash.split_once(':') else {
        return Err(format!("the hash `{hash}` names no algorithm"));
    };
    if algorithm != "sha256" {
        return Err(format!("`{algorithm}` is not supported: hashes are `sha256`"));
    }
    parse_digest(digest)
}

/// Checks a SHA-256 digest. Returns it in lower case.
pub(super) fn parse_digest(digest: &str) -> Result<String, String> {
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest
        .then(|| digest.to_ascii_lowercase())
        .ok_or_else(|| format!("`{digest}` is no SHA-256 digest"))
}
