/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies on a recorded table, every point of which was measured: how many points they ask for until one is within
 * 2 % of the fastest, from a random start. A blind search: the default, which is among the best, is not told. */
#include "tuner/strategies/strategy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const Knob knobs[] = {{"lanes", 2, (const int64_t[]){8, 16}, NULL, 16},
                             {"vectors", 3, (const int64_t[]){1, 2, 4}, NULL, 1},
                             {"columns", 6, (const int64_t[]){2, 4, 7, 9, 11, 14}, NULL, 2},
                             {"unroll_c", 3, (const int64_t[]){1, 2, 4}, NULL, 1},
                             {"order", 3, (const int64_t[]){0, 1, 2}, (const char *const[]){"o", "r", "i"}, 0}};

enum { KNOBS = sizeof knobs / sizeof knobs[0], POINTS = 2 * 3 * 6 * 3 * 3, ROWS = 252, SEEDS = 41, LINE_BYTES = 256 };

typedef struct Table {
    Space space;
    double time_ns[POINTS]; /* 0: not legal */
    double best_ns;
} Table;

static bool is_in_table(const void *owner, const Point *point) {
    const Table *table = owner;
    return table->time_ns[space_index(&table->space, point)] > 0;
}

static int index_of(const Knob *knob, int64_t value) {
    int index = 0;
    while (index < knob->count && knob->values[index] != value) index++;
    ck_assert_int_lt(index, knob->count);
    return index;
}

static void read_row(Table *table, const char *line) {
    Point point = {{0}};
    char *end;
    for (int i = 0; i < KNOBS; i++) {
        point.index[i] = index_of(&knobs[i], strtoll(line, &end, 10));
        line = end;
    }
    double time_ns = strtod(line, &end);
    ck_assert_double_gt(time_ns, 0);
    table->time_ns[space_index(&table->space, &point)] = time_ns;
    table->best_ns = fmin(table->best_ns, time_ns);
}

static void read_table(Table *table) {
    FILE *file = fopen(SEPTET_SOURCE_DIR "/tests/tuner/strategies/conv3x3.table", "r");
    char line[LINE_BYTES];
    int rows = 0;
    *table = (Table){.space = {.knob_count = KNOBS, .knobs = knobs, .legal = is_in_table}, .best_ns = INFINITY};
    table->space.owner = table;
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#') continue;
        read_row(table, line);
        rows++;
    }
    fclose(file);
    ck_assert_int_eq(rows, ROWS);
}

/* Points asked for until one is within 2 % of the best. */
static int search(Context *context, Table *table, const char *name, uint64_t seed) {
    Random random = random_new(seed, 1);
    Strategy *strategy = NULL;
    Point batch[STRATEGY_BATCH];
    int asked = 0;
    ck_assert(space_draw(&table->space, &random, &table->space.start));
    ck_assert_int_eq(strategy_new(context, name, &table->space, seed, 0, &strategy), STATUS_OK);
    for (int count; (count = strategy_ask(strategy, batch, STRATEGY_BATCH)) > 0;) {
        for (int i = 0; i < count; i++) {
            double time_ns = table->time_ns[space_index(&table->space, &batch[i])];
            asked++;
            if (time_ns <= 1.02 * table->best_ns) return asked;
            strategy_tell(strategy, &batch[i], true, log(time_ns));
        }
    }
    ck_abort_msg("%s left out the best of %d points", name, asked);
    return 0;
}

static double mean(Context *context, Table *table, const char *name) {
    int sum = 0, most = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        int asked = search(context, table, name, seed);
        sum += asked;
        most = asked > most ? asked : most;
    }
    printf("%s: %.1f of %d points to 98 %%, at most %d\n", name, (double)sum / SEEDS, ROWS, most);
    return (double)sum / SEEDS;
}

static Status check_table(Context *context, void *data) {
    Table *table = ARENA_NEW(context, Table);
    (void)data;
    read_table(table);
    double random = mean(context, table, "random"), descent = mean(context, table, "descent");
    ck_assert_double_lt(descent, random);
    return STATUS_OK;
}

START_TEST(test_that_descent_beats_random_on_a_recorded_table) {
    run_in_context(check_table, NULL);
}
END_TEST

/* Decisions depend on what is told alone: half the times, told in the same order, make the same search. */
static Status check_scale(Context *context, void *data) {
    Table *table = ARENA_NEW(context, Table), *faster = ARENA_NEW(context, Table);
    (void)data;
    read_table(table);
    read_table(faster);
    for (int i = 0; i < POINTS; i++) faster->time_ns[i] /= 2;
    faster->best_ns /= 2;
    for (size_t i = 0; strategy_name(i) != NULL; i++)
        for (uint64_t seed = 0; seed < SEEDS; seed++)
            ck_assert_int_eq(search(context, table, strategy_name(i), seed),
                             search(context, faster, strategy_name(i), seed));
    return STATUS_OK;
}

START_TEST(test_that_a_faster_machine_gives_the_same_search) {
    run_in_context(check_scale, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("recorded");
    tcase_add_test(tests, test_that_descent_beats_random_on_a_recorded_table);
    tcase_add_test(tests, test_that_a_faster_machine_gives_the_same_search);
    return run_tests(tests);
}
