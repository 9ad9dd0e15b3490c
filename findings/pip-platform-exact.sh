#!/usr/bin/env bash
# `pip download --platform manylinux_2_28_x86_64` does not accept wheels for manylinux_2_17.
#
# Expected: `--platform manylinux_2_28_x86_64` stands for a system with glibc 2.28, so wheels for
#   manylinux_2_17 match. manylinux2014 and manylinux_2_17 are aliases.
# Instead: manylinux_2_28 and musllinux_1_2 match only themselves. manylinux2014 matches manylinux2010 as
#   well, but not its own alias manylinux_2_17. macosx_11_0 does match macosx_10_9.
# Versions: pip 26.3.
# Matters: collecting wheels for an image on another machine needs one `--platform` for each older name.
#   Otherwise pip reports that there is no matching distribution for packages that it would install on the
#   target.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3
mkdir wheels
for platform in manylinux_2_28_x86_64 manylinux_2_17_x86_64 manylinux2014_x86_64 manylinux2010_x86_64 \
    musllinux_1_2_x86_64 musllinux_1_1_x86_64 macosx_11_0_x86_64 macosx_10_9_x86_64; do
    (cd wheels && python3 "$here/wheel.py" <<END
{"name": "for_$platform", "files": {"demo.py": ""}, "tag": "cp310-abi3-$platform"}
END
    )
done

taken() { # PLATFORM FAMILY
    local wheel names=()
    for wheel in wheels/*"$2"*; do
        wheel=${wheel##*/for_}
        wheel=${wheel%%-*}
        if py/bin/pip download -q --no-index --find-links wheels --no-deps --only-binary :all: -d got \
            --python-version 3.11 --platform "$1" "for_$wheel" >/dev/null 2>&1; then
            names+=("${wheel%_x86_64}")
        fi
    done
    echo "${names[*]}"
}
expect "manylinux_2_28 takes" "manylinux_2_28" "$(taken manylinux_2_28_x86_64 manylinux)"
expect "manylinux_2_17 takes" "manylinux_2_17" "$(taken manylinux_2_17_x86_64 manylinux)"
expect "manylinux2014 takes" "manylinux2010 manylinux2014" "$(taken manylinux2014_x86_64 manylinux)"
expect "musllinux_1_2 takes" "musllinux_1_2" "$(taken musllinux_1_2_x86_64 musllinux)"
expect "macosx_11_0 takes" "macosx_10_9 macosx_11_0" "$(taken macosx_11_0_x86_64 macosx)"
