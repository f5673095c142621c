/* SPDX-License-Identifier: Apache-2.0 */
/* The table of strategies, and what they share: the points that are known, and draws of others. */
#include "tuner/strategies/strategy.h"

#include <math.h>
#include <string.h>

#include "base/integer.h"
#include "tuner/strategies/internal.h"

static const StrategyKind kinds[] = {
    {"random", "points drawn evenly: the baseline", strategy_ask_random},
    {"descent", "one knob a move, downhill from the default, then from random points", strategy_ask_descent},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const char *strategy_name(size_t index) {
    return index < KINDS ? kinds[index].name : NULL;
}

const char *strategy_summary(size_t index) {
    return index < KINDS ? kinds[index].summary : NULL;
}

static Status refuse_name(Context *context, const char *name) {
    Text names = text_new(context);
    for (size_t i = 0; i < KINDS; i++) text_add(&names, "%s%s", i == 0 ? "" : ", ", kinds[i].name);
    return diag_error(context, STATUS_INVALID, "unknown strategy '%s'; there are %s", name, text_string(&names));
}

static size_t find_kind(const char *name) {
    size_t kind = 0;
    while (kind < KINDS && strcmp(kinds[kind].name, name) != 0) kind++;
    return kind;
}

Status strategy_check(Context *context, const char *name) {
    return find_kind(name) < KINDS ? STATUS_OK : refuse_name(context, name);
}

Status strategy_new(Context *context, const char *name, const Space *space, uint64_t seed, uint64_t stream,
                    Strategy **out) {
    size_t kind = find_kind(name);
    if (kind == KINDS) return refuse_name(context, name);
    Strategy *strategy = ARENA_NEW(context, Strategy);
    *strategy = (Strategy){.kind = &kinds[kind],
                           .space = space,
                           .random = random_new(seed, stream * KINDS + kind),
                           .known = {.context = context}};
    *out = strategy;
    return STATUS_OK;
}

bool strategy_suggest(Strategy *strategy, const Point *point) {
    if (strategy->suggestion_count == STRATEGY_MAX_SUGGESTIONS || !space_allows(strategy->space, point)) return false;
    strategy->suggestions[strategy->suggestion_count++] = *point;
    return true;
}

/* Those suggestions that are not known. */
static int ask_suggested(Strategy *strategy, Point *batch, int most) {
    int count = 0, taken = 0;
    while (taken < strategy->suggestion_count && count < most) {
        batch[count] = strategy->suggestions[taken++];
        count += strategy_note(strategy, &batch[count]);
    }
    strategy->suggestion_count -= taken;
    memmove(strategy->suggestions, strategy->suggestions + taken,
            (size_t)strategy->suggestion_count * sizeof strategy->suggestions[0]);
    return count;
}

int strategy_ask(Strategy *strategy, Point *batch, int most) {
    if (strategy->space->knob_count == 0) return 0;
    int count = ask_suggested(strategy, batch, most);
    return count > 0 ? count : strategy->kind->ask(strategy, batch, most);
}

void strategy_tell(Strategy *strategy, const Point *point, bool ok, double cost) {
    KnownPoint *known = known_add(&strategy->known, space_index(strategy->space, point));
    known->cost = ok ? round(cost * 1e6) / 1e6 : INFINITY;
}

bool strategy_note(Strategy *strategy, const Point *point) {
    int64_t index = space_index(strategy->space, point);
    if (known_find(&strategy->known, index) != NULL) return false;
    known_add(&strategy->known, index);
    return true;
}

/* The first new point behind a random one, when draws meet only known ones. */
static bool search_new(Strategy *strategy, Point *out) {
    enum { MOST = 1 << 20 };
    int64_t size = integer_min(space_size(strategy->space), UINT32_MAX);
    int64_t first = random_integer(&strategy->random, 0, size - 1);
    for (int64_t i = 0; i < integer_min(size, MOST); i++) {
        *out = space_point(strategy->space, (first + i) % size);
        if (space_allows(strategy->space, out) && strategy_note(strategy, out)) return true;
    }
    return false;
}

bool strategy_draw(Strategy *strategy, Point *out) {
    enum { TRIES = 100 };
    for (int tries = 0; tries < TRIES; tries++) {
        if (!space_draw(strategy->space, &strategy->random, out)) break;
        if (strategy_note(strategy, out)) return true;
    }
    return search_new(strategy, out);
}
