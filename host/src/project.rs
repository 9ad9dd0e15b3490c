//! The names of projects, and of extras.

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
