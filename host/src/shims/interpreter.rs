//! The interpreter that a script names: which texts are valid.
//!
//! It reads no file: whether the interpreter exists depends on the target.

use thiserror::Error;

/// The programs that look an interpreter up on PATH. Only the first is recognized by pip and the
/// launchers for Windows.
const ENV: [&str; 2] = ["/usr/bin/env", "/bin/env"];

/// The interpreter of a script, in the form in which it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interpreter<'text> {
    /// A file, by its absolute path.
    File(&'text str),
    /// A program that `env` looks up on PATH: the whole line, such as `/usr/bin/env python3`.
    OnPath(&'text str),
}

/// Why a text cannot be the interpreter of a script.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum InterpreterError {
    /// The path is empty.
    #[error("interpreter path is empty")]
    Empty,
    /// It would be looked up in the caller's current directory.
    #[error("interpreter path is not absolute: `{}`", .0.escape_debug())]
    Relative(String),
    /// A line break ends the first line early, and a NUL ends the path.
    #[error("interpreter path holds a line break or NUL: `{}`", .0.escape_debug())]
    Unwritable(String),
    /// The path of a directory.
    #[error("interpreter path is that of a directory: `{}`", .0.escape_debug())]
    Directory(String),
    /// Options behind the path would be taken for a part of it.
    #[error("interpreter path is followed by options: `{}`", .0.escape_debug())]
    Options(String),
    /// `env` would start no program, or search for one whose name has spaces.
    #[error(
        "interpreter path `{}` must have one program behind `env`, as in `/usr/bin/env python3`, or \
         `-S` and a command",
        .0.escape_debug()
    )]
    Env(String),
}

impl<'text> Interpreter<'text> {
    /// Parses the interpreter of scripts for POSIX.
    ///
    /// The kernel passes the rest of the line to `env` as one argument. So it must be one name, or
    /// begin with `-S`, by which `env` splits that argument (GNU coreutils since 8.30, FreeBSD).
    pub(crate) fn posix(text: &'text str) -> Result<Interpreter<'text>, InterpreterError> {
        check_characters(text)?;
        if !text.starts_with('/') {
            return Err(InterpreterError::Relative(text.to_owned()));
        }
        if let Some(command) = ENV.iter().find_map(|env| behind(text, env)) {
            let is_right = match command.strip_prefix("-S") {
                Some(words) => words.starts_with(' ') && words.split_whitespace().any(is_program),
                None => is_program(command),
            };
            let wrong = || InterpreterError::Env(text.to_owned());
            return is_right.then_some(Interpreter::OnPath(text)).ok_or_else(wrong);
        }
        check_name(text, '/')?;
        Ok(Interpreter::File(text))
    }

    /// Parses the interpreter of launchers for Windows, which may be in double quotes.
    pub(crate) fn windows(text: &'text str) -> Result<Interpreter<'text>, InterpreterError> {
        check_characters(text)?;
        if let Some(command) = behind(text, ENV[0]) {
            let wrong = || InterpreterError::Env(text.to_owned());
            return is_program(command).then_some(Interpreter::OnPath(text)).ok_or_else(wrong);
        }
        let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let path = quoted.unwrap_or(text);
        let below_drive = match path.as_bytes() {
            [drive, b':', ..] if drive.is_ascii_alphabetic() => &path[2..],
            _ => path,
        };
        if path.is_empty() {
            return Err(InterpreterError::Empty);
        }
        if !below_drive.starts_with(['/', '\\']) {
            return Err(InterpreterError::Relative(text.to_owned()));
        }
        check_name(path, '\\')?;
        Ok(Interpreter::File(text))
    }
}

fn check_characters(text: &str) -> Result<(), InterpreterError> {
    if text.is_empty() {
        return Err(InterpreterError::Empty);
    }
    if text.contains(['\r', '\n', '\0']) {
        return Err(InterpreterError::Unwritable(text.to_owned()));
    }
    Ok(())
}

/// The text behind `env` in a line that begins with it; empty if there is none.
fn behind<'text>(text: &'text str, env: &str) -> Option<&'text str> {
    let rest = text.strip_prefix(env)?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| rest.trim())
}

