/* SPDX-License-Identifier: Apache-2.0 */
/* The growing of a vector. */
#include "base/vector.h"

#include <stdint.h>
#include <string.h>

enum { FIRST_CAPACITY = 4 };

void *vector_grow(Context *context, void *items, size_t count, size_t *capacity, size_t element_bytes) {
    if (count < *capacity) return items;
    size_t doubled = *capacity <= SIZE_MAX / 2 ? *capacity * 2 : SIZE_MAX;
    size_t larger = doubled > 0 ? doubled : FIRST_CAPACITY;
    void *copy = arena_array(context, larger, element_bytes);
    if (count > 0) memcpy(copy, items, count * element_bytes);
    *capacity = larger;
    return copy;
}
