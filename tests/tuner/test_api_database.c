/* SPDX-License-Identifier: Apache-2.0 */
/* septet.h: databases, records, lines, and sessions with their callbacks and errors. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/run.h"
#include "tuner/septet.h"

/* The layer of tests/cli/db/lines.jsonl, whose confirmed record has another machine. */
static const char spec[] = "c=4 h=5 w=5 k=6 r=3 s=3 pad=1";
static const char lines_path[] = SEPTET_SOURCE_DIR "/tests/cli/db/lines.jsonl";

static char folder[] = "/tmp/septet_api_XXXXXX";
static char path[64];
static septet_context *septet;
static septet_layers *layers;
static septet_database *database;

static void expect_done(septet_result result) {
    ck_assert_msg(result == SEPTET_DONE, "%s", septet_last_error(septet));
}

static void expect(septet_result result, septet_result wanted, const char *words) {
    ck_assert_msg(result == wanted && strstr(septet_last_error(septet), words) != NULL, "%d, %s", (int)result,
                  septet_last_error(septet));
}

static void setup(void) {
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.db", folder);
    septet = septet_new();
    expect_done(septet_layers_parse(septet, spec, &layers));
    expect_done(septet_database_open(septet, path, 1, &database));
}

static void teardown(void) {
    septet_database_close(database);
    septet_layers_free(layers);
    septet_free(septet);
    char line[96];
    snprintf(line, sizeof line, "rm -r '%s'", folder); /* readers leave an empty log beside the file */
    ck_assert_int_eq(system(line), 0);
}

static void import(void) {
    int64_t added = -1;
    FILE *in = fopen(lines_path, "r");
    ck_assert_ptr_nonnull(in);
    expect_done(septet_database_import(septet, database, in, "lines", &added));
    fclose(in);
    ck_assert_int_eq((int)added, 3);
}

static septet_options scalar_options(void) {
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    options.target = "scalar";
    return options;
}

START_TEST(test_best) {
    septet_options options = scalar_options();
    septet_record *record;
    expect_done(septet_database_best(septet, database, layers, 0, &options, &record));
    ck_assert_ptr_null(record);
    import();
    expect_done(septet_database_best(septet, database, layers, 0, &options, &record));
    septet_database_close(database); /* the record lives on */
    database = NULL;
    ck_assert_ptr_nonnull(record);
    ck_assert_str_eq(record->schedule, "reorder n p q k c r s\n");
    ck_assert_str_eq(record->source, "similar");
    ck_assert_str_eq(record->recipe, "");
    ck_assert_double_eq_tol(record->time_ms, 0.015, 1e-12);
    ck_assert_double_eq_tol(record->spread, 0.004, 1e-12);
    ck_assert_int_eq((int)record->visits, 5);
    ck_assert_int_eq(record->confirmed, 1);
    ck_assert_ptr_nonnull(strstr(record->machine, "vendor=Maker"));
    ck_assert_str_eq(record->uuid, "01900000-0000-7000-8000-000000000003");
    septet_record_free(record);
}
END_TEST

/* What the kernel's info says of its schedule. */
static void expect_source(const septet_options *options, const char *source) {
    septet_object *object;
    expect_done(septet_compile(septet, layers, 0, options, &object));
    const char *words = septet_object_header(object);
    char wanted[64];
    snprintf(wanted, sizeof wanted, "schedule source: %s.", source);
    ck_assert_msg(strstr(words, wanted) != NULL, "no '%s' in:\n%s", wanted, words);
    septet_object_free(object);
}

START_TEST(test_that_compile_looks_records_up) {
    septet_options options = scalar_options();
    expect_source(&options, "default");
    import();
    expect_source(&options, "default"); /* the user's own database knows nothing */
    options.database = database;
    expect_source(&options, "similar");
    options.no_database = 1;
    expect_source(&options, "default");
    options = scalar_options();
    setenv("SEPTET_DB", path, 1);
    expect_source(&options, "similar");
    options.schedule = "unroll s\n";
    expect_source(&options, "file");
}
END_TEST

START_TEST(test_that_lines_come_and_go) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    import();
    expect_done(septet_database_export(septet, database, "kind = 'confirm'", out));
    fclose(out);
    ck_assert_ptr_nonnull(strstr(text, "\"uuid\":\"01900000-0000-7000-8000-000000000003\""));
    ck_assert_ptr_eq(strchr(text, '\n'), text + length - 1); /* one line */
    free(text);
    expect(septet_database_export(septet, database, "kind =", stdout), SEPTET_INVALID, "not SQL");
    FILE *bad = tmpfile();
    int64_t added = -1;
    ck_assert_ptr_nonnull(bad);
    fputs("{}\n", bad);
    ck_assert_int_eq(fseek(bad, 0, SEEK_SET), 0);
    expect(septet_database_import(septet, database, bad, "bad", &added), SEPTET_INVALID, "bad:1: ");
    ck_assert_int_eq((int)added, 0);
    fclose(bad);
}
END_TEST

