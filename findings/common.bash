# What the scripts of this directory share: a temporary folder, pinned packages, and the comparison.
#
# A script sources this file, which makes a temporary folder, enters it, and removes it at the end.
# `expect` compares one behaviour with what was recorded; the script fails if any of them changed.

set -euo pipefail

name=$(basename "$0" .sh)
# shellcheck disable=SC2034  # The scripts read it.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
changed=0

finish() {
    local status=$?
    cd /
    rm -rf "$scratch"
    if [ "$status" -ne 0 ]; then
        echo "$name: could not be run to its end (status $status)" >&2
    elif [ "$changed" -ne 0 ]; then
        echo "$name: $changed of the recorded behaviours changed" >&2
        status=1
    else
        echo "$name: as recorded"
    fi
    exit "$status"
}
trap finish EXIT
cd "$scratch"

export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 PIP_NO_INPUT=1
export PIP_ROOT_USER_ACTION=ignore PIP_NO_WARN_SCRIPT_LOCATION=1 PIP_DISABLE_PIP_VERSION_CHECK=1
unset SOURCE_DATE_EPOCH PYTHONPATH PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX VIRTUAL_ENV

# expect WHAT RECORDED SEEN: prints what was seen, and counts it if it is not what was recorded.
expect() {
    if [ "$2" = "$3" ]; then
        printf '%s: %s\n' "$1" "$3"
    else
        printf '%s: CHANGED\n  recorded: %s\n  seen:     %s\n' "$1" "$2" "$3" >&2
        changed=$((changed + 1))
    fi
}

# python_packages NAME==VERSION...: makes the virtual environment `py` and installs them there.
python_packages() {
    printf 'versions: %s, %s\n' "$(python3 --version)" "$*"
    python3 -m venv py
    py/bin/pip install -q "$@"
}

# node_packages NAME@VERSION...: installs them below the current directory.
node_packages() {
    printf 'versions: Node.js %s, %s\n' "$(node --version)" "$*"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix . "$@"
}

# debian_packages NAME=VERSION...: unpacks them into `deb` without installing them. The version may end in
# `*`, for Debian keeps only its newest build of one. NAME alone is for libraries that the others need.
debian_packages() {
    local package
    mkdir -p deb archives
    (cd archives && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$@") || {
        echo "these Debian packages were not found; \`apt-get update\` may help, and the script is" \
            "for Debian 12 (bookworm)" >&2
        return 1
    }
    printf 'versions: Debian packages'
    for package in archives/*.deb; do
        dpkg-deb -x "$package" deb
        # shellcheck disable=SC2016  # dpkg-deb fills them in.
        printf ' %s' "$(dpkg-deb -W --showformat '${Package}=${Version}' "$package")"
    done
    echo
    export PATH="$scratch/deb/usr/bin:$PATH"
    LD_LIBRARY_PATH=$(find deb -type d -path '*/lib/*-linux-gnu*' -prune -printf "$scratch/%p:")
    export LD_LIBRARY_PATH=${LD_LIBRARY_PATH%:}
}

# rust_program 'NAME@=VERSION [OPTIONS OF CARGO ADD]'...: builds `program` from main.rs on standard input.
rust_program() {
    local crate words
    printf 'versions: %s, %s\n' "$(rustc --version)" "$*"
    cargo init -q --vcs none --name program rust
    for crate in "$@"; do
        read -ra words <<<"$crate"
        cargo add -q --manifest-path rust/Cargo.toml "${words[@]}"
    done
    cat >rust/src/main.rs
    cargo build -q --manifest-path rust/Cargo.toml --target-dir rust/target
    cp rust/target/debug/program .
}
