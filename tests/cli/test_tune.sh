#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet tune --dry-run: what would be searched; and wrong usage.
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
misused 'this version does not measure yet' layers.txt

exit $failed
