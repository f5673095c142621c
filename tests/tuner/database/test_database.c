/* SPDX-License-Identifier: Apache-2.0 */
/* What goes into the database comes out again: the best record by its rules, and JSON lines. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tests/tuner/database/rows.h"

static char folder[] = "/tmp/septet_database_XXXXXX";
static char path[64], other_path[64];

static void setup(void) {
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.db", folder);
    snprintf(other_path, sizeof other_path, "%s/b.db", folder);
}

static void teardown(void) {
    unlink(path);
    unlink(other_path);
    ck_assert_int_eq(rmdir(folder), 0); /* closing leaves no log behind */
}

/* Adds a measurement; `change` may spoil it first. */
static Status add(Context *context, Database *database, const char *schedule, double time_ns, const char *moment,
                  void (*change)(Measurement *measurement)) {
    Measurement measurement = rows_measurement(schedule, time_ns);
    Origin origin = rows_origin("here", moment);
    if (change != NULL) change(&measurement);
    return database_insert(context, database, &origin, &measurement);
}

static const BestQuery anything = {.problem = ROWS_PROBLEM,
                                   .target = "scalar",
                                   .machine = "here",
                                   .workers = 1,
                                   .error_limit = INFINITY,
                                   .workspace_limit = -1};

static void expect_best(Context *context, Database *database, const BestQuery *query, const char *schedule) {
    const Record *record;
    Status status = database_best(context, database, query, &record);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    if (schedule == NULL) {
        ck_assert_ptr_null(record);
        return;
    }
    ck_assert_ptr_nonnull(record);
    ck_assert_str_eq(record->schedule, schedule);
}

static void make_raced(Measurement *measurement) {
    measurement->raced = true;
}

static void make_lucky(Measurement *measurement) {
    measurement->visit_count = 1;
}

static void make_search(Measurement *measurement) {
    measurement->kind = MEASURED_SEARCH;
}

static void make_wrong(Measurement *measurement) {
    measurement->status = MEASUREMENT_WRONG;
    measurement->phase = "check";
    measurement->detail = "element 3";
}

static void make_inexact(Measurement *measurement) {
    measurement->error_l2 = 1e-3;
    measurement->workspace_bytes = 1 << 20;
}

static void make_cold(Measurement *measurement) {
    measurement->candidate.cold_weights = true;
}

static Status best_body(Context *context, void *data) {
    Database *database = *(Database **)data;
    BestQuery exact = anything, small = anything, cold = anything;
    exact.error_limit = 1e-5;
    small.workspace_limit = 1000;
    cold.cold_weights = true;
    expect_best(context, database, &anything, NULL);
    TRY(add(context, database, "raced", 1, "2026-01-01T00:00:00Z", make_raced));
    TRY(add(context, database, "lucky", 2, "2026-01-01T00:00:01Z", make_lucky));
    expect_best(context, database, &anything, NULL);
    TRY(add(context, database, "seen", 10, "2026-01-01T00:00:02Z", make_search));
    expect_best(context, database, &anything, "seen");
    TRY(add(context, database, "slow", 30, "2026-01-01T00:00:03Z", NULL));
    expect_best(context, database, &anything, "slow"); /* what is confirmed comes first */
    TRY(add(context, database, "fast", 20, "2026-01-01T00:00:04Z", NULL));
    expect_best(context, database, &anything, "fast");
    TRY(add(context, database, "inexact", 15, "2026-01-01T00:00:05Z", make_inexact));
    expect_best(context, database, &anything, "inexact");
    expect_best(context, database, &exact, "fast");
    expect_best(context, database, &small, "fast");
    expect_best(context, database, &cold, NULL);
    TRY(add(context, database, "cold", 90, "2026-01-01T00:00:06Z", make_cold));
    expect_best(context, database, &cold, "cold");
    /* A later look at the same schedule replaces the earlier one: slower, or wrong after all. */
    TRY(add(context, database, "fast", 40, "2026-01-02T00:00:00Z", NULL));
    expect_best(context, database, &exact, "slow");
    TRY(add(context, database, "slow", 1, "2026-01-03T00:00:00Z", make_wrong));
    expect_best(context, database, &exact, "fast");
    return STATUS_OK;
}

