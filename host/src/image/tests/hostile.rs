//! Broken, odd or malicious trees: each gives an error or nothing, without waiting.

use super::binaries::{Made, elf, of_version, plain};
use super::tree::{Tree, X86_64};
use crate::image::find;
use crate::root::Root;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

#[test]
fn image_without_python_finds_none() {
    let tree = Tree::new();
    assert_eq!(tree.find(None).expect("it can be read"), None);
    let nowhere = tree.path("/is/not/there");
    assert_eq!(find(&mut Root::new(Some(nowhere)), None).expect("it is not there"), None);
    assert!(tree.refused(Some("/usr/bin/python3")).ends_with("is not there, or no program"));
}

#[test]
fn image_python_that_is_no_program_is_ignored() {
    let tree = Tree::new();
    tree.directory("/usr/local/bin/python3")
        .link("/usr/bin/python3", "python3.99")
        .link("/bin/python3", "python3")
        .file("/usr/sbin/python3", elf(X86_64, &of_version(3, 13, 0)))
        .link("/sbin/python3", "/proc/1/../../../../../nowhere")
        .file("/usr/local/sbin", "a file where a directory belongs");
    assert_eq!(tree.find(None).expect("it can be read"), None);
    for path in ["/usr/local/bin/python3", "/usr/bin/python3", "/bin/python3", "/usr/sbin/python3"]
    {
        assert!(tree.refused(Some(path)).ends_with("is not there, or no program"), "{path}");
    }
}

#[test]
fn image_fifo_does_not_block() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1)).directory("/usr/local/bin");
    let fifo = |path: &str| {
        let path = tree.path(path);
        let made = std::process::Command::new("mkfifo").args(["-m", "755"]).arg(path).status();
        assert!(made.expect("it runs").success());
    };
    fifo("/usr/local/bin/python3");
    fifo("/usr/pyvenv.cfg");
    fifo("/usr/lib/python3.12/build-details.json");
    fifo("/usr/lib/python3.12/_sysconfigdata_x_.py");
    assert_eq!(tree.found().executable, Path::new("/usr/bin/python3"));
}

#[test]
fn image_wrapper_script_and_python_2_are_skipped() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1))
        .program("/usr/local/bin/python3", "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n")
        .program("/usr/bin/python2.7", elf(X86_64, &plain()))
        .link("/usr/bin/python", "python2.7");
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/usr/bin/python3"));
    assert_eq!(found.origin.others, ["/usr/local/bin/python3", "/usr/bin/python"]);
    assert!(tree.refused(Some("/usr/local/bin/python3")).contains("is a script, or no program"));
    assert!(tree.refused(Some("/usr/bin/python")).contains("is a Python 2"));
    std::fs::remove_file(tree.path("/usr/bin/python3.12")).expect("it is there");
    assert!(tree.refused(None).contains("is a script, or no program"));
}

#[test]
fn image_symlinks_do_not_escape_root() {
    let outside = Tree::new();
    outside.python("/usr", "lib", 12, &of_version(3, 12, 1));
    let tree = Tree::new();
    let climbing = format!("../../../../../../../..{}", outside.path("/usr/bin/python3").display());
    tree.link("/usr/bin/python3", outside.path("/usr/bin/python3"))
        .link("/usr/bin/python3.12", &climbing)
        .link("/usr/lib", outside.path("/usr/lib"));
    assert_eq!(tree.find(None).expect("they lead nowhere"), None);
    // A standard library outside the root does not count, even for an interpreter inside.
    tree.program("/usr/local/bin/python3.12", elf(X86_64, &of_version(3, 12, 1)))
        .link("/usr/local/lib/python3.12", outside.path("/usr/lib/python3.12"));
    assert!(tree.refused(None).contains("has no standard library above it"));
}

#[test]
fn image_truncated_or_corrupt_binary_is_rejected() {
    let whole = elf(X86_64, &Made { library: "libpython3.12.so.1.0", ..of_version(3, 12, 1) });
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &plain());
    for length in 4..64 {
        tree.program("/usr/bin/python3.12", &whole[..length]);
        assert!(tree.refused(None).contains("is no sound binary"), "{length}");
    }
    // Whichever byte is wrong, the result is an answer or an error, and the search ends.
    for place in (0..64).chain(0x2c00..0x2c40).chain(0x3000..whole.len()) {
        for value in [1, 0xff] {
            let mut broken = whole.clone();
            broken[place] = value;
            tree.program("/usr/bin/python3.12", &broken);
            let _ = tree.find(None);
        }
    }
}

