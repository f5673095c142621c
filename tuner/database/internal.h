/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the database share: the handle, statements, and SQLite's errors in words. */
#ifndef SEPTET_TUNER_DATABASE_INTERNAL_H
#define SEPTET_TUNER_DATABASE_INTERNAL_H

#include <limits.h>
#include <sqlite3.h>

#include "tuner/database/database.h"

enum {
    DATABASE_APPLICATION_ID = 0x53455054, /* "SEPT" */
    DATABASE_CACHE_MEBIBYTES = 64         /* of pages, at most */
};

struct Database {
    sqlite3 *handle;
    const Allocator *allocator;
    int patience_ms;
    bool looked_for_shipped;
    const char *shipped; /* path of the file that is attached as `shipped`; NULL: none, or not looked for yet */
    char shipped_path[PATH_MAX];
    char path[];
};

/* One step of the schema: what makes version i + 1 of version i. */
typedef struct Migration {
    const unsigned char *sql;
    size_t length;
} Migration;

/* Brings a file that is open for writing to version `count`, in one transaction; other processes wait meanwhile. One
 * open for reading must have that version. */
Status database_migrate(Context *context, Database *database, const Migration *migrations, int count);

/* The version of the schema that this build writes. */
int database_version(void);

/* SQLite's name of a file, of whatever characters; `immutable`: it is read without locks, and nobody may write it. */
const char *database_file_uri(Context *context, const char *path, bool immutable);

/* Is it a type of file system (statfs) on which locks and shared memory cannot be relied upon? */
bool database_is_network(long file_system_type);

/* The last error of the handle in words, with what was done ("read", "write"). Never STATUS_OK. */
Status database_error(Context *context, Database *database, const char *what);

/* A statement, which lives until sqlite3_finalize or database_close. */
Status database_prepare(Context *context, Database *database, const char *sql, sqlite3_stmt **out);

/* Moves to the next row; *row is false behind the last. */
Status database_step(Context *context, Database *database, sqlite3_stmt *statement, bool *row);

/* The number that a query finds first; 0 where it finds none. */
Status database_read_number(Context *context, Database *database, const char *sql, int64_t *out);

/* Runs statements whose results do not matter. */
Status database_run(Context *context, Database *database, const char *sql);

/* How much memory may hold pages of the file. */
Status database_set_cache(Context *context, Database *database, int mebibytes);

/* Runs body(data) in a transaction: committed when it returns STATUS_OK, else undone. */
Status database_transaction(Context *context, Database *database, Status (*body)(void *data), void *data);

/* From here on, until database_allow_all, statements that are prepared can only read. */
void database_allow_reading(Database *database);
void database_allow_all(Database *database);

/* The names of the columns of the view `record`. */
Status database_record_columns(Context *context, Database *database, const char *const **names, int *count);

/* Copies the array behind `key` ("\"visits\":[") of an object's text to `out`, which has room for the line, and puts
 * null in its place. Returns its length; 0 when there is none like that, or a very short one. */
size_t database_cut_array(char *line, const char *key, char *out);

/* Ends an export: were all lines written? */
Status database_flush(Context *context, FILE *out);

/* How many measurements, tombstones and calibrations there are. */
Status database_count(Context *context, Database *database, int64_t *out);

/* The columns of a calibration beside its UUID and its machine. */
#define DATABASE_CALIBRATION_COLUMNS                                                                                   \
    "calibrated_at, target, workers, peak_gflops, l1_gbytes, l2_gbytes, l3_gbytes, dram_gbytes, noise, environment"

/* Burying: a tombstone removes its measurement by a trigger; of two, the earlier one stays, so that the order in which
 * databases are merged does not matter. Between the two: VALUES (uuid, moment), or a SELECT with a WHERE. */
#define DATABASE_BURY "INSERT INTO main.tombstone (uuid, buried_at)"
#define DATABASE_BURY_AGAIN "ON CONFLICT (uuid) DO UPDATE SET buried_at = min(tombstone.buried_at, excluded.buried_at)"

/* Functions for SQL: roofline_ns(problem, machine, workers, regime, peak_gflops, l2_gbytes, l3_gbytes, dram_gbytes),
 * the time below which no execution is expected (peaks_roofline_ns); NULL where one of them is, or the problem cannot
 * be read. */
Status database_add_functions(Context *context, Database *database);

/* The last error of the handle, said of the shipped records. */
Status database_shipped_error(Context *context, Database *database, Status status);

/* A column's text copied into the arena; NULL for NULL. A number; NAN for NULL. */
const char *database_column_text(Context *context, sqlite3_stmt *statement, int column);
double database_column_number(sqlite3_stmt *statement, int column);

#endif
