//! The install scheme: the directory for each kind of file.
//!
//! Follows `sysconfig` of CPython and its distributions, and pip's use of it. Computes paths as
//! text and opens none: they are paths in the target, whatever platform this runs on.

use crate::bindings::ensurepip::bootstrap::types::{
    Error, OsName, Python, ReportedPaths, Role, Scheme, SchemeName, SchemeSource, VersionInfo,
};
use crate::entry_path::EntryPath;

/// Resolves the scheme of a Python for a project, whose name is part of the headers' path.
pub(crate) fn resolve(python: &Python, project: &str) -> Result<Scheme, Error> {
    let paths = match &python.scheme_source {
        SchemeSource::Reported(paths) => paths.clone(),
        SchemeSource::Named(name) => expand(*name, python)?,
    };
    let VersionInfo { major, minor, .. } = python.version;
    // A virtual environment shares the include directory of its base, so pip avoids it: headers go
    // into the environment, or into the user base if that is the scheme's.
    let include = if python.prefix == python.base_prefix {
        paths.include
    } else {
        native(python.os, &format!("{}/include/site/python{major}.{minor}", paths.data))
    };
    Ok(Scheme {
        headers: native(python.os, &format!("{include}/{project}")),
        purelib: paths.purelib,
        platlib: paths.platlib,
        scripts: paths.scripts,
        data: paths.data,
    })
}

/// The path of a role.
pub(crate) fn directory(scheme: &Scheme, role: Role) -> &str {
    match role {
        Role::Purelib => &scheme.purelib,
        Role::Platlib => &scheme.platlib,
        Role::Headers => &scheme.headers,
        Role::Scripts => &scheme.scripts,
        Role::Data => &scheme.data,
    }
}

/// The role by which a directory is used: that of the first role with the same directory. If both
/// library directories are one, it is granted once, as `purelib`, and has one stage.
pub(crate) fn unify(role: Role, scheme: &Scheme) -> Role {
    let wanted = directory(scheme, role);
    let libraries = [Role::Purelib, Role::Platlib];
    libraries.into_iter().find(|library| directory(scheme, *library) == wanted).unwrap_or(role)
}

/// A file's path in the target.
pub(crate) fn final_path(os: OsName, scheme: &Scheme, role: Role, path: &EntryPath) -> String {
    let directory = directory(scheme, role);
    match os {
        OsName::Posix => path.below(directory.trim_end_matches('/')),
        OsName::Nt => path.below(directory.trim_end_matches('\\')).replace('/', "\\"),
    }
}

