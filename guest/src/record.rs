//! `RECORD`: the files of a distribution, with digest and size.
//!
//! Follows "Recording installed projects" and "The binary distribution format",
//! packaging.python.org. Reads the wheel's own `RECORD` to check the archive against it, writes the
//! installed one, from the written files and never from the wheel's claims, and returns the paths
//! that an installed one lists.

mod hashing;

pub(crate) use hashing::{Digest, Hashed, Hashing, digests, sha256};

use crate::bindings::ensurepip::bootstrap::types::FaultCode;
use crate::faults::Faults;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeMap;
use std::io;

/// How many rows of a wheel's `RECORD` are read. Rows are small, but stored one by one they could
/// take more memory than the files themselves.
const ROWS_LIMIT: usize = 60_000;

/// The claims of a wheel's `RECORD` about its files, by path.
#[derive(Debug, Default)]
pub(crate) struct Claims(BTreeMap<String, Claim>);

#[derive(Debug, PartialEq, Eq)]
struct Claim {
    /// `algorithm=digest`; empty if there is none.
    hash: String,
    /// In decimal; empty if there is none.
    size: String,
}

impl Claims {
    /// Reads a wheel's `RECORD`; faults are reported for `path`.
    pub(crate) fn parse(path: &str, contents: &[u8], faults: &mut Faults) -> Claims {
        let mut claims = BTreeMap::new();
        for row in reader(contents).records() {
            let row = match row {
                Ok(row) => row,
                Err(error) => {
                    faults.add(FaultCode::Record, path, error);
                    break;
                }
            };
            let [name, hash, size] = [0, 1, 2].map(|column| row.get(column).map(str::to_owned));
            let (Some(name), Some(hash), Some(size), 3) = (name, hash, size, row.len()) else {
                let detail = format!("a row has {} columns, not three", row.len());
                faults.add(FaultCode::Record, path, detail);
                continue;
            };
            if claims.len() == ROWS_LIMIT {
                faults.add(FaultCode::Record, path, "it has more rows than any archive has files");
                break;
            }
            if claims.insert(name.clone(), Claim { hash, size }).is_some() {
                faults.add(FaultCode::Record, path, format!("`{name}` is listed twice"));
            }
        }
        Claims(claims)
    }

    /// Begins to hash a file: with SHA-256, and with the algorithm of its claim if that is another
    /// one.
    pub(crate) fn hashing(&self, name: &str) -> Hashing {
        let algorithm =
            self.0.get(name).and_then(|claim| claim.hash.split_once('=')).map(|it| it.0);
        Hashing::new(algorithm)
    }

    /// Checks one file against its claim, and removes the claim.
    pub(crate) fn check(&mut self, name: &str, found: &Hashed, faults: &mut Faults) {
        let Some(claim) = self.0.remove(name) else {
            return faults.add(FaultCode::Unlisted, name, "RECORD does not list it");
        };
        if !claim.size.is_empty() && claim.size != found.size.to_string() {
            let detail = format!("RECORD states {} bytes, it has {}", claim.size, found.size);
            faults.add(FaultCode::Mismatch, name, detail);
        }
        match claim.hash.split_once('=') {
            Some((algorithm, expected)) => match &found.stated {
                Some(stated) if stated == expected => {}
                Some(_) => {
                    faults.add(
                        FaultCode::Mismatch,
                        name,
                        "it has another digest than RECORD states",
                    );
                }
                None => {
                    let detail = format!("RECORD uses `{algorithm}`, not SHA-256 or better");
                    faults.add(FaultCode::WeakDigest, name, detail);
                }
            },
            None => faults.add(FaultCode::WeakDigest, name, "RECORD states no digest"),
        }
    }

    /// Exempts a file: `RECORD` cannot state its own digest, nor that of its signatures.
    pub(crate) fn excuse(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The rows, sorted by path.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn into_rows(self) -> impl Iterator<Item = [String; 3]> {
        self.0.into_iter().map(|(path, Claim { hash, size })| [path, hash, size])
    }

    /// Records a fault for every remaining claim, which has no file.
    pub(crate) fn finish(self, faults: &mut Faults) {
        for name in self.0.keys() {
            faults.add(
                FaultCode::Phantom,
                name,
                "RECORD lists it, and the archive has no such file",
            );
        }
    }
}

/// The paths that an installed `RECORD` lists, in its own spelling. Rows that cannot be read are
/// left out: it belongs to the target, and a wheel that is to replace it is not at fault.
pub(crate) fn listed(contents: &[u8]) -> Vec<String> {
    let rows = reader(contents).into_byte_records().map_while(Result::ok);
    let paths = rows.filter_map(|row| std::str::from_utf8(row.get(0)?).ok().map(str::to_owned));
    paths.collect()
}

fn reader(contents: &[u8]) -> csv::Reader<impl io::Read> {
    // This reader drops a byte order mark, while Python's takes it for a part of the first path. So
    // one is added for it to drop.
    let contents = ["\u{feff}".as_bytes(), contents].concat();
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(io::Cursor::new(contents))
}

/// A row of an installed `RECORD`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    /// Relative to the library directory, with `/`.
    path: String,
    hash: String,
    size: String,
}

