/* SPDX-License-Identifier: Apache-2.0 */
/* Every layer list of bench/layers: each layer comes back from its canonical text, and the list from all of them. */
#include <glob.h>
#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/compiler/frontend/read_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* A file and the number of layers in it. */
static const struct {
    const char *name;
    size_t layers;
} known_lists[] = {
    {"alexnet", 5}, {"mobilenet_v1", 19}, {"mobilenet_v2", 30}, {"resnet50", 23}, {"resnet50_mb16", 7}, {"vgg16", 9},
};

static const char *canonical_text(Context *context, const Problem *problem) {
    Text text = text_new(context);
    problem_print(problem, &text);
    return text_string(&text);
}

static void check_layer(Context *context, const Layer *layer) {
    const char *text = canonical_text(context, &layer->problem);
    Source source = {layer->name, text, strlen(text)};
    Problem again;
    ck_assert_int_eq(problem_parse(context, &source, &again), STATUS_OK);
    ck_assert_str_eq(canonical_text(context, &again), text);
    ck_assert_int_eq(problem_check_supported(context, &again), STATUS_OK);
}

/* Reads all canonical texts as one SPEC. */
static Status check_list(Context *context, const LayerList *layers) {
    Text all = text_new(context);
    for (size_t i = 0; i < layers->count; i++) {
        check_layer(context, &layers->items[i]);
        text_add(&all, "%s\n", canonical_text(context, &layers->items[i].problem));
    }
    Source source = {"all", text_string(&all), all.length};
    const LayerList *again;
    TRY(frontend_read(context, &source, NULL, &again));
    ck_assert_uint_eq(again->count, layers->count);
    for (size_t i = 0; i < layers->count; i++)
        ck_assert_str_eq(canonical_text(context, &again->items[i].problem),
                         canonical_text(context, &layers->items[i].problem));
    return frontend_check_names(context, layers);
}

static Status check_file(Context *context, void *data) {
    const char *path = data;
    const LayerList *layers;
    TRY(frontend_read_file(context, path, NULL, &layers));
    return check_list(context, layers);
}

START_TEST(test_every_list) {
    glob_t files;
    ck_assert_int_eq(glob(SEPTET_SOURCE_DIR "/bench/layers/*.txt", 0, NULL, &files), 0);
    ck_assert_uint_ge(files.gl_pathc, sizeof known_lists / sizeof *known_lists);
    for (size_t i = 0; i < files.gl_pathc; i++) run_in_context(check_file, files.gl_pathv[i]);
    globfree(&files);
}
END_TEST

static Status count_layers(Context *context, void *data) {
    (void)data;
    for (size_t i = 0; i < sizeof known_lists / sizeof *known_lists; i++) {
        const LayerList *layers;
        const char *path = arena_format(context, SEPTET_SOURCE_DIR "/bench/layers/%s.txt", known_lists[i].name);
        TRY(frontend_read_file(context, path, NULL, &layers));
        ck_assert_uint_eq(layers->count, known_lists[i].layers);
    }
    return STATUS_OK;
}

START_TEST(test_no_layer_is_lost) {
    run_in_context(count_layers, NULL);
}
END_TEST

START_TEST(test_memory_is_checked) {
    char path[] = SEPTET_SOURCE_DIR "/bench/layers/alexnet.txt";
    ck_assert_uint_gt(run_until_memory_suffices(check_file, path), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("layer_lists");
    tcase_add_test(tests, test_every_list);
    tcase_add_test(tests, test_no_layer_is_lost);
    tcase_add_test(tests, test_memory_is_checked);
    return run_tests(tests);
}
