/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of algorithm_direct: golden texts of real layers, and random problems of every kind, interpreted and compared
 * with the reference. The small expressions of the six kernels, written by hand, are compared with it too. */
#include "compiler/algorithms/algorithms.h"

#include <string.h>

#include "base/random.h"
#include "ir/nest.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/reference_check.h"
#include "tests/support/run.h"

enum { RANDOM_PROBLEMS = 300, MAX_PRODUCTS = 4000 };

/* The problem in a comment line "# conv2d ..." or "# deconv2d ..." of a golden file. */
static Problem read_problem(Context *context, const char *path) {
    const char *text = golden_text_read(context, path)->text;
    const char *line = strstr(text, "# conv");
    if (line == NULL) line = strstr(text, "# deconv");
    ck_assert_msg(line != NULL, "no problem in %s", path);
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = path, .text = arena_substring(context, line + 2, strcspn(line + 2, "\n"))};
    source->length = strlen(source->text);
    Problem problem;
    Status status = problem_parse(context, source, &problem);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    return problem;
}

static const char *print(Context *context, const Pipeline *pipeline) {
    Text text = text_new(context);
    pipeline_print(pipeline, &text);
    return text_string(&text);
}

/* What is built is legal, and equals what its text says. */
static Status check_round_trip(Context *context, const Pipeline *pipeline) {
    const Pipeline *again = NULL;
    const char *text = print(context, pipeline);
    TRY(pipeline_verify(context, pipeline));
    TRY(pipeline_parse(context, &(Source){"printed", text, strlen(text)}, &again));
    ck_assert_str_eq(print(context, again), text);
    return STATUS_OK;
}

static Status compare_golden_files(Context *context, void *data) {
    (void)data;
    for (const char *const *path = golden_text_list(context, "compiler/algorithms/direct", ""); *path != NULL; path++) {
        Problem problem = read_problem(context, *path);
        TRY(problem_check(context, &problem));
        const Pipeline *pipeline = algorithm_direct(context, &problem);
        ck_assert_str_eq(print(context, pipeline), golden_text_uncommented(context, *path));
        TRY(check_round_trip(context, pipeline));
    }
    return STATUS_OK;
}

START_TEST(test_real_layers_read_as_in_books) {
    run_in_context(compare_golden_files, NULL);
}
END_TEST

static void draw_dimension(Random *random, bool transposed, Dimension *dimension) {
    dimension->input = random_integer(random, 1, 7);
    dimension->kernel = random_integer(random, 1, 4);
    dimension->stride = random_integer(random, 1, 3);
    dimension->dilation = random_integer(random, 1, 2);
    dimension->pad_begin = random_integer(random, 0, 3);
    dimension->output =
        problem_output_extent(dimension, transposed, dimension->pad_begin, random_integer(random, 0, 3));
    if (dimension->output > 1 && random_once_in(random, 4)) dimension->output--;
}

static ActivationLayout draw_layout(Random *random) {
    ActivationLayout layout = {.order = (LayoutOrder)random_integer(random, 0, 2)};
    if (layout.order == LAYOUT_CHANNELS_BLOCKED) layout.block = random_integer(random, 2, 4);
    return layout;
}

/* Words in any order; those that read an operand once at most. */
static void draw_epilogue(Random *random, Problem *problem) {
    for (int64_t words = random_integer(random, 0, 3); words > 0; words--) {
        EpilogueKind kind = (EpilogueKind)random_integer(random, 0, EPILOGUE_COUNT - 1);
        bool is_repeated = problem_has(problem, kind);
        if (is_repeated || kind == EPILOGUE_REQUANT) continue;
        problem->epilogue[problem->epilogue_count++] = (EpilogueOp){kind, {-0.5, 4}};
    }
}

static Problem draw_candidate(Random *random) {
    Problem problem = problem_default((int)random_integer(random, 1, 3));
    problem.transposed = random_once_in(random, 3);
    problem.n = random_integer(random, 1, 2);
    problem.g = random_once_in(random, 2) ? random_integer(random, 2, 4) : 1;
    problem.c = problem.g * random_integer(random, 1, 5);
    problem.k = problem.g * random_integer(random, 1, 5);
    for (int i = 0; i < problem.spatial; i++) draw_dimension(random, problem.transposed, &problem.dimension[i]);
    problem_derive_padding(&problem);
    problem.x_layout = draw_layout(random);
    problem.y_layout = draw_layout(random);
    draw_epilogue(random, &problem);
    return problem;
}

static Problem draw_problem(Context *context, Random *random) {
    for (;;) {
        Problem problem = draw_candidate(random);
        ProblemFault fault;
        if (problem_find_fault(context, &problem, &fault)) continue;
        if (problem_flops(&problem) <= 2 * MAX_PRODUCTS) return problem;
    }
}

static Status compare_random_problem(Context *context, void *data) {
    Random *random = data;
    Problem problem = draw_problem(context, random);
    const Pipeline *pipeline = algorithm_direct(context, &problem);
    TRY(check_round_trip(context, pipeline));
    return reference_check(context, random, &problem, nest_build(context, pipeline), 1e-6);
}

START_TEST(test_random_problems_compute_the_reference) {
    Random random = random_new(3, 0);
    for (int i = 0; i < RANDOM_PROBLEMS; i++) run_in_context(compare_random_problem, &random);
}
END_TEST

/* Winograd's transforms round in f32; all else is exact on small whole numbers. */
static Status compare_kernels(Context *context, void *data) {
    (void)data;
    Random random = random_new(4, 0);
    for (const char *const *path = golden_text_list(context, "ir/pipelines", "small_"); *path != NULL; path++) {
        Problem problem = read_problem(context, *path);
        const Pipeline *pipeline = NULL;
        TRY(pipeline_parse(context, golden_text_read(context, *path), &pipeline));
        const Nest *nest = nest_build(context, pipeline);
        TRY(reference_check(context, &random, &problem, nest, strstr(*path, "winograd") ? 1e-5 : 0));
    }
    return STATUS_OK;
}

START_TEST(test_the_six_kernels_compute_the_reference) {
    run_in_context(compare_kernels, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("direct");
    tcase_add_test(tests, test_real_layers_read_as_in_books);
    tcase_add_test(tests, test_random_problems_compute_the_reference);
    tcase_add_test(tests, test_the_six_kernels_compute_the_reference);
    return run_tests(tests);
}
