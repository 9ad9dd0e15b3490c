//! `manifest.json`, in which `docker save` lists the images of an archive once more.
//!
//! `docker load` reads it, and not the layout, unless Docker keeps its images in containerd. So it has to
//! follow the layout.

use super::Update;
use crate::document::descriptor::{Descriptor, Names};
use crate::document::{self, Object};
use crate::layout::archive::blob_name;
use crate::{Digest, Error};
use serde_json::value::RawValue;

/// The name of the file.
pub(super) const LIST: &str = "manifest.json";

const MEMBERS: [&str; 5] = ["Config", "RepoTags", "Layers", "Parent", "LayerSources"];
/// How many tags or layers of an image are read.
const MOST: usize = 1_000;

/// The config of a changed image, and its new layer.
#[derive(Debug)]
pub(super) struct NewConfig {
    pub(super) digest: Digest,
    pub(super) layer: Descriptor,
    pub(super) diff_id: Digest,
}

impl Update {
    /// The new text of the list. It names one platform of each image only.
    pub(super) fn docker_list(&self, text: &[u8]) -> Result<String, Error> {
        let mut listed: Vec<Box<RawValue>> = Vec::new();
        for (position, text) in document::array(LIST, text)?.iter().enumerate() {
            let image = Object::nested(format!("{LIST}: [{position}]"), text, &MEMBERS)?;
            let config: String = image.require("Config")?;
            let new = self.configs.iter().find(|(former, _)| blob_name(former) == config);
            let Some((_, new)) = new else {
                listed.push(image.to_raw());
                continue;
            };
            let tags = image.get::<Vec<String>>("RepoTags")?.unwrap_or_default();
            let (ours, others) = self.divide(tags)?;
            if !others.is_empty() {
                let mut rest = image.clone();
                rest.set("RepoTags", &others);
                listed.push(rest.to_raw());
            }
            if ours.is_empty() && !others.is_empty() {
                continue;
            }
            let mut image = image;
            if !others.is_empty() {
                image.set("RepoTags", &ours);
            }
            // Docker refuses a parent to which anything but one layer was added.
            image.remove("Parent");
            image.set("Config", &blob_name(&new.digest));
            let mut layers = image.elements("Layers", MOST)?;
            layers.push(string(&blob_name(&new.layer.digest)));
            image.set("Layers", &layers);
            if let Some(mut sources) = image.object("LayerSources", &[])? {
                sources.set(&new.diff_id.to_string(), &new.layer.to_raw());
                image.set_object("LayerSources", &sources);
            }
            listed.push(image.to_raw());
        }
        Ok(serde_json::to_string(&listed).expect("JSON text can be written"))
    }

    /// Divides the tags of an image into those that were selected and others. One image can have several
    /// tags, of which one is selected.
    fn divide(&self, tags: Vec<String>) -> Result<(Vec<String>, Vec<String>), Error> {
        if tags.len() <= 1 {
            return Ok((tags, Vec::new()));
        }
        let names = self.replaced[0].names()?;
        Ok(tags.into_iter().partition(|tag| is_name_of(tag, &names)))
    }
}

/// Whether Docker shows an image of these names by this tag: without what every name begins with that
/// names no registry.
fn is_name_of(tag: &str, names: &Names) -> bool {
    let Some(name) = names.image.as_ref().or(names.reference.as_ref()) else { return false };
    let short = name.strip_prefix("docker.io/").unwrap_or(name);
    tag == name || tag == short || short.strip_prefix("library/") == Some(tag)
}

fn string(text: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(text).expect("a string can be written")
}
