/* SPDX-License-Identifier: Apache-2.0 */
/* Register tiles of random shapes on random problems, whose sizes mostly divide badly: masks, tails and borders of all
 * kinds. After every pass the nest computes what the unscheduled one computes, and sums in registers carry no mask when
 * weights are packed in whole blocks. */
#include <string.h>

#include "base/random.h"
#include "compiler/passes/passes.h"
#include "compiler/plan.h"
#include "compiler/recipes/internal.h"
#include "compiler/schedule/primitives.h"
#include "tests/support/equivalence.h"
#include "tests/support/random_steps.h"
#include "tests/support/run.h"

enum { ROUNDS = 60 };

typedef struct Round {
    Context *context;
    Random random;
    const Target *target;
    const Nest *start;
    const char *schedule;
    int masked_sums; /* in the last nest */
} Round;

static int64_t pick(Round *round, int64_t lo, int64_t hi) {
    return random_integer(&round->random, lo, hi);
}

static Dimension random_dimension(Round *round) {
    Dimension d = {.dilation = 1};
    d.kernel = pick(round, 1, 3);
    d.stride = random_once_in(&round->random, 4) ? 2 : 1;
    d.pad_begin = pick(round, 0, d.kernel - 1);
    d.output = pick(round, 1, 9);
    int64_t pad_end = pick(round, 0, d.kernel - 1);
    d.input = (d.output - 1) * d.stride + d.kernel - d.pad_begin - pad_end;
    if (d.input < 1) d.input = 1;
    return d;
}

static Problem random_problem(Round *round) {
    Problem problem = problem_default(2);
    problem.g = random_once_in(&round->random, 4) ? pick(round, 2, 9) : 1;
    problem.c = problem.g * (problem.g > 1 ? 1 : pick(round, 1, 5));
    problem.k = problem.g * (problem.g > 1 ? 1 : pick(round, 1, 19));
    for (int i = 0; i < 2; i++) problem.dimension[i] = random_dimension(round);
    problem.epilogue_count = (int)pick(round, 0, 2);
    problem.epilogue[0].kind = EPILOGUE_BIAS;
    problem.epilogue[1].kind = EPILOGUE_RELU;
    if (random_once_in(&round->random, 3)) problem.x_layout.order = problem.y_layout.order = LAYOUT_CHANNELS_FIRST;
    problem_derive_padding(&problem);
    return problem;
}

static RegisterTileKnobs random_knobs(Round *round, const Problem *problem) {
    RegisterTileKnobs knobs = {
        .lanes = 1, .vectors = pick(round, 1, 3), .columns = pick(round, 1, 5), .image_rows = 1, .unroll_c = 1};
    bool is_channels_last = problem->y_layout.order == LAYOUT_CHANNELS_LAST;
    bool is_dense = problem->dimension[1].stride == 1;
    knobs.lane_loop = is_channels_last ? (problem->g > 1 ? LANE_G : LANE_K) : is_dense ? LANE_Q : LANE_NONE;
    if (knobs.lane_loop != LANE_NONE) knobs.lanes = (int64_t)1 << pick(round, 1, 3);
    if (recipe_rows_tile(problem) && knobs.lane_loop != LANE_Q) knobs.image_rows = pick(round, 1, 3);
    if (random_once_in(&round->random, 2)) knobs.unroll_c = problem->c / problem->g;
    knobs.order = (ChannelOrder)pick(round, CHANNELS_OUTSIDE, CHANNELS_INSIDE);
    return knobs;
}

static void count_masked_sums(void *data, const Stmt *stmt) {
    Round *round = data;
    if (stmt->kind == STMT_FOR && stmt->loop.mark == MARK_LANES && stmt->loop.body->kind == STMT_IF)
        round->masked_sums += stmt->loop.body->guard.body->store.add;
    stmt_visit_children(stmt, count_masked_sums, data);
}

static void check_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    Round *round = data;
    (void)elapsed_ns;
    Status status = equivalence_check(round->context, round->start, nest);
    ck_assert_msg(status == STATUS_OK, "%s\nafter %s for %s of\n%s", diag_message(round->context), pass,
                  round->target->name, round->schedule);
    round->masked_sums = 0;
    count_masked_sums(round, nest->body);
}

static Status lower(Round *round) {
    Context *context = round->context;
    const Source source = {"recipe", round->schedule, strlen(round->schedule)};
    const Schedule *schedule = NULL;
    const Nest *scheduled = NULL, *lowered = NULL;
    TRY(schedule_parse(context, &source, &schedule));
    TRY(schedule_apply(context, round->start, schedule, NULL, NULL, &scheduled));
    return passes_run(context, scheduled, round->target, check_pass, round, &lowered);
}

static Status run_round(void *data) {
    Round *round = data;
    Context *context = round->context;
    Problem problem = random_problem(round);
    RegisterTileKnobs knobs = random_knobs(round, &problem);
    Text text = text_new(context);
    problem_print(&problem, &text);
    TRY(problem_check(context, &problem));
    TRY(plan_start(context, &problem, &round->start));
    text_add(&text, "\n%s", recipe_register_tile(context, &problem, &knobs));
    round->schedule = recipe_register_tile(context, &problem, &knobs);
    for (size_t i = 0; (round->target = target_get(i)) != NULL; i++) {
        Status status = lower(round);
        bool is_large = status == STATUS_REFUSED && strstr(diag_message(context), "statements") != NULL;
        if (is_large) continue;
        ck_assert_msg(status == STATUS_OK, "%s\nfor %s of\n%s", diag_message(context), round->target->name,
                      text_string(&text));
        bool has_blocks = knobs.lane_loop == LANE_K;
        ck_assert_msg(!has_blocks || round->masked_sums == 0, "%d masked sums for %s of\n%s", round->masked_sums,
                      round->target->name, text_string(&text));
    }
    return STATUS_OK;
}

START_TEST(test_that_random_register_tiles_keep_their_meaning_in_every_pass) {
    Round round = {.random = random_new(13, (uint64_t)_i)};
    ck_assert_int_eq(context_new(alloc_default(), &round.context), STATUS_OK);
    Status status = context_run(round.context, run_round, &round);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(round.context));
    context_free(round.context);
}
END_TEST

int main(void) {
    RandomRounds rounds = random_rounds(ROUNDS);
    TCase *tests = tcase_create("random tiles");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, test_that_random_register_tiles_keep_their_meaning_in_every_pass, rounds.first,
                        rounds.end);
    return run_tests(tests);
}
