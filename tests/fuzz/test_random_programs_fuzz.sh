#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Thousands of random programs of steps on random problems: interpreted as scheduled, interpreted after each pass for
# each target, compiled and run. The default tier has a few hundred, up to round 400; SEPTET_RANDOM_FIRST says where to
# start instead (1000). A failure shows the round, the problem and the steps, and how to have it again:
#
#     SEPTET_RANDOM_FIRST=5371 SEPTET_RANDOM_ROUNDS=1 build/dev/tests/test_compiler_schedule_random_steps
set -u
first=${SEPTET_RANDOM_FIRST:-1000}
failed=0

# rounds COUNT TEST: so many rounds of a test program.
rounds() {
    echo "== $2: rounds $first to $((first + $1 - 1))"
    SEPTET_RANDOM_FIRST=$first SEPTET_RANDOM_ROUNDS=$1 "$SEPTET_BUILD_DIR/tests/test_compiler_$2" || failed=1
}

rounds 10000 schedule_random_steps
rounds 1500 passes_random_lowering
rounds 500 passes_random_tiles
rounds 2000 llvm_random_programs

# Larger layers, the schedules that people and recipes write; a line of check says how to have a failure again.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
for target in scalar x86-64-v2 x86-64-v3 x86-64-v4; do
    if ! "$SEPTET" targets --json | grep "\"name\":\"$target\"" | grep -q '"runs_here":true'; then
        echo "SKIPPED: this machine does not run $target"
        continue
    fi
    echo "== septet check --random on $target"
    "$SEPTET" check --random 400 --seed "$first" --target $target >"$said" || failed=1
    grep -v '^ok ' "$said" && failed=1
    [ "$(grep -c '^ok ' "$said")" = 400 ] || failed=1
done
exit $failed
