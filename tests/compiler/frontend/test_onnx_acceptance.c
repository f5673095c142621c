/* SPDX-License-Identifier: Apache-2.0 */
/* The convolution cases of ONNX's own test data (Debian's libonnx-testdata): models, inputs and outputs that none of us
 * made. Each model is read, its convolutions are run by the reference, and the result must be the expected one. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

enum { MAX_INPUTS = 8 };

typedef struct Case {
    char path[512];
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
    OnnxRun run = {.context = context};
    onnx_run_set(&run, model->inputs[0].name, test->inputs[0]->floats, test->inputs[0]->elements);
    onnx_run(&run, model);
    const OnnxRunValue *result = onnx_run_find(&run, model->outputs[0].name);
    ck_assert_ptr_nonnull(result);
    compare(test, result);
    return STATUS_OK;
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
        Case test = {.input_count = 0};
        snprintf(test.path, sizeof test.path, "%s/%s", folder, entry->d_name);
        run_in_context(run_case, &test);
        cases++;
    }
    closedir(stream);
    ck_assert_int_eq(cases, family->cases);
}
END_TEST

static Status read_quantized(Context *context, void *data) {
    (void)data;
    const OnnxModel *model;
    ck_assert_int_eq(onnx_read_file(context, DATA "/node/test_basic_convinteger/model.onnx", NULL, &model),
                     STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "ConvInteger"));
    ck_assert_ptr_nonnull(strstr(diag_message(context), "not supported"));
    return STATUS_OK;
}

START_TEST(test_that_quantized_convolutions_are_left_out_by_name) {
    run_in_context(read_quantized, NULL);
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
    tcase_add_loop_test(tests, test_that_all_cases_give_what_is_expected, 0, sizeof families / sizeof families[0]);
    tcase_add_test(tests, test_that_quantized_convolutions_are_left_out_by_name);
    return run_tests(tests);
}
