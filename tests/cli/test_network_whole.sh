#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# septet compile NET.onnx writes all of a network's files or none, whatever ends it: a name that cannot be written, a
# signal at any time.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
model=$SEPTET_SOURCE_DIR/examples/small_network.onnx

fail() {
    echo "FAILED: $*"
    failed=1
}

if "$SEPTET" compile "$model" -o probe 2>&1 | grep -q 'built without ONNX'; then
    echo "SKIPPED: built without ONNX support"
    exit 77
fi
"$SEPTET" compile "$model" --pack-weights -o whole >/dev/null || fail "the network does not compile"
all=$(ls -A whole)

# A folder has the name of a file in the middle of the list: the others stay as they were.
mkdir -p taken/c.h
echo old >taken/a.o
"$SEPTET" compile "$model" --pack-weights -o taken >/dev/null 2>err && fail "a folder was replaced"
grep -q 'taken/c.h' err || { fail "the message does not name the file"; cat err; }
[ "$(cd taken && echo *)" = "a.o c.h" ] && [ "$(cat taken/a.o)" = old ] || fail "$(ls -A taken) is left behind"

# From before the first kernel to after the last file.
for delay in 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.15 0.2 0.3; do
    for signal in INT TERM; do
        timeout -s $signal $delay "$SEPTET" compile "$model" --pack-weights -o out >/dev/null 2>&1
        [ ! -e out ] || [ "$(ls -A out)" = "$all" ] || fail "SIG$signal after $delay s leaves $(ls -A out)"
        rm -rf out
    done
done
exit $failed
