//! Debian images, made by `mmdebstrap` from the mirror that apt is configured for.
//!
//! An image is made once in a checkout and kept below cargo's target directory; tests get copies.
//! Its packages are unpacked but not configured: none of their scripts runs, so that an image for
//! another CPU takes no longer.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::pip_wheel::NEWEST;
use super::process::Program;

/// Where images are kept between test runs.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/images");

/// The `PATH` of a Debian system, also used for making one.
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

/// An arm64 CPU without pointer authentication, whose emulation takes a hundred times as long as the
/// rest.
const EMULATED_ARM64: &str = "cortex-a72";

/// How to make an image, and facts about its Python.
pub(crate) struct Recipe {
    /// Debian's name of the release.
    suite: &'static str,
    /// Debian's name of the CPU; the machine's own if there is none.
    architecture: Option<&'static str>,
    packages: &'static [&'static str],
    is_usr_merged: bool,
    /// The interpreter's path in the image.
    pub(crate) python: &'static str,
    /// Its version, as in `pip3.11`.
    pub(crate) version: &'static str,
    /// Where Debian's Python has packages that are not Debian's, relative to the root.
    pub(crate) library: &'static str,
    /// Whether there is an `EXTERNALLY-MANAGED`.
    pub(crate) is_marked: bool,
    /// The newest pip that runs on it.
    pub(crate) pip: &'static str,
    /// Whether the suite changes, so that a mirror may no longer have these packages.
    pub(crate) is_moving: bool,
}

/// Debian 11.
pub(crate) const BULLSEYE: Recipe = Recipe {
    suite: "bullseye",
    architecture: None,
    // That Python has its install schemes from distutils.
    packages: &["python3-minimal", "libpython3-stdlib", "python3-distutils"],
    is_usr_merged: false,
    python: "/usr/bin/python3",
    version: "3.9",
    library: "usr/local/lib/python3.9/dist-packages",
    is_marked: false,
    pip: "26.0.1",
    is_moving: false,
};

/// Debian 11 without the package `python3-distutils`, and with its wheels of pip.
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

/// Debian 12 with Debian's own pip.
pub(crate) const BOOKWORM_PIP: Recipe =
    Recipe { packages: &["python3-minimal", "libpython3-stdlib", "python3-pip"], ..BOOKWORM_AMD64 };

/// Debian 12 for the CPU that most machines have.
pub(crate) const BOOKWORM_AMD64: Recipe = bookworm("amd64");

/// Debian 12 for a big-endian CPU.
pub(crate) const BOOKWORM_S390X: Recipe = bookworm("s390x");

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

/// Debian 13.
pub(crate) const TRIXIE: Recipe = Recipe { architecture: None, ..TRIXIE_ARM64 };

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
    /// Its name in messages.
    pub(crate) fn name(&self) -> String {
        let python = self.python.trim_start_matches("/usr/bin/");
        let architecture = self.architecture.unwrap_or("native");
        format!("{} {architecture} {python}", self.suite)
    }

    /// Copies the image to an unused place. The error states what is missing.
    pub(crate) fn copy_to(&'static self, root: &Path) -> Result<Image, String> {
        let original = self.made()?;
        copy(&original, root);
        Ok(Image { recipe: self, root: root.to_owned() })
    }

    /// The image in the cache, which is made now if it is missing. A failure is remembered, so that
    /// a mirror which does not answer costs only one wait.
    pub(crate) fn made(&self) -> Result<PathBuf, String> {
        static MADE: Mutex<BTreeMap<String, Result<PathBuf, String>>> = Mutex::new(BTreeMap::new());
        let name = self.file_name();
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(name.clone()).or_insert_with(|| self.make(&Path::new(CACHE).join(name))).clone()
    }

    /// The emulator for programs of the image; none if this machine can run them.
    pub(crate) fn emulator(&self) -> Option<PathBuf> {
        let (_, cpu) = CPUS.iter().find(|(name, _)| Some(*name) == self.architecture)?;
        let is_own = *cpu == std::env::consts::ARCH;
        (!is_own).then(|| PathBuf::from(format!("/usr/bin/qemu-{cpu}-static")))
    }

    /// Debian's name of the CPU.
    pub(crate) fn cpu(&self) -> &'static str {
        let own = || CPUS.iter().find(|(_, cpu)| *cpu == std::env::consts::ARCH);
        self.architecture.or_else(|| own().map(|(name, _)| *name)).unwrap_or("native")
    }

    /// A distinct name for each image.
    pub(crate) fn file_name(&self) -> String {
        let architecture = self.cpu();
        let merged = if self.is_usr_merged { "merged" } else { "split" };
        format!("{}-{architecture}-{merged}-{}", self.suite, self.packages.join("-"))
    }

    fn make(&self, image: &Path) -> Result<PathBuf, String> {
        // Only root can make an image whose files are root's, and see it as its programs would.
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
        // This runs in the environment of the test, which has the network settings.
        let mut command = Command::new("mmdebstrap");
        command
            .args(["--quiet", "--variant=extract"])
            // A mirror may be further behind than a suite that changes daily permits.
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
        // Configuring the package would make this file, which Debian's pip reads at its start.
        let certificates = unfinished.join("usr/share/ca-certificates");
        if certificates.is_dir() {
            write_certificates(&certificates, &unfinished.join("etc/ssl/certs"));
        }
        // Devices cannot be compared, and are not needed.
        fs::remove_dir_all(unfinished.join("dev")).expect("a new image can be changed");
        fs::create_dir(unfinished.join("dev")).expect("a new image can be changed");
        // If another process was faster, its image is as good, and this one is removed.
        if fs::rename(&unfinished, image).is_err() {
            let _ = fs::remove_dir_all(&unfinished);
        }
        Ok(image.to_owned())
    }
}

impl Image {
    /// The tool under test, with options to install into the image even if its distributor forbids
    /// it.
    pub(crate) fn tool(&self, home: &Path) -> Program {
        let tool = Program::under_test(home).argument("--root").argument(&self.root);
        if self.recipe.is_marked { tool.argument("--break-system-packages") } else { tool }
    }

    /// The tool under test, run in a chroot. The image must be for this machine.
    pub(crate) fn tool_inside(&self, home: &Path) -> Program {
        let inside = Path::new("/ensurepip-host");
        if !self.at(inside).exists() {
            fs::copy(env!("CARGO_BIN_EXE_ensurepip-host"), self.at(inside)).expect("it is copied");
            // The tool opens it for programs without input, and the image has no devices.
            fs::write(self.at("/dev/null"), "").expect("the image takes a file");
        }
        self.program(inside, home)
    }

    /// Its Python, run in a chroot and, if necessary, by an emulator.
    pub(crate) fn python(&self, home: &Path) -> Program {
        self.program(Path::new(self.recipe.python), home)
    }

    /// A program of the image, run in a chroot and, if necessary, by an emulator.
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

    /// The path on this machine of a path in the image.
    pub(crate) fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

/// Copies a tree with modes, times and owners to an unused place.
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

/// The mirror of Debian that apt is configured for. It has other releases as well.
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
