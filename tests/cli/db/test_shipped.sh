#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records that came with septet lie underneath the user's: used, outdone, withdrawn; absent, empty, damaged, installed.
set -u
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 1
export SEPTET_DB=$work/user.db
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}
layer=(--conv 'c=4 h=5 w=5 k=6 r=3 s=3 pad=1' --target scalar)
problem='conv2d n=1 g=1 c=4 h=5 w=5 k=6 p=5 q=5 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=none'
machine=$("$SEPTET" db stats | sed -n 's/^this machine  *//p')
"$SEPTET" db stats | grep -q '^shipped file  *none$' || fail 'stats: shipped records from nowhere'

# record NUMBER MACHINE TIME STATUS SHA SCHEDULE
record() {
    local time="\"time_ns\":$3,"
    [ "$4" = ok ] || time=
    printf '{"septet":1,"uuid":"01900000-0000-7000-8000-0000000001%02d","measured_at":"2026-03-01T10:00:00.000Z",' "$1"
    printf '"problem":"%s","target":"scalar","machine":"%s","workers":1,"regime":"warm","kind":"confirm",' "$problem" "$2"
    printf '"status":"%s",%s"visit_count":5,"object_sha256":"%s","schedule":"%s","build":"b"}\n' "$4" "$time" "$5" "$6"
}
# expect SOURCE: what the layer's schedule comes from.
expect() {
    "$SEPTET" compile "${layer[@]}" --name small -o out "${@:2}" >printed 2>notes || { fail 'compile'; cat notes; }
    grep -Fq ", $1 schedule" printed || { fail "not $1:"; cat printed notes; }
}

# The file that the build made of tests/cli/db/lines.jsonl, of another machine.
export SEPTET_SHIPPED=$SEPTET_BUILD_DIR/tests/shipped.db
expect 'similar (shipped)'
strings out/small.o | grep -qx 'similar (shipped)' || fail 'the source is not in the kernel'
"$SEPTET" compile "${layer[@]}" --require-tuned -o tuned >/dev/null || fail '--require-tuned with a shipped record'
expect default --no-db
"$SEPTET" db best "${layer[@]}" --all-machines | grep -q '000000000003$' || fail 'db best does not show it'
"$SEPTET" db stats | grep -q '^shipped best records  *1$' || fail 'stats: no shipped records'
SEPTET_SHIPPED='' expect default

# Of this machine, with the object that was measured.
echo 'reorder n p k q c r s' >schedule
"$SEPTET" compile "${layer[@]}" --name measured --schedule schedule -o measured >/dev/null
sum=$(sha256sum measured/measured.o | cut -d' ' -f1)
mkdir prefix prefix/bin prefix/share prefix/share/septet
record 1 "$machine" 1000 ok "$sum" 'reorder n p k q c r s\n' >log.jsonl
record 2 "$machine" 2000 ok 00 'reorder n k p q c r s\n' >>log.jsonl
"$SEPTET" db import log.jsonl --db prefix/share/septet/shipped.db >/dev/null
chmod -R a-w prefix/share
SEPTET_SHIPPED=$work/prefix/share/septet/shipped.db
expect 'record (shipped)'
[ "$(ls prefix/share/septet)" = shipped.db ] || fail 'files beside the shipped one'
[ -e user.db ] && fail 'a lookup made a database'

# The user's own: slower ones lose, faster ones win; a shipped schedule that failed here, or was confirmed here, is out.
record 3 "$machine" 1500 ok '' 'reorder n p q k c r s\n' | "$SEPTET" db import - >/dev/null
expect 'record (shipped)'
record 4 "$machine" 900 ok 00 'reorder n p q k c s r\n' | "$SEPTET" db import - >/dev/null
expect record-stale
"$SEPTET" db prune --where 'time_ns = 900' >/dev/null
expect 'record (shipped)'
record 5 "$machine" 0 wrong '' 'reorder n p k q c r s\n' | "$SEPTET" db import - >/dev/null
expect record-stale
"$SEPTET" db prune --where 'time_ns = 1500' >/dev/null
expect 'record-stale (shipped)'
record 6 "$machine" 9000 ok 00 'reorder n k p q c r s\n' | "$SEPTET" db import - >/dev/null
expect record-stale
grep -q shipped printed && fail 'the shipped time outdid the one that was measured here'
rm user.db

# Beside the program, as it is installed; the program's own folder decides, not the name it was called by.
cp "$SEPTET" prefix/bin/septet
unset SEPTET_SHIPPED
ln -s prefix/bin/septet called
./called compile "${layer[@]}" --name small -o out | grep -Fq 'record (shipped)' || fail 'installed'

# What is wrong with the file.
: >empty.db
SEPTET_SHIPPED=$work/empty.db expect default
# refused FILE PATTERN
refused() {
    SEPTET_SHIPPED=$1 "$SEPTET" compile "${layer[@]}" -o none >/dev/null 2>err
    [ $? = 1 ] || fail "$1 was passed over"
    grep -q -- "$2" err || { fail "$1: no word of $2"; cat err; }
    SEPTET_SHIPPED=$1 expect default --no-db
}
refused "$work/missing.db" 'there are no shipped records .*missing.db'
printf 'x%.0s' {1..5000} >broken.db
refused "$work/broken.db" 'cannot read the shipped records .*broken.db: .*not a database; install septet again'
head -c 20000 "$SEPTET_BUILD_DIR/tests/shipped.db" >half.db
refused "$work/half.db" 'cannot read the shipped records .*half.db: .*malformed'
cp "$SEPTET_BUILD_DIR/tests/shipped.db" newer.db && chmod u+w newer.db && printf '\0\0\0\7' |
    dd of=newer.db bs=1 seek=60 conv=notrunc 2>/dev/null
refused "$work/newer.db" 'not of this version of septet'
exit $failed
