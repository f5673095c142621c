/* SPDX-License-Identifier: Apache-2.0 */
/* Golden tests of whole models: what becomes of each convolution, what is folded, what is left out and why. The files
 * are onnx/<name>: a model as onnx_text.h describes it, a line "----", and what onnx_print says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "base/file.h"
#include "tests/compiler/frontend/onnx_print.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char separator[] = "----\n";
static const char *const no_strings[1] = {NULL};

/* Writes what comes out into the file: read the difference before you commit it. */
static Status update(Context *context, const char *path, const char *model, const char *actual) {
    const char *text = arena_format(context, "%s%s%s", model, separator, actual);
    FileContent file = {arena_format(context, SEPTET_SOURCE_DIR "/tests/%s", path), text, strlen(text)};
    return file_write_all(context, &file, 1);
}

/* Reads the model with and without its weights, which must not matter, and compares. SEPTET_UPDATE_GOLDEN=1 rewrites.
 */
static Status check_golden(Context *context, const char *path) {
    const char *text = golden_text_read(context, path)->text;
    const char *end = strstr(text, separator);
    ck_assert_msg(end != NULL, "%s has no line ----", path);
    const char *described = arena_substring(context, text, (size_t)(end - text));
    const Source *source = onnx_from_text(context, described, no_strings);
    for (int weights = 0; weights < 2; weights++) {
        const OnnxModel *model;
        OnnxOptions options = {.weights = weights};
        Text actual = text_new(context), difference = text_new(context);
        diag_clear(context);
        TRY(onnx_read(context, source, NULL, &options, &model));
        onnx_print(model, &actual);
        const char *expected = end + strlen(separator);
        if (strcmp(expected, text_string(&actual)) == 0) continue;
        if (getenv("SEPTET_UPDATE_GOLDEN") != NULL) return update(context, path, described, text_string(&actual));
        diff_print(expected, text_string(&actual), &difference);
        ck_abort_msg("%s:\n%s", path, text_string(&difference));
    }
    return STATUS_OK;
}

static Status check_all(Context *context, void *data) {
    (void)data;
    const char *const *paths = golden_text_list(context, "compiler/frontend/onnx", "");
    for (size_t i = 0; paths[i] != NULL; i++) {
        diag_clear(context);
        Status status = check_golden(context, paths[i]);
        ck_assert_msg(status == STATUS_OK, "%s: %s", paths[i], diag_message(context));
    }
    return STATUS_OK;
}

START_TEST(test_that_models_become_what_their_files_say) {
    run_in_context(check_all, NULL);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("onnx_networks");
    tcase_add_test(tests, test_that_models_become_what_their_files_say);
    return run_tests(tests);
}
