/* SPDX-License-Identifier: Apache-2.0 */
/* Loops on cores. Loops marked so that directly hold one another are one region: each of its iterations, one value of
 * every loop, is a tile, and any two tiles may run at the same time, in any order. */
#ifndef SEPTET_IR_NEST_CORES_H
#define SEPTET_IR_NEST_CORES_H

#include "ir/facts.h"
#include "ir/nest.h"

enum { CORES_MAX_LOOPS = 16 };

typedef struct CoresRegion {
    int count;                          /* >= 1 */
    const Stmt *loops[CORES_MAX_LOOPS]; /* outermost first */
    int64_t first[CORES_MAX_LOOPS],
        extent[CORES_MAX_LOOPS]; /* of each loop; extent 0 where its bounds are no numbers */
    int64_t tiles;               /* product of the extents */
    const Stmt *body;
} CoresRegion;

bool stmt_is_on_cores(const Stmt *stmt);

/* The region whose outermost loop is `loop`. */
CoresRegion cores_region(const Stmt *loop);

/* How often regions are entered when the statement runs: threads start and end together so often, or less where
 * copies share a start. A loop around whose range is not fixed counts as one iteration. */
double cores_count_starts(const Stmt *stmt);

/* Why the tiles of the region that starts at `loop` may not run at the same time; NULL when it is proved that they may:
 * the loops have fixed ranges and are not summed over, nor is a loop around them; no other region is around or inside;
 * and no tile writes an element, of a tensor that is not its own, that another one reads or writes. `facts`: what is
 * known around the loop. The residual counts as the output, whose memory it may share. Sound, not complete. */
const char *cores_find_fault(Context *context, const Nest *nest, const Facts *facts, const Stmt *loop);

/* May the tiles of two regions run at the same time: is it proved that they have no element in common which one of them
 * writes, other than of their own buffers? So it is for the copies of a loop that was cut into tiles. Both regions
 * stand where `facts` is known. Sound, not complete. */
bool cores_are_apart(Context *context, const Nest *nest, const Facts *facts, const Stmt *a, const Stmt *b);

#endif
