#!/usr/bin/env bash
# Under fakeroot, a directory made in a setgid directory seems not to be setgid, and is archived without it.
#
# Expected: on Linux, a new directory inherits the setgid bit of its parent. fakeroot fakes owners, and shows
#   permissions as they are, unless a program changes them.
# Instead: fakeroot records the mode that the program asked for. `mkdir` below a directory with mode 2755
#   gives 755 in the same session, and tar stores that, whereas the directory has mode 2755 in a later session
#   and without fakeroot. A directory that is there before is shown as it is.
# Versions: fakeroot 1.31 of Debian 12, GNU tar of the system.
# Matters: an archive built under fakeroot below a setgid directory has other modes than one packed afterwards,
#   so a build that is packed in one session differs from one that is packed in two.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.bash
source "$(dirname "$0")/common.bash"

debian_packages 'fakeroot=1.31*' 'libfakeroot=1.31*'
library=$(find "$scratch/deb" -name libfakeroot-sysv.so -printf %h)
fake() {
    deb/usr/bin/fakeroot-sysv --faked deb/usr/bin/faked-sysv --lib "$library/libfakeroot-sysv.so" -- "$@"
}
umask 022
mkdir parent
chmod 2755 parent
mkdir parent/before
# shellcheck disable=SC2016  # The inner shell expands it.
within=$(fake sh -c 'mkdir parent/made && stat -c %a parent parent/before parent/made && tar cf made.tar parent')
expect "within the session: parent, before, made" "2755 2755 755" "$(paste -sd' ' <<<"$within")"
expect "in a later session" "2755" "$(fake stat -c %a parent/made)"
expect "without fakeroot" "2755" "$(stat -c %a parent/made)"
modes() { python3 -c '
import sys, tarfile
print(*("%s %o" % (it.name, it.mode) for it in sorted(tarfile.open(sys.argv[1]), key=lambda it: it.name)))' "$1"; }
expect "archive of the session" "parent 2755 parent/before 2755 parent/made 755" "$(modes made.tar)"
fake tar cf later.tar parent
expect "archive of a later session" "parent 2755 parent/before 2755 parent/made 2755" "$(modes later.tar)"
