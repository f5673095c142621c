/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind septet.h share:
 *
 *     api.c            contexts, layers, targets, objects, kernels
 *     api_database.c   records: opening, the best one, lines
 *     api_tune.c       a session
 *
 * Each thing that is handed out owns a Context, in which all that it is made of lies; an error is copied from there
 * into the caller's context. So nothing grows with the number of calls. */
#ifndef SEPTET_TUNER_API_INTERNAL_H
#define SEPTET_TUNER_API_INTERNAL_H

#include "compiler/frontend/frontend.h"
#include "tuner/resolve.h"
#include "tuner/septet.h"

struct septet_context {
    Context *context; /* for the last error only */
};

struct septet_layers {
    Context *context;
    const LayerList *list;
    const char **problems;
};

struct septet_database {
    Database *database;
};

/* Errors of the caller's, made in its own context. */
septet_result api_out_of_memory(septet_context *context);
septet_result api_invalid(septet_context *context, const char *message);

/* Ends a call: the error, if any, moves to the caller's context. */
septet_result api_finish(septet_context *context, Context *worked_in, Status status);

/* A zeroed handle, whose first member is a context of its own; NULL when there is no memory. Both freed by the other,
 * which takes NULL. */
void *api_new_handle(size_t bytes);
void api_free_handle(void *handle);

/* Runs body(data, context) inside context_run with a context that is freed behind it. */
septet_result api_run(septet_context *context, Status (*body)(void *data, Context *worked_in), void *data);

/* Texts and numbers as septet.h tells them: "" and -1 when they are not known. */
const char *api_known_text(const char *text);
double api_known_number(double number);

/* NULL when the options are in order, else what is wrong with them. */
const char *api_check_options(const septet_options *options);

#endif
