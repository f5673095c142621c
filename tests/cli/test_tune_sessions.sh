#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sessions of septet tune: events and results, the same command again, which layers are taken, and a signal.
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

# A session, the same again, and one that is ended by a signal; everything shown is in the database.
export SEPTET_DB=$work/tuning.db
layer='c=8 h=6 w=6 k=16 r=3 s=3 pad=1'
rows() {
    "$SEPTET" db sql "SELECT count(*) FROM record" | tail -1
}

"$SEPTET" tune --conv "$layer" --trials 4 --json >out 2>err || { fail 'tune'; cat err; }
[ "$(grep -c '"kind":' out)" -ge 4 ] || { fail 'events of candidates'; cat out; }
for key in session layer trial kind status time_ms best_ms visits knobs strategy elapsed_s eta_s; do
    head -1 out | grep -qF "\"$key\":" || fail "an event without $key"
done
tail -2 out | head -1 | grep -q '"summary":"layer".*"start":"default".*"measured":4' || fail 'the layer'
grep -q '"confirmed":true' out || { echo 'SKIPPED: the machine is too busy to measure'; exit 77; }
tail -1 out | grep -q '"summary":"session".*"measured":4.*"stopped":false' || fail 'the end of the session'
before=$(rows)
"$SEPTET" tune --conv "$layer" --trials 3 >out 2>err || { fail 'tune again'; cat err; }
has err 'earlier measurements'
has out '3 measured'
has out 'record'
"$SEPTET" tune --conv "$layer" --missing >out 2>err || fail '--missing'
has err 'every layer has a confirmed record: there is nothing to do'
"$SEPTET" tune --conv "$layer" --stale >out 2>err || fail '--stale'
has err 'of the object that is compiled now'
[ "$(rows)" -ge $((before + 3)) ] || fail 'the second session stored too little'

# Records of another object are stale, and what is missing is missing; candidate 0 may be given.
"$SEPTET" db export | sed 's/"object_sha256":"[0-9a-f]*"/"object_sha256":"00"/' >old.jsonl
"$SEPTET" db import old.jsonl --db old.db >out || fail 'import'
other='c=8 h=6 w=6 k=16'
"$SEPTET" tune --conv "$layer" --conv "$other" --stale --trials 1 --db old.db >out 2>err || fail '--stale'
[ "$(wc -l <out)" = 1 ] || { fail '--stale takes other layers too'; cat out; }
has out 'record'
printf 'split q 3 -> qo qi\n' >given.schedule
printf 'layer a %s\nlayer b %s\n' "$other" "$other" >same.txt
"$SEPTET" tune --conv "$layer" same.txt --missing --schedule given.schedule --trials 1 \
    --db old.db >out 2>err || grep -q 'noisy' err || { fail '--schedule'; cat err; }
[ "$(wc -l <out)" = 1 ] || { fail '--missing takes other layers too'; cat out; }
has out 'x2'
grep -q 'noisy' err || has out 'given'

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
