/* SPDX-License-Identifier: Apache-2.0 */
/* Where the nodes of a tree stand in the text that it was read from, so that a rule that is broken later is shown at
 * its place. */
#ifndef SEPTET_IR_SOURCE_PLACES_H
#define SEPTET_IR_SOURCE_PLACES_H

#include "base/vector.h"

typedef struct SourcePlace {
    const void *node;
    size_t offset;
} SourcePlace;

typedef struct SourcePlaces {
    const Source *source;
    VECTOR(SourcePlace) list;
} SourcePlaces;

void source_places_add(Context *context, SourcePlaces *places, const void *node, size_t offset);

/* The first place of the node; false when there is none, or no places at all (NULL). */
bool source_places_find(const SourcePlaces *places, const void *node, size_t *out);

#endif
