/* SPDX-License-Identifier: Apache-2.0 */
/* Random points of the recipes on the layers of networks: each compiles, or is refused by check_size; and which of them
 * took longest, which no test can promise. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compiler/frontend/frontend.h"
#include "compiler/llvm/emit.h"
#include "compiler/passes/code_size.h"
#include "compiler/recipes/recipes.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { POINTS = 200 };

typedef struct Worst {
    double seconds;
    int compiled, refused;
    char text[2048]; /* of the slowest point */
} Worst;

typedef struct Point {
    uint64_t seed;
    Worst *worst;
} Point;

static double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static const Layer *draw_layer(Context *context, Random *random) {
    static const char *const lists[] = {"alexnet", "mobilenet_v1", "mobilenet_v2", "resnet50", "vgg16"};
    const FrontendOptions options = {.epilogue = "bias relu"};
    const char *name = lists[random_integer(random, 0, 4)];
    const LayerList *list = NULL;
    const char *path = arena_format(context, "%s/bench/layers/%s.txt", SEPTET_SOURCE_DIR, name);
    ck_assert_int_eq(frontend_read_file(context, path, &options, &list), STATUS_OK);
    return &list->items[random_integer(random, 0, (int64_t)list->count - 1)];
}

static void note_time(Context *context, Worst *worst, const Plan *plan, double seconds) {
    worst->compiled++;
    if (seconds <= worst->seconds) return;
    CodeSize size = code_size_of(context, plan->nest, plan->target);
    worst->seconds = seconds;
    snprintf(worst->text, sizeof worst->text,
             "%s\n%s\n%" PRId64 " vector statements, %" PRId64 " of them spilling, %" PRId64 " of %d registers\n%s",
             plan->target->name, plan->problem_text, size.statements, size.spilling, size.registers,
             plan->target->vector_registers, plan->schedule);
}

static Status compile_point(Context *context, void *data) {
    const Point *point = data;
    Random random = random_new(point->seed, 0);
    size_t targets = 0;
    while (target_get(targets) != NULL) targets++;
    const Target *target = target_get((size_t)random_integer(&random, 0, (int64_t)targets - 1));
    const Layer *layer = draw_layer(context, &random);
    const char *text = recipes_draw(context, &random, &layer->problem, target);
    const Source source = {.name = "point", .text = text, .length = strlen(text)};
    PlanRequest request = {.name = "point", .problem = &layer->problem, .target = target, .schedule_source = "drawn"};
    TRY(schedule_parse(context, &source, &request.schedule));
    double start = now_seconds();
    const Plan *plan = NULL;
    const char *bytes = NULL;
    size_t length = 0;
    if (plan_build(context, &request, &plan) != STATUS_OK) {
        point->worst->refused++;
        ck_assert_msg(strstr(diag_message(context), "statements") != NULL, "%s%s", text, diag_message(context));
        return STATUS_OK;
    }
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    note_time(context, point->worst, plan, now_seconds() - start);
    return STATUS_OK;
}

START_TEST(test_that_points_of_recipes_compile) {
    Worst worst = {0};
    for (uint64_t seed = 0; seed < POINTS; seed++) run_in_context(compile_point, &(Point){seed, &worst});
    printf("%d points compiled, %d refused; the slowest took %.2f s: %s\n", worst.compiled, worst.refused,
           worst.seconds, worst.text);
    ck_assert_int_gt(worst.compiled, POINTS / 2);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("compile_time_slow");
    tcase_add_test(tests, test_that_points_of_recipes_compile);
    return run_tests(tests);
}
