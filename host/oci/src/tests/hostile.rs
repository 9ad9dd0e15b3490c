//! Layouts that are refused, and stay as they are.

use super::changes::{refusal, update};
use super::made::{CONFIG, INDEX, LAYER, MANIFEST, Made, layer, named, pack, text, tree};
use crate::{Digest, Layout};
use serde_json::{Value, json};
use std::fs;

/// Checks that a layout is refused for this reason, and is not touched.
fn refused(made: &Made, expected: &str) {
    let before = tree(&made.path());
    let reason = refusal(made, None, &[]);
    assert!(reason.contains(expected), "`{reason}` does not contain `{expected}`");
    assert!(reason.len() < 1_000, "{reason}");
    assert!(!reason.contains(char::is_control), "{reason:?}");
    assert!(tree(&made.path()) == before, "{expected}: the layout has changed");
}

#[test]
fn damaged_listings_are_refused() {
    let digest = Digest::of(b"");
    let descriptor =
        |members: &str| format!(r#"{{"manifests":[{{"mediaType":"{MANIFEST}",{members}}}]}}"#);
    let long = "a".repeat(2_000);
    for (text, reason) in [
        (String::new(), "index.json: EOF"),
        ("no JSON".to_owned(), "index.json: expected"),
        ("\u{feff}{}".to_owned(), "index.json: expected value"),
        ("[]".to_owned(), "index.json: invalid type: sequence, expected an object"),
        ("{} {}".to_owned(), "index.json: trailing characters"),
        ("{}".to_owned(), "contains no image"),
        (r#"{"manifests":{}}"#.to_owned(), "index.json: member `manifests`: invalid type"),
        (r#"{"manifests":[1]}"#.to_owned(), "index.json: manifests[0]: invalid type"),
        (r#"{"schemaVersion":1}"#.to_owned(), "schema version 1 is not supported"),
        (format!(r#"{{"x":"{}"}}"#, "x".repeat(4 << 20)), "index.json: larger than 4194304 bytes"),
        (format!(r#"{{"x":{}"#, "[".repeat(100_000)), "nested more than 100 levels deep"),
        (format!(r#"{{"manifests":[{}{{}}]}}"#, "{},".repeat(10_000)), "more than 10000 elements"),
        (r#"{"manifests":[],"manifests":[]}"#.to_owned(), "member `manifests` occurs twice"),
        (r#"{"manifests":[],"m\u0061nifests":[]}"#.to_owned(), "member `manifests` occurs twice"),
        (
            r#"{"manifests":[],"Manifests":[]}"#.to_owned(),
            "member `Manifests` differs from `manifests` only in case",
        ),
        (r#"{"manifest\u017f":[]}"#.to_owned(), "differs from `manifests` only in case"),
        (r#"{"layers":[],"manifests":[]}"#.to_owned(), "has `layers`, which it must not have"),
        (format!(r#"{{"mediaType":"{MANIFEST}"}}"#), "is not that of an index"),
        (r#"{"manifests":[{}]}"#.to_owned(), "manifests[0]: no member `mediaType`"),
        (descriptor(r#""size":0"#), "manifests[0]: no member `digest`"),
        (descriptor(&format!(r#""digest":"{digest}""#)), "manifests[0]: no member `size`"),
        (descriptor(&format!(r#""digest":"{digest}","size":-1"#)), "member `size`: invalid value"),
        (descriptor(&format!(r#""digest":"{digest}","size":1e3"#)), "member `size`: invalid type"),
        (descriptor(r#""digest":"sha256:../../index.json","size":0"#), "64 hexadecimal digits"),
        (descriptor(r#""digest":"../x:0","size":0"#), "`../x:0` is not a sha256 or sha512 digest"),
        (
            descriptor(&format!(r#""digest":"{long}","size":0"#)),
            "manifests[0]: member `digest`: `aaa",
        ),
        (format!(r#"{{"manifests":"{long}"}}"#), "invalid type: string \"aaa"),
        (
            format!(
                r#"{{"manifests":[{{"mediaType":"{long}\u001b","digest":"{digest}","size":0}}]}}"#
            ),
            "media type `aaa",
        ),
        (descriptor(r#""digest":"md5:d41d8cd9","size":0"#), "is not a sha256 or sha512 digest"),
        (
            descriptor(&format!(r#""digest":"{digest}","size":0,"annotations":{{"{long}":1}}"#)),
            "missing from the layout",
        ),
        (
            descriptor(&format!(
                r#""digest":"{digest}","size":0,"annotations":{{"org.opencontainers.image.ref.name":1}}"#
            )),
            "annotations: member `org.opencontainers.image.ref.name`: invalid type",
        ),
    ] {
        let made = Made::new();
        made.write_index(&text);
        refused(&made, reason);
    }
}

#[test]
fn damaged_markers_are_refused() {
    for (text, reason) in [
        ("", "oci-layout: EOF"),
        ("{}", "oci-layout: no member `imageLayoutVersion`"),
        (r#"{"imageLayoutVersion":1}"#, "oci-layout: member `imageLayoutVersion`: invalid type"),
        (r#"{"imageLayoutVersion":"2.0.0\u001b"}"#, "version `2.0.0\\u{1b}` is not supported"),
    ] {
        let made = Made::with_image();
        fs::write(made.path().join("oci-layout"), text).expect("there is room");
        refused(&made, reason);
    }
    for name in ["oci-layout", "index.json"] {
        let made = Made::with_image();
        fs::remove_file(made.path().join(name)).expect("it is there");
        refused(&made, &format!("is not an OCI image layout: no `{name}`"));
        fs::create_dir(made.path().join(name)).expect("it can be made");
        refused(&made, &format!("`{name}` is not a regular file"));
    }
}

/// Changes the manifest of an image with one layer.
fn with_manifest(change: impl FnOnce(&Made, &mut Value)) -> Made {
    let made = Made::with_image();
    let mut manifest = made.read(&made.listed()["manifests"][0]);
    change(&made, &mut manifest);
    made.list(&[made.document(MANIFEST, &manifest)]);
    made
}

/// Changes the config of an image with one layer.
fn with_config(change: impl FnOnce(&mut Value)) -> Made {
    with_manifest(|made, manifest| {
        let mut config = made.read(&manifest["config"]);
        change(&mut config);
        manifest["config"] = made.document(CONFIG, &config);
    })
}

#[test]
fn damaged_manifests_are_refused() {
    let other = Digest::of(b"other");
    refused(&with_manifest(|_, it| it["schemaVersion"] = json!(1)), "schema version 1");
    refused(
        &with_manifest(|_, it| it["mediaType"] = json!(INDEX)),
        &format!("media type `{INDEX}`, but `{MANIFEST}` in the descriptor"),
    );
    refused(&with_manifest(|_, it| it["manifests"] = json!([])), "has `manifests`");
    refused(&with_manifest(|_, it| it["config"] = json!(null)), "no member `config`");
    refused(&with_manifest(|_, it| it["layers"] = json!({})), "member `layers`: invalid type");
    let missing = format!("blob {other}: missing from the layout");
    refused(&with_manifest(|_, it| it["config"]["digest"] = json!(other)), &missing);
    refused(&with_manifest(|_, it| it["layers"][0]["digest"] = json!(other)), &missing);
    refused(&with_manifest(|_, it| it["layers"][0]["size"] = json!(1)), "bytes instead of 1");
    refused(&with_manifest(|_, it| it["config"]["size"] = json!(1)), "bytes instead of 1");
    refused(
        &with_manifest(|_, it| it["config"]["size"] = json!(u64::MAX)),
        "larger than 4194304 bytes",
    );
    refused(
        &with_manifest(|_, it| {
            it["layers"] = json!(vec![it["layers"][0].clone(); 1_001]);
        }),
        "member `layers` has more than 1000 elements",
    );
    refused(
        &with_manifest(|_, it| it["layers"] = json!(vec![json!({}); 100_000])),
        "more than 10000 elements",
    );
    refused(
        &with_manifest(|_, it| it["layers"] = json!([])),
        "0 layers, but 1 diff IDs in the config",
    );
    refused(
        &with_manifest(|_, it| {
            it["layers"][0]["mediaType"] = json!(format!("{LAYER}+encrypted"));
        }),
        "+encrypted`",
    );
}

#[test]
fn damaged_configs_are_refused() {
    refused(
        &with_config(|it| it["rootfs"]["diff_ids"] = json!([])),
        "1 layers, but 0 diff IDs in the config",
    );
    refused(&with_config(|it| *it = json!({})), "1 layers, but 0 diff IDs in the config");
    refused(&with_config(|it| it["rootfs"]["diff_ids"] = json!(["x"])), "member `diff_ids`");
    refused(&with_config(|it| it["rootfs"]["type"] = json!("x")), "type `x` is not supported");
    refused(&with_config(|it| it["os"] = json!("linux\n")), "`linux\\n` is not a name");
    refused(&with_config(|it| it["os"] = json!(1)), "member `os`: invalid type");
    refused(&with_config(|it| it["history"] = json!("x")), "member `history`: invalid type");
    refused(&with_config(|it| *it = json!([])), "expected an object");
}

#[test]
fn blobs_that_are_not_what_they_should_be_are_refused() {
    let (layer, _) = layer("a");
    let layer = Digest::of(&layer);
    let made = Made::with_image();
    let path = made.blob_path(&layer);
    fs::write(&path, "short").expect("there is room");
    refused(&made, &format!("blob {layer}: has 5 bytes instead of"));
    fs::remove_file(&path).expect("it is there");
    refused(&made, &format!("blob {layer}: missing from the layout"));
    fs::create_dir(&path).expect("it can be made");
    refused(&made, &format!("blob {layer}: not a regular file"));

    let made = Made::with_image();
    let manifest = made.listed()["manifests"][0].clone();
    let digest: Digest = text(&manifest["digest"]).parse().expect("it is a digest");
    let path = made.blob_path(&digest);
    let mut contents = fs::read_to_string(&path).expect("it is there");
    contents.replace_range(..2, "{ ");
    fs::write(&path, contents).expect("there is room");
    refused(&made, &format!("blob {digest}: contents have the digest sha256:"));
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_refused() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let (layer, _) = layer("a");
    let layer = Digest::of(&layer);
    let made = Made::with_image();
    let path = made.blob_path(&layer);
    let elsewhere = made.scratch().join("elsewhere");
    fs::rename(&path, &elsewhere).expect("it can be renamed");
    symlink(&elsewhere, &path).expect("it can be made");
    refused(&made, &format!("blob {layer}: a symbolic link"));
    fs::remove_file(&path).expect("it is there");
    let _socket = UnixListener::bind(&path).expect("it can be made");
    refused(&made, &format!("blob {layer}: not a regular file"));
    fs::remove_file(&path).expect("it is there");
    let made_pipe = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made_pipe.expect("it can be started").success());
    refused(&made, &format!("blob {layer}: not a regular file"));

    for name in ["blobs", "blobs/sha256", "index.json", "oci-layout"] {
        let made = Made::with_image();
        let elsewhere = made.scratch().join("elsewhere");
        fs::rename(made.path().join(name), &elsewhere).expect("it can be renamed");
        symlink(&elsewhere, made.path().join(name)).expect("it can be made");
        refused(&made, "");
    }
}

#[test]
fn indexes_are_bounded_in_depth_and_number() {
    let made = Made::new();
    let image = made.image("amd64", "a");
    let mut index = made.index(std::slice::from_ref(&image));
    for _ in 0..4 {
        index = made.index(&[index]);
    }
    made.list(&[named(index.clone(), "x")]);
    update(&made.path(), None, &[], None).expect("it can be changed");
    made.list(&[named(made.index(&[index]), "x")]);
    refused(&made, "indexes are nested more than 5 levels deep");

    made.list(&[named(made.index(&vec![image.clone(); 1_001]), "x")]);
    refused(&made, "member `manifests` has more than 1000 elements");
    let index = made.index(&vec![image; 501]);
    made.list(&[named(made.index(&vec![index; 2]), "x")]);
    refused(&made, "the reference names more than 1000 manifests");
    // Each index lists the next one many times: few blobs, and many paths.
    let mut index = made.index(&[]);
    for _ in 0..4 {
        index = made.index(&vec![index; 900]);
    }
    made.list(&[named(index, "x")]);
    refused(&made, "the reference names more than 100 indexes");
}

#[test]
fn index_that_lists_a_manifest_as_an_index_is_refused() {
    let made = Made::new();
    let mut image = made.image("amd64", "a");
    image["mediaType"] = json!(INDEX);
    made.list(&[image]);
    refused(&made, &format!("media type `{MANIFEST}`, but `{INDEX}` in the descriptor"));
    let mut index = made.index(&[]);
    index["mediaType"] = json!(MANIFEST);
    made.list(&[index]);
    refused(&made, &format!("media type `{INDEX}`, but `{MANIFEST}` in the descriptor"));
}

/// Whatever becomes of the bytes of an archive, it is read or refused.
#[test]
fn damaged_bytes_are_read_or_refused() {
    let made = Made::with_image();
    let path = made.scratch().join("made.tar");
    pack(&made.path(), "", &path);
    let whole = fs::read(&path).expect("it is there");
    let (mut state, mut read) = (1_u64, 0);
    for round in 0..1_000 {
        let mut contents = whole.clone();
        for _ in 0..=round % 4 {
            // A linear congruential generator by Knuth.
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let position = usize::try_from(state >> 33).expect("it is small") % contents.len();
            contents[position] = state.to_le_bytes()[3];
        }
        fs::write(&path, &contents).expect("there is room");
        let selection = Layout::open(&path).and_then(|layout| layout.select(None, &[]));
        read += usize::from(selection.is_ok());
        let description = selection.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!description.contains(char::is_control), "{description:?}");
    }
    assert!((1..1_000).contains(&read), "{read}");
}
