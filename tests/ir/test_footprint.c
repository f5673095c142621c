/* SPDX-License-Identifier: Apache-2.0 */
/* Footprints, uses and traffic of nests small enough to count by hand. */
#include "ir/footprint.h"

#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* Three rows of a 3x3 filter, 8 columns wide; y in tiles of 4. */
static const char filter[] = "tensor x f32 [p 10, q 10]\n"
                             "tensor w f32 [r 3, s 3]\n"
                             "tensor y f32 [p 8, q 8]\n"
                             "for p 8, qo 2 {\n"
                             "    acc f32 [qi 4] in registers\n"
                             "    init: unroll qi 4: acc[qi] = 0\n"
                             "    for r 3, s 3; unroll qi 4: acc[qi] += x[p + r, qo*4 + qi + s] * w[r, s]\n"
                             "    finish: unroll qi 4: y[p, qo*4 + qi] = acc[qi]\n"
                             "}\n";

static const Nest *parse(Context *context, const char *text) {
    const Source source = {.name = "nest", .text = text, .length = strlen(text)};
    const Nest *nest = NULL;
    Status status = nest_parse(context, &source, &nest);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    return nest;
}

static const Touched *find(const Footprint *footprint, const char *name) {
    for (size_t i = 0; i < footprint->count; i++)
        if (strcmp(footprint->items[i].tensor->name, name) == 0) return &footprint->items[i];
    ck_abort_msg("%s is not touched", name);
}

static void check_touched(const FootprintLevel *level, const char *name, double elements, double accesses) {
    const Touched *touched = find(&level->footprint, name);
    ck_assert_double_eq(touched->elements, elements);
    ck_assert_double_eq(touched->accesses, accesses);
}

static Status check_levels(Context *context, void *data) {
    (void)data;
    FootprintLevels levels = nest_footprints(context, parse(context, filter));
    static const char *const names[] = {"p", "qo", "r", "s"};
    static const double runs[] = {1, 8, 16, 48};
    ck_assert_uint_eq(levels.count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(levels.items[i].loop->loop.var->name, names[i]);
        ck_assert_int_eq(levels.items[i].depth, (int)i);
        ck_assert_double_eq(levels.items[i].runs, runs[i]);
    }
    check_touched(&levels.items[0], "x", 100, 8 * 8 * 9);
    check_touched(&levels.items[0], "y", 64, 64);
    check_touched(&levels.items[1], "x", 30, 8 * 9);
    check_touched(&levels.items[2], "x", 18, 4 * 9);
    check_touched(&levels.items[2], "w", 9, 4 * 9);
    check_touched(&levels.items[3], "x", 6, 4 * 3);
    ck_assert(find(&levels.items[0].footprint, "y")->is_written);
    ck_assert(!find(&levels.items[0].footprint, "x")->is_written);
    ck_assert_uint_eq(levels.items[0].footprint.count, 3); /* acc is in registers */
    return STATUS_OK;
}

START_TEST(test_levels) {
    run_in_context(check_levels, NULL);
}
END_TEST

static double traffic_of(Context *context, const char *text, const char *name, int64_t cache_bytes) {
    NestTraffic traffic = nest_traffic(context, parse(context, text), cache_bytes);
    for (size_t i = 0; i < traffic.count; i++)
        if (strcmp(traffic.items[i].tensor->name, name) == 0) return traffic.items[i].bytes;
    ck_abort_msg("%s is not there", name);
}

/* All: 4*(100 + 9 + 2*64) = 948 bytes; a row: 4*(30 + 9 + 16) = 220; a tile: 4*(18 + 9 + 8) = 140; a row of taps:
 * 4*(6 + 3) = 36. */
static Status check_traffic(Context *context, void *data) {
    (void)data;
    ck_assert_double_eq(traffic_of(context, filter, "x", 948), 0);
    ck_assert_double_eq(traffic_of(context, filter, "x", 947), 4 * 100); /* rows stay from one p to the next */
    ck_assert_double_eq(traffic_of(context, filter, "y", 947), 2 * 4 * 64);
    ck_assert_double_eq(traffic_of(context, filter, "x", 219), 4 * 8 * 30); /* tiles of one p overlap */
    ck_assert_double_eq(traffic_of(context, filter, "w", 219), 4 * 8 * 9);
    ck_assert_double_eq(traffic_of(context, filter, "x", 139), 4 * 16 * 18);
    ck_assert_double_eq(traffic_of(context, filter, "w", 139), 4 * 16 * 9);
    return STATUS_OK;
}

START_TEST(test_traffic) {
    run_in_context(check_traffic, NULL);
}
END_TEST

/* Steps of 2 leave gaps; div and mod come from one loop; bounds that change; two accesses side by side. */
static Status check_boxes(Context *context, void *data) {
    static const char text[] = "tensor x f32 [a 40, b 4]\n"
                               "tensor y f32 [a 20]\n"
                               "for i 5 {\n"
                               "    for j 3, k in max(0, 1 - i)..min(3, 6 - i): y[j] = x[j*2, 0]\n"
                               "    for f 8: y[f] = x[f div 4, f mod 4]\n"
                               "    for h 2: y[h] = x[h + 1, 0] + x[h + 2, 0]\n"
                               "}\n";
    FootprintLevels levels = nest_footprints(context, parse(context, text));
    (void)data;
    ck_assert_uint_eq(levels.count, 5);
    check_touched(&levels.items[1], "x", 3, 9);
    check_touched(&levels.items[3], "x", 8, 8);
    check_touched(&levels.items[4], "x", 3, 4);
    ck_assert_double_eq(levels.items[2].iterations, 3);
    return STATUS_OK;
}

START_TEST(test_boxes) {
    run_in_context(check_boxes, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("footprint");
    tcase_add_test(tests, test_levels);
    tcase_add_test(tests, test_traffic);
    tcase_add_test(tests, test_boxes);
    return run_tests(tests);
}
