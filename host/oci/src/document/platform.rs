//! Platforms, as descriptors and configs state them.

use super::Object;
use crate::Error;
use crate::platform::{Platform, UNKNOWN, is_name};

impl Platform {
    /// The members of a descriptor's `platform`.
    pub(crate) const MEMBERS: [&str; 5] =
        ["architecture", "os", "os.version", "os.features", "variant"];

    /// Reads the platform from a descriptor's `platform` or from a config.
    pub(crate) fn read(object: &Object) -> Result<Platform, Error> {
        let text = |member| -> Result<Option<String>, Error> {
            let text = object.get::<String>(member)?.filter(|text| !text.is_empty());
            match text.filter(|text| !is_name(text)) {
                Some(text) => Err(object
                    .wrong(format!("member `{member}`: `{}` is not a name", text.escape_debug()))),
                None => Ok(object.get::<String>(member)?.filter(|text| !text.is_empty())),
            }
        };
        let os = text("os")?.unwrap_or_else(|| UNKNOWN.to_owned());
        let architecture = text("architecture")?.unwrap_or_else(|| UNKNOWN.to_owned());
        let mut platform = Platform::normal(&os, &architecture, text("variant")?.as_deref());
        platform.os_version = text("os.version")?;
        Ok(platform)
    }

    /// The platform as a descriptor states it.
    pub(crate) fn to_object(&self) -> Object {
        let mut object = Object::empty("platform".to_owned());
        object.set("architecture", &self.architecture);
        object.set("os", &self.os);
        if let Some(version) = &self.os_version {
            object.set("os.version", version);
        }
        if let Some(variant) = &self.variant {
            object.set("variant", variant);
        }
        object
    }
}
