/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts, made from the table of verbs. */
#include "cli/help.h"

#include <string.h>

#include "compiler/llvm/emit.h"
#include "tuner/septet.h"

void help_list_verbs(FILE *out, const Verb *group) {
    fprintf(out, "%s\n\nusage: %s VERB ...\n", group->text, group->program);
    for (const Verb *const *verb = group->verbs; *verb != NULL; verb++)
        fprintf(out, "  %-10s %s\n", (*verb)->name, (*verb)->summary);
    fprintf(out, "  %-10s %s\n", "VERB --help", "explains a verb and its options, with an example");
    if (group->name == NULL) fprintf(out, "  %-10s %s\n", "--version", "prints septet's version and LLVM's");
}

static void print_option(FILE *out, const Option *option) {
    const char *value = option->value != NULL ? option->value : "";
    int width = fprintf(out, "  %s %s", option->spelling, value);
    fprintf(out, "%*s%s\n", width < 26 ? 26 - width : 1, "", option->help);
}

void help_print_verb(FILE *out, const Verb *verb) {
    fprintf(out, "%s: %s\n\n", verb->program, verb->summary);
    fprintf(out, "usage: %s %s\n\n%s\n\noptions\n", verb->program, verb->synopsis, verb->text);
    for (OptionSet kind = verb->options; *kind != OPTION_COUNT; kind++) print_option(out, option_get(*kind));
    fprintf(out, "\nexample\n  %s\n", verb->example);
    fprintf(out, "\nExit status: 0 done, 1 the work failed, 2 wrong usage.\n");
}

void help_print_version(FILE *out) {
    fprintf(out, "septet %s, LLVM %s\n", septet_version(), emit_llvm_version());
}
