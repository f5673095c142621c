# SPDX-License-Identifier: Apache-2.0
# check_lists TARGET LIST...: septet check passes every layer of the lists, and prints a JSON line with the documented
# keys for each. Targets that this machine cannot run are left out.
check_lists() {
    local target=$1 list lines
    shift
    "$SEPTET" targets --json | grep "\"name\":\"$target\"" | grep -q '"runs_here":true' || return 0
    for list in "$@"; do
        lines=$("$SEPTET" check "$SEPTET_SOURCE_DIR/bench/layers/$list.txt" --epilogue 'bias relu' --target "$target" \
            --json) || { echo "FAILED: $target, $list"; failed=1; }
        passed=$(grep -cE '^\{"layer":"[^"]+","problem":"conv2d [^"]+","target":"'"$target"'","threads":1,"accuracy":"strict","status":"ok","error_l2":[0-9.e-]+,"error_max":[0-9.e-]+,"error_bound":[0-9.e-]+,"schedule_source":"default","detail":""\}$' <<<"$lines")
        layers=$(grep -c '^mb' "$SEPTET_SOURCE_DIR/bench/layers/$list.txt")
        [ "$passed" = "$layers" ] || { echo "FAILED: $target, $list: $passed of $layers layers passed"; failed=1; }
    done
}
failed=0
