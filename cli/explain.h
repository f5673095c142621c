/* SPDX-License-Identifier: Apache-2.0 */
/* A schedule step in a sentence, for readers who know convolutions but not septet. */
#ifndef SEPTET_CLI_EXPLAIN_H
#define SEPTET_CLI_EXPLAIN_H

#include "base/text.h"
#include "ir/schedule.h"

/* Appends one or two sentences that say what the step did to the loops, and what that is good for. */
void explain_step(const Step *step, Text *text);

#endif
