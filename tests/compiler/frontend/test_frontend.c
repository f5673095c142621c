/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what all forms share: which form a text has, files, options, and picking layers by name. */
#include "compiler/frontend/frontend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/compiler/frontend/read_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define ONE_PIXEL "conv2d n=1 g=1 c=1 h=1 w=1 k=1 p=1 q=1 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 type=f32,f32,f32 "

START_TEST(test_forms) {
    static const TextCase good[] = {
        {"# c\n\n layer a c=1 h=1 w=1 k=1", "a*1: " ONE_PIXEL "layout=nhwc,nhwc epilogue=none"},
        {"c=1 h=1 w=1 k=1", "*1: " ONE_PIXEL "layout=nhwc,nhwc epilogue=none"},
        {"c = 1 h=1 w=1 k=1", "*1: " ONE_PIXEL "layout=nhwc,nhwc epilogue=none"},
        {"relu c=1 h=1 w=1 k=1", "*1: " ONE_PIXEL "layout=nhwc,nhwc epilogue=relu"},
        {ONE_PIXEL "layout=nhwc,nchw epilogue=bias # c\n", "*1: " ONE_PIXEL "layout=nhwc,nchw epilogue=bias"},
        {ONE_PIXEL "layout=nhwc,nchw epilogue=bias\n" ONE_PIXEL "layout=nchw,nchw epilogue=none",
         "*1: " ONE_PIXEL "layout=nhwc,nchw epilogue=bias\n*1: " ONE_PIXEL "layout=nchw,nchw epilogue=none"},
        {"mb1ic1oc1ih1kh1", "*1: " ONE_PIXEL "layout=nhwc,nhwc epilogue=none"},
        {"--dt=f32\nmb1ic1oc1ih1kh1", "*1: " ONE_PIXEL "layout=nhwc,nhwc epilogue=none"},
    };
    expect_layers(good, COUNT(good), NULL);
    expect_memory_is_checked(good, COUNT(good));
}
END_TEST

START_TEST(test_other_texts_are_refused) {
    static const char expected[] = "expected 'layer NAME …', 'c=64 h=56 …', a canonical text (conv2d n=1 …) or a "
                                   "benchdnn descriptor (mb1_ic64oc64_ih56kh3ph1)";
    char layers[sizeof expected + 16], number[sizeof expected + 16];
    snprintf(layers, sizeof layers, "t:1:1: %s", expected);
    snprintf(number, sizeof number, "t:2:1: %s", expected);
    const TextCase refused[] = {
        {"", "t:1:1: there is no layer in it"},
        {"\n# nothing\n", "t:3:1: there is no layer in it"},
        {"layers a c=1", layers},
        {"\n1 2", number},
        {"\xFF\xFE", "t:1:1: byte 0xff is not UTF-8: this is not a text of layers"},
        {"layer a c=1\n# \xC0\x80", "t:2:3: byte 0xc0 is not UTF-8: this is not a text of layers"},
        {"# \xED\xA0\x80", "t:1:3: byte 0xed is not UTF-8: this is not a text of layers"},
        {"# \xE2\x82", "t:1:3: byte 0xe2 is not UTF-8: this is not a text of layers"},
        {"\xC3\xA9t\xC3\xA9", "t:1:1: character that is not ASCII, outside of a comment"},
        {ONE_PIXEL "layout=nhwc,nhwc epilogue=none layer", "t:1:132: expected conv1d, conv2d, conv3d, deconv1d, "
                                                           "deconv2d or deconv3d"},
    };
    expect_refusals(refused, COUNT(refused), NULL);
}
END_TEST

static Status read_nul(Context *context, void *data) {
    (void)data;
    static const char text[] = "c=1 k=1\0w=1";
    Source source = {"t", text, sizeof text - 1};
    const LayerList *layers;
    ck_assert_int_eq(frontend_read(context, &source, NULL, &layers), STATUS_INVALID);
    ck_assert_ptr_eq(strstr(diag_message(context), "t:1:8: NUL byte: this is not a text of layers"),
                     diag_message(context));
    return STATUS_OK;
}

