/* SPDX-License-Identifier: Apache-2.0 */
/* septet.h: every function, their errors, and that what was handed out outlives what it was made from. */
#include "tuner/septet.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/run.h"

/* One input pixel, one tap: y[k] = sum over c of w[k][c] x[c] (+ k). */
static const char spec[] = "c=2 h=1 w=1 k=3 bias";

static septet_context *septet;

static void setup(void) {
    septet = septet_new();
    ck_assert_ptr_nonnull(septet);
    ck_assert_str_eq(septet_last_error(septet), "");
}

static void teardown(void) {
    septet_free(septet);
}

static septet_layers *parse(const char *text) {
    septet_layers *layers;
    ck_assert_msg(septet_layers_parse(septet, text, &layers) == SEPTET_DONE, "%s", septet_last_error(septet));
    return layers;
}

static septet_object *compile(const char *text, const septet_options *options) {
    septet_layers *layers = parse(text);
    septet_object *object;
    septet_result result = septet_compile(septet, layers, 0, options, &object);
    ck_assert_msg(result == SEPTET_DONE, "%s", septet_last_error(septet));
    septet_layers_free(layers);
    return object;
}

static septet_kernel *load(const char *text, const septet_options *options) {
    septet_object *object = compile(text, options);
    septet_kernel *kernel;
    ck_assert_msg(septet_kernel_load(septet, object, &kernel) == SEPTET_DONE, "%s", septet_last_error(septet));
    septet_object_free(object);
    return kernel;
}

START_TEST(test_version) {
    char version[32];
    snprintf(version, sizeof version, "%d.%d.%d", SEPTET_VERSION_MAJOR, SEPTET_VERSION_MINOR, SEPTET_VERSION_PATCH);
    ck_assert_str_eq(septet_version(), version);
}
END_TEST

START_TEST(test_layers) {
    septet_layers *layers = parse(spec);
    ck_assert_uint_eq(septet_layers_count(layers), 1);
    ck_assert_str_eq(septet_layers_name(layers, 0), "");
    ck_assert(septet_layers_occurrences(layers, 0) == 1);
    ck_assert_ptr_nonnull(strstr(septet_layers_problem(layers, 0), "c=2"));
    septet_layers_free(layers);
    ck_assert_int_eq(septet_layers_read(septet, SEPTET_SOURCE_DIR "/bench/layers/resnet50.txt", &layers), SEPTET_DONE);
    ck_assert_uint_eq(septet_layers_count(layers), 23);
    ck_assert_str_eq(septet_layers_name(layers, 1), "resnet50:res2a_branch1");
    ck_assert(septet_layers_occurrences(layers, 1) == 4);
    septet_layers_free(layers);
}
END_TEST

START_TEST(test_that_bad_layers_are_refused) {
    septet_layers *layers;
    ck_assert_int_eq(septet_layers_parse(septet, "c=2 h=1 w=1 k=", &layers), SEPTET_INVALID);
    ck_assert_ptr_null(layers);
    ck_assert_ptr_nonnull(strstr(septet_last_error(septet), "1:"));
    ck_assert_int_eq(septet_layers_read(septet, "/nonexistent", &layers), SEPTET_IO);
    ck_assert_ptr_nonnull(strstr(septet_last_error(septet), "/nonexistent"));
}
END_TEST

START_TEST(test_targets) {
    ck_assert_str_eq(septet_target_name(0), "scalar");
    size_t count = 0;
    while (septet_target_name(count) != NULL) count++;
    ck_assert_uint_ge(count, 4);
    ck_assert_int_eq(septet_target_runs_here(count), 0);
}
END_TEST

