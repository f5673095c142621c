/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files over POSIX descriptors. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP_BYTES = 1 << 16, WRITE_STEP_BYTES = 1 << 20, TEMPORARY_ATTEMPTS = 100 };

static Status fail(Context *context, const char *what, const char *path) {
    return diag_error(context, STATUS_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

typedef struct Reading {
    Context *context;
    const char *name;
    int descriptor;
    size_t limit_bytes;
    const Source **out;
} Reading;

/* Fills bytes[*length] up to `capacity` or the end of the file. */
static Status read_up_to(const Reading *reading, char *bytes, size_t capacity, size_t *length) {
    while (*length < capacity) {
        ssize_t got = read(reading->descriptor, bytes + *length, capacity - *length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(reading->context, "read", reading->name);
        if (got == 0) break;
        *length += (size_t)got;
    }
    return STATUS_OK;
}

/* Room for what the file says it holds, and one byte that finds its end: a large file is then never copied. */
static size_t first_capacity(const Reading *reading) {
    struct stat status;
    bool sized = fstat(reading->descriptor, &status) == 0 && S_ISREG(status.st_mode);
    if (!sized || status.st_size < READ_STEP_BYTES) return READ_STEP_BYTES;
    size_t size = (size_t)status.st_size;
    return (size < reading->limit_bytes ? size : reading->limit_bytes) + 1;
}

static Status read_body(void *data) {
    const Reading *reading = data;
    Context *context = reading->context;
    size_t capacity = first_capacity(reading), length = 0;
    char *bytes = arena_alloc(context, capacity + 1);
    for (;;) {
        TRY(read_up_to(reading, bytes, capacity, &length));
        if (length > reading->limit_bytes)
            return diag_error(context, STATUS_INVALID, "%s is longer than %zu bytes", reading->name,
                              reading->limit_bytes);
        if (length < capacity) break;
        char *larger = arena_alloc(context, 2 * capacity + 1);
        memcpy(larger, bytes, length);
        bytes = larger;
        capacity *= 2;
    }
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = arena_string(context, reading->name), .text = bytes, .length = length};
    *reading->out = source;
    return STATUS_OK;
}

Status file_read(Context *context, const char *path, size_t limit_bytes, const Source **out) {
    bool standard_input = strcmp(path, "-") == 0;
    int descriptor = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(context, "read", path);
    Reading reading = {context, standard_input ? "<stdin>" : path, descriptor, limit_bytes, out};
    Status status = context_run(context, read_body, &reading);
    if (!standard_input) close(descriptor);
    return status;
}

/* The signals that end a program at its user's wish. */
static sigset_t ending_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

static bool end_is_wished(void) {
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP);
}

/* Opens a new file beside `path`; its name goes to *out. O_EXCL instead of mkstemp, so that the mode follows the umask.
 */
static int open_temporary(Context *context, const char *path, const char **out) {
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS; attempt++) {
        *out = arena_format(context, "%s.%ld.%d.tmp", path, (long)getpid(), attempt);
        int descriptor = open(*out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0 || errno != EEXIST) return descriptor;
    }
    return -1;
}

static bool write_bytes(int descriptor, const char *bytes, size_t length) {
    while (length > 0) {
        if (end_is_wished()) {
            errno = EINTR;
            return false;
        }
        ssize_t put = write(descriptor, bytes, length < WRITE_STEP_BYTES ? length : WRITE_STEP_BYTES);
        if (put < 0 && errno != EINTR) return false;
        if (put > 0) {
            bytes += put;
            length -= (size_t)put;
        }
    }
    return fsync(descriptor) == 0 || errno == EINVAL; /* EINVAL: a special file, which has nothing to sync */
}

/* Writes one temporary; on failure it is gone again. */
static Status write_temporary(Context *context, const FileContent *file, const char **temporary) {
    int descriptor = open_temporary(context, file->path, temporary);
    if (descriptor < 0) return fail(context, "write", file->path);
    bool written = write_bytes(descriptor, file->bytes, file->length);
    int reason = errno;
    if (close(descriptor) != 0 && written) {
        reason = errno;
        written = false;
    }
    if (written) return STATUS_OK;
    unlink(*temporary);
    errno = reason;
    return fail(context, "write", file->path);
}

/* Makes the folder when it is missing, and says whether it did. */
static Status make_folder(Context *context, const char *path, bool *made) {
    *made = mkdir(path, 0777) == 0;
    if (*made) return STATUS_OK;
    if (errno != EEXIST) return fail(context, "make the folder", path);
    struct stat status;
    if (stat(path, &status) != 0) return fail(context, "use the folder", path);
    if (!S_ISDIR(status.st_mode)) return diag_error(context, STATUS_IO, "%s is not a folder", path);
    if (access(path, W_OK | X_OK) != 0) return fail(context, "write to the folder", path);
    return STATUS_OK;
}

typedef struct Writing {
    Context *context;
    const char *folder; /* NULL: none */
    bool made_folder;
    const FileContent *files;
    size_t count;
    const char **temporaries; /* of files 0 .. prepared - 1 */
    size_t prepared, renamed;
} Writing;

static Status write_body(void *data) {
    Writing *writing = data;
    Context *context = writing->context;
    if (writing->folder != NULL) TRY(make_folder(context, writing->folder, &writing->made_folder));
    writing->temporaries = ARENA_ARRAY(context, const char *, writing->count);
    for (; writing->prepared < writing->count; writing->prepared++)
        TRY(write_temporary(context, &writing->files[writing->prepared], &writing->temporaries[writing->prepared]));
    for (; writing->renamed < writing->count; writing->renamed++) {
        const char *path = writing->files[writing->renamed].path;
        if (rename(writing->temporaries[writing->renamed], path) != 0) return fail(context, "write", path);
    }
    return STATUS_OK;
}

/* Takes back what was done: new files that already bear their name too, so that no mixture of old and new stays. */
static void write_undo(const Writing *writing) {
    for (size_t i = 0; i < writing->prepared; i++)
        unlink(i < writing->renamed ? writing->files[i].path : writing->temporaries[i]);
    if (writing->made_folder) rmdir(writing->folder);
}

Status file_write_folder(Context *context, const char *folder, const FileContent *files, size_t count) {
    sigset_t held = ending_signals(), before;
    pthread_sigmask(SIG_BLOCK, &held, &before);
    Writing writing = {.context = context, .folder = folder, .files = files, .count = count};
    Status status = context_run(context, write_body, &writing);
    if (status != STATUS_OK) write_undo(&writing);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

Status file_write_all(Context *context, const FileContent *files, size_t count) {
    return file_write_folder(context, NULL, files, count);
}
