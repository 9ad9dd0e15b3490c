//! The obstacles that can be in a place.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

/// An obstacle in the place of a file or directory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Obstacle {
    /// A link to a decoy outside, by its absolute path.
    LinkOutside,
    /// A link to another directory inside.
    LinkInside,
    /// A link to nothing.
    LinkDangling,
    /// A directory with another user's file in it.
    Directory,
    /// A file.
    File,
    /// A second name of a file outside.
    HardLink,
    /// A FIFO, which never answers.
    Fifo,
    Socket,
    /// Devices: one without contents, one without an end.
    Null,
    Zero,
    /// The existing file or directory, or a new one, made immutable.
    Immutable,
    /// The same, made append-only.
    AppendOnly,
}

use Obstacle::{
    AppendOnly, Directory, Fifo, File, HardLink, Immutable, LinkDangling, LinkInside, LinkOutside,
    Null, Socket, Zero,
};

pub(super) const ALL: [Obstacle; 12] = [
    LinkOutside,
    LinkInside,
    LinkDangling,
    Directory,
    File,
    HardLink,
    Fifo,
    Socket,
    Null,
    Zero,
    Immutable,
    AppendOnly,
];

impl Obstacle {
    /// Whether it is a link.
    pub(super) fn is_link(self) -> bool {
        matches!(self, LinkOutside | LinkInside | LinkDangling)
    }

    /// Whether it is an attribute of the existing file or directory.
    pub(super) fn is_attribute(self) -> bool {
        matches!(self, Immutable | AppendOnly)
    }

    /// Puts it in a place, instead of the present contents. The decoy is a directory with a `file`
    /// in it. Returns whether that is possible here.
    pub(super) fn put(self, place: &Path, is_directory: bool, decoy: &Path) -> bool {
        let parent = place.parent().expect("it has a parent");
        fs::create_dir_all(parent).expect("directories can be made");
        let is_there = place.symlink_metadata().is_ok();
        if self.is_attribute() {
            if !is_there && is_directory {
                fs::create_dir(place).expect("the place is free");
            } else if !is_there {
                fs::write(place, "theirs").expect("the place is free");
            }
            return attribute(place, if self == Immutable { "+i" } else { "+a" });
        }
        if place.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            fs::remove_dir_all(place).expect("it is the test's own");
        } else if is_there {
            fs::remove_file(place).expect("it is the test's own");
        }
        let done = match self {
            LinkOutside if is_directory => symlink(decoy, place),
            LinkOutside => symlink(decoy.join("file"), place),
            LinkInside => symlink("/inside", place),
            LinkDangling => symlink("/nowhere/at/all", place),
            Directory => fs::create_dir(place).and_then(|()| fs::write(place.join("theirs"), "")),
            File => fs::write(place, "theirs"),
            HardLink => fs::hard_link(decoy.join("file"), place),
            Fifo => node(place, FileType::Fifo, 0),
            Socket => socket(place, decoy),
            Null => node(place, FileType::CharacterDevice, makedev(1, 3)),
            Zero => node(place, FileType::CharacterDevice, makedev(1, 5)),
            Immutable | AppendOnly => Ok(()),
        };
        done.is_ok()
    }
}

/// Clears the attributes of everything below a directory, so that it can be removed.
pub(super) fn release(directory: &Path) {
    let _ = Command::new("chattr").args(["-R", "-i", "-a"]).arg(directory).output();
}

fn attribute(place: &Path, change: &str) -> bool {
    let done = Command::new("chattr").arg(change).arg(place).output();
    done.is_ok_and(|output| output.status.success())
}

fn node(place: &Path, kind: FileType, device: u64) -> std::io::Result<()> {
    Ok(mknodat(CWD, place, kind, Mode::from(0o666), device)?)
}

/// Made beside the decoy and moved: the path of a socket must be short where it is made.
fn socket(place: &Path, decoy: &Path) -> std::io::Result<()> {
    let made = decoy.with_file_name("socket");
    UnixListener::bind(&made)?;
    fs::rename(made, place)
}
