/* SPDX-License-Identifier: Apache-2.0 */
/* Writing whole files, all or none.
 *
 *     temporary   each file is written under a name that nobody looks for, beside where it belongs
 *     kept        what bears its name already gets a second one, from which it can be brought back
 *     rename      the temporary takes the name, in one step: a reader sees the old file or the new one
 *
 * What fails on the way undoes what was done, from the last file to the first. The last rename needs nothing to be
 * kept, since nothing behind it can fail. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/signals.h"

enum { WRITE_STEP_BYTES = 1 << 20, NAME_ATTEMPTS = 100 };

/* What there is of a file. */
typedef struct Stage {
    const char *temporary, *kept; /* NULL: none */
    bool renamed;
} Stage;

typedef struct Writing {
    Context *context;
    const char *folder; /* NULL: none */
    int made_folders;
    const FileContent *files;
    size_t count;
    Stage *stages;
    unsigned names; /* that were tried for temporary and kept files */
} Writing;

static Status fail(Context *context, const char *what, const char *path) {
    return diag_error(context, STATUS_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

/* A name in the folder of `path`, short because that of the file may be as long as names can be. */
static const char *next_name(Writing *writing, const char *path) {
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL ? (int)(slash + 1 - path) : 0;
    return arena_format(writing->context, "%.*sseptet.%ld.%u.tmp", folder, path, (long)getpid(), writing->names++);
}

/* Opens a new file beside `path`; its name goes to *out. O_EXCL instead of mkstemp, so that the mode follows the umask.
 */
static int open_temporary(Writing *writing, const char *path, const char **out) {
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        *out = next_name(writing, path);
        int descriptor = open(*out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) return descriptor;
    }
    return -1;
}

static bool sync_file(int descriptor) {
    while (fsync(descriptor) != 0) {
        if (errno == EINVAL) return true; /* a special file, which has nothing to sync */
        if (errno != EINTR) return false;
    }
    return true;
}

static bool write_bytes(int descriptor, const char *bytes, size_t length) {
    while (length > 0) {
        if (signals_end_is_wished()) {
            errno = EINTR;
            return false;
        }
        ssize_t put = write(descriptor, bytes, length < WRITE_STEP_BYTES ? length : WRITE_STEP_BYTES);
        if (put < 0 && errno == EFBIG) {
            signals_forget_file_limit();
            errno = EFBIG;
        }
        if (put < 0 && errno != EINTR) return false;
        if (put > 0) {
            bytes += put;
            length -= (size_t)put;
        }
    }
    return sync_file(descriptor);
}

/* Writes one temporary; on failure it is gone again. */
static Status write_temporary(Writing *writing, size_t index) {
    const FileContent *file = &writing->files[index];
    const char *temporary;
    int descriptor = open_temporary(writing, file->path, &temporary);
    if (descriptor < 0) return fail(writing->context, "write", file->path);
    bool written = write_bytes(descriptor, file->bytes, file->length);
    int reason = errno;
    if (close(descriptor) != 0 && errno != EINTR && written) {
        reason = errno;
        written = false;
    }
    if (written) {
        writing->stages[index].temporary = temporary;
        return STATUS_OK;
    }
    unlink(temporary);
    errno = reason;
    return fail(writing->context, "write", file->path);
}

/* Gives a file a second name by a link, or where the file system has none, that name instead of its own. errno is
 * EEXIST when the name is taken. */
static bool keep_under(const char *path, const char *name) {
    if (link(path, name) == 0) return true;
    if (errno == EEXIST || access(name, F_OK) == 0) {
        errno = EEXIST;
        return false;
    }
    return rename(path, name) == 0;
}

/* Keeps what bears the name of a file. Only files and links to them are replaced. */
static Status keep_old(Writing *writing, size_t index) {
    struct stat status;
    const char *path = writing->files[index].path;
    if (lstat(path, &status) != 0) return errno == ENOENT ? STATUS_OK : fail(writing->context, "write", path);
    if (!S_ISREG(status.st_mode) && !S_ISLNK(status.st_mode))
        return diag_error(writing->context, STATUS_IO, "cannot write %s: something that is no file has that name",
                          path);
    if (index + 1 == writing->count) return STATUS_OK;
    for (int attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
        const char *name = next_name(writing, path);
        if (keep_under(path, name)) {
            writing->stages[index].kept = name;
            return STATUS_OK;
        }
        if (errno != EEXIST) break;
    }
    return fail(writing->context, "replace", path);
}

static Status put_in_place(Writing *writing, size_t index) {
    Stage *stage = &writing->stages[index];
    const char *path = writing->files[index].path;
    TRY(keep_old(writing, index));
    stage->renamed = rename(stage->temporary, path) == 0;
    return stage->renamed ? STATUS_OK : fail(writing->context, "write", path);
}

static Status write_body(void *data) {
    Writing *writing = data;
    Context *context = writing->context;
    if (writing->folder != NULL) TRY(file_make_folders(context, writing->folder, &writing->made_folders));
    writing->stages = ARENA_ARRAY(context, Stage, writing->count);
    for (size_t i = 0; i < writing->count; i++) TRY(write_temporary(writing, i));
    for (size_t i = 0; i < writing->count; i++) TRY(put_in_place(writing, i));
    return STATUS_OK;
}

/* All is in place: what was kept may go. */
static void forget_kept(const Writing *writing) {
    for (size_t i = 0; i < writing->count; i++) {
        if (writing->stages[i].kept != NULL) unlink(writing->stages[i].kept);
    }
}

/* When both names are links to one file, rename does nothing: hence unlink. */
static void undo_stage(const Stage *stage, const char *path) {
    if (stage->kept != NULL) {
        rename(stage->kept, path);
        unlink(stage->kept);
    } else if (stage->renamed) {
        unlink(path);
    }
    if (stage->temporary != NULL && !stage->renamed) unlink(stage->temporary);
}

static void undo(const Writing *writing) {
    for (size_t i = writing->stages != NULL ? writing->count : 0; i > 0; i--)
        undo_stage(&writing->stages[i - 1], writing->files[i - 1].path);
    if (writing->folder != NULL) file_remove_folders(writing->folder, writing->made_folders);
}

Status file_write_folder(Context *context, const char *folder, const FileContent *files, size_t count) {
    sigset_t before;
    signals_hold(&before);
    Writing writing = {.context = context, .folder = folder, .files = files, .count = count};
    Status status = context_run(context, write_body, &writing);
    if (status == STATUS_OK) {
        forget_kept(&writing);
    } else {
        undo(&writing);
    }
    signals_release(&before);
    return status;
}

Status file_write_all(Context *context, const FileContent *files, size_t count) {
    return file_write_folder(context, NULL, files, count);
}
