/* SPDX-License-Identifier: Apache-2.0 */
/* The best record of a key. The index measurement_best holds the rows that may be best, grouped by key, confirmed ones
 * first and the fastest first within: rows are looked at in that order until one passes the filters, so that the cost
 * does not grow with the number of measurements. The shipped records lie underneath, in a file of their own
 * (shipped.c). */
#include <math.h>
#include <string.h>

#include "tuner/database/internal.h"

/* Of a schema, the user's own (main) or what came with septet (shipped). */
#define RECORDS(SCHEMA)                                                                                                \
    "SELECT m.uuid, c.text, c.recipe, c.knobs, m.object_sha256, b.text, h.text, m.measured_at, m.time_ns, m.spread,"   \
    " m.error_l2, m.workspace_bytes, m.visit_count, m.confirmed FROM " SCHEMA ".candidate m JOIN " SCHEMA              \
    ".schedule c ON c.id = m.schedule JOIN " SCHEMA ".build b ON b.id = m.build JOIN " SCHEMA ".machine h"             \
    " ON h.id = m.machine WHERE m.problem = (SELECT id FROM " SCHEMA ".problem WHERE text = ?1) AND m.target = ?2"     \
    " AND m.workers = ?4 AND m.regime = ?5" FILTERS("m")
#define FILTERS(ROW) " AND (?6 IS NULL OR " ROW ".error_l2 <= ?6) AND (?7 < 0 OR " ROW ".workspace_bytes <= ?7)"

#define BEST_HERE(SCHEMA) RECORDS(SCHEMA) " AND m.machine = (SELECT id FROM " SCHEMA ".machine WHERE text = ?3)"
#define FASTEST_FIRST " ORDER BY m.confirmed DESC, m.time_ns LIMIT 1"

/* Times of different machines are not compared: the newest wins. */
#define BEST_ELSEWHERE(SCHEMA)                                                                                         \
    RECORDS(SCHEMA)                                                                                                    \
    " AND h.text <> ?3 AND NOT h.emulated AND m.confirmed = 1 AND NOT EXISTS (SELECT 1 FROM " SCHEMA ".candidate f"    \
    " WHERE f.problem = m.problem AND f.target = m.target AND f.machine = m.machine AND f.workers = m.workers"         \
    " AND f.regime = m.regime" FILTERS("f") " AND f.confirmed = 1 AND f.time_ns < m.time_ns)"
#define NEWEST_FIRST " ORDER BY m.measured_at DESC LIMIT 1"

/* A shipped schedule that was confirmed on this machine stands in the user's records, with the time that holds here;
 * one that failed on it is not to be taken. */
#define NOT_MEASURED_HERE                                                                                              \
    " AND NOT EXISTS (SELECT 1 FROM main.schedule o JOIN main.measurement u ON u.schedule = o.id"                      \
    " WHERE o.text = c.text AND u.problem = (SELECT id FROM main.problem WHERE text = ?1) AND u.target = ?2"           \
    " AND u.machine = (SELECT id FROM main.machine WHERE text = ?3) AND u.workers = ?4 AND u.regime = ?5"              \
    " AND (u.confirmed = 1 OR u.status IN ('wrong', 'crashed', 'run_timeout', 'too_fast')))"

static const char best_here[] = BEST_HERE("main") FASTEST_FIRST;
static const char best_here_shipped[] = BEST_HERE("shipped") NOT_MEASURED_HERE FASTEST_FIRST;
static const char best_elsewhere[] = BEST_ELSEWHERE("main") NEWEST_FIRST;
static const char best_elsewhere_shipped[] = BEST_ELSEWHERE("shipped") NOT_MEASURED_HERE NEWEST_FIRST;

static Record *read_record(Context *context, sqlite3_stmt *statement) {
    Record *record = ARENA_NEW(context, Record);
    *record = (Record){
        .uuid = database_column_text(context, statement, 0),
        .schedule = database_column_text(context, statement, 1),
        .recipe = database_column_text(context, statement, 2),
        .knobs = database_column_text(context, statement, 3),
        .object_sha256 = database_column_text(context, statement, 4),
        .build = database_column_text(context, statement, 5),
        .machine = database_column_text(context, statement, 6),
        .measured_at = database_column_text(context, statement, 7),
        .time_ns = database_column_number(statement, 8),
        .spread = database_column_number(statement, 9),
        .error_l2 = database_column_number(statement, 10),
        .workspace_bytes = sqlite3_column_type(statement, 11) == SQLITE_NULL ? -1 : sqlite3_column_int64(statement, 11),
        .visit_count = sqlite3_column_int64(statement, 12),
        .confirmed = sqlite3_column_int(statement, 13) == 1,
    };
    return record;
}

static Status find(Context *context, Database *database, const char *sql, const BestQuery *query, Record **out) {
    sqlite3_stmt *statement;
    bool row;
    *out = NULL;
    TRY(database_prepare(context, database, sql, &statement));
    sqlite3_bind_text(statement, 1, query->problem, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, query->target, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, query->machine, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 4, query->workers);
    sqlite3_bind_text(statement, 5, query->cold_weights ? "cold-weights" : "warm", -1, SQLITE_STATIC);
    if (isfinite(query->error_limit)) sqlite3_bind_double(statement, 6, query->error_limit);
    sqlite3_bind_int64(statement, 7, query->workspace_limit);
    Status status = database_step(context, database, statement, &row);
    if (status == STATUS_OK && row) *out = read_record(context, statement);
    sqlite3_finalize(statement);
    return status;
}

static Status find_shipped(Context *context, Database *database, const char *sql, const BestQuery *query,
                           Record **out) {
    const char *path;
    *out = NULL;
    TRY(database_shipped(context, database, &path));
    if (path == NULL) return STATUS_OK;
    Status status = find(context, database, sql, query, out);
    if (status == STATUS_IO) return database_shipped_error(context, database, status);
    if (*out != NULL) (*out)->shipped = true;
    return status;
}

/* A tie goes to the first. */
static const Record *better(const Record *first, const Record *second) {
    if (first == NULL || second == NULL) return first != NULL ? first : second;
    if (first->confirmed != second->confirmed) return first->confirmed ? first : second;
    return second->time_ns < first->time_ns ? second : first;
}

Status database_best(Context *context, Database *database, const BestQuery *query, const Record **out) {
    Record *own, *shipped;
    *out = NULL;
    TRY(find(context, database, best_here, query, &own));
    TRY(find_shipped(context, database, best_here_shipped, query, &shipped));
    *out = better(own, shipped);
    return STATUS_OK;
}

Status database_best_elsewhere(Context *context, Database *database, const BestQuery *query, const Record **out) {
    Record *found;
    *out = NULL;
    TRY(find(context, database, best_elsewhere, query, &found));
    if (found == NULL) TRY(find_shipped(context, database, best_elsewhere_shipped, query, &found));
    *out = found;
    return STATUS_OK;
}
