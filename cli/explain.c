/* SPDX-License-Identifier: Apache-2.0 */
/* A schedule step in a sentence: one function a primitive. */
#include "cli/explain.h"

#include <inttypes.h>
#include <string.h>

static void add_loop(const LoopName *loop, Text *text) {
    if (loop->stage != NULL) text_add(text, "%s.", loop->stage);
    text_add_string(text, loop->name);
}

/* "qo, r and s" */
static void add_loops(const LoopName *loops, int count, Text *text) {
    for (int i = 0; i < count; i++) {
        if (i > 0) text_add_string(text, i + 1 == count ? " and " : ", ");
        add_loop(&loops[i], text);
    }
}

static void explain_tail(Tail tail, Text *text) {
    switch (tail) {
    case TAIL_GUARD: text_add_string(text, " The last block is not full: a guard skips what lies outside."); break;
    case TAIL_PEEL: text_add_string(text, " The last block is not full: it becomes a copy of its own."); break;
    case TAIL_SHIFT:
        text_add_string(text, " The last block is not full: it moves inward and computes some results again.");
        break;
    case TAIL_PAD: text_add_string(text, " The last block is filled up, and the surplus is dropped."); break;
    case TAIL_NONE: break;
    }
}

/* split and tile: each loop gets two names. */
static void explain_cut(const Step *step, Text *text) {
    for (int i = 0; i < step->loop_count; i++) {
        text_add_string(text, i == 0 ? "Cuts " : "; ");
        add_loop(&step->loops[i], text);
        text_add(text, " into blocks of %" PRId64 ": %s counts the blocks, %s runs inside one", step->sizes[i],
                 step->names[2 * (size_t)i], step->names[2 * (size_t)i + 1]);
    }
    text_add_string(text, ".");
    explain_tail(step->tail, text);
}

static void explain_fuse(const Step *step, Text *text) {
    text_add_string(text, "Merges ");
    add_loops(step->loops, step->loop_count, text);
    text_add(text, " into one loop, %s, that runs over all their combinations.", step->names[0]);
}

static void explain_reorder(const Step *step, Text *text) {
    text_add_string(text, "Nests the loops in this order, outermost first: ");
    add_loops(step->loops, step->loop_count, text);
    text_add_string(text, ". Data that an inner loop does not index is reused from one of its iterations to the next.");
}

static void explain_unroll(const Step *step, Text *text) {
    text_add_string(text, "Marks ");
    add_loops(step->loops, step->loop_count, text);
    if (step->factor > 0) {
        text_add(text, " to be written out %" PRId64 " iterations at a time", step->factor);
    } else {
        text_add_string(text, " to be written out, one copy of the body an iteration");
    }
    if (step->within_count > 0) {
        text_add_string(text, " (inside ");
        add_loops(step->within, step->within_count, text);
        text_add_string(text, " only)");
    }
    text_add_string(text, ": no counting, no jumps, and guards that are decided when compiling.");
}

static void explain_spatial_for(const Step *step, Text *text) {
    text_add_string(text, "Runs the iterations of ");
    add_loops(step->loops, step->loop_count, text);
    switch (step->level) {
    case MARK_LANES: text_add_string(text, " at the same time, one on each lane of vector registers."); break;
    case MARK_TILE: text_add_string(text, " at the same time on the cells of a matrix unit."); break;
    default: text_add_string(text, " at the same time, in equal shares on the threads of --threads.");
    }
}

static void explain_accumulate(const Step *step, Text *text) {
    text_add(text, "Keeps the sums of %s that are under way in one iteration of ", step->tensor);
    add_loops(step->loops, 1, text);
    text_add(text, " in %s%s: %s is written once, when its sums are complete.",
             step->scope == SCOPE_TILE ? "registers of the matrix unit" : scope_name(step->scope),
             step->scope == SCOPE_STACK || step->scope == SCOPE_WORKSPACE ? " memory" : "", step->tensor);
    if (step->within_count == 0) return;
    text_add_string(text, " Each iteration of ");
    add_loops(step->within, step->within_count, text);
    text_add_string(text, " has sums of its own, which are added up then, so that additions need not wait for others.");
}

static void explain_clip(const Step *step, Text *text) {
    text_add_string(text, "Shortens ");
    add_loops(step->loops, step->loop_count, text);
    if (step->within_count > 0) {
        text_add_string(text, " inside ");
        add_loops(step->within, step->within_count, text);
    }
    text_add_string(text, " to the iterations that read inside the image: padding there costs neither a test nor a "
                          "multiplication by zero.");
}

