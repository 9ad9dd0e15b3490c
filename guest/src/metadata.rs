//! The header files of a `.dist-info` directory: `WHEEL` and `METADATA`.
//!
//! Reads the header block of both ("Core metadata specifications" and "The .dist-info directory",
//! packaging.python.org): `Name: value` lines, continuation lines indented, up to the first empty
//! line. A block that Python's mail parser, which other tools use, would read differently is
//! rejected. Fields that an installer does not need are ignored, and so is the version of the core
//! metadata.

/// The maximum size of a header block, in bytes. Its fields are stored one by one, which adds up.
const LENGTH_LIMIT: usize = 16 << 20;

/// The characters that may surround a value.
const BLANKS: [char; 2] = [' ', '\t'];

/// How long the name of a licence may be, in characters. Some projects have the text of their licence in
/// the field for its name.
const LICENSE_NAME_LIMIT: usize = 100;

/// The fields of a header block, in order.
#[derive(Debug)]
pub(crate) struct Headers(Vec<(String, String)>);

/// The licences that a wheel states.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Licenses {
    /// An SPDX expression (PEP 639).
    pub(crate) expression: Option<String>,
    /// Names and classifiers; none if there is an expression.
    pub(crate) names: Vec<String>,
}

impl Headers {
    /// Reads a file. The error is a clause that states its flaw.
    pub(crate) fn parse(contents: &[u8]) -> Result<Headers, String> {
        if contents.len() > LENGTH_LIMIT {
            return Err(format!("it is longer than {LENGTH_LIMIT} bytes"));
        }
        let text = std::str::from_utf8(contents).map_err(|_| "it is not UTF-8".to_owned())?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.is_empty() {
                break;
            }
            if line.contains('\r') {
                return Err(format!(
                    "line {} has a line end that some readers do not see",
                    index + 1
                ));
            }
            if line.starts_with(BLANKS) {
                let Some((_, value)) = fields.last_mut() else {
                    return Err("it begins with a continuation line".to_owned());
                };
                value.push('\n');
                value.push_str(line.trim_matches(BLANKS));
                continue;
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err(format!("line {} has no colon", index + 1));
            };
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
                // Some readers take it for the end of the header block.
                return Err(format!("line {} has a name that no field has", index + 1));
            }
            fields.push((name.to_owned(), value.trim_matches(BLANKS).to_owned()));
        }
        Ok(Headers(fields))
    }

    /// The first of these fields that occurs more than once.
    pub(crate) fn first_repeated<'names>(&self, names: &[&'names str]) -> Option<&'names str> {
        let count = |name: &str| {
            self.0.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name)).count()
        };
        names.iter().find(|name| count(name) > 1).copied()
    }

    /// The first value of a field; the case of its name does not matter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// All values of a field, in order; the case of its name does not matter.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.clone()).collect()
    }

    /// The licences: by `License-Expression`, else by `License` if that is a name and no text, else by
    /// the classifiers.
    pub(crate) fn licenses(&self) -> Licenses {
        let stated = |name| self.get(name).map(str::trim).filter(|value| !value.is_empty());
        if let Some(expression) = stated("License-Expression") {
            return Licenses { expression: Some(expression.to_owned()), names: Vec::new() };
        }
        let is_name = |value: &&str| {
            // What setuptools once wrote for none.
            *value != "UNKNOWN"
                && !value.contains('\n')
                && value.chars().count() <= LICENSE_NAME_LIMIT
        };
        if let Some(name) = stated("License").filter(is_name) {
            return Licenses { expression: None, names: vec![name.to_owned()] };
        }
        let mut names = self.all("Classifier");
        names.retain(|classifier| classifier.starts_with("License ::"));
        Licenses { expression: None, names }
    }
}

#[cfg(test)]
mod tests {
    use super::{Headers, LICENSE_NAME_LIMIT};

    #[test]
    fn headers_end_at_first_empty_line() {
        let headers = Headers::parse(
            b"Metadata-Version: 2.5\r\nname: pip\nLicense: one\n  two\n\nName: not this\n",
        )
        .expect("is a header block");
        assert_eq!(headers.get("Name"), Some("pip"));
        assert_eq!(headers.get("License"), Some("one\ntwo"));
        assert_eq!(headers.get("Version"), None);
    }

    #[test]
    fn headers_detect_repeated_fields_ignoring_case() {
        let headers = Headers::parse(b"Name: a\nTag: x\nTag: y\nNAME: b\n").expect("is one");
        assert_eq!(headers.first_repeated(&["Version", "Name"]), Some("Name"));
        assert_eq!(headers.first_repeated(&["Version"]), None);
    }

    #[test]
    fn headers_malformed_are_rejected() {
        for contents in [
            &b"Name"[..],
            b" Name: x",
            b"Name: \xff",
            b"Name: a\rName: b",
            b"Summary: a\n b\rName: c",
            b"Name : a",
            b": a",
            b"From me: a\nName: b",
            b"N\xc3\xa4me: a\nName: b",
        ] {
            assert!(Headers::parse(contents).is_err(), "{contents:?} passed");
        }
    }

    #[test]
    fn licenses_are_expression_or_name_or_classifiers() {
        let classified = "Classifier: Topic :: Internet\nClassifier: License :: OSI Approved :: MIT License\n\
                          classifier: License :: Public Domain\n";
        let classifiers = ["License :: OSI Approved :: MIT License", "License :: Public Domain"];
        let longest = "x".repeat(LICENSE_NAME_LIMIT);
        for (fields, expression, names) in [
            ("License-Expression: MIT OR Apache-2.0\nLicense: BSD\n", "MIT OR Apache-2.0", &[][..]),
            ("License-Expression: \nLicense: BSD 3-Clause\n", "", &["BSD 3-Clause"]),
            ("License:\n  BSD\n", "", &["BSD"]),
            (&format!("License: {longest}\n"), "", &[longest.as_str()]),
            (&format!("License: {longest}x\n"), "", &classifiers),
            ("License: MIT License\n\n Copyright\n", "", &["MIT License"]),
            ("License: MIT License\n \n  Copyright\n", "", &classifiers),
            ("License: UNKNOWN\n", "", &classifiers),
            ("License: \n", "", &classifiers),
            ("Summary: none\n", "", &classifiers),
        ] {
            let text = format!("Name: a\n{classified}{fields}");
            let found = Headers::parse(text.as_bytes()).expect("is one").licenses();
            assert_eq!(found.expression.as_deref().unwrap_or_default(), expression, "{fields}");
            assert_eq!(found.names, names, "{fields}");
        }
        let none = Headers::parse(b"Name: a\nLicense-File: LICENSE\n").expect("is one").licenses();
        assert_eq!((none.expression, none.names.len()), (None, 0));
    }

    #[test]
    fn headers_trim_only_spaces_and_tabs() {
        let headers = Headers::parse(b"Name:\t pip \nVersion: \x0b1\n").expect("is one");
        assert_eq!(headers.get("Name"), Some("pip"));
        assert_eq!(headers.get("Version"), Some("\x0b1"));
    }
}
