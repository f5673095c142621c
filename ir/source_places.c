/* SPDX-License-Identifier: Apache-2.0 */
/* The places of nodes, a list: it is searched once, for a message. */
#include "ir/source_places.h"

void source_places_add(Context *context, SourcePlaces *places, const void *node, size_t offset) {
    SourcePlace place = {.node = node, .offset = offset};
    VECTOR_PUSH(context, &places->list, place);
}

bool source_places_find(const SourcePlaces *places, const void *node, size_t *out) {
    for (size_t i = 0; places != NULL && i < places->list.count; i++) {
        if (places->list.items[i].node != node) continue;
        *out = places->list.items[i].offset;
        return true;
    }
    return false;
}
