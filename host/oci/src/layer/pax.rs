//! The records of PAX extended headers.
//!
//! The format is that of POSIX.1-2001, `pax`, with the additions of GNU tar (`GNU.sparse.`) and star
//! (`SCHILY.xattr.`).

use super::number::decimal;
use super::sparse::Sparse;
use std::collections::BTreeMap;

/// What the records of an extended header set.
#[derive(Debug, Default)]
pub(super) struct Pax {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) modified: Option<i64>,
    pub(super) xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) sparse: Option<Sparse>,
    pub(super) sparse_path: Option<Vec<u8>>,
    pub(super) sparse_size: Option<u64>,
}

impl Pax {
    /// Reads the records of one header. The last of several of one name counts, and one without a value
    /// counts as absent.
    pub(super) fn read(mut bytes: &[u8]) -> Result<Pax, &'static str> {
        let mut pax = Pax::default();
        while !bytes.is_empty() {
            let (name, value) = next(&mut bytes).ok_or("malformed PAX record")?;
            pax.set(name, value)?;
        }
        Ok(pax)
    }

    /// Whether records set what a global header may not set here: readers disagree on whether those
    /// of a global header count.
    pub(super) fn changes_entries(&self) -> bool {
        self.path.is_some() || self.link.is_some() || self.size.is_some() || self.sparse.is_some()
    }

    fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match name {
            b"path" => self.path = text(value)?,
            b"linkpath" => self.link = text(value)?,
            b"size" => self.size = number(value)?,
            b"uid" => self.uid = number(value)?,
            b"gid" => self.gid = number(value)?,
            b"mtime" => self.modified = time(value)?,
            b"GNU.sparse.name" => self.sparse_path = text(value)?,
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse_size = number(value)?,
            _ => {}
        }
        if let Some(name) = name.strip_prefix(b"GNU.sparse.") {
            self.sparse.get_or_insert_default().set(name, value)?;
        }
        if let Some(name) = name.strip_prefix(b"SCHILY.xattr.") {
            self.xattrs.insert(name.to_vec(), value.to_vec());
        }
        Ok(())
    }
}

/// Takes the record in front: its length in decimal, a space, name, `=`, value and a line feed.
fn next<'bytes>(bytes: &mut &'bytes [u8]) -> Option<(&'bytes [u8], &'bytes [u8])> {
    let space = bytes.iter().take(LONGEST_LENGTH).position(|&byte| byte == b' ')?;
    let length = usize::try_from(decimal(&bytes[..space])?).ok()?;
    let (record, left) = bytes.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    let (name, value) = (&record[..equals], &record[equals + 1..]);
    if name.is_empty() || name.contains(&0) {
        return None;
    }
    *bytes = left;
    Some((name, value))
}

fn text(value: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    if value.contains(&0) {
        return Err("NUL character in a PAX record");
    }
    Ok((!value.is_empty()).then(|| value.to_vec()))
}

fn number(value: &[u8]) -> Result<Option<u64>, &'static str> {
    if value.is_empty() {
        return Ok(None);
    }
    decimal(value).map(Some).ok_or("malformed number in a PAX record")
}

/// Reads seconds with decimals, and rounds down.
fn time(value: &[u8]) -> Result<Option<i64>, &'static str> {
    if value.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (is_negative, value) = match value.strip_prefix(b"-") {
            Some(value) => (true, value),
            None => (false, value),
        };
        let point = value.iter().position(|&byte| byte == b'.').unwrap_or(value.len());
        let seconds = i64::try_from(decimal(&value[..point])?).ok()?;
        let decimals = value.get(point + 1..).unwrap_or_default();
        if !decimals.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let is_whole = decimals.iter().all(|&digit| digit == b'0');
        match is_negative {
            true if is_whole => Some(-seconds),
            true => Some(-seconds - 1),
            false => Some(seconds),
        }
    };
    read().map(Some).ok_or("malformed time in a PAX record")
}

/// The most digits of the length of a record, and a space.
const LONGEST_LENGTH: usize = 20;

#[cfg(test)]
mod tests {
    use super::Pax;

    #[test]
    fn records_are_read() -> Result<(), &'static str> {
        let records = [
            &b"9 path=f\n"[..],
            b"13 path=a=\nb\n",
            b"9 uid=07\n",
            b"7 gid=\n",
            b"13 size=1234\n",
            b"11 other=1\n",
            b"23 SCHILY.xattr.a=\0\n=2\n",
        ];
        let pax = Pax::read(&records.concat())?;
        assert_eq!(pax.path.as_deref(), Some(&b"a=\nb"[..]), "the last one counts");
        assert_eq!((pax.uid, pax.gid, pax.size), (Some(7), None, Some(1234)));
        assert_eq!(
            pax.xattrs.into_iter().collect::<Vec<_>>(),
            [(b"a".to_vec(), b"\0\n=2".to_vec())]
        );
        assert!(pax.sparse.is_none());
        Ok(())
    }

    #[test]
    fn times_are_rounded_down() -> Result<(), &'static str> {
        for (text, seconds) in [
            ("0", 0),
            ("1.999", 1),
            ("-1", -1),
            ("-1.000", -1),
            ("-0.5", -1),
            ("-1.5", -2),
            ("2.", 2),
        ] {
            let record = format!("mtime={text}\n");
            let length = record.len() + 3;
            assert!(length > 9);
            assert_eq!(
                Pax::read(format!("{length} {record}").as_bytes())?.modified,
                Some(seconds),
                "{text}"
            );
        }
        Ok(())
    }

    #[test]
    fn malformed_records_are_rejected() {
        for records in [
            &b"path=f\n"[..],
            b"11 path=f\n",
            b"8 path=f\n",
            b"9 path=f\n1",
            b"0 \n",
            b"4 =\n",
            b"5 a \n",
            b"99999999999999999999999 path=f\n",
            b"10 path=f\0\n",
            b"+9 path=f\n",
            b"11 size=1e3\n",
            b"10 size=-1\n",
            b"13 mtime=1.a\n",
            b"11 mtime=.\n",
            b"11 mtime=x\n",
        ] {
            assert!(Pax::read(records).is_err(), "{}", String::from_utf8_lossy(records));
        }
    }
}
