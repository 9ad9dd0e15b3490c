//! Which standard library an interpreter has, and what its files state about the Python.

use super::binaries::{Made, elf, of_version, plain, universal};
use super::tree::{Tree, X86_64};
use crate::facts::{Scheme, SchemeName};

const NEW: &str = "/usr/lib/python3.12/sysconfig.py";
const OLD: &str = "/usr/lib/python3.8/sysconfig.py";

fn python(minor: u8) -> Tree {
    let tree = Tree::new();
    tree.python("/usr", "lib", minor, &of_version(3, minor, 2));
    tree
}

/// CPython's `getpath` follows the links that the interpreter is, but not those of its directories.
#[test]
fn image_library_is_found_from_followed_link() {
    let tree = Tree::new();
    tree.python("/opt/x", "lib", 12, &of_version(3, 12, 2)).directory("/srv");
    std::fs::rename(tree.path("/opt/x/bin"), tree.path("/srv/programs")).expect("it moves");
    tree.link("/opt/x/bin", "/srv/programs").link("/usr/bin/python3", "/opt/x/bin/python3");
    let found = tree.found();
    assert_eq!((found.prefix.as_str(), found.base_prefix.as_str()), ("/opt/x", "/opt/x"));
    assert_eq!(found.exec_prefix, "/opt/x");
}

/// The prefix is the directory where the library was found, even if the library is a link.
#[test]
fn image_prefix_is_not_that_of_linked_library() {
    let tree = Tree::new();
    tree.python("/opt/x", "lib", 12, &of_version(3, 12, 2));
    std::fs::create_dir(tree.path("/srv")).expect("it can be made");
    std::fs::rename(tree.path("/opt/x/lib"), tree.path("/srv/lib")).expect("it moves");
    tree.link("/opt/x/lib", "/srv/lib");
    let found = tree.found();
    assert_eq!((&*found.prefix, &*found.stdlib), ("/opt/x", "/opt/x/lib/python3.12"));
}

#[test]
fn image_library_is_that_of_the_build_with_gil() {
    let tree = python(13);
    tree.file("/usr/lib/python3.13t/os.py", "");
    let found = tree.found();
    assert_eq!((&*found.stdlib, found.free_threaded), ("/usr/lib/python3.13", false));
}

#[test]
fn image_library_directory_is_the_one_that_it_was_built_for() {
    for (real, link) in [("lib64", "lib"), ("lib", "lib64")] {
        let tree = Tree::new();
        tree.python("/usr", real, 12, &of_version(3, 12, 2)).link(&format!("/usr/{link}"), real);
        let found = tree.found();
        assert_eq!(
            (&*found.platlibdir, &*found.stdlib),
            (real, &*format!("/usr/{real}/python3.12"))
        );
    }
    // If there is only one, it is used.
    let tree = python(12);
    tree.file(
        "/usr/lib/python3.12/_sysconfigdata__linux_.py",
        "build_time_vars = {'ABIFLAGS': '', 'PLATLIBDIR': 'lib64'}",
    );
    assert_eq!(tree.found().platlibdir, "lib");
}

#[test]
fn image_debug_build_is_not_taken_for_usual_one() {
    let tree = python(12);
    tree.file(
        "/usr/lib/python3.12/_sysconfigdata_d_linux_.py",
        "build_time_vars = {'ABIFLAGS': 'd', 'VERSION': '3.12'}",
    );
    assert_eq!(tree.found().abiflags, "");
    let program = tree.path("/usr/bin/python3.12d");
    std::fs::rename(tree.path("/usr/bin/python3.12"), program).expect("it moves");
    tree.link("/usr/local/bin/python3", "/usr/bin/python3.12d");
    assert_eq!(tree.found().abiflags, "d");
}

#[test]
fn image_abi_flags_without_build_variables_are_in_names() {
    let without = |minor| {
        let made = match minor {
            7 => Made { constants: b"\x003.7.2\0", ..plain() },
            _ => Made { constants: b"\x003.8.2\0", ..plain() },
        };
        let tree = Tree::new();
        tree.python("/usr", "lib", minor, &made);
        let variables = format!("/usr/lib/python3.{minor}/_sysconfigdata__linux_.py");
        std::fs::remove_file(tree.path(&variables)).expect("it is there");
        tree
    };
    // Since 3.8 a normal build has no `m`.
    assert_eq!(without(8).found().abiflags, "");
    assert!(without(7).refused(None).contains("has the flags of the ABI"));
    let tree = without(7);
    let program = tree.path("/usr/bin/python3.7m");
    std::fs::rename(tree.path("/usr/bin/python3.7"), program).expect("it moves");
    tree.link("/usr/local/bin/python3", "/usr/bin/python3.7m");
    assert_eq!(tree.found().abiflags, "m");
}

