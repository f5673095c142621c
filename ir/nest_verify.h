/* SPDX-License-Identifier: Apache-2.0 */
/* nest_verify for nests that were read: broken rules are shown in the text. */
#ifndef SEPTET_IR_NEST_VERIFY_H
#define SEPTET_IR_NEST_VERIFY_H

#include "ir/nest.h"
#include "ir/source_places.h"

/* How the messages of nest_verify begin; the reason follows behind ": ". */
#define NEST_MALFORMED "malformed loop nest"

/* The reason of the last message of nest_verify: what stands behind "malformed loop nest: ". */
const char *nest_verify_reason(const Context *context);

/* nest_verify with messages at the places of statements and tensors; places NULL: without. Inside context_run. */
Status nest_verify_at(Context *context, const Nest *nest, const SourcePlaces *places);

#endif
