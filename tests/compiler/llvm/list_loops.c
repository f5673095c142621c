/* SPDX-License-Identifier: Apache-2.0 */
/* Each layer is compiled in a context of its own, so that memory does not pile up. */
#include "tests/compiler/llvm/list_loops.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>

#include "compiler/frontend/frontend.h"
#include "tests/support/in_context.h"

typedef struct Count {
    const char *target, *list;
    size_t layer;
    size_t layers; /* of the list */
    ListLoops *out;
} Count;

static Status plan_of_layer(Context *context, Count *count, const Plan **out) {
    const char *path = arena_format(context, "%s/bench/layers/%s.txt", SEPTET_SOURCE_DIR, count->list);
    const FrontendOptions options = {.epilogue = "bias relu"};
    const LayerList *list = NULL;
    TRY(frontend_read_file(context, path, &options, &list));
    count->layers = list->count;
    const Layer *layer = &list->items[count->layer];
    PlanRequest request = {.name = frontend_kernel_name(context, layer), .problem = &layer->problem};
    TRY(target_find(context, count->target, &request.target));
    return plan_build(context, &request, out);
}

static void add_mix(const CodeMix *mix, CodeMix *sum) {
    sum->instructions += mix->instructions;
    sum->fmas += mix->fmas;
    sum->loads += mix->loads;
    sum->broadcasts += mix->broadcasts;
    sum->stores += mix->stores;
    sum->spills += mix->spills;
}

static Status count_layer(Context *context, void *data) {
    Count *count = data;
    const Plan *plan = NULL;
    const CodeLoop *loops = NULL;
    size_t loop_count = 0;
    CodeMix mix = {0};
    TRY(plan_of_layer(context, count, &plan));
    TRY(emit_code_loops(context, plan, &loops, &loop_count));
    for (size_t i = 0; i < loop_count; i++)
        if (loops[i].is_innermost) add_mix(&loops[i].mix, &mix);
    ListLoops *out = count->out;
    add_mix(&mix, &out->mix);
    if (out->layers == 0 || mix.fmas < out->least_fmas) out->least_fmas = mix.fmas;
    out->layers++;
    out->spilling += mix.spills > 0;
    if (mix.spills > 0)
        printf("    %s %s: %" PRId64 " spills, %" PRId64 " FMAs\n", count->target, plan->name, mix.spills, mix.fmas);
    return STATUS_OK;
}

void list_loops_count(const char *target, const char *list, ListLoops *out) {
    Count count = {.target = target, .list = list, .layers = 1, .out = out};
    for (; count.layer < count.layers; count.layer++) run_in_context(count_layer, &count);
}
