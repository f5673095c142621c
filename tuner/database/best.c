/* SPDX-License-Identifier: Apache-2.0 */
/* The best record of a key. The index measurement_best holds the rows that may be best, grouped by key, confirmed ones
 * first and the fastest first within: rows are looked at in that order until one passes the filters, so that the cost
 * does not grow with the number of measurements. */
#include <math.h>
#include <string.h>

#include "tuner/database/internal.h"

#define RECORD_COLUMNS                                                                                                 \
    "SELECT m.uuid, c.text, c.recipe, c.knobs, m.object_sha256, b.text, h.text, m.measured_at, m.time_ns, m.spread,"   \
    " m.error_l2, m.workspace_bytes, m.visit_count, m.confirmed FROM candidate m JOIN schedule c ON c.id = m.schedule" \
    " JOIN build b ON b.id = m.build JOIN machine h ON h.id = m.machine"                                               \
    " WHERE m.problem = (SELECT id FROM problem WHERE text = ?1) AND m.target = ?2 AND m.workers = ?4"                 \
    " AND m.regime = ?5 AND (?6 IS NULL OR m.error_l2 <= ?6) AND (?7 < 0 OR m.workspace_bytes <= ?7)"

static const char best_here[] = RECORD_COLUMNS " AND m.machine = (SELECT id FROM machine WHERE text = ?3)"
                                               " ORDER BY m.confirmed DESC, m.time_ns LIMIT 1";

/* Times of different machines are not compared: the newest wins. */
static const char best_elsewhere[] =
    RECORD_COLUMNS " AND h.text <> ?3 AND NOT h.emulated AND m.confirmed = 1 AND NOT EXISTS"
                   " (SELECT 1 FROM candidate f WHERE f.problem = m.problem AND f.target = m.target"
                   "  AND f.machine = m.machine AND f.workers = m.workers AND f.regime = m.regime"
                   "  AND (?6 IS NULL OR f.error_l2 <= ?6) AND (?7 < 0 OR f.workspace_bytes <= ?7)"
                   "  AND f.confirmed = 1 AND f.time_ns < m.time_ns)"
                   " ORDER BY m.measured_at DESC LIMIT 1";

static const Record *read_record(Context *context, sqlite3_stmt *statement) {
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

static Status find(Context *context, Database *database, const char *sql, const BestQuery *query, const Record **out) {
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

Status database_best(Context *context, Database *database, const BestQuery *query, const Record **out) {
    return find(context, database, best_here, query, out);
}

Status database_best_elsewhere(Context *context, Database *database, const BestQuery *query, const Record **out) {
    return find(context, database, best_elsewhere, query, out);
}
