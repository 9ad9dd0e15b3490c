//! A Python of Windows: one directory with everything, including the layout that embeds a Python in
//! another program.

use super::candidates::Candidate;
use super::names::{self, Named, join};
use super::versions::Code;
use super::{build_details, incomplete, magic, venv};
use crate::error::Error;
use crate::facts::{Facts, Origin, Scheme, SchemeName, UserSite};
use crate::root::Root;
use std::path::PathBuf;

/// Describes the Python of an interpreter.
pub(super) fn describe(root: &mut Root, candidate: &Candidate) -> Result<Facts, Error> {
    let environment = venv::of(root, &candidate.executable)?;
    // The program of an environment is a launcher, not the interpreter.
    let program = match &environment {
        None => candidate.real.clone(),
        Some(environment) => {
            let Some(home) = &environment.home else {
                let detail = "has no `home`, without which the launcher finds no Python".to_owned();
                return Err(incomplete(root, &environment.path, detail));
            };
            let own = join(home, names::file_name(&candidate.executable));
            let path = if root.is_file(&own)? { own } else { join(home, "python.exe") };
            let Some(place) = root.look(&path)? else {
                let detail =
                    format!("says that the environment is of `{home}`, where there is no Python");
                return Err(incomplete(root, &environment.path, detail));
            };
            place.path
        }
    };
    let code = Code::of(root, &program)?;
    let Some(version) = code.version(root)? else {
        let detail = "is not linked with a `python3*.dll`".to_owned();
        return Err(incomplete(root, &program, detail));
    };
    if let Some(environment) = &environment {
        environment.check(root, version, code.main_file())?;
    }
    let prefix = names::parent(&program).to_owned();
    let stdlib = join(&prefix, "Lib");
    let has_library = root.is_file(&join(&stdlib, "os.py"))?
        || root.is_file(&join(&stdlib, "os.pyc"))?
        || is_embedded(root, &prefix, version)?;
    if !has_library {
        let detail = "has no standard library beside it: no `Lib/os.py`".to_owned();
        return Err(incomplete(root, &program, detail));
    }
    let details = build_details::of(root, &stdlib, code.flags().contains('d'))?;
    let micro = code.micro(root, version, details.as_ref(), &[join(&prefix, "Include")])?;
    let platform = code.program.machines.first().copied().unwrap_or_default();
    let free_threaded = code.free_threaded().unwrap_or_default();
    let suffix = match platform {
        "win32" => "-32",
        "win-arm64" => "-arm64",
        "win-arm32" => "-arm32",
        _ => "",
    };
    let threads = if free_threaded { "t" } else { "" };
    let cache_tag = format!("cpython-{}{}", version.0, version.1);
    let includes_system =
        environment.as_ref().is_some_and(|environment| environment.includes_system);
    let own = environment.map_or_else(|| prefix.clone(), |environment| environment.prefix);
    let base = Some(&prefix).filter(|prefix| includes_system && own != **prefix);
    let site_packages = [Some(&own), base].into_iter().flatten();
    let site_packages =
        site_packages.flat_map(|prefix| [prefix.clone(), join(prefix, "Lib/site-packages")]);
    let site_packages = site_packages.collect();
    Ok(Facts {
        origin: Origin::default(),
        version: [version.0, version.1, micro],
        implementation: "cpython".to_owned(),
        magic: magic(root, &stdlib, &cache_tag)?,
        cache_tag: Some(cache_tag),
        os: "nt".to_owned(),
        platform: platform.to_owned(),
        executable: PathBuf::from(&candidate.executable),
        shebang: candidate.executable.clone(),
        prefix: own.clone(),
        exec_prefix: own,
        base_prefix: prefix.clone(),
        base_exec_prefix: prefix,
        platlibdir: "lib".to_owned(),
        abiflags: String::new(),
        free_threaded,
        winver: Some(format!("{}.{}{threads}{suffix}", version.0, version.1)),
        stdlib,
        user_base: None,
        user_site: UserSite::Unknown,
        user_paths: None,
        package_paths: None,
        site_packages,
        scheme: Scheme::Named(SchemeName::Nt),
    })
}

/// Whether a directory has the layout for embedding, with the standard library in an archive.
fn is_embedded(root: &mut Root, prefix: &str, version: (u32, u32)) -> Result<bool, Error> {
    let entries = root.list(prefix)?;
    Ok(entries.iter().any(|entry| {
        let stem = entry.strip_suffix("._pth").or_else(|| entry.strip_suffix(".zip"));
        let named = stem.and_then(|stem| names::of_library(&format!("{stem}.dll")));
        named.is_some_and(|Named { version: other, .. }| other == version)
    }))
}
