/* SPDX-License-Identifier: Apache-2.0 */
/* Weights and biases that a model gives: read from every form that a file may have them in, and with what was folded
 * into them. Folded models are compared with the convolution alone, and the folded operators computed here. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/compiler/frontend/onnx_bytes.h"
#include "tests/compiler/frontend/onnx_run.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char *const no_strings[1] = {NULL};

static const OnnxModel *read_model(Context *context, const char *text, bool weights) {
    const OnnxModel *model;
    OnnxOptions options = {.weights = weights};
    Status status = onnx_read(context, onnx_from_text(context, text, no_strings), NULL, &options, &model);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    return model;
}

/* What a model of one convolution makes of an input that follows a pattern. */
static const OnnxRunValue *run_model(Context *context, const OnnxModel *model) {
    OnnxRun *run = ARENA_NEW(context, OnnxRun);
    run->context = context;
    ck_assert_uint_eq(model->convolution_count, 1);
    int64_t elements = problem_x_elements(&model->layers.items[0].problem);
    float *x = ARENA_ARRAY(context, float, (size_t)elements);
    for (int64_t i = 0; i < elements; i++) x[i] = (float)(i * 5 % 17 - 8) / 8;
    onnx_run_set(run, model->convolutions[0].x, x, elements);
    if (onnx_run(run, model) != STATUS_OK) ck_abort_msg("%s", diag_message(run->context));
    return onnx_run_find(run, model->convolutions[0].y);
}

/* Convolutions of 4 channels, whose y is [n, 4, ...] or [m, 4]; each with how many elements of y share a channel. */
typedef struct Base {
    const char *text;
    int64_t channel_run;
} Base;

static const Base bases[] = {
    {"input x float [1, 3, 5, 6]\ninitializer w float [4, 3, 3, 3]\ninitializer b float [4] = 1, 2, 3, -4\n"
     "c: c = Conv(x, w, b) pads=[1, 1, 1, 1]\n",
     30},
    {"input x float [2, 6, 5]\ninitializer w float [4, 3, 2]\nc: c = Conv(x, w) group=2\n", 4},
    {"input x float [1, 6, 3, 2]\ninitializer w float [6, 2, 2, 2]\ninitializer b float [4] = 1, 2, 3, -4\n"
     "c: c = ConvTranspose(x, w, b) group=2\n",
     12},
    {"input x float [3, 5]\ninitializer w float [5, 4]\ninitializer b float [4] = 1, 2, 3, -4\n"
     "c: c = Gemm(x, w, b) alpha=0.5 beta=2.0\n",
     1},
    {"input x float [5, 3]\ninitializer w float [4, 5]\ninitializer b float [1] = 3\n"
     "c: c = Gemm(x, w, b) transA=1 transB=1 beta=0.5\n",
     1},
};

/* What may follow, with constants k [4] = 0.5, 2 and v [4] = 1, 3, and what it computes. */
typedef struct Fold {
    const char *text;
    double (*apply)(double c, double k, double v);
} Fold;

static double normalize(double c, double k, double v) {
    return (c - k) / sqrt(v + 0.25) * k + v;
}

static double normalize_twice(double c, double k, double v) {
    return normalize(normalize(c, k, v), k, v);
}

static double add_constant(double c, double k, double v) {
    (void)v;
    return c + k;
}

static double subtract_constant(double c, double k, double v) {
    (void)v;
    return c - k;
}

static double subtract_from_constant(double c, double k, double v) {
    (void)v;
    return k - c;
}

static double scale_and_add(double c, double k, double v) {
    return c * k / v + v;
}

static double normalize_and_relu(double c, double k, double v) {
    return fmax(normalize(c, k, v), 0);
}

static const Fold folds[] = {
    {"n: y = BatchNormalization(c, k, v, k, v) epsilon=0.25\n", normalize},
    {"n: d = BatchNormalization(c, k, v, k, v) epsilon=0.25\nm: y = BatchNormalization(d, k, v, k, v) epsilon=0.25\n",
     normalize_twice},
    {"a: y = Add(c, kc)\n", add_constant},
    {"a: y = Sum(kc, c)\n", add_constant},
    {"a: y = Sub(c, kc)\n", subtract_constant},
    {"a: y = Sub(kc, c)\n", subtract_from_constant},
    {"a: d = Mul(c, kc)\nb: e = Div(d, vc)\ne: y = Add(vc, e)\n", scale_and_add},
    {"n: d = BatchNormalization(c, k, v, k, v) epsilon=0.25\nr: y = Relu(d)\n", normalize_and_relu},
};

