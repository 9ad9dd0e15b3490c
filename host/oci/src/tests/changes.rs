//! What an update leaves, document by document.

use super::made::{IMAGE_NAME, INDEX, Made, REFERENCE, addition, listed, named, read, text, tree};
use crate::{Dropped, Error, Layout, Location, Update};
use serde_json::{Value, json};
use std::path::Path;

/// Adds a layer to all selected images.
pub(super) fn update(
    path: &Path,
    reference: Option<&str>,
    platforms: &[&str],
    output: Option<&str>,
) -> Result<Update, Error> {
    let layout = Layout::open(path)?;
    let platforms: Vec<_> =
        platforms.iter().map(|text| text.parse().expect("it is a platform")).collect();
    let selection = layout.select(reference, &platforms)?;
    let additions = selection.images.iter().map(|_| Some(addition("new"))).collect();
    let update = selection.update(&layout, additions)?;
    update.write(&layout, output.map(|text| Location::parse(text.as_ref())).as_ref())?;
    Ok(update)
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
    assert_eq!(manifest["layers"][0], former["layers"][0]);
    assert_eq!(
        manifest["layers"][1],
        json!({
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "digest": new.digest.to_string(),
            "size": new.compressed.len(),
        })
    );
    let mut expected = made.read(&former["config"]);
    let push = |array: &mut Value, element| array.as_array_mut().expect("an array").push(element);
    push(&mut expected["rootfs"]["diff_ids"], json!(new.diff_id.to_string()));
    push(
        &mut expected["history"],
        json!({"created": "2023-11-14T22:13:20Z", "created_by": "ensurepip-host"}),
    );
    expected["created"] = json!("2023-11-14T22:13:20Z");
    assert_eq!(made.read(&manifest["config"]), expected);
}
