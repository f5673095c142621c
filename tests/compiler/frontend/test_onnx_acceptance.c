/* SPDX-License-Identifier: Apache-2.0 */
/* The convolution cases of ONNX's own test data (Debian's libonnx-testdata): models, inputs and outputs that none of us
 * made. Each model is read, its convolutions are run by the reference and by compiled kernels, with the weights packed
 * at compile time; the result must be the expected one. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "tests/compiler/frontend/onnx_run.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define DATA "/usr/share/libonnx-testdata/data"

/* Folders, the starts of their cases' names, and how many there are: fewer would mean that the test tests nothing. */
typedef struct Family {
    const char *folder, *start;
    int cases;
} Family;

static const Family families[] = {
    {"node", "test_basic_conv_", 2},
    {"node", "test_conv_", 4},
    {"node", "test_convtranspose", 10},
    {"node", "test_gemm_", 11},
    {"node", "test_matmul_2d", 1},
    {"pytorch-converted", "test_Conv1d", 8},
    {"pytorch-converted", "test_Conv2d", 11},
    {"pytorch-converted", "test_Conv3d", 7},
    {"pytorch-converted", "test_ConvTranspose2d", 2},
    {"pytorch-converted", "test_Linear", 2},
    {"pytorch-operator", "test_operator_conv", 2},
    {"pytorch-operator", "test_operator_addmm", 1},
    {"pytorch-operator", "test_operator_mm", 1},
};

/* Models that have convolutions or products of matrices in them and are no cases, with the reason that reading gives.
 */
typedef struct LeftOut {
    const char *folder, *name, *reason;
} LeftOut;

static const char not_supported[] = "this operator is not supported in this version";
static const char not_one_matrix[] = "its weights are not one matrix";

static const LeftOut left_out[] = {
    {"node", "test_basic_convinteger", not_supported},
    {"node", "test_convinteger_with_padding", not_supported},
    {"node", "test_convinteger_without_padding", not_supported},
    {"node", "test_matmul_3d", not_one_matrix},
    {"node", "test_matmul_4d", not_one_matrix},
    {"node", "test_matmulinteger", not_supported},
    {"node", "test_qlinearconv", not_supported},
    {"node", "test_qlinearmatmul_2D", not_supported},
    {"node", "test_qlinearmatmul_3D", not_supported},
};

enum { MAX_INPUTS = 9, FAMILIES = sizeof families / sizeof families[0], LEFT_OUT = sizeof left_out / sizeof *left_out };

typedef struct Case {
    char path[512];
    const Target *target; /* NULL: the reference */
    const OnnxTensor *inputs[MAX_INPUTS];
    size_t input_count;
    const OnnxTensor *expected;
} Case;

static Status read_data(Context *context, Case *test, const char *kind, size_t index, const OnnxTensor **out) {
    const char *path = arena_format(context, "%s/test_data_set_0/%s_%zu.pb", test->path, kind, index);
    struct stat status;
    *out = NULL;
    return stat(path, &status) == 0 ? onnx_read_tensor_file(context, path, out) : STATUS_OK;
}

static Status read_case(Context *context, Case *test) {
    for (;; test->input_count++) {
        const OnnxTensor *input;
        ck_assert_uint_lt(test->input_count, MAX_INPUTS);
        TRY(read_data(context, test, "input", test->input_count, &input));
        if (input == NULL) break;
        test->inputs[test->input_count] = input;
    }
    TRY(read_data(context, test, "output", 0, &test->expected));
    ck_assert_uint_ge(test->input_count, 1);
    ck_assert_ptr_nonnull(test->expected);
    return STATUS_OK;
}

/* All inputs but the first are weights: the model is read with their values. */
static Status read_model(Context *context, const Case *test, const OnnxModel **out) {
    const OnnxTensor *bound[MAX_INPUTS];
    memcpy(bound, test->inputs, sizeof bound);
    bound[0] = NULL;
    OnnxOptions options = {.weights = true, .inputs = bound, .input_count = test->input_count};
    return onnx_read_file(context, arena_format(context, "%s/model.onnx", test->path), &options, out);
}

static void compare(const Case *test, const OnnxRunValue *result) {
    ck_assert_int_eq(result->elements, test->expected->elements);
    for (int64_t i = 0; i < result->elements; i++) {
        double error = fabs((double)result->values[i] - (double)test->expected->floats[i]);
        ck_assert_msg(error <= 1e-5 * result->magnitudes[i], "%s: element %lld is %g, not %g", test->path, (long long)i,
                      (double)result->values[i], (double)test->expected->floats[i]);
    }
}

static void check_shape(const Case *test, const OnnxPort *output) {
    ck_assert(output->known);
    ck_assert_int_eq(output->rank, test->expected->rank);
    for (int i = 0; i < output->rank; i++) ck_assert_int_eq(output->dims[i], test->expected->dims[i]);
}

static Status run_case(Context *context, void *data) {
    Case *test = data;
    const OnnxModel *model;
    TRY(read_case(context, test));
    TRY(read_model(context, test, &model));
    ck_assert_uint_eq(model->output_count, 1);
    check_shape(test, &model->outputs[0]);
    OnnxRun run = {.context = context, .target = test->target};
    onnx_run_set(&run, model->inputs[0].name, test->inputs[0]->floats, test->inputs[0]->elements);
    TRY(onnx_run(&run, model));
    const OnnxRunValue *result = onnx_run_find(&run, model->outputs[0].name);
    ck_assert_ptr_nonnull(result);
    compare(test, result);
    return STATUS_OK;
}

