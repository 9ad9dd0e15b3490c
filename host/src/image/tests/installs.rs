//! pip in made-up images of every kind: which files exist afterwards, and which do not.

use super::binaries::{self, Made, elf, of_version, pe, plain};
use super::tree::{Tree, X86_64};
use crate::{Bootstrap, Outcome};
use std::collections::BTreeSet;
use std::fs;

/// The machine numbers of the CPUs, such as `e_machine`.
const AARCH64: u16 = 183;
const PE_AMD64: u16 = 0x8664;
const PE_I386: u16 = 0x14c;
const PE_ARM64: u16 = 0xaa64;

/// What is expected of an image: where pip's modules and scripts are, and how the scripts begin.
struct Expected {
    library: &'static str,
    scripts: &'static str,
    names: &'static [&'static str],
    start: &'static [u8],
}

/// Every file of a tree, by its path in the image.
fn files(tree: &Tree) -> BTreeSet<String> {
    let (mut found, mut pending) = (BTreeSet::new(), vec![String::new()]);
    while let Some(directory) = pending.pop() {
        for entry in tree.path(&directory).read_dir().expect("it can be listed").flatten() {
            let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().expect("it is there").is_dir() {
                pending.push(path);
            } else {
                found.insert(path);
            }
        }
    }
    found
}

/// Installs pip, checks every new file, and removes pip again.
fn check(tree: &Tree, python: Option<&str>, executable: Option<&str>, expected: &Expected) {
    let before = files(tree);
    let bootstrap = || {
        let mut bootstrap = Bootstrap::new().root(tree.path("/")).manifest(true);
        if let Some(python) = python {
            bootstrap = bootstrap.python(python);
        }
        match executable {
            Some(executable) => bootstrap.executable(executable),
            None => bootstrap,
        }
    };
    let report = bootstrap().run().expect("pip can be installed");
    let Outcome::Installed { manifest: Some(manifest), bytecode: 0, .. } = report.outcome else {
        panic!("{report:?}");
    };
    let new: BTreeSet<String> = files(tree).difference(&before).cloned().collect();
    let told = manifest.files.iter().map(|file| file.path.replace('\\', "/"));
    assert_eq!(new, told.collect());
    let version = &report.wheel.version;
    let Expected { library, scripts, names, start } = expected;
    for path in [
        format!("{library}/pip/__init__.py"),
        format!("{library}/pip-{version}.dist-info/RECORD"),
        format!("{library}/pip-{version}.dist-info/INSTALLER"),
    ] {
        assert!(new.contains(&path), "{path}");
    }
    let modules = [format!("{library}/pip/"), format!("{library}/pip-{version}.dist-info/")];
    let others: BTreeSet<&String> = new
        .iter()
        .filter(|path| !modules.iter().any(|directory| path.starts_with(directory)))
        .collect();
    let wanted: Vec<String> = names.iter().map(|name| format!("{scripts}/{name}")).collect();
    assert_eq!(others, wanted.iter().collect());
    for path in wanted {
        let script = fs::read(tree.path(&path)).expect("it is there");
        assert!(script.starts_with(start), "{path} begins with {:?}", &script[..20]);
    }
    bootstrap().uninstall().expect("pip can be removed");
    assert_eq!(files(tree), before);
}

#[test]
fn alpine_image_installs_pip_into_usr() {
    let tree = Tree::new();
    let program = Made { library: "libpython3.12.so.1.0", ..plain() };
    tree.python("/usr", "lib", 12, &program)
        .file("/usr/lib/libpython3.12.so.1.0", elf(X86_64, &of_version(3, 12, 8)));
    let expected = Expected {
        library: "/usr/lib/python3.12/site-packages",
        scripts: "/usr/bin",
        names: &["pip3", "pip3.12"],
        start: b"#!/usr/bin/python3\nimport sys\n",
    };
    check(&tree, None, None, &expected);
}

#[test]
fn fedora_image_installs_pip_into_usr_local_lib() {
    let tree = Tree::new();
    tree.python("/usr", "lib64", 13, &of_version(3, 13, 0)).file(
        "/usr/lib64/python3.13/sysconfig/__init__.py",
        "def get_preferred_scheme(key): ...\n'RPM_BUILD_ROOT'",
    );
    let expected = Expected {
        library: "/usr/local/lib/python3.13/site-packages",
        scripts: "/usr/local/bin",
        names: &["pip3", "pip3.13"],
        start: b"#!/usr/bin/python3\nimport sys\n",
    };
    check(&tree, None, None, &expected);
    // Where the two directories are one, the result is the same.
    tree.directory("/usr/local/lib").link("/usr/local/lib64", "lib");
    check(&tree, None, None, &expected);
}

#[test]
fn standalone_python_for_other_cpu_gets_pip() {
    let tree = Tree::new();
    let program = Made { library: "libpython3.10.so.1.0", run_path: "$ORIGIN/../lib", ..plain() };
    let library = Made { constants: b"\x003.10.14\0", ..plain() };
    tree.python("/opt/python", "lib", 10, &program)
        .program("/opt/python/bin/python3.10", elf(AARCH64, &program))
        .file("/opt/python/lib/libpython3.10.so.1.0", elf(AARCH64, &library));
    let expected = Expected {
        library: "/opt/python/lib/python3.10/site-packages",
        scripts: "/opt/python/bin",
        names: &["pip3", "pip3.10"],
        start: b"#!/opt/python/bin/python3\nimport sys\n",
    };
    check(&tree, None, None, &expected);
}

