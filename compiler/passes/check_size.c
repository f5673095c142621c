/* SPDX-License-Identifier: Apache-2.0 */
/* check_size: changes nothing; refuses a kernel that LLVM would work on for seconds, with the numbers.
 *
 * LLVM's time grows with the number of statements, and faster where they want more registers than there are: 7168
 * multiply-adds onto 896 sums took 3 s on Cortex-A72, 14336 of them 16 s; 3584 onto 224 sums, 1.5 s; 1792 onto 28 sums
 * on AVX-512, 0.3 s. A tile that spills a little is let through; `show --asm` tells how much it is.
 *
 * Requires  unrolled loops, guards that were folded.
 * Ensures   few enough statements.
 * Leaves    everything. */
#include "compiler/passes/code_size.h"
#include "compiler/passes/internal.h"

enum { MAX_STATEMENTS = 8192, MAX_SPILLING = 4096 };

/* At the line that asks for the sums of the body that wants most. */
static Status refuse_size(Context *context, const Nest *nest, const CodeSize *size, const char *message) {
    if (size->buffer == NULL) return diag_error(context, STATUS_REFUSED, "%s", message);
    return refuse_buffer(context, nest, size->buffer, "%s", message);
}

Status check_size(Context *context, const Nest *nest, const Target *target, const Nest **out) {
    CodeSize size = code_size_of(context, nest, target);
    *out = nest;
    if (size.spilling > MAX_SPILLING) {
        const char *message = arena_format(context,
                                           "%lld vector statements want more registers than the %d there are, up to "
                                           "%lld, of which %lld for sums; that "
                                           "many may be %d; take a smaller tile or unroll less",
                                           (long long)size.spilling, target->vector_registers,
                                           (long long)size.registers, (long long)size.sums, MAX_SPILLING);
        return refuse_size(context, nest, &size, message);
    }
    if (size.statements <= MAX_STATEMENTS) return STATUS_OK;
    return refuse_size(context, nest, &size,
                       arena_format(context,
                                    "the kernel would have %lld vector statements, and may have %d; unroll less",
                                    (long long)size.statements, MAX_STATEMENTS));
}
