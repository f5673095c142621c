/* SPDX-License-Identifier: Apache-2.0 */
/* Batch files of benchdnn that include others: where they are looked for, whose layers come when, and what is refused
 * at the place of the include. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/base/failing_allocator.h"
#include "tests/compiler/frontend/read_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *path, *text;
} files[] = {
    {"set", "--reset --dt=f32 # all\n--batch=sub/first\n--dt=s8 mb1ic1oc1ih1kh1n\"between\"\n--batch=sub/second\n"},
    {"sub/first", "--batch=second --batch=../last\n"},
    {"sub/second", "mb1ic2oc2ih2kh1n\"second\"\nic2oc2ih2kh1n\"no mb\"*3\n"},
    {"last", "mb1ic3oc3ih3kh1n\"last\""},
    {"empty", "# nothing\n"},
    {"missing", "mb1ic1oc1ih1kh1\n  --batch=sub/none\n"},
    {"nameless", "--batch="},
    {"input", "--batch=-"},
    {"folder", "--batch=sub"},
    {"pipe", "--batch=fifo"},
    {"device", "--batch=/dev/zero"},
    {"dangling", "--batch=link"},
    {"loop", "--batch=link2"},
    {"long", "# none\n--batch=large --batch=large"},
    {"continued", "--dt=a, \\\n  b,\\\n \\\n c \\ d\nmb1ic1oc1ih1kh1n\"x\"\n--dt=f32 \\"},
    {"self", "\n--batch=self\n"},
    {"around", "--batch=sub/around\n"},
    {"sub/around", "--batch=../around\n"},
    {"wrong", "--batch=sub/wrong\n"},
    {"sub/wrong", "mb1ic1oc1ih1kh1\n--dt=f32 mb1ix1\n"},
    {"spec", "--batch=sub/spec\n"},
    {"sub/spec", "layer a c=1 k=1 h=1 w=1\n"},
    {"binary", "--batch=sub/binary\n"},
    {"sub/binary", "mb1\xff\n"},
    {"often", "--batch=many --batch=many --batch=many --batch=many\n"},
};

/* Files and what reading them gives: names with their counts, or the first line of the message. */
static const struct {
    const char *path, *expected;
} good[] = {{"set", "second*1 no mb*3 last*1 between*1 second*1 no mb*3 "}, {"continued", "x*1 "}},
  refused[] = {
      {"empty", "empty:2:1: there is no layer in it"},
      {"missing", "missing:2:3: cannot read sub/none: No such file or directory"},
      {"nameless", "nameless:1:1: expected a file behind '--batch='"},
      {"input", "input:1:1: expected a file behind '--batch='"},
      {"folder", "folder:1:1: cannot read sub: it is not a regular file"},
      {"pipe", "pipe:1:1: cannot read fifo: it is not a regular file"},
      {"device", "device:1:1: cannot read /dev/zero: it is not a regular file"},
      {"dangling", "dangling:1:1: cannot read link: No such file or directory"},
      {"loop", "loop:1:1: cannot read link2: Too many levels of symbolic links"},
      {"long", "long:2:15: large: batch files of more than 16777216 bytes are included"},
      {"self", "self:2:1: self includes itself"},
      {"wrong", "sub/wrong:2:13: unknown token 'ix' in a descriptor; did you mean 'ic'?"},
      {"spec", "sub/spec:1:1: unknown token 'layer' in a descriptor"},
      {"binary", "sub/binary:1:4: byte 0xff is not UTF-8: this is not a text of layers"},
      {"often", "many:198:1: more than 1000 batch files are included"},
};

/* A file of which one may be included, and not two. */
static Status write_large(Context *context) {
    size_t length = FRONTEND_MAX_FILE_BYTES / 2 + 1;
    char *blanks = arena_alloc(context, length);
    memset(blanks, ' ', length);
    FileContent file = {"large", blanks, length};
    return file_write_all(context, &file, 1);
}

/* Makes the files in a folder of their own, which becomes the current one. */
static Status make_files(Context *context, void *data) {
    (void)data;
    ck_assert_int_eq(mkdir("sub", 0777), 0);
    for (size_t i = 0; i < COUNT(files); i++) {
        FileContent file = {files[i].path, files[i].text, strlen(files[i].text)};
        TRY(file_write_all(context, &file, 1));
    }
    Text many = text_new(context);
    for (int i = 0; i < 400; i++) text_add_string(&many, "--batch=last\n");
    FileContent file = {"many", text_string(&many), many.length};
    ck_assert_int_eq(mkfifo("fifo", 0666), 0);
    ck_assert_int_eq(symlink("absent", "link"), 0);
    ck_assert_int_eq(symlink("link2", "link2"), 0);
    TRY(file_write_all(context, &file, 1));
    return write_large(context);
}

static char folder[64];

static void enter(void) {
    strcpy(folder, "/tmp/septet_batch_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    run_in_context(make_files, NULL);
}

static void leave(void) {
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

static Status read_good(Context *context, void *data) {
    (void)data;
    for (size_t i = 0; i < COUNT(good); i++) {
        const LayerList *layers;
        TRY(frontend_read_file(context, good[i].path, NULL, &layers));
        Text names = text_new(context);
        for (size_t j = 0; j < layers->count; j++)
            text_add(&names, "%s*%d ", layers->items[j].name, (int)layers->items[j].count);
        ck_assert_str_eq(text_string(&names), good[i].expected);
    }
    return STATUS_OK;
}

START_TEST(test_includes) {
    run_in_context(read_good, NULL);
}
END_TEST

static Status read_refused(Context *context, void *data) {
    (void)data;
    for (size_t i = 0; i < COUNT(refused); i++) {
        const LayerList *layers;
        ck_assert_int_eq(frontend_read_file(context, refused[i].path, NULL, &layers), STATUS_INVALID);
        const char *message = diag_message(context);
        ck_assert_str_eq(arena_substring(context, message, strcspn(message, "\n")), refused[i].expected);
    }
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_refused) {
    run_in_context(read_refused, NULL);
}
END_TEST

/* A cycle whose paths differ every time ends too. */
static Status read_around(Context *context, void *data) {
    (void)data;
    const LayerList *layers;
    ck_assert_int_eq(frontend_read_file(context, "around", NULL, &layers), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "batch files are nested more than 16 deep"));
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_cycle_over_two_folders) {
    run_in_context(read_around, NULL);
}
END_TEST

static Status read_notes(Context *context, void *data) {
    (void)data;
    const LayerList *layers;
    TRY(frontend_read_file(context, "set", NULL, &layers));
    ck_assert_str_eq(diag_note_get(context, 0), "set: skipped '--reset', an option of benchdnn");
    ck_assert_str_eq(diag_note_get(context, 1),
                     "set: skipped '--dt=f32' and 1 more of its kind, an option of benchdnn");
    ck_assert_str_eq(diag_note_get(context, 2), "set: 2 of 6 descriptors have no mb: batch 2, as in benchdnn");
    ck_assert_ptr_null(diag_note_get(context, 3));
    return STATUS_OK;
}

START_TEST(test_notes_are_one_for_each_kind) {
    run_in_context(read_notes, NULL);
}
END_TEST

START_TEST(test_memory_is_checked) {
    ck_assert_uint_gt(run_until_memory_suffices(read_good, NULL), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("batch");
    tcase_add_checked_fixture(tests, enter, leave);
    tcase_add_test(tests, test_includes);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_cycle_over_two_folders);
    tcase_add_test(tests, test_notes_are_one_for_each_kind);
    tcase_add_test(tests, test_memory_is_checked);
    return run_tests(tests);
}
