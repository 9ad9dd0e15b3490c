//! A position in a text that is read from left to right.

/// What is left of a text.
pub(super) struct Cursor<'text> {
    rest: &'text str,
}

impl<'text> Cursor<'text> {
    pub(super) fn new(text: &'text str) -> Cursor<'text> {
        Cursor { rest: text }
    }

    pub(super) fn rest(&self) -> &'text str {
        self.rest
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Skips the white space that PEP 508 allows between tokens.
    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t'));
    }

    /// Takes these characters if they are next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes this word if it is next, and not only the start of a longer one.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is_next = self.rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_word));
        is_next && self.take(word)
    }

    /// Takes the first of these that is next.
    pub(super) fn take_one_of(&mut self, tokens: &[&'static str]) -> Option<&'static str> {
        tokens.iter().copied().find(|token| self.take(token))
    }

    /// Takes all characters up to the first one of another kind.
    pub(super) fn take_while(&mut self, is_of_kind: impl Fn(char) -> bool) -> &'text str {
        let end = self.rest.find(|character| !is_of_kind(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// An error that says what was expected in this place.
    pub(super) fn expected<T>(&self, what: &str) -> Result<T, String> {
        // Untrusted texts can be long.
        let next: String = self.rest.chars().take(40).collect();
        Err(match next.as_str() {
            "" => format!("{what} is missing at the end"),
            next => format!("{what} is missing before `{}`", printable(next)),
        })
    }
}

/// A text in which control characters are escaped, and quotes are not.
pub(super) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\'' | '\\' => printable.push(character),
            _ => printable.extend(character.escape_debug()),
        }
    }
    printable
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
