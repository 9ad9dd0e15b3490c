//! The names of projects and extras.

/// The form under which names are compared (PEP 503): lower case, and one `-` for each run of `-`,
/// `_` and `.`.
pub(crate) fn canonical(name: &str) -> String {
    let mut canonical = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            canonical.extend(character.to_lowercase());
        } else if !canonical.ends_with('-') {
            canonical.push('-');
        }
    }
    canonical
}

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