/// Whether `env` takes this word for a program, not for an option or a variable.
fn is_program(word: &str) -> bool {
    !word.is_empty() && !word.starts_with('-') && !word.contains([' ', '\t', '='])
}

/// Checks the last name of a path.
fn check_name(path: &str, separator: char) -> Result<(), InterpreterError> {
    let name = path.rsplit(['/', separator]).next().unwrap_or_default();
    if matches!(name, "" | "." | "..") {
        return Err(InterpreterError::Directory(path.to_owned()));
    }
    let has_options = name.match_indices(" -").any(|(at, _)| {
        name[at + " -".len()..].starts_with(|first: char| first.is_ascii_alphabetic())
    });
    if has_options {
        return Err(InterpreterError::Options(path.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Interpreter, InterpreterError};

    #[test]
    fn executable_on_posix_accepts_absolute_path_and_env() {
        for path in ["/usr/bin/python3", "/opt/my python/bin/python3", "/a -b/python3", "/envoy"] {
            assert_eq!(Interpreter::posix(path), Ok(Interpreter::File(path)));
        }
        for line in ["/usr/bin/env python3", "/bin/env pypy3", "/usr/bin/env -S python3 -I"] {
            assert_eq!(Interpreter::posix(line), Ok(Interpreter::OnPath(line)));
        }
    }

    #[test]
    fn executable_on_posix_rejects_unusable_values() {
        type Case = fn(String) -> InterpreterError;
        let cases: [(&str, Case); 20] = [
            ("python3", InterpreterError::Relative),
            ("bin/python3", InterpreterError::Relative),
            (" /usr/bin/python3", InterpreterError::Relative),
            ("C:\\python.exe", InterpreterError::Relative),
            ("env python3", InterpreterError::Relative),
            ("/", InterpreterError::Directory),
            ("/usr/bin/", InterpreterError::Directory),
            ("/usr/bin/.", InterpreterError::Directory),
            ("/usr/bin/..", InterpreterError::Directory),
            ("/usr/bin/python3 -I", InterpreterError::Options),
            ("/a\nb", InterpreterError::Unwritable),
            ("/a\rb", InterpreterError::Unwritable),
            ("/a\0b", InterpreterError::Unwritable),
            ("/usr/bin/env", InterpreterError::Env),
            ("/usr/bin/env ", InterpreterError::Env),
            ("/usr/bin/env python3 -I", InterpreterError::Env),
            ("/usr/bin/env -i python3", InterpreterError::Env),
            ("/usr/bin/env A=b", InterpreterError::Env),
            ("/usr/bin/env -S", InterpreterError::Env),
            ("/usr/bin/env -S A=b", InterpreterError::Env),
        ];
        for (text, error) in cases {
            assert_eq!(Interpreter::posix(text), Err(error(text.to_owned())));
        }
        assert_eq!(Interpreter::posix(""), Err(InterpreterError::Empty));
    }

    #[test]
    fn executable_on_windows_accepts_drive_unc_and_env() {
        for path in [r"C:\Python313\python.exe", "c:/python.exe", r"\\server\share\python.exe"] {
            assert_eq!(Interpreter::windows(path), Ok(Interpreter::File(path)));
        }
        let quoted = r#""C:\Program Files\python.exe""#;
        assert_eq!(Interpreter::windows(quoted), Ok(Interpreter::File(quoted)));
        let line = "/usr/bin/env python3";
        assert_eq!(Interpreter::windows(line), Ok(Interpreter::OnPath(line)));
    }

    #[test]
    fn executable_on_windows_rejects_unusable_values() {
        for path in ["python.exe", "C:python.exe", r"bin\python.exe"] {
            let expected = InterpreterError::Relative(path.to_owned());
            assert_eq!(Interpreter::windows(path), Err(expected));
        }
        for path in [r"C:\Python313\", "C:/", r"C:\Python313\.."] {
            let expected = InterpreterError::Directory(path.to_owned());
            assert_eq!(Interpreter::windows(path), Err(expected));
        }
        let line = "/usr/bin/env -S python3";
        assert_eq!(Interpreter::windows(line), Err(InterpreterError::Env(line.to_owned())));
        assert_eq!(Interpreter::windows(r#""""#), Err(InterpreterError::Empty));
    }
}