START_TEST(test_nul_is_refused) {
    run_in_context(read_nul, NULL);
}
END_TEST

START_TEST(test_options) {
    static const TextCase two_dimensional = {"layer a c=1 h=1 w=1 k=1 sigmoid", NULL};
    static const struct {
        FrontendOptions options;
        const char *expected;
    } cases[] = {
        {{.weights = false}, "layout=nhwc,nhwc epilogue=sigmoid"},
        {{.epilogue = "bias relu"}, "layout=nhwc,nhwc epilogue=bias,relu"},
        {{.epilogue = " bias,clamp=0,6,add "}, "layout=nhwc,nhwc epilogue=bias,clamp=0,6,add"},
        {{.epilogue = "none", .layout = "nchw"}, "layout=nchw,nchw epilogue=none"},
        {{.epilogue = "none", .layout = "x=nchw,y=nhwc"}, "layout=nchw,nhwc epilogue=none"},
        {{.epilogue = "none", .layout = "y=nChw16c"}, "layout=nhwc,nChw16c epilogue=none"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char expected[256];
        snprintf(expected, sizeof expected, "a*1: " ONE_PIXEL "%s", cases[i].expected);
        expect_layers(&(TextCase){two_dimensional.text, expected}, 1, &cases[i].options);
    }
}
END_TEST

START_TEST(test_bad_options) {
    static const struct {
        FrontendOptions options;
        const char *expected;
    } cases[] = {
        {{.epilogue = ""}, "--epilogue:1:1: expected an epilogue word such as 'relu'"},
        {{.epilogue = "bias rleu"}, "--epilogue:1:6: unknown epilogue word 'rleu'; did you mean 'relu'?"},
        {{.epilogue = "bias bias"}, "--epilogue:1:1: 'bias' occurs twice in the epilogue"},
        {{.epilogue = "relu,"}, "--epilogue:1:6: expected an epilogue word such as 'relu'"},
        {{.epilogue = "none relu"}, "--epilogue:1:6: expected the end behind 'none'"},
        {{.layout = ""}, "--layout:1:1: expected a layout such as 'nhwc'"},
        {{.layout = "nhcw"}, "--layout:1:1: unknown layout 'nhcw'; did you mean 'nhwc'?"},
        {{.layout = "nhwc,nhwc"}, "--layout:1:5: expected the end behind the layout"},
        {{.layout = "x=nhwc,x=nchw"}, "--layout:1:8: this tensor has a layout already"},
        {{.layout = "x=nhwc,w=nchw"}, "--layout:1:8: expected 'x=LAYOUT' or 'y=LAYOUT'"},
        {{.layout = "x=nhwc,y=nwc"}, "--layout:1:10: this layout is for 1-D, but layer 'a' is 2-D"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_refusals(&(TextCase){"layer a c=1 h=1 w=1 k=1", cases[i].expected}, 1, &cases[i].options);
}
END_TEST

static Status read_conv(Context *context, void *data) {
    (void)data;
    const LayerList *layers;
    TRY(frontend_read_conv(context, "c=64 h=56 w=56 k=64 r=3 s=3 pad=1 relu", NULL, &layers));
    ck_assert_uint_eq(layers->count, 1);
    ck_assert_str_eq(layers->items[0].name, "");
    ck_assert_int_eq(frontend_read_conv(context, "c=64 striide=2", NULL, &layers), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context),
                     "--conv:1:6: unknown key 'striide'; did you mean 'stride'?\n    c=64 striide=2\n         ^");
    return STATUS_OK;
}

START_TEST(test_conv) {
    run_in_context(read_conv, NULL);
}
END_TEST

static Status check_file_error(Context *context, const char *path, Status expected, const char *part) {
    const LayerList *layers;
    ck_assert_int_eq(frontend_read_file(context, path, NULL, &layers), expected);
    ck_assert_msg(strstr(diag_message(context), path) != NULL, "no path in: %s", diag_message(context));
    ck_assert_msg(strstr(diag_message(context), part) != NULL, "no '%s' in: %s", part, diag_message(context));
    return STATUS_OK;
}

/* Writes `length` bytes of `byte` into a new file, the path of which is in `path`. */
static void write_file(char *path, char byte, long length) {
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    FILE *file = fdopen(descriptor, "wb");
    ck_assert_ptr_nonnull(file);
    for (long i = 0; i < length; i++) fputc(byte, file);
    ck_assert_int_eq(fclose(file), 0);
}

static Status read_bad_files(Context *context, void *data) {
    (void)data;
    char folder[] = "/tmp/septet_frontend_XXXXXX";
    char unreadable[] = "/tmp/septet_frontend_XXXXXX";
    char large[] = "/tmp/septet_frontend_XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    write_file(unreadable, '#', 1);
    write_file(large, '#', (long)FRONTEND_MAX_FILE_BYTES + 1);
    TRY(check_file_error(context, folder, STATUS_IO, "irectory"));
    TRY(check_file_error(context, "/tmp/septet/missing.txt", STATUS_IO, "No such file"));
    TRY(check_file_error(context, large, STATUS_INVALID, "longer than 16777216 bytes"));
    ck_assert_int_eq(chmod(unreadable, 0), 0);
    if (access(unreadable, R_OK) != 0) TRY(check_file_error(context, unreadable, STATUS_IO, "ermission"));
    rmdir(folder);
    unlink(unreadable);
    unlink(large);
    return STATUS_OK;
}

START_TEST(test_bad_files) {
    run_in_context(read_bad_files, NULL);
}
END_TEST

static Status select_layers(Context *context, void *data) {
    (void)data;
    static const char text[] =
        "layer net:a c=1 w=1 k=1 layer a c=2 w=1 k=1 layer x:b c=3 w=1 k=1 layer y:b c=4 w=1 k=1 "
        "layer net:conv2d_7 c=5 w=1 k=1";
    Source source = {"t", text, sizeof text - 1};
    const LayerList *layers, *selected;
    TRY(frontend_read(context, &source, NULL, &layers));
    TRY(frontend_select_layers(context, layers, "a", &selected));
    ck_assert(selected->count == 1 && selected->items[0].problem.c == 2);
    TRY(frontend_select_layers(context, layers, "net:a", &selected));
    ck_assert(selected->count == 1 && selected->items[0].problem.c == 1);
    TRY(frontend_select_layers(context, layers, "b", &selected));
    ck_assert(selected->count == 2 && selected->items[0].problem.c == 3 && selected->items[1].problem.c == 4);
    ck_assert_int_eq(frontend_select_layers(context, layers, "conv2_7", &selected), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), "there is no layer 'conv2_7'; did you mean 'conv2d_7'?");
    ck_assert_int_eq(frontend_select_layers(context, layers, "res5", &selected), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), "there is no layer 'res5' among 5, the first of which is 'net:a'");
    TRY(frontend_read_conv(context, "c=1 w=1 k=1", NULL, &layers));
    ck_assert_int_eq(frontend_select_layers(context, layers, "a", &selected), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), "there is no layer 'a' among 1, the first of which has no name");
    return STATUS_OK;
}

START_TEST(test_select) {
    run_in_context(select_layers, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("frontend");
    tcase_add_test(tests, test_forms);
    tcase_add_test(tests, test_other_texts_are_refused);
    tcase_add_test(tests, test_nul_is_refused);
    tcase_add_test(tests, test_options);
    tcase_add_test(tests, test_bad_options);
    tcase_add_test(tests, test_conv);
    tcase_add_test(tests, test_bad_files);
    tcase_add_test(tests, test_select);
    return run_tests(tests);
}
