#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet check: random layers and schedules, and layers that once failed, on every target; lines, JSON and exit status;
# what it says about a layer that cannot be compiled.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

fail() {
    echo "FAILED: $*"
    cat out err
    failed=1
}

# One seed a target, so that they see different layers. More: SEPTET_RANDOM_ROUNDS.
seed=1000
for target in scalar x86-64-v2 x86-64-v3 x86-64-v4; do
    "$SEPTET" targets --json | grep "\"name\":\"$target\"" | grep -q '"runs_here":true' || continue
    "$SEPTET" check --random "${SEPTET_RANDOM_ROUNDS:-25}" --seed $seed --target $target >out 2>err || fail "random, $target"
    [ "$(grep -c '^ok ' out)" = "${SEPTET_RANDOM_ROUNDS:-25}" ] || fail "random, $target: not all lines say ok"
    seed=$((seed + 1000))
    "$SEPTET" check "$SEPTET_SOURCE_DIR/tests/cli/fixed_layers.txt" --target $target >out 2>err || fail "fixed, $target"
done

# A seed draws the same layer and schedule again.
"$SEPTET" check --random 1 --seed 77 --json >out 2>err || fail 'seed 77'
cp out first
"$SEPTET" check --random 1 --seed 77 --json >out 2>err
cmp first out || fail 'seed 77 gives another layer'

# What fails is given as a command that fails in the same way; what it draws beside a schedule is the layer alone.
printf 'split k 1 -> ko ki\nsplit ki 2 -> a b # 50%%\n' >refused.schedule
"$SEPTET" check --random 1 --seed 5 --target scalar --schedule refused.schedule >out 2>err
[ $? = 1 ] || fail 'a schedule that does not apply'
command=$(sed -n 's/^reproduce: //p' err)
reason=$(grep -o 'tile 2 of ki does not divide 1' err) || fail 'the reason is missing'
[ "$(grep -c 'conv[123]d n=.*--schedule -$' <<<"$command")" = 1 ] || fail 'no command to reproduce a failure'
"$SEPTET" check --random 1 --seed 5 --target scalar --schedule refused.schedule --threads 3 2>&1 >out |
    grep -q '^reproduce: .*--threads 3' || fail 'the command to reproduce a failure has no threads'
"$SEPTET" check --conv 'c=8 h=5 w=5 k=8' --threads 3 --json | grep -q '"threads":3,' || fail 'threads in JSON'
(PATH=$(dirname "$SEPTET"):$PATH; eval "$command") >out 2>err
[ $? = 1 ] && grep -q "$reason" err || fail "another failure: $command"

# All outputs are compared with --slow; the figures are those of more outputs.
layer='c=16 h=20 w=20 k=16 r=3 s=3 pad=1 bias relu'
"$SEPTET" check --conv "$layer" --json >out 2>err || fail 'sampled'
sampled=$(grep -o '"error_l2":[0-9.e-]*' out)
"$SEPTET" check --conv "$layer" --json --slow >out 2>err || fail 'all outputs'
[ "$sampled" != "$(grep -o '"error_l2":[0-9.e-]*' out)" ] || fail '--slow changes nothing'

# A layer that cannot be compiled is a failure, and the others are checked all the same.
printf 'layer odd c=4 h=5 w=5 k=6 requant\nlayer good c=4 h=5 w=5 k=6\n' >layers.txt
"$SEPTET" check layers.txt --json >out 2>err
[ $? = 1 ] || fail 'exit status'
grep -q '"layer":"odd".*"status":"refused".*requant' out || fail 'no line about the refused layer'
grep -q '"layer":"good".*"status":"ok"' out || fail 'no line about the good layer'
grep -q '1 of 2 layers failed' err || fail 'no sum'
exit $failed
