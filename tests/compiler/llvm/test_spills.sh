#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The default schedules of ResNet-50's layers leave LLVM enough registers, of 16 and of 32: no inner loop spills a
# vector. All lists and targets: test_spills_slow.sh.
set -u
. "$SEPTET_SOURCE_DIR/tests/compiler/llvm/count_spills.bash"
command -v llc-19 >/dev/null || { echo 'SKIPPED: no llc-19 (llvm-19)'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
for target in cortex-a15 cortex-a72; do
    count_spills $target resnet50 >lines || failed=1
    [ "$(awk '$2 >= 20' lines | wc -l)" = 23 ] || { echo "FAILED: $target: the loops are not found"; cat lines; failed=1; }
    awk '$5 > 0' lines | grep . && { echo "FAILED: $target: spills"; failed=1; }
done
exit $failed
