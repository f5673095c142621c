/* SPDX-License-Identifier: Apache-2.0 */
/* Reading whole files over POSIX descriptors. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP_BYTES = 1 << 16 };

static Status fail(Context *context, const char *path) {
    return diag_error(context, STATUS_IO, "cannot read %s: %s", path, strerror(errno));
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
        if (got < 0) return fail(reading->context, reading->name);
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

/* Reads all of an open file, and closes it unless it is standard input. */
static Status read_open(Reading *reading) {
    Status status = context_run(reading->context, read_body, reading);
    if (reading->descriptor != STDIN_FILENO) close(reading->descriptor);
    return status;
}

Status file_read(Context *context, const char *path, size_t limit_bytes, const Source **out) {
    bool standard_input = strcmp(path, "-") == 0;
    int descriptor = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return fail(context, path);
    return read_open(&(Reading){context, standard_input ? "<stdin>" : path, descriptor, limit_bytes, out});
}

/* O_NONBLOCK: to open a pipe must not wait for its writer. It changes nothing for regular files. */
Status file_read_regular(Context *context, const char *path, size_t limit_bytes, const Source **out) {
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return fail(context, path);
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(descriptor);
        return diag_error(context, STATUS_IO, "cannot read %s: it is not a regular file", path);
    }
    return read_open(&(Reading){context, path, descriptor, limit_bytes, out});
}
