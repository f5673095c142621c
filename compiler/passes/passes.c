/* SPDX-License-Identifier: Apache-2.0 */
/* The table of passes, and the driver that runs them in its order. */
#include <assert.h>
#include <time.h>

#include "compiler/passes/internal.h"
#include "ir/nest_verify.h"

/* What holds of a nest between passes; each level keeps what those before it promise. */
typedef enum Level {
    LEVEL_SCHEDULED, /* as the last step left it: loops are marked, nothing is replicated */
    LEVEL_SUNK,      /* a loop on lanes directly holds one store, or one guard that holds one */
    LEVEL_UNROLLED,  /* no loop is marked unroll */
    LEVEL_LOWERED    /* passes.h */
} Level;

typedef struct PassEntry {
    const char *name;
    Pass *pass;
    Level before, after;
    const char *purpose;
} PassEntry;

static const PassEntry table[] = {
    {"simplify", simplify, LEVEL_SCHEDULED, LEVEL_SCHEDULED,
     "indices, bounds and conditions take their simplest form; what never runs vanishes"},
    {"sink_lanes", sink_lanes, LEVEL_SCHEDULED, LEVEL_SUNK, "loops on lanes move inwards to the stores"},
    {"unroll_loops", unroll_loops, LEVEL_SUNK, LEVEL_UNROLLED, "bodies of loops marked unroll are replicated"},
    {"fold_constants", fold_constants, LEVEL_UNROLLED, LEVEL_UNROLLED,
     "elements of constant tensors become numbers; products with zero vanish"},
    {"fold_guards", fold_guards, LEVEL_UNROLLED, LEVEL_UNROLLED,
     "guards that constants decide vanish; the others move outwards and merge"},
    {"drop_tail_guards", drop_tail_guards, LEVEL_UNROLLED, LEVEL_UNROLLED,
     "sums in registers run unguarded where what is surplus is never stored"},
    {"check_size", check_size, LEVEL_UNROLLED, LEVEL_UNROLLED,
     "more statements than LLVM compiles in two seconds are refused"},
    {"check_lowered", check_lowered, LEVEL_UNROLLED, LEVEL_LOWERED,
     "what the target's vectors and registers cannot do is refused"},
};

enum { PASS_COUNT = sizeof table / sizeof *table };

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static Status run_pass(Context *context, const PassEntry *entry, const Target *target, PassObserve *observe, void *data,
                       const Nest **nest) {
    const Nest *result = NULL;
    int64_t start_ns = now_ns();
    TRY(entry->pass(context, *nest, target, &result));
    int64_t elapsed_ns = now_ns() - start_ns;
    *nest = result;
    if (nest_verify(context, result) != STATUS_OK)
        return diag_error(context, STATUS_UNPROVED,
                          "the schedule cannot be lowered: it cannot be proved that the result of pass %s is right: %s",
                          entry->name, arena_string(context, nest_verify_reason(context)));
    if (observe != NULL) observe(data, entry->name, result, elapsed_ns);
    return STATUS_OK;
}

Status passes_run(Context *context, const Nest *nest, const Target *target, PassObserve *observe, void *data,
                  const Nest **out) {
    Level level = LEVEL_SCHEDULED;
    for (size_t i = 0; i < PASS_COUNT; i++) {
        assert(level >= table[i].before);
        TRY(run_pass(context, &table[i], target, observe, data, &nest));
        level = table[i].after;
    }
    assert(level == LEVEL_LOWERED);
    *out = nest;
    return STATUS_OK;
}

const char *passes_name(size_t index) {
    return index < PASS_COUNT ? table[index].name : NULL;
}

const char *passes_purpose(size_t index) {
    return index < PASS_COUNT ? table[index].purpose : NULL;
}
