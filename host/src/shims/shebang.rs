//! The first lines of an installed script on POSIX: the bytes that start the right Python.
//!
//! It reads and writes no file, makes no script body and does not handle Windows, where the
//! launcher module makes the programs. As it reads no file, it does not check, as pip does, whether
//! the interpreter is itself a script.
//!
//! For ordinary paths the bytes are those of distlib 0.4.4, as in pip. They differ for unusual
//! paths, with most of which pip's script would not start: see [`ScriptPlatform`] and `shell_word`.

use super::interpreter::{Interpreter, InterpreterError};

/// The system that the target is for, whichever this one is. It reads the first line of a script,
/// and so decides how long that may be and which characters it may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptPlatform {
    /// Linux and every other POSIX system without a case of its own here.
    Posix,
    /// macOS: its kernel reads more, but ends the line at the first `#`.
    Darwin,
}

/// Returns the UTF-8 bytes, whole lines ending in LF, to put before a script's Python source.
///
/// `executable` is the interpreter in its own spelling (`sys.executable`), links unresolved. The
/// first line names it directly where both the kernel and Python read it correctly. Otherwise the
/// bytes are two programs at once: `/bin/sh` sees a command that passes the script to the
/// interpreter, and Python sees a string without effect. A command of `env`, such as `/usr/bin/env
/// python3`, becomes the first line unchanged.
///
/// # Errors
///
/// Fails if [`Interpreter::posix`] rejects it.
pub(crate) fn shebang(
    executable: &str,
    platform: ScriptPlatform,
) -> Result<Vec<u8>, InterpreterError> {
    let lines = match Interpreter::posix(executable)? {
        Interpreter::OnPath(line) => format!("#!{line}\n"),
        Interpreter::File(path) if platform.can_name(path) => format!("#!{path}\n"),
        Interpreter::File(path) => {
            format!("#!/bin/sh\n'''exec' {} \"$0\" \"$@\"\n' '''\n", shell_word(path))
        }
    };
    Ok(lines.into_bytes())
}

impl ScriptPlatform {
    /// The platform of a Python with this `sysconfig.get_platform()`.
    pub(crate) fn of(platform: &str) -> ScriptPlatform {
        if platform.starts_with("macosx-") { Self::Darwin } else { Self::Posix }
    }

    /// How many bytes of the first line are certain to be read, `#!` and line break included.
    fn line_limit(self) -> usize {
        match self {
            Self::Posix => 127,
            Self::Darwin => 512,
        }
    }

    /// Whether a first line with only this path starts this path.
    fn can_name(self, executable: &str) -> bool {
        let fits = "#!\n".len() + executable.len() <= self.line_limit();
        let is_read_whole = !executable.contains([' ', '\t'])
            && (self != Self::Darwin || !executable.contains('#'));
        // Python takes such a comment in the first line for the file's encoding (PEP 263).
        let declares_encoding = executable.contains("coding:") || executable.contains("coding=");
        fits && is_read_whole && !declares_encoding
    }
}

