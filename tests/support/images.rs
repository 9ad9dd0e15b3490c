//! Debian images, made by `mmdebstrap` from the mirror that apt is configured for.
//!
//! An image is made once in a checkout and kept below cargo's target directory; tests get copies.
//! Its packages are unpacked and not configured: no script of theirs runs, so that one for another
//! CPU takes no longer.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::pip_wheel::NEWEST;
use super::process::Program;

/// Where images are kept from one run to the next.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/images");

/// The `PATH` of a Debian system, and of whoever makes one.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Links `/bin`, `/lib` and `/sbin` to `/usr`, as in every installed Debian. Unpacked packages alone
/// have both directories.
const MERGED_USR: &str = "/usr/share/mmdebstrap/hooks/merged-usr";

/// Debian's names of CPUs, and those of Rust and of the emulators.
const CPUS: &[(&str, &str)] = &[
    ("amd64", "x86_64"),
    ("arm64", "aarch64"),
    ("armel", "arm"),
    ("armhf", "arm"),
    ("i386", "i386"),
    ("mips64el", "mips64el"),
    ("mipsel", "mipsel"),
    ("ppc64el", "ppc64le"),
    ("riscv64", "riscv64"),
    ("s390x", "s390x"),
];

/// An arm64 CPU without pointer authentication. Emulating that takes a hundred times as long as the rest.
const EMULATED_ARM64: &str = "cortex-a72";

/// How to make an image, and what is known of the Python in it.
pub(crate) struct Recipe {
    /// Debian's name of the release.
    suite: &'static str,
    /// Debian's name of the CPU; the machine's own if there is none.
    architecture: Option<&'static str>,
    packages: &'static [&'static str],
    is_usr_merged: bool,
    /// The interpreter's path in the image.
    pub(crate) python: &'static str,
    /// As in `pip3.11`.
    pub(crate) version: &'static str,
    /// Where Debian's Python has what is not Debian's, from the root.
    pub(crate) library: &'static str,
    /// Whether there is an `EXTERNALLY-MANAGED`.
    pub(crate) is_marked: bool,
    /// The newest pip that runs on it.
    pub(crate) pip: &'static str,
    /// Whether the suite moves on, so that a mirror may no longer have these packages.
    pub(crate) is_moving: bool,
}

/// Debian 11.
pub(crate) const BULLSEYE: Recipe = Recipe {
    suite: "bullseye",
    architecture: None,
    // distutils is where that Python has its installation schemes from.
    packages: &["python3-minimal", "libpython3-stdlib", "python3-distutils"],
    is_usr_merged: false,
    python: "/usr/bin/python3",
    version: "3.9",
    library: "usr/local/lib/python3.9/dist-packages",
    is_marked: false,
    pip: "26.0.1",
    is_moving: false,
};

/// Debian 11 without distutils, as it is without `python3-distutils`, and with its wheels of pip.
pub(crate) const BULLSEYE_WITHOUT_DISTUTILS: Recipe =
    Recipe { packages: &["python3-minimal", "libpython3-stdlib", "python-pip-whl"], ..BULLSEYE };

/// Debian 12 with the part of the standard library that the interpreter's package needs.
pub(crate) const BOOKWORM_MINIMAL: Recipe = Recipe { packages: &["python3-minimal"], ..BOOKWORM };

/// Debian 12.
pub(crate) const BOOKWORM: Recipe = Recipe {
    suite: "bookworm",
    architecture: None,
    packages: &["python3-minimal", "libpython3-stdlib"],
    is_usr_merged: true,
    python: "/usr/bin/python3",
    version: "3.11",
    library: "usr/local/lib/python3.11/dist-packages",
    is_marked: true,
    pip: NEWEST,
    is_moving: false,
};

/// Debian 12 with no other Python than PyPy.
pub(crate) const BOOKWORM_PYPY: Recipe = Recipe {
    suite: "bookworm",
    architecture: None,
    packages: &["pypy3"],
    is_usr_merged: true,
    python: "/usr/bin/pypy3",
    version: "3.9",
    library: "usr/local/lib/pypy3.9/dist-packages",
    is_marked: true,
    pip: "26.0.1",
    is_moving: false,
};

/// Debian 13 for another CPU.
pub(crate) const TRIXIE_ARM64: Recipe = Recipe {
    suite: "trixie",
    architecture: Some("arm64"),
    packages: &["python3-minimal", "libpython3-stdlib"],
    is_usr_merged: true,
    python: "/usr/bin/python3",
    version: "3.13",
    library: "usr/local/lib/python3.13/dist-packages",
    is_marked: true,
    pip: NEWEST,
    is_moving: false,
};

