//! Where the standard library of an interpreter is, by the search that CPython does at its start.

use super::build_variables::{self, Variables};
use super::names::{self, Named, join};
use super::versions::Code;
use super::{TEXT_LIMIT, contradiction, incomplete};
use crate::error::Error;
use crate::root::Root;

/// A standard library, and where it was found.
pub(super) struct Library {
    /// The directory above it in which the search found it.
    pub(super) prefix: String,
    /// `lib` or `lib64`.
    pub(super) platlibdir: &'static str,
    /// Its own name: `python3.13t`.
    pub(super) name: String,
    /// Its path.
    pub(super) path: String,
    pub(super) version: (u32, u32),
    /// The variables that this Python was built with, and the path of their file.
    pub(super) variables: Option<(Variables, String)>,
}

/// Follows the links that a program itself is, as CPython does to find its library, but not the
/// links in its directory.
pub(super) fn followed(root: &mut Root, program: &str) -> Result<String, Error> {
    let mut path = program.to_owned();
    // The limit of links in a path.
    for _ in 0..40 {
        let (directory, name) = (names::parent(&path).to_owned(), names::file_name(&path));
        let Some(target) = root.link(&directory, name)? else { break };
        path = names::normal(&if target.starts_with('/') {
            target
        } else {
            join(&directory, &target)
        });
    }
    Ok(path)
}

/// Finds the standard library of some code from the first of these directories that has it in a
/// directory above, and returns that start as well. A library at the root counts only if there is
/// no other: on a system with merged `/usr`, `/bin` and `/lib` are links.
pub(super) fn find_from(
    root: &mut Root,
    starts: &[String],
    code: &Code,
) -> Result<(Library, String), Error> {
    for start in starts {
        match find(root, start, code) {
            Ok(library) if library.prefix != "/" => return Ok((library, start.clone())),
            _ => {}
        }
    }
    let last = starts.last().map_or("/", String::as_str);
    Ok((find(root, last, code)?, last.to_owned()))
}

/// Finds the standard library of some code, upwards from a directory.
fn find(root: &mut Root, start: &str, code: &Code) -> Result<Library, Error> {
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
        // One of `lib64` and `lib` may be a link to the other: then both lead to the same library.
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
        // CPython never searches the root itself. Where `/bin` and `/lib` are links into `/usr`, it
        // falls back on `/usr`, its configured prefix; so the links are followed.
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
        // Debian can have the files of several CPUs here, and has a link to its own.
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
