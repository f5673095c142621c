#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples/link_object.c, as docs/cross-compiling.md builds it: compiled and linked by the cross compiler of each target
# that needs an emulator, and run there; and on machines that lack what the kernel needs, NAME_supported says no.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0 ran=0
layer='c=3 h=4 w=4 k=5 r=3 s=3 pad=1 bias'
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'

fail() {
    echo "FAILED: $*"
    failed=1
}

# cross TARGET COMPILER EMULATOR...: the program of that target is right in that emulator.
cross() {
    local target=$1 compiler=$2 outside
    shift 2
    command -v "$compiler" >/dev/null && command -v "$1" >/dev/null || return
    "$SEPTET" compile --conv "$layer" --name example_layer --target "$target" -o "$target" >/dev/null || fail "$target"
    "$compiler" -std=c11 $warnings -static -I"$target" "$SEPTET_SOURCE_DIR/examples/link_object.c" \
        "$target/example_layer.o" -o "$target/program" || { fail "$target does not link"; return; }
    "$@" "$target/program" >out || { fail "$target: wrong"; cat out; }
    grep -q "compiled for $target by septet" out || fail "$target: info"
    outside=$(nm --undefined-only "$target/example_layer.o" | grep -vE ' (memcpy|memset|_GLOBAL_OFFSET_TABLE_)$')
    [ -z "$outside" ] || fail "$target: the object refers to $outside"
    ran=$((ran + 1))
}

# refuses TARGET EMULATOR...: the program of that target finds that the emulated machine cannot run it, by itself.
refuses() {
    local target=$1
    shift
    [ -e "$target/program" ] || return
    "$@" "$target/program" >out && fail "$target runs in $*"
    grep -q 'this CPU cannot run example_layer' out || { fail "$target in $*"; cat out; }
}

a32=arm-linux-gnueabihf-gcc a64=aarch64-linux-gnu-gcc
cross cortex-a9 $a32 qemu-arm -cpu cortex-a9
cross cortex-a15 $a32 qemu-arm -cpu cortex-a15
cross cortex-a72 $a64 qemu-aarch64 -cpu cortex-a72
cross cortex-a76 $a64 qemu-aarch64 -cpu cortex-a76
cross neoverse-n1 $a64 qemu-aarch64 -cpu neoverse-n1
cross neoverse-v1 $a64 qemu-aarch64 -cpu max,sve256=on
refuses cortex-a9 qemu-arm -cpu max,vfp=on,neon=off
refuses cortex-a15 qemu-arm -cpu cortex-a9
refuses cortex-a76 qemu-aarch64 -cpu cortex-a72
refuses neoverse-v1 qemu-aarch64 -cpu cortex-a76
refuses neoverse-v1 qemu-aarch64 -cpu max,sve128=on
refuses neoverse-v1 qemu-aarch64 -cpu max,sve512=on

# The commands of the document, as they stand there.
if [ -e cortex-a72/program ]; then
    rm out && ln -s "$SEPTET_SOURCE_DIR/examples" .
    mkdir bin && ln -s "$SEPTET" bin/septet
    commands=$(grep -E '^    (septet|aarch64-linux-gnu-gcc|qemu-aarch64) ' "$SEPTET_SOURCE_DIR/docs/cross-compiling.md")
    [ "$(wc -l <<<"$commands")" = 5 ] || fail "the document has other commands: $commands"
    PATH=$PWD/bin:$PATH bash -e <<<"${commands/--random 100/--random 2}" >document.out 2>&1 || { fail document; cat document.out; }
    [ "$(grep -c -e 'all outputs are right' -e '^ok ' document.out)" = 4 ] || { fail 'what the document says'; cat document.out; }
fi

[ $ran -gt 0 ] || { echo 'SKIPPED: no qemu-user with a cross compiler (gcc-arm-linux-gnueabihf, gcc-aarch64-linux-gnu)'; exit 77; }
exit $failed
