/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the septet command in a test, as a shell would. */
#ifndef SEPTET_TESTS_CLI_RUN_COMMAND_H
#define SEPTET_TESTS_CLI_RUN_COMMAND_H

enum { COMMAND_MAX_OUTPUT = 1 << 16 };

typedef struct CommandResult {
    int status;                   /* exit status; 128 + number after a signal */
    char out[COMMAND_MAX_OUTPUT]; /* standard output, cut when longer */
    char err[COMMAND_MAX_OUTPUT]; /* standard error, likewise */
} CommandResult;

/* Runs `septet ARGUMENTS` by /bin/sh in the folder `in` (NULL: the current one), with `input` (or nothing) on standard
 * input. The result is static: the next run overwrites it. */
const CommandResult *run_command(const char *in, const char *arguments, const char *input);

#endif
