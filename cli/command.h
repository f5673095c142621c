/* SPDX-License-Identifier: Apache-2.0 */
/* The septet command: verbs in one table (command.c), one file a verb. What a verb prints as its result goes to
 * standard output, all else to standard error; nothing is printed in colour. */
#ifndef SEPTET_CLI_COMMAND_H
#define SEPTET_CLI_COMMAND_H

#include "cli/arguments.h"

typedef struct Verb Verb;

/* One run of the command. */
typedef struct Command {
    Context *context;
    const Verb *verb;
    Arguments arguments;
    bool misused; /* the command line is to blame for the error: exit status 2 */
} Command;

struct Verb {
    const char *name;     /* "compile" */
    const char *program;  /* how it is called: "septet compile" */
    const char *summary;  /* one line for the list of verbs */
    const char *synopsis; /* what follows the name */
    const char *text;     /* the help's body: what it does and prints */
    const char *example;
    bool takes_specs;
    OptionSet options;
    Status (*run)(Command *command); /* inside context_run */
    const Verb *const *verbs;        /* of a group of verbs, as septet itself is one; ends in NULL. It has only name,
                                        program, summary and text then */
};

extern const Verb verb_db;
extern const Verb verb_tune;
extern const Verb verb_compile, verb_show, verb_check, verb_targets;
extern const Verb verb_agent, verb_bench, verb_doctor;

/* Runs the command line; returns the exit status: 0 done, 1 the work failed, 2 wrong usage. Signals are for main to
 * handle: whenever one ends the process, files are written all or none (base/file.h). */
int command_run(int argc, char *const *argv);

/* The same with memory from `allocator`. LLVM and cJSON have their own: the first ends the process when it gets none,
 * of the second every result is checked. */
int command_run_with(const Allocator *allocator, int argc, char *const *argv);

/* Runs one verb with its arguments; what command_run returns. */
int command_run_verb(const Verb *verb, int count, char *const *words);

/* Prints the context's notes to standard error, then its message when `status` is not STATUS_OK. */
void command_print_messages(const Context *context, Status status);

/* Records an error of usage and returns STATUS_INVALID. */
Status command_misused(Command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Marks the run as misused when `status` is STATUS_INVALID; returns `status`. */
Status command_blame_user(Command *command, Status status);

#endif
