/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/interpret.h: what statements mean, what is reported, and random convolutions against the reference. */
#include "ir/interpret.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/vector.h"
#include "compiler/algorithms/algorithms.h"
#include "ir/reference.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { RANDOM_PROBLEMS = 300, MAX_DATA = 3 };

/* An expression that is run on x = 1, 2, 3, … and w = 10, 20, 30, …; y begins as NaN. */
typedef struct Run {
    const Pipeline *pipeline;
    const Nest *nest;
    double *x, *w, *y;
} Run;

static double *argument_data(Context *context, const Pipeline *pipeline, const char *name, double factor) {
    const Tensor *tensor = pipeline_find_tensor(pipeline, name);
    if (tensor == NULL) return NULL;
    int64_t count = tensor_elements(tensor);
    double *data = ARENA_ARRAY(context, double, (size_t)count);
    for (int64_t i = 0; i < count; i++) data[i] = factor * (double)(i + 1);
    return data;
}

static Status prepare(Context *context, const char *expression, Run *run) {
    Source source = {.name = "test", .text = expression, .length = strlen(expression)};
    TRY(pipeline_parse(context, &source, &run->pipeline));
    run->nest = nest_build(context, run->pipeline);
    run->x = argument_data(context, run->pipeline, "x", 1);
    run->w = argument_data(context, run->pipeline, "w", 10);
    run->y = argument_data(context, run->pipeline, "y", (double)NAN);
    return STATUS_OK;
}

static Status interpret(Context *context, const Run *run) {
    InterpretArgument arguments[] = {{"y", run->y}, {"x", run->x}, {"w", run->w}};
    return interpret_nest(context, run->nest, arguments, run->w == NULL ? 2 : 3);
}

/* The first values of y that an expression gives. */
typedef struct Case {
    const char *expression;
    double y[4];
} Case;

static const Case cases[] = {
    {"tensor x f32 [i 4]\ny[i 4] = x[i] * 2 - 1", {1, 3, 5, 7}},
    {"tensor x f32 [i 4] padded\ny[i 4] = x[i - 1]", {0, 1, 2, 3}},
    {"tensor x f32 [i 4]\ny[i 4] = x[(i + 3) mod 4 div 2]", {2, 1, 1, 2}},
    {"tensor x f32 [i 4] padded\ntensor w f32 [r 2]\ny[i 4] = relu(-10 + sum[r 2] x[i + r] * w[r])", {40, 70, 100, 30}},
    {"tensor x f32 [i 2, j 2]\ny[i 2, j 2] as [j i] = x[i, j]", {1, 3, 2, 4}},
    {"tensor x f32 [i 2, j 2] as [j i]\ny[i 2, j 2] = x[i, j]", {1, 3, 2, 4}},
    {"tensor x f32 [c 5] as [c/2 c%2]\ny[i 4] = x[4 - i]", {5, 4, 3, 2}},
    {"tensor x f32 [i 4]\ny[i 2] = sum[j 4] x[j] where (i + j) mod 2 = 0", {4, 6}},
    {"tensor x f32 [i 4]\ny[i 2] = sum[j 2] bf16(x[i*2 + j] * 257)", {768, 1796}},
    {"tensor x f32 [i 4]\nT s8 [i 4] = x[i] * 60 - 130\ny[i 4] = T[i]", {-70, -10, 50, 110}},
    {"tensor x f32 [i 4]\nT u8 [i 4] = x[i] * 100 - 150\ny[i 4] = T[i]", {0, 50, 150, 250}},
    {"tensor x f32 [i 4]\nconstant A f32 [i 2, j 2] = { 1, 1/2, 0, -3 }\ny[i 2] = sum[j 2] A[i, j] * x[j]", {2, -6}},
    {"tensor x f32 [i 4]\ntensor w f32 [k 2]\nU ahead [k 2] = w[k] + 1\ny[i 2] = x[i] * U[i]", {11, 42}},
    {"tensor x f32 [i 4]\ny[i 2] = clamp(x[i*3], 2, 3)", {2, 3}},
    {"tensor x f32 [i 1]\ny[i 1] = x[i] * 16777216 + 1", {16777216}},
};

