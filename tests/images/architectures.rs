//! Does it work for every CPU that Debian supports?
//!
//! The image's own Python, run by an emulator, provides the expected report, and starts pip.

use serde_json::Value;

use super::debian::{expect_version, pip};
use super::for_each;
use crate::support::images::ARCHITECTURES;

/// The environment variable that requests all of them.
const ALL: &str = "ENSUREPIP_HOST_TEST_ARCHITECTURES";

/// How many are tried otherwise: one that is big-endian, and two with addresses of 32 bits.
const USUAL: usize = 3;

/// The question to an image's Python.
const QUESTION: &str = "import sys, sysconfig
print('.'.join(map(str, sys.version_info[:3])))
print(sys.implementation.name)
print(sysconfig.get_platform())";

#[test]
fn pip_starts_on_every_cpu() {
    let is_all = std::env::var_os(ALL).is_some_and(|value| value == "1");
    let recipes = if is_all { &ARCHITECTURES[..] } else { &ARCHITECTURES[..USUAL] };
    for_each("CPUs", recipes, |image, scratch| {
        let tool = image.tool(scratch.home()).argument("--json").run().expect_success();
        let report: Value = serde_json::from_str(&tool.stdout()).expect("it is JSON");
        let target = &report["target"];
        let reported = ["version", "implementation", "platform"].map(|name| target[name].as_str());
        let asked = image.python(scratch.home()).arguments(["-c", QUESTION]);
        let answer = asked.run().expect_success().stdout();
        assert!(answer.lines().map(Some).eq(reported), "{answer}{report}");
        expect_version(image, pip(image, scratch));
    });
}
