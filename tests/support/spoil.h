/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with slips in them, for readers that must not be hurt by any text. */
#ifndef SEPTET_TESTS_SUPPORT_SPOIL_H
#define SEPTET_TESTS_SUPPORT_SPOIL_H

#include "base/context.h"
#include "base/random.h"

/* The text with one to `slips` slips: something short replaced, doubled, removed or put in. */
const char *spoil_text(Context *context, Random *random, const char *text, int slips);

#endif
