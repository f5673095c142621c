#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench/bench_database imports what it made up, finds it again, and leaves nothing behind. What the times are is not
# tested.
set -u
program=$SEPTET_BUILD_DIR/bench/bench_database
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}
TMPDIR=$work "$program" 3000 >"$work/out" 2>&1 || fail 'exit status'
grep -Eq '^import: 3000 rows in [0-9.]+ s, [0-9]+ rows/s$' "$work/out" || fail 'import'
[ "$(grep -Ec '^best, .*: (100|9[0-9]) of 100 found, median [0-9.]+ ms, slowest [0-9.]+ ms$' "$work/out")" = 2 ] ||
    fail 'lookups'
grep -q '^best, nothing passes the filter: 0 of 100 found' "$work/out" || fail 'filter'
[ "$(ls "$work")" = out ] || fail 'files are left'
TMPDIR=/dev/null "$program" 3000 2>"$work/err" && fail 'no folder'
grep -q 'usage' "$work/err" || fail 'usage'
[ $failed = 0 ] || cat "$work/out"
exit $failed
