//! Numbers in headers.

/// Reads a field that cannot be negative.
pub(super) fn unsigned(field: &[u8]) -> Result<u64, &'static str> {
    u64::try_from(signed(field)?).map_err(|_| "negative number in the header")
}

/// Reads octal digits between spaces and NUL characters, of which there may be none, or a binary
/// number in two's complement behind a set bit, as GNU tar writes what has more digits than the field.
pub(super) fn signed(field: &[u8]) -> Result<i64, &'static str> {
    match field.first() {
        Some(first) if first & 0x80 != 0 => binary(field),
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Result<i64, &'static str> {
    let is_padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_padding(byte)).unwrap_or(field.len());
    let digits = &field[start..];
    let end = digits.iter().position(is_padding).unwrap_or(digits.len());
    if digits[end..].iter().take_while(|&&byte| byte != 0).any(|&byte| byte != b' ') {
        return Err("malformed number in the header");
    }
    digits[..end].iter().try_fold(0_i64, |number, &digit| match digit {
        b'0'..=b'7' => number
            .checked_mul(8)
            .and_then(|number| number.checked_add(i64::from(digit - b'0')))
            .ok_or("too large a number in the header"),
        _ => Err("malformed number in the header"),
    })
}

fn binary(field: &[u8]) -> Result<i64, &'static str> {
    // The bit behind the marker is the sign, so the marker becomes a copy of it.
    let sign = if field[0] & 0x40 == 0 { 0 } else { -1 };
    let first = i64::from(field[0] & 0x7f) | (sign << 7);
    field[1..].iter().try_fold(first, |number, &byte| {
        let shifted = number.checked_mul(256).ok_or("too large a number in the header")?;
        Ok(shifted | i64::from(byte))
    })
}

/// Reads decimal digits.
pub(super) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, &digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{signed, unsigned};

    #[test]
    fn octal_and_binary_numbers_are_read() {
        for (field, number) in [
            (&b"0000644\0"[..], 0o644),
            (b"   644 \0", 0o644),
            (b"644     ", 0o644),
            (b"\0\0\0\0\0\x0017", 0o17),
            (b"12345670", 0o12_345_670),
            (b"7\0letters", 7),
            (b"        ", 0),
            (b"\0\0\0\0\0\0\0\0", 0),
            (b"", 0),
            (b"77777777777\0", 0o77_777_777_777),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", 256),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", i64::MAX),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", -1),
            (b"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", i64::MIN),
        ] {
            assert_eq!(signed(field), Ok(number), "{field:?}");
        }
    }

    #[test]
    fn other_numbers_are_rejected() {
        for field in [
            &b"8"[..],
            b"-1",
            b"1 2",
            b"0x1",
            b"7777777777777777777777",
            b"\x80\0\0\0\x80\0\0\0\0\0\0\0",
        ] {
            assert!(signed(field).is_err(), "{field:?}");
        }
        assert!(unsigned(b"\xff\xff").is_err());
    }
}
