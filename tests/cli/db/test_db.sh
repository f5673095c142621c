#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet db from a shell: rows come in, questions are answered, rows leave and go; and what is wrong is said.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lines=$SEPTET_SOURCE_DIR/tests/cli/db/lines.jsonl
cd "$work" || exit 1
export SEPTET_DB=$work/a.db
failed=0
fail() {
    echo "FAILED: $*"
    failed=1
}
db() { "$SEPTET" db "$@"; }
# expect STATUS PATTERN ARGUMENTS: exit status, and a line of what is printed.
expect() {
    local wanted=$1 pattern=$2
    shift 2
    db "$@" >out 2>err
    local status=$?
    [ $status = "$wanted" ] || { fail "db $*: exit status $status"; cat err; }
    cat out err | grep -Eq -- "$pattern" || { fail "db $*: no line with $pattern"; cat out err; }
}
layer=(--conv 'c=4 h=5 w=5 k=6 r=3 s=3 pad=1' --target scalar)

expect 0 'no confirmed record' best
expect 1 'there is no tuning database' best --db missing.db
expect 0 '^3 rows read, 3 added$' import "$lines"
expect 0 '^3 rows read, 0 added$' import "$lines"
db export >exported && db import exported --db b.db >/dev/null && db export --db b.db | cmp - exported || fail 'export'
[ "$(wc -l <exported)" = 3 ] || fail 'lines exported'

# Questions
expect 0 'no record of layer .* on this machine' best "${layer[@]}"
expect 0 '0\.015 +0\.004 +5 .*confirm .*000000000003$' best "${layer[@]}" --all-machines
expect 0 '"time_ms":0.015,' best --all-machines --json
expect 0 '^crashed +run +11 .*segmentation fault' failures
expect 0 '"reproduce":"septet check' failures --json
expect 0 ' 3 +3 +2 +1 +0\.015 +1 ' coverage
expect 0 'Maker' noise
expect 0 'random .*septet tune layers.txt' progress
expect 0 'no stale records' stale
expect 0 '000000000003$' list --where "kind = 'confirm'"
[ "$(db list --limit 2 | wc -l)" = 3 ] || fail 'list --limit'
expect 0 '^crashed +1$' sql 'SELECT status, count(*) AS n FROM record GROUP BY status'
expect 0 ' 20400 ' sql 'SELECT * FROM sample'

expect 0 ' confirm .*000000000003 ' top "${layer[@]}" --all-machines
expect 0 ' search .*000000000001 ' top "${layer[@]}" --all-machines
expect 0 'no such measurement of layer' top "${layer[@]}"
expect 0 'LLVM 19.1.7 +ok +confirm' history "${layer[@]}" --all-machines
expect 0 '^septet check --conv' repro 01900000-0000-7000-8000-000000000002
expect 1 'did not fail' repro 01900000-0000-7000-8000-000000000003
sed -e 's/"time_ns":15000/"time_ns":16000/' "$lines" | db import - --db slower.db >/dev/null
expect 0 '0\.015 +0\.016 +1\.067 +0\.008 +1 ' diff a.db slower.db
expect 1 '1 best records are slower' diff a.db slower.db --fail-slower 5%
expect 0 '1\.067' diff a.db slower.db --fail-slower 10%
expect 0 '0\.9375 ' diff slower.db a.db --fail-slower 0
expect 2 'expected a share in percent' diff a.db slower.db --fail-slower much
expect 2 'two databases' diff a.db

# Only reading
expect 1 'only reading is allowed|not authorized' sql 'DELETE FROM measurement'
expect 1 'one statement at a time' sql 'SELECT 1; SELECT 2'
expect 1 'the query is not SQL' sql 'SELEC 1'
expect 2 'a SELECT, in quotes' sql

# Merging, pruning
expect 0 '^3 rows read, 3 added$' merge a.db --db c.db
expect 0 '^1 rows read, 1 would be removed$' prune --where "status = 'crashed'" --only-count
expect 0 '^1 rows read, 1 removed$' prune --where "status = 'crashed'"
expect 0 'no measurement has failed' failures
expect 0 '^3 rows read, 0 added$' import "$lines"
expect 0 'no measurement has failed' failures
expect 0 ' added$' merge a.db --db c.db
db export --db c.db | cmp - <(db export) || fail 'a tombstone did not travel'
expect 2 'say which rows' prune
expect 1 'not SQL' prune --where 'status ='

# Bad input
echo '{"septet":1}' >bad
cat "$lines" bad >mixed
expect 1 'mixed:4: .*nothing was imported' import mixed --db d.db
expect 0 'no measurements' list --db d.db
expect 1 'cannot read' import missing.jsonl
expect 2 'name one file' import
expect 1 'there is no tuning database' merge missing.db
ln -s c.db also_c.db
expect 1 'also_c.db cannot be merged into itself' merge also_c.db --db c.db
echo 'this is no database, only text that is long enough to be looked at as one, which takes a hundred bytes' >text.db
expect 1 'is not a tuning database, or damaged' list --db text.db
grep -q 'only text' text.db || fail 'the text was changed'
exit $failed
