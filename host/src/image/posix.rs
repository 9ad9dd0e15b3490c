//! A Python of Linux or macOS.
//!
//! The order is that of CPython's `getpath`: the environment, then upwards from the interpreter
//! itself to the standard library. Where CPython would then fall back on its configured prefix,
//! this is an error: none of the remaining files states that prefix.

use super::build_details::BuildDetails;
use super::build_variables::Variables;
use super::candidates::Candidate;
use super::library::{self, Library};
use super::names::{self, join};
use super::venv::{self, Environment};
use super::versions::Code;
use super::{build_details, contradiction, distribution, incomplete, magic};
use crate::binary::Format;
use crate::error::Error;
use crate::facts::{Facts, Origin, Scheme, SchemeName, UserSite};
use crate::root::Root;
use std::path::PathBuf;

/// Describes the Python of an interpreter.
pub(super) fn describe(root: &mut Root, candidate: &Candidate) -> Result<Facts, Error> {
    let environment = venv::of(root, &candidate.executable)?;
    let program = match &environment {
        None => candidate.real.clone(),
        Some(environment) => base(root, environment, candidate)?,
    };
    let code = Code::of(root, &program)?;
    let followed = library::followed(root, &candidate.executable)?;
    let own = [&followed, &candidate.real].map(|path| names::parent(path).to_owned());
    let (library, start) = match &environment {
        None => library::find_from(root, &own, &code)?,
        Some(environment) => library_of(root, environment, &own, &code)?,
    };
    let version = library.version;
    if let Some(environment) = &environment {
        environment.check(root, version, code.main_file())?;
    }
    let free_threaded = library.name.ends_with('t');
    check_variables(root, &library, free_threaded)?;
    let details = build_details::of(root, &library.path, code.flags().contains('d'))?;
    let abiflags = abi_flags(root, &library, &code, details.as_ref())?;
    let Library { prefix, platlibdir, name, path: stdlib, variables, .. } = library;
    let implementation = if code.is_pypy { "pypy" } else { "python" };
    let headers = [abiflags.as_str(), ""].map(|flags| {
        format!("{prefix}/include/{implementation}{}.{}{flags}", version.0, version.1)
    });
    let micro = code.micro(root, version, details.as_ref(), &headers)?;
    let (implementation, cache_tag) = if code.is_pypy {
        ("pypy", format!("pypy{}{}", version.0, version.1))
    } else {
        ("cpython", format!("cpython-{}{}", version.0, version.1))
    };
    let cache_tag = match details {
        None => Some(cache_tag),
        Some((details, path)) => {
            let stated = details.implementation;
            if stated.name != implementation
                || stated.cache_tag.as_ref().is_some_and(|tag| *tag != cache_tag)
            {
                let detail = format!("the other is {implementation}, and caches as `{cache_tag}`");
                return Err(contradiction(root, &path, code.main_file(), detail));
            }
            stated.cache_tag
        }
    };
    let mut exec_prefix = prefix.clone();
    for directory in names::upwards(&start).filter(|directory| *directory != "/") {
        if root.is_directory(&join(directory, &format!("{platlibdir}/{name}/lib-dynload")))? {
            directory.clone_into(&mut exec_prefix);
            break;
        }
    }
    let scheme_of_base = distribution::scheme(root, &stdlib, &prefix)?;
    let prefixes = match &environment {
        None => vec![prefix.as_str(), &exec_prefix],
        Some(own) if own.includes_system => vec![own.prefix.as_str(), &prefix, &exec_prefix],
        Some(own) => vec![own.prefix.as_str()],
    };
    let places = (platlibdir, name.as_str());
    let is_environment = prefixes[0] != prefix;
    let site_packages =
        distribution::site_packages(scheme_of_base, &prefixes, places, is_environment);
    let scheme = if is_environment { SchemeName::PosixPrefix } else { scheme_of_base };
    let own = environment.map(|environment| environment.prefix);
    Ok(Facts {
        origin: Origin::default(),
        version: [version.0, version.1, micro],
        implementation: implementation.to_owned(),
        magic: match &cache_tag {
            Some(tag) => magic(root, &stdlib, tag)?,
            None => None,
        },
        cache_tag,
        os: "posix".to_owned(),
        platform: platform(root, &code, variables.as_ref())?,
        executable: PathBuf::from(&candidate.executable),
        shebang: candidate.executable.clone(),
        prefix: own.clone().unwrap_or_else(|| prefix.clone()),
        exec_prefix: own.unwrap_or_else(|| exec_prefix.clone()),
        base_prefix: prefix,
        base_exec_prefix: exec_prefix,
        platlibdir: platlibdir.to_owned(),
        abiflags,
        free_threaded,
        winver: None,
        stdlib,
        user_base: None,
        user_site: UserSite::Unknown,
        user_paths: None,
        package_paths: None,
        site_packages,
        scheme: Scheme::Named(scheme),
    })
}

