/* SPDX-License-Identifier: Apache-2.0 */
/* septet show --asm: the loops of the machine code that multiply and add, and the instructions of the hottest. */
#ifndef SEPTET_CLI_SHOW_ASM_H
#define SEPTET_CLI_SHOW_ASM_H

#include "base/text.h"
#include "compiler/plan.h"

/* Adds a table of loops and the code of the first. Inside context_run. STATUS_UNSUPPORTED. */
Status show_asm(Context *context, const Plan *plan, Text *out);

/* The same as JSON lines on standard output, a loop each; `layer` is its label. */
Status show_asm_json(Context *context, const Plan *plan, const char *layer);

#endif