#[test]
fn image_pypy_is_known_by_its_library() {
    let tree = Tree::new();
    let program = Made { library: "libpypy3.10-c.so", ..plain() };
    let library = Made { constants: b"\n3.10.14 (7.3.16\0", ..plain() };
    tree.program("/usr/bin/python3", elf(X86_64, &program))
        .file("/usr/lib/libpypy3.10-c.so", elf(X86_64, &library))
        .file("/usr/lib/pypy3.10/os.py", "");
    let found = tree.found();
    assert_eq!((&*found.implementation, found.version), ("pypy", [3, 10, 14]));
}

/// Debian's `sysconfig` has both names; one that only mentions `posix_local` is not Debian's.
#[test]
fn image_debian_scheme_is_known_by_its_files() {
    let scheme = |tree: &Tree| tree.found().scheme;
    let local = Scheme::Named(SchemeName::PosixLocal);
    let usual = Scheme::Named(SchemeName::PosixPrefix);
    for (text, expected) in [
        ("get_preferred_scheme posix_local deb_system", &local),
        ("get_preferred_scheme posix_local", &usual),
        ("get_preferred_scheme deb_system", &usual),
    ] {
        let tree = python(12);
        tree.file(NEW, text);
        assert_eq!(scheme(&tree), *expected, "{text}");
    }
    // Older ones have either of these, or `site`.
    let old = || {
        let tree = Tree::new();
        tree.python("/usr", "lib", 8, &Made { constants: b"\x003.8.2\0", ..plain() });
        tree.file(OLD, "");
        tree
    };
    assert_eq!(scheme(&old()), usual);
    for (path, text) in [
        (OLD, "posix_local"),
        ("/usr/lib/python3.8/distutils/command/install.py", "unix_local"),
        ("/usr/lib/python3.8/site.py", "dist-packages"),
    ] {
        let tree = old();
        tree.file(path, text);
        assert_eq!(scheme(&tree), local, "{path}");
    }
}

/// An environment with the prefix of its base is not virtual, as for `sysconfig`.
#[test]
fn image_scheme_is_that_of_distribution_unless_in_venv() {
    let debian = || {
        let tree = python(12);
        tree.file(NEW, "get_preferred_scheme posix_local deb_system");
        tree
    };
    let tree = debian();
    tree.file("/usr/pyvenv.cfg", "home = /usr/bin\n");
    assert_eq!(tree.found().scheme, Scheme::Named(SchemeName::PosixLocal));
    let tree = debian();
    tree.link("/env/bin/python3", "/usr/bin/python3").file("/env/pyvenv.cfg", "home = /usr/bin\n");
    let found =
        tree.find(Some("/env/bin/python3")).expect("its files identify it").expect("it is there");
    assert_eq!(found.scheme, Scheme::Named(SchemeName::PosixPrefix));
    assert_eq!((&*found.prefix, &*found.base_prefix), ("/env", "/usr"));
}

