//! The shapes of an entry in a library directory, each made the way it arises in practice.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// An older version that exists beside another one.
const OLDER: &str = "23.0";

/// A shape.
pub(super) struct Shape {
    /// Its description in the table.
    pub(super) name: &'static str,
    make: fn(&Site),
}

/// A library directory to make a shape in.
pub(super) struct Site {
    library: PathBuf,
    /// A directory outside of the target.
    outside: PathBuf,
    /// The version of the pip.
    version: &'static str,
}

impl Shape {
    /// Makes it for a pip of this version, in an empty library directory. Other files go to a
    /// directory outside of the target.
    pub(super) fn make(&self, library: &Path, outside: &Path, version: &'static str) {
        let site = Site { library: library.to_owned(), outside: outside.to_owned(), version };
        (self.make)(&site);
    }
}

impl Site {
    fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let path = self.library.join(path);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("it can be made");
        fs::write(path, contents).expect("a file can be written");
    }

    fn directory(&self, name: &str) {
        fs::create_dir(self.library.join(name)).expect("a directory can be made");
    }

    /// A name of metadata.
    fn name(&self, suffix: &str) -> String {
        format!("pip-{}{suffix}", self.version)
    }

    fn dist_info(&self) -> String {
        self.name(".dist-info")
    }

    fn package(&self) {
        self.write("pip/__init__.py", format!("__version__ = \"{}\"\n", self.version));
        self.write("pip/__main__.py", "");
    }

    fn metadata(&self) -> String {
        format!("Metadata-Version: 2.1\nName: pip\nVersion: {}\n\nText\n", self.version)
    }

    fn record(&self, metadata: &str) {
        let own = ["METADATA", "RECORD"].map(|name| format!("{metadata}/{name},,\n"));
        let rows = format!("pip/__init__.py,,\npip/__main__.py,,\n{}", own.concat());
        self.write(&format!("{metadata}/RECORD"), rows);
    }

    /// A package with metadata of this name.
    fn whole(&self, metadata: &str) {
        self.package();
        self.write(&format!("{metadata}/METADATA"), self.metadata());
        self.record(metadata);
    }

    /// A complete pip whose `METADATA` has other contents.
    fn stating(&self, contents: impl AsRef<[u8]>) {
        self.whole(&self.dist_info());
        self.write(&format!("{}/METADATA", self.dist_info()), contents);
    }

    /// The metadata of an older version beside it.
    fn older(&self) {
        let metadata = format!("pip-{OLDER}.dist-info");
        self.write(&format!("{metadata}/METADATA"), format!("Name: pip\nVersion: {OLDER}\n"));
        self.record(&metadata);
    }

    /// A link in the library directory.
    fn link(&self, target: impl AsRef<Path>, name: &str) {
        symlink(target, self.library.join(name)).expect("a link can be made");
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.library.join(from), self.library.join(to)).expect("it can be renamed");
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.library.join(path)).expect("it can be removed");
    }
}

