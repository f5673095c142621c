#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Spilled vectors in the inner loops of all layers of bench/layers, on every ARM target: few, mostly in the border tiles of
# depthwise layers, whose taps are unrolled. Prints the sums, and the layers that have any.
set -u
. "$SEPTET_SOURCE_DIR/tests/compiler/llvm/count_spills.bash"
command -v llc-19 >/dev/null || { echo 'SKIPPED: no llc-19 (llvm-19)'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
for target in cortex-a9 cortex-a15 cortex-a72 cortex-a76 neoverse-n1 neoverse-v1; do
    count_spills $target alexnet mobilenet_v1 mobilenet_v2 resnet50 vgg16 >lines || failed=1
    echo "$target $(awk '{n++; f += $2; i += $3; l += $4; s += $5; k += $5 > 0}
        END {print n " layers, " f " FMAs, " i " instructions, " l " loads, " s " spills in " k " layers"}' lines)"
    awk '$5 > 0 {print "    " $1 ": " $5 " spills, " $2 " FMAs"}' lines
    awk '{f += $2; s += $5} END {exit !(s > f / 20)}' lines && { echo "FAILED: $target spills too much"; failed=1; }
done
exit $failed
