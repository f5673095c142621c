/* SPDX-License-Identifier: Apache-2.0 */
/* The default allocator, and the three calls through any allocator. */
#include "base/alloc.h"

#include <assert.h>
#include <stdlib.h>

static void *default_resize(void *state, void *old, size_t bytes) {
    (void)state;
    if (bytes > 0) return realloc(old, bytes);
    free(old);
    return NULL;
}

const Allocator *alloc_default(void) {
    static const Allocator allocator = {default_resize, NULL};
    return &allocator;
}

void *alloc_new(const Allocator *allocator, size_t bytes) {
    assert(bytes > 0);
    return allocator->resize(allocator->state, NULL, bytes);
}

void *alloc_resize(const Allocator *allocator, void *old, size_t bytes) {
    assert(bytes > 0);
    return allocator->resize(allocator->state, old, bytes);
}

void alloc_free(const Allocator *allocator, void *old) {
    if (old != NULL) allocator->resize(allocator->state, old, 0);
}
