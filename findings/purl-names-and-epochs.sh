#!/usr/bin/env bash
# A package URL of a Python project is not its normalised name, and has more than one spelling.
#
# Expected: `pkg:pypi/` takes the name that indexes take: lower case, each run of `-`, `_` and `.` one `-`; and
#   libraries that build purls write the same text for the same package, so texts can be compared.
# Instead: the rule for `pypi` is older: lower case, and `_` becomes `-`. Dots and runs stay, so
#   `zope.interface`, which pip, uv and lock files call `zope-interface`, is `pkg:pypi/zope.interface`, and
#   one project has several purls. A version with an epoch is `1%212.0` by the Python library, `1!2.0` by the
#   crate.
# Versions: packageurl-python 0.17.6, packaging 26.4, packageurl 0.7.1 (crates.io).
# Matters: a bill of materials written from a wheel's file name and one from its METADATA differ, and a
#   comparison of texts says that these are two packages.
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
    py/bin/python -c 'import sys, packageurl; print(packageurl.PackageURL("pypi", None, *sys.argv[1:]).to_string())' "$@"
}
by_packaging() { py/bin/python -c 'import sys, packaging.utils; print(packaging.utils.canonicalize_name(sys.argv[1]))' "$1"; }
expect "name, packaging" "zope-interface-x" "$(by_packaging Zope.interface__x)"
expect "name, packageurl-python" "pkg:pypi/zope.interface--x@1.0" "$(by_python Zope.interface__x 1.0)"
expect "name, packageurl (crate)" "pkg:pypi/zope.interface--x@1.0" "$(by_crate Zope.interface__x 1.0)"
expect "epoch, packageurl-python" "pkg:pypi/demo@1%212.0" "$(by_python demo '1!2.0')"
expect "epoch, packageurl (crate)" "pkg:pypi/demo@1!2.0" "$(by_crate demo '1!2.0')"
