#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet compile takes recorded schedules: those of this machine and of others, current, stale, unverified, refused.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export SEPTET_DB=$work/a.db
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}
layer=(--conv 'c=4 h=5 w=5 k=6 r=3 s=3 pad=1' --target scalar)
problem='conv2d n=1 g=1 c=4 h=5 w=5 k=6 p=5 q=5 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=none'
machine=$("$SEPTET" db stats | sed -n 's/^this machine  *//p')
[ -n "$machine" ] || fail 'stats: no machine'

# record NUMBER MACHINE SCHEDULE SHA: a confirmed record; later ones of a schedule replace earlier ones.
record() {
    local sha=${4:+"\"object_sha256\":\"$4\","}
    printf '{"septet":1,"uuid":"01900000-0000-7000-8000-00000000000%s","measured_at":"2026-03-01T10:00:0%s.000Z",' "$1" "$1"
    printf '"problem":"%s","target":"scalar","machine":"%s","workers":1,"regime":"warm",' "$problem" "$2"
    printf '"kind":"confirm","status":"ok","time_ns":%s,"visit_count":5,%s"schedule":"%s","build":"b"}\n' \
        "$((10 - $1))000" "$sha" "$3"
}
# expect SOURCE: what the layer's schedule comes from; in the kernel's header too.
expect() {
    "$SEPTET" compile "${layer[@]}" --name small -o out "${@:2}" >printed 2>notes || { fail "compile"; cat notes; }
    grep -q ", $1 schedule$" printed || { fail "not $1:"; cat printed notes; }
}

expect default
"$SEPTET" compile "${layer[@]}" --require-tuned -o none 2>/dev/null && fail '--require-tuned without a record'
[ -e none ] && fail '--require-tuned wrote files'

record 1 'another machine' 'reorder n p q k c r s\n' '' | "$SEPTET" db import - >/dev/null
expect similar
strings out/small.o | grep -qx similar || fail 'the source is not in the kernel'
"$SEPTET" compile "${layer[@]}" --require-tuned -o tuned >/dev/null || fail '--require-tuned with a record'
expect default --no-db

record 2 "$machine" 'reorder n p k q c r s\n' '' | "$SEPTET" db import - >/dev/null
expect record-unverified
record 3 "$machine" 'reorder n p k q c r s\n' 00 | "$SEPTET" db import - >/dev/null
expect record-stale
"$SEPTET" db revalidate | grep -q '^different  *2$' || fail 'revalidate: another machine and a wrong hash'
[ "$("$SEPTET" db stale | grep -c '^different')" = 2 ] || fail 'stale'

# The object that was measured is the one that these options make.
echo 'reorder n p k q c r s' >schedule
"$SEPTET" compile "${layer[@]}" --name measured --schedule schedule -o measured >/dev/null
sum=$(sha256sum measured/measured.o | cut -d' ' -f1)
record 4 "$machine" 'reorder n p k q c r s\n' "$sum" | "$SEPTET" db import - >/dev/null
expect record
"$SEPTET" db revalidate | grep -q '^same  *1$' || fail 'revalidate: the same object'
[ "$("$SEPTET" db stale | grep -c '^different')" = 1 ] || fail 'stale: the same object'
"$SEPTET" db best "${layer[@]}" | grep -q '000000000004$' || fail 'best shows another one'
"$SEPTET" db show 01900000-0000-7000-8000-000000000004 --schedule-only | cmp - schedule || fail 'db show'
"$SEPTET" db show 01900000-0000-7000-8000-000000000004 | grep -q '^object_sha256 *'"$sum" || fail 'db show: no hash'
expect file --schedule schedule

# A record that this version refuses is passed over, with the reason.
record 5 "$machine" 'split nonsense 2 -> a b\n' 00 | "$SEPTET" db import - >/dev/null
expect default
grep -q 'passed over' notes || fail 'no word of the record that does not apply'

# A problem without a record borrows from one that is much like it, unless that makes the default again.
lend() { # NUMBER C KNOBS: a confirmed record of a layer of C channels
    printf '{"septet":1,"uuid":"01900000-0000-7000-8000-00000000010%s","measured_at":"2026-03-01T10:00:0%s.000Z",' "$1" "$1"
    printf '"problem":"conv2d n=1 g=1 c=%s h=14 w=14 k=32 p=14 q=14 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 ' "$2"
    printf 'type=f32,f32,f32 layout=nhwc,nhwc epilogue=none","target":"x86-64-v3","machine":"%s",' "$machine"
    printf '"workers":1,"regime":"warm","kind":"confirm","status":"ok","time_ns":1000,"visit_count":5,'
    printf '"schedule":"reorder n p q k c r s\\n","recipe":"register_tile","knobs":"%s","build":"b"}\n' "$3"
}
layer=(--conv 'c=16 h=14 w=14 k=32 r=3 s=3 pad=1' --target x86-64-v3)
expect default
knobs=$("$SEPTET" tune "${layer[@]}" --dry-run | sed -n 's/^    1  //p')
lend 1 4 "$knobs" | "$SEPTET" db import - >/dev/null
grep -q 'lane_loop' <<<"$knobs" || fail 'no knobs to lend'
"$SEPTET" compile "${layer[@]}" --name small -o out >printed || fail 'compile with a borrowed schedule'
grep -q ', transferred schedule, borrowed from conv2d n=1 g=1 c=4 ' printed || { fail 'not transferred:'; cat printed; }
strings out/small.o | grep -qx transferred || fail 'the source is not in the kernel'
"$SEPTET" compile "${layer[@]}" --require-tuned -o none 2>/dev/null && fail '--require-tuned with a borrowed schedule'
expect default --no-db
lend 2 2 "$knobs" | "$SEPTET" db import - --db far.db >/dev/null
expect default --db far.db
lend 3 8 "$("$SEPTET" tune "${layer[@]}" --dry-run | sed -n 's/^    0  //p')" | "$SEPTET" db import - >/dev/null
expect default # which the nearer one lends
layer=(--conv 'c=4 h=5 w=5 k=6 r=3 s=3 pad=1' --target scalar)

# A database that cannot be read is an error; --no-db does without.
printf 'x%.0s' {1..5000} >broken.db
"$SEPTET" compile "${layer[@]}" --db broken.db -o none 2>err && fail 'a broken database was passed over'
grep -q 'broken.db is not a tuning database, or damaged' err || { fail 'no reason'; cat err; }
SEPTET_DB=$work/broken.db expect default --no-db
exit $failed
