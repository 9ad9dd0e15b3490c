//! `entry_points.txt`: the commands a distribution declares.
//!
//! Follows "Entry points specification", packaging.python.org: an INI file in which only `=`
//! separates and names keep their case. Only the groups for scripts are read. A name or a reference
//! that could be anything else is rejected: the name becomes a file, the reference code. Lines that
//! Python's own readers, `configparser` and `importlib.metadata`, read differently are rejected as
//! well.

use std::collections::HashSet;

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntryPoint {
    /// Its name.
    pub(crate) name: String,
    /// The module to import: a dotted identifier.
    pub(crate) module: String,
    /// The object to call: a dotted identifier.
    pub(crate) attribute: String,
    /// Whether it has no console (`gui_scripts`).
    pub(crate) gui: bool,
}

/// The maximum size of a file, in bytes. Its lines are stored one by one, which adds up.
const LENGTH_LIMIT: usize = 1 << 20;

/// The commands of a file in order, console before GUI; and all its faults, as clauses.
pub(crate) fn parse(contents: &[u8]) -> (Vec<EntryPoint>, Vec<String>) {
    if contents.len() > LENGTH_LIMIT {
        return (Vec::new(), vec![format!("it is longer than {LENGTH_LIMIT} bytes")]);
    }
    let Ok(text) = std::str::from_utf8(contents) else {
        return (Vec::new(), vec!["it is not UTF-8".to_owned()]);
    };
    let (mut commands, mut wrong) = (Vec::new(), Vec::new());
    let mut group = None;
    let mut groups = HashSet::new();
    for written in text.lines() {
        if written.contains(|c| is_separator(c) && c != '\t') {
            wrong.push(format!("`{written}` is several lines to some readers"));
            continue;
        }
        let line = written.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']').unwrap_or_default();
            if name != name.trim() || name.is_empty() || name.contains(['[', ']']) {
                wrong.push(format!("`{line}` is not the same group to all readers"));
            }
            if !groups.insert(name) {
                wrong.push(format!("the group `{name}` is there twice"));
            }
            group = Some(name);
            continue;
        }
        let gui = match group {
            Some("console_scripts") => false,
            Some("gui_scripts") => true,
            Some(_) => continue,
            None => {
                wrong.push(format!("`{line}` stands before the first group"));
                continue;
            }
        };
        if written.starts_with(char::is_whitespace) {
            // Some readers take it for a continuation of the line before.
            wrong.push(format!("`{line}` is indented"));
            continue;
        }
        if line.starts_with(';') {
            // It is a comment to the older of Python's readers, but not to the other.
            wrong.push(format!("`{line}` is a comment to some readers only"));
            continue;
        }
        match parse_line(line, gui) {
            Ok(command) => commands.push(command),
            Err(detail) => wrong.push(format!("`{line}`: {detail}")),
        }
    }
    commands.sort_by_key(|command| command.gui);
    (commands, wrong)
}

/// Whether some readers take a character for a line end or a blank: controls, and two of Unicode.
fn is_separator(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

fn parse_line(line: &str, gui: bool) -> Result<EntryPoint, &'static str> {
    let (name, reference) = line.split_once('=').ok_or("there is no `=`")?;
    let name = name.trim();
    // Extras in brackets are for other tools, and obsolete.
    let reference = match reference.split_once('[') {
        Some((reference, extras)) if extras.trim_end().ends_with(']') => reference,
        Some(_) => return Err("the extras are not closed"),
        None => reference,
    };
    let (module, attribute) = reference.split_once(':').ok_or("it names no object to call")?;
    let (module, attribute) = (module.trim(), attribute.trim());
    if !is_dotted_identifier(module) || !is_dotted_identifier(attribute) {
        return Err("the reference is not `module:object`");
    }
    Ok(EntryPoint {
        name: name.to_owned(),
        module: module.to_owned(),
        attribute: attribute.to_owned(),
        gui,
    })
}

fn is_dotted_identifier(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|c: char| c == '_' || c.is_alphabetic())
            && part.chars().all(|c| c == '_' || c.is_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::{EntryPoint, LENGTH_LIMIT, parse};

    fn entry_point(name: &str, module: &str, attribute: &str, gui: bool) -> EntryPoint {
        let [name, module, attribute] = [name, module, attribute].map(str::to_owned);
        EntryPoint { name, module, attribute, gui }
    }

    #[test]
    fn entry_points_of_real_wheels_are_parsed() {
        let (commands, wrong) = parse(
            b"[gui_scripts]\nwin = a.b:c.d\n[console_scripts]\npip=pip._internal.cli.main:cli\n\
              # comment\npip3.10 = pip : main [extra,other]\r\n\n[other]\nanything : goes\n",
        );
        assert_eq!(wrong, Vec::<String>::new());
        assert_eq!(
            commands,
            [
                entry_point("pip", "pip._internal.cli.main", "cli", false),
                entry_point("pip3.10", "pip", "main", false),
                entry_point("win", "a.b", "c.d", true),
            ]
        );
    }

    #[test]
    fn entry_points_over_size_limit_are_rejected() {
        assert_eq!(parse(&vec![b'\n'; LENGTH_LIMIT]), (Vec::new(), Vec::new()));
        let (_, wrong) = parse(&vec![b'\n'; LENGTH_LIMIT + 1]);
        assert_eq!(wrong, ["it is longer than 1048576 bytes"]);
    }

    #[test]
    fn entry_points_with_invalid_reference_are_rejected() {
        for line in [
            "x = a",
            "x = a:",
            "x = a:b;print(1)",
            "x = a b:c",
            "x : a:b",
            "x = a:b[c",
            "x = .a:b",
            "x = a:1b",
            "x = a:b()",
        ] {
            let (commands, wrong) = parse(format!("[console_scripts]\n{line}\n").as_bytes());
            assert_eq!((commands.len(), wrong.len()), (0, 1), "{line}");
        }
        assert_eq!(parse(b"[console_scripts]\na = b:c\n  d = e:f\n").1.len(), 1);
        for text in [
            "[console_scripts]\n;a = b:c\n",
            "[ console_scripts ]\n",
            "[[console_scripts]]\n",
            "[console_scripts] x\n",
            "[x]\na\x0b[console_scripts]\n",
            "[x]\na\r[console_scripts]\n",
            "# a\u{2028}[console_scripts]\n",
        ] {
            assert_eq!(parse(text.as_bytes()).1.len(), 1, "{text:?}");
        }
        assert_eq!(parse(b"[x]\n[console_scripts]\n[x]\n").1.len(), 1);
        assert_eq!(parse(&b"#".repeat(2 << 20)).1.len(), 1);
        assert_eq!(parse(b"a = b:c\n").1.len(), 1);
        assert_eq!(parse(b"\xff").1.len(), 1);
    }
}
