//! Which texts can be names of projects and extras.

/// Whether a text is a name: ASCII letters, digits, `-`, `_` and `.`, with a letter or digit at both
/// ends.
pub(super) fn is_name(text: &str) -> bool {
    let is_end = |character: Option<char>| character.is_some_and(|c| c.is_ascii_alphanumeric());
    is_end(text.chars().next()) && is_end(text.chars().next_back()) && text.chars().all(is_part)
}

/// Whether a name can have this character.
pub(super) fn is_part(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}
