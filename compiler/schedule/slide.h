/* SPDX-License-Identifier: Apache-2.0 */
/* Computing what a region gains from one iteration of a loop to the next. */
#ifndef SEPTET_COMPILER_SCHEDULE_SLIDE_H
#define SEPTET_COMPILER_SCHEDULE_SLIDE_H

#include "compiler/schedule/producer.h"

/* The stage's nest for an iteration of `loop`, which reads `region`, where what earlier iterations computed is still
 * there: in the first iteration it computes the region, in the others the part that the one before had not. Refused, at
 * the step's `store`, when the region does not move along one axis by the same number of elements each time. */
Status slide_stage(const Application *application, const Producer *producer, const Stmt *loop, const Region *region,
                   const Stmt **out);

#endif
