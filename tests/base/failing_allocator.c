/* SPDX-License-Identifier: Apache-2.0 */
/* The failing allocator over realloc and free. */
#include "tests/base/failing_allocator.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

static void *failing_resize(void *state, void *old, size_t bytes) {
    FailingAllocator *failing = state;
    if (bytes == 0) {
        ck_assert_msg(failing->live_blocks > 0, "a block is freed that was never allocated");
        failing->live_blocks--;
        free(old);
        return NULL;
    }
    failing->requests++;
    if (failing->requests == failing->fail_at) return NULL;
    void *block = realloc(old, bytes);
    ck_assert_ptr_nonnull(block);
    if (old == NULL) failing->live_blocks++;
    return block;
}

void failing_allocator_init(FailingAllocator *failing, size_t fail_at) {
    *failing = (FailingAllocator){.allocator = {failing_resize, failing}, .fail_at = fail_at};
}

typedef struct Work {
    Status (*body)(Context *context, void *data);
    Context *context;
    void *data;
} Work;

static Status run_work(void *data) {
    const Work *work = data;
    return work->body(work->context, work->data);
}

/* Returns whether the work was done before the Nth request was made. */
static bool run_failing_at(size_t fail_at, Work *work) {
    FailingAllocator failing;
    failing_allocator_init(&failing, fail_at);
    Status status = context_new(&failing.allocator, &work->context);
    if (status == STATUS_OK) {
        status = context_run(work->context, run_work, work);
        ck_assert_int_eq(status, diag_status(work->context));
        ck_assert_msg(status == STATUS_OK || diag_message(work->context)[0] != '\0', "no message");
        context_free(work->context);
    }
    bool failed = failing.requests >= fail_at;
    ck_assert_msg(status == (failed ? STATUS_NO_MEMORY : STATUS_OK), "status %d with request %zu failing", (int)status,
                  fail_at);
    ck_assert_msg(failing.live_blocks == 0, "%zu blocks leaked with request %zu failing", failing.live_blocks, fail_at);
    return !failed;
}

size_t run_until_memory_suffices(Status (*body)(Context *context, void *data), void *data) {
    Work work = {.body = body, .data = data};
    size_t fail_at = 1;
    while (!run_failing_at(fail_at, &work)) fail_at++;
    return fail_at - 1;
}
