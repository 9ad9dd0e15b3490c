//! Facts read from names and from build variables.

use crate::image::build_variables::parse;
use crate::image::names::{normal, of_interpreter, of_library};

#[test]
fn drive_is_taken_off_windows_paths_only() {
    for (path, expected) in [
        ("C:/Python313/python.exe", "/Python313/python.exe"),
        (r"C:\Python313\..\python.exe", "/python.exe"),
        (r"\Python313\.\python.exe", "/Python313/python.exe"),
        ("/srv/a:b/python3", "/srv/a:b/python3"),
        (r"\srv\a:b\python3", "/srv/a:b/python3"),
        ("/usr//bin/../lib/.", "/usr/lib"),
    ] {
        assert_eq!(normal(path), expected, "{path}");
    }
}

#[test]
fn only_numbers_are_versions_in_names() {
    let version = |name: &str| of_interpreter(name).map(|named| named.version);
    assert_eq!(version("python3.13t"), Some((3, 13)));
    assert_eq!(version("python3.999"), Some((3, 999)));
    assert_eq!(version("python3.1234"), None);
    assert_eq!(version("python+3.13"), None);
    assert_eq!(version("python3.13-config"), None);
    let flags = of_library("python313t.dll").map(|named| named.flags);
    assert_eq!(flags.as_deref(), Some("t"));
}

/// The file is made with Python's `repr`, which writes strings like this.
#[test]
fn strings_are_read_as_repr_writes_them() {
    let value = |text: &str| {
        let parsed = parse(&format!("build_time_vars = {{'A': {text}}}"))?;
        Ok::<_, String>(parsed.get("A").cloned().expect("it is named"))
    };
    for (text, expected) in [
        (r"'a\\b\'c\n\r\t'", "a\\b'c\n\r\t"),
        (r#""it's""#, "it's"),
        (r#"'say \"x\"'"#, "say \"x\""),
        (r"'\x41\u00e9\U0001f600'", "Aé😀"),
        ("'one' \n 'two'", "onetwo"),
        ("'one''two'", "onetwo"),
        ("''", ""),
    ] {
        assert_eq!(value(text).as_deref(), Ok(expected), "{text}");
    }
    for text in ["'''one'''", r"'\q'", r"'\ud800'", "'open", ""] {
        assert!(value(text).is_err(), "{text}");
    }
}
