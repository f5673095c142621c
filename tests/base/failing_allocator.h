/* SPDX-License-Identifier: Apache-2.0 */
/* An Allocator that fails once, on its Nth request, and counts the blocks that are alive; and the test that follows
 * from it: let every request of a piece of work fail in turn, see that each failure is reported and leaks nothing. */
#ifndef SEPTET_TESTS_BASE_FAILING_ALLOCATOR_H
#define SEPTET_TESTS_BASE_FAILING_ALLOCATOR_H

#include <stddef.h>

#include "base/alloc.h"
#include "base/context.h"

typedef struct FailingAllocator {
    Allocator allocator; /* hand out its address; its state is this struct, which must not move */
    size_t requests;     /* so far, for more memory (frees do not count) */
    size_t fail_at;      /* the request that fails, from 1; 0 for none */
    size_t live_blocks;
} FailingAllocator;

/* Prepares an allocator over malloc. */
void failing_allocator_init(FailingAllocator *failing, size_t fail_at);

/* Runs body(context, data) in context_run of a new context, with the 1st, 2nd, .. request for memory failing, until a
 * run passes without a failure. Asserts that each other run returns STATUS_NO_MEMORY with a message, that the last one
 * returns STATUS_OK, and that no block is alive after any. Returns how many runs failed. The body must not keep state
 * in data from run to run. */
size_t run_until_memory_suffices(Status (*body)(Context *context, void *data), void *data);

#endif
