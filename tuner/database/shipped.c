/* SPDX-License-Identifier: Apache-2.0 */
/* The shipped records: one file that comes with septet and is never written. It is attached as `shipped` to a handle
 * when it is first asked, immutable: no locks, no log beside it, so a folder that nobody may write will do.
 *
 * The file is $SEPTET_SHIPPED (set but empty: none); else share/septet/shipped.db beside the folder of the running
 * program, as it is installed, or in it, as it is built; else that of the installation that the library was built
 * for. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tuner/database/internal.h"

#define BELOW_PREFIX "share/septet/shipped.db"

static const char *existing(const char *path) {
    return access(path, F_OK) == 0 ? path : NULL;
}

static const char *beside_program(Context *context) {
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (slash == NULL) return NULL;
    *slash = '\0';
    const char *installed = existing(arena_format(context, "%s/../" BELOW_PREFIX, program));
    return installed != NULL ? installed : existing(arena_format(context, "%s/" BELOW_PREFIX, program));
}

/* NULL: there are none. A file that the user names has to be there. */
static Status choose_path(Context *context, const char **out) {
    const char *named = getenv("SEPTET_SHIPPED");
    *out = NULL;
    if (named != NULL && named[0] == '\0') return STATUS_OK;
    if (named != NULL) {
        *out = existing(named);
        if (*out != NULL) return STATUS_OK;
        return diag_error(context, STATUS_IO, "there are no shipped records %s, which SEPTET_SHIPPED names", named);
    }
    *out = beside_program(context);
    if (*out == NULL) *out = existing(SEPTET_INSTALL_PREFIX "/" BELOW_PREFIX);
    return STATUS_OK;
}

Status database_shipped_error(Context *context, Database *database, Status status) {
    const char *reason = arena_string(context, sqlite3_errmsg(database->handle));
    return diag_error(context, status,
                      "cannot read the shipped records %s: %s; install septet again, or do without them by setting "
                      "SEPTET_SHIPPED to nothing",
                      database->shipped, reason);
}

static Status attach(Context *context, Database *database) {
    sqlite3_stmt *statement;
    bool row;
    TRY(database_prepare(context, database, "ATTACH ?1 AS shipped", &statement));
    const char *uri = database_file_uri(context, database->shipped, true);
    sqlite3_bind_text(statement, 1, uri, -1, SQLITE_STATIC);
    Status status = database_step(context, database, statement, &row);
    sqlite3_finalize(statement);
    return status;
}

/* One file of our own version, or an empty one, which holds no records. */
static Status check_version(Context *context, Database *database, bool *empty) {
    int64_t application, version, tables;
    TRY(database_read_number(context, database, "PRAGMA shipped.application_id", &application));
    TRY(database_read_number(context, database, "PRAGMA shipped.user_version", &version));
    TRY(database_read_number(context, database, "SELECT count(*) FROM shipped.sqlite_schema", &tables));
    *empty = tables == 0;
    if (*empty || (application == DATABASE_APPLICATION_ID && version == database_version())) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED,
                      "the shipped records %s are not of this version of septet: install it again, or do without them "
                      "by setting SEPTET_SHIPPED to nothing",
                      database->shipped);
}

static Status open_shipped(Context *context, Database *database) {
    bool empty = true;
    Status status = attach(context, database);
    if (status == STATUS_OK) status = check_version(context, database, &empty);
    if (status == STATUS_IO) status = database_shipped_error(context, database, status);
    if (status != STATUS_OK || empty) sqlite3_exec(database->handle, "DETACH shipped", NULL, NULL, NULL);
    if (empty) database->shipped = NULL;
    return status;
}

Status database_shipped(Context *context, Database *database, const char **out) {
    const char *path;
    *out = database->shipped;
    if (database->looked_for_shipped) return STATUS_OK;
    TRY(choose_path(context, &path));
    if (path != NULL) {
        if (strlen(path) >= sizeof database->shipped_path)
            return diag_error(context, STATUS_IO, "the path of the shipped records is too long: %s", path);
        memcpy(database->shipped_path, path, strlen(path) + 1);
        database->shipped = database->shipped_path;
        TRY(open_shipped(context, database));
    }
    database->looked_for_shipped = true;
    *out = database->shipped;
    return STATUS_OK;
}
