/* SPDX-License-Identifier: Apache-2.0 */
/* Spilled vectors in the inner loops of all layers of bench/layers, on every target with registers for a tile: few,
 * mostly in the border tiles of depthwise layers, whose taps are unrolled. Prints the sums, and the layers that have
 * any.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tests/compiler/llvm/list_loops.h"
#include "tests/support/run.h"

static const char *const targets[] = {"cortex-a9",   "cortex-a15",  "cortex-a72", "cortex-a76",
                                      "neoverse-n1", "neoverse-v1", "x86-64-v4"};
static const char *const lists[] = {"alexnet", "mobilenet_v1", "mobilenet_v2", "resnet50", "vgg16"};

START_TEST(test_that_few_inner_loops_spill) {
    ListLoops counted = {0};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) list_loops_count(targets[_i], lists[i], &counted);
    printf("%s: %zu layers, %" PRId64 " FMAs, %" PRId64 " instructions, %" PRId64 " loads, %" PRId64
           " spills in %zu layers\n",
           targets[_i], counted.layers, counted.mix.fmas, counted.mix.instructions,
           counted.mix.loads + counted.mix.broadcasts, counted.mix.spills, counted.spilling);
    ck_assert_int_le(counted.mix.spills, counted.mix.fmas / 10);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("spills_slow");
    tcase_add_loop_test(tests, test_that_few_inner_loops_spill, 0, (int)(sizeof targets / sizeof *targets));
    return run_tests(tests);
}
