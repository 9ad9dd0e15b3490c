//! Platforms: an operating system and a CPU.

use std::fmt;
use std::str::FromStr;

/// What a platform is called that an image does not state.
pub(crate) const UNKNOWN: &str = "unknown";

/// An operating system and a CPU, by the names that Go has for them, in containerd's normal form: one
/// platform has one name, so `linux/aarch64`, `linux/arm64/v8` and `linux/arm64` are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// The operating system: `linux`.
    pub os: String,
    /// The CPU: `amd64`, `arm64`.
    pub architecture: String,
    /// Which of the CPUs of that name: `v7`.
    pub variant: Option<String>,
    /// The version of the operating system. Only images of Windows have one.
    pub os_version: Option<String>,
}

impl Platform {
    /// Whether nothing states the platform, as in the descriptors of attestations.
    pub(crate) fn is_unknown(&self) -> bool {
        self.os == UNKNOWN && self.architecture == UNKNOWN
    }

    /// Whether an image of this platform is one that was asked for.
    pub(crate) fn matches(&self, asked: &Platform) -> bool {
        let version = asked.os_version.is_none() || asked.os_version == self.os_version;
        version
            && (&asked.os, &asked.architecture, &asked.variant)
                == (&self.os, &self.architecture, &self.variant)
    }

    /// The platform with these names, in normal form.
    pub(crate) fn normal(os: &str, architecture: &str, variant: Option<&str>) -> Platform {
        let [os, architecture] = [os, architecture].map(str::to_ascii_lowercase);
        let variant = variant.map(str::to_ascii_lowercase);
        let os = if os == "macos" { "darwin".to_owned() } else { os };
        let (architecture, variant) = match (architecture.as_str(), variant.as_deref()) {
            ("i386", _) => ("386", None),
            ("x86_64" | "x86-64" | "amd64", None | Some("v1")) => ("amd64", None),
            ("x86_64" | "x86-64" | "amd64", other) => ("amd64", other),
            ("aarch64" | "arm64", None | Some("8" | "v8" | "v8.0")) => ("arm64", None),
            ("aarch64" | "arm64", other) => ("arm64", other),
            ("armhf", _) | ("arm", None | Some("7")) => ("arm", Some("v7")),
            ("armel", _) | ("arm", Some("6")) => ("arm", Some("v6")),
            ("arm", Some("5")) => ("arm", Some("v5")),
            ("arm", Some("8")) => ("arm", Some("v8")),
            (architecture, variant) => (architecture, variant),
        };
        let variant = variant.map(str::to_owned);
        Platform { os, architecture: architecture.to_owned(), variant, os_version: None }
    }
}

/// Whether this can be part of a platform's name: what a report prints is never a control character.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(allowed)
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(formatter, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = String;

    fn from_str(text: &str) -> Result<Platform, String> {
        let wrong = || format!("`{}` is not OS/ARCH or OS/ARCH/VARIANT", text.escape_debug());
        let parts: Vec<&str> = text.splitn(4, '/').collect();
        if !parts.iter().all(|part| is_name(part)) {
            return Err(wrong());
        }
        match parts[..] {
            [os, architecture] => Ok(Platform::normal(os, architecture, None)),
            [os, architecture, variant] => Ok(Platform::normal(os, architecture, Some(variant))),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Platform;

    fn read(text: &str) -> Option<String> {
        text.parse::<Platform>().ok().map(|platform| platform.to_string())
    }

    /// The pairs are those of containerd's `platforms` package.
    #[test]
    fn one_platform_has_one_name() {
        for (written, normal) in [
            ("linux/amd64", "linux/amd64"),
            ("linux/amd64/v1", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v3"),
            ("linux/x86_64", "linux/amd64"),
            ("Linux/X86-64", "linux/amd64"),
            ("linux/i386", "linux/386"),
            ("linux/arm64/v8", "linux/arm64"),
            ("linux/aarch64", "linux/arm64"),
            ("linux/arm64/v9", "linux/arm64/v9"),
            ("linux/arm", "linux/arm/v7"),
            ("linux/arm/7", "linux/arm/v7"),
            ("linux/arm/6", "linux/arm/v6"),
            ("linux/armhf", "linux/arm/v7"),
            ("linux/armel", "linux/arm/v6"),
            ("linux/s390x", "linux/s390x"),
            ("macOS/arm64", "darwin/arm64"),
        ] {
            assert_eq!(read(written).as_deref(), Some(normal), "{written}");
        }
    }

    #[test]
    fn other_texts_are_no_platform() {
        for text in
            ["", "linux", "linux/", "/amd64", "linux//v7", "a/b/c/d", "linux/a b", "linux/\n"]
        {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
