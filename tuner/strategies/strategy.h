/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies: which points of a space to measure next. Ask for a batch, measure it, tell the results, ask again:
 *
 *     TRY(strategy_new(context, "descent", &space, seed, stream, &strategy));
 *     while ((count = strategy_ask(strategy, batch, STRATEGY_BATCH)) > 0) {
 *         ... measure ...
 *         for each: strategy_tell(strategy, &batch[i], ok, cost);
 *     }
 *
 * All minimise the cost, log(time / roofline time), which compares across layers. No clock and nothing but the seed
 * and what is told takes part in a decision: the same again gives the same again. A point is asked for once. */
#ifndef SEPTET_TUNER_STRATEGY_H
#define SEPTET_TUNER_STRATEGY_H

#include "tuner/space/space.h"

enum { STRATEGY_BATCH = 8, STRATEGY_MAX_SUGGESTIONS = 8 };

typedef struct Strategy Strategy;

/* A new search, in the arena; `space` is kept by reference. Streams of one seed do not resemble each other: one a
 * layer. STATUS_INVALID lists the names when there is no such strategy. Inside context_run, as all that follows. */
Status strategy_new(Context *context, const char *name, const Space *space, uint64_t seed, uint64_t stream,
                    Strategy **out);

/* A point to be asked for before all others, unless it is known by then, as a neighbour's best is. One that the space
 * does not allow, and one too many, is left out; returns whether it was not. */
bool strategy_suggest(Strategy *strategy, const Point *point);

/* Points that are worth measuring, at most `most`; returns how many. 0 ends the search: no allowed point is left, or
 * 10^4 draws found none. Points asked for and not told yet are waited for by some strategies: tell all before the next
 * ask. */
int strategy_ask(Strategy *strategy, Point *batch, int most);

/* The result of a point: its cost, or that it failed. Also of points that were not asked for, as those of an earlier
 * session are, before the first ask or between others. Costs are rounded to 1e-6. */
void strategy_tell(Strategy *strategy, const Point *point, bool ok, double cost);

/* Is there a strategy of that name? STATUS_INVALID lists the names. Inside context_run. */
Status strategy_check(Context *context, const char *name);

/* Names and what they do; NULL past the end. */
const char *strategy_name(size_t index);
const char *strategy_summary(size_t index);

#endif
