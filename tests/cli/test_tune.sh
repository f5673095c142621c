#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet tune: what would be searched, and what is refused.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# has FILE TEXT
has() {
    grep -qF -- "$2" "$1" || { fail "no line of $1 has '$2'"; cat "$1"; }
}

# misused TEXT ARGUMENTS...: exit status 2 and the text.
misused() {
    local text=$1
    shift
    "$SEPTET" tune "$@" >out 2>err
    [ $? = 2 ] || fail "tune $*: exit status"
    has err "$text"
}

cat >layers.txt <<'LAYERS'
layer one   c=8 h=13 w=11 k=24 r=3 s=3 pad=1 bias relu
layer two   c=16 h=14 w=14 k=40 bias
layer three groups=2 c=24 h=8 w=8 k=24 x=nChw16c y=nChw16c
LAYERS

"$SEPTET" tune layers.txt --target x86-64-v4 --dry-run >out || fail 'dry run'
has out '    lanes        1 2 4 8 16'
has out '    unroll_c     1 2 4 8'
has out '    0  lane_loop=k lanes=16'
has out 'no recipe knows this kind of layer'
[ "$(grep -c '^    [1-8]  lane_loop' out)" -ge 10 ] || fail 'first candidates'
"$SEPTET" tune layers.txt --target x86-64-v4 --dry-run >again
cmp -s out again || fail 'a second run prints something else'

"$SEPTET" tune layers.txt --target x86-64-v4 --dry-run --json --shard 2/2 >out || fail '--shard'
[ "$(wc -l <out)" = 1 ] || fail '--shard 2/2 of three layers'
has out '"layer":"two"'
has out '"exact":true'

misused "unknown strategy 'hope'; there are random, descent" layers.txt --dry-run --strategy hope
misused '--shard 3/2: expected i/n' layers.txt --dry-run --shard 3/2
misused '--shard 4/4: there are only 3 layers' layers.txt --dry-run --shard 4/4
misused '--trials 0: expected a whole number' layers.txt --trials 0
misused '--minutes 0: expected a number above 0' layers.txt --minutes 0
misused '--until 25:00: expected a time of the day' layers.txt --until 25:00

misused "expected a whole number" layers.txt --trials many
printf 'layer one c=8 h=5 w=5 k=8\nlayer one c=8 h=6 w=6 k=8\n' >twice.txt
misused "clashes with 'one'" twice.txt
echo '# nothing' >empty.txt
printf 'split q 400 tail=guard -> qo qi\nunroll nothing\n' >bad.schedule

# failed TEXT ARGUMENTS...: exit status 1 and the text.
failed() {
    local text=$1
    shift
    "$SEPTET" tune "$@" >out 2>err
    [ $? = 1 ] || fail "tune $*: exit status"
    has err "$text"
}
foreign=$("$SEPTET" targets | grep -q '^host means x86' && echo cortex-a72 || echo x86-64-v3)
failed "$foreign cannot be measured on this machine" layers.txt --target "$foreign"
failed 'kernels of 4000 threads cannot be measured on this machine, which runs at most' layers.txt --threads 4000
failed 'there is no layer in it' empty.txt
failed 'bad.schedule:2:' layers.txt --layer one --schedule bad.schedule

exit $failed