/// Quotes a path as one word of `/bin/sh`, in characters that are also valid inside a Python
/// literal between `'''` and `'''`.
///
/// The literal allows neither three single quotes in a row nor an escape that is unknown to Python.
/// pip writes a path bare, or between double quotes if it has a space. This form is kept where it
/// works; every other path is put between single quotes.
fn shell_word(executable: &str) -> String {
    let is_plain =
        |character: char| character.is_alphanumeric() || "/._-+,:@%=~".contains(character);
    let holds_in_double_quotes =
        !executable.contains(['$', '`', '"', '\\']) && !executable.contains("'''");
    if executable.chars().all(is_plain) {
        executable.to_owned()
    } else if executable.contains(' ') && holds_in_double_quotes {
        format!("\"{executable}\"")
    } else {
        // A quote or a backslash is put between double quotes instead. Both replacements begin and
        // end with one single quote and have another character within, so that no more than two
        // single quotes ever meet, in whatever order they follow. The backslash is doubled, which
        // the shell and Python read alike.
        let quoted = executable.replace('\'', r#"'"'"'"#).replace('\\', r#"'"\\"'"#);
        format!("'{quoted}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(executable: &str, platform: ScriptPlatform) -> String {
        let bytes = shebang(executable, platform).expect("path is usable");
        String::from_utf8(bytes).expect("shebang is UTF-8")
    }

    /// An absolute path of exactly this many bytes.
    fn path_of(bytes: usize) -> String {
        format!("/{}", "d".repeat(bytes - 1))
    }

    #[test]
    fn shebang_is_direct_up_to_kernel_length_limit() {
        let cases = [(ScriptPlatform::Posix, 124), (ScriptPlatform::Darwin, 509)];
        for (platform, longest) in cases {
            let (fits, exceeds) = (path_of(longest), path_of(longest + 1));
            assert_eq!(text(&fits, platform), format!("#!{fits}\n"));
            assert_eq!(
                text(&exceeds, platform),
                format!("#!/bin/sh\n'''exec' {exceeds} \"$0\" \"$@\"\n' '''\n")
            );
        }
        let (fits, exceeds) = (format!("/d{}", "é".repeat(61)), format!("/{}", "é".repeat(62)));
        assert_eq!((fits.len(), exceeds.len()), (124, 125));
        assert!(text(&fits, ScriptPlatform::Posix).starts_with("#!/d"));
        assert!(text(&exceeds, ScriptPlatform::Posix).starts_with("#!/bin/sh\n'''exec' /é"));
    }

    #[test]
    fn shebang_of_path_with_space_equals_pip() {
        assert_eq!(
            text("/it's (mine) & more/bin/python3", ScriptPlatform::Posix),
            "#!/bin/sh\n'''exec' \"/it's (mine) & more/bin/python3\" \"$0\" \"$@\"\n' '''\n"
        );
    }

    #[test]
    fn shebang_of_shell_characters_stays_unquoted() {
        let path = r#"/a$b`c"d'e*f&g;h(i)\j/python3"#;
        assert_eq!(text(path, ScriptPlatform::Posix), format!("#!{path}\n"));
    }

    #[test]
    fn shebang_through_sh_is_quoted_for_shell_and_python() {
        let cases = [
            ("/a\tb", "'/a\tb'"),
            ("/a $b", "'/a $b'"),
            ("/a '''b'", r#"'/a '"'"''"'"''"'"'b'"'"''"#),
            (r"/a \b", r#"'/a '"\\"'b'"#),
            ("/coding=x", "/coding=x"),
        ];
        for (path, word) in cases {
            assert_eq!(
                text(path, ScriptPlatform::Posix),
                format!("#!/bin/sh\n'''exec' {word} \"$0\" \"$@\"\n' '''\n")
            );
        }
        assert_eq!(text("/a#b", ScriptPlatform::Posix), "#!/a#b\n");
        assert!(text("/a#b", ScriptPlatform::Darwin).contains("'''exec' '/a#b' "));
    }

    /// distlib writes the same (`enquote_executable`).
    #[test]
    fn shebang_with_env_is_kept() {
        for line in ["/usr/bin/env python3", "/usr/bin/env -S python3 -I"] {
            assert_eq!(text(line, ScriptPlatform::Posix), format!("#!{line}\n"));
        }
    }

    #[test]
    fn shebang_of_unusable_path_is_rejected() {
        let error = shebang("/a\nb", ScriptPlatform::Posix).expect_err("it has two lines");
        assert_eq!(error, InterpreterError::Unwritable("/a\nb".to_owned()));
    }

    /// The tests above do not prove that a kernel, a shell and a Python agree: these scripts run.
    #[cfg(unix)]
    #[test]
    fn shebang_of_odd_directory_name_starts_interpreter() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::{fs, io::ErrorKind, process::Command};

        let asked = Command::new("python3")
            .args(["-c", "import sys; print(sys.executable)"])
            .output()
            .expect("a `python3` to test with");
        let python = String::from_utf8(asked.stdout).expect("path of Python is UTF-8");
        let platform =
            if cfg!(target_os = "macos") { ScriptPlatform::Darwin } else { ScriptPlatform::Posix };
        let odd = r#"$HOME `id` "q" '1''2'''3''''4 *?[a] &|;<>() {a,b} !! ~ # \u \N{x} \' \" \\"#;
        let names = [
            "plain",
            "space d",
            "tab\td",
            "tab\td $(id)",
            "`id` d",
            "é \u{a0}\u{2028}\u{c}",
            "a#b",
        ];
        let quotes = ["' a", "'' a", "''' a", "a '", "a ''", "a '''''''", " \"'\"'\"", "\t'\\''"];
        let escapes = ["a \\", "\\ \\\\", "a \\u0041 \\x", "a \\\"'''\\\"", "{ %s $$ ${x} `", odd];
        let encodings = ["coding=x", "coding: latin-1", "-*- coding:utf-16 -*-"];
        for name in [&names[..], &quotes, &escapes, &encodings].concat() {
            for padding in [0, 150] {
                let top = tempfile::tempdir().expect("temporary directory");
                let home = top.path().join(format!("{name}{}", "x".repeat(padding)));
                let (interpreter, script) = (home.join(name), home.join("script"));
                fs::create_dir(&home).expect("directory of the interpreter");
                symlink(python.trim_end(), &interpreter).expect("link to Python");

                let path = interpreter.to_str().expect("path is UTF-8");
                let first_lines = text(path, platform);
                let body = "import sys; print(sys.argv[1:], sys.executable == sys.argv[1])\n";
                fs::write(&script, first_lines + body).expect("script is written");
                let mode = fs::Permissions::from_mode(0o755);
                fs::set_permissions(&script, mode).expect("script is executable");

                let mut command = Command::new(&script);
                command.args([path, "two words", "$0 '"]).env("PYTHONWARNINGS", "error");
                let ran = loop {
                    // Another test, about to start a program, may still hold the script open.
                    match command.output() {
                        Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {}
                        ran => break ran.expect("script starts"),
                    }
                };
                let shown = String::from_utf8_lossy(&ran.stdout);
                assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "{path}");
                assert!(shown.ends_with(", 'two words', \"$0 '\"] True\n"), "{path}: {shown}");
            }
        }
    }
}