static Status elsewhere_body(Context *context, void *data) {
    Database *database = *(Database **)data;
    BestQuery query = anything;
    const Record *record;
    query.machine = "there";
    TRY(add(context, database, "a", 20, "2026-01-01T00:00:00Z", NULL));
    TRY(add(context, database, "b", 10, "2026-01-01T00:00:01Z", NULL));
    expect_best(context, database, &query, NULL);
    TRY(database_best_elsewhere(context, database, &query, &record));
    ck_assert_ptr_nonnull(record);
    ck_assert_str_eq(record->schedule, "b");
    ck_assert_str_eq(record->machine, "here");
    TRY(database_best_elsewhere(context, database, &anything, &record));
    ck_assert_ptr_null(record);
    return STATUS_OK;
}

static Status import_text(Context *context, Database *database, const char *text, DatabaseChange *change) {
    FILE *in = tmpfile();
    ck_assert_ptr_nonnull(in);
    fputs(text, in);
    ck_assert_int_eq(fseek(in, 0, SEEK_SET), 0);
    Status status = database_import(context, database, in, "lines", change);
    fclose(in);
    return status;
}

static Status fill(Context *context, Database *database) {
    TRY(add(context, database, "split c 2 -> co ci\n", 10, NULL, NULL));
    TRY(add(context, database, "", 1.0 / 3, NULL, make_search));
    TRY(add(context, database, "x \"quoted\" \t\n", 3e9, NULL, make_wrong));
    return STATUS_OK;
}

/* The lines of one database, read into another one, are the lines of that one; reading them again changes nothing. */
static Status lines_body(Context *context, void *data) {
    Database *database = *(Database **)data, *other;
    DatabaseChange change;
    TRY(fill(context, database));
    const char *lines = rows_export(context, database);
    TRY(database_open(context, other_path, DATABASE_WRITE, &other));
    TRY(import_text(context, other, lines, &change));
    ck_assert_int_eq(change.added, 3);
    ck_assert_str_eq(rows_export(context, other), lines);
    TRY(import_text(context, other, lines, &change));
    ck_assert_int_eq(change.added, 0);
    ck_assert_str_eq(rows_export(context, other), lines);
    database_close(other);
    return STATUS_OK;
}

/* One bad line and nothing of the file is added. */
static Status bad_line_body(Context *context, void *data) {
    static const struct {
        const char *line, *says;
    } bad[] = {
        {"{", "lines:4: the line is not a JSON object"},
        {"[1]", "lines:4: the line is not a JSON object"},
        {"{\"uuid\":1}", "lines:4: the line has no \"septet\""},
        {"{\"septet\":2}", "lines:4: the line has a format that this version"},
        {"{\"septet\":1,\"tombstone\":3}", "lines:4: a tombstone has"},
        {"{\"septet\":1}", "lines:4: NOT NULL constraint failed: machine.text"},
    };
    Database *database = *(Database **)data, *other;
    TRY(fill(context, database));
    const char *lines = rows_export(context, database);
    TRY(database_open(context, other_path, DATABASE_WRITE, &other));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        DatabaseChange change;
        Status status = import_text(context, other, arena_format(context, "%s%s\n", lines, bad[i].line), &change);
        ck_assert_int_eq(status, STATUS_INVALID);
        ck_assert_msg(strstr(diag_message(context), bad[i].says) != NULL, "%s", diag_message(context));
        ck_assert_str_eq(rows_export(context, other), "");
    }
    database_close(other);
    return STATUS_OK;
}

