/* SPDX-License-Identifier: Apache-2.0 */
/* Merging is idempotent and independent of order: random databases with common rows and tombstones, merged in two
 * orders, hold the same lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tests/tuner/database/rows.h"

enum { DATABASES = 3, ROWS = 8, SEEDS = 6 };

static Status add_row(Context *context, Database *database, int number) {
    Measurement measurement = rows_measurement(arena_format(context, "schedule %d", number / 2), 1000 + number);
    Origin origin = rows_origin(number % 3 == 0 ? "here" : "there", "2026-01-01T00:00:00.000Z");
    origin.uuid = arena_format(context, "01900000-0000-7000-8000-%012d", number);
    return database_insert(context, database, &origin, &measurement);
}

/* Half of the rows, and perhaps one of them pruned. */
static Status make_part(Context *context, Random *random, const char *path) {
    Database *database;
    DatabaseChange change;
    TRY(database_open(context, path, DATABASE_WRITE, &database));
    for (int i = 0; i < ROWS; i++) {
        if (random_once_in(random, 2)) TRY(add_row(context, database, i));
    }
    const char *doomed = arena_format(context, "uuid LIKE '%%%d'", (int)random_integer(random, 0, ROWS));
    TRY(database_prune(context, database, doomed, false, &change));
    database_close(database);
    return STATUS_OK;
}

static Status merge_in_order(Context *context, const char *folder, const char *name, const int *order, int count,
                             const char **lines) {
    Database *database;
    DatabaseChange change;
    TRY(database_open(context, arena_format(context, "%s/%s", folder, name), DATABASE_WRITE, &database));
    for (int i = 0; i < count; i++)
        TRY(database_merge(context, database, arena_format(context, "%s/%d", folder, order[i]), &change));
    *lines = rows_export(context, database);
    database_close(database);
    return STATUS_OK;
}

/* buried_at may be another moment in each part: the earliest stays, in any order. */
static Status merge_body(Context *context, void *data) {
    static const int forward[] = {0, 1, 2}, backward[] = {2, 0, 2, 1, 0};
    const char *folder = data, *one, *other;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        Random random = random_new(seed, 0);
        for (int i = 0; i < DATABASES; i++) TRY(make_part(context, &random, arena_format(context, "%s/%d", folder, i)));
        TRY(merge_in_order(context, folder, "a", forward, 3, &one));
        TRY(merge_in_order(context, folder, "b", backward, 5, &other));
        ck_assert_msg(strcmp(one, other) == 0, "seed %d:\n%s\n%s", (int)seed, one, other);
        ck_assert_ptr_nonnull(strstr(one, "\"uuid\""));
        for (const char *name = "ab012"; *name != '\0'; name++) unlink(arena_format(context, "%s/%c", folder, *name));
    }
    return STATUS_OK;
}

START_TEST(test_order_and_repetition_do_not_matter) {
    char folder[] = "/tmp/septet_merge_XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    run_in_context(merge_body, folder);
    ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("merge");
    tcase_add_test(tests, test_order_and_repetition_do_not_matter);
    return run_tests(tests);
}