/// All of them.
pub(super) const ALL: &[Shape] = &[
    Shape { name: "nothing", make: |_| {} },
    Shape { name: "a whole pip", make: |site| site.whole(&site.dist_info()) },
    Shape { name: "the package alone", make: Site::package },
    Shape {
        name: "metadata alone",
        make: |site| {
            site.write(&format!("{}/METADATA", site.dist_info()), site.metadata());
            site.record(&site.dist_info());
        },
    },
    Shape {
        name: "an empty `.dist-info` directory alone",
        make: |site| site.directory(&site.dist_info()),
    },
    Shape {
        name: "an empty `.dist-info` directory beside the package",
        make: |site| {
            site.package();
            site.directory(&site.dist_info());
        },
    },
    Shape {
        name: "no `METADATA`",
        make: |site| {
            site.package();
            site.record(&site.dist_info());
        },
    },
    Shape {
        name: "no `RECORD`",
        make: |site| {
            site.package();
            site.write(&format!("{}/METADATA", site.dist_info()), site.metadata());
        },
    },
    Shape {
        name: "`RECORD` with absolute paths",
        make: |site| {
            site.whole(&site.dist_info());
            let library = site.library.to_str().expect("it is UTF-8");
            let rows = ["__init__.py", "__main__.py"];
            let rows = rows.map(|name| format!("{library}/pip/{name},,\n")).concat();
            site.write(&format!("{}/RECORD", site.dist_info()), rows);
        },
    },
    Shape {
        name: "`RECORD` with paths of another machine",
        make: |site| {
            site.whole(&site.dist_info());
            let rows = "/build/pip/__init__.py,,\n/build/pip/__main__.py,,\n";
            site.write(&format!("{}/RECORD", site.dist_info()), rows);
        },
    },
    Shape { name: "`METADATA` is empty", make: |site| site.stating("") },
    Shape { name: "`METADATA` without a version", make: |site| site.stating("Name: pip\n") },
    Shape {
        name: "`METADATA` with another version",
        make: |site| site.stating(format!("Name: pip\nVersion: {OLDER}\n")),
    },
    Shape {
        name: "`METADATA` with another name",
        make: |site| site.stating(site.metadata().replace("Name: pip", "Name: other")),
    },
    Shape {
        name: "`METADATA` in lower case, with CRLF",
        make: |site| site.stating(site.metadata().to_lowercase().replace('\n', "\r\n")),
    },
    Shape {
        name: "`METADATA` that is not UTF-8",
        make: |site| site.stating([site.metadata().as_bytes(), b"\xff\n"].concat()),
    },
    Shape {
        name: "`METADATA` is a directory",
        make: |site| {
            site.whole(&site.dist_info());
            site.remove(&format!("{}/METADATA", site.dist_info()));
            site.write(&format!("{}/METADATA/file", site.dist_info()), "");
        },
    },
    Shape {
        name: "`METADATA` is a link",
        make: |site| {
            site.whole(&site.dist_info());
            let metadata = format!("{}/METADATA", site.dist_info());
            site.rename(&metadata, "kept");
            site.link("../kept", &metadata);
        },
    },
    Shape {
        name: "`PKG-INFO` in place of `METADATA`",
        make: |site| {
            site.whole(&site.dist_info());
            let directory = site.dist_info();
            site.rename(&format!("{directory}/METADATA"), &format!("{directory}/PKG-INFO"));
        },
    },
    Shape {
        name: "`PiP-….dist-info`",
        make: |site| site.whole(&site.dist_info().replace("pip", "PiP")),
    },
    Shape { name: "`pip-….DIST-INFO`", make: |site| site.whole(&site.name(".DIST-INFO")) },
    Shape { name: "`pip.dist-info`", make: |site| site.whole("pip.dist-info") },
    Shape {
        name: "`pip-….post1.dist-info`, spelled `-1`",
        make: |site| site.whole(&site.name("-1.dist-info")),
    },
    Shape { name: "`pip-zzz.dist-info`", make: |site| site.whole("pip-zzz.dist-info") },
    Shape {
        name: "`pip_-….dist-info`",
        make: |site| site.whole(&site.dist_info().replace("pip", "pip_")),
    },
    Shape {
        name: "`~ip-….dist-info`",
        make: |site| site.whole(&site.dist_info().replace("pip", "~ip")),
    },
    Shape {
        name: "`-ip-….dist-info`",
        make: |site| site.whole(&site.dist_info().replace("pip", "-ip")),
    },
    Shape {
        name: "`other-….dist-info` that states the name pip",
        make: |site| site.whole(&site.dist_info().replace("pip", "other")),
    },
    Shape {
        name: "a file named `.dist-info`",
        make: |site| {
            site.package();
            site.write(&site.dist_info(), site.metadata());
        },
    },
    Shape {
        name: "an empty file named `.dist-info`, alone",
        make: |site| site.write(&site.dist_info(), ""),
    },
    Shape {
        name: "a link to a `.dist-info` directory inside",
        make: |site| {
            site.whole("kept");
            site.link("kept", &site.dist_info());
        },
    },
    Shape {
        name: "a link to a `.dist-info` directory outside",
        make: |site| {
            site.whole("kept");
            fs::rename(site.library.join("kept"), &site.outside).expect("it can be renamed");
            site.link(&site.outside, &site.dist_info());
        },
    },
    Shape {
        name: "a dangling link named `.dist-info`",
        make: |site| {
            site.package();
            site.link("nowhere", &site.dist_info());
        },
    },
    Shape {
        name: "the package is a link inside",
        make: |site| {
            site.whole(&site.dist_info());
            site.rename("pip", "kept");
            site.link("kept", "pip");
        },
    },
    Shape {
        name: "an older `.dist-info` beside a whole pip",
        make: |site| {
            site.whole(&site.dist_info());
            site.older();
        },
    },
    Shape {
        name: "an empty older `.dist-info` beside a whole pip",
        make: |site| {
            site.whole(&site.dist_info());
            site.directory(&format!("pip-{OLDER}.dist-info"));
        },
    },
    Shape {
        name: "the same version twice, in another case",
        make: |site| {
            site.whole(&site.dist_info());
            site.whole(&site.dist_info().to_uppercase());
        },
    },
    Shape {
        name: "a newer `.dist-info` beside a whole pip",
        make: |site| {
            site.whole(&site.dist_info());
            site.write("pip-99.dist-info/METADATA", "Name: pip\nVersion: 99\n");
            site.record("pip-99.dist-info");
        },
    },
    Shape {
        name: "an `.egg-info` file",
        make: |site| {
            site.package();
            site.write(&site.name("-py3.8.egg-info"), site.metadata());
        },
    },
    Shape {
        name: "an `.EGG-INFO` file",
        make: |site| {
            site.package();
            site.write(&site.name(".EGG-INFO"), site.metadata());
        },
    },
    Shape {
        name: "an `.egg-info` directory",
        make: |site| {
            site.package();
            site.write(&site.name("-py3.8.egg-info/PKG-INFO"), site.metadata());
        },
    },
    Shape {
        name: "an `.egg-info` directory without a version in its name",
        make: |site| {
            site.package();
            site.write("pip.egg-info/PKG-INFO", site.metadata());
        },
    },
    Shape {
        name: "an empty `.egg-info` directory",
        make: |site| {
            site.package();
            site.directory(&site.name(".egg-info"));
        },
    },
    Shape {
        name: "a link to an `.egg-info` file",
        make: |site| {
            site.package();
            site.write("kept", site.metadata());
            site.link("kept", &site.name(".egg-info"));
        },
    },
    Shape {
        name: "an `.egg-info` file beside a whole pip",
        make: |site| {
            site.whole(&site.dist_info());
            site.write(&format!("pip-{OLDER}.egg-info"), format!("Name: pip\nVersion: {OLDER}\n"));
        },
    },
    Shape { name: "an `.egg-link`", make: |site| site.write("pip.egg-link", "/somewhere/src\n.") },
    Shape {
        name: "an `.egg` directory",
        make: |site| {
            site.write(&site.name("-py3.8.egg/pip/__init__.py"), "");
            site.write(&site.name("-py3.8.egg/EGG-INFO/PKG-INFO"), site.metadata());
        },
    },
    Shape { name: "an `.egg` file", make: |site| site.write(&site.name("-py3.8.egg"), "PK") },
];
