#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples/own_pool.c: an object with loops on cores links and runs with threads of the program's own, and with those of
# septet_rt; and ThreadSanitizer, which sees every access when the kernel is compiled from its LLVM IR, finds no race.
set -u
cc=${CC:-cc} clang=clang-19
command -v "$cc" >/dev/null || { echo "SKIPPED: no C compiler"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
example=$SEPTET_SOURCE_DIR/examples/own_pool.c
runtime=$SEPTET_BUILD_DIR/libseptet_rt.a
sanitizers=$(nm "$runtime" 2>/dev/null | grep -q __asan_ && echo -fsanitize=address,undefined)
layer='c=16 h=20 w=20 k=32 r=3 s=3 pad=1'

fail() {
    echo "FAILED: $*"
    failed=1
}

# run PROGRAM: it must say that it used two threads.
run() {
    "$1" >out 2>&1 || fail "$1"
    grep -q 'status 0, 2 threads: all outputs are right' out || { fail "$1"; cat out; }
}

# compile TARGET: for two threads, as an object and as LLVM IR.
compile() {
    "$SEPTET" compile --conv "$layer" --threads 2 --target "$1" --name threaded_layer --emit obj,header,llvm -o . \
        >/dev/null || fail "compile for $1"
}

compile host
nm -u threaded_layer.o | grep -q ' septet_parallel_for$' || fail 'the object does not ask for septet_parallel_for'
$cc -std=c11 -Wall -Wextra -Werror -I. "$example" threaded_layer.o -lpthread -o own || fail 'own pool: link'
run ./own
$cc -std=c11 -DUSE_SEPTET_RT -I. "$example" threaded_layer.o "$runtime" -lpthreadpool -lpthread \
    $sanitizers -o rt || fail 'septet_rt: link'
run ./rt
# Vectors of 16 bytes: ThreadSanitizer does not look at larger ones.
if command -v $clang >/dev/null && echo 'int main(void){return 0;}' | $clang -fsanitize=thread -x c - -o probe 2>/dev/null
then
    compile x86-64-v2
    sed -i 's/^\(attributes #[0-9]* = { \)/\1sanitize_thread /' threaded_layer.ll
    $clang -O1 -fsanitize=thread -I. "$example" threaded_layer.ll -lpthread -o race 2>messages ||
        { fail 'ThreadSanitizer: link'; cat messages; }
    run ./race
    # The same with both tasks writing all of y must be found, or the test could not fail.
    sed -i 's/\(call void @threaded_layer.tiles0(.*\), i64 %[0-9]*, i64 %[0-9]*)/\1, i64 0, i64 4)/' threaded_layer.ll
    $clang -O1 -fsanitize=thread -I. "$example" threaded_layer.ll -lpthread -o race 2>/dev/null && ./race >out 2>&1
    grep -q 'data race' out || { fail 'ThreadSanitizer does not see a race'; cat out; }
else
    echo "ThreadSanitizer was left out: $clang with its runtime is missing"
fi
exit $failed
