/* SPDX-License-Identifier: Apache-2.0 */
/* The tuning database: every measurement that was ever made, in one SQLite file. Its schema (schema_1.sql,
 * schema_2.sql) is public: people ask it by plain SQL, and docs/database.md says how. All that goes in goes through the
 * view `record`, whose columns are also the keys of the JSON lines; rows are only added, never changed, and have UUIDs,
 * so that databases are merged by union, in any order, as often as one likes.
 *
 * The file is --db, else $SEPTET_DB, else septet/tuning.db in the user's data folder. A Database is used by one thread
 * at a time, and is not taken through fork. Functions run inside context_run; what they hand out is in its arena. A
 * body that unwinds leaves the handle valid: whoever called context_run closes it, which undoes an open transaction.
 *
 * Errors of all functions: STATUS_IO when the file is locked for long, damaged, read-only, or its disk full or broken;
 * STATUS_UNSUPPORTED when a newer version wrote it or it lies on a network; STATUS_INVALID when the rows or the query
 * are to blame. Nothing that was committed is lost by any of them. */
#ifndef SEPTET_TUNER_DATABASE_DATABASE_H
#define SEPTET_TUNER_DATABASE_DATABASE_H

#include <stdio.h>

#include "base/context.h"
#include "tuner/measurement.h"
#include "tuner/measuring/peaks.h"

typedef struct Database Database;

enum { UUID_BYTES = 37 };

typedef enum DatabaseAccess { DATABASE_READ, DATABASE_WRITE } DatabaseAccess;

/* Opens `path`, or the default one when NULL. For writing, a missing file and its folder are made; for reading, a
 * missing file is STATUS_IO when `path` names it, else an empty database: nothing was measured yet. Freed with
 * database_close, which takes NULL. */
Status database_open(Context *context, const char *path, DatabaseAccess access, Database **out);
void database_close(Database *database);

/* How long to wait for another process's lock; default 10 s. */
void database_set_patience(Database *database, int milliseconds);

/* The file's path; lives as long as the handle. */
const char *database_path(const Database *database);

/* Who measures: a session of tuning. */
typedef struct DatabaseSession {
    char uuid[UUID_BYTES];
    const char *started_at, *command, *strategy; /* NULL: not known */
    int64_t seed;
} DatabaseSession;

/* Where a measurement was made. */
typedef struct Origin {
    const DatabaseSession *session; /* NULL: none */
    const char *machine;            /* machine_text (tuner/machine_text.h) */
    bool emulated;                  /* times say nothing: never best */
    const char *build;              /* database_build */
    const char *measured_at;        /* NULL: now */
    const char *uuid;               /* NULL: a new one */
} Origin;

/* "septet 0.1.0, LLVM 19.1.7" */
const char *database_build(Context *context);

/* A new UUID (version 7: those made later sort later). */
void database_new_uuid(char out[UUID_BYTES]);

/* Now, as the database writes it: "2026-01-31T12:00:00.000Z". */
const char *database_now(Context *context);

/* Adds a session without measurements, so that it can be continued; and a measurement with what it refers to, in one
 * transaction that is on the disk when this returns. A UUID that is there already, or was pruned, changes nothing. */
Status database_add_session(Context *context, Database *database, const DatabaseSession *session);
Status database_insert(Context *context, Database *database, const Origin *origin, const Measurement *measurement);

/* Adds what septet doctor found: peaks of a machine (its text), its noise, the spread between visits of one object, and
 * in words what that holds for: kernel, governor, limits; NULL: not known. */
Status database_add_calibration(Context *context, Database *database, const char *machine, const Peaks *peaks,
                                double noise, const char *environment);

/* A key, and filters on what was measured. */
typedef struct BestQuery {
    const char *problem, *target, *machine;
    int64_t workers;
    bool cold_weights;
    double error_limit;      /* of error_l2; INFINITY: any, also one that was not checked */
    int64_t workspace_limit; /* bytes; -1: any */
} BestQuery;

typedef struct Record {
    const char *uuid, *schedule, *recipe, *knobs, *object_sha256, *build, *machine, *measured_at; /* NULL: not known */
    double time_ns, spread, error_l2;                                                             /* NAN: not known */
    int64_t workspace_bytes, visit_count;
    bool confirmed; /* timed again outside of the search that found it */
    bool shipped;   /* came with septet */
} Record;

/* The fastest record of a key that passes the filters: of the confirmed ones, else of those that a search saw by more
 * visits than one. The shipped records count too, but for schedules that were measured again here, or failed here.
 * *out is NULL when there is none. Below 5 ms with 10^6 measurements. */
Status database_best(Context *context, Database *database, const BestQuery *query, const Record **out);

/* The same of another machine than query->machine: the newest confirmed one, else a shipped one. */
Status database_best_elsewhere(Context *context, Database *database, const BestQuery *query, const Record **out);

/* The path of the shipped records ($SEPTET_SHIPPED, or where they are installed), NULL when there are none. From then
 * on their tables and views are readable as shipped.NAME in database_select. The path lives as long as the handle. */
Status database_shipped(Context *context, Database *database, const char **out);

/* Makes the build at hand known, and notes what it makes of a recorded schedule: "same" object, "different", "refused".
 */
Status database_add_build(Context *context, Database *database);
Status database_add_validation(Context *context, Database *database, const char *uuid, const char *result);

/* Results of queries. */
typedef enum ValueKind { VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT } ValueKind;

typedef struct Value {
    ValueKind kind;
    int64_t integer;
    double real;
    const char *text;
} Value;

typedef struct Row {
    int count;
    const char *const *names;
    const Value *values; /* texts live until the next row */
} Row;

typedef Status (*RowSink)(void *data, const Row *row);

/* Runs one SELECT with texts bound to ?1, ?2 …, and gives each row to the sink. Whatever the text of the query, it
 * cannot write or reach another file. `columns_too`: the sink is first called with the names and values NULL. */
Status database_select(Context *context, Database *database, const char *sql, const char *const *parameters, int count,
                       bool columns_too, RowSink sink, void *data);

/* Counts of what import, merge and prune did. */
typedef struct DatabaseChange {
    int64_t read, added; /* rows that came, rows that were new */
} DatabaseChange;

/* Writes the rows of `record` for which the SQL expression `where` holds (NULL: all, and all tombstones) as JSON lines
 * in the order of their UUIDs. docs/database.md says what a line holds. */
Status database_export(Context *context, Database *database, const char *where, FILE *out, DatabaseChange *change);

/* The same in the log format of AutoTVM, without tombstones. Measurements of problems that this version cannot read are
 * left out, which a note says. */
Status database_export_autotvm(Context *context, Database *database, const char *where, FILE *out,
                               DatabaseChange *change);

/* Adds the lines of a file, all or none; `name` names it in messages, which say the line. */
Status database_import(Context *context, Database *database, FILE *in, const char *name, DatabaseChange *change);

/* Makes the tables and views of another database file readable as other.NAME in database_select. */
Status database_attach(Context *context, Database *database, const char *path);

/* Adds the measurements and tombstones of another database file, all or none. */
Status database_merge(Context *context, Database *database, const char *path, DatabaseChange *change);

/* Removes the rows of `record` for which the SQL expression `where` holds, leaving tombstones. `added` counts them;
 * with `dry_run` they are only counted. */
Status database_prune(Context *context, Database *database, const char *where, bool dry_run, DatabaseChange *change);

#endif
