#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet check on targets that this machine runs in an emulator only: a layer of every kind with the default schedule,
# and random layers with random schedules. More of these: test_check_emulated_slow.sh.
set -u
rounds=${SEPTET_RANDOM_ROUNDS:-2}
layers=$SEPTET_SOURCE_DIR/tests/cli/every_kind.txt
emulated=$("$SEPTET" targets --json | grep '"runs_here":false' | grep '"emulator":"' | sed 's/.*"name":"\([^"]*\)".*/\1/')
failed=0

# check COUNT WHAT ARGUMENTS...: all of COUNT layers say ok.
check() {
    local count=$1 what=$2 lines
    shift 2
    lines=$("$SEPTET" check "$@" 2>&1) && [ "$(grep -c '^ok ' <<<"$lines")" = "$count" ] && return
    echo "FAILED: $what"
    grep -v '^ok ' <<<"$lines"
    failed=1
}

[ -n "$emulated" ] || { echo 'SKIPPED: no emulator with a cross compiler (qemu-user, gcc-aarch64-linux-gnu)'; exit 77; }
seed=1
for target in $emulated; do
    case $target in cortex-a76 | neoverse-n1) continue ;; esac # the instructions of cortex-a72
    check "$(grep -c '^layer' "$layers")" "$target, layers of every kind" "$layers" --target "$target"
    check 1 "$target, threads" --conv 'c=24 h=9 w=9 k=40 bias' --threads 3 --target "$target"
    check "$rounds" "$target, random" --random "$rounds" --seed $seed --target "$target"
    seed=$((seed + rounds))
done
exit $failed
