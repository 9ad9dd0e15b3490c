//! The version of a Python, from its code and from the files beside it.

use super::build_details::BuildDetails;
use super::names::{self, Named, join};
use super::{TEXT_LIMIT, contradiction, incomplete};
use crate::binary::{self, Binary, Format};
use crate::error::Error;
use crate::root::Root;

/// The default directories of libraries.
const LIBRARY_DIRECTORIES: &[&str] =
    &["/usr/local/lib64", "/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib"];

/// The code of an interpreter: the program, and the library that has most of it in shared builds.
pub(super) struct Code {
    /// The program's path, free of links.
    pub(super) path: String,
    pub(super) program: Binary,
    /// The library with its path; none in static builds, and where it was not found.
    library: Option<(String, Binary)>,
    /// The version in the library's name, whether the library was found or not.
    linked: Option<Named>,
    /// Whether it is PyPy.
    pub(super) is_pypy: bool,
}

impl Code {
    /// Reads the code of a program, given by its path free of links.
    pub(super) fn of(root: &mut Root, path: &str) -> Result<Code, Error> {
        let program = examine(root, path)?;
        let mut library = None;
        let mut linked = None;
        let mut is_pypy = names::file_name(path).starts_with("pypy");
        for name in &program.libraries {
            let Some(named) = names::of_library(name) else { continue };
            is_pypy |= names::file_name(name).starts_with("libpypy");
            linked = Some(named);
            if let Some(found) = find_library(root, path, &program, name)? {
                library = Some((found.clone(), examine(root, &found)?));
            }
            break;
        }
        Ok(Code { path: path.to_owned(), program, library, linked, is_pypy })
    }

    /// The file with most of the code.
    pub(super) fn main_file(&self) -> &str {
        self.library.as_ref().map_or(&self.path, |(path, _)| path)
    }

    fn main_binary(&self) -> &Binary {
        self.library.as_ref().map_or(&self.program, |(_, binary)| binary)
    }

    /// The version in the symbols, which is certain.
    fn exact(&self) -> Option<[u32; 3]> {
        self.main_binary().version
    }

    /// Whether there is no GIL, by symbols and names; none if they do not show that.
    pub(super) fn free_threaded(&self) -> Option<bool> {
        self.main_binary()
            .free_threaded
            .or_else(|| self.linked.as_ref().map(|named| named.flags.contains('t')))
    }

    /// The letters in the names of program and library.
    pub(super) fn flags(&self) -> String {
        let own = names::of_interpreter(names::file_name(&self.path));
        let named = self.linked.iter().chain(own.iter()).find(|named| !named.flags.is_empty());
        named.map(|named| named.flags.clone()).unwrap_or_default()
    }

    /// Major and minor version, by symbols, the library's name and the program's name. None if they
    /// all lack it. Fails if they differ.
    pub(super) fn version(&self, root: &Root) -> Result<Option<(u32, u32)>, Error> {
        let exact = self.exact().map(|[major, minor, _]| (major, minor));
        let linked = self.linked.as_ref().map(|named| named.version);
        let own = names::of_interpreter(names::file_name(&self.path)).map(|named| named.version);
        let Some(version) = exact.or(linked).or(own) else { return Ok(None) };
        let Some(other) = [linked, own].into_iter().flatten().find(|other| *other != version)
        else {
            return Ok(Some(version));
        };
        let [version, other] = [version, other].map(|(major, minor)| format!("{major}.{minor}"));
        Err(if self.library.is_none() {
            let detail = format!("is called Python {other}, and is Python {version}");
            incomplete(root, &self.path, detail)
        } else {
            let detail = format!("the one is called Python {other}, the other is Python {version}");
            contradiction(root, &self.path, self.main_file(), detail)
        })
    }

