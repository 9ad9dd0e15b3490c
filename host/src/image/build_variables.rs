//! `_sysconfigdata_*.py`: the variables that CPython was built with, as a Python dictionary.
//!
//! Reads only the form that CPython writes: `build_time_vars = {`, then names and values, which are
//! strings, one or several in a row, or whole numbers. It does not read Python in general: anything
//! else is an error.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// The variables, by name. Numbers are kept as they are written.
pub(super) type Variables = BTreeMap<String, String>;

/// Reads the dictionary. The error says what cannot be read.
pub(super) fn parse(text: &str) -> Result<Variables, String> {
    let start = text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line))
    });
    let assignment = start
        .filter_map(|(start, line)| Some((start, line.strip_prefix("build_time_vars")?)))
        .find_map(|(start, rest)| Some(start + "build_time_vars".len() + rest.find('{')? + 1));
    let rest = assignment.and_then(|place| text.get(place..));
    let mut reader = Reader { rest: rest.ok_or("has no `build_time_vars`")?.chars().peekable() };
    let mut variables = Variables::new();
    loop {
        reader.skip_space();
        if reader.take('}') {
            return Ok(variables);
        }
        let name = reader.strings()?;
        reader.skip_space();
        if !reader.take(':') {
            return Err(format!("has no value for `{}`", name.escape_debug()));
        }
        reader.skip_space();
        let value = match reader.rest.peek() {
            Some('\'' | '"') => reader.strings()?,
            _ => reader.number()?,
        };
        variables.insert(name, value);
        reader.skip_space();
        if !reader.take(',') && reader.rest.peek() != Some(&'}') {
            return Err("has something else than names and values".to_owned());
        }
    }
}

struct Reader<'text> {
    rest: Peekable<Chars<'text>>,
}

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn skip_space(&mut self) {
        while self.rest.next_if(char::is_ascii_whitespace).is_some() {}
    }

    /// Reads adjacent strings as one.
    fn strings(&mut self) -> Result<String, String> {
        let mut value = String::new();
        let mut is_any = false;
        loop {
            self.skip_space();
            let Some(quote) = self.rest.next_if(|character| matches!(character, '\'' | '"')) else {
                break;
            };
            let length = value.len();
            self.string(quote, &mut value)?;
            if value.len() == length && self.rest.peek() == Some(&quote) {
                return Err("has a string in three quotes, which `repr` does not write".to_owned());
            }
            is_any = true;
        }
        if is_any { Ok(value) } else { Err("has no string where one belongs".to_owned()) }
    }

    /// Reads the rest of a string, after its opening quote.
    fn string(&mut self, quote: char, value: &mut String) -> Result<(), String> {
        loop {
            match self.rest.next() {
                Some(end) if end == quote => return Ok(()),
                Some('\\') => value.push(self.escaped()?),
                None | Some('\n') => return Err("has a string without an end".to_owned()),
                Some(character) if character.is_ascii_control() => {
                    return Err("has a control character, which `repr` escapes".to_owned());
                }
                Some(character) => value.push(character),
            }
        }
    }

    /// Reads the character that an escape sequence stands for.
    fn escaped(&mut self) -> Result<char, String> {
        let digits = match self.rest.next() {
            Some(character @ ('\\' | '\'' | '"')) => return Ok(character),
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            _ => return Err("has an escape sequence that `repr` does not write".to_owned()),
        };
        let digits: String = self.rest.by_ref().take(digits).collect();
        // `u32::from_str_radix` takes a sign as well.
        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| !digits.starts_with('+'));
        let code = code.and_then(char::from_u32);
        code.ok_or_else(|| "has an escape sequence of no character".to_owned())
    }

    fn number(&mut self) -> Result<String, String> {
        let mut value = String::new();
        value.extend(self.rest.next_if_eq(&'-'));
        while let Some(digit) = self.rest.next_if(char::is_ascii_digit) {
            value.push(digit);
        }
        match value.parse::<i64>() {
            Ok(number) if number.to_string() == value => Ok(value),
            _ => Err("has a value that is neither a string nor a whole number".to_owned()),
        }
    }
}
