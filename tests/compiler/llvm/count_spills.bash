# SPDX-License-Identifier: Apache-2.0
# count_spills TARGET LIST...: a line a layer of bench/layers with what its inner loops that multiply and add are made
# of: "LAYER FMAS INSTRUCTIONS LOADS SPILLS", the last the accesses to vectors that LLVM has spilled to the stack. LLVM's
# own llc says which these are; it is given the options of compiler/llvm/target_machine.c and gives the same code.
count_spills() {
    local target=$1 list file
    shift
    for list in "$@"; do
        rm -rf spills && mkdir spills
        "$SEPTET" compile "$SEPTET_SOURCE_DIR/bench/layers/$list.txt" --epilogue 'bias relu' --target "$target" \
            --emit llvm -o spills >/dev/null || return
        for file in spills/*.ll; do
            llc-19 -disable-lsr -pre-RA-sched=source --relocation-model=pic "$file" -o spills/code.s || return
            echo "$(basename "$file" .ll) $(awk -f "$SEPTET_SOURCE_DIR/tests/compiler/llvm/count_spills.awk" spills/code.s)"
        done
    done
}
