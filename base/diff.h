/* SPDX-License-Identifier: Apache-2.0 */
/* Line by line difference of two texts. */
#ifndef SEPTET_BASE_DIFF_H
#define SEPTET_BASE_DIFF_H

#include "base/text.h"

/* Appends all lines of both texts: "  " in front of common ones, "- " only in `expected`, "+ " only in `actual`. Takes
 * time and memory in proportion to the product of the numbers of lines between what both begin and end with; beyond
 * 2^22 all of these count as different. */
void diff_print(const char *expected, const char *actual, Text *out);

#endif
