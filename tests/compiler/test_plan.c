/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: what plan_build puts together, what its observer is told, and what it refuses. */
#include "compiler/plan.h"

#include <string.h>

#include "compiler/passes/passes.h"
#include "tests/base/failing_allocator.h"
#include "tests/support/equivalence.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char *const small_problem =
    "conv2d n=1 g=1 c=3 h=5 w=5 k=8 p=5 q=5 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=bias,relu";

static const Source *make_source(Context *context, const char *name, const char *text) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){name, text, strlen(text)};
    return source;
}

/* A plan of small_problem; schedule NULL: the default. */
static Status build(Context *context, const char *steps, const PlanObserver *observer, const Plan **out) {
    Problem problem;
    const Schedule *schedule = NULL;
    const Target *target = NULL;
    TRY(problem_parse(context, make_source(context, "problem", small_problem), &problem));
    TRY(target_find(context, "x86-64-v4", &target));
    if (steps != NULL) TRY(schedule_parse(context, make_source(context, "my.sched", steps), &schedule));
    PlanRequest request = {.name = "layer",
                           .problem = &problem,
                           .target = target,
                           .schedule = schedule,
                           .schedule_source = steps == NULL ? NULL : "file",
                           .observer = observer};
    return plan_build(context, &request, out);
}

static Status check_default(Context *context, void *data) {
    const Plan *plan = NULL;
    (void)data;
    TRY(build(context, NULL, NULL, &plan));
    ck_assert_str_eq(plan->schedule_source, "default");
    ck_assert_str_eq(plan->problem_text, small_problem);
    ck_assert_str_eq(plan->algorithm, "direct");
    ck_assert_str_eq(plan->name, "layer");
    ck_assert_ptr_nonnull(strstr(plan->schedule, "spatial_for kl on lanes\n"));
    return STATUS_OK;
}

START_TEST(test_the_default_schedule_is_named_and_given_as_text) {
    run_in_context(check_default, NULL);
}
END_TEST

static Status check_implicit_pack(Context *context, void *data) {
    const Plan *plan = NULL;
    (void)data;
    TRY(build(context, "", NULL, &plan));
    ck_assert_str_eq(plan->schedule_source, "file");
    ck_assert_str_eq(plan->schedule, "");
    const Tensor *packed = nest_find_tensor(plan->nest, "packed_w");
    ck_assert_ptr_nonnull(packed);
    ck_assert_int_eq(packed->scope, SCOPE_PACKED);
    ck_assert_int_eq(tensor_elements(packed), 8 * 3 * 3 * 3);
    ck_assert_ptr_nonnull(plan->nest->ahead);
    return STATUS_OK;
}

START_TEST(test_weights_that_the_schedule_does_not_pack_are_packed_in_their_own_order) {
    run_in_context(check_implicit_pack, NULL);
}
END_TEST

static Status check_own_pack(Context *context, void *data) {
    const Plan *plan = NULL;
    (void)data;
    TRY(build(context, "pack w as [r s c k] -> wp ahead", NULL, &plan));
    ck_assert_ptr_nonnull(nest_find_tensor(plan->nest, "wp"));
    ck_assert_ptr_null(nest_find_tensor(plan->nest, "packed_w"));
    ck_assert_str_eq(plan->schedule, "pack w as [r s c k] -> wp ahead\n");
    return STATUS_OK;
}

START_TEST(test_weights_that_the_schedule_packs_are_packed_once) {
    run_in_context(check_own_pack, NULL);
}
END_TEST

static Status check_meaning(Context *context, void *data) {
    const Plan *plan = NULL;
    const Nest *start = NULL;
    TRY(build(context, data, NULL, &plan));
    TRY(plan_start(context, &plan->problem, &start));
    TRY(equivalence_check(context, start, plan->scheduled));
    return equivalence_check(context, start, plan->nest);
}

START_TEST(test_the_nests_of_a_plan_compute_the_problem) {
    char naive[] = "", scheduled[] = "reorder n p q k c r s\nclip r\nunroll k";
    run_in_context(check_meaning, NULL);
    run_in_context(check_meaning, naive);
    run_in_context(check_meaning, scheduled);
}
END_TEST

