/* SPDX-License-Identifier: Apache-2.0 */
/* External data: bytes of a file in the model's folder. A model comes from strangers, so that its paths may not lead
 * anywhere else, be it by "..", by a symbolic link, or by a link that is made while we look: each step is opened in the
 * one before it, and the system refuses links. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/frontend/onnx/tensor.h"

enum { MAX_STEP_BYTES = 255, MAX_READS = 4, FREE_BYTES = 1 << 20 };

/* The next step of a path, its length to *length; NULL at the end. */
static const char *next_step(const char *path, size_t *length) {
    *length = strcspn(path, "/");
    return *length > 0 ? path : NULL;
}

/* Is the path relative, without "..", empty or overlong steps? */
static bool stays_inside(const char *path) {
    size_t length;
    const char *step;
    while ((step = next_step(path, &length)) != NULL) {
        if (length > MAX_STEP_BYTES || (length == 2 && memcmp(step, "..", 2) == 0)) return false;
        if (step[length] == '\0') return true;
        path = step + length + 1;
    }
    return false;
}

/* Opens one step, closing what it was opened in. The folders on the way must be folders, the last must not block. */
static int open_step(int folder, const char *step, size_t length) {
    char name[MAX_STEP_BYTES + 1];
    memcpy(name, step, length);
    name[length] = '\0';
    int kind = step[length] == '\0' ? O_NONBLOCK : O_DIRECTORY;
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | kind);
    int reason = errno;
    close(folder);
    errno = reason;
    return descriptor;
}

static int open_inside(const char *folder, const char *path) {
    int descriptor = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    while (descriptor >= 0) {
        size_t length;
        const char *step = next_step(path, &length);
        descriptor = open_step(descriptor, step, length);
        if (step[length] == '\0') break;
        path = step + length + 1;
    }
    return descriptor;
}

static bool read_at(int descriptor, unsigned char *bytes, size_t length, int64_t offset) {
    while (length > 0) {
        ssize_t got = pread(descriptor, bytes, length, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        bytes += got;
        length -= (size_t)got;
        offset += got;
    }
    return true;
}

static Status fail(const OnnxTensorReader *reader, const char *tensor, const OnnxExternal *external, Status status,
                   const char *why) {
    return diag_error(reader->context, status, "%s: tensor '%s': external data in '%s': %s", reader->file, tensor,
                      onnx_shown(reader->context, external->location), why);
}

/* Counts what is read of a file: up to MAX_READS times its size, and little in any case. */
static bool may_read(const OnnxTensorReader *reader, const struct stat *file, size_t bytes) {
    OnnxExternalFiles *files = reader->files;
    OnnxExternalFile *known = NULL;
    for (size_t i = 0; i < files->count && known == NULL; i++) {
        bool same = files->items[i].device == file->st_dev && files->items[i].number == file->st_ino;
        if (same) known = &files->items[i];
    }
    if (known == NULL) {
        OnnxExternalFile new = {file->st_dev, file->st_ino, 0};
        VECTOR_PUSH(reader->context, files, new);
        known = &files->items[files->count - 1];
    }
    known->bytes_read += bytes;
    return known->bytes_read <= FREE_BYTES + MAX_READS * (uint64_t)file->st_size;
}

/* Opens the file when it is a regular one that has the bytes. */
static Status open_data(const OnnxTensorReader *reader, const char *tensor, const OnnxExternal *external, int *out,
                        struct stat *status) {
    int descriptor = open_inside(reader->folder, external->location);
    if (descriptor < 0 && errno == ELOOP)
        return fail(reader, tensor, external, STATUS_INVALID, "symbolic links are not followed");
    if (descriptor < 0) return fail(reader, tensor, external, STATUS_IO, strerror(errno));
    const char *why = NULL;
    if (fstat(descriptor, status) != 0 || !S_ISREG(status->st_mode)) {
        why = "it is not a regular file";
    } else if (external->offset > status->st_size || external->bytes > (uint64_t)(status->st_size - external->offset)) {
        why = "the file ends before the tensor does";
    }
    *out = descriptor;
    if (why == NULL) return STATUS_OK;
    close(descriptor);
    return fail(reader, tensor, external, STATUS_INVALID, why);
}

Status onnx_external_read(const OnnxTensorReader *reader, const char *tensor, const OnnxExternal *external,
                          const unsigned char **out) {
    if (reader->folder == NULL)
        return fail(reader, tensor, external, STATUS_INVALID, "a model that is not in a file has no folder to look in");
    if (!stays_inside(external->location))
        return fail(reader, tensor, external, STATUS_INVALID, "the path must be below the model's folder");
    int descriptor = -1;
    struct stat file = {.st_size = 0};
    TRY(open_data(reader, tensor, external, &descriptor, &file)); /* before memory is asked for: a small model may claim
                                                                   much */
    close(descriptor);                                            /* since asking for memory may unwind */
    if (!may_read(reader, &file, external->bytes))
        return fail(reader, tensor, external, STATUS_INVALID, "the tensors read it more than 4 times over");
    unsigned char *bytes = arena_alloc(reader->context, external->bytes);
    TRY(open_data(reader, tensor, external, &descriptor, &file));
    bool whole = read_at(descriptor, bytes, external->bytes, external->offset);
    close(descriptor);
    *out = bytes;
    return whole ? STATUS_OK : fail(reader, tensor, external, STATUS_IO, "it cannot be read");
}
