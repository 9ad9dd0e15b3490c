#!/usr/bin/env bash
# The Rust crate `pep440_rs` and Python's `packaging` disagree on which versions meet a specifier.
#
# Expected: both implement the version specifiers specification, so the same versions are contained.
# Instead: the crate takes `1` for a match of `==1.4.*`, because a shorter release is not padded. It
#   excludes pre-releases of another release from `<1.0rc1`, and post-releases from `>1.0rc1`.
# Versions: pep440_rs 0.7.3 from crates.io, packaging 26.2.
# Matters: `Requires-Dist` and `Requires-Python` have such specifiers, and an installer that uses the crate
#   accepts or rejects other versions than pip.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

rust_program 'pep440_rs@=0.7.3' <<'END'
use pep440_rs::{Version, VersionSpecifiers};
use std::str::FromStr as _;

fn main() {
    let mut arguments = std::env::args().skip(1);
    while let (Some(specifier), Some(version)) = (arguments.next(), arguments.next()) {
        let specifier = VersionSpecifiers::from_str(&specifier).unwrap();
        print!("{} ", u8::from(specifier.contains(&Version::from_str(&version).unwrap())));
    }
}
END
python_packages packaging==26.2
cat >contains.py <<'END'
import sys
from packaging.specifiers import SpecifierSet

arguments = iter(sys.argv[1:])
for specifier, version in zip(arguments, arguments):
    print(int(SpecifierSet(specifier).contains(version, prereleases=True)), end=" ")
END

pairs=('==1.4.*' 1  '==1.4.*' 1.4.2  '==1.0.*' 1  '<1.0rc1' 1.0a1  '<1.0rc1' 0.9  '>1.0rc1' 1.0.post1
    '>1.0rc1' 1.0  '<1!1.0' 1.0a1)
expect "packaging" "0 1 1 1 1 1 1 1 " "$(py/bin/python contains.py "${pairs[@]}")"
expect "pep440_rs" "1 1 1 0 1 0 1 0 " "$(./program "${pairs[@]}")"