static void explain_peel(const Step *step, Text *text) {
    text_add(text, "Separates the first %" PRId64 " and the last %" PRId64 " iterations of ", step->sizes[0],
             step->sizes[1]);
    add_loop(&step->loops[0], text);
    text_add(text,
             ", as %s and %s, from those in between, %s. Where only the outer ones touch padding, the others need "
             "no guard.",
             step->names[0], step->names[2], step->names[1]);
}

static void explain_place(const Step *step, Text *text) {
    text_add_string(text, "Computes ");
    for (int i = 0; i < step->tensor_count; i++) {
        bool is_last = i + 1 == step->tensor_count;
        text_add(text, "%s%s", i == 0 ? "" : is_last ? " and " : ", ", step->tensors[i]);
    }
    text_add_string(text, " in each iteration of ");
    add_loop(&step->loops[0], text);
    text_add(text, ", the part of it that is read there, in %s memory",
             scope_name(step->scope == SCOPE_ARGUMENT ? SCOPE_WORKSPACE : step->scope));
    if (step->store == NULL) {
        text_add_string(text, " of its own: it is still in the caches when it is read.");
        return;
    }
    text_add_string(text, " that lasts for an iteration of ");
    add_loop(step->store, text);
    text_add_string(text, ": only what the iteration before has not computed.");
}

static void explain_distribute(const Step *step, Text *text) {
    text_add_string(text, "Gives each product of the sum inside ");
    add_loop(&step->loops[0], text);
    text_add_string(text, " a copy of that loop:");
    for (int i = 0; i < step->name_count; i++) text_add(text, "%s %s", i > 0 ? "," : "", step->names[i]);
    text_add_string(text, ".");
}

static void explain_pack(const Step *step, Text *text) {
    bool is_result = strcmp(step->tensor, "y") == 0;
    text_add(text, is_result ? "Computes %s in %s" : "Copies %s into %s", step->tensor, step->names[0]);
    text_add_string(text, ", in whose memory the axes lie as [");
    for (int i = 0; i < step->axis_count; i++) {
        const PackAxis *axis = &step->axes[i];
        text_add(text, "%s%s", i > 0 ? " " : "", axis->name);
        for (int j = 0; j < axis->op_count; j++)
            text_add(text, "%c%" PRId64, axis->ops[j].modulo ? '%' : '/', axis->ops[j].divisor);
    }
    if (is_result) {
        text_add_string(text, "], innermost last, and copies it to its place behind all else.");
        return;
    }
    text_add(text, "], innermost last, so that the inner loops read it in order.%s",
             step->ahead ? " This is done once, ahead of all runs."
                         : " This is done in each run; padding is copied with it, as zeros.");
}

static void explain_prefetch(const Step *step, Text *text) {
    text_add(text, "Asks the %s cache for the part of %s that ", step->cache == 2 ? "second" : "first", step->tensor);
    if (step->factor > 1) {
        text_add(text, "the iteration of ");
        add_loop(&step->loops[0], text);
        text_add(text, " %" PRId64 " further on uses", step->factor);
    } else {
        text_add_string(text, "the next iteration of ");
        add_loop(&step->loops[0], text);
        text_add_string(text, " uses");
    }
    if (step->within_count > 0) {
        text_add_string(text, ", spread over the iterations of ");
        add_loops(step->within, step->within_count, text);
    }
    text_add_string(text, ": it comes while this one computes.");
}

static void explain_tensorize(const Step *step, Text *text) {
    text_add_string(text, "Runs ");
    add_loops(step->loops, step->loop_count, text);
    text_add(text, " as one operation on whole vectors, %s, which computes the same.", step->intrinsic);
}

void explain_step(const Step *step, Text *text) {
    switch (step->kind) {
    case STEP_SPLIT:
    case STEP_TILE: explain_cut(step, text); break;
    case STEP_FUSE: explain_fuse(step, text); break;
    case STEP_REORDER: explain_reorder(step, text); break;
    case STEP_UNROLL: explain_unroll(step, text); break;
    case STEP_SPATIAL_FOR: explain_spatial_for(step, text); break;
    case STEP_ACCUMULATE: explain_accumulate(step, text); break;
    case STEP_CLIP: explain_clip(step, text); break;
    case STEP_PEEL: explain_peel(step, text); break;
    case STEP_PLACE: explain_place(step, text); break;
    case STEP_DISTRIBUTE: explain_distribute(step, text); break;
    case STEP_PACK: explain_pack(step, text); break;
    case STEP_TENSORIZE: explain_tensorize(step, text); break;
    case STEP_PREFETCH: explain_prefetch(step, text); break;
    default: break; /* steps of the language that no schedule can apply yet */
    }
}
