/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files: texts beside the tests, given by their path below tests/. */
#ifndef SEPTET_TESTS_SUPPORT_GOLDEN_TEXT_H
#define SEPTET_TESTS_SUPPORT_GOLDEN_TEXT_H

#include "base/context.h"

/* Reads a file; asserts that it is there. */
const Source *golden_text_read(Context *context, const char *path);

/* The same without lines that start with '#'. */
const char *golden_text_uncommented(Context *context, const char *path);

/* Paths of all files in a folder below tests/ whose names start with `prefix`, sorted, NULL at the end. */
const char *const *golden_text_list(Context *context, const char *folder, const char *prefix);

#endif
