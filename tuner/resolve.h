/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the schedule of a problem and builds its plan. The first that there is; the word becomes the plan's
 * schedule_source, which is printed and kept in the kernel's info:
 *     file               the schedule that the caller gives
 *     record             the best record of this problem, target, machine and number of threads
 *     record-stale       the same, but its schedule now compiles to another object than the one that was timed
 *     record-unverified  the same, but the record does not say which object was timed
 *     similar            the best record of another machine
 *     … (shipped)        one of these four, which came with septet: "record (shipped)"
 *     transferred        borrowed from the nearest problem: its best recipe and knobs, applied to this one
 *     default            the analytic default of the recipes
 *     naive              the seven loops as they stand, when the default does not apply: every legal layer compiles */
#ifndef SEPTET_TUNER_RESOLVE_H
#define SEPTET_TUNER_RESOLVE_H

#include "compiler/plan.h"
#include "tuner/database/database.h"
#include "tuner/nearest.h"

/* A schedule that was found in the database. */
typedef struct Found {
    const Schedule *schedule;
    const Record *record;
    bool similar; /* of another machine */
    const Neighbour
        *neighbour; /* it is made from this one's record; `record` is NULL then. NULL: it is the problem's own */
} Found;

/* Looks for a record of the problem. *out is NULL when there is none; one whose schedule this version cannot read is
 * passed over with a note. `machine` is machine_text. Inside context_run; errors of tuner/database/database.h. */
Status resolve_find(Context *context, Database *database, const char *machine, const PlanRequest *request,
                    const Found **out);

/* Where there is no record: borrows from the nearest of the problems that are at most four times as large or small,
 * whose recipe and knobs make a promising schedule of this one. *out is NULL when there is none, or it is the default
 * itself.
 */
Status resolve_borrow(Context *context, Database *database, const char *machine, const PlanRequest *request,
                      const Found **out);

/* As plan_build, but request->schedule_source is not looked at: *out tells it. A given schedule that does not apply is
 * an error; a found one (NULL: none) or a default that does not is passed over with a note. */
Status resolve_plan(Context *context, const PlanRequest *request, const Found *found, const Plan **out);

/* SHA-256, in hexadecimal, of the object that a schedule compiles to under the name and with the source of a schedule
 * that measured objects have. STATUS_REFUSED and STATUS_UNPROVED when it does not apply any more. */
Status resolve_object_sha256(Context *context, const PlanRequest *request, const Schedule *schedule,
                             char out[SHA256_HEX_BYTES]);

#endif
