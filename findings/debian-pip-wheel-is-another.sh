#!/usr/bin/env bash
# Debian's pip wheel has the same file name as PyPI's but different contents.
#
# Expected: `pip-23.0.1-py3-none-any.whl` in Debian's python3-pip-whl, from which Debian's venv installs
#   pip, is the file that PyPI has.
# Instead: Debian builds its own. It lacks the Windows launchers, and its pip trusts
#   /etc/ssl/certs/ca-certificates.crt. The bundled certificates are still in the wheel, but unused. The
#   version, METADATA and WHEEL do not reveal any of this, and the wheel's RECORD matches its files.
# Versions: python3-pip-whl 23.0.1 of Debian 12, pip 23.0.1 from PyPI.
# Matters: a virtual environment made on Debian and copied into an image without ca-certificates cannot
#   download anything, and a digest pinned from PyPI does not match the wheel on the machine.
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
