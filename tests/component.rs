//! Can others identify the component, and use it?

use crate::support::documents::page;
use std::collections::BTreeMap;
use std::path::Path;
use wasmparser::{ComponentName, Encoding, KnownCustom, Parser, Payload};

#[path = "../host/examples/component.rs"]
#[expect(dead_code, reason = "its `main` looks at the command line")]
pub(crate) mod example;

/// The contents of the sections that tools show, of the component as a whole.
#[derive(Default)]
struct Described {
    name: Option<String>,
    /// The fields of `producers`, each with its values and their versions.
    producers: BTreeMap<String, BTreeMap<String, String>>,
    /// Sections that hold one text.
    texts: BTreeMap<String, String>,
}

impl Described {
    fn read(component: &[u8]) -> wasmparser::Result<Described> {
        let (mut described, mut depth) = (Described::default(), 0_u32);
        for payload in Parser::new(0).parse_all(component) {
            match payload? {
                Payload::Version { encoding, .. } => {
                    assert!(depth > 0 || encoding == Encoding::Component);
                    depth += 1;
                }
                Payload::End(_) => depth -= 1,
                Payload::CustomSection(section) if depth == 1 => match section.as_known() {
                    KnownCustom::ComponentName(names) => {
                        for name in names {
                            if let ComponentName::Component { name, .. } = name? {
                                described.name = Some(name.to_owned());
                            }
                        }
                    }
                    KnownCustom::Producers(fields) => {
                        for field in fields {
                            let field = field?;
                            let values = described.producers.entry(field.name.to_owned());
                            let values = values.or_default();
                            for value in field.values {
                                let value = value?;
                                values.insert(value.name.to_owned(), value.version.to_owned());
                            }
                        }
                    }
                    _ => {
                        let text = String::from_utf8_lossy(section.data()).into_owned();
                        described.texts.insert(section.name().to_owned(), text);
                    }
                },
                _ => {}
            }
        }
        Ok(described)
    }
}

/// The file itself states what it is, its licence, and what made it.
#[test]
fn component_metadata_names_version_and_license() {
    let described = Described::read(ensurepip_host::component()).expect("it is WebAssembly");
    assert_eq!(described.name.as_deref(), Some("ensurepip:bootstrap"));
    let text = |name: &str| described.texts.get(name).map(String::as_str);
    assert_eq!(text("version"), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(text("licenses"), Some("MIT OR Apache-2.0"));
    assert!(
        text("description").is_some_and(|it| it.contains("ensurepip")),
        "{:?}",
        text("description")
    );

    let made = |field: &str, by: &str| described.producers.get(field)?.get(by).map(String::as_str);
    assert_eq!(made("language", "Rust"), Some("2024"));
    let rustc = made("processed-by", "rustc").expect("it was compiled");
    assert!(rustc.starts_with("1."), "{rustc}");
    let lock = page("Cargo.lock");
    let bindings = made("processed-by", "wit-bindgen-rust").expect("it has bindings");
    assert!(lock.contains(&format!("name = \"wit-bindgen-rust\"\nversion = \"{bindings}\"\n")));
    assert!(made("processed-by", "wit-component").is_some(), "{:?}", described.producers);
}

/// The contract is written as well, and the scripts that hosts have Python run.
#[test]
fn component_example_writes_wasm_wit_and_scripts() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    example::write(directory.path()).expect("files can be written");
    let written = std::fs::read(directory.path().join("ensurepip.wasm")).expect("it is there");
    assert!(written == ensurepip_host::component());
    let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let mut files = 0;
    for entry in contract.read_dir().expect("it can be listed").flatten() {
        let written = std::fs::read(directory.path().join("wit").join(entry.file_name()));
        let original = std::fs::read(entry.path()).expect("it is there");
        assert!(written.is_ok_and(|written| written == original), "{}", entry.path().display());
        files += 1;
    }
    assert_eq!(files, ensurepip_host::WIT.len());
    for script in ["interpreter/query.py", "bytecode/compile.py"].map(Path::new) {
        let name = script.file_name().expect("it is a file");
        let written = std::fs::read_to_string(directory.path().join(name)).expect("it is there");
        assert_eq!(written, page(&format!("host/src/{}", script.display())));
    }
}

/// The documents round to a tenth.
#[test]
fn component_size_matches_documentation() {
    let text = page("docs/embedding.md");
    let (before, _) = text.split_once(" kB").expect("its size is told");
    let stated: usize = before.rsplit(' ').next().and_then(|it| it.parse().ok()).expect("a number");
    let size = ensurepip_host::component().len() / 1000;
    assert!(stated.abs_diff(size) <= size / 10, "{size} kB, and {stated} kB are told");
}
