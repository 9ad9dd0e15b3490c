//! Where distributions let pip install, by their patches of the standard library.
//!
//! A distribution keeps pip out of the directories of its packages by another default scheme,
//! outside of virtual environments. The text of the image's own `sysconfig` and `distutils`
//! decides: a Python that was built from source on the same system has its own, which is not
//! patched.

use super::TEXT_LIMIT;
use super::names::join;
use crate::error::Error;
use crate::facts::SchemeName;
use crate::root::Root;

/// The scheme that pip uses outside of virtual environments, by standard library and prefix.
pub(super) fn scheme(root: &mut Root, stdlib: &str, prefix: &str) -> Result<SchemeName, Error> {
    // A module until 3.12, a package since.
    let mut sysconfig = String::new();
    for name in ["sysconfig.py", "sysconfig/__init__.py"] {
        sysconfig.push_str(&text(root, &join(stdlib, name))?);
    }
    // pip uses distutils where `sysconfig` has no preferred schemes: before 3.10. Debian has
    // distutils in a separate package; `site` is always there.
    let is_old = !sysconfig.contains("get_preferred_scheme");
    let distutils = if is_old {
        text(root, &join(stdlib, "distutils/command/install.py"))?
    } else {
        String::new()
    };
    let is_debian = if is_old {
        sysconfig.contains("posix_local")
            || distutils.contains("unix_local")
            || text(root, &join(stdlib, "site.py"))?.contains("dist-packages")
    } else {
        sysconfig.contains("posix_local") && sysconfig.contains("deb_system")
    };
    let is_rpm = [&sysconfig, &distutils].into_iter().any(|text| text.contains("RPM_BUILD_ROOT"));
    Ok(if is_debian {
        SchemeName::PosixLocal
    } else if is_rpm && prefix == "/usr" {
        SchemeName::RpmLocal
    } else {
        SchemeName::PosixPrefix
    })
}

/// What `site.getsitepackages()` returns on a system with this scheme: the directories below these
/// prefixes, for a standard library in the directory `python`. Debian has others, and has the usual
/// one as well in virtual environments.
pub(super) fn site_packages(
    scheme: SchemeName,
    prefixes: &[&str],
    (platlibdir, python): (&str, &str),
    is_environment: bool,
) -> Vec<String> {
    let usual = format!("lib/{python}/site-packages");
    let platform = format!("{platlibdir}/{python}/site-packages");
    let below = if scheme == SchemeName::PosixLocal {
        let mut below = if is_environment { vec![usual] } else { Vec::new() };
        below.push(format!("local/lib/{python}/dist-packages"));
        below.push("lib/python3/dist-packages".to_owned());
        if python.starts_with("python") {
            below.push(format!("lib/{python}/dist-packages"));
        }
        below
    } else if platform == usual {
        vec![usual]
    } else {
        vec![platform, usual]
    };
    let mut found: Vec<String> = Vec::new();
    for path in prefixes.iter().flat_map(|prefix| below.iter().map(|path| join(prefix, path))) {
        if !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// The text of a module; empty if the module is missing.
fn text(root: &mut Root, path: &str) -> Result<String, Error> {
    let contents = root.read(path, TEXT_LIMIT)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&contents).into_owned())
}
