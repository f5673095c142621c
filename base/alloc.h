/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to heap memory. An Allocator is passed, never global, so that a test can hand in one that fails on the
 * Nth call (tests/base/failing_allocator.h) and see that every path reports it and leaks nothing. */
#ifndef SEPTET_BASE_ALLOC_H
#define SEPTET_BASE_ALLOC_H

#include <stddef.h>

typedef struct Allocator {
    /* bytes > 0: (re)allocate, NULL when there is none and `old` is untouched; bytes == 0: free `old`, returns NULL. */
    void *(*resize)(void *state, void *old, size_t bytes);
    void *state;
} Allocator;

/* The allocator over malloc. Thread-safe, lives for ever. */
const Allocator *alloc_default(void);

/* A new block of `bytes` (> 0), or NULL. The caller frees it with alloc_free and the same allocator. */
void *alloc_new(const Allocator *allocator, size_t bytes);

/* Changes the size of a block; on failure returns NULL and leaves `old` as it was. */
void *alloc_resize(const Allocator *allocator, void *old, size_t bytes);

/* Frees a block; NULL is allowed. */
void alloc_free(const Allocator *allocator, void *old);

#endif
