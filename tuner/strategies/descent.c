/* SPDX-License-Identifier: Apache-2.0 */
/* descent: coordinate descent. From the point where it stands it looks at those that differ in one knob: by one value,
 * or in any other of a categorical knob. It goes to the best of them as soon as one is better, and looks two values
 * away when none is. When none is there either, it starts again at a random point. Knobs that changed much so far come
 * first, since a batch seldom holds all neighbours. It begins at the best point that it was told of, else at the
 * space's start.
 *
 * Source: Zhang et al., "Autotuning Convolutions is Easier Than You Think" (Droplet), TACO 2024. There a line search
 * goes on along the best direction; here the neighbours of the next point do the same. */
#include <math.h>

#include "tuner/strategies/internal.h"

enum { MAX_RADIUS = 2, MAX_NEIGHBOURS = 4 * SPACE_MAX_KNOBS };

/* Neighbours of the point where it stands, in the order in which they are asked for. */
typedef struct Neighbours {
    int count;
    struct {
        Point point;
        int knob;
    } items[MAX_NEIGHBOURS];
} Neighbours;

static double cost_of(const Strategy *strategy, const Point *point) {
    const KnownPoint *known = known_find(&strategy->known, space_index(strategy->space, point));
    return known == NULL ? NAN : known->cost;
}

static void add_neighbour(Neighbours *out, const Point *point, int knob) {
    if (out->count == MAX_NEIGHBOURS) return;
    out->items[out->count].point = *point;
    out->items[out->count++].knob = knob;
}

static void add_along(const Strategy *strategy, int knob, int radius, Neighbours *out) {
    const Space *space = strategy->space;
    const Point *current = &strategy->descent.current;
    Point point = *current;
    if (space->knobs[knob].words == NULL) {
        if (space_step(space, current, knob, radius, &point)) add_neighbour(out, &point, knob);
        if (space_step(space, current, knob, -radius, &point)) add_neighbour(out, &point, knob);
        return;
    }
    for (int i = 0; i < space->knobs[knob].count; i++) {
        point.index[knob] = i;
        if (i != current->index[knob] && space_allows(space, &point)) add_neighbour(out, &point, knob);
    }
}

/* The knob of the largest sensitivity among those not taken yet, the first of equals. */
static int next_knob(const Strategy *strategy, const bool *taken) {
    int best = -1;
    for (int i = 0; i < strategy->space->knob_count; i++) {
        const double *sensitivity = strategy->descent.sensitivity;
        if (!taken[i] && (best < 0 || sensitivity[i] > sensitivity[best])) best = i;
    }
    return best;
}

static Neighbours list_neighbours(const Strategy *strategy, int radius) {
    Neighbours neighbours = {.count = 0};
    bool taken[SPACE_MAX_KNOBS] = {false};
    for (int i = 0; i < strategy->space->knob_count; i++) {
        int knob = next_knob(strategy, taken);
        taken[knob] = true;
        add_along(strategy, knob, radius, &neighbours);
    }
    return neighbours;
}

static void note_change(DescentState *state, int knob, double change) {
    if (isfinite(change) && fabs(change) > state->sensitivity[knob]) state->sensitivity[knob] = fabs(change);
}

/* Goes to the best neighbour that is known to be better; false when there is none. */
static bool move(Strategy *strategy, const Neighbours *neighbours) {
    DescentState *state = &strategy->descent;
    double here = cost_of(strategy, &state->current), best = here;
    Point next = state->current;
    for (int i = 0; i < neighbours->count; i++) {
        double cost = cost_of(strategy, &neighbours->items[i].point);
        if (isnan(cost)) continue;
        note_change(state, neighbours->items[i].knob, cost - here);
        if (cost >= best) continue;
        best = cost;
        next = neighbours->items[i].point;
    }
    state->current = next;
    return best < here;
}

static int ask_new(Strategy *strategy, const Neighbours *neighbours, Point *batch, int most) {
    int count = 0;
    for (int i = 0; i < neighbours->count && count < most; i++) {
        batch[count] = neighbours->items[i].point;
        count += strategy_note(strategy, &batch[count]);
    }
    return count;
}

static int start(Strategy *strategy, Point *batch, const Point *point) {
    strategy->descent.current = *point;
    strategy->descent.radius = 1;
    batch[0] = *point;
    return 1;
}

/* Begins at the best point that is known already, else by asking for the space's start. */
static bool begin(Strategy *strategy, Point *batch) {
    if (strategy->descent.has_started) return false;
    strategy->descent.has_started = true;
    const KnownPoint *best = known_best(&strategy->known);
    Point first = best == NULL ? strategy->space->start : space_point(strategy->space, best->index);
    start(strategy, batch, &first);
    return space_allows(strategy->space, batch) && strategy_note(strategy, batch);
}

int strategy_ask_descent(Strategy *strategy, Point *batch, int most) {
    DescentState *state = &strategy->descent;
    Point drawn;
    if (begin(strategy, batch)) return 1;
    while (state->radius <= MAX_RADIUS) {
        Neighbours neighbours = list_neighbours(strategy, state->radius);
        if (move(strategy, &neighbours)) {
            state->radius = 1;
            continue;
        }
        int count = ask_new(strategy, &neighbours, batch, most);
        if (count > 0) return count;
        state->radius++;
    }
    return strategy_draw(strategy, &drawn) ? start(strategy, batch, &drawn) : 0;
}
