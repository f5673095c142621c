/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer that grows until it holds a line. */
#include "tuner/agent/lines.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/signals.h"

enum { FIRST_BYTES = 1 << 16, LOOK_MS = 100 };

LineReader lines_new(const Allocator *allocator, int file) {
    return (LineReader){.allocator = allocator, .file = file};
}

void lines_free(LineReader *reader) {
    alloc_free(reader->allocator, reader->buffer);
    *reader = (LineReader){0};
}

static Status grow(Context *context, LineReader *reader) {
    if (reader->length < reader->capacity) return STATUS_OK;
    if (reader->capacity >= LINES_MAX_BYTES) return diag_error(context, STATUS_INVALID, "a line is too long");
    size_t capacity = reader->capacity == 0 ? FIRST_BYTES : 2 * reader->capacity;
    char *buffer = alloc_new(reader->allocator, capacity);
    if (buffer == NULL) return diag_error(context, STATUS_NO_MEMORY, "no memory for a line of %zu bytes", capacity);
    if (reader->length > 0) memcpy(buffer, reader->buffer, reader->length);
    alloc_free(reader->allocator, reader->buffer);
    reader->buffer = buffer;
    reader->capacity = capacity;
    return STATUS_OK;
}

/* Waits for bytes; *ended when a signal came first. */
static Status wait_for_bytes(Context *context, const LineReader *reader, bool *ended) {
    struct pollfd file = {.fd = reader->file, .events = POLLIN};
    bool looks_up = reader->stops_on_signal || reader->patience_ms > 0;
    for (int waited = 0;; waited += LOOK_MS) {
        *ended = reader->stops_on_signal && signals_end_is_wished();
        if (*ended) return STATUS_OK;
        if (reader->patience_ms > 0 && waited >= reader->patience_ms)
            return diag_error(context, STATUS_IO, "no answer came within %d s", (reader->patience_ms + 999) / 1000);
        int ready = poll(&file, 1, looks_up ? LOOK_MS : -1);
        if (ready > 0 || (ready < 0 && errno != EINTR)) return STATUS_OK;
    }
}

/* Reads more; *ended at the end of the file. */
static Status fill(Context *context, LineReader *reader, bool *ended) {
    TRY(grow(context, reader));
    TRY(wait_for_bytes(context, reader, ended));
    if (*ended) return STATUS_OK;
    ssize_t count = read(reader->file, reader->buffer + reader->length, reader->capacity - reader->length);
    if (count < 0 && errno == EINTR) return STATUS_OK;
    if (count < 0 && errno != ECONNRESET)
        return diag_error(context, STATUS_IO, "cannot read a line: %s", strerror(errno));
    *ended = count <= 0;
    if (count > 0) reader->length += (size_t)count;
    return STATUS_OK;
}

Status lines_read(Context *context, LineReader *reader, const char **out) {
    bool ended = false;
    size_t searched = 0;
    *out = NULL;
    while (!ended) {
        char *end =
            searched < reader->length ? memchr(reader->buffer + searched, '\n', reader->length - searched) : NULL;
        if (end != NULL) {
            size_t length = (size_t)(end - reader->buffer);
            *out = arena_substring(context, reader->buffer, length);
            reader->length -= length + 1;
            memmove(reader->buffer, end + 1, reader->length);
            return STATUS_OK;
        }
        searched = reader->length;
        TRY(fill(context, reader, &ended));
    }
    return STATUS_OK;
}

static Status write_bytes(Context *context, int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(file, bytes, length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return diag_error(context, STATUS_IO, "cannot write a line: %s", strerror(errno));
        bytes += count;
        length -= (size_t)count;
    }
    return STATUS_OK;
}

Status lines_write(Context *context, int file, const char *text) {
    TRY(write_bytes(context, file, text, strlen(text)));
    return write_bytes(context, file, "\n", 1);
}