/// Expands the template of a scheme.
fn expand(name: SchemeName, python: &Python) -> Result<ReportedPaths, Error> {
    let VersionInfo { major, minor, .. } = python.version;
    let (base, platbase, installed) = (&python.prefix, &python.exec_prefix, &python.base_prefix);
    let implementation = match python.implementation.as_str() {
        "cpython" => "python",
        other => other,
    };
    let threads = if python.free_threaded { "t" } else { "" };
    let abiflags = &python.abiflags;
    let versioned = format!("{implementation}{major}.{minor}{threads}");
    // `sys.platlibdir` was added in 3.9.
    let platlibdir = if (major, minor) < (3, 9) { "lib" } else { &python.platlibdir };
    let include = format!("{installed}/include/{implementation}{major}.{minor}{abiflags}");
    let user_base = || {
        let none = || Error::NoScheme("this Python has no user base directory".to_owned());
        python.user_base.as_ref().ok_or_else(none)
    };
    let [purelib, platlib, include, scripts, data] = match name {
        SchemeName::PosixPrefix => [
            format!("{base}/lib/{versioned}/site-packages"),
            format!("{platbase}/{platlibdir}/{versioned}/site-packages"),
            include,
            format!("{base}/bin"),
            base.clone(),
        ],
        SchemeName::PosixHome => [
            format!("{base}/lib/{implementation}"),
            format!("{base}/lib/{implementation}"),
            format!("{installed}/include/{implementation}"),
            format!("{base}/bin"),
            base.clone(),
        ],
        SchemeName::PosixUser => {
            let user_base = user_base()?;
            [
                format!("{user_base}/lib/{versioned}/site-packages"),
                // Only in 3.9, the user scheme used `platlibdir` too.
                if (major, minor) == (3, 9) {
                    format!("{user_base}/{platlibdir}/{versioned}/site-packages")
                } else {
                    format!("{user_base}/lib/{versioned}/site-packages")
                },
                format!("{user_base}/include/{versioned}"),
                format!("{user_base}/bin"),
                user_base.clone(),
            ]
        }
        SchemeName::OsxFrameworkUser => {
            let user_base = user_base()?;
            [
                format!("{user_base}/lib/{implementation}/site-packages"),
                format!("{user_base}/lib/{implementation}/site-packages"),
                if (major, minor) < (3, 10) {
                    format!("{user_base}/include")
                } else {
                    format!("{user_base}/include/{implementation}{major}.{minor}")
                },
                format!("{user_base}/bin"),
                user_base.clone(),
            ]
        }
        SchemeName::Nt => [
            format!("{base}/Lib/site-packages"),
            format!("{base}/Lib/site-packages"),
            format!("{installed}/Include"),
            format!("{base}/Scripts"),
            base.clone(),
        ],
        SchemeName::NtUser => {
            let none = || Error::NoScheme("this Python states no `sys.winver`".to_owned());
            let winver = python.winver.as_ref().ok_or_else(none)?.replace('.', "");
            let user_base = user_base()?;
            [
                format!("{user_base}/Python{winver}/site-packages"),
                format!("{user_base}/Python{winver}/site-packages"),
                format!("{user_base}/Python{winver}/Include"),
                format!("{user_base}/Python{winver}/Scripts"),
                user_base.clone(),
            ]
        }
        // Debian patches PyPy as well, so the name is not always `python`.
        SchemeName::PosixLocal => {
            let library = format!("{implementation}{major}.{minor}/dist-packages");
            below_local(python, "lib", &library, include)
        }
        SchemeName::DebSystem => [
            format!("{base}/lib/python3/dist-packages"),
            format!("{platbase}/lib/python3/dist-packages"),
            include,
            format!("{base}/bin"),
            base.clone(),
        ],
        SchemeName::RpmLocal => {
            below_local(python, platlibdir, &format!("{versioned}/site-packages"), include)
        }
    }
    .map(|path| native(python.os, &path));
    Ok(ReportedPaths { purelib, platlib, include, scripts, data })
}

/// The paths below `local` of the prefix, where distributions separate what pip installs from the
/// files of their packages.
fn below_local(python: &Python, platlibdir: &str, library: &str, include: String) -> [String; 5] {
    let (base, platbase) = (&python.prefix, &python.exec_prefix);
    [
        format!("{base}/local/lib/{library}"),
        format!("{platbase}/local/{platlibdir}/{library}"),
        include,
        format!("{base}/local/bin"),
        format!("{base}/local"),
    ]
}

/// A path with the separator of its platform, and only one where a base ends in a separator.
fn native(os: OsName, path: &str) -> String {
    match os {
        OsName::Posix => path.replace("//", "/"),
        OsName::Nt => path.replace('/', "\\").replace("\\\\", "\\"),
    }
}

/// The relative path from a directory to a file, with `/`, as in `RECORD`. Both are absolute and
/// normalized, and only names are compared: links are not followed. A file on another drive has no
/// relative path, and keeps its absolute one.
pub(crate) fn relative(os: OsName, from: &str, to: &str) -> String {
    let (from, to) = match os {
        OsName::Posix => (from.to_owned(), to.to_owned()),
        OsName::Nt => (from.replace('\\', "/"), to.replace('\\', "/")),
    };
    let same = |left: &str, right: &str| match os {
        OsName::Posix => left == right,
        OsName::Nt => left.to_lowercase() == right.to_lowercase(),
    };
    let split = |path: &'_ str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (from, target) = (split(&from), split(&to));
    let shared = from.iter().zip(&target).take_while(|(left, right)| same(left, right)).count();
    if os == OsName::Nt && shared == 0 {
        return to;
    }
    let up = from[shared..].iter().map(|_| "..");
    up.chain(target[shared..].iter().map(String::as_str)).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
