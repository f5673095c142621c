/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies on made-up costs: they find the best point, are reproducible, and come to an end whatever they are told.
 */
#include "tuner/strategies/strategy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const int64_t numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const char *const words[] = {"red", "green", "blue"};

/* Five knobs, one of them categorical: 8 * 8 * 8 * 8 * 3 points. */
static const Knob knobs[] = {{"a", 8, numbers, NULL, 1},
                             {"b", 8, numbers, NULL, 1},
                             {"c", 8, numbers, NULL, 1},
                             {"d", 8, numbers, NULL, 1},
                             {"colour", 3, (const int64_t[]){0, 1, 2}, words, 0}};
enum { KNOBS = sizeof knobs / sizeof knobs[0], POINTS = 8 * 8 * 8 * 8 * 3 };

typedef bool Cost(const Point *point, double *out);

/* Lowest, 0, at (3, 6, 1, 8, blue): index 2, 5, 0, 7, 2. */
static bool separable(const Point *point, double *out) {
    static const int best[KNOBS] = {2, 5, 0, 7, 2};
    *out = 0;
    for (int i = 0; i < KNOBS - 1; i++) *out += (i + 1) * abs(point->index[i] - best[i]);
    *out += point->index[KNOBS - 1] == best[KNOBS - 1] ? 0 : 2;
    return true;
}

/* The same, but a third of the points fail. */
static bool with_failures(const Point *point, double *out) {
    separable(point, out);
    return *out == 0 || (point->index[0] + point->index[1] + point->index[3]) % 3 != 0;
}

static bool always_fails(const Point *point, double *out) {
    (void)point;
    *out = NAN;
    return false;
}

static Space whole_space(void) {
    return (Space){.knob_count = KNOBS, .knobs = knobs};
}

/* What a search did. */
typedef struct Search {
    double best;
    int64_t asked, to_best; /* points, and points until the best was met */
    uint64_t trace;         /* depends on all points in their order */
} Search;

static void tell_batch(Strategy *strategy, const Space *space, const Point *batch, int count, Cost *cost,
                       Search *search) {
    for (int i = 0; i < count; i++) {
        double value;
        bool ok = cost(&batch[i], &value);
        search->asked++;
        search->trace = search->trace * 31 + (uint64_t)space_index(space, &batch[i]);
        if (ok && value < search->best) {
            search->best = value;
            search->to_best = search->asked;
        }
        strategy_tell(strategy, &batch[i], ok, value);
    }
}

static Search run(Context *context, const char *name, const Space *space, uint64_t seed, Cost *cost, int64_t trials) {
    Search search = {.best = INFINITY};
    Strategy *strategy = NULL;
    Point batch[STRATEGY_BATCH];
    ck_assert_int_eq(strategy_new(context, name, space, seed, 0, &strategy), STATUS_OK);
    while (search.asked < trials) {
        int count = strategy_ask(strategy, batch, STRATEGY_BATCH);
        ck_assert(count >= 0 && count <= STRATEGY_BATCH);
        if (count == 0) break;
        tell_batch(strategy, space, batch, count, cost, &search);
    }
    return search;
}

static Status check_descent(Context *context, void *data) {
    (void)data;
    Space space = whole_space();
    Search plain = run(context, "descent", &space, 1, separable, 400);
    ck_assert_double_eq(plain.best, 0);
    ck_assert_int_le(plain.to_best, 200);
    space.start = (Point){{7, 0, 7, 0, 0}};
    ck_assert_double_eq(run(context, "descent", &space, 1, separable, 400).best, 0);
    return STATUS_OK;
}

START_TEST(test_that_descent_finds_the_optimum_of_a_separable_function) {
    run_in_context(check_descent, NULL);
}
END_TEST

/* Failed points are walls, over which a step of two values reaches, and restarts. */
static Status check_failures(Context *context, void *data) {
    (void)data;
    Space space = whole_space();
    for (uint64_t seed = 0; seed < 5; seed++)
        ck_assert_double_eq(run(context, "descent", &space, seed, with_failures, 2000).best, 0);
    return STATUS_OK;
}

START_TEST(test_that_descent_gets_past_failures) {
    run_in_context(check_failures, NULL);
}
END_TEST

static bool is_even(const void *owner, const Point *point) {
    (void)owner;
    return (point->index[0] + point->index[1]) % 2 == 0;
}

/* Asks until nothing is left: each allowed point once. */
static Status check_ends(Context *context, void *data) {
    (void)data;
    Space space = whole_space();
    space.legal = is_even;
    for (size_t i = 0; strategy_name(i) != NULL; i++) {
        const char *name = strategy_name(i);
        ck_assert_int_eq(run(context, name, &space, 3, always_fails, INT64_MAX).asked, POINTS / 2);
        ck_assert_int_eq(run(context, name, &space, 3, separable, INT64_MAX).asked, POINTS / 2);
    }
    return STATUS_OK;
}

START_TEST(test_that_searches_end_when_all_is_known) {
    run_in_context(check_ends, NULL);
}
END_TEST

static bool never(const void *owner, const Point *point) {
    (void)owner;
    (void)point;
    return false;
}