#[test]
fn macos_framework_installs_pip_into_its_version() {
    const INTEL: u32 = 0x0100_0007;
    const ARM64: u32 = 0x0100_000c;
    let tree = Tree::new();
    let framework = "/Library/Frameworks/Python.framework/Versions/3.12";
    let program =
        Made { library: "/Library/Frameworks/Python.framework/Versions/3.12/Python", ..plain() };
    let library = Made { constants: b"\x003.12.7\0", ..plain() };
    tree.program(
        &format!("{framework}/bin/python3.12"),
        binaries::universal([INTEL, ARM64], &program),
    )
    .link(&format!("{framework}/bin/python3"), "python3.12")
    .file(&format!("{framework}/Python"), binaries::universal([INTEL, ARM64], &library))
    .file(&format!("{framework}/lib/python3.12/os.py"), "")
    .file(
        &format!("{framework}/lib/python3.12/_sysconfigdata__darwin_darwin.py"),
        "build_time_vars = {'ABIFLAGS': '', 'MACHDEP': 'darwin', 'VERSION': '3.12',\n \
         'PYTHONFRAMEWORK': 'Python', 'MACOSX_DEPLOYMENT_TARGET': '10.13'}\n",
    )
    .directory(&format!("{framework}/lib/python3.12/lib-dynload"));
    let expected = Expected {
        library: "/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12/site-packages",
        scripts: "/Library/Frameworks/Python.framework/Versions/3.12/bin",
        names: &["pip3", "pip3.12"],
        start: b"#!/Library/Frameworks/Python.framework/Versions/3.12/bin/python3\nimport sys\n",
    };
    check(&tree, None, None, &expected);
    // The kernel of macOS will read the scripts, whatever system they are made on.
    let start = b"#!/bin/sh\n'''exec' '/a#b/python3' \"$0\" \"$@\"\n' '''\nimport sys\n";
    check(&tree, None, Some("/a#b/python3"), &Expected { start, ..expected });
}

#[test]
fn image_venv_gets_pip_inside_venv() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 8))
        .link("/app/bin/python", "/usr/bin/python3.12")
        .link("/app/lib64", "lib")
        .directory("/app/lib/python3.12/site-packages")
        .file("/app/pyvenv.cfg", "home = /usr/bin\nversion = 3.12.8\n");
    let expected = Expected {
        library: "/app/lib/python3.12/site-packages",
        scripts: "/app/bin",
        names: &["pip3", "pip3.12"],
        start: b"#!/app/bin/python\nimport sys\n",
    };
    check(&tree, Some("/app/bin/python"), None, &expected);
}

/// The launcher is that for the CPU of the image, and names the interpreter with its drive.
#[test]
fn windows_image_install_uses_launcher_of_its_cpu() {
    for (machine, stub) in [(PE_AMD64, "t64.exe"), (PE_I386, "t32.exe"), (PE_ARM64, "t64-arm.exe")]
    {
        let tree = Tree::new();
        let program = Made { library: "python313.dll", ..plain() };
        tree.file("/Python313/python.exe", pe(machine, &program))
            .file("/Python313/python313.dll", pe(machine, &of_version(3, 13, 2)))
            .file("/Python313/Lib/os.py", "");
        let untold = Bootstrap::new().root(tree.path("/")).run().expect_err("which drive?");
        assert_eq!(untold.code(), "unknown-drive", "{untold}");
        assert!(untold.hint().is_some_and(|hint| hint.contains("--executable")));

        let executable = r"C:\Python313\python.exe";
        let expected = Expected {
            library: "/Python313/Lib/site-packages",
            scripts: "/Python313/Scripts",
            names: &["pip3.13.exe", "pip3.exe"],
            start: b"MZ",
        };
        check(&tree, None, Some(executable), &expected);

        let bootstrap = Bootstrap::new().root(tree.path("/")).executable(executable);
        bootstrap.run().expect("pip can be installed");
        let stub = format!("/Python313/Lib/site-packages/pip/_vendor/distlib/{stub}");
        let stub = fs::read(tree.path(&stub)).expect("pip brings it");
        let launcher = fs::read(tree.path("/Python313/Scripts/pip3.exe")).expect("it is there");
        let rest = launcher.strip_prefix(&stub[..]).expect("the launcher begins with the stub");
        assert!(rest.starts_with(b"#!C:\\Python313\\python.exe\nPK"), "{:?}", &rest[..40]);
        let version = crate::version();
        let record = format!("/Python313/Lib/site-packages/pip-{version}.dist-info/RECORD");
        let record = fs::read_to_string(tree.path(&record)).expect("it is there");
        assert!(record.starts_with("../../Scripts/pip3.13.exe,sha256="), "{:?}", &record[..60]);

        // A command that writes no script does not need the drive.
        Bootstrap::new().root(tree.path("/")).status().expect("it can be looked at");
        Bootstrap::new().root(tree.path("/")).uninstall().expect("it can be removed");
        assert!(!tree.path("/Python313/Scripts/pip3.exe").exists());
    }
}

/// Bytecode is requested for a Python that is not run, and no Python of this machine makes it.
#[test]
fn missing_compiler_fails_a_dry_run_as_well() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 77, &of_version(3, 77, 0));
    let before = files(&tree);
    for dry_run in [false, true] {
        let bootstrap = Bootstrap::new().root(tree.path("/")).compile(true).dry_run(dry_run);
        let error = bootstrap.run().expect_err("no Python here is as new as that");
        assert_eq!(error.code(), "no-compiler", "{error}");
        assert_eq!(files(&tree), before);
    }
}
