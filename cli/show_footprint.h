/* SPDX-License-Identifier: Apache-2.0 */
/* septet show --footprint: what each loop touches, how often it uses that, and what comes from beyond the caches. */
#ifndef SEPTET_CLI_SHOW_FOOTPRINT_H
#define SEPTET_CLI_SHOW_FOOTPRINT_H

#include "base/text.h"
#include "compiler/plan.h"

/* Adds a table of the loops of the scheduled nest, and one of traffic. Inside context_run. STATUS_OK. */
Status show_footprint(Context *context, const Plan *plan, Text *out);

#endif
