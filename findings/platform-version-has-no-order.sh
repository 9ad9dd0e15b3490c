#!/usr/bin/env bash
# Since version 26, `packaging` has no order for `platform_version` in an environment marker.
#
# Expected: a marker that compares `platform_version` with a version is true for `>=` or for `<`, as it was in
#   packaging 24.2 and 25.0, and as it still is for `platform_release`.
# Instead: from 26.0 on, `platform_version >= "9"` and `platform_version < "9"` are both false where it is
#   `10.0`, without an error. Only `==`, `!=`, `in` and `not in` can be true.
# Versions: packaging 24.2, 25.0, 26.0 and 26.3.
# Matters: pip 26.3 brings packaging 26.3, so it leaves out a requirement with such a marker on every machine,
#   and a reader of markers must follow one of the two.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

cat >markers.py <<'END'
import sys
from packaging.markers import Marker

name = sys.argv[1]
print(*(int(Marker(f'{name} {operator} "9"').evaluate({name: "10.0"})) for operator in (">=", "<", "!=")))
END

for version in 24.2 25.0 26.0 26.3; do
    python_packages "packaging==$version"
    case $version in
    24.2 | 25.0) recorded='1 0 1' ;;
    *) recorded='0 0 1' ;;
    esac
    expect "packaging $version, platform_release: >=, <, !=" '1 0 1' "$(py/bin/python markers.py platform_release)"
    expect "packaging $version, platform_version: >=, <, !=" "$recorded" "$(py/bin/python markers.py platform_version)"
done