/// The names of the CPUs in `sysconfig.get_platform()`, with the oldest macOS.
#[test]
fn image_universal_binaries_are_named_as_by_sysconfig() {
    const INTEL: u32 = 0x0100_0007;
    const ARM64: u32 = 0x0100_000c;
    const I386: u32 = 7;
    const POWER: u32 = 18;
    let made = Made { constants: b"\x003.9.2\0", ..plain() };
    let platform = |binary: Vec<u8>, target: &str| {
        let tree = Tree::new();
        let variables = format!("build_time_vars = {{'MACOSX_DEPLOYMENT_TARGET': '{target}'}}");
        tree.program("/usr/bin/python3.9", binary)
            .link("/usr/bin/python3", "python3.9")
            .file("/usr/lib/python3.9/os.py", "")
            .file("/usr/lib/python3.9/_sysconfigdata__darwin_darwin.py", variables);
        tree.find(None).map(|found| found.expect("it is there").platform).map_err(|e| e.to_string())
    };
    for (cpus, expected) in [
        ([INTEL, ARM64], "macosx-10.9-universal2"),
        ([ARM64, INTEL], "macosx-10.9-universal2"),
        ([I386, INTEL], "macosx-10.9-intel"),
        ([POWER, INTEL], "macosx-10.9-unknown"),
    ] {
        assert_eq!(platform(universal(cpus, &made), "10.9").as_deref(), Ok(expected));
    }
    for target in ["", "10.9; x"] {
        assert!(platform(universal([INTEL, ARM64], &made), target).is_err(), "{target}");
    }
    // The form with offsets of 64 bits: magic number, count, and 32 bytes for each CPU.
    let slice = |cpu: u32, offset: u32| [cpu, 0, 0, offset, 0, 0x2000, 12, 0];
    let header = [&[0xcafe_babf, 2][..], &slice(INTEL, 0x1000), &slice(ARM64, 0x3000)].concat();
    let header: Vec<u8> = header.into_iter().flat_map(u32::to_be_bytes).collect();
    let mut binary = universal([INTEL, ARM64], &made);
    binary[..header.len()].copy_from_slice(&header);
    assert_eq!(platform(binary, "10.9").as_deref(), Ok("macosx-10.9-universal2"));
}

/// A copied interpreter may state no version. `home` names the directory of the original.
#[test]
fn image_venv_of_copied_interpreter_is_described_by_its_home() {
    let tree = python(12);
    tree.program("/env/bin/python3", elf(X86_64, &plain()))
        .file("/env/pyvenv.cfg", "home = /usr/bin\n");
    let found =
        tree.find(Some("/env/bin/python3")).expect("its files identify it").expect("it is there");
    assert_eq!((found.version, &*found.base_prefix), ([3, 12, 2], "/usr"));
}

/// CPython then falls back on its configured prefix.
#[test]
fn image_venv_without_its_home_needs_configured_prefix() {
    let tree = python(12);
    tree.link("/env/bin/python3", "/usr/bin/python3").file("/env/pyvenv.cfg", "home = /gone/bin\n");
    let variables = |prefix: &str| {
        let text = format!("build_time_vars = {{'ABIFLAGS': '', 'prefix': '{prefix}'}}");
        tree.file("/usr/lib/python3.12/_sysconfigdata__linux_.py", text);
        tree.find(Some("/env/bin/python3")).map(|found| found.expect("it is there").base_prefix)
    };
    assert_eq!(variables("/usr").expect("its files identify it"), "/usr");
    assert!(variables("/opt/other").is_err());
}

/// Debian has them like this where several architectures are installed.
#[test]
fn image_build_variables_of_several_cpus_have_to_agree() {
    let tree = python(12);
    let other = |version: &str| {
        let text = format!(
            "build_time_vars = {{'ABIFLAGS': '', 'MACHDEP': 'linux', 'PLATLIBDIR': 'lib',\n \
             'Py_GIL_DISABLED': 0, 'VERSION': '{version}'}}"
        );
        tree.file("/usr/lib/python3.12/_sysconfigdata__linux_aarch64-linux-gnu.py", text);
    };
    other("3.12");
    assert_eq!(tree.found().version, [3, 12, 2]);
    other("3.11");
    assert!(tree.contradiction(None).1.contains("`VERSION`"));
}

#[test]
fn image_free_threaded_build_has_one_letter_for_it() {
    for name in ["python3.13t", "python3.13"] {
        let made = Made { constants: b"\x003.13.1\0", ..plain() };
        let tree = Tree::new();
        tree.program(&format!("/usr/bin/{name}"), elf(X86_64, &made))
            .link("/usr/bin/python3", name)
            .file("/usr/lib/python3.13t/os.py", "");
        let found = tree.found();
        assert_eq!((found.free_threaded, &*found.abiflags), (true, "t"), "{name}");
    }
}

/// CPython does not search the root itself.
#[test]
fn image_library_at_root_is_the_last_choice() {
    let tree = Tree::new();
    tree.python("/srv", "lib", 12, &of_version(3, 12, 2))
        .link("/bin", "srv/bin")
        .file("/lib/python3.12/os.py", "");
    let found = tree.found();
    assert_eq!((found.executable.to_str(), &*found.prefix), (Some("/bin/python3"), "/srv"));
}
