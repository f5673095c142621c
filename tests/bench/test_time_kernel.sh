#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench/time_kernel prints a line a layer and a geomean, or JSON lines with their keys. What the times are is not tested.
set -u
program=$SEPTET_BUILD_DIR/bench/time_kernel
[ -x "$program" ] || { echo "SKIPPED: time_kernel is not built on this machine"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'layer one count=2 c=16 h=7 w=7 k=16 r=3 s=3 pad=1\nlayer two c=16 h=7 w=7 k=32\n' >"$work/small.txt"
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

"$program" "$work/small.txt" --quick --epilogue 'bias relu' >"$work/out" || fail 'lines'
grep -qE '^one +x2 +[0-9.]+ ms +[0-9.]+ GFLOP/s +[0-9.]+ % of peak \([0-9.]+\) +[0-9.]+ % of roofline  spread' "$work/out" || fail 'a line a layer'
grep -qE 'small.txt: geomean [0-9.]+ % of peak over 2 layers' "$work/out" || fail 'geomean'
"$program" "$work/small.txt" --quick --json --target x86-64-v2 >"$work/json" || fail 'JSON lines'
for key in layer list problem count threads layout accuracy regime time_ms time_min_ms spread gflops peak_fraction \
    roofline_fraction error_l2 workspace_bytes algorithm schedule_source; do
    [ "$(grep -c "\"$key\":" "$work/json")" -ge 2 ] || fail "key $key"
done
tail -1 "$work/json" | grep -q '"summary":true.*"layers":2.*"geomean_peak_fraction":' || fail 'summary'
[ $failed = 0 ] || cat "$work/out" "$work/json"
exit $failed
