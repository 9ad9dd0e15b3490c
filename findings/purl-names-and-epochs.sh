#!/usr/bin/env bash
# Package URLs of Python projects do not use normalised names, and libraries spell versions differently.
#
# Expected: `pkg:pypi/` uses the normalised name, with each run of `-`, `_` and `.` replaced by one `-`.
#   All libraries write the same text for one package, so purls can be compared as text.
# Instead: purls are lower-cased, and `_` becomes `-`, but dots and runs are kept: `zope.interface` is
#   `zope-interface` to pip and uv, and `pkg:pypi/zope.interface` as a purl. For a version with an epoch,
#   the Python library writes `1%212.0` and the Rust crate `1!2.0`.
# Versions: packageurl-python 0.17.6, packaging 26.4, packageurl 0.7.1 from crates.io.
# Matters: an SBOM built from wheel file names and one built from METADATA have different purls for the
#   same package.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages packageurl-python==0.17.6 packaging==26.4
rust_program packageurl@=0.7.1 <<'END'
fn main() {
    let [name, version] = [1, 2].map(|index| std::env::args().nth(index).unwrap());
    let mut purl = packageurl::PackageUrl::new("pypi", name).unwrap();
    purl.with_version(version).unwrap();
    println!("{purl}");
}
END
by_crate() { ./program "$@"; }
by_python() {
    py/bin/python -c '
import sys, packageurl
print(packageurl.PackageURL("pypi", None, *sys.argv[1:]).to_string())' "$@"
}
by_packaging() {
    py/bin/python -c '
import sys, packaging.utils
print(packaging.utils.canonicalize_name(sys.argv[1]))' "$1"
}
expect "name, packaging" "zope-interface-x" "$(by_packaging Zope.interface__x)"
expect "name, packageurl-python" "pkg:pypi/zope.interface--x@1.0" "$(by_python Zope.interface__x 1.0)"
expect "name, packageurl (crate)" "pkg:pypi/zope.interface--x@1.0" "$(by_crate Zope.interface__x 1.0)"
expect "epoch, packageurl-python" "pkg:pypi/demo@1%212.0" "$(by_python demo '1!2.0')"
expect "epoch, packageurl (crate)" "pkg:pypi/demo@1!2.0" "$(by_crate demo '1!2.0')"
