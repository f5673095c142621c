#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet tune --dry-run: what would be searched; and wrong usage.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# has FILE TEXT
has() {
    grep -qF -- "$2" "$1" || { fail "no line of $1 has '$2'"; cat "$1"; }
}

# misused TEXT ARGUMENTS...: exit status 2 and the text.
misused() {
    local text=$1
    shift
    "$SEPTET" tune "$@" >out 2>err
    [ $? = 2 ] || fail "tune $*: exit status"
    has err "$text"
}

cat >layers.txt <<'LAYERS'
layer one   c=8 h=13 w=11 k=24 r=3 s=3 pad=1 bias relu
layer two   c=16 h=14 w=14 k=40 bias
layer three groups=2 c=24 h=8 w=8 k=24 x=nChw16c y=nChw16c
LAYERS

"$SEPTET" tune layers.txt --target x86-64-v4 --dry-run >out || fail 'dry run'
has out '    lanes        1 2 4 8 16'
has out '    unroll_c     1 2 4 8'
has out '    0  lane_loop=k lanes=16'
has out 'no recipe knows this kind of layer'
[ "$(grep -c '^    [1-8]  lane_loop' out)" -ge 10 ] || fail 'first candidates'
"$SEPTET" tune layers.txt --target x86-64-v4 --dry-run >again
cmp -s out again || fail 'a second run prints something else'

"$SEPTET" tune layers.txt --target x86-64-v4 --dry-run --json --shard 2/2 >out || fail '--shard'
[ "$(wc -l <out)" = 1 ] || fail '--shard 2/2 of three layers'
has out '"layer":"two"'
has out '"exact":true'

misused "unknown strategy 'hope'; there are random, descent" layers.txt --dry-run --strategy hope
misused '--shard 3/2: expected i/n' layers.txt --dry-run --shard 3/2
misused '--shard 4/4: there are only 3 layers' layers.txt --dry-run --shard 4/4
misused '--trials 0: expected a whole number' layers.txt --trials 0
misused '--minutes 0: expected a number above 0' layers.txt --minutes 0
misused '--until 25:00: expected a time of the day' layers.txt --until 25:00

# A session, the same again, and one that is ended by a signal; everything shown is in the database.
export SEPTET_DB=$work/tuning.db
layer='c=8 h=6 w=6 k=16 r=3 s=3 pad=1'
rows() {
    "$SEPTET" db sql "SELECT count(*) FROM record" | tail -1
}

"$SEPTET" tune --conv "$layer" --trials 4 >out 2>err || { fail 'tune'; cat err; }
has out '4 measured'
before=$(rows)
"$SEPTET" tune --conv "$layer" --trials 3 >out 2>err || { fail 'tune again'; cat err; }
has err 'earlier measurements'
has out '3 measured'
[ "$(rows)" -ge $((before + 3)) ] || fail 'the second session stored too little'
rm out
"$SEPTET" tune --conv "$layer" --minutes 5 --strategy random --fresh --json >out 2>err &
session=$!
for ((i = 0; i < 600; i++)); do
    [ -s out ] && break
    sleep 0.1
done
kill -TERM $session
wait $session
[ $? = 1 ] || fail 'a session that was ended by a signal'
has err 'septet: interrupted'
has out '"kind":"search"'

exit $failed
