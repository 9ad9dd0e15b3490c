//! The layouts of distributions' images.

use super::binaries::{self, Made, elf, of_version, plain};
use super::tree::{Tree, X86_64};
use crate::facts::{Scheme, SchemeName};
use std::path::Path;

#[test]
fn debian_image_uses_usr_local_scheme_with_merged_usr() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 11, &of_version(3, 11, 2))
        .file(
            "/usr/lib/python3.11/sysconfig.py",
            "def get_preferred_scheme(key): ...\n'posix_local' 'deb_system'",
        )
        .file("/usr/lib/python3.11/__pycache__/os.cpython-311.pyc", b"\xa7\r\r\nrest")
        .link("/bin", "/usr/bin")
        .link("/lib", "/usr/lib");
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/usr/bin/python3"));
    assert_eq!(found.version, [3, 11, 2]);
    assert_eq!(found.scheme, Scheme::Named(SchemeName::PosixLocal));
    assert_eq!((found.prefix.as_str(), found.stdlib.as_str()), ("/usr", "/usr/lib/python3.11"));
    assert_eq!(found.platform, "linux-x86_64");
    assert_eq!(found.cache_tag.as_deref(), Some("cpython-311"));
    assert_eq!(found.magic, Some("a70d0d0a".to_owned()));
    assert!(found.origin.others.is_empty(), "{:?}", found.origin.others);
    // Named by the path through the link, it still has the same prefix.
    let found =
        tree.find(Some("/bin/python3")).expect("its files identify it").expect("it is there");
    assert_eq!((found.executable.to_str(), found.prefix.as_str()), (Some("/bin/python3"), "/usr"));
}

#[test]
fn debian_image_before_3_10_is_detected_without_distutils() {
    let tree = Tree::new();
    let made = Made { constants: b"\x003.9.2\0", ..plain() };
    tree.python("/usr", "lib", 9, &made)
        .file("/usr/lib/python3.9/sysconfig.py", "")
        .file("/usr/lib/python3.9/site.py", "'dist-packages'");
    let found = tree.found();
    assert_eq!(found.version, [3, 9, 2]);
    assert_eq!(found.scheme, Scheme::Named(SchemeName::PosixLocal));
}

#[test]
fn debian_image_prefers_python_in_usr_local() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 11, &of_version(3, 11, 2))
        .file(
            "/usr/lib/python3.11/sysconfig.py",
            "def get_preferred_scheme(key): ...\n'posix_local' 'deb_system'",
        )
        .python("/usr/local", "lib", 13, &of_version(3, 13, 1));
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/usr/local/bin/python3"));
    assert_eq!(found.scheme, Scheme::Named(SchemeName::PosixPrefix));
    assert_eq!(found.prefix, "/usr/local");
    assert_eq!(found.origin.others, ["/usr/bin/python3"]);
}

#[test]
fn fedora_image_uses_lib64_and_usr_local_scheme() {
    let tree = Tree::new();
    tree.python("/usr", "lib64", 13, &of_version(3, 13, 0))
        .file(
            "/usr/lib64/python3.13/sysconfig/__init__.py",
            "def get_preferred_scheme(key): ...\n'RPM_BUILD_ROOT'",
        )
        .directory("/usr/lib/python3.13/site-packages")
        .link("/lib64", "usr/lib64");
    let found = tree.found();
    assert_eq!(found.scheme, Scheme::Named(SchemeName::RpmLocal));
    assert_eq!(found.platlibdir, "lib64");
    assert_eq!(found.stdlib, "/usr/lib64/python3.13");
    assert_eq!(found.exec_prefix, "/usr");
    // As its `site` has them; an isolated Python leaves out those below `/usr/local`.
    let packages = ["lib64", "lib"].map(|lib| format!("/usr/{lib}/python3.13/site-packages"));
    assert_eq!(found.site_packages, packages);
    // The same Python elsewhere, as in a Flatpak, is not under Fedora's protection.
    let tree = Tree::new();
    tree.python("/opt/app", "lib64", 13, &of_version(3, 13, 0)).file(
        "/opt/app/lib64/python3.13/sysconfig/__init__.py",
        "def get_preferred_scheme(key): ...\n'RPM_BUILD_ROOT'",
    );
    assert_eq!(tree.found().scheme, Scheme::Named(SchemeName::PosixPrefix));
}

