//! Is the bill of materials of a program valid, and does it list what is linked?

#[path = "../../tests/support/announce.rs"]
mod announce;
#[path = "../../tests/support/cyclonedx.rs"]
mod cyclonedx;

use announce::announce;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

fn sbom_for_target(target: &str) -> Value {
    let program = Command::new(env!("CARGO_BIN_EXE_ensurepip-release"))
        .args(["sbom", target])
        .output()
        .expect("the program runs");
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    serde_json::from_slice(&program.stdout).expect("it is JSON")
}

fn names(document: &Value) -> BTreeSet<&str> {
    let components = document["components"].as_array().expect("a list");
    components.iter().filter_map(|component| component["name"].as_str()).collect()
}

#[test]
fn sbom_of_program_lists_only_linked_crates() {
    let linux = sbom_for_target("x86_64-unknown-linux-musl");
    let names_of_linux = names(&linux);
    for linked in ["wasmtime", "clap", "landlock", "ensurepip-guest", "zlib-rs", "pip"] {
        assert!(names_of_linux.contains(linked), "{linked}");
    }
    // The compiler of components, a procedural macro, and a test's dependency.
    for not_linked in ["cranelift-codegen", "serde_derive", "jsonschema"] {
        assert!(!names_of_linux.contains(not_linked), "{not_linked}");
    }
    let windows = sbom_for_target("x86_64-pc-windows-gnu");
    assert!(!names(&windows).contains("landlock"));
    assert!(names(&windows).contains("windows-sys"));
}

#[test]
fn sbom_of_program_references_resolve_and_have_digests() {
    let document = sbom_for_target("aarch64-apple-darwin");
    let components = document["components"].as_array().expect("a list");
    let subject = &document["metadata"]["component"];
    let references: Vec<&str> = components
        .iter()
        .chain([subject])
        .filter_map(|component| component["bom-ref"].as_str())
        .collect();
    let known: BTreeSet<&str> = references.iter().copied().collect();
    assert_eq!(known.len(), references.len(), "{references:?}");
    let mut reached = BTreeSet::from([subject["bom-ref"].as_str().expect("it has a name")]);
    for entry in document["dependencies"].as_array().expect("a list") {
        assert!(known.contains(entry["ref"].as_str().expect("a name")), "{entry}");
        reached
            .extend(entry["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str));
    }
    assert_eq!(reached, known);
    for component in components {
        let is_own = component["name"].as_str().expect("a name").starts_with("ensurepip-");
        assert_eq!(component["hashes"].is_null(), is_own, "{component}");
    }
}

#[test]
fn sbom_of_program_matches_cyclonedx_schema() {
    let scratch = tempfile::tempdir().expect("a temporary directory can be made");
    let Some(validator) = cyclonedx::validator(scratch.path()) else {
        return cyclonedx::report_skipped("bill of materials of the program");
    };
    let document = sbom_for_target("x86_64-unknown-linux-musl");
    let faults: Vec<String> =
        validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    announce("bill of materials of the program: 1 cell ran, with the schema of CycloneDX 1.6");
}