static Status check_case(Context *context, void *data) {
    const Case *expected = data;
    Run run;
    TRY(prepare(context, expected->expression, &run));
    TRY(nest_verify(context, run.nest));
    TRY(interpret(context, &run));
    int64_t count = tensor_elements(pipeline_find_tensor(run.pipeline, "y"));
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(run.y[i] == expected->y[i], "y[%d] is %g, not %g", (int)i, run.y[i], expected->y[i]);
    return STATUS_OK;
}

START_TEST(test_that_expressions_have_their_values) {
    Case expected = cases[_i];
    run_in_context(check_case, &expected);
}
END_TEST

/* Nests by hand over y[i 4] and x[i 4]. */
typedef struct Hand {
    Context *context;
    Run run;
    const Tensor *x, *y;
    Var i, j;
    Tensor buffer;
} Hand;

static Status prepare_hand(Context *context, Hand *hand) {
    *hand = (Hand){.context = context, .i = {.name = "i", .stage = "y"}, .j = {.name = "j", .stage = "y", .id = 1}};
    TRY(prepare(context, "tensor x f32 [i 4]\ny[i 4] = x[i]", &hand->run));
    hand->x = pipeline_find_tensor(hand->run.pipeline, "x");
    hand->y = pipeline_find_tensor(hand->run.pipeline, "y");
    hand->buffer = (Tensor){.name = "acc", .type = TYPE_F32, .scope = SCOPE_STACK, .rank = 1};
    hand->buffer.axes[0] = (Axis){"i", 4};
    hand->buffer.layout = layout_identity(1);
    return STATUS_OK;
}

static Status run_hand(Hand *hand, const Stmt *body) {
    Nest *nest = nest_copy(hand->context, hand->run.nest);
    nest->body = body;
    nest->var_count = 2;
    hand->run.nest = nest;
    return interpret(hand->context, &hand->run);
}

static const Stmt *hand_loop(const Hand *hand, const Var *var, int64_t end, Mark mark, const Stmt *body) {
    Context *context = hand->context;
    return stmt_loop(context, var, bound_constant(context, 0), bound_constant(context, end), mark, 0, body);
}

/* to[to_index] (=, +=) from[from_index], or the number 1 when `from` is NULL */
static const Stmt *hand_store(const Hand *hand, const Tensor *to, const Affine *to_index, bool add, const Tensor *from,
                              const Affine *from_index) {
    const Expr *value = from == NULL ? expr_number(hand->context, 1) : expr_access(hand->context, from, &from_index);
    return stmt_store(hand->context, to, &to_index, add, value);
}

/* mark i 4: y[0] = x[i]: the last iteration wins */
static double winner(Context *context, Mark mark) {
    Hand hand;
    ck_assert_int_eq(prepare_hand(context, &hand), STATUS_OK);
    const Affine *zero = affine_constant(context, 0), *i = affine_variable(context, &hand.i);
    const Stmt *store = hand_store(&hand, hand.y, zero, false, hand.x, i);
    ck_assert_int_eq(run_hand(&hand, hand_loop(&hand, &hand.i, 4, mark, store)), STATUS_OK);
    return hand.run.y[0];
}

static Status check_order(Context *context, void *data) {
    (void)data;
    ck_assert_double_eq(winner(context, MARK_NONE), 4);
    ck_assert_double_eq(winner(context, MARK_UNROLL), 4);
    ck_assert_double_eq(winner(context, MARK_LANES), 1);
    ck_assert_double_eq(winner(context, MARK_TILE), 1);
    return STATUS_OK;
}

START_TEST(test_that_parallel_loops_run_backwards) {
    run_in_context(check_order, NULL);
}
END_TEST

static void check_fault(const Hand *hand, Status status, const char *message) {
    ck_assert_int_eq(status, STATUS_INVALID);
    const char *found = diag_message(hand->context);
    ck_assert_msg(strstr(found, message) != NULL, "%s\nlacks\n%s", found, message);
}

