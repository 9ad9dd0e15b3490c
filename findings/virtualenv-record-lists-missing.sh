#!/usr/bin/env bash
# virtualenv's RECORD of pip lists 519 files and directories that do not exist.
#
# Expected: RECORD lists the wheel's files, the scripts, and perhaps their bytecode, as it does after `pip
#   install`.
# Instead: RECORD lists a .pyc for each module, although none is compiled, and not in `__pycache__` but
#   beside the module. It lists a `__pycache__` directory for each directory, including those of licence
#   texts, and a script `pip-3.11` that is not an entry point. None of these rows has a digest.
# Versions: virtualenv 21.15.11, which bundles pip 26.3.
# Matters: a missing file in RECORD does not mean that an installation is damaged, and a row can name a
#   directory.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages virtualenv==21.15.11
py/bin/virtualenv -q --no-download made

cat >count.py <<'END'
import csv, pathlib, sys
site = next(pathlib.Path("made").glob("lib/python*/site-packages"))
info = site / "pip-26.3.dist-info"
rows = list(csv.reader((info / "RECORD").open()))
missing = [path for path, *_ in rows if not (site / path).exists()]
directories = [path for path in missing if path.endswith("__pycache__")]
scripts = [row for row in rows if "/bin/" in row[0]]
version = "%d.%d" % sys.version_info[:2]
print("missing", len(missing))
print("modules", sum(path.endswith(".pyc") for path in missing))
print("in __pycache__", sum("__pycache__/" in path for path in missing))
print("directories", len(directories))
print("of-licences", "pip-26.3.dist-info/licenses/__pycache__" in directories)
print("scripts", " ".join(sorted(path.rpartition("/")[2].replace(version, "X.Y") for path, *_ in scripts)))
print("digests", sum(bool(digest) for _, digest, _ in scripts))
END
py/bin/python count.py >counted
seen() { sed -n "s/^$1 //p" counted; }

expect "rows of files that are not there" 519 "$(seen missing)"
expect "of these, bytecode" 441 "$(seen modules)"
expect "bytecode that would be in __pycache__" 0 "$(seen 'in __pycache__')"
expect "of these, directories" 78 "$(seen directories)"
expect "one for the licences in dist-info" True "$(seen of-licences)"
expect "scripts" "pip pip-X.Y pip3 pipX.Y" "$(seen scripts)"
expect "entry points of the wheel" "pip pip3" \
    "$(sed -n 's/ *=.*//p' made/lib/python*/site-packages/pip-26.3.dist-info/entry_points.txt | paste -sd' ')"
expect "digests of scripts" 0 "$(seen digests)"