enum { BASES = sizeof bases / sizeof bases[0], FOLDS = sizeof folds / sizeof folds[0] };

/* kc, vc: the constants in the shape that broadcasts over the channels of c, which has `rank` dimensions. */
static const char *constants(Context *context, int rank) {
    const char *shape = rank == 2 ? "[4]" : rank == 3 ? "[4, 1]" : "[4, 1, 1]";
    return arena_format(context,
                        "initializer k float [4] = 0.5, 2\ninitializer v float [4] = 1, 3\n"
                        "initializer kc float %s = 0.5, 2\ninitializer vc float %s = 1, 3\n",
                        shape, shape);
}

static Status compare_fold(Context *context, void *data) {
    const int *index = data;
    const Base *base = &bases[*index % BASES];
    const Fold *fold = &folds[*index / BASES];
    const OnnxModel *alone = read_model(context, base->text, true);
    const OnnxRunValue *c = run_model(context, alone);
    const char *text = arena_format(context, "opset 9\n%s%s%soutput y\n", base->text,
                                    constants(context, alone->layers.items[0].problem.spatial + 2), fold->text);
    if (base->channel_run == 1)
        text = arena_format(context, "opset 9\n%s%s%soutput y\n", base->text, constants(context, 2), fold->text);
    const OnnxModel *folded = read_model(context, text, true);
    ck_assert_str_eq(folded->convolutions[0].y, "y");
    const OnnxRunValue *y = run_model(context, folded);
    ck_assert_int_eq(y->elements, c->elements);
    for (int64_t i = 0; i < y->elements; i++) {
        int64_t k = i / base->channel_run % 4;
        double expected = fold->apply((double)c->values[i], k % 2 ? 2 : 0.5, k % 2 ? 3 : 1);
        ck_assert_msg(fabs((double)y->values[i] - expected) <= 1e-5 * (y->magnitudes[i] + 10), "%s%s[%lld]: %g, not %g",
                      base->text, fold->text, (long long)i, (double)y->values[i], expected);
    }
    return STATUS_OK;
}

START_TEST(test_that_folding_computes_the_same) {
    run_in_context(compare_fold, &_i);
}
END_TEST

static Status compare_forms(Context *context, void *data) {
    (void)data;
    static const char *const forms[] = {"float", "float raw", "float16", "float16 raw", "bfloat16", "bfloat16 raw"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        const char *text = arena_format(context,
                                        "input x float [1, 2, 4, 4]\ninitializer w %s [3, 2, 1, 1] = 1, -0.5, 0, 1.25\n"
                                        "c: y = Conv(x, w)\n",
                                        forms[i]);
        const float expected[] = {1, -0.5F, 0, 1.25F, 1, -0.5F};
        const OnnxModel *model = read_model(context, text, true);
        ck_assert_ptr_nonnull(model->convolutions[0].w_values);
        for (size_t j = 0; j < 6; j++) ck_assert(model->convolutions[0].w_values[j] == expected[j]);
    }
    return STATUS_OK;
}

START_TEST(test_that_all_forms_of_values_are_read) {
    run_in_context(compare_forms, NULL);
}
END_TEST

static Status read_without_weights(Context *context, void *data) {
    (void)data;
    const OnnxModel *model = read_model(context, bases[0].text, false);
    ck_assert_ptr_null(model->convolutions[0].w_values);
    ck_assert_ptr_null(model->convolutions[0].bias_values);
    ck_assert_str_eq(model->convolutions[0].bias, "b");
    return STATUS_OK;
}

START_TEST(test_that_values_are_read_only_when_asked_for) {
    run_in_context(read_without_weights, NULL);
}
END_TEST

