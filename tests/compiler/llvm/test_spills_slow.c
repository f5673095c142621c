/* SPDX-License-Identifier: Apache-2.0 */
/* Spilled vectors in the inner loops of all layers of bench/layers, on every target with registers for a tile: few,
 * mostly in the border tiles of depthwise layers, whose taps are unrolled. Prints the sums, and the layers that have
 * any.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tests/compiler/llvm/list_loops.h"
#include "tests/support/run.h"

/* Spills allowed: one in so many multiply-adds. */
static const struct {
    const char *name;
    int64_t fmas_a_spill;
} targets[] = {{"cortex-a9", 40},    {"cortex-a15", 40},  {"cortex-a72", 100}, {"cortex-a76", 100},
               {"neoverse-n1", 100}, {"neoverse-v1", 20}, {"x86-64-v4", 200}};
static const char *const lists[] = {"alexnet", "mobilenet_v1", "mobilenet_v2", "resnet50", "vgg16"};

START_TEST(test_that_few_inner_loops_spill) {
    ListLoops counted = {0};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) list_loops_count(targets[_i].name, lists[i], &counted);
    printf("%s: %zu layers, %" PRId64 " FMAs, %" PRId64 " instructions, %" PRId64 " loads, %" PRId64
           " spills in %zu layers\n",
           targets[_i].name, counted.layers, counted.mix.fmas, counted.mix.instructions,
           counted.mix.loads + counted.mix.broadcasts, counted.mix.spills, counted.spilling);
    ck_assert_int_le(counted.mix.spills, counted.mix.fmas / targets[_i].fmas_a_spill);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("spills_slow");
    tcase_add_loop_test(tests, test_that_few_inner_loops_spill, 0, (int)(sizeof targets / sizeof *targets));
    return run_tests(tests);
}
