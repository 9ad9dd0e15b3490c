#!/usr/bin/env bash
# `pip check` and `uv pip check` find nothing wrong with a package that cannot be imported.
#
# Expected: in an environment that an installer has resolved, and that `pip check` approves of, a package can
#   be imported. JupyterLab requires jupyterlab-pygments, so it is in many lock files.
# Instead: jupyterlab-pygments 0.3.0 imports pygments when it is imported, and its METADATA has no
#   Requires-Dist at all. It works beside JupyterLab because nbconvert requires pygments.
# Versions: jupyterlab-pygments 0.3.0, pip 26.3, uv 0.13.9.
# Matters: a set that is complete by its metadata need not start, which only an import of each top-level
#   module shows.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

python_packages pip==26.3 uv==0.13.9
python3 -m venv --without-pip alone
py/bin/uv pip install -q --python alone/bin/python jupyterlab-pygments==0.3.0

expect "installed" "jupyterlab-pygments==0.3.0" "$(py/bin/uv pip freeze -q --python alone/bin/python)"
expect "pip check" "No broken requirements found." "$(py/bin/pip --python alone/bin/python check)"
expect "uv pip check" 0 "$(py/bin/uv pip check -q --python alone/bin/python >&2 && echo $?)"
expect "import" "No module named 'pygments'" "$(alone/bin/python -c '
try:
    import jupyterlab_pygments
except ModuleNotFoundError as error:
    print(error)
')"
