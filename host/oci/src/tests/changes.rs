//! What an update leaves, document by document.

use super::made::{CONFIG, LAYER, MANIFEST, Made, addition, layer, named, text};
use crate::{Addition, Compression, Digest, Error, Layout, Location, Update};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Adds a layer to all selected images.
pub(super) fn update(
    path: &Path,
    reference: Option<&str>,
    platforms: &[&str],
    output: Option<&Path>,
) -> Result<Update, Error> {
    let layout = Layout::open(path)?;
    let platforms: Vec<_> =
        platforms.iter().map(|text| text.parse().expect("it is a platform")).collect();
    let selection = layout.select(reference, &platforms)?;
    let additions = selection.images.iter().map(|_| Some(addition("new"))).collect();
    let update = selection.update(&layout, additions)?;
    let output = output.map(|output| Location::parse(output.as_os_str()));
    update.write(layout, output.as_ref())?;
    Ok(update)
}

/// The reason why a layout cannot be changed.
pub(super) fn refusal(made: &Made, reference: Option<&str>, platforms: &[&str]) -> String {
    let error = update(&made.path(), reference, platforms, None);
    error.expect_err("it has to be refused").to_string()
}

fn push(array: &mut Value, element: Value) {
    array.as_array_mut().expect("an array").push(element);
}

#[test]
fn layer_is_added_to_manifest_and_config() {
    let made = Made::with_image();
    let before = made.listed();
    let update = update(&made.path(), None, &[], None).expect("it can be changed");
    assert!(update.changed());

    let mut after = made.listed();
    let descriptor = after["manifests"][0].clone();
    assert_eq!(text(&descriptor["digest"]), update.images()[0].to_string());
    assert_eq!(text(&descriptor["digest"]), update.root().to_string());
    for member in ["digest", "size"] {
        after["manifests"][0][member] = before["manifests"][0][member].clone();
    }
    assert_eq!(after, before);

    let former = made.read(&before["manifests"][0]);
    let manifest = made.read(&descriptor);
    let new = addition("new");
    let (digest, size) = (new.digest.to_string(), new.compressed.len());
    assert_eq!(manifest["layers"][0], former["layers"][0]);
    assert_eq!(manifest["layers"][1], json!({"mediaType": LAYER, "digest": digest, "size": size}));
    assert_eq!(fs::read(made.blob_path(&new.digest)).expect("it is there"), new.compressed);
    let mut expected = made.read(&former["config"]);
    push(&mut expected["rootfs"]["diff_ids"], json!(new.diff_id.to_string()));
    let entry = json!({"created": "2023-11-14T22:13:20Z", "created_by": "ensurepip-host"});
    push(&mut expected["history"], entry);
    expected["created"] = json!("2023-11-14T22:13:20Z");
    assert_eq!(made.read(&manifest["config"]), expected);
}

