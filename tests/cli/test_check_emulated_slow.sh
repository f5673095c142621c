#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A thousand random layers and schedules on an AArch64 target, and half as many on the others that need an emulator.
set -u
emulated=$("$SEPTET" targets --json | grep '"runs_here":false' | grep '"emulator":"' | sed 's/.*"name":"\([^"]*\)".*/\1/')
failed=0
[ -n "$emulated" ] || { echo 'SKIPPED: no emulator with a cross compiler (qemu-user, gcc-aarch64-linux-gnu)'; exit 77; }
for target in $emulated; do
    count=500
    [ "$target" = neoverse-n1 ] && count=1000
    "$SEPTET" check --random $count --seed 5000 --target "$target" >lines 2>&1
    passed=$(grep -c '^ok ' lines)
    echo "$target: $passed of $count"
    [ "$passed" = $count ] && continue
    grep -v '^ok ' lines
    failed=1
done
rm -f lines
exit $failed
