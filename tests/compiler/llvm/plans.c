/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for the tests of emission, from text. */
#include "tests/compiler/llvm/plans.h"

#include <check.h>
#include <string.h>

#include "tests/support/golden_text.h"

const char *const resnet_problem =
    "conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=bias,relu";

const char *const resnet_schedule = "split k 32 -> ko ki\n"
                                    "split ki 16 -> kv kl\n"
                                    "split q 14 -> qo qi\n"
                                    "reorder n ko p qo r s c qi kv kl\n"
                                    "spatial_for kl on lanes\n"
                                    "unroll qi kv\n"
                                    "accumulate y at qo in registers\n"
                                    "clip r\n"
                                    "peel qo 1 1 -> qo_first qo_mid qo_last\n"
                                    "unroll s in qo_first qo_last\n"
                                    "split c 2 -> co cu\n"
                                    "unroll cu\n"
                                    "pack w as [k/32 r s c k%32] -> wp ahead\n";

const char *const small_problem =
    "conv2d n=2 g=1 c=5 h=7 w=6 k=11 p=7 q=6 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=bias,clamp=-2,30";

const char *const plain_problem =
    "conv2d n=2 g=1 c=5 h=7 w=6 k=11 p=7 q=6 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=none";

static Source *source_of(Context *context, const char *name, const char *text) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = name, .text = text, .length = strlen(text)};
    return source;
}

Status plan_of(Context *context, const char *target, const char *problem, const char *schedule, const Plan **out) {
    Problem parsed;
    PlanRequest request = {.name = "kernel", .problem = &parsed, .schedule_source = "file"};
    TRY(target_find(context, target, &request.target));
    TRY(problem_parse(context, source_of(context, "problem", problem), &parsed));
    if (schedule != NULL) {
        TRY(schedule_parse(context, source_of(context, "schedule", schedule), &request.schedule));
    }
    return plan_build(context, &request, out);
}

/* The line "# conv2d …" of a text. */
static const char *problem_line(Context *context, const char *text) {
    const char *line = strstr(text, "# conv2d");
    ck_assert_ptr_nonnull(line);
    return arena_substring(context, line + 2, strcspn(line + 2, "\n"));
}

static Status plan_of_texts(Context *context, const char *target, const char *problem, const Source *expression,
                            const char *schedule, const Plan **out) {
    Problem parsed;
    PlanRequest request = {.name = "kernel", .problem = &parsed, .schedule_source = "file"};
    TRY(target_find(context, target, &request.target));
    TRY(problem_parse(context, source_of(context, "problem", problem), &parsed));
    TRY(pipeline_parse(context, expression, &request.pipeline));
    TRY(schedule_parse(context, source_of(context, "schedule", schedule), &request.schedule));
    return plan_build(context, &request, out);
}

Status plan_of_expression(Context *context, const char *target, const char *file, const char *schedule,
                          const Plan **out) {
    const Source *source = golden_text_read(context, arena_format(context, "ir/pipelines/%s", file));
    return plan_of_texts(context, target, problem_line(context, source->text), source, schedule, out);
}

/* What stands between the line "NAME:" and the line "NEXT:". */
static const char *section(Context *context, const char *text, const char *name, const char *next) {
    const char *head = arena_format(context, "\n%s:\n", name);
    const char *start = strstr(text, head);
    ck_assert_ptr_nonnull(start);
    start += strlen(head);
    const char *end = strstr(start, arena_format(context, "\n%s:\n", next));
    ck_assert_ptr_nonnull(end);
    return arena_substring(context, start, (size_t)(end - start));
}

Status plan_of_golden(Context *context, const char *target, const char *file, const Plan **out) {
    const char *text = golden_text_read(context, arena_format(context, "compiler/schedule/%s", file))->text;
    const char *expression = section(context, text, "expression", "schedule");
    const char *schedule = section(context, text, "schedule", "expected");
    return plan_of_texts(context, target, problem_line(context, text), source_of(context, file, expression), schedule,
                         out);
}