impl Row {
    /// The row of a file with known contents.
    pub(crate) fn hashed(path: String, digest: &[u8], size: u64) -> Row {
        let hash = format!("sha256={}", URL_SAFE_NO_PAD.encode(digest));
        Row { path, hash, size: size.to_string() }
    }

    /// The row of a file that may change: bytecode, and `RECORD` itself.
    pub(crate) fn bare(path: String) -> Row {
        Row { path, hash: String::new(), size: String::new() }
    }
}

/// Writes an installed `RECORD` as pip does: sorted by all three columns, quoted where it must
/// be, each line ended by CR and LF on every platform.
pub(crate) fn write(rows: &mut [Row]) -> Vec<u8> {
    rows.sort();
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record([&row.path, &row.hash, &row.size]).expect("memory takes every row");
    }
    writer.into_inner().expect("memory can be flushed")
}

#[cfg(test)]
mod tests {
    use super::{Claims, Row, listed, sha256, write};
    use crate::bindings::ensurepip::bootstrap::types::FaultCode;
    use crate::faults::Faults;

    const RECORD: &[u8] = b"a.py,sha256=ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0,3\r\n\
        \"b,c.py\",sha256=wrong,3\r\nd.py,,\ne.py,md5=x,9\ngone.py,,\nx-1.dist-info/RECORD,,\n";

    #[test]
    fn record_mismatches_are_all_reported() {
        let mut faults = Faults::default();
        let mut claims = Claims::parse("RECORD", RECORD, &mut faults);
        for name in ["a.py", "b,c.py", "d.py", "e.py", "new.py"] {
            let mut hashing = claims.hashing(name);
            hashing.update(b"a");
            hashing.update(b"bc");
            claims.check(name, &hashing.finish(), &mut faults);
        }
        claims.excuse("x-1.dist-info/RECORD");
        claims.finish(&mut faults);
        let expected = [
            FaultCode::Mismatch,   // b,c.py: another digest
            FaultCode::WeakDigest, // d.py: no digest
            FaultCode::Mismatch,   // e.py: the size …
            FaultCode::WeakDigest, // … and a weak digest
            FaultCode::Unlisted,   // new.py
            FaultCode::Phantom,    // gone.py
        ];
        assert_eq!(faults.codes(), expected);
    }

    #[test]
    fn record_malformed_rows_are_reported() {
        let mut faults = Faults::default();
        Claims::parse("RECORD", b"a,b\na,b,c,d\nx,,\nx,,\n", &mut faults);
        assert_eq!(faults.codes(), [FaultCode::Record; 3]);
    }

    #[test]
    fn record_byte_order_mark_is_part_of_first_path() {
        let record = "\u{feff}a.py,,\n\u{feff}b.py,,\n".as_bytes();
        assert_eq!(listed(record), ["\u{feff}a.py", "\u{feff}b.py"]);
        let mut faults = Faults::default();
        let mut claims = Claims::parse("RECORD", record, &mut faults);
        let hashed = claims.hashing("a.py").finish();
        claims.check("a.py", &hashed, &mut faults);
        assert_eq!(faults.codes(), [FaultCode::Unlisted]);
    }

    #[test]
    fn installed_record_is_parsed_leniently() {
        let record = b"a.py,sha256=x,3\r\nb\n\n\xff,,\n\"c,d\",,,,\n,,\n\"e\n";
        assert_eq!(listed(record), ["a.py", "b", "c,d", "", "e\n"]);
        assert_eq!(listed(b""), [""; 0]);
    }

    #[test]
    fn record_rows_are_sorted_and_quoted_as_by_pip() {
        let mut rows = [
            Row::bare("pip/__pycache__/a.pyc".to_owned()),
            Row::hashed("pip/a,b.py".to_owned(), &sha256(b""), 0),
            Row::hashed("../../../bin/pip3".to_owned(), &sha256(b"pip\n"), 4),
        ];
        let expected = "../../../bin/pip3,sha256=zuuue4knoyJ-UwPPXg8fezS7VCrXJQrAP7zeNuwvFQg,4\r\n\
            pip/__pycache__/a.pyc,,\r\n\
            \"pip/a,b.py\",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n";
        assert_eq!(String::from_utf8_lossy(&write(&mut rows)), expected);
    }
}