/* Weights that are inputs of the model: open, unless the caller gives them. */
static Status bind_weights(Context *context, void *data) {
    (void)data;
    const char *text = "input x float [1, 1, 4, 4]\ninput w float [2, 1, 1, 1]\nc: y = Conv(x, w)\n";
    const Source *source = onnx_from_text(context, text, no_strings);
    const float values[] = {3, 4};
    OnnxTensor w = {.name = "", .type = "float", .rank = 4, .dims = {2, 1, 1, 1}, .elements = 2, .floats = values};
    const OnnxTensor *inputs[] = {NULL, &w};
    OnnxOptions options = {.weights = true};
    const OnnxModel *model;
    TRY(onnx_read(context, source, NULL, &options, &model));
    ck_assert_ptr_null(model->convolutions[0].w_values);
    ck_assert_str_eq(model->inputs[1].name, "w");
    options.inputs = inputs;
    options.input_count = 2;
    TRY(onnx_read(context, source, NULL, &options, &model));
    ck_assert_ptr_eq(model->convolutions[0].w_values, values);
    w.dims[0] = 1;
    ck_assert_int_eq(onnx_read(context, source, NULL, &options, &model), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "'w'"));
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_inputs_can_be_given_values) {
    run_in_context(bind_weights, NULL);
}
END_TEST

/* A file of one float16 tensor: infinity, not a number, the smallest and the largest subnormal, and so on. */
static Status read_halves(Context *context, void *data) {
    const char *path = data;
    static const unsigned bits[] = {0x7C00, 0xFC00, 0x7E00, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0x8000, 0x3C01};
    static const double expected[] = {INFINITY, -INFINITY, NAN, 0x1p-24, 0x3FFp-24, 0x1p-14, 65504, -0.0, 1 + 0x1p-10};
    enum { COUNT = sizeof bits / sizeof bits[0] };
    OnnxBytes tensor = {.context = context};
    onnx_put_integer(&tensor, 1, COUNT);
    onnx_put_integer(&tensor, 2, 10);
    for (size_t i = 0; i < COUNT; i++) onnx_put_integer(&tensor, 5, bits[i]);
    FileContent file = {path, tensor.items, tensor.count};
    TRY(file_write_all(context, &file, 1));
    const OnnxTensor *read;
    TRY(onnx_read_tensor_file(context, path, &read));
    ck_assert_str_eq(read->type, "float16");
    ck_assert_int_eq(read->elements, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        double value = (double)read->floats[i];
        ck_assert(isnan(expected[i]) ? isnan(value) : value == expected[i]);
        ck_assert_int_eq(signbit(value) != 0, signbit(expected[i]) != 0);
    }
    return STATUS_OK;
}

START_TEST(test_that_halves_are_exact) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/septet_onnx_halves_%ld.pb", (long)getpid());
    run_in_context(read_halves, path);
    unlink(path);
}
END_TEST

/* 100 convolutions whose weights are one large tensor that each would have to turn: a trap, which must end in time. */
static Status read_shared(Context *context, void *data) {
    (void)data;
    Text text = text_new(context);
    text_add(&text, "opset 13\ninput x float [1, 1024]\ninitializer w float raw [1024, 1024]\n");
    for (int i = 0; i < 100; i++) text_add(&text, ": y%d = MatMul(x, w)\n", i);
    const OnnxModel *model = read_model(context, text_string(&text), true);
    ck_assert_uint_eq(model->convolution_count, 100);
    ck_assert_ptr_nonnull(model->convolutions[0].w_values);
    ck_assert_ptr_null(model->convolutions[99].w_values);
    return STATUS_OK;
}

START_TEST(test_that_copies_of_weights_are_limited) {
    run_in_context(read_shared, NULL);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("onnx_values");
    tcase_add_loop_test(tests, test_that_folding_computes_the_same, 0, BASES * FOLDS);
    tcase_add_test(tests, test_that_all_forms_of_values_are_read);
    tcase_add_test(tests, test_that_values_are_read_only_when_asked_for);
    tcase_add_test(tests, test_that_inputs_can_be_given_values);
    tcase_add_test(tests, test_that_halves_are_exact);
    tcase_add_test(tests, test_that_copies_of_weights_are_limited);
    return run_tests(tests);
}