START_TEST(test_that_errors_are_told) {
    septet_database *other = database;
    septet_record *record;
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    expect(septet_database_open(septet, "/nonexistent/a.db", 0, &other), SEPTET_IO, "there is no tuning database");
    ck_assert_ptr_null(other);
    expect(septet_database_open(septet, lines_path, 1, &other), SEPTET_IO, "not a tuning database");
    expect(septet_database_best(septet, database, layers, 1, NULL, &record), SEPTET_INVALID, "no layer of that index");
    options.target = "z80";
    expect(septet_database_best(septet, database, layers, 0, &options, &record), SEPTET_INVALID, "z80");
    ck_assert_ptr_null(record);
    options.struct_bytes = 3;
    expect(septet_database_best(septet, database, layers, 0, &options, &record), SEPTET_INVALID, "struct_bytes");
    septet_database_close(NULL);
    septet_record_free(NULL);
}
END_TEST

typedef struct Told {
    int count, stop_at;
} Told;

static int count_told(void *data, const septet_measurement *measurement) {
    Told *told = data;
    told->count++;
    if (told->count == 1) ck_assert_str_eq(measurement->kind, "search");
    ck_assert_uint_eq(measurement->layer, 0);
    ck_assert_int_eq(strcmp(measurement->status, "ok") == 0, measurement->time_ms > 0);
    return told->count == told->stop_at;
}

static int64_t count_lines(const char *where) {
    char *text = NULL;
    size_t length = 0;
    int64_t count = 0;
    FILE *out = open_memstream(&text, &length);
    expect_done(septet_database_export(septet, database, where, out));
    fclose(out);
    for (size_t i = 0; i < length; i++) count += text[i] == '\n';
    free(text);
    return count;
}

/* A schedule that is timed on a busy machine may have no time; what is told is stored in any case. */
START_TEST(test_session) {
    septet_tune_options options = SEPTET_TUNE_OPTIONS_DEFAULT;
    Told told = {0};
    options.trials = 2;
    options.watch = count_told;
    options.data = &told;
    expect_done(septet_tune(septet, database, layers, &options));
    ck_assert_int_ge(told.count, 2);
    ck_assert(count_lines(NULL) == told.count);
    int before = told.count;
    options.trials = 50;
    told.stop_at = before + 1;
    expect_done(septet_tune(septet, database, layers, &options));
    ck_assert_int_lt(told.count, before + 20); /* a batch, not the budget */
    ck_assert(count_lines(NULL) == told.count);
}
END_TEST

/* The rows are of the machine that measured, which the agent names. */
START_TEST(test_that_an_agent_names_its_machine) {
    static const char command[] =
        "\"$SEPTET\" agent |"
        " sed -u 's/\"machine\":\"[^\"]*\",\"emulated\":false/\"machine\":\"a board\",\"emulated\":true/'";
    septet_tune_options options = SEPTET_TUNE_OPTIONS_DEFAULT;
    options.trials = 1;
    options.agent = command;
    expect_done(septet_tune(septet, database, layers, &options));
    int64_t all = count_lines("machine IS NOT NULL");
    ck_assert(all > 0);
    ck_assert(count_lines("machine = 'a board' AND emulated = 1") == all);
}
END_TEST

START_TEST(test_that_sessions_refuse_bad_options) {
    septet_tune_options options = SEPTET_TUNE_OPTIONS_DEFAULT;
    expect(septet_tune(septet, database, layers, NULL), SEPTET_INVALID, "struct_bytes");
    expect(septet_tune(septet, database, layers, &options), SEPTET_INVALID, "give a budget");
    options.trials = 1;
    options.threads = 0;
    expect(septet_tune(septet, database, layers, &options), SEPTET_INVALID, "threads");
    options.threads = 1;
    options.strategy = "hope";
    expect(septet_tune(septet, database, layers, &options), SEPTET_INVALID, "unknown strategy 'hope'");
    options.strategy = NULL;
    options.target = "cortex-a72";
    expect(septet_tune(septet, database, layers, &options), SEPTET_NOT_SUPPORTED, "cannot be measured");
    options.target = NULL;
    options.threads = 4096;
    expect(septet_tune(septet, database, layers, &options), SEPTET_NOT_SUPPORTED, "kernels of 4096 threads");
    options.threads = 1;
    options.agent = "exit 3";
    expect(septet_tune(septet, database, layers, &options), SEPTET_IO, "cannot start the agent by 'exit 3'");
    septet_database_close(database);
    expect_done(septet_database_open(septet, path, 0, &database));
    options.agent = NULL;
    expect(septet_tune(septet, database, layers, &options), SEPTET_IO, "read-only");
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("api_database");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_best);
    tcase_add_test(tests, test_that_compile_looks_records_up);
    tcase_add_test(tests, test_that_lines_come_and_go);
    tcase_add_test(tests, test_that_errors_are_told);
    tcase_add_test(tests, test_session);
    tcase_add_test(tests, test_that_an_agent_names_its_machine);
    tcase_add_test(tests, test_that_sessions_refuse_bad_options);
    return run_tests(tests);
}
