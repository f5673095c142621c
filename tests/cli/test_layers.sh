#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every layer of bench/layers compiles for every target with the default schedule, and all objects are there.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
for target in scalar x86-64-v2 x86-64-v3 x86-64-v4; do
    for list in "$SEPTET_SOURCE_DIR"/bench/layers/*.txt; do
        out=$work/$target-$(basename "$list")
        "$SEPTET" compile "$list" --epilogue 'bias relu' --target $target -o "$out" >"$work/lines" || {
            echo "FAILED: $target, $list"
            failed=1
        }
        grep -v ', default schedule$' "$work/lines" && { echo "FAILED: not the default"; failed=1; }
        layers=$(grep -c '^mb' "$list")
        for kind in o h; do
            files=$(find "$out" -name "*.$kind" -size +0 | wc -l)
            [ "$files" = "$layers" ] || { echo "FAILED: $target, $list: $files .$kind for $layers layers"; failed=1; }
        done
    done
done
exit $failed
