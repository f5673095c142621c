/* SPDX-License-Identifier: Apache-2.0 */
/* Records of other problems that resemble one: what its schedule may be borrowed from. */
#ifndef SEPTET_TUNER_NEAREST_H
#define SEPTET_TUNER_NEAREST_H

#include "ir/problem.h"
#include "tuner/database/database.h"

/* The best record of another problem, of the same target, machine, workers and regime. */
typedef struct Neighbour {
    double distance;
    const char *problem, *recipe, *knobs, *uuid; /* of the arena */
} Neighbour;

/* How far apart two problems are: the sum, over batch, groups, channels of a group and output sizes, of the logarithms
 * to base 2 of their ratios, so that 1 is twice as many of one of them. INFINITY where a schedule of one says nothing
 * about the other: filter, stride, dilation, types or layouts differ, or one has groups. The epilogue does not count.
 */
double nearest_distance(const Problem *a, const Problem *b);

/* The nearest problems with confirmed records that a recipe made, the nearest first, none farther than `limit`; at most
 * `most`. Of the query, problem (left out itself), target, machine, workers and cold_weights count. Inside context_run;
 * errors of the database. */
Status nearest_find(Context *context, Database *database, const BestQuery *query, const Problem *problem, double limit,
                    Neighbour *out, size_t most, size_t *count);

#endif
