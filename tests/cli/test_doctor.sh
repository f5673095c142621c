#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet doctor says of every check what it found, and in the end whether the machine can record: 0 or 1 by its verdict.
set -u
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder" || exit 1
failures=0
fail() { echo "FAILED: $*"; cat out err; failures=1; }

"$SEPTET" doctor --json --db calibrations.db >out 2>err
status=$?
for check in target cores cgroup load timer governor steal 'matrix unit' counters peak 'read L1' 'read DRAM' kernel \
    verdict; do
    grep -q "^{\"check\":\"$check\",\"verdict\":\"\(fine\|warning\|unfit\)\"," out || fail "no line of $check"
done
case $status in
0)
    tail -1 out | grep -q '"verdict":"fine".*"fit to record"' || fail 'verdict of 0'
    "$SEPTET" db export --db calibrations.db | grep -q '"calibration":.*"peak_gflops":.*"noise":' || fail 'not recorded'
    ;;
1) tail -1 out | grep -q '"verdict":"unfit".*not fit to record' && grep -q 'not fit to record' err || fail 'verdict of 1'
    [ -e calibrations.db ] && fail 'recorded all the same'
    ;;
*) fail "exit status $status" ;;
esac
[ "$(grep -c '^{"check":"kernel"' out)" = 10 ] || fail 'not ten layers'
exit $failures
