//! Do man pages and completions work?

#[path = "../../tests/support/announce.rs"]
mod announce;

use announce::{announce, report_skipped};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Makes all of them.
fn generate_documents() -> TempDir {
    let directory = tempfile::tempdir().expect("a temporary directory can be made");
    let program = Command::new(env!("CARGO_BIN_EXE_ensurepip-release"))
        .arg("documents")
        .arg(directory.path())
        .arg("2026-01-02")
        .output()
        .expect("the program runs");
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    directory
}

/// Formats a page with all warnings enabled; none if there is no groff.
fn format_man_page(page: &Path) -> Option<Output> {
    Command::new("groff")
        .args(["-man", "-ww", "-Kutf8", "-Tutf8", "-P-cbou"])
        .arg(page)
        .output()
        .ok()
}

#[test]
fn man_pages_format_without_warnings() {
    let made = generate_documents();
    let all = &["SYNOPSIS", "OPTIONS", "SUBCOMMANDS", "EXAMPLES", "EXIT STATUS"][..];
    for (name, sections, option) in [
        ("ensurepip-host", all, "--root <DIR>"),
        ("ensurepip-host-uninstall", &all[..2], "--root <DIR>"),
        ("ensurepip-host-status", &all[..2], "--root <DIR>"),
        ("ensurepip-host-bytecode-pack", &all[..2], "--output <FILE>"),
    ] {
        let Some(output) = format_man_page(&made.path().join(format!("man/{name}.1"))) else {
            return report_skipped("man pages", "groff");
        };
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
        let text = String::from_utf8_lossy(&output.stdout);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(&format!("NAME {name} - ")), "{text}");
        for section in sections {
            assert!(text.lines().any(|line| line == *section), "{section} in {text}");
        }
        assert!(text.contains(option), "{option} in {text}");
        let last = text.lines().rfind(|line| !line.is_empty()).unwrap_or_default();
        let words: Vec<&str> = last.split_whitespace().collect();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(words, ["ensurepip-host", version, "2026-01-02", &format!("{name}(1)")]);
    }
    announce("man pages: 4 cells ran");
}

/// An example that is broken into other lines cannot be copied.
#[test]
fn man_page_examples_keep_their_lines() {
    let made = generate_documents();
    let Some(output) = format_man_page(&made.path().join("man/ensurepip-host.1")) else {
        return report_skipped("examples of man pages", "groff");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    for example in ["--python venv/bin/python", "--root ./stage --executable /usr/bin/python3"] {
        let is_it =
            |line: &str| line.trim_start().starts_with(&format!("ensurepip-host {example}"));
        assert!(text.lines().any(is_it), "{example} in {text}");
    }
}

#[test]
fn bash_completion_offers_options_and_subcommands() {
    let made = generate_documents();
    let script = made.path().join("completions/ensurepip-host.bash");
    for (words, expected) in [
        (&["--ro"][..], "--root\n"),
        (&["sta"], "status\n"),
        (&["uninstall", "--whe"], "--wheel-dir\n"),
        (&["status", "--js"], "--json\n"),
        (&["status", "--up"], "--upgrade\n"),
        (&["uninstall", "--up"], ""),
    ] {
        let output = Command::new("bash")
            .args(["--norc", "-uc"])
            // As bash does: the function gets the command, the word and the one before it.
            .arg(
                "source \"$1\"; shift; COMP_WORDS=(ensurepip-host \"$@\"); COMP_CWORD=$#; \
                 function=$(complete -p ensurepip-host); function=${function#* -F }; \
                 ${function%% *} ensurepip-host \"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"; \
                 printf '%s\\n' ${COMPREPLY[@]+\"${COMPREPLY[@]}\"}",
            )
            .arg("bash")
            .arg(&script)
            .args(words)
            .output()
            .expect("bash runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{words:?}: {said}");
        let completed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(completed.trim_start_matches('\n'), expected, "{words:?}");
    }
}

/// For each shell, and containing every option of the program.
#[test]
fn completions_exist_for_five_shells() {
    let made = generate_documents();
    for name in [
        "ensurepip-host.bash",
        "_ensurepip-host",
        "ensurepip-host.fish",
        "_ensurepip-host.ps1",
        "ensurepip-host.elv",
    ] {
        let text = fs::read_to_string(made.path().join("completions").join(name));
        let text = text.unwrap_or_else(|error| panic!("{name}: {error}"));
        for option in ["break-system-packages", "dry-run", "sha256", "uninstall"] {
            assert!(text.contains(option), "{option} in {name}");
        }
    }
}