START_TEST(test_that_bad_options_are_refused) {
    septet_layers *layers = parse(spec);
    septet_object *object;
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    ck_assert_int_eq(septet_compile(septet, layers, 1, NULL, &object), SEPTET_INVALID);
    options.target = "z80";
    ck_assert_int_eq(septet_compile(septet, layers, 0, &options, &object), SEPTET_INVALID);
    ck_assert_ptr_nonnull(strstr(septet_last_error(septet), "z80"));
    options = (septet_options)SEPTET_OPTIONS_DEFAULT;
    options.schedule = "split k 2 -> ko ki\n";
    ck_assert_int_eq(septet_compile(septet, layers, 0, &options, &object), SEPTET_REFUSED);
    ck_assert_ptr_nonnull(strstr(septet_last_error(septet), "schedule:1:"));
    options.schedule = "splt\n";
    ck_assert_int_eq(septet_compile(septet, layers, 0, &options, &object), SEPTET_INVALID);
    options = (septet_options)SEPTET_OPTIONS_DEFAULT;
    options.name = "7up";
    ck_assert_int_eq(septet_compile(septet, layers, 0, &options, &object), SEPTET_INVALID);
    options = (septet_options)SEPTET_OPTIONS_DEFAULT;
    options.threads = 0;
    ck_assert_int_eq(septet_compile(septet, layers, 0, &options, &object), SEPTET_INVALID);
    ck_assert_ptr_nonnull(strstr(septet_last_error(septet), "threads"));
    options = (septet_options){.struct_bytes = 1};
    ck_assert_int_eq(septet_compile(septet, layers, 0, &options, &object), SEPTET_INVALID);
    ck_assert_ptr_null(object);
    septet_layers_free(layers);
    layers = parse("c=2 h=1 w=1 k=3 requant");
    ck_assert_int_eq(septet_compile(septet, layers, 0, NULL, &object), SEPTET_NOT_SUPPORTED);
    septet_layers_free(layers);
}
END_TEST

START_TEST(test_that_kernels_use_threads) {
    enum { PIXELS = 40 * 40, CHANNELS = 16 };
    static float x[PIXELS * CHANNELS], weights[CHANNELS * CHANNELS], y[PIXELS * CHANNELS];
    static _Alignas(64) unsigned char packed[1 << 14];
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    options.threads = 2;
    septet_kernel *kernel = load("c=16 h=40 w=40 k=16", &options);
    ck_assert(septet_kernel_get_info(kernel)->workers == 2);
    ck_assert(septet_kernel_get_info(kernel)->packed_bytes <= sizeof packed);
    for (int i = 0; i < PIXELS * CHANNELS; i++) x[i] = 1;
    for (int i = 0; i < CHANNELS * CHANNELS; i++) weights[i] = 1;
    ck_assert_int_eq(septet_kernel_pack(kernel, weights, packed), SEPTET_OK);
    ck_assert_int_eq(septet_kernel_call(kernel, x, packed, NULL, NULL, y, NULL), SEPTET_OK);
    for (int i = 0; i < PIXELS * CHANNELS; i++) ck_assert_float_eq(y[i], CHANNELS);
    septet_kernel_free(kernel);
}
END_TEST

