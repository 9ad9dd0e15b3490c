#!/usr/bin/env bash
# Under fakeroot, rustix reports the real owner while the Rust standard library reports the faked one.
#
# Expected: a Rust program linked to glibc calls glibc, so the library that fakeroot preloads fakes owners
#   for the whole program.
# Instead: rustix makes system calls directly on Linux by default. In the same process,
#   `std::fs::metadata` reports owner 0 for a file, and `rustix::fs::stat` and `rustix::process::getuid`
#   report the real user. With the feature `use-libc`, all three are faked.
# Versions: rustix 1.1.6 from crates.io, fakeroot 1.31 of Debian 12.
# Matters: a check that compares owners from both sources concludes that the file was swapped.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'fakeroot=1.31*' 'libfakeroot=1.31*'
for features in fs,process fs,process,use-libc; do
    rm -rf rust
    rust_program "rustix@=1.1.6 --features $features" <<'END'
use std::os::unix::fs::MetadataExt;

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let standard = std::fs::metadata(&path).unwrap().uid();
    let rustix = rustix::fs::stat(&path).unwrap().st_uid;
    let user = rustix::process::getuid().as_raw();
    println!("std {standard}, rustix {rustix}, user {user}");
}
END
    mv program "with-$features"
done

# As an ordinary user, for whom alone owners have to be faked.
chmod 755 .
mkdir -m 777 work
as_user=()
if [ "$(id -u)" = 0 ]; then as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
user=$("${as_user[@]}" id -u)
library=$(find "$scratch/deb" -name libfakeroot-sysv.so -printf %h)
fake() {
    # shellcheck disable=SC2016  # The inner shell expands it.
    (cd work && rm -f file && "${as_user[@]}" fakeroot --faked "$scratch/deb/usr/bin/faked-sysv" \
        --lib "$library/libfakeroot-sysv.so" sh -c 'touch file; "$0" file' "$scratch/$1") |
        sed "s/\b$user\b/USER/g"
}
expect "as it is" "std 0, rustix USER, user USER" "$(fake with-fs,process)"
expect "with use-libc" "std 0, rustix 0, user 0" "$(fake with-fs,process,use-libc)"
