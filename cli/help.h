/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts, made from the table of verbs. */
#ifndef SEPTET_CLI_HELP_H
#define SEPTET_CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

/* The verbs of a group with their summaries. */
void help_list_verbs(FILE *out, const Verb *group);

/* All about one verb. */
void help_print_verb(FILE *out, const Verb *verb);

/* Our version and LLVM's. */
void help_print_version(FILE *out);

#endif
