//! A Python of Linux or macOS.
//!
//! The order is that of CPython's `getpath`: the environment, then upwards from the interpreter
//! itself to the standard library. Where CPython then falls back on the prefix it was configured
//! with, there is an error: that is in none of the files that are left to look at.

use super::binary::Format;
use super::build_details::BuildDetails;
use super::build_variables::{self, Variables};
use super::candidates::Candidate;
use super::names::{self, Named, join};
use super::venv::{self, Environment};
use super::versions::Code;
use super::{
    Description, TEXT_LIMIT, build_details, contradiction, distribution, incomplete, magic,
};
use crate::error::Error;
use crate::interpreter::SchemeName;
use crate::root::Root;

/// A standard library, where it was looked for.
struct Library {
    /// The directory it was found from, upwards.
    prefix: String,
    /// `lib` or `lib64`.
    platlibdir: &'static str,
    /// Its own name: `python3.13t`.
    name: String,
    /// Its path.
    path: String,
    version: (u32, u32),
    /// The variables that this Python was built with, and the path of their file.
    variables: Option<(Variables, String)>,
}

/// Describes the Python that an interpreter is of.
pub(super) fn describe(root: &mut Root, candidate: &Candidate) -> Result<Description, Error> {
    let environment = venv::of(root, &candidate.executable)?;
    let (program, start) = match &environment {
        None => (candidate.real.clone(), names::parent(&candidate.real).to_owned()),
        Some(environment) => (base(root, environment, candidate)?, environment.home.clone()),
    };
    let code = Code::of(root, &program)?;
    let library = find_library(root, &start, &code)?;
    let version = library.version;
    if let Some(environment) = &environment {
        environment.check(root, version, code.main_file())?;
    }
    let free_threaded = library.name.ends_with('t');
    check_variables(root, &library, free_threaded)?;
    let details = build_details::of(root, &library.path)?;
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
    let scheme = match &environment {
        Some(_) => SchemeName::PosixPrefix,
        None => distribution::scheme(root, &stdlib, &prefix)?,
    };
    let own = environment.map(|environment| environment.prefix);
    Ok(Description {
        version: [version.0, version.1, micro],
        implementation: implementation.to_owned(),
        magic: match &cache_tag {
            Some(tag) => magic(root, &stdlib, tag)?,
            None => None,
        },
        cache_tag,
        os: "posix".to_owned(),
        platform: platform(root, &code, variables.as_ref())?,
        executable: candidate.executable.clone(),
        prefix: own.clone().unwrap_or_else(|| prefix.clone()),
        exec_prefix: own.unwrap_or_else(|| exec_prefix.clone()),
        base_prefix: prefix,
        base_exec_prefix: exec_prefix,
        platlibdir: platlibdir.to_owned(),
        abiflags,
        free_threaded,
        winver: None,
        stdlib,
        scheme,
        others: Vec::new(),
    })
}

/// The interpreter that an environment was made from. Its own one is a link to that, or a copy.
fn base(
    root: &mut Root,
    environment: &Environment,
    candidate: &Candidate,
) -> Result<String, Error> {
    let beside = root.look(names::parent(&candidate.executable))?;
    if beside.is_none_or(|beside| beside.path != names::parent(&candidate.real)) {
        return Ok(candidate.real.clone());
    }
    for name in [names::file_name(&candidate.executable), "python3", "python", "pypy3"] {
        if let Some(place) = root.look(&join(&environment.home, name))?
            && root.is_file(&place.path)?
        {
            return Ok(place.path);
        }
    }
    let detail =
        format!("says that the environment is of `{}`, where there is no Python", environment.home);
    Err(incomplete(root, &environment.path, detail))
}

