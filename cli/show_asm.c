/* SPDX-License-Identifier: Apache-2.0 */
/* What the processor runs, beside the nest: each loop of the machine code by the name of the nest's loop. */
#include "cli/show_asm.h"

#include <inttypes.h>

#include "cli/json.h"
#include "compiler/llvm/code_loops.h"
#include "compiler/llvm/emit.h"
#include "compiler/passes/code_size.h"

static const char legend[] =
    "Loops of the machine code that multiply and add, the one with most of the work first, and the instructions of "
    "one\n"
    "iteration. fma: multiply-adds; load, bcast: vectors or numbers from memory, and one element into all lanes, "
    "those\n"
    "folded into a multiply-add too; spill: vectors moved to the stack and back for want of a register.\n\n";

/* What was known before LLVM ran. */
static void add_estimate(Context *context, const Plan *plan, Text *out) {
    CodeSize size = code_size_of(context, plan->nest, plan->target);
    KernelSizes sizes;
    emit_sizes(plan, &sizes);
    text_add(out,
             "Estimated from the nest: %" PRId64 " vector statements; at most %" PRId64
             " of %d registers live, %" PRId64 " of them sums;\n%" PRId64 " bytes of buffers on the stack, %" PRId64
             " of workspace, %" PRId64 " of packed weights.\n\n",
             size.statements, size.registers, plan->target->vector_registers, size.sums, size.stack_bytes,
             sizes.workspace_bytes, sizes.packed_bytes);
}

static double work_of(const CodeLoop *loop) {
    return (double)loop->iterations * (double)loop->mix.fmas;
}

static void add_loop(const CodeLoop *loop, double work, Text *out) {
    const CodeMix *mix = &loop->mix;
    text_add(out, "%5.1f %% %12" PRId64 " %6" PRId64 " %5" PRId64 " %5" PRId64 " %5" PRId64 " %5" PRId64 " %5" PRId64,
             100 * work_of(loop) / work, loop->iterations, mix->instructions, mix->fmas, mix->loads, mix->broadcasts,
             mix->stores, mix->spills);
    text_add(out, "  %s%s%s%s\n", loop->around, *loop->around == '\0' ? "" : " ", loop->name,
             loop->is_innermost ? "" : ", without the loops inside");
}

Status show_asm(Context *context, const Plan *plan, Text *out) {
    const CodeLoop *loops = NULL;
    size_t count = 0;
    TRY(emit_code_loops(context, plan, &loops, &count));
    if (count == 0) {
        text_add_string(out, "No loop of the machine code multiplies and adds: all of it runs once.\n");
        return STATUS_OK;
    }
    double work = 0;
    for (size_t i = 0; i < count; i++) work += work_of(&loops[i]);
    add_estimate(context, plan, out);
    text_add_string(out, legend);
    text_add(out, "%7s %12s %6s %5s %5s %5s %5s %5s  %s\n", "work", "iterations", "instr", "fma", "load", "bcast",
             "store", "spill", "loops, the outermost first");
    for (size_t i = 0; i < count; i++) add_loop(&loops[i], work, out);
    text_add(out, "\nThe first, %s:\n%s\n", loops[0].name, loops[0].code);
    return STATUS_OK;
}

Status show_asm_json(Context *context, const Plan *plan, const char *layer) {
    const CodeLoop *loops = NULL;
    size_t count = 0;
    TRY(emit_code_loops(context, plan, &loops, &count));
    for (size_t i = 0; i < count; i++) {
        const CodeMix *mix = &loops[i].mix;
        JsonLine line = json_line_new();
        json_add_string(&line, "layer", layer);
        json_add_string(&line, "loop", loops[i].name);
        json_add_string(&line, "around", loops[i].around);
        json_add_integer(&line, "iterations", loops[i].iterations);
        json_add_integer(&line, "instructions", mix->instructions);
        json_add_integer(&line, "fmas", mix->fmas);
        json_add_integer(&line, "loads", mix->loads);
        json_add_integer(&line, "broadcasts", mix->broadcasts);
        json_add_integer(&line, "stores", mix->stores);
        json_add_integer(&line, "spills", mix->spills);
        json_add_string(&line, "code", loops[i].code);
        TRY(json_line_print(context, &line, stdout));
    }
    return STATUS_OK;
}
