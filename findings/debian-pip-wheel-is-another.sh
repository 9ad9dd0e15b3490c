#!/usr/bin/env bash
# Debian's pip wheel has the name of PyPI's and other content: it works only where Debian's certificates are.
#
# Expected: pip-23.0.1-py3-none-any.whl is one file, on PyPI and in python3-pip-whl, which puts it into every
#   virtual environment that Debian's venv makes.
# Instead: Debian builds its own. It has no Windows launchers, and a pip that trusts
#   /etc/ssl/certs/ca-certificates.crt; the bundle of 275 kB is in the wheel all the same, and is not used.
#   METADATA, WHEEL and version say nothing of it, and its own RECORD is right.
# Versions: Debian 12's python3-pip-whl 23.0.1, pip 23.0.1 from PyPI.
# Matters: an environment made on Debian and copied into an image without ca-certificates cannot download, and
#   a digest pinned from PyPI does not match the wheel that is on the machine under the same name.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'python3-pip-whl=23.0.1*'
python_packages pip==23.0.1
wheel=pip-23.0.1-py3-none-any.whl
mkdir pypi debian
py/bin/pip download -q --no-deps -d pypi pip==23.0.1
cp "deb/usr/share/python-wheels/$wheel" debian

bundle() { # WHEEL: the bundle of certificates that the pip in it uses
    PYTHONPATH=$1 python3 -c '
from pip._vendor import certifi
path = certifi.where()
print(path if path.startswith("/etc/") else "its own")'
}
cat >compare.py <<'END'
import base64, csv, hashlib, sys, zipfile
pypi, debian = (zipfile.ZipFile(path) for path in sys.argv[1:])
print("missing", *sorted(set(pypi.namelist()) - set(debian.namelist())))
info = "pip-23.0.1.dist-info/"
differ = [name for name in debian.namelist() if debian.read(name) != pypi.read(name)]
print("differ", *(name for name in differ if not name.endswith("/RECORD")))
print("bundle", len(debian.read("pip/_vendor/certifi/cacert.pem")) > 200_000)
def fits(row):
    digest = base64.urlsafe_b64encode(hashlib.sha256(debian.read(row[0])).digest()).rstrip(b"=")
    return not row[1] or row[1] == "sha256=" + digest.decode()
print("record", all(map(fits, csv.reader(debian.read(info + "RECORD").decode().splitlines()))))
END
python3 compare.py "pypi/$wheel" "debian/$wheel" >compared
seen() { sed -n "s/^$1 //p" compared; }

expect "bundle of certificates, PyPI" "its own" "$(bundle "pypi/$wheel")"
expect "bundle of certificates, Debian" "/etc/ssl/certs/ca-certificates.crt" "$(bundle "debian/$wheel")"
expect "the unused one is in Debian's wheel" True "$(seen bundle)"
expect "RECORD of Debian's wheel is right" True "$(seen record)"
expect "files that Debian's wheel lacks" \
    "$(printf 'pip/_vendor/distlib/%s.exe ' t32 t64-arm t64 w32 w64-arm w64)" "$(seen missing) "
expect "files that differ" "pip-23.0.1.dist-info/entry_points.txt $(printf 'pip/_internal/%s.py ' \
    cli/cmdoptions commands/freeze commands/list utils/misc)pip/_vendor/certifi/core.py" "$(seen differ)"
