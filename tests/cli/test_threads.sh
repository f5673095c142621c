#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# --threads N: kernels of every kind are right with their work divided, NAME_WORKERS and the workspace count all workers,
# and the default schedule leaves no layer with many tiles to one thread.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# number MACRO: its value in t.h
number() {
    sed -n "s/^#define t_$1 \([0-9]*\).*/\1/p" t.h
}

cat >layers.txt <<'LAYERS'
layer rows      c=16 h=13 w=11 k=24 r=3 s=3 pad=1 bias relu
layer pixels    c=64 h=14 w=14 k=40 bias
layer one_row   c=256 h=1 w=1 k=600 relu
layer batch     n=50 c=8 h=5 w=5 k=7 r=3 s=3 bias add relu
layer depthwise groups=48 c=48 h=29 w=29 k=48 r=3 s=3 pad=1
layer grouped   groups=3 c=24 h=19 w=19 k=54 r=3 s=3 stride=2
layer planes    c=16 h=20 w=17 k=17 r=3 s=3 pad=1 x=nchw y=nchw bias
layer blocked   c=24 h=19 w=19 k=24 r=3 s=3 pad=1 x=nChw16c y=nChw16c
layer volume    c=8 d=5 h=8 w=9 k=19 t=3 r=3 s=3 pad=1
layer up        transposed c=16 h=15 w=15 k=24 r=3 s=3 stride=2
layer brief     c=16 h=9 w=9 k=16 bias
LAYERS
"$SEPTET" check layers.txt --threads 3 --slow >out 2>&1 || fail 'layers'
[ "$(grep -c '^ok.*default schedule' out)" = 11 ] || { fail 'not all have the default schedule'; cat out; }
"$SEPTET" compile layers.txt --threads 3 -o kernels >/dev/null || fail 'compile'
grep -q '^#define brief_WORKERS 1 ' kernels/brief.h || fail 'a kernel of less than a microsecond starts threads'
for layer in rows pixels one_row batch depthwise planes volume up; do
    grep -q "^#define ${layer}_WORKERS 3 " "kernels/$layer.h" || fail "$layer uses fewer than 3 threads"
    grep -q '^void septet_parallel_for(' "kernels/$layer.h" || fail "$layer.h does not declare septet_parallel_for"
done

# A stage in workspace inside the loop on cores: each worker has its own.
conv='c=8 h=12 w=12 k=16 r=3 s=3 pad=1 bias'
printf 'pack x as [n h w c] -> xp\nreorder n p k q c r s\nplace xp at p\n' >placed.txt
"$SEPTET" compile --conv "$conv" --name t --schedule placed.txt -o . >/dev/null || fail 'placed'
one=$(number WORKSPACE_BYTES)
echo 'spatial_for p on cores' >>placed.txt
"$SEPTET" compile --conv "$conv" --name t --schedule placed.txt --threads 3 -o . >/dev/null || fail 'placed on cores'
[ "$(number WORKERS)" = 3 ] && [ "$(number WORKSPACE_BYTES)" = $((3 * one)) ] || fail 'the workspace of three workers'
"$SEPTET" check --conv "$conv" --schedule placed.txt --threads 3 >out 2>&1 || { fail 'placed: wrong'; cat out; }

# Copies of a loop on cores that follow one another start the threads once, and each worker has a stage of its own in all.
printf 'pack x as [n h w c] -> xp\nsplit p 5 tail=peel -> po pi\nreorder n po pi k q c r s\nplace xp at po\n' >copies.txt
echo 'spatial_for po on cores' >>copies.txt
"$SEPTET" compile --conv "$conv" --name t --schedule copies.txt --threads 3 --emit llvm,header -o . >/dev/null ||
    fail 'copies'
[ "$(grep -c 'call void @septet_parallel_for' t.ll)" = 1 ] || fail 'copies share a start'
[ "$(grep -c '^define internal void @t.tiles' t.ll)" = 2 ] || fail 'each copy has its tiles'
[ "$(number WORKERS)" = 3 ] || fail 'the workers of copies'
"$SEPTET" check --conv "$conv" --schedule copies.txt --threads 3 >out 2>&1 || { fail 'copies: wrong'; cat out; }

# Without --threads the same schedule asks for nothing.
"$SEPTET" compile --conv "$conv" --name t --schedule placed.txt -o . >/dev/null || fail 'one thread'
[ "$(number WORKERS)" = 1 ] || fail 'one worker'
nm -u t.o | grep -q septet_parallel_for && fail 'one thread asks for septet_parallel_for'

# Rows kept from one tile to the next are no business of tiles that run at the same time.
sed -i 's/place xp at p/place xp at p store n/' placed.txt
"$SEPTET" check --conv "$conv" --schedule placed.txt --threads 3 >out 2>&1 && fail 'sliding rows on cores'
grep -q "on cores may meet at one element of xp" out || { fail 'why not'; cat out; }
exit $failed