/// Members that are not known, numbers, escapes, the order and the space inside values stay. The size is
/// one that a double cannot hold, and the digest has an escape.
#[test]
fn everything_else_survives_byte_for_byte() {
    let made = Made::new();
    let (blob, diff_id) = layer("a");
    let blob = made.blob(LAYER, &blob);
    let digest = text(&blob["digest"]).replace("sha256", "sha25\\u0036");
    let size = &blob["size"];
    let layer = format!(
        r#"{{ "x-\u00e9" : [ 1.0, 1E2, 18446744073709551616 ],"digest":"{digest}","size":{size},"mediaType":"{LAYER}"}}"#
    );
    let config = format!(
        "{{\"zzz\":-0.10e+05,\"rootfs\":{{\"x\":\"\\/\",\"diff_ids\":[\"{diff_id}\"],\"type\":\"layers\"}},\n\
         \"config\":{{\"Labels\":{{\"b\":\"<&>\u{e9}\\u00E9\",  \"a\":null}}}},\"history\":[{{\"empty_layer\":true,\"y\":1.50}}],\n\
         \"created\":\"2020-02-30T99:00:00+01:00\",\"os\":\"linux\",\"architecture\":\"amd64\",\"\":\"\"}}\n"
    );
    let config = made.blob(CONFIG, config.as_bytes());
    let (digest, size) = (text(&config["digest"]), &config["size"]);
    let manifest = format!(
        r#"{{"annotations":{{"b":"1","a":"\ud83d\ude00"}},"layers":[{layer}],"x":[ ],"schemaVersion":2,
           "config":{{"digest":"{digest}","data":"e30=","size":{size},"mediaType":"{CONFIG}","y":1e9}}}}"#
    );
    let manifest = made.blob(MANIFEST, manifest.as_bytes());
    let (digest, size) = (text(&manifest["digest"]), &manifest["size"]);
    made.write_index(&format!(
        r#"{{"x":1.0,"manifests":[{{"size":{size},"data":"e30=","z":1.10,"digest":"{digest}","mediaType":"{MANIFEST}"}}], "schemaVersion":2}}"#
    ));

    let layout = Layout::open(&made.path()).expect("it is a layout");
    let selection = layout.select(None, &[]).expect("it can be read");
    let addition = Addition { created: None, created_by: "é\"".to_owned(), ..addition("new") };
    let (added, added_id) = (addition.digest.clone(), addition.diff_id.clone());
    let added_size = addition.compressed.len();
    let update = selection.update(&layout, vec![Some(addition)]).expect("it can be changed");
    update.write(layout, None).expect("there is room");

    let contents =
        |digest: &Digest| fs::read_to_string(made.blob_path(digest)).expect("it is there");
    let manifest = contents(&update.images()[0]);
    let listed = fs::read_to_string(made.path().join("index.json")).expect("it is there");
    let (digest, size) = (update.root(), manifest.len());
    assert_eq!(
        listed,
        format!(
            r#"{{"x":1.0,"manifests":[{{"size":{size},"z":1.10,"digest":"{digest}","mediaType":"{MANIFEST}"}}],"schemaVersion":2}}"#
        )
    );
    let parsed: Value = serde_json::from_str(&manifest).expect("it is JSON");
    let (digest, size) = (text(&parsed["config"]["digest"]), &parsed["config"]["size"]);
    assert_eq!(
        manifest,
        format!(
            r#"{{"annotations":{{"b":"1","a":"\ud83d\ude00"}},"layers":[{layer},{{"mediaType":"{LAYER}","digest":"{added}","size":{added_size}}}],"x":[ ],"schemaVersion":2,"config":{{"digest":"{digest}","size":{size},"mediaType":"{CONFIG}","y":1e9}}}}"#
        )
    );
    assert_eq!(
        contents(&digest.parse().expect("it is a digest")),
        format!(
            "{{\"zzz\":-0.10e+05,\"rootfs\":{{\"x\":\"\\/\",\"diff_ids\":[\"{diff_id}\",\"{added_id}\"],\"type\":\"layers\"}},\
             \"config\":{{\"Labels\":{{\"b\":\"<&>\u{e9}\\u00E9\",  \"a\":null}}}},\"history\":[{{\"empty_layer\":true,\"y\":1.50}},\
             {{\"created\":\"2020-02-30T99:00:00+01:00\",\"created_by\":\"é\\\"\"}}],\
             \"created\":\"2020-02-30T99:00:00+01:00\",\"os\":\"linux\",\"architecture\":\"amd64\",\"\":\"\"}}"
        )
    );
}

/// The config that an image has after an update.
fn changed_config(config: &Value, layers: usize) -> Value {
    let made = Made::new();
    let layers: Vec<Value> =
        ["a", "b"][..layers].iter().map(|contents| made.blob(LAYER, &layer(contents).0)).collect();
    made.list(&[made.image_of(config, &layers, "amd64")]);
    let layout = Layout::open(&made.path()).expect("it is a layout");
    let selection = layout.select(None, &[]).expect("it can be read");
    let addition = Addition { created: None, ..addition("new") };
    let update = selection.update(&layout, vec![Some(addition)]).expect("it can be changed");
    update.write(layout, None).expect("there is room");
    let manifest = made.read(&made.listed()["manifests"][0]);
    made.read(&manifest["config"])
}

#[test]
fn what_a_config_lacks_is_added() {
    let id = json!(addition("new").diff_id.to_string());
    let entry = json!({"created_by": "ensurepip-host"});
    let rootfs = json!({"type": "layers", "diff_ids": [id.clone()]});
    let expected = json!({"rootfs": rootfs, "history": [entry.clone()]});
    assert_eq!(changed_config(&json!({}), 0), expected);
    // Go writes an empty list as `null`.
    let nulls = json!({"rootfs": {"type": "layers", "diff_ids": null}, "history": null});
    assert_eq!(changed_config(&nulls, 0), expected);

    let ids: Vec<Value> =
        ["a", "b"].map(|contents| json!(layer(contents).1.to_string())).into_iter().collect();
    let config = json!({
        "created": "0001-01-01T00:00:00Z",
        "rootfs": {"type": "layers", "diff_ids": ids},
        "history": [{"created_by": "one of two"}],
    });
    let changed = changed_config(&config, 2);
    assert_eq!(changed["rootfs"]["diff_ids"], json!([ids[0], ids[1], id]));
    assert_eq!(changed["created"], config["created"]);
    let entry = json!({"created": "0001-01-01T00:00:00Z", "created_by": "ensurepip-host"});
    assert_eq!(changed["history"], json!([{"created_by": "one of two"}, entry]));
}