static Status check_bounds(Context *context, void *data) {
    (void)data;
    Hand hand;
    TRY(prepare_hand(context, &hand));
    const Affine *i = affine_variable(context, &hand.i), *j = affine_variable(context, &hand.j);
    const Affine *sum = affine_add(context, i, j);
    const Stmt *store = hand_store(&hand, hand.y, i, false, hand.x, sum);
    const Stmt *inner = hand_loop(&hand, &hand.j, 3, MARK_NONE, store);
    check_fault(&hand, run_hand(&hand, hand_loop(&hand, &hand.i, 4, MARK_NONE, inner)),
                "interpreter: x is accessed outside: i = 4 is not in 0..3, in 'y[i] = x[i + j]' with i = 2, j = 2");
    const Stmt *below = hand_store(&hand, hand.y, affine_offset(context, i, -1), false, NULL, NULL);
    check_fault(&hand, run_hand(&hand, hand_loop(&hand, &hand.i, 4, MARK_NONE, below)),
                "y is accessed outside: i = -1 is not in 0..3, in 'y[i - 1] = 1' with i = 0");
    return STATUS_OK;
}

START_TEST(test_that_accesses_outside_are_reported) {
    run_in_context(check_bounds, NULL);
}
END_TEST

/* for i 4: acc { if (i == 0) acc[i] = 1; y[i] = acc[0] }: the buffer of the second iteration is a new one. */
static Status check_undefined(Context *context, void *data) {
    (void)data;
    Hand hand;
    TRY(prepare_hand(context, &hand));
    const Affine *i = affine_variable(context, &hand.i), *zero = affine_constant(context, 0);
    Cond first = {.expr = i, .equality = true};
    const Stmt *items[] = {
        stmt_guard(context, 1, &first, hand_store(&hand, &hand.buffer, i, false, NULL, NULL)),
        hand_store(&hand, hand.y, i, false, &hand.buffer, zero),
    };
    const Stmt *body = stmt_alloc(context, &hand.buffer, stmt_block(context, 2, items));
    check_fault(&hand, run_hand(&hand, hand_loop(&hand, &hand.i, 4, MARK_NONE, body)),
                "acc[0] is read, and nothing was stored there, in 'y[i] = acc[0]' with i = 1");
    const Stmt *add = hand_store(&hand, hand.y, i, true, hand.x, i);
    check_fault(&hand, run_hand(&hand, hand_loop(&hand, &hand.i, 4, MARK_NONE, add)),
                "y[0] is read, and nothing was stored there, in 'y[i] += x[i]' with i = 0");
    return STATUS_OK;
}

START_TEST(test_that_undefined_elements_are_reported) {
    run_in_context(check_undefined, NULL);
}
END_TEST

static Status check_arguments(Context *context, void *data) {
    (void)data;
    Hand hand;
    TRY(prepare_hand(context, &hand));
    InterpretArgument arguments[] = {{"x", hand.run.x}, {"y", hand.run.y}, {"z", hand.run.y}};
    check_fault(&hand, interpret_nest(context, hand.run.nest, arguments, 1), "no data for argument y");
    check_fault(&hand, interpret_nest(context, hand.run.nest, arguments, 3), "there is no argument z");
    arguments[0].data = NULL;
    check_fault(&hand, interpret_nest(context, hand.run.nest, arguments, 2), "no data for argument x");
    return STATUS_OK;
}

START_TEST(test_that_arguments_are_checked) {
    run_in_context(check_arguments, NULL);
}
END_TEST

static Dimension random_dimension(Random *random) {
    Dimension dimension = {
        .input = random_integer(random, 1, 7),
        .kernel = random_integer(random, 1, 3),
        .stride = random_integer(random, 1, 3),
        .dilation = random_integer(random, 1, 2),
        .pad_begin = random_integer(random, 0, 2),
        .output = random_integer(random, 1, 6),
    };
    return dimension;
}

static ActivationLayout random_layout(Random *random) {
    ActivationLayout layout = {.order = (LayoutOrder)random_integer(random, 0, 2)};
    if (layout.order == LAYOUT_CHANNELS_BLOCKED) layout.block = random_integer(random, 2, 4);
    return layout;
}

