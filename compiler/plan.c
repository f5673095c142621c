/* SPDX-License-Identifier: Apache-2.0 */
/* From a problem to a Plan, in the order in which README.md draws it. */
#include "compiler/plan.h"

#include <string.h>

#include "compiler/algorithms/algorithms.h"
#include "compiler/passes/passes.h"
#include "compiler/recipes/recipes.h"
#include "compiler/schedule/primitives.h"

/* One call of plan_build. */
typedef struct Build {
    Context *context;
    const PlanRequest *request;
    const Schedule *schedule;
    Plan *plan;
} Build;

Status plan_start(Context *context, const Problem *problem, const Nest **out) {
    TRY(problem_check_supported(context, problem));
    const Pipeline *pipeline = algorithm_direct(context, problem);
    TRY(pipeline_verify(context, pipeline));
    const Nest *nest = nest_build(context, pipeline);
    TRY(nest_verify(context, nest));
    *out = nest;
    return STATUS_OK;
}

static Status start_nest(Context *context, const PlanRequest *request, const Nest **out) {
    if (request->pipeline == NULL) return plan_start(context, request->problem, out);
    TRY(problem_check_supported(context, request->problem));
    *out = nest_build(context, request->pipeline);
    return nest_verify(context, *out);
}

static void observe_step(void *data, const Step *step, const Nest *nest) {
    const PlanObserver *observer = ((const Build *)data)->request->observer;
    if (observer != NULL && observer->step != NULL) observer->step(observer->data, step, nest);
}

static void observe_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    const PlanObserver *observer = ((const Build *)data)->request->observer;
    if (observer != NULL && observer->pass != NULL) observer->pass(observer->data, pass, nest, elapsed_ns);
}

static Status parse_steps(Context *context, const char *name, const char *text, const Schedule **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = name, .text = text, .length = strlen(text)};
    return schedule_parse(context, source, out);
}

/* The schedule that was asked for, or the analytic default. */
static Status choose_schedule(Build *build) {
    const PlanRequest *request = build->request;
    build->schedule = request->schedule;
    build->plan->schedule_source = request->schedule_source;
    if (request->schedule != NULL) return STATUS_OK;
    build->plan->schedule_source = "default";
    const char *text = recipes_default(build->context, request->problem, request->target, build->plan->threads);
    return parse_steps(build->context, "default schedule", text, &build->schedule);
}

typedef struct TensorUse {
    const Tensor *tensor;
    bool is_used;
} TensorUse;

static void note_access(void *data, const Expr *access) {
    TensorUse *use = data;
    use->is_used |= access->access.tensor == use->tensor;
}

static void note_reads(void *data, const Stmt *stmt) {
    if (stmt->kind == STMT_STORE) expr_visit(stmt->store.value, note_access, data);
    stmt_visit_children(stmt, note_reads, data);
}

/* The kernel takes its weights packed, so that tuning again never changes callers. A schedule that does not pack them
 * gets one more step, which copies them in their own order: pack w as [k c r s] -> packed_w ahead */
static Status pack_weights(Build *build, const Nest *nest, const Nest **out) {
    Context *context = build->context;
    const Tensor *weights = nest_find_tensor(nest, PIPELINE_WEIGHTS);
    TensorUse use = {.tensor = weights};
    note_reads(&use, nest->body);
    *out = nest;
    if (!use.is_used) return STATUS_OK;
    Text step = text_new(context);
    text_add(&step, "pack %s as [", weights->name);
    for (int i = 0; i < weights->rank; i++) text_add(&step, "%s%s", i == 0 ? "" : " ", weights->axes[i].name);
    text_add_string(&step, "] -> packed_w ahead");
    const Schedule *schedule = NULL;
    TRY(parse_steps(context, "added step", text_string(&step), &schedule));
    return schedule_apply(context, nest, schedule, observe_step, build, out);
}

static const char *print_problem(Context *context, const Problem *problem) {
    Text text = text_new(context);
    problem_print(problem, &text);
    return text_string(&text);
}

static const char *print_schedule(Context *context, const Schedule *schedule) {
    Text text = text_new(context);
    schedule_print(schedule, &text);
    return text_string(&text);
}

static Status build_plan(void *data) {
    Build *build = data;
    Context *context = build->context;
    const PlanRequest *request = build->request;
    build->plan = ARENA_NEW(context, Plan);
    Plan *plan = build->plan;
    plan->name = arena_string(context, request->name);
    plan->problem = *request->problem;
    plan->target = request->target;
    plan->threads = request->threads > 1 ? request->threads : 1;
    plan->algorithm = request->pipeline == NULL ? "direct" : "expression";
    plan->problem_text = print_problem(context, request->problem);
    const Nest *start = NULL, *scheduled = NULL;
    TRY(start_nest(context, request, &start));
    TRY(choose_schedule(build));
    plan->schedule = print_schedule(context, build->schedule);
    observe_step(build, NULL, start);
    TRY(schedule_apply(context, start, build->schedule, observe_step, build, &scheduled));
    TRY(pack_weights(build, scheduled, &plan->scheduled));
    return passes_run(context, plan->scheduled, plan->target, observe_pass, build, &plan->nest);
}

Status plan_build(Context *context, const PlanRequest *request, const Plan **out) {
    Build build = {.context = context, .request = request};
    TRY(context_run(context, build_plan, &build));
    *out = build.plan;
    return STATUS_OK;
}
