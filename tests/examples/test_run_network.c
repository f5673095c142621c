/* SPDX-License-Identifier: Apache-2.0 */
/* examples/run_network.c: a network that the command compiled with its weights, linked with nothing but the C library,
 * gives what the reference convolution gives, on this machine and, with weights that this one packs, on others, where
 * their compilers and emulators are installed. The model is the one that small_network.txt describes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/cli/run_command.h"
#include "tests/compiler/frontend/onnx_run.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/machine.h"

#define MODEL SEPTET_SOURCE_DIR "/examples/small_network.onnx"

enum { INPUT = 8 * 12 * 12 };

/* The model as its text says; what lies in examples/ must be the same. SEPTET_UPDATE_GOLDEN=1 writes it. */
static Status read_model(Context *context, const Source **out) {
    static const char *const no_strings[1] = {NULL};
    const char *text = golden_text_read(context, "examples/small_network.txt")->text;
    const Source *model = onnx_from_text(context, text, no_strings), *written;
    if (getenv("SEPTET_UPDATE_GOLDEN") != NULL) {
        FileContent file = {MODEL, model->text, model->length};
        TRY(file_write_all(context, &file, 1));
    }
    TRY(file_read(context, MODEL, 1 << 20, &written));
    ck_assert_uint_eq(written->length, model->length);
    ck_assert_int_eq(memcmp(written->text, model->text, model->length), 0);
    *out = model;
    return STATUS_OK;
}

static Status run_reference(Context *context, const Source *source, OnnxRun *run, const char **result) {
    OnnxOptions options = {.weights = true};
    const OnnxModel *model;
    TRY(onnx_read(context, source, NULL, &options, &model));
    ck_assert_uint_eq(model->layers.count, 3);
    float *x = ARENA_ARRAY(context, float, INPUT);
    for (int i = 0; i < INPUT; i++) x[i] = (float)(i % 7 + 1) / 8;
    onnx_run_set(run, "image", x, INPUT);
    TRY(onnx_run(run, model));
    *result = model->outputs[0].name;
    return STATUS_OK;
}

/* Compares the numbers that the program has printed, one a line. */
static void compare(const char *text, const OnnxRunValue *expected) {
    char *end = NULL;
    ck_assert_int_gt(expected->elements, 0);
    for (int64_t i = 0; i < expected->elements; i++, text = end) {
        double value = strtod(text, &end);
        double error = fabs(value - (double)expected->values[i]);
        ck_assert_msg(end != text, "only %lld numbers", (long long)i);
        ck_assert_msg(error <= 1e-5 * (1 + expected->magnitudes[i]), "output %lld is %g, not %g", (long long)i, value,
                      (double)expected->values[i]);
    }
    ck_assert_int_eq(*end, '\n');
    ck_assert_int_eq(end[1], '\0');
}

/* With masks and without, 32 bits and 64, an architecture that is not this one's. */
static const char *const targets[] = {"host", "x86-64-v2", "cortex-a9", "cortex-a72", "neoverse-v1"};

/* How a program for the target is compiled, and what runs it; false when it cannot be here. */
static bool find_tools(Context *context, const Target *target, const char **compiler, const char **runner) {
    const Emulator *emulator = &target->emulator;
    *compiler = "cc";
    *runner = "";
    if (target_runs_here(target, NULL)) return true;
    if (machine_emulator_missing(target) != NULL) return false;
    *compiler = emulator->compiler;
    *runner = arena_format(context, "%s -cpu %s -L %s ", emulator->program, emulator->cpu, emulator->root);
    return true;
}

static void compile_and_run(Context *context, const char *target, const char *compiler, const char *runner) {
    const char *arguments = arena_format(context, "compile '%s' --target %s --pack-weights -o .", MODEL, target);
    const CommandResult *compiled = run_command(NULL, arguments, NULL);
    ck_assert_msg(compiled->status == 0, "%s", compiled->err);
    ck_assert_ptr_nonnull(strstr(compiled->out, "packed weights of 4 convolutions in 4 objects"));
    const char *build = "-std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I. '" SEPTET_SOURCE_DIR
                        "/examples/run_network.c' *.o -o run_network";
    ck_assert_int_eq(system(arena_format(context, "%s %s && %s./run_network >y.txt", compiler, build, runner)), 0);
}

static Status check(Context *context, void *data) {
    const char *name = data, *result, *compiler, *runner;
    const Source *source, *printed;
    const Target *target;
    OnnxRun run = {.context = context};
    TRY(read_model(context, &source));
    TRY(run_reference(context, source, &run, &result));
    TRY(target_find(context, name, &target));
    if (!find_tools(context, target, &compiler, &runner)) return STATUS_OK;
    compile_and_run(context, name, compiler, runner);
    TRY(file_read(context, "y.txt", 1 << 20, &printed));
    compare(printed->text, onnx_run_find(&run, result));
    return STATUS_OK;
}

START_TEST(test_that_the_network_gives_what_the_reference_gives) {
    char folder[] = "/tmp/septet_run_network_XXXXXX", command[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    run_in_context(check, (void *)targets[_i]);
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    if (system("cc --version >/dev/null 2>&1") != 0) {
        printf("SKIPPED: cc is missing\n");
        return TEST_SKIPPED;
    }
    TCase *tests = tcase_create("run_network");
    tcase_add_loop_test(tests, test_that_the_network_gives_what_the_reference_gives, 0,
                        sizeof targets / sizeof *targets);
    return run_tests(tests);
}
