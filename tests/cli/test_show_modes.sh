#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet show --trace, --footprint, --diff, --asm against the texts in tests/cli/show/; SEPTET_UPDATE_GOLDEN=1 rewrites
# them. Of --asm, whose code is LLVM's, the table alone.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
golden=$SEPTET_SOURCE_DIR/tests/cli/show
layer='c=2 h=3 w=20 k=18 r=3 s=1 pad=1,0 bias relu'
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# compare NAME ARGUMENTS...
compare() {
    local name=$1
    shift
    "$SEPTET" show --conv "$layer" --name tiny --schedule steps.txt --no-db "$@" >out 2>err || { fail "show $*"; cat err; }
    sed -n '/^The first, /q; p' out >cut
    [ -z "${SEPTET_UPDATE_GOLDEN:-}" ] || cp cut "$golden/$name.golden"
    diff -u "$golden/$name.golden" cut || fail "show $* prints something else"
}

printf '' >steps.txt
compare trace_seven_loops --trace --target scalar --limit 12
cat >steps.txt <<'STEPS'
split k 16 tail=guard -> ko kl
split q 4 -> qo qi
reorder n ko p qo c r s qi kl
spatial_for kl on lanes
unroll qi
accumulate y at qo in registers
clip r
pack w as [k/16 r s c k%16] -> wp ahead
STEPS
compare trace_lanes --trace --target x86-64-v4 --limit 30
compare footprint --footprint --target x86-64-v4
compare diff --diff 2,accumulate --target x86-64-v4
compare asm --asm --target x86-64-v4

# JSON lines: the layer, then a line for each nest, statement, loop and tensor.
json() {
    local count=$1 keys=$2
    shift 2
    "$SEPTET" show --conv "$layer" --name tiny --schedule steps.txt --no-db --target x86-64-v4 --json "$@" >out 2>err ||
        { fail "show --json $*"; cat err; }
    head -1 out | grep -q '^{"layer":"tiny","problem":"conv2d .*"target":"x86-64-v4","threads":1,.*"schedule_source":"file","schedule":' ||
        { fail "show --json $*: no line of the layer"; cat out; }
    [ "$(sed 1d out | grep -c "^{\"layer\":\"tiny\",$keys}\$")" = "$count" ] || { fail "show --json $*: other lines"; cat out; }
    [ "$(wc -l <out)" = $((count + 1)) ] || fail "show --json $*: $(wc -l <out) lines"
}
json 9 '"step":[0-9],"after":".*","nest":"tensor x .*"'
json 1 '"step":1,"after":"split k 16 tail=guard -> ko kl","nest":".*"' --after 1
json 5 '"statement":[1-5],"loops":"n=0 .*","writes":"acc.*","adds":\(true\|false\),"reads":".*"' --trace --limit 5
json 1 '"diff":".*+ for n 1.*"' --diff 2,accumulate
json 1 '"loop":"r","around":"ko p qo c","iterations":180,.*,"fmas":4,.*,"spills":0,"code":".*"' --asm
json 30 '\("loop":".*","depth":[0-6],"runs":.*,"iterations":.*,"tensor":".*","bytes":.*,"uses":.*\|"cache_bytes":.*,"tensor":".*","traffic_bytes":.*\)' --footprint

# The whole of a kernel, the lanes of a tail, and wrong usage.
printf 'split k 16 tail=guard -> ko kl\nspatial_for kl on lanes\npack w as [k/16 r s c k%%16] -> wp ahead\n' >tail.txt
"$SEPTET" show --conv 'c=1 h=1 w=1 k=18' --trace --target x86-64-v4 --schedule tail.txt >out || fail 'a tail'
grep -q 'ko=1 .*kl=0\.\.1 .*y\[0, 16\.\.17, 0, 0\] +=  x\[0, 0, 0, 0\] wp\[1, 0, 0, 0, 0\.\.1\]' out || { fail 'lanes of a tail'; cat out; }
"$SEPTET" show --conv 'c=1 h=1 w=1 k=2' --trace --target scalar --no-db >out || fail 'a tiny layer'
grep -qx 'That is all.' out || { fail 'the end of a tiny layer'; cat out; }
"$SEPTET" show --conv 'c=1 h=1 w=1 k=2' --trace --limit 0 >out 2>err
[ $? = 2 ] || fail '--limit 0'
"$SEPTET" show --conv 'c=1 h=1 w=1 k=2' --trace --asm >out 2>err
[ $? = 2 ] && grep -qF -- '--asm and --trace answer different questions' err || fail '--trace with --asm'
"$SEPTET" show --conv 'c=1 h=1 w=1 k=2' --limit 3 >out 2>err
[ $? = 2 ] && grep -qF -- '--limit counts the statements of --trace' err || fail '--limit without --trace'
exit $failed
