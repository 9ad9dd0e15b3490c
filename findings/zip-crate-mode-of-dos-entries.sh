#!/usr/bin/env bash
# pip and uv read a Unix mode from ZIP entries "made by MS-DOS"; the `zip` crate and unzip do not.
#
# Expected: the upper half of the external attributes is the Unix mode, and all readers treat it alike.
# Instead: pip, uv and installer use it whatever system made the entry. The `zip` crate returns 100664,
#   derived from the DOS attributes, and Info-ZIP sets no mode. For an entry made by NTFS, the crate does
#   use the upper half.
# Versions: zip 9.8.2 from crates.io, pip 26.3, uv 0.13.9, installer 1.1.0, Info-ZIP 6.0.
# Matters: Python's zipfile writes "MS-DOS" with a Unix mode on Windows. A reader that relies on
#   `unix_mode()` installs programs from such wheels without the executable bit.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

rust_program 'zip@=9.8.2 --no-default-features --features deflate' <<'END'
fn main() {
    let archive = std::fs::File::open(std::env::args().nth(1).unwrap()).unwrap();
    let mut archive = zip::ZipArchive::new(archive).unwrap();
    let entry = archive.by_name("demo/run").unwrap();
    println!("{:o}", entry.unix_mode().unwrap());
}
END
python_packages pip==26.3 uv==0.13.9 installer==1.1.0
command -v unzip >/dev/null || debian_packages unzip
umask 022

# The modes of `demo/run` by all readers, for a wheel made by a system.
modes() {
    rm -rf by-*
    python3 "$here/wheel.py" <<END
{"name": "demo", "system": $1, "files": {"demo/__init__.py": "", "demo/run": "#!/bin/sh\n"},
 "modes": {"demo/run": "755"}}
END
    py/bin/pip install -q --no-index --no-compile --target by-pip ./demo-1.0-py3-none-any.whl
    py/bin/uv pip install -q --offline --python py/bin/python --target by-uv ./demo-1.0-py3-none-any.whl
    py/bin/python -m installer --destdir by-installer --prefix / ./demo-1.0-py3-none-any.whl
    unzip -q -d by-unzip demo-1.0-py3-none-any.whl
    for reader in pip uv installer unzip; do
        printf '%s %s, ' "$reader" "$(find "by-$reader" -name run -printf %m)"
    done
    printf 'crate %s\n' "$(./program demo-1.0-py3-none-any.whl)"
}
expect "made by Unix" "pip 755, uv 755, installer 755, unzip 755, crate 100755" "$(modes 3)"
expect "made by MS-DOS" "pip 755, uv 755, installer 755, unzip 644, crate 100664" "$(modes 0)"
expect "made by NTFS" "pip 755, uv 755, installer 755, unzip 644, crate 100755" "$(modes 10)"