#[test]
fn image_oversized_file_is_not_read() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1));
    let grow = |path: &str| {
        let file = std::fs::OpenOptions::new().write(true).open(tree.path(path));
        let file = file.expect("it is there");
        file.set_len(1 << 40).expect("it can be sparse");
    };
    let library = "/usr/lib/python3.12/_sysconfigdata__linux_.py";
    grow(library);
    assert_eq!(
        tree.refused(None),
        format!("failed to read `{library}`: it is larger than 4194304 bytes")
    );
    std::fs::remove_file(tree.path(library)).expect("it is there");
    grow("/usr/bin/python3.12");
    assert!(tree.refused(None).ends_with("has 1099511627776 bytes, more than any interpreter"));
}

/// Section headers of a sparse file can name parts of any size. `limited` limits how much of one is read.
#[test]
fn image_python_with_giant_section_is_described() {
    let tree = Tree::new();
    let whole = elf(X86_64, &of_version(3, 12, 1));
    for (section, name) in [(1, "constants"), (2, "strings"), (3, "symbols"), (4, "dynamic")] {
        let mut giant = whole.clone();
        let size = 0x3000 + section * 64 + 32;
        giant[size..size + 8].copy_from_slice(&(400_u64 << 20).to_le_bytes());
        tree.python("/usr", "lib", 12, &plain()).program("/usr/bin/python3.12", &giant);
        let file = std::fs::OpenOptions::new().write(true).open(tree.path("/usr/bin/python3.12"));
        file.expect("it is there").set_len(500 << 20).expect("it can be sparse");
        match tree.find(None) {
            Ok(found) => assert_eq!(found.expect("it is there").version, [3, 12, 1], "{name}"),
            Err(error) => assert!(error.hint().is_some(), "{name}: {error}"),
        }
        std::fs::remove_dir_all(tree.path("/usr")).expect("it is there");
    }
}

#[test]
fn image_contradictory_versions_name_both_files() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 13, 1));
    let (path, detail) = tree.fault(None);
    assert_eq!(path, "/usr/bin/python3.12");
    assert!(detail.contains("3.12") && detail.contains("3.13"), "{detail}");
    let tree = Tree::new();
    let variables = "/usr/lib/python3.12/_sysconfigdata__linux_.py";
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1))
        .file(variables, "build_time_vars = {'VERSION': '3.11'}");
    let (paths, detail) = tree.contradiction(None);
    assert_eq!(paths, [variables, "/usr/lib/python3.12"]);
    assert!(detail.contains("3.11") && detail.contains("3.12"), "{detail}");
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1))
        .link("/env/bin/python", "/usr/bin/python3")
        .file("/env/pyvenv.cfg", "home = /usr/bin\nversion_info = 3.10.4.final.0\n");
    let (paths, detail) = tree.contradiction(Some("/env/bin/python"));
    assert_eq!(paths, ["/env/pyvenv.cfg", "/usr/bin/python3.12"]);
    assert!(detail.contains("3.10") && detail.contains("3.12"), "{detail}");
    // Two libraries, and nothing shows which one it is.
    let tree = Tree::new();
    tree.python("/usr", "lib", 8, &Made { constants: b"\x003.8.1\0", ..plain() })
        .file("/usr/lib64/python3.8/os.py", "");
    assert!(tree.refused(None).contains("either could be the library of `/usr/bin/python3.8`"));
}

#[test]
fn sysconfigdata_malformed_is_rejected() {
    for (text, detail) in [
        ("", "has no `build_time_vars`"),
        ("build_time_vars = {", "has no string where one belongs"),
        ("build_time_vars = {'A': 'b", "has a string without an end"),
        ("build_time_vars = {'A': exit()}", "has a value that is neither"),
        ("build_time_vars = {'A': 1 + 1}", "has something else than names and values"),
        ("build_time_vars = {'A' 'B'}", "has no value for `AB`"),
        (r"build_time_vars = {'A': '\q'}", "has an escape sequence"),
        (r"build_time_vars = {'A': '\ud800'}", "has an escape sequence of no character"),
        (r"build_time_vars = {'A': '\x+f'}", "has an escape sequence of no character"),
        ("build_time_vars = {'A': 007}", "has a value that is neither"),
        ("build_time_vars = {'A': -0}", "has a value that is neither"),
        ("build_time_vars = {'A': 'b\rc'}", "has a control character"),
        ("build_time_vars = {'A': ''''','''}", "has a string in three quotes"),
    ] {
        let tree = Tree::new();
        tree.python("/usr", "lib", 12, &of_version(3, 12, 1))
            .file("/usr/lib/python3.12/_sysconfigdata__linux_.py", text);
        assert!(tree.refused(None).contains(detail), "{text}: {}", tree.refused(None));
    }
}

