#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A kernel that never ends, and kill -9 of its agent, or a session that goes away: no process stays behind. Those of a
# test are known by a variable of their environment.
set -u
command -v cc >/dev/null || { echo 'SKIPPED: no C compiler'; exit 77; }
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT && cd "$folder" || exit 1
failures=0
fail() { echo "FAILED: $*"; cat out 2>/dev/null; failures=1; }

cat >endless.c <<'SOURCE'
#include <sys/syscall.h>
static long ask(long number, long a) { /* kernels get no library */
#ifdef __aarch64__
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = 0, x2 __asm__("x2") = 0;
    register long x3 __asm__("x3") = 0, x4 __asm__("x4") = 0;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
#else
    register long r10 __asm__("r10") = 0, r8 __asm__("r8") = 0;
    __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(0), "d"(0), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return number;
#endif
}
int measured_supported(void) { return 1; }
const void *measured_info(void) { return 0; }
int measured_pack(const float *w, float *packed) { return 0; }
int measured(const float *x, const float *packed, float *y, void *workspace) {
    if (ask(SYS_clone, 17) == 0) ask(SYS_setsid, 0);
    for (;;) ask(SYS_ppoll, 0);
}
SOURCE
cc -c -O1 -fPIC -w -fno-stack-protector endless.c -o endless.o || exit 1
problem='conv2d n=1 g=1 c=8 h=8 w=8 k=16 p=8 q=8 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=none'
target=$("$SEPTET" targets | sed -n 's/^host means //p')
printf '{"measure":[{"problem":"%s","target":"%s","schedule":"","object":"%s"}]}\n' "$problem" "$target" \
    "$(base64 -w0 endless.o)" >request

# Processes whose environment holds the mark.
marked() { grep -lsz "^SEPTET_TEST_MARK=$1\$" /proc/[0-9]*/environ 2>/dev/null | wc -l; }
wait_until() { # CONDITION, for at most 30 s
    for _ in $(seq 300); do
        eval "$1" && return 0
        sleep 0.1
    done
    return 1
}

# The agent, the checker, the kernel's process and the child that left it: four.
start() {
    mkfifo "input_$1"
    SEPTET_TEST_MARK=$folder/$1 SEPTET_LOCK=$folder/lock_$1 "$SEPTET" agent <"input_$1" >"output_$1" &
    agent=$!
    exec 7>"input_$1"
    cat request >&7
    wait_until "[ \$(marked $folder/$1) -ge 4 ]" || fail "$1: the kernel does not run"
}

start killed
kill -9 $agent
wait $agent 2>/dev/null
# All but the one in a session of its own, of which only the agent knew.
wait_until "[ \$(marked $folder/killed) -le 1 ]" || fail 'processes stay behind when the agent is killed'
for process in $(grep -lsz "^SEPTET_TEST_MARK=$folder/killed\$" /proc/[0-9]*/environ 2>/dev/null); do
    process=${process#/proc/}
    kill -9 "${process%/environ}"
done
exec 7>&-

mkfifo output_left
start left &
session=$!
head -1 output_left >/dev/null
wait_until "[ \$(marked $folder/left) -eq 0 ]" || fail 'processes stay behind when nobody reads the answers'
kill $session 2>/dev/null
exit $failures
