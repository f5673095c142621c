#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Two sessions at once on one database and one machine: both finish, all that they print is there, and none measures
# while another has the machine.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export SEPTET_DB=$work/tuning.db SEPTET_LOCK=$work/lock
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}

tune() { # SEED
    "$SEPTET" tune --conv 'c=8 h=6 w=6 k=16 r=3 s=3 pad=1' --strategy random --seed "$1" --trials 6 --json \
        >"events_$1" 2>"messages_$1"
}

tune 1 &
one=$!
tune 2 &
two=$!
wait $one || { fail 'the first session'; cat messages_1; }
wait $two || { fail 'the second session'; cat messages_2; }
for seed in 1 2; do
    printed=$(grep -c '"kind":' events_$seed)
    [ "$printed" -ge 6 ] || fail "session $seed printed $printed events"
    session=$(head -1 events_$seed | sed -E 's/.*"session":"([^"]*)".*/\1/')
    stored=$("$SEPTET" db sql "SELECT count(*) FROM record WHERE session = '$session'" | tail -1 | tr -d ' ')
    [ "$stored" = "$printed" ] || fail "session $seed printed $printed events and stored $stored"
done

# While someone else has the machine, a session builds and waits.
command -v flock >/dev/null || exit $failed
flock "$SEPTET_LOCK" sh -c 'touch taken; while [ -e taken ]; do sleep 0.1; done' &
holder=$!
while [ ! -e taken ]; do sleep 0.1; done
tune 3 &
three=$!
sleep 2
[ ! -s events_3 ] || fail 'a session measures while another has the machine'
rm taken
wait $holder
wait $three || { fail 'the third session'; cat messages_3; }
[ -s events_3 ] || fail 'the session that waited measured nothing'
exit $failed
