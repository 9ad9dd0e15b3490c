#!/usr/bin/env bash
# An isolated virtual environment of Debian's Python looks for packages in four directories, not in one.
#
# Expected: `site.getsitepackages()` of an environment without system packages is its `site-packages`, as
#   with a Python from python.org; `dist-packages` are Debian's directories below /usr.
# Instead: Debian's `site` also adds three `dist-packages` directories inside of the environment, which
#   `venv` does not create: a module that something puts there is imported, and pip lists its metadata. The
#   same layout below another prefix is what `pip install --prefix` makes with that Python.
# Versions: python3.11 3.11.2 of Debian 12, pip 23.0.1 of Debian 12.
# Matters: a tool that copies or checks an environment by its `site-packages` alone misses packages which
#   its Python imports, and `pip install --prefix ENVIRONMENT` with the system's pip is such a case.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'python3.11-minimal=3.11.2*' 'libpython3.11-minimal=3.11.2*' 'libpython3.11-stdlib=3.11.2*' \
    'python3.11-venv=3.11.2*' 'python3-pip-whl=23.0.1*' 'python3-distutils=3.11.2*' libexpat1 libssl3
pip=$(echo "$scratch"/deb/usr/share/python-wheels/pip-*.whl)
"$scratch/deb/usr/bin/python3.11" -m venv --without-pip debian
cat >directories.py <<'END'
import os, site, sys
for path in site.getsitepackages():
    print(os.path.relpath(path, sys.prefix))
END
cat >project.py <<'END'
import pathlib, sys
packages = pathlib.Path(sys.argv[1])
info = packages / "sample-1.0.dist-info"
info.mkdir(parents=True)
(info / "METADATA").write_text("Metadata-Version: 2.1\nName: sample\nVersion: 1.0\n")
(packages / "sample.py").write_text("")
END
python3 project.py debian/lib/python3/dist-packages

expect "system packages of the environment" "include-system-site-packages = false" \
    "$(grep include-system debian/pyvenv.cfg)"
expect "directories of an isolated environment" \
    "$(printf '%s-packages\n' lib/python3.11/site {local/lib/python3.11,lib/python3,lib/python3.11}/dist)" \
    "$(debian/bin/python directories.py)"
expect "those that venv creates" "debian/lib/python3.11/site-packages" \
    "$(find debian -type d -name '*-packages' ! -path '*/python3/*')"
expect "a module in one of the others" "lib/python3/dist-packages/sample.py" \
    "$(debian/bin/python -c 'import os, sample, sys; print(os.path.relpath(sample.__file__, sys.prefix))')"
expect "pip there" "sample==1.0" "$(debian/bin/python "$pip/pip" list --format freeze)"
