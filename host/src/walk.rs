//! Opens many directories of a tree, one after the other, from handle to handle.

use cap_fs_ext::DirExt as _;
use cap_std::fs::Dir;
use std::io;

/// Opens directories below another one, without following links. It keeps the parent of the last one
/// open, because directories mostly come with others of the same parent.
pub(crate) struct Walk<'top> {
    top: &'top Dir,
    /// The path of the parent, and the parent itself.
    parent: Option<(String, Dir)>,
}

impl<'top> Walk<'top> {
    /// Begins below a directory.
    pub(crate) fn below(top: &'top Dir) -> Walk<'top> {
        Walk { top, parent: None }
    }

    /// Opens the directory at a path, with `/`; the empty path is that of the top.
    pub(crate) fn open(&mut self, path: &str) -> io::Result<Dir> {
        if path.is_empty() {
            return self.top.try_clone();
        }
        let Some((parent, name)) = path.rsplit_once('/') else {
            return self.top.open_dir_nofollow(path);
        };
        match &self.parent {
            Some((kept, directory)) if kept == parent => directory.open_dir_nofollow(name),
            _ => {
                // Closed first: a process may have as few as 16 open files.
                self.parent = None;
                let (first, rest) = parent.split_once('/').unwrap_or((parent, ""));
                let mut directory = self.top.open_dir_nofollow(first)?;
                for name in rest.split_terminator('/') {
                    directory = directory.open_dir_nofollow(name)?;
                }
                let found = directory.open_dir_nofollow(name);
                self.parent = Some((parent.to_owned(), directory));
                found
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Walk;
    use cap_std::ambient_authority;
    use cap_std::fs::Dir;
    use std::fs;

    #[test]
    fn directories_are_opened_in_any_order_and_links_are_not_followed() {
        let scratch = tempfile::tempdir().expect("there is room");
        for path in ["a/b/c", "a/b/d", "a/e", "f"] {
            let directory = scratch.path().join(path);
            fs::create_dir_all(&directory).expect("it can be made");
            fs::write(directory.join("name"), path).expect("there is room");
        }
        let top = Dir::open_ambient_dir(scratch.path(), ambient_authority());
        let top = top.expect("it can be opened");
        #[cfg(unix)]
        top.symlink("a", "link").expect("it can be made");
        let mut walk = Walk::below(&top);
        for path in ["a/b/c", "a/b/d", "f", "a/b/d", "a/e", "a/b/c"] {
            let found = walk.open(path).expect("it exists");
            assert_eq!(found.read_to_string("name").expect("it has a name"), path);
        }
        assert!(walk.open("").is_ok_and(|found| found.exists("a/e")));
        for path in
            ["g", "a/g", "a/b/c/name", "g/h/i", "link", "link/b", "link/b/c", "a/..", "../a"]
        {
            assert!(walk.open(path).is_err(), "{path}");
        }
    }
}
