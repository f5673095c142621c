/* SPDX-License-Identifier: Apache-2.0 */
/* One execution in a log of ONEDNN_VERBOSE: from the fields of its line (verbose.c) to types, layouts and epilogue of
 * the problem (verbose_fields.c). */
#ifndef SEPTET_COMPILER_FRONTEND_VERBOSE_H
#define SEPTET_COMPILER_FRONTEND_VERBOSE_H

#include "compiler/frontend/tally.h"
#include "ir/problem.h"

/* A part of a line. */
typedef struct Span {
    const char *start;
    size_t length;
} Span;

/* Takes the part of *rest before the first `separator` off it; false when *rest is empty. */
bool span_take(Span *rest, char separator, Span *out);
bool span_is(Span span, const char *word);
bool span_begins(Span span, const char *word);

/* What a log has that no problem says, by kind. */
typedef struct VerboseSkipped {
    Tally types;      /* lines of types that we do not have: they are left out */
    Tally layouts;    /* layouts that we do not have */
    Tally attributes; /* arithmetic and post-ops that we do not have */
} VerboseSkipped;

/* "src_f32::blocked:acdb:f0 wei_f32:… bia_f32:… dst_f32:…", in oneDNN 3 also "src:f32:a:blocked:acdb::f0 …": types,
 * layouts of x and y, and a bias. False when a type is unknown. */
bool verbose_read_tensors(Context *context, Span field, Problem *problem, VerboseSkipped *skipped);

/* "attr-scratchpad:user attr-post-ops:eltwise_relu+sum …": appends to the epilogue. */
void verbose_read_attributes(Context *context, Span field, Problem *problem, VerboseSkipped *skipped);

#endif
