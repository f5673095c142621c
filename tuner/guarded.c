/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded buffers over memfd_create, mmap and mprotect. */
#define _GNU_SOURCE /* memfd_create */
#include "tuner/guarded.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CANARY = 0xA5 };

static size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/* Maps the buffer's pages, all inaccessible. */
static bool map_file(Guarded *buffer, size_t mapping_bytes) {
    int file = memfd_create("septet buffer", 0);
    if (file < 0) return false;
    void *mapping = MAP_FAILED;
    if (ftruncate(file, (off_t)mapping_bytes) == 0) mapping = mmap(NULL, mapping_bytes, PROT_NONE, MAP_SHARED, file, 0);
    if (mapping == MAP_FAILED) {
        close(file);
        return false;
    }
    buffer->mapping = mapping;
    buffer->mapping_bytes = mapping_bytes;
    buffer->file = file;
    return true;
}

Status guarded_new(Context *context, size_t bytes, size_t alignment, Guarded *out) {
    *out = (Guarded){.bytes = bytes, .page_bytes = (size_t)sysconf(_SC_PAGESIZE)};
    if (bytes == 0) return STATUS_OK;
    size_t data_bytes = round_up(bytes, out->page_bytes);
    if (!map_file(out, data_bytes + 2 * out->page_bytes))
        return diag_error(context, STATUS_NO_MEMORY, "no memory for a buffer of %zu bytes", bytes);
    unsigned char *first = out->mapping + out->page_bytes;
    if (mprotect(first, data_bytes, PROT_READ | PROT_WRITE) != 0) {
        guarded_free(out);
        return diag_error(context, STATUS_NO_MEMORY, "no memory for a buffer of %zu bytes", bytes);
    }
    size_t before = data_bytes - round_up(bytes, alignment);
    memset(first, CANARY, before);
    out->data = first + before;
    return STATUS_OK;
}

void guarded_free(Guarded *buffer) {
    if (buffer->mapping != NULL) {
        munmap(buffer->mapping, buffer->mapping_bytes);
        close(buffer->file);
    }
    *buffer = (Guarded){0};
}

void guarded_make_constant(const Guarded *buffer) {
    if (buffer->mapping == NULL) return;
    mprotect(buffer->mapping + buffer->page_bytes, buffer->mapping_bytes - 2 * buffer->page_bytes, PROT_READ);
}

bool guarded_intact(const Guarded *buffer) {
    if (buffer->mapping == NULL) return true;
    const unsigned char *data = buffer->data;
    for (const unsigned char *byte = buffer->mapping + buffer->page_bytes; byte < data; byte++) {
        if (*byte != CANARY) return false;
    }
    return true;
}
