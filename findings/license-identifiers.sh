#!/usr/bin/env bash
# Two libraries for SPDX licence expressions disagree on `LicenseRef-` and on what `GPL-2.0` is called.
#
# Expected: canonical text of an expression is the same by any library for SPDX, so METADATA's field and a bill of
#   materials made from it can be compared.
# Instead: packaging keeps `GPL-2.0` and `GPL-2.0+`, which the list of SPDX has as deprecated; license-expression writes
#   `GPL-2.0-only` and `GPL-2.0-or-later`. `LicenseRef-own`, the form for licences of one's own, is one to packaging, and
#   an unknown key to license-expression when it validates.
# Versions: packaging 26.4, license-expression 30.4.4.
# Matters: an expression that the one library wrote is an error, or another text, by the other; cyclonedx-py
#   uses the second.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages packaging==26.4 license-expression==30.4.4
cat >canonical.py <<'END'
import sys
from license_expression import ExpressionError, get_spdx_licensing
from packaging.licenses import canonicalize_license_expression
licensing = get_spdx_licensing()
for text in ("GPL-2.0", "GPL-2.0+", "LicenseRef-own", "mit or apache-2.0"):
    try:
        other = str(licensing.parse(text, validate=True))
    except ExpressionError:
        other = "error"
    print(text + ":", canonicalize_license_expression(text) + ",", other)
END
py/bin/python canonical.py >seen
seen() { sed -n "s/^$1: //p" seen; }
expect "GPL-2.0, packaging and license-expression" "GPL-2.0, GPL-2.0-only" "$(seen GPL-2.0)"
expect "GPL-2.0+" "GPL-2.0+, GPL-2.0-or-later" "$(seen GPL-2.0+)"
expect "LicenseRef-own" "LicenseRef-own, error" "$(seen LicenseRef-own)"
expect "mit or apache-2.0" "MIT OR Apache-2.0, MIT OR Apache-2.0" "$(seen 'mit or apache-2.0')"
