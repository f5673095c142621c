/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX models as a form of SPEC: known by name or by content, and with the options of the others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "compiler/frontend/frontend.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/compiler/frontend/read_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char *const no_strings[1] = {NULL};

static const Source *two_convolutions(Context *context) {
    return onnx_from_text(context,
                          "input x float [1, 4, 6, 6]\ninitializer w float [4, 4, 1, 1]\n"
                          "first: y = Conv(x, w)\nsecond: z = Conv(y, w)\n",
                          no_strings);
}

static const char expected[] = "first*2: conv2d n=1 g=1 c=4 h=6 w=6 k=4 p=6 q=6 r=1 s=1 stride=1,1 pad=0,0,0,0 "
                               "dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias\n";

static void check_layers(Context *context, const LayerList *layers) {
    const char *printed = print_layers(context, layers);
    ck_assert_msg(strncmp(printed, expected, strlen(expected) - 1) == 0, "%s", printed);
    /* Later messages about a layer show it in a text that stands for the model. */
    const Layer *layer = &layers->items[0];
    diag_error_at(context, STATUS_UNSUPPORTED, layer->source, layer->offset, "not today");
    ck_assert_ptr_nonnull(strstr(diag_message(context), "net.onnx:1:1: not today\n    first: conv2d n=1"));
    diag_clear(context);
}

static Status read_by_content(Context *context, void *data) {
    (void)data;
    const LayerList *layers;
    FrontendOptions options = {.epilogue = "bias", .layout = "nhwc"};
    TRY(frontend_read(context, two_convolutions(context), &options, &layers));
    check_layers(context, layers);
    return STATUS_OK;
}

START_TEST(test_that_a_model_is_known_by_its_content) {
    run_in_context(read_by_content, NULL);
}
END_TEST

static Status read_by_name(Context *context, void *data) {
    const char *folder = data;
    const LayerList *layers;
    const Source *source = two_convolutions(context);
    FrontendOptions options = {.epilogue = "bias", .layout = "nhwc"};
    FileContent files[] = {{arena_format(context, "%s/net.onnx", folder), source->text, source->length},
                           {arena_format(context, "%s/text.onnx", folder), expected, strlen(expected)}};
    TRY(file_write_all(context, files, 2));
    TRY(frontend_read_file(context, files[0].path, &options, &layers));
    check_layers(context, layers);
    ck_assert_int_eq(frontend_read_file(context, files[1].path, NULL, &layers), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "text.onnx: not a valid ONNX file"));
    diag_clear(context);
    unlink(files[0].path);
    unlink(files[1].path);
    return STATUS_OK;
}

START_TEST(test_that_a_model_is_known_by_its_name) {
    char folder[] = "/tmp/septet_onnx_XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    run_in_context(read_by_name, folder);
    rmdir(folder);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("onnx_layers");
    tcase_add_test(tests, test_that_a_model_is_known_by_its_content);
    tcase_add_test(tests, test_that_a_model_is_known_by_its_name);
    return run_tests(tests);
}
