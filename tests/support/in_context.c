/* SPDX-License-Identifier: Apache-2.0 */
/* A context around a test's body. */
#include "tests/support/in_context.h"

#include <check.h>

typedef struct Call {
    Status (*body)(Context *context, void *data);
    Context *context;
    void *data;
} Call;

static Status run_call(void *data) {
    const Call *call = data;
    return call->body(call->context, call->data);
}

void run_in_context(Status (*body)(Context *context, void *data), void *data) {
    Call call = {.body = body, .data = data};
    ck_assert_int_eq(context_new(alloc_default(), &call.context), STATUS_OK);
    Status status = context_run(call.context, run_call, &call);
    ck_assert_msg(status == STATUS_OK, "status %d: %s", (int)status, diag_message(call.context));
    context_free(call.context);
}
