#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What goes wrong outside of the database: no right to write, full disks, network file systems, a session that was
# killed. Each gives a message, and what was stored before is still there.
set -u
work=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || umount "$work/small"; chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
chmod a+rx .
lines=$SEPTET_SOURCE_DIR/tests/cli/db/lines.jsonl
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# expect STATUS PATTERN COMMAND...
expect() {
    local wanted=$1 pattern=$2 status
    shift 2
    "$@" >out 2>err
    status=$?
    [ $status = "$wanted" ] || { fail "$*: exit status $status"; cat err; }
    cat out err | grep -Eq -- "$pattern" || { fail "$*: no line with $pattern"; cat out err; }
}

# has DATABASE ROWS: it is whole, and has so many rows.
has() {
    local rows
    rows=$("$SEPTET" db sql 'SELECT count(*) FROM record' --db "$1" | tail -1 | tr -d ' ')
    [ "$rows" = "$2" ] || fail "$1 has '$rows' rows instead of $2"
    command -v python3 >/dev/null || return
    python3 -c "import sqlite3, sys
sys.exit(sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone()[0] != 'ok')" "$1" || fail "$1 is damaged"
}

# many COUNT FIRST: lines of other measurements, with schedules that differ.
many() {
    head -1 "$lines" | awk -v count="$1" -v first="$2" '{
        for (i = first; i < first + count; i++) {
            line = $0
            sub(/8000-000000000001/, sprintf("8000-%012d", i), line)
            sub(/"schedule":""/, sprintf("\"schedule\":\"unroll c by %d\"", i), line)
            print line
        }
    }'
}

# ordinary COMMAND...: as a user who is not root, and may read here.
ordinary() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    else
        "$@"
    fi
}

# No right to write: reading goes on, writing says so.
mkdir shared
"$SEPTET" db import "$lines" --db shared/a.db >/dev/null || exit 1
chmod 644 shared/a.db
chmod 755 shared
[ "$(id -u)" = 0 ] || chmod a-w shared/a.db shared
if ordinary "$SEPTET" --version >/dev/null 2>&1; then
    expect 0 '000000000003$' ordinary "$SEPTET" db list --db shared/a.db
    expect 1 'shared/a.db is read-only: this user may not write it' ordinary "$SEPTET" db import "$lines" --db shared/a.db
    expect 1 'cannot make the folder shared/b: Permission denied' \
        ordinary "$SEPTET" db import "$lines" --db shared/b/c.db
    expect 1 'cannot write to the folder shared: Permission denied' ordinary "$SEPTET" db import "$lines" --db shared/d.db
    chmod u+w shared
    mkdir shared/closed
    cp shared/a.db shared/closed/
    chmod 0 shared/closed
    expect 1 'there is no tuning database shared/closed/a.db|cannot open shared/closed/a.db' \
        ordinary "$SEPTET" db list --db shared/closed/a.db
    chmod 755 shared/closed
else
    echo 'SKIPPED: no ordinary user can run the command here'
fi
chmod -R u+w shared
has shared/a.db 3
[ "$(ls shared)" = "a.db
closed" ] || fail "files are left in the folder: $(ls shared)"

# A full disk: by a limit on the size of files, then a real one.
many 300 1000 >more.jsonl
many 3000 5000 >many.jsonl
limited() {
    (ulimit -f 150; exec "$@")
}
"$SEPTET" db import "$lines" --db full.db >/dev/null
expect 1 'cannot write full.db: disk I/O error; what was stored before is safe' limited "$SEPTET" db import more.jsonl --db full.db
has full.db 3
expect 0 '^300 rows read, 300 added' "$SEPTET" db import more.jsonl --db full.db
has full.db 303
mkdir small
if mount -t tmpfs -o size=400k none small 2>/dev/null; then
    mounted=yes
    "$SEPTET" db import "$lines" --db small/a.db >/dev/null || fail 'a small disk'
    expect 1 'the disk of small/a.db is full: nothing of this was written, all before is safe' \
        "$SEPTET" db import many.jsonl --db small/a.db
    has small/a.db 3
    umount small
    mounted=
else
    echo 'SKIPPED: a small disk cannot be mounted here; the limit on sizes stands for it'
fi

# A network file system: what statfs says is made up by a library that is loaded before.
cat >fake.c <<'FAKE'
#include <string.h>
#include <sys/vfs.h>
int statfs(const char *path, struct statfs *out) {
    (void)path;
    memset(out, 0, sizeof *out);
    out->f_type = 0x6969; /* NFS */
    return 0;
}
FAKE
if cc -shared -fPIC -o fake.so fake.c 2>/dev/null; then
    on_network() {
        LD_PRELOAD=$work/fake.so ASAN_OPTIONS=verify_asan_link_order=0 "$@"
    }
    expect 1 'network file system, .* keep the database on a disk of this machine .*, and join databases by' \
        on_network "$SEPTET" db import "$lines" --db remote.db
    [ -e remote.db ] && fail 'a database was made on the network'
    expect 1 'network file system' on_network "$SEPTET" db list --db full.db
else
    echo 'SKIPPED: no C compiler, so no network file system is made up'
fi

# An import that is killed: all or none of it is there, and the next one goes on.
for delay in 0.01 0.03 0.06 0.1; do
    "$SEPTET" db import more.jsonl --db killed.db >/dev/null 2>&1 &
    sleep $delay
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    expect 0 '^300 rows read, (300|0) added' "$SEPTET" db import more.jsonl --db killed.db
    has killed.db 300
    rm -f killed.db*
done
exit $failed
