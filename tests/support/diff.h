/* SPDX-License-Identifier: Apache-2.0 */
/* Line by line difference of two short texts, for messages of failing tests. */
#ifndef SEPTET_TESTS_SUPPORT_DIFF_H
#define SEPTET_TESTS_SUPPORT_DIFF_H

#include "base/text.h"

/* Appends all lines of both texts: "  " in front of common ones, "- " only in `expected`, "+ " only in `actual`. Takes
 * time and memory in proportion to the product of the numbers of lines. */
void diff_print(const char *expected, const char *actual, Text *out);

#endif