#[test]
fn fedora_image_before_3_10_is_detected_by_distutils() {
    let tree = Tree::new();
    let made = Made { constants: b"\x003.9.21\0", ..plain() };
    tree.python("/usr", "lib64", 9, &made)
        .file("/usr/lib64/python3.9/sysconfig.py", "")
        .file("/usr/lib64/python3.9/distutils/command/install.py", "'RPM_BUILD_ROOT'");
    assert_eq!(tree.found().scheme, Scheme::Named(SchemeName::RpmLocal));
}

#[test]
fn alpine_image_version_is_read_from_libpython() {
    let tree = Tree::new();
    let program = Made { library: "libpython3.12.so.1.0", ..plain() };
    tree.python("/usr", "lib", 12, &program)
        .file("/usr/lib/libpython3.12.so.1.0", elf(X86_64, &of_version(3, 12, 8)));
    let found = tree.found();
    assert_eq!((found.version, found.scheme), ([3, 12, 8], Scheme::Named(SchemeName::PosixPrefix)));
}

#[test]
fn image_lib64_symlink_to_lib_is_resolved() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &of_version(3, 12, 8)).link("/usr/lib64", "lib");
    let found = tree.found();
    assert_eq!((found.platlibdir.as_str(), found.stdlib.as_str()), ("lib", "/usr/lib/python3.12"));
}

#[test]
fn image_python_through_etc_alternatives_is_found() {
    let tree = Tree::new();
    tree.python("/usr", "lib64", 9, &Made { constants: b"\x003.9.21\0", ..plain() })
        .link("/etc/alternatives/python3", "/usr/bin/python3.9");
    std::fs::remove_file(tree.path("/usr/bin/python3")).expect("it is there");
    tree.link("/usr/bin/python3", "/etc/alternatives/python3");
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/usr/bin/python3"));
    assert_eq!((found.version, found.prefix.as_str()), ([3, 9, 21], "/usr"));
}

#[test]
fn image_python_in_opt_finds_libpython_by_rpath() {
    let tree = Tree::new();
    let program = Made { library: "libpython3.10.so.1.0", run_path: "$ORIGIN/../lib", ..plain() };
    let library = Made { constants: b"x3.10.99\0\x003.10.14\0", ..plain() };
    tree.python("/opt/python", "lib", 10, &program)
        .file("/opt/python/lib/libpython3.10.so.1.0", elf(183, &library))
        .program("/opt/python/bin/python3.10", elf(183, &program));
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/opt/python/bin/python3"));
    assert_eq!(found.version, [3, 10, 14]);
    assert_eq!(found.platform, "linux-aarch64");
    assert_eq!(found.prefix, "/opt/python");
}

#[test]
fn image_with_several_pythons_in_opt_uses_newest() {
    let tree = Tree::new();
    for minor in [9, 13, 12] {
        let made = Made { version: Some([3, minor, 1]), ..plain() };
        tree.python(&format!("/opt/python/cp3{minor}"), "lib", minor, &made);
    }
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/opt/python/cp313/bin/python3"));
    assert_eq!(
        found.origin.others,
        ["/opt/python/cp312/bin/python3", "/opt/python/cp39/bin/python3"]
    );
}

#[test]
fn image_free_threaded_python_is_detected() {
    let tree = Tree::new();
    tree.program("/usr/bin/python3.13t", elf(X86_64, &of_version(3, 13, 0)))
        .link("/usr/bin/python3", "python3.13t")
        .file("/usr/lib/python3.13t/os.py", "")
        .file(
            "/usr/lib/python3.13t/_sysconfigdata_t_linux_.py",
            "build_time_vars = {'ABIFLAGS': 't', 'Py_GIL_DISABLED': 1, 'VERSION': '3.13'}",
        );
    let found = tree.found();
    assert!(found.free_threaded);
    assert_eq!((found.abiflags.as_str(), found.stdlib.as_str()), ("t", "/usr/lib/python3.13t"));
    tree.file(
        "/usr/lib/python3.13t/_sysconfigdata_t_linux_.py",
        "build_time_vars = {'ABIFLAGS': '', 'Py_GIL_DISABLED': 0, 'VERSION': '3.13'}",
    );
    assert!(tree.refused(None).contains("free-threaded"));
}

