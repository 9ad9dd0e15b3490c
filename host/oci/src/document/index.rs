//! Indexes: lists of manifests. `index.json` is one.

use super::descriptor::Descriptor;
use super::{Object, media_type};
use crate::Error;
use serde_json::value::RawValue;

const MEMBERS: [&str; 8] = [
    "schemaVersion",
    "mediaType",
    "artifactType",
    "manifests",
    "subject",
    "annotations",
    "config",
    "layers",
];

/// An index, with the descriptors that it lists.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    object: Object,
    /// The descriptors, in their order.
    pub(crate) manifests: Vec<Descriptor>,
}

impl Index {
    /// Parses an index that may list at most `most` manifests. `stated` is the media type that its
    /// descriptor has; `index.json` has no descriptor.
    pub(crate) fn parse(
        name: String,
        text: &[u8],
        stated: Option<&str>,
        most: usize,
    ) -> Result<Index, Error> {
        let object = Object::parse(name, text, &MEMBERS)?;
        check(&object, stated, &["config", "layers"])?;
        if let Some(inner) = object.get::<String>("mediaType")?
            && !media_type::is_index(&inner)
        {
            return Err(object
                .wrong(format!("media type `{}` is not that of an index", inner.escape_debug())));
        }
        let manifests = object.elements("manifests", most)?;
        let manifests = manifests.iter().enumerate().map(|(position, text)| {
            Descriptor::parse(format!("{}: manifests[{position}]", object.name()), text)
        });
        let manifests = manifests.collect::<Result<_, _>>()?;
        Ok(Index { object, manifests })
    }

    /// An OCI index without manifests.
    pub(crate) fn new() -> Index {
        let mut object = Object::empty("new index".to_owned());
        object.set("schemaVersion", &2);
        object.set("mediaType", media_type::OCI_INDEX);
        Index { object, manifests: Vec::new() }
    }

    /// The index as JSON, with the descriptors as they are now.
    pub(crate) fn to_text(&self) -> String {
        let mut object = self.object.clone();
        let manifests: Vec<Box<RawValue>> = self.manifests.iter().map(Descriptor::to_raw).collect();
        object.set("manifests", &manifests);
        object.to_text()
    }
}

/// Checks what manifests and indexes have in common. A document that could be read as both is refused,
/// because two readers could see two images in it.
pub(super) fn check(object: &Object, stated: Option<&str>, foreign: &[&str]) -> Result<(), Error> {
    let version = object.get::<u64>("schemaVersion")?;
    if let Some(version) = version.filter(|version| *version != 2) {
        return Err(object.wrong(format!("schema version {version} is not supported")));
    }
    let inner = object.get::<String>("mediaType")?;
    if let (Some(inner), Some(stated)) = (inner, stated)
        && inner != stated
    {
        let (inner, stated) = (inner.escape_debug(), stated.escape_debug());
        let reason = format!("media type `{inner}`, but `{stated}` in the descriptor");
        return Err(object.wrong(reason));
    }
    match foreign.iter().find(|member| object.text(member).is_some()) {
        Some(member) => Err(object.wrong(format!("has `{member}`, which it must not have"))),
        None => Ok(()),
    }
}