/// The interpreter that an environment was made from. The environment's own is a link to it or a copy;
/// the original of a copy is in `home`, if that has a Python.
fn base(
    root: &mut Root,
    environment: &Environment,
    candidate: &Candidate,
) -> Result<String, Error> {
    let beside = root.look(names::parent(&candidate.executable))?;
    let is_link = beside.is_none_or(|beside| beside.path != names::parent(&candidate.real));
    if let (false, Some(home)) = (is_link, &environment.home) {
        for name in [names::file_name(&candidate.executable), "python3", "python", "pypy3"] {
            if let Some(place) = root.look(&join(home, name))?
                && root.is_file(&place.path)?
            {
                return Ok(place.path);
            }
        }
    }
    Ok(candidate.real.clone())
}

/// The standard library of an environment's Python, and the directory where the search began.
///
/// CPython searches upwards from `home`. If it finds nothing, it falls back on its configured
/// prefix. Without `home`, it searches upwards from the interpreter itself, whose directories are
/// `own`.
fn library_of(
    root: &mut Root,
    environment: &Environment,
    own: &[String],
    code: &Code,
) -> Result<(Library, String), Error> {
    let found = library::find_from(root, own, code);
    let Some(home) = &environment.home else {
        return found.map_err(|_| {
            let detail = "has no `home`, and no standard library is above the interpreter itself";
            incomplete(root, &environment.path, detail.to_owned())
        });
    };
    let failed = match library::find_from(root, std::slice::from_ref(home), code) {
        Err(Error::PythonFiles { .. }) => {
            let detail = format!(
                "says that the environment is of `{home}`, and no standard library is above that"
            );
            incomplete(root, &environment.path, detail)
        }
        found => return found,
    };
    let is_configured = |library: &Library| {
        let variables = library.variables.as_ref();
        variables.is_none_or(|(variables, _)| variables.get("prefix") == Some(&library.prefix))
    };
    found.ok().filter(|(library, _)| is_configured(library)).ok_or(failed)
}

/// `sys.abiflags`.
fn abi_flags(
    root: &Root,
    library: &Library,
    code: &Code,
    details: Option<&(BuildDetails, String)>,
) -> Result<String, Error> {
    if code.is_pypy {
        return Ok(String::new());
    }
    let stated = library
        .variables
        .as_ref()
        .and_then(|(variables, path)| Some((variables.get("ABIFLAGS")?.clone(), path)))
        .or_else(|| {
            let (details, path) = details?;
            Some((details.abi.as_ref()?.flags.concat(), path))
        });
    if let Some((flags, path)) = stated {
        if flags.chars().all(|letter| letter.is_ascii_lowercase()) {
            return Ok(flags);
        }
        let detail = format!("has no flags of an ABI: `{}`", flags.escape_debug());
        return Err(incomplete(root, path, detail));
    }
    // Up to 3.7 a normal build has `m`, which only some names show. Later builds have the letters
    // in the names of program and library.
    let mut flags = code.flags();
    if flags.is_empty() && library.version < (3, 8) {
        let detail = "has no `_sysconfigdata_*.py`, which has the flags of the ABI".to_owned();
        return Err(incomplete(root, &library.path, detail));
    }
    if library.name.ends_with('t') && !flags.contains('t') {
        flags.insert(0, 't');
    }
    Ok(flags)
}

/// Fails if the variables do not belong to the library that contains them.
fn check_variables(root: &Root, library: &Library, free_threaded: bool) -> Result<(), Error> {
    let Some((variables, path)) = &library.variables else { return Ok(()) };
    let version = format!("{}.{}", library.version.0, library.version.1);
    let stated = variables.get("VERSION").unwrap_or(&version);
    if *stated != version {
        let detail = format!("the one is of Python {stated}, the other is Python {version}");
        return Err(contradiction(root, path, &library.path, detail));
    }
    let stated = variables.get("Py_GIL_DISABLED").is_some_and(|value| value == "1");
    if stated != free_threaded {
        let detail = "one of them is of a free-threaded build".to_owned();
        return Err(contradiction(root, path, &library.path, detail));
    }
    Ok(())
}

/// `sysconfig.get_platform()`.
fn platform(
    root: &Root,
    code: &Code,
    variables: Option<&(Variables, String)>,
) -> Result<String, Error> {
    let variable =
        |name: &str| variables.and_then(|(variables, _)| variables.get(name)).map(String::as_str);
    let machines = &code.program.machines;
    if code.program.format == Format::Elf {
        return match variable("MACHDEP") {
            None | Some("linux") => Ok(format!("linux-{}", machines.join("-"))),
            Some(other) => {
                let detail = format!("is for `{other}`, a system that is not known here");
                Err(incomplete(root, &code.path, detail))
            }
        };
    }
    let has = |wanted: &[&str]| {
        machines.len() == wanted.len() && wanted.iter().all(|name| machines.contains(name))
    };
    let machine = match machines.as_slice() {
        [machine] => machine,
        _ if has(&["arm64", "x86_64"]) => "universal2",
        _ if has(&["i386", "x86_64"]) => "intel",
        _ => "unknown",
    };
    let target = variable("MACOSX_DEPLOYMENT_TARGET").filter(|target| {
        !target.is_empty() && target.chars().all(|digit| digit.is_ascii_digit() || digit == '.')
    });
    target.map(|target| format!("macosx-{target}-{machine}")).ok_or_else(|| {
        let detail = "is of a Python without `_sysconfigdata_*.py`, which has the oldest macOS that \
                      it runs on";
        incomplete(root, &code.path, detail.to_owned())
    })
}
