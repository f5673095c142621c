/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of texts for the frontend's tests: what each reads as, or with which message it is refused. */
#ifndef SEPTET_TESTS_COMPILER_FRONTEND_READ_TEXT_H
#define SEPTET_TESTS_COMPILER_FRONTEND_READ_TEXT_H

#include <stddef.h>

#include "compiler/frontend/frontend.h"

/* `text` (of a source called "t") reads as `expected`: a line "NAME*COUNT: canonical text" for each layer; or is
 * refused with the message whose first line is `expected`. */
typedef struct TextCase {
    const char *text, *expected;
} TextCase;

/* Asserts that for every case, each in a context of its own. `options` may be NULL. */
void expect_layers(const TextCase *cases, size_t count, const FrontendOptions *options);
void expect_refusals(const TextCase *cases, size_t count, const FrontendOptions *options);

/* Asserts that each text is read, or refused, also when any request for memory fails: it is then STATUS_NO_MEMORY. */
void expect_memory_is_checked(const TextCase *cases, size_t count);

/* The lines of the layers, as in TextCase. */
const char *print_layers(Context *context, const LayerList *layers);

#endif