/* A small problem of any kind; most are possible. */
static Problem random_problem(Random *random) {
    static const EpilogueOp words[] = {
        {EPILOGUE_BIAS, {0}}, {EPILOGUE_ADD, {0}}, {EPILOGUE_RELU, {0}}, {EPILOGUE_CLAMP, {-2, 20}}};
    Problem problem = problem_default((int)random_integer(random, 1, 3));
    problem.transposed = random_once_in(random, 3);
    problem.n = random_integer(random, 1, 2);
    problem.g = random_integer(random, 1, 3);
    problem.c = problem.g * random_integer(random, 1, 3);
    problem.k = problem.g * random_integer(random, 1, 3);
    for (int i = 0; i < problem.spatial; i++) problem.dimension[i] = random_dimension(random);
    problem.x_layout = random_layout(random);
    problem.y_layout = random_layout(random);
    for (int i = 0; i < 4; i++)
        if (random_once_in(random, 2)) problem.epilogue[problem.epilogue_count++] = words[i];
    problem_derive_padding(&problem);
    return problem;
}

/* The arguments of one run, in f64 for the interpreter and in f32 for the reference. */
typedef struct Data {
    VECTOR(InterpretArgument) arguments;
    VECTOR(const float *) floats;
} Data;

static void add_argument(Context *context, const Tensor *tensor, Random *random, Data *data) {
    int64_t count = tensor_elements(tensor);
    InterpretArgument argument = {tensor->name, ARENA_ARRAY(context, double, (size_t)count)};
    float *floats = ARENA_ARRAY(context, float, (size_t)count);
    for (int64_t i = 0; i < count; i++) {
        argument.data[i] = (double)random_integer(random, -MAX_DATA, MAX_DATA);
        floats[i] = (float)argument.data[i];
    }
    VECTOR_PUSH(context, &data->arguments, argument);
    VECTOR_PUSH(context, &data->floats, floats);
}

static size_t find_argument(const Data *data, const char *name) {
    size_t i = 0;
    while (i < data->arguments.count && strcmp(data->arguments.items[i].name, name) != 0) i++;
    return i;
}

static const float *floats_of(const Data *data, const char *name) {
    size_t i = find_argument(data, name);
    return i < data->floats.count ? data->floats.items[i] : NULL;
}

/* Random data for all arguments of a tensor expression; what y holds must not matter. */
static Data random_data(Context *context, const Pipeline *pipeline, Random *random) {
    Data data = {0};
    for (int i = 0; i < pipeline->tensor_count; i++)
        if (pipeline->tensors[i]->scope == SCOPE_ARGUMENT) add_argument(context, pipeline->tensors[i], random, &data);
    return data;
}

/* Is the y that was interpreted the reference's, to within `tolerance` of an element's magnitude? */
static void compare_with_reference(Context *context, const Problem *problem, const Data *data, double tolerance) {
    int64_t count = problem_output_count(problem);
    double *values = ARENA_ARRAY(context, double, (size_t)count),
           *magnitudes = ARENA_ARRAY(context, double, (size_t)count);
    reference_convolve(problem, floats_of(data, "x"), floats_of(data, "w"), floats_of(data, "b"),
                       floats_of(data, "residual"), false, NULL, count, values, magnitudes);
    Text text = text_new(context);
    problem_print(problem, &text);
    size_t result = find_argument(data, "y");
    ck_assert_uint_lt(result, data->arguments.count);
    const double *y = data->arguments.items[result].data;
    for (int64_t i = 0; i < count; i++) {
        int64_t n = 0, k = 0, position[PROBLEM_MAX_SPATIAL] = {0};
        reference_unpack_index(problem, i, &n, &k, position);
        double value = y[problem_y_offset(problem, n, k, position)];
        ck_assert_msg(fabs(value - values[i]) <= tolerance * magnitudes[i], "%s: output %d is %g, not %g",
                      text_string(&text), (int)i, value, values[i]);
    }
    int64_t elements = problem_y_elements(problem);
    for (int64_t i = 0; i < elements; i++)
        ck_assert_msg(!problem_y_is_filling(problem, i) || y[i] == 0, "%s: the filling is %g", text_string(&text),
                      y[i]);
}

static Status check_random(Context *context, void *data) {
    Random *random = data;
    ProblemFault fault = {0};
    Problem problem = random_problem(random);
    while (problem_find_fault(context, &problem, &fault)) problem = random_problem(random);
    const Pipeline *pipeline = algorithm_direct(context, &problem);
    const Nest *nest = nest_build(context, pipeline);
    Data arguments = random_data(context, pipeline, random);
    TRY(nest_verify(context, nest));
    TRY(interpret_nest(context, nest, arguments.arguments.items, (int)arguments.arguments.count));
    compare_with_reference(context, &problem, &arguments, 0);
    return STATUS_OK;
}