/// Python 3.14 of Debian's unstable suite, with `ensurepip`.
pub(crate) const SID_3_14: Recipe = Recipe {
    packages: &["python3.14-venv"],
    python: "/usr/bin/python3.14",
    version: "3.14",
    library: "usr/local/lib/python3.14/dist-packages",
    ..SID_3_15
};

/// Python 3.15 of Debian's unstable suite, with `ensurepip`.
pub(crate) const SID_3_15: Recipe = Recipe {
    suite: "sid",
    architecture: None,
    packages: &["python3.15-venv"],
    is_usr_merged: true,
    python: "/usr/bin/python3.15",
    version: "3.15",
    library: "usr/local/lib/python3.15/dist-packages",
    is_marked: true,
    pip: NEWEST,
    is_moving: true,
};

/// Debian 12 for each CPU that it has, and Debian 13 for the one that came with it.
pub(crate) static ARCHITECTURES: [&Recipe; 10] = [
    &bookworm("s390x"),
    &bookworm("mipsel"),
    &bookworm("i386"),
    &bookworm("amd64"),
    &bookworm("arm64"),
    &bookworm("armel"),
    &bookworm("armhf"),
    &bookworm("mips64el"),
    &bookworm("ppc64el"),
    &Recipe { architecture: Some("riscv64"), ..TRIXIE_ARM64 },
];

/// Debian 12 for a CPU.
const fn bookworm(architecture: &'static str) -> Recipe {
    Recipe { architecture: Some(architecture), ..BOOKWORM }
}

/// A copy of an image.
pub(crate) struct Image {
    pub(crate) recipe: &'static Recipe,
    pub(crate) root: PathBuf,
}

impl Recipe {
    /// What it is spoken of as.
    pub(crate) fn name(&self) -> String {
        let python = self.python.trim_start_matches("/usr/bin/");
        let architecture = self.architecture.unwrap_or("native");
        format!("{} {architecture} {python}", self.suite)
    }

    /// Copies the image to a place that is free, or tells what is missing for that.
    pub(crate) fn copy_to(&'static self, root: &Path) -> Result<Image, String> {
        let original = self.made()?;
        copy(&original, root);
        Ok(Image { recipe: self, root: root.to_owned() })
    }

    /// The image in the cache, which is made now if it is not there. A failure is remembered: one
    /// wait for a mirror that does not answer is enough.
    fn made(&self) -> Result<PathBuf, String> {
        static MADE: Mutex<BTreeMap<String, Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());
        let name = self.file_name();
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(name.clone()).or_insert_with(|| self.make(&Path::new(CACHE).join(name))).clone()
    }

    /// What runs programs of the image; none if this machine does.
    fn emulator(&self) -> Option<PathBuf> {
        let (_, cpu) = CPUS.iter().find(|(name, _)| Some(*name) == self.architecture)?;
        let is_own = *cpu == std::env::consts::ARCH;
        (!is_own).then(|| PathBuf::from(format!("/usr/bin/qemu-{cpu}-static")))
    }

    /// What tells images apart.
    fn file_name(&self) -> String {
        let architecture = self.architecture.unwrap_or(std::env::consts::ARCH);
        let merged = if self.is_usr_merged { "merged" } else { "split" };
        format!("{}-{architecture}-{merged}-{}", self.suite, self.packages.join("-"))
    }

    fn make(&self, image: &Path) -> Result<PathBuf, String> {
        // Only root can make one whose files are root's, and look at it as its programs would.
        if fs::metadata("/proc/self").map_or(0, |own| own.uid()) != 0 {
            return Err(format!("{}, for which one must be root", self.name()));
        }
        if let Some(emulator) = self.emulator().filter(|emulator| !emulator.exists()) {
            return Err(format!("{} for {}", emulator.display(), self.name()));
        }
        if image.is_dir() {
            return Ok(image.to_owned());
        }
        let unfinished = image.with_extension(std::process::id().to_string());
        fs::create_dir_all(CACHE).expect("the target directory can be written");
        // These run in the environment of the test: that is where they are told how to get out.
        let mut command = Command::new("mmdebstrap");
        command
            .args(["--quiet", "--variant=extract"])
            // A mirror may lag behind what a suite that changes daily allows.
            .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
            .arg(format!("--include={}", self.packages.join(",")));
        if let Some(architecture) = self.architecture {
            command.arg(format!("--architectures={architecture}"));
        }
        if self.is_usr_merged {
            command.arg(format!("--hook-dir={MERGED_USR}"));
        }
        if self.is_moving {
            // The lists of such a suite expire after a week, and a copy of a mirror can be older.
            command.arg(r#"--aptopt=Acquire::Check-Valid-Until "false""#);
        }
        command.arg(self.suite).arg(&unfinished).arg(mirror()?).stdin(Stdio::null());
        let failure = match command.output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(failure) = failure {
            let _ = fs::remove_dir_all(&unfinished);
            return Err(format!("{} (mmdebstrap: {})", self.name(), failure.trim_end()));
        }
        // What configuring the package would make, and Debian's pip reads at its start.
        let certificates = unfinished.join("usr/share/ca-certificates");
        if certificates.is_dir() {
            write_certificates(&certificates, &unfinished.join("etc/ssl/certs"));
        }
        // Devices cannot be compared, and are not needed.
        fs::remove_dir_all(unfinished.join("dev")).expect("a new image can be changed");
        fs::create_dir(unfinished.join("dev")).expect("a new image can be changed");
        // Where another process was faster, this one is as good and goes.
        if fs::rename(&unfinished, image).is_err() {
            let _ = fs::remove_dir_all(&unfinished);
        }
        Ok(image.to_owned())
    }
}

