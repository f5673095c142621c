#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples/tune_layer.c: the C API runs a session, knows its best, compiles it, and exports lines that the command reads.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
    cat err
}
program=$SEPTET_BUILD_DIR/examples/tune_layer

"$program" tuning.db 3 >lines 2>err || fail 'the program'
grep -Eq '^search +([0-9.]+ ms  best|noisy)' err || fail 'candidate 0 was not told'
"$SEPTET" db import lines --db copy.db >read 2>&1 || fail 'the lines'
measured=$("$SEPTET" db sql "SELECT count(*) FROM record" --db tuning.db | tail -1 | tr -d " ")
[ "$measured" -ge 3 ] || fail "only $measured measurements are in the database"
ok=$("$SEPTET" db sql "SELECT count(*) FROM record WHERE status = 'ok'" --db tuning.db | tail -1 | tr -d " ")
grep -q "^$ok rows read, $ok added" read || { fail 'other lines than what is ok'; cat read; }
# A busy machine may leave nothing but disturbed visits.
if grep -q '^best:' err; then
    grep -q '^compiled with the schedule of: record$' err || fail 'not compiled with the record'
else
    grep -q '^compiled with the schedule of: default$' err || fail 'no record, and no default either'
fi
"$program" tuning.db 0 >lines 2>err && fail 'a budget of nothing'
grep -q 'give a budget' err || fail 'no word of the budget'
"$program" 2>err
[ $? = 2 ] || fail 'usage'
exit $failed