START_TEST(test_that_random_convolutions_equal_the_reference) {
    Random random = random_new(1, 0);
    for (int i = 0; i < RANDOM_PROBLEMS; i++) run_in_context(check_random, &random);
}
END_TEST

/* The six traces, small: whatever the stages in between, y is a convolution. */
typedef struct Trace {
    const char *name, *problem;
    double tolerance;
} Trace;

/* sizes; stride and padding the same on all sides; layouts; epilogue */
#define CONV(sizes, stride, pad, layouts, epilogue)                                                                    \
    "conv2d " sizes " stride=" stride "," stride " pad=" pad "," pad "," pad "," pad                                   \
    " dilation=1,1 type=f32,f32,f32 layout=" layouts " epilogue=bias," epilogue

static const Trace traces[] = {
    {"a_direct", CONV("n=2 g=1 c=3 h=5 w=5 k=4 p=5 q=5 r=3 s=3", "1", "1", "nhwc,nhwc", "relu"), 0},
    {"b_split_bf16", CONV("n=1 g=1 c=6 h=4 w=4 k=4 p=4 q=4 r=3 s=3", "1", "1", "nhwc,nhwc", "relu"), 0},
    {"c_winograd", CONV("n=1 g=1 c=2 h=6 w=6 k=3 p=6 q=6 r=3 s=3", "1", "1", "nhwc,nhwc", "relu"), 1e-5},
    {"d_im2col", CONV("n=2 g=1 c=2 h=4 w=4 k=3 p=4 q=4 r=3 s=3", "1", "1", "nhwc,nhwc", "relu"), 0},
    {"d_mec", CONV("n=1 g=1 c=2 h=5 w=5 k=3 p=3 q=3 r=3 s=3", "2", "1", "nhwc,nhwc", "relu"), 0},
    {"e_depthwise", CONV("n=2 g=5 c=5 h=4 w=4 k=5 p=4 q=4 r=3 s=3", "1", "1", "nhwc,nhwc", "clamp=0,6"), 0},
    {"f_nchw", CONV("n=2 g=1 c=3 h=4 w=4 k=2 p=4 q=4 r=3 s=3", "1", "1", "nchw,nchw", "relu"), 0},
    {"f_nchw_1x1", CONV("n=1 g=1 c=4 h=3 w=3 k=3 p=3 q=3 r=1 s=1", "1", "0", "nchw,nchw", "relu"), 0},
    {"f_nchw_transposed_store", CONV("n=1 g=1 c=3 h=3 w=3 k=5 p=3 q=3 r=3 s=3", "1", "1", "nchw,nchw", "relu"), 0},
};

static Status check_trace(Context *context, void *data) {
    const Trace *trace = data;
    Source text = {.name = "problem", .text = trace->problem, .length = strlen(trace->problem)};
    Problem problem;
    const Pipeline *pipeline = NULL;
    TRY(problem_parse(context, &text, &problem));
    const char *path = arena_format(context, "ir/pipelines/small_%s.txt", trace->name);
    TRY(pipeline_parse(context, golden_text_read(context, path), &pipeline));
    const Nest *nest = nest_build(context, pipeline);
    Random random = random_new(5, 0);
    Data arguments = random_data(context, pipeline, &random);
    TRY(nest_verify(context, nest));
    TRY(interpret_nest(context, nest, arguments.arguments.items, (int)arguments.arguments.count));
    compare_with_reference(context, &problem, &arguments, trace->tolerance);
    return STATUS_OK;
}

START_TEST(test_that_traces_compute_convolutions) {
    Trace trace = traces[_i];
    run_in_context(check_trace, &trace);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("interpret");
    tcase_add_loop_test(tests, test_that_expressions_have_their_values, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tests, test_that_parallel_loops_run_backwards);
    tcase_add_test(tests, test_that_accesses_outside_are_reported);
    tcase_add_test(tests, test_that_undefined_elements_are_reported);
    tcase_add_test(tests, test_that_arguments_are_checked);
    tcase_add_test(tests, test_that_random_convolutions_equal_the_reference);
    tcase_add_loop_test(tests, test_that_traces_compute_convolutions, 0, (int)(sizeof traces / sizeof *traces));
    return run_tests(tests);
}
