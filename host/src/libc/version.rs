//! The version that a C library states in its constants, as text.
//!
//! The versions of glibc's symbols are no measure: a release that adds none to `libc.so.6` has none
//! there. The highest in glibc 2.31 is 2.30.

/// The version in a part of glibc's `libc.so.6`, from the text that it prints when it is run: `GNU C
/// Library (Debian GLIBC 2.31-13) stable release version 2.31.`
pub(super) fn glibc(part: &[u8]) -> Option<(u32, u32)> {
    // Most places are ruled out by their first byte.
    let mut places = part.iter().enumerate().filter(|(_, byte)| **byte == b' ');
    places.find_map(|(place, _)| {
        let (major, rest) = number(part[place..].strip_prefix(b" release version ")?)?;
        let (minor, rest) = number(rest.strip_prefix(b".")?)?;
        // A digit beyond the end of the part would belong to the number.
        (!rest.is_empty()).then_some((major, minor))
    })
}

/// The version in a part of musl: `1.2.5` or `1.2.5-git-1-gabc`, alone between two zero bytes.
pub(super) fn musl(part: &[u8]) -> Option<(u32, u32)> {
    let mut starts = part.windows(2).enumerate().filter(|(_, bytes)| {
        let [before, first] = bytes else { return false };
        *before == 0 && first.is_ascii_digit()
    });
    starts.find_map(|(place, _)| {
        let (major, rest) = number(&part[place + 1..])?;
        let (minor, rest) = number(rest.strip_prefix(b".")?)?;
        let (_, rest) = number(rest.strip_prefix(b".")?)?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        (end == 0 || rest[..end].starts_with(b"-git-")).then_some((major, minor))
    })
}

/// The number at the start of these bytes, and what follows. None if it is longer than any.
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = bytes.split_at_checked(digits).filter(|(number, _)| number.len() < 4)?;
    Some((std::str::from_utf8(number).ok()?.parse().ok()?, rest))
}
