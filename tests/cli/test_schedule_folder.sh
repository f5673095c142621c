#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --schedule DIR: DIR/KERNEL.schedule is the schedule of that layer; others get the default.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'layer one c=16 h=7 w=7 k=16\nlayer two c=16 h=7 w=7 k=32\n' >"$work/small.txt"
mkdir "$work/schedules"
printf 'unroll c by 2\n' >"$work/schedules/two.schedule"
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

"$SEPTET" check "$work/small.txt" --schedule "$work/schedules" --target x86-64-v2 >"$work/out" 2>&1
grep -qE '^ok +one .*default schedule' "$work/out" || fail 'a layer without a file of its own'
grep -qE '^ok +two .*file schedule' "$work/out" || fail 'a layer with one'
"$SEPTET" check --random 1 --schedule "$work/schedules" >>"$work/out" 2>&1
[ $? = 2 ] || fail 'random layers have no names'
grep -q 'a folder of schedules is for layers with names' "$work/out" || fail 'its message'
printf 'split k 5 -> ko ki\n' >"$work/schedules/one.schedule"
"$SEPTET" check "$work/small.txt" --schedule "$work/schedules" >>"$work/out" 2>&1
[ $? = 1 ] || fail 'a schedule that does not apply'
grep -q "schedules/one.schedule:1:1" "$work/out" || fail 'its place'
[ $failed = 0 ] || cat "$work/out"
exit $failed
