/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a command line, sorted into options and specs. What they mean is the verbs' affair. */
#ifndef SEPTET_CLI_ARGUMENTS_H
#define SEPTET_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

typedef enum OptionKind {
#define OPTION(id, spelling, value, help) OPTION_##id,
#include "cli/options.def"
#undef OPTION
    OPTION_COUNT
} OptionKind;

typedef struct Option {
    const char *spelling; /* "--target" */
    const char *value;    /* what its value is called in the help; NULL: it has none */
    const char *help;
} Option;

const Option *option_get(OptionKind kind);

/* Options that a verb takes; ends in OPTION_COUNT. */
typedef const OptionKind *OptionSet;

/* Where layers come from, in the order of the command line. */
typedef struct SpecArgument {
    bool is_text;     /* --conv */
    const char *word; /* the layer's text, or a path, "-" for standard input */
} SpecArgument;

typedef struct Arguments {
    const char *option[OPTION_COUNT]; /* the value, "" for an option without; NULL when not given */
    size_t spec_count;
    const SpecArgument *specs;
} Arguments;

/* Sorts words[0 .. count - 1]. "--opt=value" and "--opt value" are the same; after "--" all are specs.
 * STATUS_INVALID for an unknown option (with a suggestion), one given twice, a missing or surplus value. */
Status arguments_parse(Context *context, OptionSet allowed, int count, char *const *words, Arguments *out);

/* The value of an option as a number in lo..hi, `otherwise` when it was not given. STATUS_INVALID. */
Status arguments_integer(Context *context, const Arguments *arguments, OptionKind kind, long long lo, long long hi,
                         long long otherwise, long long *out);

#endif
