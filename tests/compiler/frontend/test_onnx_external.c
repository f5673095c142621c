/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in files beside the model: read from its folder only, however a path may try to leave it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "compiler/frontend/onnx.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* folder/net.onnx, folder/data.bin, folder/sub/data.bin, folder/link -> data.bin, folder/out -> .., folder/pipe,
 * folder/passwd -> /etc/passwd, folder/etc -> /etc */
static char folder[] = "/tmp/septet_onnx_XXXXXX";

static const char *in_folder(Context *context, const char *name) {
    return arena_format(context, "%s/%s", folder, name);
}

/* 16 bytes: the floats 1, 2, 3, 4. */
static const unsigned char data_bytes[] = {0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40};

static Status make_files(Context *context, void *data) {
    (void)data;
    ck_assert_int_eq(mkdir(in_folder(context, "sub"), 0777), 0);
    FileContent files[] = {{in_folder(context, "data.bin"), data_bytes, sizeof data_bytes},
                           {in_folder(context, "sub/data.bin"), data_bytes, sizeof data_bytes}};
    TRY(file_write_all(context, files, 2));
    ck_assert_int_eq(symlink("data.bin", in_folder(context, "link")), 0);
    ck_assert_int_eq(symlink("..", in_folder(context, "out")), 0);
    ck_assert_int_eq(symlink("/etc/passwd", in_folder(context, "passwd")), 0);
    ck_assert_int_eq(symlink("/etc", in_folder(context, "etc")), 0);
    ck_assert_int_eq(mkfifo(in_folder(context, "pipe"), 0777), 0);
    return STATUS_OK;
}

static void setup(void) {
    strcpy(folder, "/tmp/septet_onnx_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    run_in_context(make_files, NULL);
}

static Status remove_files(Context *context, void *data) {
    (void)data;
    static const char *const names[] = {"net.onnx", "data.bin",  "sub/data.bin", "link", "out",
                                        "pipe",     "large.bin", "passwd",       "etc"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) unlink(in_folder(context, names[i]));
    rmdir(in_folder(context, "sub"));
    rmdir(folder);
    return STATUS_OK;
}

static void teardown(void) {
    run_in_context(remove_files, NULL);
}

/* Writes net.onnx with weights w [2, 1, 1, 1] that are external as `where` says, and reads it. */
static Status read_external(Context *context, const char *where, const char *location, bool weights,
                            const OnnxModel **out) {
    const char *text = arena_format(context,
                                    "input x float [1, 1, 4, 4]\ninitializer w float external $0 %s [2, 1, 1, 1]\n"
                                    "c: y = Conv(x, w)\n",
                                    where);
    const char *const strings[] = {location};
    const Source *source = onnx_from_text(context, text, strings);
    FileContent file = {in_folder(context, "net.onnx"), source->text, source->length};
    TRY(file_write_all(context, &file, 1));
    OnnxOptions options = {.weights = weights};
    return onnx_read_file(context, file.path, &options, out);
}

typedef struct Accepted {
    const char *where, *location;
    float first;
} Accepted;

static Status accept(Context *context, void *data) {
    const Accepted *test = data;
    const OnnxModel *model;
    TRY(read_external(context, test->where, test->location, true, &model));
    ck_assert(model->convolutions[0].w_values[0] == test->first);
    ck_assert(model->convolutions[0].w_values[1] == test->first + 1);
    return STATUS_OK;
}

START_TEST(test_that_data_beside_the_model_are_read) {
    static const Accepted accepted[] = {{"-1 -1", "data.bin", 1},
                                        {"0 8", "data.bin", 1},
                                        {"8 8", "data.bin", 3},
                                        {"4 -1", "sub/data.bin", 2},
                                        {"4 -1", "./sub/data.bin", 2}};
    Accepted test = accepted[_i];
    run_in_context(accept, &test);
}
END_TEST

typedef struct Refused {
    const char *where, *location, *message;
    Status status;
} Refused;

static const Refused refused[] = {
    {"0 8", "../data.bin", "the path must be below the model's folder", STATUS_INVALID},
    {"0 8", "sub/../data.bin", "the path must be below the model's folder", STATUS_INVALID},
    {"0 8", "..", "the path must be below the model's folder", STATUS_INVALID},
    {"0 8", "/etc/passwd", "the path must be below the model's folder", STATUS_INVALID},
    {"0 8", "sub//data.bin", "the path must be below the model's folder", STATUS_INVALID},
    {"0 8", "sub/", "the path must be below the model's folder", STATUS_INVALID},
    {"0 8", "", "the path must be below the model's folder", STATUS_INVALID},
    {"0 8", "link", "'link': symbolic links are not followed", STATUS_INVALID},
    {"0 8", "out/data.bin", "external data in 'out/data.bin'", STATUS_IO},
    {"0 8", "sub", "it is not a regular file", STATUS_INVALID},
    {"0 8", "pipe", "it is not a regular file", STATUS_INVALID},
    {"0 8", "absent.bin", "net.onnx: tensor 'w': external data in 'absent.bin': No such file", STATUS_IO},
    {"0 8", "data.bin/more", "external data in 'data.bin/more'", STATUS_IO},
    {"0 8", "passwd", "'passwd': symbolic links are not followed", STATUS_INVALID},
    {"0 8", "etc/passwd", "external data in 'etc/passwd'", STATUS_IO},
    {"-8 8", "data.bin", "offset or length of its external data is no number", STATUS_INVALID},
    {"0 -8", "data.bin", "offset or length of its external data is no number", STATUS_INVALID},
    {"16 0", "data.bin", "the length of its external data does not fit its shape", STATUS_INVALID},
    {"-9223372036854775807 8", "data.bin", "offset or length of its external data is no number", STATUS_INVALID},
    {"9 8", "data.bin", "the file ends before the tensor does", STATUS_INVALID},
    {"9223372036854775807 8", "data.bin", "the file ends before the tensor does", STATUS_INVALID},
    {"0 12", "data.bin", "the length of its external data does not fit its shape", STATUS_INVALID},
    {"0 9223372036854775807", "data.bin", "the length of its external data does not fit", STATUS_INVALID},
};

static Status refuse(Context *context, void *data) {
    const Refused *test = data;
    const OnnxModel *model;
    Status status = read_external(context, test->where, test->location, true, &model);
    ck_assert_msg(status == test->status, "%s: status %d: %s", test->location, (int)status, diag_message(context));
    ck_assert_msg(strstr(diag_message(context), test->message) != NULL, "%s", diag_message(context));
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_data_elsewhere_are_refused) {
    Refused test = refused[_i];
    run_in_context(refuse, &test);
}
END_TEST

static Status read_shapes_only(Context *context, void *data) {
    (void)data;
    const OnnxModel *model;
    TRY(read_external(context, "0 8", "absent.bin", false, &model) == STATUS_IO ? STATUS_OK : STATUS_WRONG);
    diag_clear(context);
    const Source *source = onnx_from_text(context,
                                          "input x float [1, 8, 40, 40]\n"
                                          "initializer w float external absent 0 -1 [8, 8, 9, 9]\nc: y = Conv(x, w)\n",
                                          (const char *const[]){NULL});
    return onnx_read(context, source, NULL, NULL, &model);
}

/* Small tensors may be bounds or axes and are always needed. */
START_TEST(test_that_large_data_are_not_needed_for_shapes) {
    run_in_context(read_shapes_only, NULL);
}
END_TEST

static Status read_without_folder(Context *context, void *data) {
    (void)data;
    const OnnxModel *model;
    const Source *source = onnx_from_text(
        context, "input x float [1, 1, 4, 4]\ninitializer w float external $0 0 -1 [1, 1, 1, 1]\nc: y = Conv(x, w)\n",
        (const char *const[]){"data.bin"});
    ck_assert_int_eq(onnx_read(context, source, NULL, NULL, &model), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "has no folder to look in"));
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_a_model_without_folder_has_no_data) {
    run_in_context(read_without_folder, NULL);
}
END_TEST

