/* SPDX-License-Identifier: Apache-2.0 */
/* What strategies are made of. A new one: a file with its two functions, its state in the union, its line in the table
 * of strategy.c. */
#ifndef SEPTET_TUNER_STRATEGIES_INTERNAL_H
#define SEPTET_TUNER_STRATEGIES_INTERNAL_H

#include "tuner/strategies/strategy.h"

/* What is known of a point. */
typedef struct KnownPoint {
    int64_t index; /* space_index; -1: an empty place */
    double cost;   /* INFINITY: it failed; NAN: asked for, not told yet */
} KnownPoint;

/* A hash table of points, with open addressing; its capacity is a power of two. */
typedef struct KnownPoints {
    Context *context;
    KnownPoint *places;
    size_t count, capacity;
} KnownPoints;

/* The entry of a point, NULL when there is none; and one that is made when there is none, with cost NAN. Valid until
 * the next addition. */
KnownPoint *known_find(const KnownPoints *known, int64_t index);
KnownPoint *known_add(KnownPoints *known, int64_t index);

typedef struct StrategyKind {
    const char *name, *summary;
    int (*ask)(Strategy *strategy, Point *batch, int most);
} StrategyKind;

/* Descent: where it stands, and how far it looks. */
typedef struct DescentState {
    bool has_started;
    Point current;
    int radius;
    double sensitivity[SPACE_MAX_KNOBS]; /* largest change of the cost that one step along a knob made */
} DescentState;

struct Strategy {
    const StrategyKind *kind;
    const Space *space;
    Random random;
    KnownPoints known;
    int suggestion_count;
    Point suggestions[STRATEGY_MAX_SUGGESTIONS];
    union {
        DescentState descent;
    };
};

/* The entry of the lowest cost, of equals the lowest index; NULL when no cost is known. */
const KnownPoint *known_best(const KnownPoints *known);

/* Notes that the point is asked for; returns whether it was not known before. */
bool strategy_note(Strategy *strategy, const Point *point);

/* Draws an allowed point that is not known, each equally likely while they are many; false when there is none. */
bool strategy_draw(Strategy *strategy, Point *out);

int strategy_ask_random(Strategy *strategy, Point *batch, int most);
int strategy_ask_descent(Strategy *strategy, Point *batch, int most);

#endif
