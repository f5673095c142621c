/* SPDX-License-Identifier: Apache-2.0 */
/* septet show --diff A,B: what changed in the loop nest between two moments. */
#ifndef SEPTET_CLI_SHOW_DIFF_H
#define SEPTET_CLI_SHOW_DIFF_H

#include "cli/request.h"

/* Builds the layer's plan and adds the lines of the nests at both moments: "-" for those of A alone, "+" for those of B
 * alone. Inside context_run. Misuse: not two moments, or the schedule has no such ones. */
Status show_diff(Command *command, const Request *request, const RequestLayer *layer, const Plan **plan, Text *out);

#endif
