/* SPDX-License-Identifier: Apache-2.0 */
/* A growing array in an arena: VECTOR(Loop) loops = {0}; VECTOR_PUSH(context, &loops, loop); loops.items[i].
 * Growing copies; the old block stays in the arena until the context is freed, which doubling keeps below 2x. */
#ifndef SEPTET_BASE_VECTOR_H
#define SEPTET_BASE_VECTOR_H

#include <stddef.h>

#include "base/context.h"

#define VECTOR(Type)                                                                                                   \
    struct {                                                                                                           \
        Type *items;                                                                                                   \
        size_t count, capacity;                                                                                        \
    }

#define VECTOR_PUSH(context, vector, item)                                                                             \
    do {                                                                                                               \
        (vector)->items =                                                                                              \
            vector_grow((context), (vector)->items, (vector)->count, &(vector)->capacity, sizeof *(vector)->items);    \
        (vector)->items[(vector)->count++] = (item);                                                                   \
    } while (0)

/* Room for one element more than `count`: returns `items`, or a larger copy with *capacity updated. */
void *vector_grow(Context *context, void *items, size_t count, size_t *capacity, size_t element_bytes);

#endif
