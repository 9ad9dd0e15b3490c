#!/usr/bin/env bash
# Files installed by uv have the permissions of the umask under which the wheel first entered uv's cache.
#
# Expected: the umask of the installation decides, as with pip: 600 under 077, 644 under 022.
# Instead: uv unpacks the wheel into its cache under the umask of that moment and installs from there ever
#   after. Modules that were cached under 077 have mode 600 in every later environment, also one that is
#   made under 022 and one with `--link-mode copy`. Directories, INSTALLER and direct_url.json follow the
#   current umask; RECORD, which uv rewrites, has the mode of the cache. pip applies the umask to all files,
#   except the commands it makes for entry points, which have mode 755 under any.
# Versions: pip 26.3, uv 0.13.9.
# Matters: an environment for other users can be unreadable for them because of a run long before it, and
#   an image is not reproducible unless the cache is new.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9
python3 "$here/wheel.py" <<'END'
{"name": "demo", "files": {"demo/__init__.py": "def main(): pass\n"},
 "entry_points": "[console_scripts]\ndemo = demo:main\n"}
END
wheel=./demo-1.0-py3-none-any.whl
umask 022
for environment in pip first second copied new; do python3 -m venv --without-pip "$environment"; done
uv() { # UMASK ENVIRONMENT [OPTIONS]
    (umask "$1" && py/bin/uv pip install -q --offline --python "$2/bin/python" "${@:3}" "$wheel")
}
uv 077 first --cache-dir cache --link-mode hardlink
uv 022 second --cache-dir cache --link-mode hardlink
uv 022 copied --cache-dir cache --link-mode copy
uv 022 new --cache-dir another-cache --link-mode copy
(umask 077 && py/bin/pip --python pip/bin/python install -q --no-index --no-compile "$wheel")

modes() { # ENVIRONMENT PATH...: their modes, below site-packages
    (cd "$1"/lib/python*/site-packages && shift && stat -c %a "$@" | paste -sd' ')
}
what=(demo demo/__init__.py demo-1.0.dist-info/METADATA demo-1.0.dist-info/RECORD demo-1.0.dist-info/INSTALLER)
echo "modes of: ${what[*]}"
expect "uv under 077" "700 600 600 600 600" "$(modes first "${what[@]}")"
expect "uv under 022, cached under 077" "755 600 600 600 644" "$(modes second "${what[@]}")"
expect "uv under 022, copied" "755 600 600 600 644" "$(modes copied "${what[@]}")"
expect "uv under 022, new cache" "755 644 644 644 644" "$(modes new "${what[@]}")"
expect "pip under 077" "700 600 600 600 600" "$(modes pip "${what[@]}")"
expect "command by uv under 077" "711" "$(stat -c %a first/bin/demo)"
expect "command by uv under 022" "755" "$(stat -c %a second/bin/demo)"
expect "command by pip under 077" "755" "$(stat -c %a pip/bin/demo)"