#[test]
fn docker_manifest_gets_a_layer_of_its_own_type() {
    const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";
    const BASE: &str = "application/vnd.docker.image.rootfs.diff.tar";
    for (suffix, compression, expected) in [
        ("", Compression::None, ""),
        (".gzip", Compression::Gzip, ".gzip"),
        // Docker's media types have none for Zstandard; containerd and BuildKit read this one.
        (".zstd", Compression::Gzip, ".gzip"),
    ] {
        let made = Made::new();
        let (blob, diff_id) = layer("a");
        let base = made.blob(&format!("{BASE}{suffix}"), &blob);
        let config = json!({"rootfs": {"type": "layers", "diff_ids": [diff_id.to_string()]}});
        let config = made.document("application/vnd.docker.container.image.v1+json", &config);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": DOCKER, "config": config, "layers": [base],
        });
        let manifest = made.document(DOCKER, &manifest);
        let index = json!({"schemaVersion": 2, "manifests": [manifest]});
        made.list(&[
            made.document("application/vnd.docker.distribution.manifest.list.v2+json", &index)
        ]);

        let layout = Layout::open(&made.path()).expect("it is a layout");
        let selection = layout.select(None, &[]).expect("it can be read");
        assert_eq!(selection.images[0].compression(), compression);
        let addition = Addition { compression, ..addition("new") };
        let update = selection.update(&layout, vec![Some(addition)]).expect("it can be changed");
        update.write(layout, None).expect("there is room");
        let index = made.read(&made.listed()["manifests"][0]);
        let manifest = made.read(&index["manifests"][0]);
        assert_eq!(text(&manifest["layers"][1]["mediaType"]), format!("{BASE}{expected}"));
    }
}

#[test]
fn layer_with_urls_has_to_be_there() {
    let made = Made::new();
    let (blob, diff_id) = layer("a");
    let media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
    let mut base = made.blob(media_type, &blob);
    base["urls"] = json!(["https://example.org/layer"]);
    let config = json!({"rootfs": {"type": "layers", "diff_ids": [diff_id.to_string()]}});
    made.list(&[made.image_of(&config, &[base], "amd64")]);
    let path = made.blob_path(&Digest::of(&blob));
    let other = path.with_extension("other");
    fs::rename(&path, &other).expect("it can be renamed");
    assert_eq!(
        refusal(&made, None, &[]),
        format!(
            "blob {}: missing from the layout; it has to be fetched from its URLs",
            Digest::of(&blob)
        )
    );
    fs::rename(&other, &path).expect("it can be renamed");
    update(&made.path(), None, &[], None).expect("it can be changed");
}

#[test]
fn image_without_addition_keeps_its_digest() {
    let made = Made::new();
    made.list(&[named(made.index(&[made.image("amd64", "a"), made.image("arm64", "b")]), "x")]);
    let before = made.listed();
    let layout = Layout::open(&made.path()).expect("it is a layout");
    let selection = layout.select(Some("x"), &[]).expect("it can be read");
    let formerly = super::made::tree(&made.path());
    let none = selection.update(&layout, vec![None, None]).expect("nothing is changed");
    assert!(!none.changed());
    assert_eq!(text(&before["manifests"][0]["digest"]), none.root().to_string());
    none.write(Layout::open(&made.path()).expect("it is a layout"), None)
        .expect("nothing is changed");
    assert_eq!(super::made::tree(&made.path()), formerly);

    let additions = vec![None, Some(addition("new"))];
    let second = selection.update(&layout, additions).expect("it can be changed");
    second.write(layout, None).expect("there is room");
    assert_eq!(second.images()[0], selection.images[0].manifest);
    assert_ne!(second.images()[1], selection.images[1].manifest);
    let (former, index) =
        (made.read(&before["manifests"][0]), made.read(&made.listed()["manifests"][0]));
    assert_eq!(index["manifests"][0], former["manifests"][0]);
    assert_eq!(index["manifests"][1]["platform"], former["manifests"][1]["platform"]);
}
