/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the verb, reads its arguments, runs it, and turns its status into messages and an exit status. */
#include "cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "cli/help.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_MISUSED = 2 };

/* In the order of `septet --help`. */
static const Verb *const verbs[] = {&verb_compile, &verb_show, &verb_check,   &verb_bench, &verb_doctor,
                                    &verb_tune,    &verb_db,   &verb_targets, &verb_agent, NULL};

static const Verb septet = {
    .program = "septet", .text = "septet compiles convolution layers to object files.", .verbs = verbs};

static const Verb *find_verb(const Verb *group, const char *name) {
    for (const Verb *const *verb = group->verbs; *verb != NULL; verb++) {
        if (strcmp((*verb)->name, name) == 0) return *verb;
    }
    return NULL;
}

Status command_misused(Command *command, const char *format, ...) {
    char message[512];
    va_list list;
    va_start(list, format);
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    command->misused = true;
    diag_error(command->context, STATUS_INVALID, "%s", message);
    return STATUS_INVALID;
}

Status command_blame_user(Command *command, Status status) {
    if (status == STATUS_INVALID) command->misused = true;
    return status;
}

enum { MAX_VERBS = 64 };

static int unknown_verb(const Verb *group, const char *name) {
    const char *names[MAX_VERBS];
    size_t count = 0;
    for (; group->verbs[count] != NULL && count < MAX_VERBS; count++) names[count] = group->verbs[count]->name;
    const char *near = suggest_word(name, strlen(name), names, count);
    fprintf(stderr, "%s: unknown verb '%s'", group->program, name);
    if (near != NULL) fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, "\n");
    help_list_verbs(stderr, group);
    return EXIT_MISUSED;
}

typedef struct Start {
    Command command;
    int count;
    char *const *words;
} Start;

static Status start_body(void *data) {
    Start *start = data;
    Command *command = &start->command;
    const Verb *verb = command->verb;
    TRY(command_blame_user(
        command, arguments_parse(command->context, verb->options, start->count, start->words, &command->arguments)));
    if (command->arguments.option[OPTION_HELP] != NULL) {
        help_print_verb(stdout, verb);
        return STATUS_OK;
    }
    if (!verb->takes_specs && command->arguments.spec_count > 0)
        return command_misused(command, "unexpected '%s'", command->arguments.specs[0].word);
    return verb->run(command);
}

/* A message about a place in a text begins with that place, as editors expect; others with our name. */
void command_print_messages(const Context *context, Status status) {
    const char *note;
    for (size_t i = 0; (note = diag_note_get(context, i)) != NULL; i++) fprintf(stderr, "note: %s\n", note);
    if (status == STATUS_OK) return;
    const char *message = diag_message(context);
    bool has_place = strchr(message, '\n') != NULL;
    fprintf(stderr, "%s%s\n", has_place ? "" : "septet: ", message);
}

/* Output may fail as late as when it is flushed: a full disk, a closed pipe. A reader that has left, as head does, asks
 * for no words; but where SIGPIPE is not ignored it has ended the process before. */
static int finish_output(int exit_status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return exit_status;
    if (errno != EPIPE) fprintf(stderr, "septet: cannot write standard output: %s\n", strerror(errno));
    return exit_status == EXIT_DONE ? EXIT_FAILED : exit_status;
}

static int run_in_context(const Allocator *allocator, const Verb *verb, int count, char *const *words) {
    Start start = {.command = {.verb = verb}, .count = count, .words = words};
    if (context_new(allocator, &start.command.context) != STATUS_OK) {
        fprintf(stderr, "septet: out of memory\n");
        return EXIT_FAILED;
    }
    Status status = context_run(start.command.context, start_body, &start);
    fflush(stdout);
    command_print_messages(start.command.context, status);
    if (start.command.misused) fprintf(stderr, "septet: '%s --help' explains\n", verb->program);
    context_free(start.command.context);
    if (status == STATUS_OK) return EXIT_DONE;
    return start.command.misused ? EXIT_MISUSED : EXIT_FAILED;
}

int command_run_verb(const Verb *verb, int count, char *const *words) {
    return finish_output(run_in_context(alloc_default(), verb, count, words));
}

int command_run(int argc, char *const *argv) {
    return command_run_with(alloc_default(), argc, argv);
}

/* Descends through the groups that the words name, and runs the verb. */
static int run_group(const Allocator *allocator, const Verb *group, int count, char *const *words) {
    if (count < 1) {
        help_list_verbs(stderr, group);
        return EXIT_MISUSED;
    }
    const char *word = words[0];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        help_list_verbs(stdout, group);
        return finish_output(EXIT_DONE);
    }
    const Verb *verb = find_verb(group, word);
    if (verb == NULL) return unknown_verb(group, word);
    if (verb->verbs != NULL) return run_group(allocator, verb, count - 1, words + 1);
    return finish_output(run_in_context(allocator, verb, count - 1, words + 1));
}

int command_run_with(const Allocator *allocator, int argc, char *const *argv) {
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        help_print_version(stdout);
        return finish_output(EXIT_DONE);
    }
    return run_group(allocator, &septet, argc - 1, argv + 1);
}
