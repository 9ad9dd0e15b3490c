//! The reasons why wheels do not fit.

use super::misfit;
use crate::facts::sample::sample;
use crate::libc::{Libc, Runtime};
use crate::wheels::file_name::FileName;
use crate::wheels::tags::Tags;
use serde_json::{Value, json};

/// Asserts that no wheel fits, each for its reason. A wheel is given by its tags.
fn check(facts: &Value, runtime: Option<Runtime>, wheels: &[(&str, &str)]) {
    let tags = Tags::of(&sample(&[facts]), runtime.as_ref());
    for (wheel, expected) in wheels {
        let wheel = FileName::parse(&format!("x-1-{wheel}.whl")).expect("it is a name");
        assert_eq!(tags.best(&wheel), None, "{wheel:?}");
        assert_eq!(misfit(&tags, runtime.as_ref(), &wheel), *expected);
    }
}

fn runtime(libc: Option<Libc>) -> Runtime {
    Runtime { libc, machine: "x86_64", is_hard_float: true }
}

#[test]
fn other_pythons_are_named() {
    check(
        &json!({ "version": [3, 13, 1] }),
        Some(runtime(None)),
        &[
            ("cp312-cp312-linux_x86_64", "is for CPython 3.12"),
            ("cp310.cp311-cp310.cp311-linux_x86_64", "is for CPython 3.10 or CPython 3.11"),
            ("cp314-abi3-linux_x86_64", "is for CPython 3.14 or newer"),
            ("pp310-pypy310_pp73-linux_x86_64", "is for PyPy 3.10"),
            ("py2-none-any", "is for Python 2"),
            ("py27.py314-none-any", "is for Python 2.7 or Python 3.14"),
            ("graalpy311-none-any", "is for `graalpy311`"),
            ("cp313-cp313t-linux_x86_64", "is for the free-threaded CPython 3.13"),
            ("cp313-abi3t-linux_x86_64", "is for the free-threaded CPython 3.13 or newer"),
            ("cp312-abi3t-linux_x86_64", "is for the free-threaded CPython 3.12 or newer"),
            ("cp313-cp313d-linux_x86_64", "needs the ABI `cp313d`, this Python has `cp313`"),
            ("cp313-cp313-any", "is for `cp313-cp313-any`, which this Python does not support"),
            ("cp312-cp312-win_amd64", "is for CPython 3.12 and for Windows"),
        ],
    );
    check(
        &json!({ "version": [3, 13, 1], "abiflags": "t", "free_threaded": true }),
        Some(runtime(None)),
        &[
            ("cp313-cp313-linux_x86_64", "is for CPython 3.13 with a GIL"),
            ("cp313-abi3-linux_x86_64", "is for CPython 3.13 or newer with a GIL"),
            ("cp312-cp312-linux_x86_64", "is for CPython 3.12"),
            ("cp39-abi3-linux_x86_64", "is for CPython 3.9 or newer with a GIL"),
        ],
    );
    check(
        &json!({ "version": [3, 9, 16], "implementation": "pypy" }),
        Some(runtime(None)),
        &[
            ("cp39-abi3-linux_x86_64", "is for CPython 3.9"),
            (
                "pp39-pypy39_pp74-linux_x86_64",
                "needs the ABI `pypy39_pp74`, this Python has `pypy39_pp73`",
            ),
        ],
    );
}

#[test]
fn other_platforms_are_named() {
    let glibc = Some(Libc::Glibc { major: 2, minor: 31 });
    check(
        &json!({}),
        Some(runtime(glibc)),
        &[
            ("cp313-cp313-manylinux_2_34_x86_64", "needs glibc 2.34, the target has 2.31"),
            (
                "cp313-cp313-manylinux_2_40_x86_64.manylinux_2_34_x86_64.musllinux_1_2_x86_64",
                "needs glibc 2.34, the target has 2.31",
            ),
            ("cp313-cp313-manylinux_2_34_aarch64", "is for aarch64"),
            ("cp313-cp313-manylinux2014_i686.manylinux_2_17_s390x", "is for i686 or s390x"),
            ("cp313-cp313-linux_armv7l", "is for armv7l"),
            ("cp313-cp313-musllinux_1_2_x86_64", "is for musl"),
            ("py3-none-macosx_11_0_arm64", "is for macOS"),
            ("py3-none-win32.win_amd64", "is for Windows"),
            ("py3-none-android_24_x86_64.ios_13_0_arm64_iphoneos", "is for Android or iOS"),
            ("py3-none-haiku_1", "is for `haiku_1`"),
            // Older than any manylinux.
            (
                "py3-none-manylinux_2_4_x86_64",
                "is for `py3-none-manylinux_2_4_x86_64`, which this Python does not support",
            ),
        ],
    );
    check(
        &json!({}),
        Some(runtime(Some(Libc::Musl { major: 1, minor: 1 }))),
        &[
            ("cp313-cp313-musllinux_1_2_x86_64", "needs musl 1.2, the target has 1.1"),
            ("cp313-cp313-manylinux1_x86_64", "is for glibc"),
        ],
    );
    for runtime in [None, Some(runtime(None))] {
        check(
            &json!({}),
            runtime,
            &[(
                "cp313-cp313-manylinux1_x86_64",
                "needs glibc, and no C library was found in the target",
            )],
        );
    }
    check(
        &json!({ "platform": "linux-armv7l" }),
        Some(Runtime { libc: glibc, machine: "armv7l", is_hard_float: false }),
        &[(
            "cp313-cp313-manylinux_2_17_armv7l",
            "is for `cp313-cp313-manylinux_2_17_armv7l`, which this Python does not support",
        )],
    );
}

#[test]
fn other_releases_of_macos_and_cpus_of_windows_are_named() {
    check(
        &json!({ "platform": "macosx-11.0-arm64" }),
        None,
        &[
            ("cp313-cp313-macosx_14_0_arm64", "needs macOS 14.0, the target has 11.0"),
            ("cp313-cp313-macosx_14_0_x86_64", "is for x86_64"),
            ("cp313-cp313-manylinux1_x86_64", "is for Linux"),
        ],
    );
    check(
        &json!({ "platform": "win-amd64", "os": "nt" }),
        None,
        &[
            ("cp313-cp313-win32", "is for 32-bit x86"),
            ("cp313-cp313-win_arm64", "is for arm64"),
            ("cp313-cp313-win_arm64.win32.linux_x86_64", "is for arm64 or 32-bit x86"),
        ],
    );
}
