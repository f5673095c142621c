#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench/bench_peers times our kernels and oneDNN's, whose results must agree, in every layout and kind of layer. What the
# times are is not tested.
set -u
program=$SEPTET_BUILD_DIR/bench/bench_peers
[ -x "$program" ] || { echo "SKIPPED: bench_peers is not built: oneDNN (libdnnl-dev) is missing"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/small.txt" <<'LAYERS'
layer plain count=2 c=16 h=7 w=7 k=16 r=3 s=3 pad=1
layer strided c=16 h=9 w=9 k=32 stride=2
layer grouped groups=2 c=8 h=7 w=6 k=6 r=3 s=3 pad=1,0 dilation=2,1
layer depthwise groups=16 c=16 h=8 w=8 k=16 r=3 s=3 stride=2 pad=1
LAYERS
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

bench() {
    "$program" "$work/small.txt" --quick "$@" >>"$work/out" 2>&1
}

bench --epilogue 'bias relu' || fail 'NHWC'
grep -qE '^x86-64.*peak [0-9.]+ GFLOP/s; reads L1 [0-9]+, L2 [0-9]+, L3 [0-9.]+, DRAM [0-9.]+ GB/s' "$work/out" ||
    fail 'the machine'
grep -qE '^plain +x2 .* % of peak .* % of roofline .* oneDNN +[0-9.]+ ms  ratio [0-9.]+  default$' "$work/out" ||
    fail 'a line a layer'
grep -qE 'small.txt: geomean ratio [0-9.]+, lowest [0-9.]+ over 4 layers' "$work/out" || fail 'geomean'
bench --epilogue 'bias add relu6' --layout nchw --filter ai || fail 'NCHW with a residual'
bench --epilogue 'bias relu' --threads 2 --filter strided || fail 'two threads'
grep -qE ' [0-9.]+ x one core ' "$work/out" || fail 'beside one core'
grep -q '^a call of septet_parallel_for: [0-9.]* us$' "$work/out" || fail 'the time of a call'
bench --epilogue 'bias hardswish' --layout x=nhwc,y=nchw --filter grouped || fail 'mixed layouts'
"$program" "$work/small.txt" --quick --json --cold-weights --filter strided >"$work/json" 2>>"$work/out" || fail 'JSON'
for key in layer list problem count threads layout accuracy regime time_ms time_min_ms spread gflops peak_fraction \
    roofline_fraction error_l2 workspace_bytes algorithm schedule_source peer peer_version peer_dtype peer_impl \
    peer_time_ms ratio; do
    [ "$(grep -c "\"$key\":" "$work/json")" = 1 ] || [ $key = threads ] || fail "key $key"
done
grep -q '"regime":"cold-weights"' "$work/json" || fail 'the regime'
[ $failed = 0 ] || cat "$work/out" "$work/json"
exit $failed
