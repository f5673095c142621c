/* SPDX-License-Identifier: Apache-2.0 */
/* Opening: which file, is it one of ours, can it be relied upon, and what has to be set for each connection.
 *
 * Write-ahead logging lets readers go on while a session writes; it needs shared memory and locks that work, which
 * network file systems do not promise. A read-only folder cannot hold the log's shared memory: without a log beside
 * the file it is opened as immutable. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tuner/database/internal.h"
#include "tuner/database/schema.h"

enum { PATIENCE_MS = 10000 };

static const Migration migrations[] = {{schema_1, sizeof schema_1}, {schema_2, sizeof schema_2}};

/* Magic numbers of statfs (linux/magic.h and the file systems' own): NFS, SMB, CIFS, SMB 2, AFS, Coda, NCP, Ceph,
 * Lustre, GPFS, 9P. */
static const unsigned long network_types[] = {0x6969,     0x517b,     0xff534d42, 0xfe534d42, 0x5346414f, 0x73757245,
                                              0x0000564c, 0x00c36400, 0x0bd00bd0, 0x47504653, 0x01021997};

bool database_is_network(long file_system_type) {
    for (size_t i = 0; i < sizeof network_types / sizeof network_types[0]; i++) {
        if (((unsigned long)file_system_type & 0xffffffffUL) == network_types[i]) return true;
    }
    return false;
}

/* The path that holds, and whether somebody named it. Who has no home has no records either. */
static Status choose_path(Context *context, const char *given, DatabaseAccess access_wanted, const char **path,
                          bool *named) {
    const char *variable = getenv("SEPTET_DB"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    *named = given != NULL;
    if (given == NULL && variable != NULL && variable[0] != '\0') given = variable;
    *path = given;
    if (given != NULL) return STATUS_OK;
    if (data != NULL && data[0] == '/') {
        *path = arena_format(context, "%s/septet/tuning.db", data);
    } else if (home != NULL && home[0] == '/') {
        *path = arena_format(context, "%s/.local/share/septet/tuning.db", home);
    } else if (access_wanted == DATABASE_READ) {
        *path = "(no file: neither HOME nor XDG_DATA_HOME is set)";
    } else {
        return diag_error(context, STATUS_IO,
                          "no place for the tuning database: neither HOME nor XDG_DATA_HOME is set;"
                          " name a file by --db or SEPTET_DB");
    }
    return STATUS_OK;
}

static const char *folder_of(Context *context, const char *path) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return ".";
    return slash == path ? "/" : arena_substring(context, path, (size_t)(slash - path));
}

static Status check_file_system(Context *context, const char *path, const char *folder) {
    struct statfs about;
    if (statfs(folder, &about) != 0 || !database_is_network((long)about.f_type)) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED,
                      "%s lies on a network file system, where SQLite's locks cannot be relied upon: keep the database "
                      "on a disk of this machine (--db, SEPTET_DB), and join databases by 'septet db merge' or 'septet "
                      "db export' and 'import'",
                      path);
}

int database_version(void) {
    return (int)(sizeof migrations / sizeof migrations[0]);
}

/* "file:///a%3fb?immutable=1"; what follows three slashes is the path itself. */
const char *database_file_uri(Context *context, const char *path, bool immutable) {
    Text uri = text_new(context);
    text_add_string(&uri, path[0] == '/' ? "file://" : "file:");
    for (; *path != '\0'; path++) text_add(&uri, strchr("?#%", *path) != NULL ? "%%%02x" : "%c", (unsigned char)*path);
    if (immutable) text_add_string(&uri, "?mode=ro&immutable=1");
    return text_string(&uri);
}

static Status open_handle(Context *context, Database *database, DatabaseAccess access_wanted, bool in_memory) {
    const char *path = database->path, *uri = database_file_uri(context, path, false);
    int flags = SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
    if (in_memory) {
        uri = ":memory:";
        flags |= SQLITE_OPEN_READWRITE;
    } else if (access_wanted == DATABASE_WRITE) {
        flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    } else {
        flags |= SQLITE_OPEN_READONLY;
        bool has_log = access(arena_format(context, "%s-wal", path), F_OK) == 0;
        if (!has_log && access(folder_of(context, path), W_OK) != 0) uri = database_file_uri(context, path, true);
    }
    if (sqlite3_open_v2(uri, &database->handle, flags, NULL) != SQLITE_OK)
        return database_error(context, database, "open");
    if (access_wanted == DATABASE_WRITE && sqlite3_db_readonly(database->handle, "main") == 1)
        return diag_error(context, STATUS_IO, "%s is read-only: this user may not write it", database->path);
    database_set_patience(database, PATIENCE_MS);
    return STATUS_OK;
}

static Status set_up(Context *context, Database *database, DatabaseAccess access_wanted, bool in_memory) {
    TRY(open_handle(context, database, access_wanted, in_memory));
    TRY(database_run(context, database, "PRAGMA foreign_keys = ON"));
    TRY(database_set_cache(context, database, DATABASE_CACHE_MEBIBYTES));
    TRY(database_add_functions(context, database));
    return database_migrate(context, database, migrations, database_version());
}

/* A file that may be read, or be made. */
static Status check_path(Context *context, const char *path, DatabaseAccess access_wanted, bool named,
                         bool *in_memory) {
    const char *folder = folder_of(context, path);
    bool exists = access(path, F_OK) == 0;
    *in_memory = access_wanted == DATABASE_READ && !exists && !named;
    if (*in_memory) return STATUS_OK;
    if (access_wanted == DATABASE_READ && !exists)
        return diag_error(context, STATUS_IO, "there is no tuning database %s", path);
    int made;
    if (!exists) TRY(file_make_folders(context, folder, &made));
    return check_file_system(context, path, folder);
}

Status database_open(Context *context, const char *path, DatabaseAccess access_wanted, Database **out) {
    bool named, in_memory;
    *out = NULL;
    TRY(choose_path(context, path, access_wanted, &path, &named));
    TRY(check_path(context, path, access_wanted, named, &in_memory));
    Database *database = alloc_new(context_allocator(context), sizeof *database + strlen(path) + 1);
    if (database == NULL) return diag_error(context, STATUS_NO_MEMORY, "out of memory");
    *database = (Database){.allocator = context_allocator(context)};
    memcpy(database->path, path, strlen(path) + 1);
    *out = database; /* closed by the caller also when what follows unwinds */
    Status status = set_up(context, database, access_wanted, in_memory);
    if (status == STATUS_OK) return STATUS_OK;
    database_close(database);
    *out = NULL;
    return status;
}

void database_close(Database *database) {
    if (database == NULL) return;
    sqlite3 *handle = database->handle; /* NULL when memory ran out before it was opened */
    for (sqlite3_stmt *left; handle != NULL && (left = sqlite3_next_stmt(handle, NULL)) != NULL;)
        sqlite3_finalize(left);
    sqlite3_close(handle);
    alloc_free(database->allocator, database);
}

void database_set_patience(Database *database, int milliseconds) {
    database->patience_ms = milliseconds;
    sqlite3_busy_timeout(database->handle, milliseconds);
}

const char *database_path(const Database *database) {
    return database->path;
}
