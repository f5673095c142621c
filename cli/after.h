/* SPDX-License-Identifier: Apache-2.0 */
/* A moment in the making of a kernel, as --after and --dump-after name it: the number of a step (0: before the first),
 * the word of a step ("clip": after each such step), or the name of a pass. */
#ifndef SEPTET_CLI_AFTER_H
#define SEPTET_CLI_AFTER_H

#include "cli/command.h"
#include "ir/schedule.h"

typedef struct After {
    const char *word; /* NULL: no moment at all */
    long step;        /* -1 unless the word is a number */
} After;

/* Reads an option's value; *out names no moment when it was not given. An unknown word is misuse, with a suggestion. */
Status after_read(Command *command, OptionKind option, After *out);

/* The same for a word of the option's value; NULL: no moment. */
Status after_read_word(Command *command, OptionKind option, const char *word, After *out);

/* Is it the moment after the step of that number (step NULL: before the first, number 0), after that pass? */
bool after_is_step(const After *after, long number, const Step *step);
bool after_is_pass(const After *after, const char *pass);

#endif
