/* SPDX-License-Identifier: Apache-2.0 */
/* What passes refuse though no step of today makes it: marks are put on loops by hand. */
#include <string.h>

#include "compiler/passes/passes.h"
#include "compiler/plan.h"
#include "compiler/schedule/primitives.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

typedef struct Refusal {
    const char *steps;
    const char *loop; /* gets this mark after the steps */
    Mark mark;
    const char *message;
} Refusal;

static const Refusal refusals[] = {
    {"reorder n k p q c r s\nclip r", "r", MARK_UNROLL,
     "unroll r: its number of iterations changes with the loops around it; unroll it by a factor"},
    {"reorder n k p q c r s\nclip r", "r", MARK_LANES,
     "lanes r: the number of lanes is not constant; leave out 'clip'"},
    {"reorder n p q c r s k\nspatial_for k on lanes", "q", MARK_LANES,
     "lanes q: another loop inside is on lanes too: k"},
    {"reorder n p q k c r s", "c", MARK_LANES,
     "lanes c: all lanes would write one element of y; put a loop of its indices on lanes"},
    {"reorder n k p q c r s\nfuse p q -> f\npack w as [k r s c] -> wp ahead", "k", MARK_LANES,
     "lanes k: wp has stride 2 there; pack w with k innermost"},
};

static const Stmt *set_mark(void *data, Context *context, const Stmt *stmt) {
    const Refusal *refusal = data;
    if (stmt->kind != STMT_FOR || strcmp(stmt->loop.var->name, refusal->loop) != 0) return stmt;
    return stmt_loop(context, stmt->loop.var, stmt->loop.lower, stmt->loop.upper, refusal->mark, 0, stmt->loop.body);
}

static Status check_refusal(Context *context, void *data) {
    const Refusal *refusal = data;
    Problem problem = problem_default(2);
    problem.c = 2;
    problem.k = 4;
    bool is_fused = strstr(refusal->steps, "fuse") != NULL;
    for (int i = 0; i < 2; i++)
        problem.dimension[i] = (Dimension){
            .input = 4, .output = 4, .kernel = is_fused ? 1 : 3, .stride = 1, .dilation = 1, .pad_begin = !is_fused};
    problem_derive_padding(&problem);
    const Nest *start = NULL, *scheduled = NULL, *lowered = NULL;
    const Schedule *schedule = NULL;
    const Target *target = NULL;
    const Source source = {"steps", refusal->steps, strlen(refusal->steps)};
    TRY(target_find(context, "x86-64-v4", &target));
    TRY(plan_start(context, &problem, &start));
    TRY(schedule_parse(context, &source, &schedule));
    TRY(schedule_apply(context, start, schedule, NULL, NULL, &scheduled));
    Nest *marked = nest_copy(context, scheduled);
    marked->body = stmt_rewrite(context, scheduled->body, set_mark, data);
    ck_assert_int_eq(passes_run(context, marked, target, NULL, NULL, &lowered), STATUS_REFUSED);
    ck_assert_str_eq(diag_message(context), refusal->message);
    return STATUS_OK;
}

START_TEST(test_marks_that_cannot_be_lowered_are_refused) {
    Refusal refusal = refusals[_i];
    run_in_context(check_refusal, &refusal);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("refused marks");
    tcase_add_loop_test(tests, test_marks_that_cannot_be_lowered_are_refused, 0, sizeof refusals / sizeof *refusals);
    return run_tests(tests);
}
