//! Overlays: file systems that never change their lower layer, and do not rename its directories.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A kind of overlay.
pub(crate) struct Kind {
    /// Its name in messages.
    pub(crate) name: &'static str,
    /// The program of a file system in user space; none for the kernel's.
    program: Option<&'static str>,
    /// Options of the mount, each after a comma.
    options: &'static str,
    /// Whether it renames a directory of its lower layer.
    pub(crate) renames_directories: bool,
    /// Whether builders use it, as root and as another user.
    pub(crate) is_first_choice: bool,
}

/// As container runtimes mount them.
pub(crate) const PLAIN: Kind = Kind {
    name: "overlay",
    program: None,
    options: "",
    renames_directories: false,
    is_first_choice: true,
};

/// All kinds.
pub(crate) const KINDS: &[Kind] = &[
    PLAIN,
    Kind { name: "userxattr", is_first_choice: false, options: ",userxattr", ..PLAIN },
    Kind { name: "index", is_first_choice: false, options: ",index=on", ..PLAIN },
    Kind {
        name: "metacopy",
        is_first_choice: false,
        options: ",metacopy=on,redirect_dir=on",
        renames_directories: true,
        ..PLAIN
    },
    Kind { name: "fuse-overlayfs", program: Some("fuse-overlayfs"), ..PLAIN },
];

/// A mounted overlay, which is unmounted with the test.
pub(crate) struct Overlay {
    kind: &'static Kind,
    lower: PathBuf,
    place: PathBuf,
}

impl Overlay {
    /// Mounts one with this lower layer at a directory, which is made if it is missing. Its other
    /// directories are beside that. The error states what is missing.
    pub(crate) fn mount(
        kind: &'static Kind,
        lower: &Path,
        place: &Path,
    ) -> Result<Overlay, String> {
        let overlay = Overlay { kind, lower: lower.to_owned(), place: place.to_owned() };
        fs::create_dir_all(place).expect("a directory can be made");
        overlay.try_mount().map(|()| overlay)
    }

    /// The directory that contains the changes.
    pub(crate) fn upper(&self) -> PathBuf {
        self.place.with_extension("upper")
    }

    /// Discards all changes.
    pub(crate) fn clear(&mut self) {
        self.unmount();
        self.try_mount().expect("it was mounted before");
    }

    fn try_mount(&self) -> Result<(), String> {
        let (upper, work) = (self.upper(), self.place.with_extension("working"));
        for directory in [&upper, &work] {
            let _ = fs::remove_dir_all(directory);
            fs::create_dir(directory).expect("a directory can be made");
        }
        let options = format!(
            "lowerdir={},upperdir={},workdir={}{}",
            self.lower.display(),
            upper.display(),
            work.display(),
            self.kind.options
        );
        let mut mount = Command::new(self.kind.program.unwrap_or("mount"));
        if self.kind.program.is_none() {
            mount.args(["-t", "overlay", "overlay"]);
        }
        let output = mount.arg("-o").arg(options).arg(&self.place).output();
        if output.is_ok_and(|output| output.status.success()) {
            Ok(())
        } else {
            Err(format!("{}, which can be mounted by root", self.kind.name))
        }
    }

    fn unmount(&self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.place).output();
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        self.unmount();
    }
}
