/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers at the ends of 32 and 64 bits and beyond, for texts that must not make anything overflow. */
#ifndef SEPTET_TESTS_SUPPORT_HUGE_H
#define SEPTET_TESTS_SUPPORT_HUGE_H

#include "base/context.h"

enum { HUGE_COUNT = 16 };

/* A copy of the text with number `index` in place of each '@'. */
const char *huge_fill_in(Context *context, const char *text, int index);

#endif