/* What the schema refuses, in a line that is otherwise good. */
static Status spoiled_line_body(Context *context, void *data) {
    static const struct {
        const char *from, *to, *says;
    } spoilt[] = {
        {"\"status\":\"ok\"", "\"status\":\"wrong\"", "CHECK constraint failed"}, /* a failure with a time */
        {"\"status\":\"ok\"", "\"status\":\"fine\"", "CHECK constraint failed"},
        {"\"visits\":[", "\"visits\":[,", "malformed JSON"},
        {"\"visits\":[", "\"visits\":3,\"more\":[", "CHECK constraint failed"},
        {"\"visits\":[", "\"visits\":[[", "the line is not a JSON object"},
        {"\"time_ns\":10", "\"time_ns\":0", "CHECK constraint failed: time_ns > 0"},
        {"\"time_ns\":10", "\"time_ns\":\"ten\"", "cannot store TEXT value in REAL column measurement.time_ns"},
        {"\"workers\":1", "\"workers\":0", "CHECK constraint failed: workers >= 1"},
    };
    Database *database = *(Database **)data, *other;
    TRY(add(context, database, "a", 10, NULL, NULL));
    const char *line = rows_export(context, database);
    TRY(database_open(context, other_path, DATABASE_WRITE, &other));
    for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
        DatabaseChange change;
        const char *at = strstr(line, spoilt[i].from);
        ck_assert_msg(at != NULL, "%s is not in %s", spoilt[i].from, line);
        const char *changed =
            arena_format(context, "%.*s%s%s", (int)(at - line), line, spoilt[i].to, at + strlen(spoilt[i].from));
        ck_assert_int_eq(import_text(context, other, changed, &change), STATUS_INVALID);
        ck_assert_msg(strstr(diag_message(context), spoilt[i].says) != NULL, "%s", diag_message(context));
    }
    database_close(other);
    return STATUS_OK;
}

static Status count_validations(void *data, const Row *row) {
    *(int64_t *)data = row->values[0].integer;
    return STATUS_OK;
}

/* A tombstone that comes with lines takes what builds said of its measurement with it. */
static Status buried_validation_body(Context *context, void *data) {
    static const char sql[] = "SELECT count(*) FROM validation";
    const char *uuid = "01900000-0000-7000-8000-00000000000a";
    Database *database = *(Database **)data;
    Measurement measurement = rows_measurement("a", 10);
    Origin origin = rows_origin("here", NULL);
    DatabaseChange change;
    int64_t count = 0;
    origin.uuid = uuid;
    TRY(database_insert(context, database, &origin, &measurement));
    TRY(database_add_build(context, database));
    TRY(database_add_validation(context, database, uuid, "same"));
    TRY(database_select(context, database, sql, NULL, 0, false, count_validations, &count));
    ck_assert(count == 1);
    TRY(import_text(context, database,
                    arena_format(context, "{\"septet\":1,\"tombstone\":\"%s\",\"buried_at\":\"2026\"}\n", uuid),
                    &change));
    TRY(database_select(context, database, sql, NULL, 0, false, count_validations, &count));
    ck_assert(count == 0);
    return STATUS_OK;
}

static Peaks made_up_peaks(void) {
    Peaks peaks = {.target = target_get(0), .threads = 1, .fma_gflops = 100};
    const double speeds[LEVEL_COUNT] = {400, 200, 50, 10};
    for (int i = 0; i < LEVEL_COUNT; i++) peaks.read_gbs[i] = speeds[i];
    return peaks;
}

static Status expect_number(void *data, const Row *row) {
    ck_assert_int_eq(row->values[0].kind, VALUE_REAL);
    ck_assert_double_eq_tol(row->values[0].real, *(const double *)data, 1e-9 * fabs(*(const double *)data));
    return STATUS_OK;
}

/* What doctor finds travels with the lines and with merges; records are set against it. */
static Status calibration_body(Context *context, void *data) {
    Database *database = *(Database **)data, *other;
    const Peaks peaks = made_up_peaks();
    DatabaseChange change;
    double share = 1.0 / 3;
    TRY(fill(context, database));
    TRY(database_add_calibration(context, database, "here", &peaks, NAN, "Linux"));
    const char *lines = rows_export(context, database);
    ck_assert_ptr_nonnull(strstr(lines, "\"dram_gbytes\":10"));
    TRY(database_open(context, other_path, DATABASE_WRITE, &other));
    TRY(import_text(context, other, lines, &change));
    ck_assert_int_eq(change.added, 4);
    ck_assert_str_eq(rows_export(context, other), lines);
    TRY(database_prune(context, other, "true", false, &change));
    TRY(database_merge(context, other, path, &change)); /* it is there already */
    ck_assert_int_eq(change.added, 0);
    ck_assert_ptr_nonnull(strstr(rows_export(context, other), "\"calibration\""));
    database_close(other);
    unlink(other_path);
    TRY(database_open(context, other_path, DATABASE_WRITE, &other));
    TRY(database_merge(context, other, path, &change));
    ck_assert_int_eq(change.added, 4);
    ck_assert_str_eq(rows_export(context, other), lines);
    database_close(other);
    /* 30000 flops at 100 GFLOP/s take 300 ns, more than its 3 KB at 200 GB/s. */
    TRY(database_select(context, database,
                        "SELECT roofline_ns('conv2d n=1 g=1 c=25 h=1 w=1 k=600 p=1 q=1 r=1 s=1 stride=1,1 pad=0,0,0,0 "
                        "dilation=1,1 type=f32,f32,f32 layout=nhwc,nhwc epilogue=none', 'm l1d=1 l2=1000000', 1, "
                        "'warm', k.peak_gflops, 1e3, 1e3, 1e3) / 900 FROM calibration k",
                        NULL, 0, false, expect_number, &share));
    return STATUS_OK;
}

