/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that catch a kernel which reads or writes where it must not:
 *
 *     | no access | canary … | data … | no access |
 *                            ^ aligned  ^ the very next byte faults
 *
 * The end of the data touches an inaccessible page, so that an over-read of one element crashes; what lies before the
 * data in its first page holds a pattern that guarded_intact looks for. The memory is shared with child processes, and
 * as it is that of a file without a name, a child that runs another program can map it too. */
#ifndef SEPTET_TUNER_GUARDED_H
#define SEPTET_TUNER_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

typedef struct Guarded {
    void *data; /* NULL when bytes is 0 */
    size_t bytes;
    unsigned char *mapping;
    size_t mapping_bytes, page_bytes; /* the first and the last page are inaccessible */
    int file;                         /* descriptor of the mapped memory, from offset 0; meaningless without mapping */
} Guarded;

/* Maps `bytes` bytes (0 is allowed), aligned to `alignment`; with a size that is no multiple of it, the end lies that
 * much before the page. The data is zero. STATUS_NO_MEMORY. Freed with guarded_free, also when nothing was mapped. */
Status guarded_new(Context *context, size_t bytes, size_t alignment, Guarded *out);
void guarded_free(Guarded *buffer);

/* Makes writing to the data (and its canary) crash from now on, in this process and its later children. */
void guarded_make_constant(const Guarded *buffer);

/* Is the canary before the data unharmed? */
bool guarded_intact(const Guarded *buffer);

#endif