START_TEST(test_object) {
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    options.name = "tiny";
    options.target = "x86-64-v2";
    septet_object *object = compile(spec, &options);
    size_t length;
    ck_assert_mem_eq(septet_object_bytes(object, &length), "\177ELF", 4);
    ck_assert_uint_gt(length, 100);
    ck_assert_str_eq(septet_object_name(object), "tiny");
    ck_assert_ptr_nonnull(strstr(septet_object_header(object), "int tiny("));

    char folder[] = "/tmp/septet_api_XXXXXX", inside[64], path[80];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(inside, sizeof inside, "%s/new", folder);
    ck_assert_int_eq(septet_object_write(septet, object, inside), SEPTET_DONE);
    for (const char *ending = "oh"; *ending != '\0'; ending++) {
        snprintf(path, sizeof path, "%s/tiny.%c", inside, *ending);
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert_int_eq(rmdir(inside), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(septet_object_write(septet, object, "/dev/null/folder"), SEPTET_IO);
    ck_assert_ptr_nonnull(strstr(septet_last_error(septet), "/dev/null/folder"));
    septet_object_free(object);
}
END_TEST

/* Packs and calls; the three outputs. */
static int call(const septet_kernel *kernel, float *y) {
    static const float weights[3][2] = {{1, 2}, {3, 4}, {5, 6}}, x[2] = {10, 1}, bias[3] = {0, 100, 200};
    const struct septet_kernel_info *info = septet_kernel_get_info(kernel);
    void *packed = aligned_alloc(64, (size_t)(info->packed_bytes + 63) / 64 * 64);
    void *workspace = aligned_alloc(64, (size_t)(info->workspace_bytes + 64) / 64 * 64);
    int status = septet_kernel_pack(kernel, weights[0], packed);
    if (status == SEPTET_OK) status = septet_kernel_call(kernel, x, packed, bias, NULL, y, workspace);
    free(packed);
    free(workspace);
    return status;
}

static void assert_outputs(const septet_kernel *kernel, float b1, float b2) {
    float y[3];
    ck_assert_int_eq(call(kernel, y), SEPTET_OK);
    ck_assert_float_eq(y[0], 12);
    ck_assert_float_eq(y[1], 34 + b1);
    ck_assert_float_eq(y[2], 56 + b2);
}

START_TEST(test_kernel) {
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    options.schedule = "unroll c\n";
    septet_kernel *kernel = load(spec, &options);
    septet_free(septet); /* the kernel lives on */
    septet = NULL;
    assert_outputs(kernel, 100, 200);
    const struct septet_kernel_info *info = septet_kernel_get_info(kernel);
    ck_assert_uint_eq(info->struct_bytes, sizeof *info);
    ck_assert_uint_eq(info->flops, 12);
    ck_assert_str_eq(info->schedule_source, "file");
    ck_assert_str_eq(info->schedule, "unroll c\n");
    ck_assert(septet_kernel_function(kernel) != NULL);
    septet_kernel_free(kernel);
}
END_TEST

START_TEST(test_that_a_problem_without_bias_ignores_it) {
    septet_kernel *kernel = load("c=2 h=1 w=1 k=3", NULL);
    assert_outputs(kernel, 0, 0);
    septet_kernel_free(kernel);
}
END_TEST

START_TEST(test_that_null_is_freed) {
    septet_free(NULL);
    septet_layers_free(NULL);
    septet_object_free(NULL);
    septet_kernel_free(NULL);
}
END_TEST

static void *use_thread(void *data) {
    const septet_kernel *shared = data;
    float y[3];
    septet_context *own = septet_new();
    septet_layers *layers = NULL;
    septet_object *object = NULL;
    septet_kernel *kernel = NULL;
    septet_result result = septet_layers_parse(own, spec, &layers);
    if (result == SEPTET_DONE) result = septet_compile(own, layers, 0, NULL, &object);
    if (result == SEPTET_DONE) result = septet_kernel_load(own, object, &kernel);
    bool good = result == SEPTET_DONE && call(kernel, y) == SEPTET_OK && y[2] == 256 && call(shared, y) == SEPTET_OK &&
                y[1] == 134;
    septet_kernel_free(kernel);
    septet_object_free(object);
    septet_layers_free(layers);
    septet_free(own);
    return good ? data : NULL;
}

START_TEST(test_that_threads_with_their_own_contexts_are_independent) {
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    septet_kernel *kernel = load(spec, NULL);
    for (int i = 0; i < THREADS; i++) ck_assert_int_eq(pthread_create(&threads[i], NULL, use_thread, kernel), 0);
    for (int i = 0; i < THREADS; i++) {
        void *result;
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_eq(result, kernel);
    }
    septet_kernel_free(kernel);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("api");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_version);
    tcase_add_test(tests, test_layers);
    tcase_add_test(tests, test_that_bad_layers_are_refused);
    tcase_add_test(tests, test_targets);
    tcase_add_test(tests, test_that_bad_options_are_refused);
    tcase_add_test(tests, test_that_kernels_use_threads);
    tcase_add_test(tests, test_object);
    tcase_add_test(tests, test_kernel);
    tcase_add_test(tests, test_that_a_problem_without_bias_ignores_it);
    tcase_add_test(tests, test_that_null_is_freed);
    tcase_add_test(tests, test_that_threads_with_their_own_contexts_are_independent);
    return run_tests(tests);
}