static Status reading_body(Context *context, void *data) {
    static const char *const refused[] = {
        "DELETE FROM measurement",
        "PRAGMA user_version = 7",
        "ATTACH 'x' AS x",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "SELEC 1",
        "",
    };
    Database *database = *(Database **)data;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        ck_assert_int_eq(database_select(context, database, refused[i], NULL, 0, false, NULL, NULL), STATUS_INVALID);
    TRY(database_select(context, database, "SELECT value FROM json_each(NULL)", NULL, 0, false, NULL, NULL));
    return STATUS_OK;
}

static Status prune_body(Context *context, void *data) {
    Database *database = *(Database **)data;
    DatabaseChange change;
    TRY(fill(context, database));
    const char *lines = rows_export(context, database);
    TRY(database_prune(context, database, "status = 'wrong'", true, &change));
    ck_assert_int_eq(change.added, 1);
    ck_assert_str_eq(rows_export(context, database), lines);
    TRY(database_prune(context, database, "status = 'wrong'", false, &change));
    ck_assert_int_eq(change.added, 1);
    const char *pruned = rows_export(context, database);
    ck_assert_ptr_null(strstr(pruned, "quoted"));
    ck_assert_ptr_nonnull(strstr(pruned, "\"tombstone\":"));
    TRY(import_text(context, database, lines, &change)); /* it does not come back */
    ck_assert_str_eq(rows_export(context, database), pruned);
    ck_assert_int_eq(database_prune(context, database, "1); DELETE FROM session; --", false, &change), STATUS_INVALID);
    return STATUS_OK;
}

/* Runs a body with the database `path` open. */
typedef struct Opened {
    Status (*body)(Context *context, void *data);
    Database *database;
} Opened;

static Status open_and_run(Context *context, void *data) {
    Opened *opened = data;
    TRY(database_open(context, path, DATABASE_WRITE, &opened->database));
    Status status = opened->body(context, &opened->database);
    database_close(opened->database);
    return status;
}

static void run_body(Status (*body)(Context *context, void *data)) {
    Opened opened = {.body = body};
    run_in_context(open_and_run, &opened);
}

START_TEST(test_best_follows_the_rules) {
    run_body(best_body);
}
END_TEST

START_TEST(test_best_of_another_machine) {
    run_body(elsewhere_body);
}
END_TEST

START_TEST(test_lines_round_trip) {
    run_body(lines_body);
}
END_TEST

START_TEST(test_bad_line_imports_nothing) {
    run_body(bad_line_body);
}
END_TEST

START_TEST(test_schema_refuses_what_cannot_be) {
    run_body(spoiled_line_body);
}
END_TEST

START_TEST(test_queries_can_only_read) {
    run_body(reading_body);
}
END_TEST

START_TEST(test_that_validations_are_buried) {
    run_body(buried_validation_body);
}
END_TEST

START_TEST(test_calibrations) {
    run_body(calibration_body);
}
END_TEST

START_TEST(test_pruned_rows_stay_away) {
    run_body(prune_body);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("database");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_best_follows_the_rules);
    tcase_add_test(tests, test_best_of_another_machine);
    tcase_add_test(tests, test_lines_round_trip);
    tcase_add_test(tests, test_bad_line_imports_nothing);
    tcase_add_test(tests, test_schema_refuses_what_cannot_be);
    tcase_add_test(tests, test_queries_can_only_read);
    tcase_add_test(tests, test_that_validations_are_buried);
    tcase_add_test(tests, test_calibrations);
    tcase_add_test(tests, test_pruned_rows_stay_away);
    return run_tests(tests);
}
