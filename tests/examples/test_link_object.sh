#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples/link_object.c: an object that the command has written links and runs with nothing but the C library, on every
# target that this machine runs; its header compiles alone as C11 and C++17, and beside septet.h in either order.
set -u
cc=${CC:-cc} cxx=${CXX:-c++}
command -v "$cc" >/dev/null || { echo "SKIPPED: no C compiler"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
warnings='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'
layer='c=3 h=4 w=4 k=5 r=3 s=3 pad=1 bias'

fail() {
    echo "FAILED: $*"
    failed=1
}

for target in $("$SEPTET" targets --json | grep '"runs_here":true' | grep -o '"name":"[^"]*"' | cut -d '"' -f 4); do
    "$SEPTET" compile --conv "$layer" --name example_layer --target "$target" -o "$target" >/dev/null || fail "$target"
    $cc -std=c11 $warnings -I"$target" "$SEPTET_SOURCE_DIR/examples/link_object.c" "$target/example_layer.o" \
        -o "$target/program" || { fail "$target does not link"; continue; }
    "$target/program" >out || { fail "$target: wrong"; cat out; }
    grep -q "compiled for $target by septet" out || { fail "$target: info"; cat out; }
    ldd "$target/program" | grep -vE 'linux-vdso|libc\.so|ld-linux' && fail "$target needs more than libc"
    outside=$(nm --undefined-only "$target/example_layer.o" | grep -vE ' (memcpy|memset|_GLOBAL_OFFSET_TABLE_)$')
    [ -z "$outside" ] || fail "$target: the object refers to $outside"
done

for order in 'example_layer.h septet.h' 'septet.h example_layer.h' 'example_layer.h example_layer.h'; do
    printf '#include "%s"\n' $order >both.c
    echo 'int use(void); int use(void) { return SEPTET_OK + (int)(sizeof(struct septet_kernel_info) + sizeof(struct septet_args)) * 0; }' >>both.c
    cp both.c both.cpp
    $cc -std=c11 $warnings -Iscalar -I"$SEPTET_SOURCE_DIR/tuner" -fsyntax-only both.c || fail "C11: $order"
    command -v "$cxx" >/dev/null || continue
    $cxx -std=c++17 $warnings -Iscalar -I"$SEPTET_SOURCE_DIR/tuner" -fsyntax-only both.cpp || fail "C++17: $order"
done
exit $failed
