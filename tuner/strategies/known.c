/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what is known of points. */
#include "tuner/strategies/internal.h"

#include <math.h>

enum { FIRST_CAPACITY = 64 };

/* The place of an index, or the empty one where it would be put. */
static KnownPoint *find_place(const KnownPoints *known, int64_t index) {
    uint64_t hash = (uint64_t)index * 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio: Knuth, TAOCP 3, section 6.4 */
    size_t place = (size_t)(hash >> 32) & (known->capacity - 1);
    while (known->places[place].index >= 0 && known->places[place].index != index)
        place = (place + 1) & (known->capacity - 1);
    return &known->places[place];
}

static void set_capacity(KnownPoints *known, size_t capacity) {
    KnownPoints old = *known;
    known->places = ARENA_ARRAY(known->context, KnownPoint, capacity);
    known->capacity = capacity;
    for (size_t i = 0; i < capacity; i++) known->places[i].index = -1;
    for (size_t i = 0; i < old.capacity; i++)
        if (old.places[i].index >= 0) *find_place(known, old.places[i].index) = old.places[i];
}

KnownPoint *known_find(const KnownPoints *known, int64_t index) {
    if (known->capacity == 0) return NULL;
    KnownPoint *place = find_place(known, index);
    return place->index < 0 ? NULL : place;
}

const KnownPoint *known_best(const KnownPoints *known) {
    const KnownPoint *best = NULL;
    for (size_t i = 0; i < known->capacity; i++) {
        const KnownPoint *one = &known->places[i];
        if (one->index < 0 || !isfinite(one->cost)) continue;
        bool is_better = best == NULL || one->cost < best->cost;
        if (is_better || (one->cost == best->cost && one->index < best->index)) best = one;
    }
    return best;
}

KnownPoint *known_add(KnownPoints *known, int64_t index) {
    if (2 * (known->count + 1) > known->capacity)
        set_capacity(known, known->capacity == 0 ? FIRST_CAPACITY : 2 * known->capacity);
    KnownPoint *place = find_place(known, index);
    if (place->index >= 0) return place;
    *place = (KnownPoint){.index = index, .cost = NAN};
    known->count++;
    return place;
}
