/* SPDX-License-Identifier: Apache-2.0 */
/* Folders with their parents, made and taken back. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/signals.h"

static Status fail(Context *context, const char *what, const char *path) {
    return diag_error(context, STATUS_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

/* "a/b//c/" becomes "a/b", "/a" becomes "/"; false where no folder is left. */
static bool cut_last(char *path) {
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/') length--;
    while (length > 0 && path[length - 1] != '/') length--;
    if (length == 0) return false;
    while (length > 1 && path[length - 1] == '/') length--;
    path[length] = '\0';
    return true;
}

static Status check_folder(Context *context, const char *path) {
    struct stat status;
    if (stat(path, &status) != 0) return fail(context, "use the folder", path);
    if (!S_ISDIR(status.st_mode)) return diag_error(context, STATUS_IO, "%s is not a folder", path);
    if (access(path, W_OK | X_OK) != 0) return fail(context, "write to the folder", path);
    return STATUS_OK;
}

/* Makes `path`, whose parents are made first where they are missing; those are taken back when it cannot be made. */
static bool make(const char *path, int *made) {
    char parent[PATH_MAX];
    if (mkdir(path, 0777) == 0) {
        ++*made;
        return true;
    }
    if (errno == EEXIST) return true;
    if (errno != ENOENT || strlen(path) >= sizeof parent) return false;
    memcpy(parent, path, strlen(path) + 1);
    if (!cut_last(parent) || !make(parent, made)) return false;
    if (mkdir(path, 0777) == 0) {
        ++*made;
        return true;
    }
    int reason = errno;
    if (reason == EEXIST) return true; /* another process was faster */
    file_remove_folders(parent, *made);
    *made = 0;
    errno = reason;
    return false;
}

Status file_make_folders(Context *context, const char *path, int *made) {
    *made = 0;
    if (!make(path, made)) return fail(context, "make the folder", path);
    return check_folder(context, path);
}

void file_remove_folders(const char *path, int made) {
    char left[PATH_MAX];
    if (made == 0 || strlen(path) >= sizeof left) return;
    memcpy(left, path, strlen(path) + 1);
    while (made > 0 && rmdir(left) == 0 && cut_last(left)) made--;
}

Status file_try_folder(Context *context, const char *path) {
    sigset_t before;
    int made;
    signals_hold(&before);
    Status status = file_make_folders(context, path, &made);
    file_remove_folders(path, made);
    signals_release(&before);
    return status;
}