static Status check_nothing(Context *context, void *data) {
    (void)data;
    Space empty = {.knob_count = 0}, forbidden = whole_space();
    forbidden.legal = never;
    for (size_t i = 0; strategy_name(i) != NULL; i++) {
        ck_assert_int_eq(run(context, strategy_name(i), &empty, 1, separable, 100).asked, 0);
        ck_assert_int_eq(run(context, strategy_name(i), &forbidden, 1, separable, 100).asked, 0);
    }
    return STATUS_OK;
}

START_TEST(test_spaces_without_points) {
    run_in_context(check_nothing, NULL);
}
END_TEST

static Status check_seeds(Context *context, void *data) {
    (void)data;
    Space space = whole_space();
    for (size_t i = 0; strategy_name(i) != NULL; i++) {
        const char *name = strategy_name(i);
        Search one = run(context, name, &space, 7, with_failures, 600);
        Search same = run(context, name, &space, 7, with_failures, 600);
        Search other = run(context, name, &space, 8, with_failures, 600);
        ck_assert(one.trace == same.trace);
        ck_assert_msg(one.trace != other.trace, "%s does not depend on the seed", name);
    }
    return STATUS_OK;
}

START_TEST(test_that_a_seed_gives_its_search) {
    run_in_context(check_seeds, NULL);
}
END_TEST

/* A search that is told what an earlier one measured goes on where that one stood. */
static Status check_continuing(Context *context, void *data) {
    (void)data;
    Space space = whole_space();
    Strategy *strategy = NULL;
    Point batch[STRATEGY_BATCH];
    TRY(strategy_new(context, "descent", &space, 1, 0, &strategy));
    for (int64_t i = 0; i < space_size(&space); i++) {
        Point point = space_point(&space, i);
        double cost;
        separable(&point, &cost);
        if (cost > 0) strategy_tell(strategy, &point, true, cost);
    }
    ck_assert_int_eq(strategy_ask(strategy, batch, STRATEGY_BATCH), 1);
    double cost;
    separable(&batch[0], &cost);
    ck_assert_double_eq(cost, 0);
    return STATUS_OK;
}

START_TEST(test_that_what_is_known_is_not_asked_again) {
    run_in_context(check_continuing, NULL);
}
END_TEST

/* Suggestions come first, each once, unless they are known; then the search goes on from the best of what it was told.
 */
static Status check_suggestions(Context *context, void *data) {
    (void)data;
    Space space = whole_space();
    space.legal = is_even;
    const Point near = {{2, 4, 0, 7, 2}}, known = {{0, 0, 0, 0, 1}}, forbidden = {{1, 0, 0, 0, 0}};
    for (size_t i = 0; strategy_name(i) != NULL; i++) {
        Strategy *strategy = NULL;
        Point batch[STRATEGY_BATCH];
        TRY(strategy_new(context, strategy_name(i), &space, 1, 0, &strategy));
        strategy_tell(strategy, &known, true, 5);
        ck_assert(strategy_suggest(strategy, &known));
        ck_assert(strategy_suggest(strategy, &near));
        ck_assert(strategy_suggest(strategy, &near));
        ck_assert(!strategy_suggest(strategy, &forbidden));
        ck_assert_int_eq(strategy_ask(strategy, batch, STRATEGY_BATCH), 1);
        ck_assert_int_eq(space_index(&space, &batch[0]), space_index(&space, &near));
        strategy_tell(strategy, &near, true, 2);
        int count = strategy_ask(strategy, batch, STRATEGY_BATCH), beside = 0;
        for (int j = 0; j < count; j++) {
            int differences = 0;
            for (int knob = 0; knob < KNOBS; knob++) differences += batch[j].index[knob] != near.index[knob];
            beside += differences == 1;
        }
        bool goes_downhill = strcmp(strategy_name(i), "descent") == 0;
        ck_assert(!goes_downhill || beside == count);
    }
    return STATUS_OK;
}

START_TEST(test_that_suggestions_come_first) {
    run_in_context(check_suggestions, NULL);
}
END_TEST

static Status check_names(Context *context, void *data) {
    (void)data;
    Space space = whole_space();
    Strategy *strategy = NULL;
    ck_assert_int_eq(strategy_new(context, "hope", &space, 1, 0, &strategy), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), "unknown strategy 'hope'; there are random, descent");
    return STATUS_OK;
}

START_TEST(test_that_an_unknown_name_lists_the_others) {
    run_in_context(check_names, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("strategy");
    tcase_add_test(tests, test_that_descent_finds_the_optimum_of_a_separable_function);
    tcase_add_test(tests, test_that_descent_gets_past_failures);
    tcase_add_test(tests, test_that_searches_end_when_all_is_known);
    tcase_add_test(tests, test_spaces_without_points);
    tcase_add_test(tests, test_that_a_seed_gives_its_search);
    tcase_add_test(tests, test_that_what_is_known_is_not_asked_again);
    tcase_add_test(tests, test_that_suggestions_come_first);
    tcase_add_test(tests, test_that_an_unknown_name_lists_the_others);
    return run_tests(tests);
}
