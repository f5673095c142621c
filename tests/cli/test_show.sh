#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet show: the whole story in order, and single moments of it.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
layer='c=4 h=6 w=6 k=8 r=3 s=3 pad=1 bias relu'
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# show ARGUMENTS...: standard output in out.
show() {
    "$SEPTET" show --conv "$layer" --schedule steps.txt "$@" >out 2>err || { fail "show $*"; cat err; }
}

# has TEXT, lacks TEXT: in out.
has() {
    grep -qF -- "$1" out || { fail "no line has '$1'"; cat out; }
}

lacks() {
    grep -qF -- "$1" out && fail "a line has '$1'"
}

printf '# mine\nsplit q 3 -> qo qi\nclip r\nunroll s\n' >steps.txt
show
has 'conv2d n=1 g=1 c=4'
has 'file schedule'
has 'sum[c 4, r 3, s 3]'
has 'n counts images'
has 'for n 1, k 8, p 6, q 6 {'
has '1. split q 3 -> qo qi'
has 'Cuts q into blocks of 3: qo counts the blocks, qi runs inside one.'
has '2. clip r'
has 'for c 4, r in max(0, 1 - p)..min(3, 7 - p), s 3:'
has '3. unroll s'
headings=$(grep -nE '^[0-9]+\. ' out | cut -d: -f2 | cut -d. -f1 | tr '\n' ' ')
[ "$headings" = '1 2 3 4 ' ] || fail "steps come as $headings"
[ "$(grep -c '^tensor x' out)" = 2 ] || fail 'declarations repeat'

show --after 0
has 'for n 1, k 8, p 6, q 6 {'
lacks 'split'
show --after 1
has 'for n 1, k 8, p 6, qo 2, qi 3 {'
has 'tensor x'
lacks 'clip'
show --after clip
has '2. clip r'
lacks 'unroll'
show --after fold_guards
has 'After the pass fold_guards'
lacks 'unroll s'

# The default schedule of every target, and of a network's layer.
for target in scalar x86-64-v2 x86-64-v3 x86-64-v4; do
    "$SEPTET" show "$SEPTET_SOURCE_DIR/bench/layers/resnet50.txt" --layer res2a_branch2b --target $target >out || fail $target
    has "target $target, algorithm direct, default schedule"
    has 'ahead'
done

# The loops of the machine code, and the instructions of the first.
for target in x86-64-v4 cortex-a72 cortex-a15; do
    show --asm --target $target
    has ' work   iterations  instr   fma'
    has '  k p qo qi c r'
    has 'The first, r:'
    lacks 'n counts images'
    grep -qE '^    (vfmadd|fmla|fmadd|vmla|vfma)' out || fail "$target: no multiply-add"
done
"$SEPTET" show --conv "$layer" --asm --after 1 >out 2>err && fail '--asm with --after'
grep -qF -- '--after and --asm' err || fail '--asm with --after: no reason'

# What loops touch.
show --footprint --target x86-64-v4
has '     runs  of times        b                y                x         packed_w'
has '    first     48.0K '
grep -qE '^ +1152 +3 .*            r$' out || fail 'no line of r'
"$SEPTET" show --conv "$layer" --asm --footprint >out 2>err && fail '--asm with --footprint'

# What changed between two moments.
show --diff 0,1
has '- for n 1, k 8, p 6, q 6 {'
has '+ for n 1, k 8, p 6, qo 2, qi 3 {'
has '  tensor x'
show --diff clip,unroll_loops
has '-     for c 4, r in max(0, 1 - p)..min(3, 7 - p), s 3:'
for moments in 1 1,9 1,clap; do
    "$SEPTET" show --conv "$layer" --schedule steps.txt --diff $moments >out 2>err
    [ $? = 2 ] && grep -qF -- '--diff' err || fail "--diff $moments is no misuse"
done

# A schedule that cannot be lowered: the nests are printed, the reason has its line. A step that does not apply comes
# alone.
printf 'split q 2 -> qo ql\nspatial_for ql on lanes\n' >lanes.txt
"$SEPTET" show --conv "$layer" --target x86-64-v4 --schedule lanes.txt >out 2>err && fail 'strided lanes are lowered'
has 'for n 1, k 8, p 6, qo 3; lanes ql 2 {'
grep -qF 'lanes.txt:2:13: lanes ql: y has stride 8 there' err || { fail 'no line is to blame'; cat err; }
printf 'split q 2 -> qo ql\nsplit q 2 -> a b\n' >lanes.txt
"$SEPTET" show --conv "$layer" --schedule lanes.txt >out 2>err && fail 'a loop is split twice'
[ ! -s out ] || { fail 'half a story'; cat out; }
exit $failed