/* `count` tensors of the same 256 KiB. */
static Status read_shared(Context *context, int count, const OnnxModel **model) {
    enum { BYTES = 4 * 256 * 256 };
    Text text = text_new(context);
    text_add(&text, "input x float [1, 1, 4, 4]\ninitializer v float [1, 1, 1, 1]\nc: y = Conv(x, v)\n");
    for (int i = 0; i < count; i++) text_add(&text, "initializer w%d float external $0 0 -1 [256, 256]\n", i);
    const Source *source = onnx_from_text(context, text_string(&text), (const char *const[]){"large.bin"});
    FileContent files[] = {{in_folder(context, "net.onnx"), source->text, source->length},
                           {in_folder(context, "large.bin"), arena_alloc(context, BYTES), BYTES}};
    TRY(file_write_all(context, files, 2));
    return onnx_read_file(context, files[0].path, &(OnnxOptions){.weights = true}, model);
}

static Status read_too_often(Context *context, void *data) {
    (void)data;
    const OnnxModel *model;
    TRY(read_shared(context, 8, &model));
    ck_assert_int_eq(read_shared(context, 9, &model), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context),
                                 "tensor 'w8': external data in 'large.bin': the tensors read it "
                                 "more than 4 times over"));
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_tensors_cannot_read_one_range_without_end) {
    run_in_context(read_too_often, NULL);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("onnx_external");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_that_data_beside_the_model_are_read, 0, 5);
    tcase_add_loop_test(tests, test_that_data_elsewhere_are_refused, 0, sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, test_that_large_data_are_not_needed_for_shapes);
    tcase_add_test(tests, test_that_tensors_cannot_read_one_range_without_end);
    tcase_add_test(tests, test_that_a_model_without_folder_has_no_data);
    return run_tests(tests);
}