/// Finds the standard library of some code, upwards from a directory.
fn find_library(root: &mut Root, start: &str, code: &Code) -> Result<Library, Error> {
    let version = code.version(root)?;
    let implementation = if code.is_pypy { "pypy" } else { "python" };
    for prefix in names::upwards(start) {
        let mut found: Vec<Library> = Vec::new();
        for platlibdir in ["lib", "lib64"] {
            let directory = join(prefix, platlibdir);
            for name in possible_names(root, &directory, implementation, version)? {
                let Some(Named { version, .. }) = names::of_interpreter(&name) else { continue };
                let path = join(&directory, &name);
                let has_landmark =
                    root.is_file(&join(&path, "os.py"))? || root.is_file(&join(&path, "os.pyc"))?;
                if has_landmark {
                    let variables = if code.is_pypy { None } else { variables(root, &path, code)? };
                    let prefix = prefix.to_owned();
                    found.push(Library { prefix, platlibdir, name, path, version, variables });
                }
            }
        }
        if found.len() > 1
            && let Some(free_threaded) = code.free_threaded()
        {
            found.retain(|library| library.name.ends_with('t') == free_threaded);
        }
        // Where `lib64` is a link to `lib`, or the other way round, both lead there.
        if found.len() > 1 {
            found.retain(|library| {
                let variables = library.variables.as_ref();
                let stated = variables.and_then(|(variables, _)| variables.get("PLATLIBDIR"));
                stated.is_none_or(|stated| stated == library.platlibdir)
            });
        }
        let mut found = found.into_iter();
        let Some(mut library) = found.next() else { continue };
        for other in found {
            let real = [&library, &other].map(|library| root.look(&library.path));
            let [Ok(Some(first)), Ok(Some(second))] = real else { continue };
            if first.path != second.path {
                let detail = format!("either could be the library of `{}`", code.path);
                return Err(contradiction(root, &library.path, &other.path, detail));
            }
        }
        // CPython never looks at the root itself. Where `/bin` and `/lib` are links into `/usr`, it
        // falls back on that, its configured prefix; so the links are followed.
        if prefix == "/"
            && let Some(place) = root.look(&library.path)?
        {
            names::parent(names::parent(&place.path)).clone_into(&mut library.prefix);
            library.path = place.path;
        }
        return Ok(library);
    }
    let name = match version {
        Some((major, minor)) => format!("{implementation}{major}.{minor}"),
        None => format!("{implementation}3.*"),
    };
    let detail = format!("has no standard library above it: no `lib/{name}/os.py`");
    Err(incomplete(root, &code.path, detail))
}

/// The names that the standard library could have in a directory.
fn possible_names(
    root: &mut Root,
    directory: &str,
    implementation: &str,
    version: Option<(u32, u32)>,
) -> Result<Vec<String>, Error> {
    if let Some((major, minor)) = version {
        let name = format!("{implementation}{major}.{minor}");
        return Ok(vec![format!("{name}t"), name]);
    }
    let mut entries = root.list(directory)?;
    entries.retain(|entry| entry.starts_with(implementation));
    Ok(entries)
}

/// The variables that a Python was built with, and the path of their file. None if there are none.
fn variables(
    root: &mut Root,
    stdlib: &str,
    code: &Code,
) -> Result<Option<(Variables, String)>, Error> {
    let is_debug = code.flags().contains('d');
    let mut found: Option<(Variables, String)> = None;
    for name in root.list(stdlib)? {
        let Some(rest) = name.strip_prefix("_sysconfigdata_") else { continue };
        let Some((flags, _)) = rest.strip_suffix(".py").and_then(|rest| rest.split_once('_'))
        else {
            continue;
        };
        let is_flags = flags.chars().all(|letter| "dmtu".contains(letter));
        if is_flags && flags.contains('d') != is_debug {
            continue;
        }
        let path = join(stdlib, &name);
        let Some(contents) = root.read(&path, TEXT_LIMIT)? else { continue };
        let parsed = String::from_utf8(contents).map_err(|_| "is not UTF-8".to_owned());
        let parsed = parsed.and_then(|text| build_variables::parse(&text));
        let parsed = parsed.map_err(|detail| incomplete(root, &path, detail))?;
        // Debian can have those of several CPUs there, and has a link to its own.
        if let Some((other, other_path)) = &found {
            for key in ["VERSION", "ABIFLAGS", "PLATLIBDIR", "Py_GIL_DISABLED", "MACHDEP"] {
                if other.get(key) != parsed.get(key) {
                    let detail = format!("each has another `{key}`");
                    return Err(contradiction(root, other_path, &path, detail));
                }
            }
        } else {
            found = Some((parsed, path));
        }
    }
    Ok(found)
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
    // Until 3.7 a usual build has `m`, which only some names say. Later ones have the letters that
    // are in the names of program and library.
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

/// Fails if the variables are not those of the library that they are in.
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
        _ => {
            let detail = "is for a set of CPUs that has no name".to_owned();
            return Err(incomplete(root, &code.path, detail));
        }
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