/* By the reference, by plain code, and by the code for this machine. */
static void run_on_all(const char *path) {
    const Target *const targets[] = {NULL, target_get(0), target_host()};
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        Case test = {.target = targets[i]};
        if (test.target != NULL && !target_runs_here(test.target, NULL)) continue;
        snprintf(test.path, sizeof test.path, "%s", path);
        run_in_context(run_case, &test);
    }
}

START_TEST(test_that_all_cases_give_what_is_expected) {
    const Family *family = &families[_i];
    char folder[256];
    snprintf(folder, sizeof folder, "%s/%s", DATA, family->folder);
    DIR *stream = opendir(folder);
    ck_assert_ptr_nonnull(stream);
    int cases = 0;
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        if (strncmp(entry->d_name, family->start, strlen(family->start)) != 0) continue;
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        run_on_all(path);
        cases++;
    }
    closedir(stream);
    ck_assert_int_eq(cases, family->cases);
}
END_TEST

/* Has a node such an operator? A node's operator is field 4, a string: 0x22, its length, its bytes. */
static bool has_operator(const Source *model, const char *op) {
    size_t length = strlen(op);
    for (size_t i = 0; i + 2 + length <= model->length; i++) {
        const char *at = model->text + i;
        if (at[0] == 0x22 && at[1] == (char)length && memcmp(at + 2, op, length) == 0) return true;
    }
    return false;
}

static bool has_convolution(const Source *model) {
    static const char *const ops[] = {"Conv",          "ConvTranspose", "Gemm",          "MatMul",    "ConvInteger",
                                      "MatMulInteger", "QLinearConv",   "QLinearMatMul", "DeformConv"};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (has_operator(model, ops[i])) return true;
    }
    return false;
}

static bool is_case(const char *folder, const char *name) {
    for (size_t i = 0; i < FAMILIES; i++) {
        if (strcmp(families[i].folder, folder) == 0 && strncmp(families[i].start, name, strlen(families[i].start)) == 0)
            return true;
    }
    return false;
}

static bool is_left_out(const char *folder, const char *name) {
    for (size_t i = 0; i < LEFT_OUT; i++) {
        if (strcmp(left_out[i].folder, folder) == 0 && strcmp(left_out[i].name, name) == 0) return true;
    }
    return false;
}

/* Counts the models of a folder that have a convolution in them. All of them must be known. */
static Status count_models(Context *context, const char *folder, int *count) {
    DIR *stream = opendir(arena_format(context, DATA "/%s", folder));
    ck_assert_ptr_nonnull(stream);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        const char *path = arena_format(context, DATA "/%s/%s/model.onnx", folder, entry->d_name);
        const Source *model;
        struct stat status;
        if (stat(path, &status) != 0) continue;
        TRY(file_read(context, path, 1 << 24, &model));
        if (!has_convolution(model)) continue;
        ck_assert_msg(is_case(folder, entry->d_name) != is_left_out(folder, entry->d_name), "%s is left out silently",
                      path);
        ++*count;
    }
    closedir(stream);
    return STATUS_OK;
}

static Status count_all(Context *context, void *data) {
    static const char *const folders[] = {"node", "pytorch-converted", "pytorch-operator", "simple"};
    int count = 0, cases = 0;
    (void)data;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) TRY(count_models(context, folders[i], &count));
    for (size_t i = 0; i < FAMILIES; i++) cases += families[i].cases;
    ck_assert_int_eq(count, cases + LEFT_OUT);
    return STATUS_OK;
}

START_TEST(test_that_no_model_with_a_convolution_is_left_out_silently) {
    run_in_context(count_all, NULL);
}
END_TEST

static Status read_left_out(Context *context, void *data) {
    const LeftOut *model = data;
    const OnnxModel *read;
    Case test = {.input_count = 0};
    snprintf(test.path, sizeof test.path, DATA "/%s/%s", model->folder, model->name);
    TRY(read_case(context, &test));
    ck_assert_int_eq(read_model(context, &test, &read), STATUS_INVALID);
    ck_assert_msg(strstr(diag_message(context), model->reason) != NULL, "%s", diag_message(context));
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_the_others_are_left_out_with_the_reason) {
    LeftOut model = left_out[_i];
    run_in_context(read_left_out, &model);
}
END_TEST

int main(void) {
    struct stat status;
    if (onnx_is_absent()) return TEST_SKIPPED;
    if (stat(DATA, &status) != 0) {
        printf("SKIPPED: %s is not there (libonnx-testdata)\n", DATA);
        return TEST_SKIPPED;
    }
    TCase *tests = tcase_create("onnx_acceptance");
    tcase_add_loop_test(tests, test_that_all_cases_give_what_is_expected, 0, FAMILIES);
    tcase_add_test(tests, test_that_no_model_with_a_convolution_is_left_out_silently);
    tcase_add_loop_test(tests, test_that_the_others_are_left_out_with_the_reason, 0, LEFT_OUT);
    return run_tests(tests);
}