    /// The last number of the version, by `build-details.json`, the code, and `patchlevel.h` in one
    /// of these directories of headers. Fails if they all lack it, or if the first two differ.
    pub(super) fn micro(
        &self,
        root: &mut Root,
        version: (u32, u32),
        details: Option<&(BuildDetails, String)>,
        headers: &[String],
    ) -> Result<u32, Error> {
        let stated = details.and_then(|(details, path)| {
            let stated = details.language.version_info.as_ref()?;
            Some(([stated.major, stated.minor, stated.micro], path))
        });
        let in_code = match self.exact() {
            Some(exact) => Some(exact),
            None => self.release(root, version)?.map(|micro| [version.0, version.1, micro]),
        };
        if let Some((stated, path)) = stated
            && in_code.unwrap_or([version.0, version.1, stated[2]]) != stated
        {
            let dotted = |numbers: [u32; 3]| numbers.map(|number| number.to_string()).join(".");
            let code = in_code.map_or(format!("{}.{}", version.0, version.1), dotted);
            let detail =
                format!("the one is of Python {}, the other is Python {code}", dotted(stated));
            return Err(contradiction(root, path, self.main_file(), detail));
        }
        if let Some([_, _, micro]) = in_code.or(stated.map(|(stated, _)| stated)) {
            return Ok(micro);
        }
        for directory in headers {
            if let Some(micro) = patch_level(root, directory, version)? {
                return Ok(micro);
            }
        }
        let detail = format!(
            "does not say which release of Python {}.{} it is, and neither `build-details.json` nor \
             `patchlevel.h` is there",
            version.0, version.1
        );
        Err(incomplete(root, self.main_file(), detail))
    }

    /// The release that the constants of the code name; none unless they name exactly one.
    fn release(&self, root: &mut Root, version: (u32, u32)) -> Result<Option<u32>, Error> {
        let Some(file) = root.open(self.main_file())? else { return Ok(None) };
        let found = binary::releases(self.main_binary(), file, version);
        let mut found = found
            .map_err(|error| Error::Io {
                operation: "read".to_owned(),
                path: root.display(self.main_file()),
                reason: error.to_string(),
            })?
            .into_iter();
        Ok(found.next().filter(|_| found.next().is_none()))
    }
}

/// Reads a binary by its path free of links.
fn examine(root: &mut Root, path: &str) -> Result<Binary, Error> {
    let Some(file) = root.open(path)? else {
        return Err(incomplete(root, path, "is not there".to_owned()));
    };
    binary::examine(file).map_err(|detail| incomplete(root, path, detail))
}

/// Finds the library of a program by the name that the program states.
fn find_library(
    root: &mut Root,
    path: &str,
    program: &Binary,
    name: &str,
) -> Result<Option<String>, Error> {
    let beside = names::parent(path);
    let file_name = names::file_name(name);
    let mut places = Vec::new();
    match program.format {
        Format::Pe => {
            // Names on Windows are case-insensitive.
            let entries = root.list(beside)?;
            let found = entries.into_iter().find(|entry| entry.eq_ignore_ascii_case(file_name));
            places.extend(found.map(|found| join(beside, &found)));
        }
        Format::MachO => {
            if name.starts_with('/') {
                places.push(name.to_owned());
            }
            for start in ["@executable_path", "@loader_path"] {
                let rest = name.strip_prefix(start);
                places.extend(rest.map(|rest| names::normal(&format!("{beside}{rest}"))));
            }
            places.push(names::normal(&format!("{beside}/../lib/{file_name}")));
        }
        Format::Elf => {
            for directory in &program.run_paths {
                let directory = directory.replace("${ORIGIN}", beside).replace("$ORIGIN", beside);
                places.push(names::normal(&format!("{directory}/{file_name}")));
            }
            for directory in ["lib", "lib64"] {
                places.push(names::normal(&format!("{beside}/../{directory}/{file_name}")));
            }
            for directory in LIBRARY_DIRECTORIES {
                places.push(join(directory, file_name));
            }
            // Debian has a directory for each of its architectures.
            for entry in root.list("/usr/lib")?.iter().filter(|entry| entry.contains("-linux-")) {
                places.push(format!("/usr/lib/{entry}/{file_name}"));
            }
        }
    }
    for place in places {
        if root.is_file(&place)? {
            return Ok(root.look(&place)?.map(|place| place.path));
        }
    }
    Ok(None)
}

/// The last number of the version that `patchlevel.h` defines. None if the file is missing, or is
/// of another version than this.
fn patch_level(
    root: &mut Root,
    directory: &str,
    version: (u32, u32),
) -> Result<Option<u32>, Error> {
    let Some(contents) = root.read(&join(directory, "patchlevel.h"), TEXT_LIMIT)? else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&contents);
    let number = |wanted: &str| {
        text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let is_it = words.next() == Some("#define") && words.next() == Some(wanted);
            words.next().filter(|_| is_it)?.parse::<u32>().ok()
        })
    };
    let found = (number("PY_MAJOR_VERSION"), number("PY_MINOR_VERSION"));
    let is_it = found == (Some(version.0), Some(version.1));
    Ok(number("PY_MICRO_VERSION").filter(|_| is_it))
}