#[test]
fn image_build_details_json_is_used_since_3_14() {
    let details = r#"{"schema_version": "1.0", "base_prefix": "/usr", "platform": "linux-x86_64",
        "language": {"version": "3.14", "version_info": {"major": 3, "minor": 14, "micro": 1}},
        "implementation": {"name": "cpython", "cache_tag": "cpython-314"}, "abi": {"flags": []}}"#;
    let tree = Tree::new();
    tree.python("/usr", "lib", 14, &plain())
        .file("/usr/lib/python3.14/build-details.json", details);
    assert_eq!(tree.found().version, [3, 14, 1]);
    tree.program("/usr/bin/python3.14", elf(X86_64, &of_version(3, 14, 2)));
    let (paths, versions) = tree.contradiction(None);
    assert_eq!(paths, ["/usr/lib/python3.14/build-details.json", "/usr/bin/python3.14"]);
    assert!(versions.contains("3.14.1") && versions.contains("3.14.2"), "{versions}");
}

/// Debian names the file by the build's flags and its CPU, and can have several of them.
#[test]
fn debian_image_build_details_of_each_build_are_read() {
    let details = |micro: u32| {
        format!(
            r#"{{"language": {{"version_info": {{"major": 3, "minor": 15, "micro": {micro}}}}},
            "implementation": {{"name": "cpython", "cache_tag": "cpython-315"}}}}"#
        )
    };
    let stdlib = "/usr/lib/python3.15";
    let tree = Tree::new();
    tree.python("/usr", "lib", 15, &plain())
        .file(&format!("{stdlib}/build-details..x86_64-linux-gnu.json"), details(2))
        .file(&format!("{stdlib}/build-details..i386-linux-gnu.json"), details(2))
        .file(&format!("{stdlib}/build-details.d.x86_64-linux-gnu.json"), details(3));
    assert_eq!(tree.found().version, [3, 15, 2]);
    tree.file(&format!("{stdlib}/build-details..i386-linux-gnu.json"), details(4));
    let ([one, other], _) = tree.contradiction(None);
    assert_eq!(one, format!("{stdlib}/build-details..i386-linux-gnu.json"));
    assert_eq!(other, format!("{stdlib}/build-details..x86_64-linux-gnu.json"));
}

/// pip does not depend on the CPU.
#[test]
fn image_with_unknown_cpu_is_accepted() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 12, &plain())
        .program("/usr/bin/python3.12", elf(0x7777, &of_version(3, 12, 1)));
    let found = tree.found();
    assert_eq!((found.version, found.platform.as_str()), ([3, 12, 1], "linux-unknown"));
}

#[test]
fn image_release_is_read_from_patchlevel_header() {
    let tree = Tree::new();
    tree.python("/usr", "lib", 8, &plain());
    let (path, detail) = tree.fault(None);
    assert_eq!(path, "/usr/bin/python3.8");
    assert!(
        detail.contains("`build-details.json`") && detail.contains("`patchlevel.h`"),
        "{detail}"
    );
    tree.file(
        "/usr/include/python3.8/patchlevel.h",
        "#define PY_MAJOR_VERSION 3\n#define PY_MINOR_VERSION 8\n#define PY_MICRO_VERSION\t20\n",
    );
    assert_eq!(tree.found().version, [3, 8, 20]);
}

#[test]
fn macos_framework_platform_follows_binary_cpus() {
    const ARM64: u32 = 0x0100_000c;
    const INTEL: u32 = 0x0100_0007;
    let framework = "/Library/Frameworks/Python.framework/Versions/3.12";
    let program =
        Made { library: "/Library/Frameworks/Python.framework/Versions/3.12/Python", ..plain() };
    let library = Made { constants: b"\x003.12.7\0", ..plain() };
    let tree = Tree::new();
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
             'MACOSX_DEPLOYMENT_TARGET': '10.13'}",
    )
    .link("/Library/Frameworks/Python.framework/Versions/Current", "3.12")
    .link("/usr/local/bin/python3", format!("../../..{framework}/bin/python3.12"));
    let found = tree.found();
    assert_eq!(found.executable, Path::new("/usr/local/bin/python3"));
    assert_eq!(found.version, [3, 12, 7]);
    assert_eq!(found.platform, "macosx-10.13-universal2");
    assert_eq!(found.prefix, framework);
    assert_eq!(found.scheme, Scheme::Named(SchemeName::PosixPrefix));
    std::fs::remove_dir_all(tree.path("/usr")).expect("it is there");
    tree.program(&format!("{framework}/bin/python3.12"), binaries::mach_o(ARM64, &program));
    let found = tree.found();
    assert_eq!(found.executable, Path::new(&format!("{framework}/bin/python3")));
    assert_eq!(found.platform, "macosx-10.13-arm64");
}
