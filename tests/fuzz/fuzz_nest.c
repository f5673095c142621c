/* SPDX-License-Identifier: Apache-2.0 */
/* Loop nests: what is read prints as a text that reads as the same, and computes the same then. The passes lower it or
 * say why not. */
#include <string.h>

#include "compiler/passes/passes.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/nest_can_run.h"
#include "tests/support/equivalence.h"
#include "tests/support/round_trip.h"

Status fuzz_input(Context *context, const Source *input) {
    static const char *const targets[] = {"scalar", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
    const Nest *nest = NULL, *again = NULL, *lowered = NULL;
    const Target *target = NULL;
    TRY(nest_parse(context, input, &nest));
    if (round_trip_check(context, nest, &again) != STATUS_OK)
        return diag_error(context, STATUS_WRONG, "%s", diag_message(context));
    /* One that reads what was never written is refused. */
    if (nest_can_run(nest)) TRY(equivalence_check(context, nest, again));
    TRY(target_find(context, targets[input->length % 4], &target));
    return passes_run(context, nest, target, NULL, NULL, &lowered);
}