impl Image {
    /// The tool under test, told to install into it against the will of its distributor.
    pub(crate) fn tool(&self, home: &Path) -> Program {
        let tool = Program::under_test(home).argument("--root").argument(&self.root);
        if self.recipe.is_marked { tool.argument("--break-system-packages") } else { tool }
    }

    /// The tool under test, run in a chroot. It must be an image for this machine.
    pub(crate) fn tool_inside(&self, home: &Path) -> Program {
        let inside = Path::new("/ensurepip-host");
        if !self.at(inside).exists() {
            fs::copy(env!("CARGO_BIN_EXE_ensurepip-host"), self.at(inside)).expect("it is copied");
            // It opens this for programs that get nothing to read, and the image has no devices.
            fs::write(self.at("/dev/null"), "").expect("the image takes a file");
        }
        self.program(inside, home)
    }

    /// Its Python, run in a chroot and if need be by an emulator.
    pub(crate) fn python(&self, home: &Path) -> Program {
        self.program(Path::new(self.recipe.python), home)
    }

    /// A program of the image, run in a chroot and if need be by an emulator.
    pub(crate) fn program(&self, path: &Path, home: &Path) -> Program {
        let program =
            Program::new(Path::new("chroot"), home).environment("PATH", PATH).argument(&self.root);
        let program = match self.recipe.emulator() {
            None => program,
            Some(emulator) => {
                let inside = self.at(&emulator);
                if !inside.exists() {
                    fs::copy(&emulator, inside).expect("the emulator can be copied");
                }
                let program = if self.recipe.architecture == Some("arm64") {
                    program.environment("QEMU_CPU", EMULATED_ARM64)
                } else {
                    program
                };
                program.argument(emulator)
            }
        };
        program
            .environment("HOME", "/")
            .environment("PIP_CONFIG_FILE", "/dev/null")
            .environment("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .environment("PIP_ROOT_USER_ACTION", "ignore")
            .argument(path)
    }

    /// Where a path of the image is on this machine.
    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

/// Copies a tree with modes, times and owners to a place that is free.
pub(crate) fn copy(from: &Path, to: &Path) {
    let output = Command::new("cp").args(["-a", "--reflink=auto"]).args([from, to]).output();
    let output = output.expect("cp runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Writes the bundle of all certificates in a directory.
fn write_certificates(from: &Path, to: &Path) {
    let arguments = ["-name", "*.crt", "-exec", "cat", "{}", "+"];
    let output = Command::new("find").arg(from).args(arguments).output().expect("find runs");
    fs::create_dir_all(to).expect("a new image can be changed");
    fs::write(to.join("ca-certificates.crt"), output.stdout).expect("a new image can be changed");
}

/// The mirror of Debian that apt is configured for. Other releases are there as well.
fn mirror() -> Result<String, String> {
    let output = Command::new("apt-get")
        .args(["indextargets", "--format", "$(REPO_URI)"])
        .args(["Created-By: Packages", "Origin: Debian", "Label: Debian", "Component: main"])
        .output();
    let output = output.map_err(|_| "apt-get, and so the images of Debian".to_owned())?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let first = told.lines().next().map(str::to_owned);
    first.ok_or_else(|| "a mirror of Debian (`apt-get update` makes it known)".to_owned())
}
