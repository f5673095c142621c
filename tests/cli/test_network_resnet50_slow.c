/* SPDX-License-Identifier: Apache-2.0 */
/* ResNet-50 as a model file of 100 MB, from the file to its objects: which tasks there are, that all of it is folded,
 * and that neither weights nor the number of threads change the kernels. Prints how long each step takes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "compiler/frontend/onnx.h"
#include "tests/cli/run_command.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void report(const char *what, double start) {
    fprintf(stderr, "%-60s %6.2f s\n", what, seconds() - start);
}

/* Conv and BatchNormalization, with a Relu unless a residual follows; returns the name of the result. */
static const char *add_convolution(Text *text, const char *x, const char *name, int c, int k, int taps, int stride,
                                   bool relu) {
    int pad = taps / 2;
    text_add(text, "initializer w_%s float raw [%d, %d, %d, %d] = -0.5, 0.25, %zu\n", name, k, c, taps, taps,
             text->length); /* no two have the same values */
    for (const char *part = "gbm"; *part != '\0'; part++)
        text_add(text, "initializer %c_%s float raw [%d] = 0.5, 1\n", *part, name, k);
    text_add(text, "initializer v_%s float raw [%d] = 1, 0.25\n", name, k);
    text_add(text, "%s: c_%s = Conv(%s, w_%s) strides=[%d, %d] pads=[%d, %d, %d, %d]\n", name, name, x, name, stride,
             stride, pad, pad, pad, pad);
    text_add(text, ": n_%s = BatchNormalization(c_%s, g_%s, b_%s, m_%s, v_%s)\n", name, name, name, name, name, name);
    if (relu) text_add(text, ": r_%s = Relu(n_%s)\n", name, name);
    return arena_format(text->context, "%c_%s", relu ? 'r' : 'n', name);
}

/* A bottleneck: 1x1, 3x3 with the stride, 1x1, and the sum with the input or its projection. */
static const char *add_block(Text *text, const char *x, int stage, int block, int c) {
    Context *context = text->context;
    int width = 64 << stage, stride = block == 0 && stage > 0 ? 2 : 1;
    const char *name = arena_format(context, "res%d_%d", stage + 2, block);
    const char *side = x, *y = x;
    if (block == 0)
        side = add_convolution(text, x, arena_format(context, "%s_1", name), c, 4 * width, 1, stride, false);
    y = add_convolution(text, y, arena_format(context, "%s_2a", name), c, width, 1, 1, true);
    y = add_convolution(text, y, arena_format(context, "%s_2b", name), width, width, 3, stride, true);
    y = add_convolution(text, y, arena_format(context, "%s_2c", name), width, 4 * width, 1, 1, false);
    text_add(text, ": s_%s = Add(%s, %s)\n: y_%s = Relu(s_%s)\n", name, y, side, name, name);
    return arena_format(context, "y_%s", name);
}

static const char *describe_resnet50(Context *context) {
    static const int blocks[] = {3, 4, 6, 3};
    Text text = text_new(context);
    text_add_string(&text, "opset 13\ninput image float [1, 3, 224, 224]\noutput result\n");
    const char *x = add_convolution(&text, "image", "conv1", 3, 64, 7, 2, true);
    text_add(&text, ": pool = MaxPool(%s) kernel_shape=[3, 3] strides=[2, 2] pads=[1, 1, 1, 1]\n", x);
    x = "pool";
    for (int stage = 0, c = 64; stage < 4; c = 256 << stage++) {
        for (int block = 0; block < blocks[stage]; block++)
            x = add_block(&text, x, stage, block, block == 0 ? c : 256 << stage);
    }
    text_add(&text,
             ": average = GlobalAveragePool(%s)\n: flat = Flatten(average)\n"
             "initializer w_fc float raw [1000, 2048]\ninitializer b_fc float [1000]\n"
             "fc1000: result = Gemm(flat, w_fc, b_fc) transB=1\n",
             x);
    return text_string(&text);
}

static Status write_model(Context *context, void *data) {
    (void)data;
    const Source *model = onnx_from_text(context, describe_resnet50(context), (const char *const[]){NULL});
    FileContent file = {"resnet50.onnx", model->text, model->length};
    return file_write_all(context, &file, 1);
}

/* All that stands between convolutions but pooling is folded into them. */
static Status read_model(Context *context, void *data) {
    const OnnxOptions options = {.weights = *(const bool *)data};
    const OnnxModel *model;
    double start = seconds();
    size_t nodes = 0;
    TRY(onnx_read_file(context, "resnet50.onnx", &options, &model));
    report(options.weights ? "file to tasks, weights folded" : "file to tasks", start);
    ck_assert_uint_eq(model->layers.count, 25);
    ck_assert_uint_eq(model->convolution_count, 54);
    ck_assert_uint_eq(model->left_out_count, 0);
    for (size_t i = 0; i < model->convolution_count; i++) nodes += model->convolutions[i].node_count;
    ck_assert_uint_eq(nodes, 54 + 53 + 49 + 16);
    return STATUS_OK;
}

static void compile(const char *arguments) {
    double start = seconds();
    const CommandResult *result = run_command(NULL, arguments, NULL);
    report(arguments, start);
    ck_assert_msg(result->status == 0, "%s", result->err);
    ck_assert_ptr_nonnull(strstr(result->out, "the index of 25 kernels of resnet50.onnx"));
}

START_TEST(test_resnet50) {
    static const bool without = false, with = true;
    char folder[] = "/tmp/septet_resnet50_XXXXXX", command[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    run_in_context(write_model, NULL);
    run_in_context(read_model, (void *)&without);
    run_in_context(read_model, (void *)&with);
    compile("compile resnet50.onnx -o one --jobs 1");
    compile("compile resnet50.onnx -o two --jobs 2");
    compile("compile resnet50.onnx --pack-weights -o weights --jobs 2");
    ck_assert_int_eq(system("diff -r one two"), 0);
    ck_assert_int_eq(system("cmp one/conv1.o weights/conv1.o && ls weights/*_weights.o | wc -l | grep -qx 54"), 0);
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("network_resnet50_slow");
    tcase_add_test(tests, test_resnet50);
    return run_tests(tests);
}