static void note_step(void *data, const Step *step, const Nest *nest) {
    Text *seen = data;
    ck_assert_ptr_nonnull(nest);
    if (step == NULL)
        text_add_string(seen, "unscheduled");
    else
        step_print(step, seen);
    text_add_string(seen, "\n");
}

static void note_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    ck_assert_ptr_nonnull(nest);
    ck_assert_int_ge(elapsed_ns, 0);
    text_add((Text *)data, "%s\n", pass);
}

static Status check_observer(Context *context, void *data) {
    const Plan *plan = NULL;
    Text seen = text_new(context), expected = text_new(context);
    PlanObserver observer = {note_step, note_pass, &seen};
    (void)data;
    TRY(build(context, "reorder n p q k c r s\nclip r", &observer, &plan));
    text_add_string(&expected, "unscheduled\nreorder n p q k c r s\nclip r\npack w as [k c r s] -> packed_w ahead\n");
    for (size_t i = 0; passes_name(i) != NULL; i++) text_add(&expected, "%s\n", passes_name(i));
    ck_assert_str_eq(text_string(&seen), text_string(&expected));
    return STATUS_OK;
}

START_TEST(test_the_observer_sees_every_step_and_pass_in_order) {
    run_in_context(check_observer, NULL);
}
END_TEST

static void check_refused(Context *context, const char *steps, const char *message) {
    const Plan *plan = NULL;
    ck_assert_int_eq(build(context, steps, NULL, &plan), STATUS_REFUSED);
    ck_assert_str_eq(diag_message(context), message);
}

static Status check_refusals(Context *context, void *data) {
    (void)data;
    check_refused(context, "unroll k\nsplit k 2 -> ko ki",
                  "my.sched:2:1: split does not apply: loop 'k' is marked unroll already; split it before\n"
                  "    split k 2 -> ko ki\n"
                  "    ^");
    check_refused(context, "reorder n p q c r s k\nspatial_for k on lanes",
                  "my.sched:2:13: lanes k: packed_w has stride 27 there; pack w with k innermost\n"
                  "    spatial_for k on lanes\n"
                  "                ^");
    return STATUS_OK;
}

START_TEST(test_refusals_say_where_and_why) {
    run_in_context(check_refusals, NULL);
}
END_TEST

START_TEST(test_a_problem_that_is_not_supported_is_refused) {
    Context *context = NULL;
    Problem problem = problem_default(2);
    const Plan *plan = NULL;
    problem.y_type = TYPE_BF16;
    problem_derive_padding(&problem);
    PlanRequest request = {.name = "layer", .problem = &problem, .target = target_get(0)};
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
    ck_assert_int_eq(plan_build(context, &request, &plan), STATUS_UNSUPPORTED); /* outside context_run */
    context_free(context);
}
END_TEST

static Status build_default(Context *context, void *data) {
    const Plan *plan = NULL;
    (void)data;
    return build(context, NULL, NULL, &plan);
}

START_TEST(test_memory_that_runs_out_anywhere_is_reported) {
    ck_assert_uint_gt(run_until_memory_suffices(build_default, NULL), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("plan");
    tcase_add_test(tests, test_the_default_schedule_is_named_and_given_as_text);
    tcase_add_test(tests, test_weights_that_the_schedule_does_not_pack_are_packed_in_their_own_order);
    tcase_add_test(tests, test_weights_that_the_schedule_packs_are_packed_once);
    tcase_add_test(tests, test_the_nests_of_a_plan_compute_the_problem);
    tcase_add_test(tests, test_the_observer_sees_every_step_and_pass_in_order);
    tcase_add_test(tests, test_refusals_say_where_and_why);
    tcase_add_test(tests, test_a_problem_that_is_not_supported_is_refused);
    tcase_add_test(tests, test_memory_that_runs_out_anywhere_is_reported);
    return run_tests(tests);
}
