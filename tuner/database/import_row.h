/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of `record` that come in large numbers. */
#ifndef SEPTET_TUNER_DATABASE_IMPORT_ROW_H
#define SEPTET_TUNER_DATABASE_IMPORT_ROW_H

#include "base/text.h"
#include "tuner/database/internal.h"

/* The value of a column: a text that need not end in NUL, or else an item of cJSON (NULL: none). */
typedef struct RowValue {
    const struct cJSON *item;
    const char *text;
    size_t bytes;
} RowValue;

typedef struct RowWriter RowWriter;

/* A writer for rows with the `count` columns `names`, those of the view `record`, in the arena. Also when it fails, or
 * memory runs out, its statements are ended by row_writer_free, which takes NULL. */
Status row_writer_new(Context *context, Database *database, const char *const *names, int count, RowWriter **out);
void row_writer_free(RowWriter *writer);

/* Adds a row, a value for each column; one whose UUID is there already, or was pruned, changes nothing. STATUS_INVALID
 * when the schema refuses it, with SQLite's words in the handle. Inside a transaction: what was added of a refused row
 * is for it to undo. */
Status row_writer_add(RowWriter *writer, const RowValue *row);

#endif
