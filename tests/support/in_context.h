/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a test's body in a context of its own, inside context_run, since arena memory is to be had only there. */
#ifndef SEPTET_TESTS_SUPPORT_IN_CONTEXT_H
#define SEPTET_TESTS_SUPPORT_IN_CONTEXT_H

#include "base/context.h"

/* Asserts that body(context, data) returns STATUS_OK, and shows the message when it does not. */
void run_in_context(Status (*body)(Context *context, void *data), void *data);

#endif
