/* SPDX-License-Identifier: Apache-2.0 */
/* septet show --trace: the first statements of a kernel in the order in which they run. */
#ifndef SEPTET_CLI_SHOW_TRACE_H
#define SEPTET_CLI_SHOW_TRACE_H

#include "base/text.h"
#include "compiler/plan.h"

/* Adds a table of the first `limit` statements of the scheduled nest: the loops around each, what it writes and what it
 * reads. Inside context_run. */
void show_trace(Context *context, const Plan *plan, int64_t limit, Text *out);

/* The same as JSON lines on standard output, a statement each; `layer` is its label. STATUS_NO_MEMORY. */
Status show_trace_json(Context *context, const Plan *plan, const char *layer, int64_t limit);

#endif
