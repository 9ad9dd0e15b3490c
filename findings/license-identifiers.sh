#!/usr/bin/env bash
# packaging and license-expression write different SPDX expressions for the same licence.
#
# Expected: two libraries for SPDX licence expressions produce the same canonical text and accept the same
#   identifiers.
# Instead: packaging keeps `GPL-2.0` and `GPL-2.0+`, which SPDX deprecates. license-expression writes
#   `GPL-2.0-only` and `GPL-2.0-or-later`. packaging accepts `LicenseRef-own`, the SPDX form for custom
#   licences; license-expression reports an unknown key when it validates.
# Versions: packaging 26.4, license-expression 30.4.4.
# Matters: cyclonedx-python-lib uses license-expression, so a licence in METADATA that is canonical for
#   packaging differs from, or is invalid in, the tool that writes the SBOM.
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
