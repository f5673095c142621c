/* SPDX-License-Identifier: Apache-2.0 */
/* What machines can do: calibrations from septet doctor, and the function roofline_ns() that SQL sets times against
 * them with. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ir/problem.h"
#include "tuner/database/internal.h"
#include "tuner/measuring/peaks.h"

typedef struct Adding {
    Context *context;
    Database *database;
    const char *machine;
    const Peaks *peaks;
    double noise;
    const char *environment;
} Adding;

static Status add_machine(const Adding *adding) {
    sqlite3_stmt *statement;
    bool row;
    TRY(database_prepare(adding->context, adding->database,
                         "INSERT INTO machine (text) SELECT ?1 WHERE true ON CONFLICT (text) DO NOTHING", &statement));
    sqlite3_bind_text(statement, 1, adding->machine, -1, SQLITE_STATIC);
    Status status = database_step(adding->context, adding->database, statement, &row);
    sqlite3_finalize(statement);
    return status;
}

static Status add_body(void *data) {
    const Adding *adding = data;
    const Peaks *peaks = adding->peaks;
    enum { FIRST_NUMBER = 6 };
    const double numbers[] = {peaks->fma_gflops,         peaks->read_gbs[LEVEL_L1],   peaks->read_gbs[LEVEL_L2],
                              peaks->read_gbs[LEVEL_L3], peaks->read_gbs[LEVEL_DRAM], adding->noise};
    char uuid[UUID_BYTES];
    sqlite3_stmt *statement;
    bool row;
    TRY(add_machine(adding));
    TRY(database_prepare(adding->context, adding->database,
                         "INSERT INTO calibration (machine, uuid, calibrated_at, target, workers, peak_gflops,"
                         " l1_gbytes, l2_gbytes, l3_gbytes, dram_gbytes, noise, environment) VALUES"
                         " ((SELECT id FROM machine WHERE text = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                         &statement));
    database_new_uuid(uuid);
    sqlite3_bind_text(statement, 1, adding->machine, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, uuid, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, database_now(adding->context), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, peaks->target->name, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 5, peaks->threads);
    for (int i = 0; i < (int)(sizeof numbers / sizeof numbers[0]); i++)
        if (isfinite(numbers[i])) sqlite3_bind_double(statement, FIRST_NUMBER + i, numbers[i]);
    sqlite3_bind_text(statement, FIRST_NUMBER + 6, adding->environment, -1, SQLITE_STATIC);
    Status status = database_step(adding->context, adding->database, statement, &row);
    sqlite3_finalize(statement);
    return status;
}

Status database_add_calibration(Context *context, Database *database, const char *machine, const Peaks *peaks,
                                double noise, const char *environment) {
    Adding adding = {context, database, machine, peaks, noise, environment};
    return database_transaction(context, database, add_body, &adding);
}

/* A call of roofline_ns: a context that lives as long. */
typedef struct Roofline {
    Context *context;
    const char *text;
    Problem problem;
} Roofline;

static Status parse_body(void *data) {
    Roofline *roofline = data;
    const Source source = {"problem", roofline->text, strlen(roofline->text)};
    return problem_parse(roofline->context, &source, &roofline->problem);
}

static bool read_problem(const char *text, Problem *out) {
    Roofline roofline = {.text = text};
    if (text == NULL || context_new(alloc_default(), &roofline.context) != STATUS_OK) return false;
    Status status = context_run(roofline.context, parse_body, &roofline);
    *out = roofline.problem;
    context_free(roofline.context);
    return status == STATUS_OK;
}

/* "… l2=2097152" */
static int64_t l2_of(const char *machine) {
    const char *at = machine != NULL ? strstr(machine, " l2=") : NULL;
    return at != NULL ? strtoll(at + strlen(" l2="), NULL, 10) : 0;
}

enum RooflineArgument { PROBLEM, MACHINE, WORKERS, REGIME, PEAK, L2, L3, DRAM, ARGUMENTS };

/* The size of the last-level cache is not known, since machines misreport it: nothing is taken to be too large for it.
 */
static void roofline_ns(sqlite3_context *sql, int count, sqlite3_value **values) {
    Problem problem;
    for (int i = 0; i < count; i++) {
        if (sqlite3_value_type(values[i]) == SQLITE_NULL) return; /* the result is NULL */
    }
    if (!read_problem((const char *)sqlite3_value_text(values[PROBLEM]), &problem)) return;
    const char *regime = (const char *)sqlite3_value_text(values[REGIME]);
    Peaks peaks = {.threads = sqlite3_value_int(values[WORKERS])};
    peaks.read_gbs[LEVEL_L2] = sqlite3_value_double(values[L2]);
    peaks.read_gbs[LEVEL_L3] = sqlite3_value_double(values[L3]);
    peaks.read_gbs[LEVEL_DRAM] = sqlite3_value_double(values[DRAM]);
    peaks.cache_bytes[LEVEL_L2] = l2_of((const char *)sqlite3_value_text(values[MACHINE]));
    peaks.cache_bytes[LEVEL_L3] = INT64_MAX;
    bool is_cold = regime != NULL && strcmp(regime, "cold-weights") == 0;
    double ns = peaks_roofline_ns(&peaks, &problem, sqlite3_value_double(values[PEAK]), is_cold);
    if (isfinite(ns)) sqlite3_result_double(sql, ns);
}

Status database_add_functions(Context *context, Database *database) {
    int result = sqlite3_create_function(database->handle, "roofline_ns", ARGUMENTS, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                         NULL, roofline_ns, NULL, NULL);
    return result == SQLITE_OK ? STATUS_OK : database_error(context, database, "set up");
}
