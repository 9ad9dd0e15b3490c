//! Configs of images.

use super::time::rfc3339;
use super::{Object, manifest};
use crate::platform::Platform;
use crate::{Digest, Error};
use serde_json::value::RawValue;

const MEMBERS: [&str; 9] = [
    "created",
    "architecture",
    "os",
    "os.version",
    "os.features",
    "variant",
    "config",
    "rootfs",
    "history",
];
/// How many history entries are read. There can be many without a layer.
const MOST_HISTORY: usize = 10_000;

/// The config of an image.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    object: Object,
    rootfs: Object,
    /// The diff IDs of the layers, the lowest first.
    pub(crate) diff_ids: Vec<Digest>,
    /// The platform that the config states.
    pub(crate) platform: Platform,
}

impl Config {
    /// Parses the config of this digest.
    pub(crate) fn parse(digest: &Digest, text: &[u8]) -> Result<Config, Error> {
        let object = Object::parse(format!("config {digest}"), text, &MEMBERS)?;
        let rootfs = object.object("rootfs", &["type", "diff_ids"])?;
        let rootfs = rootfs.unwrap_or_else(|| Object::empty(format!("{}: rootfs", object.name())));
        if let Some(kind) = rootfs.get::<String>("type")?.filter(|kind| kind != "layers") {
            return Err(rootfs.wrong(format!("type `{}` is not supported", kind.escape_debug())));
        }
        let diff_ids = rootfs.elements("diff_ids", manifest::MOST_LAYERS)?;
        let diff_ids = diff_ids.iter().map(|text| {
            serde_json::from_str(text.get())
                .map_err(|error| rootfs.wrong(format!("member `diff_ids`: {error}")))
        });
        let diff_ids = diff_ids.collect::<Result<_, _>>()?;
        let platform = Platform::read(&object)?;
        Ok(Config { object, rootfs, diff_ids, platform })
    }

    /// The text of the same config with one more layer.
    pub(crate) fn with_layer(
        &self,
        diff_id: &Digest,
        created: Option<u64>,
        created_by: &str,
    ) -> Result<String, Error> {
        let mut object = self.object.clone();
        if let Some(seconds) = created {
            let text = rfc3339(seconds).ok_or_else(|| {
                self.object.wrong(format!("time {seconds} is after the year 9999"))
            })?;
            object.set("created", &text);
        }
        let mut rootfs = self.rootfs.clone();
        if rootfs.text("type").is_none() {
            rootfs.set("type", "layers");
        }
        let mut diff_ids = self.diff_ids.clone();
        diff_ids.push(diff_id.clone());
        rootfs.set("diff_ids", &diff_ids);
        object.set_object("rootfs", &rootfs);

        let mut entry = Object::empty("new history entry".to_owned());
        if let Some(created) = object.text("created") {
            entry.set("created", &created);
        }
        entry.set("created_by", created_by);
        let mut history: Vec<Box<RawValue>> = self.object.elements("history", MOST_HISTORY)?;
        history.push(entry.to_raw());
        object.set("history", &history);
        Ok(object.to_text())
    }
}
