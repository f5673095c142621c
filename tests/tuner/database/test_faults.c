/* SPDX-License-Identifier: Apache-2.0 */
/* Databases that are locked, full, damaged, of a newer version, of another program, of version 1: the message, and that
 * nothing of what was committed is lost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tests/tuner/database/rows.h"
#include "tuner/database/internal.h"

static char folder[] = "/tmp/septet_faults_XXXXXX";
static char path[64];

static void setup(void) {
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.db", folder);
}

static void teardown(void) {
    static const char *const endings[] = {"", "-wal", "-shm"}; /* a reader that closes last may not remove the log */
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        unlink(name);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

static Status add(Context *context, Database *database, const char *schedule) {
    Measurement measurement = rows_measurement(schedule, 10);
    Origin origin = rows_origin("here", NULL);
    return database_insert(context, database, &origin, &measurement);
}

static void expect(Context *context, Status status, Status wanted, const char *says) {
    ck_assert_msg(status == wanted && strstr(diag_message(context), says) != NULL, "status %d: %s", status,
                  diag_message(context));
}

static void run_sql(sqlite3 *handle, const char *sql) {
    ck_assert_msg(sqlite3_exec(handle, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(handle));
}

/* As another process would. */
static sqlite3 *open_raw(void) {
    sqlite3 *handle;
    ck_assert_int_eq(sqlite3_open(path, &handle), SQLITE_OK);
    return handle;
}

static Status make(Context *context) {
    Database *database;
    TRY(database_open(context, path, DATABASE_WRITE, &database));
    TRY(add(context, database, "first"));
    database_close(database);
    return STATUS_OK;
}

static Status locked_body(Context *context, void *data) {
    (void)data;
    Database *database;
    TRY(make(context));
    TRY(database_open(context, path, DATABASE_WRITE, &database));
    database_set_patience(database, 20);
    sqlite3 *other = open_raw();
    run_sql(other, "BEGIN IMMEDIATE");
    expect(context, add(context, database, "second"), STATUS_IO, "is locked");
    ck_assert_ptr_nonnull(strstr(rows_export(context, database), "first")); /* readers do not wait */
    run_sql(other, "ROLLBACK");
    sqlite3_close(other);
    TRY(add(context, database, "second"));
    database_close(database);
    return STATUS_OK;
}

static Status full_body(Context *context, void *data) {
    (void)data;
    Database *database;
    Status status = STATUS_OK;
    char *large = arena_alloc(context, 20000);
    memset(large, 'x', 19999);
    TRY(make(context));
    TRY(database_open(context, path, DATABASE_WRITE, &database));
    run_sql(database->handle, "PRAGMA max_page_count = 50");
    for (int i = 0; i < 20 && status == STATUS_OK; i++) {
        large[0] = (char)('a' + i);
        status = add(context, database, large);
    }
    expect(context, status, STATUS_IO, "is full");
    database_close(database);
    TRY(database_open(context, path, DATABASE_WRITE, &database));
    ck_assert_ptr_nonnull(strstr(rows_export(context, database), "first"));
    run_sql(database->handle, "PRAGMA integrity_check");
    TRY(add(context, database, "after"));
    database_close(database);
    return STATUS_OK;
}

static Status version_body(Context *context, void *data) {
    (void)data;
    Database *database;
    TRY(make(context));
    sqlite3 *other = open_raw();
    run_sql(other, "PRAGMA user_version = 7");
    sqlite3_close(other);
    expect(context, database_open(context, path, DATABASE_READ, &database), STATUS_UNSUPPORTED,
           "written by a newer septet (schema 7; this one knows 2)");
    ck_assert_ptr_null(database);
    return STATUS_OK;
}

static Status foreign_body(Context *context, void *data) {
    (void)data;
    Database *database;
    sqlite3 *other = open_raw();
    run_sql(other, "CREATE TABLE notes (words TEXT)");
    sqlite3_close(other);
    expect(context, database_open(context, path, DATABASE_WRITE, &database), STATUS_INVALID, "of another program");
    return STATUS_OK;
}

static Status damaged_body(Context *context, void *data) {
    (void)data;
    Database *database;
    DatabaseChange change;
    char noise[64 * 1024];
    TRY(make(context));
    memset(noise, 0x5a, sizeof noise);
    FILE *file = fopen(path, "r+");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 16384, SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(noise, 1, sizeof noise, file), sizeof noise);
    fclose(file);
    Status status = database_open(context, path, DATABASE_READ, &database);
    if (status == STATUS_OK) status = database_export(context, database, NULL, stdout, &change);
    expect(context, status, STATUS_IO, "is damaged");
    database_close(database);
    return STATUS_OK;
}

/* A file that version 1 wrote: opened for writing it becomes one of this version, and what makes the next version of it
 * keeps its rows; a migration that fails changes nothing. */
static Status frozen_body(Context *context, void *data) {
    (void)data;
    static const char good[] = "ALTER TABLE session ADD COLUMN note TEXT;", bad[] = "ALTER TABLE absent ADD COLUMN x;";
    enum { NOW = 2 };
    Migration migrations[NOW + 1] = {[NOW] = {(const unsigned char *)bad, sizeof bad - 1}};
    Database *database;
    const Source *frozen;
    TRY(file_read(context, SEPTET_SOURCE_DIR "/tests/tuner/database/version_1.db", 1 << 20, &frozen));
    TRY(file_write_all(context, &(FileContent){path, frozen->text, frozen->length}, 1));
    TRY(database_open(context, path, DATABASE_WRITE, &database));
    const char *lines = rows_export(context, database);
    ck_assert_ptr_nonnull(strstr(lines, "01900000-0000-7000-8000-000000000003"));
    run_sql(database->handle, "SELECT * FROM borrowed");
    expect(context, database_migrate(context, database, migrations, NOW + 1), STATUS_INVALID, "no such table");
    ck_assert_str_eq(rows_export(context, database), lines);
    migrations[NOW] = (Migration){(const unsigned char *)good, sizeof good - 1};
    TRY(database_migrate(context, database, migrations, NOW + 1));
    ck_assert_str_eq(rows_export(context, database), lines);
    run_sql(database->handle, "SELECT note FROM session");
    database_close(database);
    expect(context, database_open(context, path, DATABASE_READ, &database), STATUS_UNSUPPORTED, "newer septet");
    return STATUS_OK;
}

START_TEST(test_locked) {
    run_in_context(locked_body, NULL);
}
END_TEST

START_TEST(test_full) {
    run_in_context(full_body, NULL);
}
END_TEST

START_TEST(test_newer_version) {
    run_in_context(version_body, NULL);
}
END_TEST

START_TEST(test_other_program) {
    run_in_context(foreign_body, NULL);
}
END_TEST

START_TEST(test_damaged) {
    run_in_context(damaged_body, NULL);
}
END_TEST

START_TEST(test_version_1_and_migration) {
    run_in_context(frozen_body, NULL);
}
END_TEST

START_TEST(test_network_file_systems) {
    ck_assert(database_is_network(0x6969));           /* NFS */
    ck_assert(database_is_network((long)0xff534d42)); /* CIFS */
    ck_assert(!database_is_network(0xef53));          /* ext4 */
    ck_assert(!database_is_network(0x01021994));      /* tmpfs */
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("faults");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_locked);
    tcase_add_test(tests, test_full);
    tcase_add_test(tests, test_newer_version);
    tcase_add_test(tests, test_other_program);
    tcase_add_test(tests, test_damaged);
    tcase_add_test(tests, test_version_1_and_migration);
    tcase_add_test(tests, test_network_file_systems);
    return run_tests(tests);
}