#[test]
fn sysconfigdata_with_crlf_is_parsed() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1)).file(
        "/usr/lib/python3.12/_sysconfigdata__linux_.py",
        "# one\r\n# two\r\n# three\r\nbuild_time_vars = {'ABIFLAGS': '',\r\n 'VERSION': '3.12'}\r\n",
    );
    assert_eq!(tree.found().version, [3, 12, 1]);
}

#[test]
fn image_non_utf8_file_names_are_skipped() {
    let odd = std::ffi::OsStr::from_bytes(b"python3.\xff");
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1));
    std::fs::write(tree.path("/usr/bin").join(odd), "").expect("it can be written");
    std::fs::write(tree.path("/usr/lib/python3.12").join(odd), "").expect("it can be written");
    assert_eq!(tree.found().version, [3, 12, 1]);
    tree.link("/usr/local/bin/python3", odd);
    let refused = tree.refused(None);
    assert!(refused.contains("`/usr/local/bin/python3`"), "{refused}");
    assert!(refused.ends_with("is not UTF-8"), "{refused}");
}

#[test]
fn image_of_unknown_system_is_refused() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 1)).file(
        "/usr/lib/python3.12/_sysconfigdata__linux_.py",
        "build_time_vars = {'MACHDEP': 'freebsd14'}",
    );
    assert!(tree.refused(None).ends_with("is for `freebsd14`, a system that is not known here"));
}

#[test]
fn image_venv_without_its_home_is_rejected() {
    let tree = Tree::new();
    tree.program("/env/bin/python3", elf(X86_64, &of_version(3, 12, 1)))
        .file("/env/pyvenv.cfg", "home = /gone/bin\n");
    let (path, detail) = tree.fault(Some("/env/bin/python3"));
    assert_eq!(path, "/env/pyvenv.cfg");
    assert!(detail.contains("`/gone/bin`"), "{detail}");
    tree.file("/env/pyvenv.cfg", b"home = \xff\n");
    assert!(tree.refused(Some("/env/bin/python3")).ends_with("is not UTF-8"));
}

#[test]
fn image_malformed_build_facts_are_rejected() {
    let tree = Tree::new();
    let variables = "/usr/lib/python3.14/_sysconfigdata__linux_.py";
    tree.python("/usr", "lib", 14, &of_version(3, 14, 0))
        .file(variables, "build_time_vars = {'ABIFLAGS': '/../..'}");
    assert!(tree.refused(None).ends_with("has no flags of an ABI: `/../..`"));
    let details = "/usr/lib/python3.14/build-details.json";
    tree.file(variables, "build_time_vars = {'ABIFLAGS': ''}");
    for (name, tag) in [("cpython", "../x"), ("../../x", "cpython-314")] {
        tree.file(
            details,
            format!(
                r#"{{"language": {{}}, "implementation": {{"name": "{name}", "cache_tag": "{tag}"}}}}"#
            ),
        );
        assert!(tree.refused(None).contains("contradict each other"));
    }
    tree.file(
        details,
        r#"{"language": {}, "implementation": {"name": "cpython", "cache_tag": null}}"#,
    );
    assert_eq!(tree.found().cache_tag, None);
    tree.file(details, "[".repeat(100_000));
    assert!(tree.refused(None).contains("`/usr/lib/python3.14/build-details.json` cannot be read"));
}

#[test]
fn image_unreadable_candidate_after_first_is_ignored() {
    let tree = Tree::new();
    let odd = std::ffi::OsStr::from_bytes(b"\xff");
    tree.python("/usr/local", "lib", 12, &of_version(3, 12, 1)).link("/usr/bin/python3", odd);
    assert_eq!(tree.found().executable, Path::new("/usr/local/bin/python3"));
    tree.python("/opt/it", "lib", 11, &of_version(3, 11, 1));
    let named = tree.find(Some("/opt/it/bin/python3")).expect("its files identify it");
    assert_eq!(named.expect("it is there").version, [3, 11, 1]);
}

#[test]
fn image_python_older_than_3_6_is_rejected() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 5, &Made { constants: b"\x003.5.10\0", ..plain() });
    assert!(tree.refused(None).ends_with("is Python 3.5.10; the oldest supported is 3.6"));
}
