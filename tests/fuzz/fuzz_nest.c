/* SPDX-License-Identifier: Apache-2.0 */
/* Loop nests: what is read prints as a text that reads as the same, and computes the same then. The passes lower it,
 * and it computes the same after each of them; or they say why not. */
#include <string.h>

#include "compiler/passes/passes.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/nest_can_run.h"
#include "tests/support/equivalence.h"
#include "tests/support/round_trip.h"

typedef struct Lowering {
    Context *context;
    const Nest *nest; /* before the passes; NULL: not to be run */
    Status status;    /* of the first pass that changes what is computed */
} Lowering;

static void check_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    Lowering *lowering = data;
    (void)elapsed_ns;
    if (lowering->nest == NULL || lowering->status != STATUS_OK) return;
    if (equivalence_check(lowering->context, lowering->nest, nest) == STATUS_OK) return;
    lowering->status = diag_error(lowering->context, STATUS_WRONG, "after %s: %s", pass,
                                  arena_string(lowering->context, diag_message(lowering->context)));
}

/* A nest that reads what was never written is refused. */
Status fuzz_input(Context *context, const Source *input) {
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    const Nest *nest = NULL, *again = NULL, *lowered = NULL;
    const Target *target = NULL;
    TRY(nest_parse(context, input, &nest));
    if (round_trip_check(context, nest, &again) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "%s", diag_message(context));
    Lowering lowering = {.context = context, .nest = nest_can_run(nest) ? nest : NULL};
    if (lowering.nest != NULL) TRY(equivalence_check(context, nest, again));
    TRY(target_find(context, targets[input->length % 4], &target));
    Status status = passes_run(context, nest, target, check_pass, &lowering, &lowered);
    return lowering.status != STATUS_OK ? lowering.status : status;
}
