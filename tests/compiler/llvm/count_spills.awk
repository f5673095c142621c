# SPDX-License-Identifier: Apache-2.0
# Assembly with LLVM's comments in, "FMAS INSTRUCTIONS LOADS SPILLS" of the basic blocks that are an innermost loop and
# multiply and add: see count_spills.bash.
function end_block() {
    if (is_inner && fma > 0) { fmas += fma; instructions += all; loads += load; spills += spill }
    is_inner = fma = all = load = spill = 0
}
/^\.LBB[0-9_]+:|^(\/\/|@|#) %bb\.|^[a-z]/ { end_block() }
/This Inner Loop Header/ { is_inner = 1 }
/^[ \t]+[a-z]/ {
    all++
    fma += $1 ~ /^(fmla|fmad|vfma|vmla|vmul|vfmadd|mulps)/
    load += $1 ~ /^(ldr|ldp|ldur|ld1|vld|vldr)/
}
/(16|32|64)-byte (Folded )?(Spill|Reload)/ { spill++ }
END { end_block(); print fmas + 0, instructions + 0, loads + 0, spills + 0 }
