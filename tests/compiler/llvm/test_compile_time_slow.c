/* SPDX-License-Identifier: Apache-2.0 */
/* Random points of the recipes on the layers of networks, and on layers of other kinds: each compiles, or is refused by
 * check_size; and which of them took longest, which no test can promise. SEPTET_RANDOM_ROUNDS asks for more points. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "compiler/frontend/frontend.h"
#include "compiler/llvm/emit.h"
#include "compiler/passes/code_size.h"
#include "compiler/recipes/recipes.h"
#include "tests/support/in_context.h"
#include "tests/support/random_steps.h"
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
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now); /* the machine may be busy */
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* 3-D ones, whose filters have most taps; 1-D, transposed, grouped, dilated. */
static const char other_layers[] = "layer a c=3 d=16 h=112 w=112 k=64 t=3 r=7 s=7 stride=1,2,2 pad=1,3,3 bias relu\n"
                                   "layer b c=3 d=32 h=64 w=64 k=64 t=7 r=7 s=7 stride=2 pad=3 bias relu\n"
                                   "layer c c=64 d=16 h=56 w=56 k=64 t=3 r=3 s=3 pad=1 bias relu\n"
                                   "layer d c=32 d=8 h=28 w=28 k=32 t=3 r=3 s=3 pad=1 groups=32 bias relu\n"
                                   "layer e c=80 w=3000 k=384 s=3 pad=1 bias relu\n"
                                   "layer f c=3 h=160 w=160 k=24 r=3 s=3 stride=2 pad=1 bias hardswish\n"
                                   "layer g c=256 h=14 w=14 k=256 r=3 s=3 pad=2 dilation=2 groups=32 bias relu\n"
                                   "layer h c=1 h=64 w=64 k=32 r=9 s=9 pad=4 bias relu\n";

static const Layer *draw_other_layer(Context *context, Random *random) {
    static const Source source = {.name = "layers", .text = other_layers, .length = sizeof other_layers - 1};
    const LayerList *list = NULL;
    ck_assert_int_eq(frontend_read(context, &source, NULL, &list), STATUS_OK);
    return &list->items[random_integer(random, 0, (int64_t)list->count - 1)];
}

static const Layer *draw_layer(Context *context, Random *random) {
    if (random_once_in(random, 3)) return draw_other_layer(context, random);
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
    RandomRounds rounds = random_rounds(POINTS);
    for (int seed = rounds.first; seed < rounds.end; seed++)
        run_in_context(compile_point, &(Point){(uint64_t)seed, &worst});
    printf("%d points compiled, %d refused; the slowest took %.2f s of the processor: %s\n", worst.compiled,
           worst.refused, worst.seconds, worst.text);
    ck_assert_int_gt(worst.compiled, rounds.count / 2);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("compile_time_slow");
    tcase_add_test(tests, test_that_points_of_recipes_compile);
    return run_tests(tests);
}
