/* SPDX-License-Identifier: Apache-2.0 */
/* septet show --footprint: what each loop touches, how often it uses that, and what comes from beyond the caches. */
#ifndef SEPTET_CLI_SHOW_FOOTPRINT_H
#define SEPTET_CLI_SHOW_FOOTPRINT_H

#include "base/text.h"
#include "compiler/plan.h"

/* Adds a table of the loops of the scheduled nest, and one of traffic. Inside context_run. STATUS_OK. */
Status show_footprint(Context *context, const Plan *plan, Text *out);

/* The same as JSON lines on standard output, one for each loop and tensor, then one for each cache and tensor; `layer`
 * is its label. */
Status show_footprint_json(Context *context, const Plan *plan, const char *layer);

#endif
