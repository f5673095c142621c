/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up measurements for tests of the database. */
#ifndef SEPTET_TESTS_TUNER_DATABASE_ROWS_H
#define SEPTET_TESTS_TUNER_DATABASE_ROWS_H

#include "tuner/database/database.h"

#define ROWS_PROBLEM                                                                                                   \
    "conv2d n=1 g=1 c=4 h=6 w=6 k=8 p=6 q=6 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "             \
    "layout=nhwc,nhwc epilogue=bias"

/* A good one: two visits, confirmed, of a schedule with that text; target scalar, one worker, warm. */
Measurement rows_measurement(const char *schedule, double time_ns);

/* The origin "machine" at that moment; session and UUID none. */
Origin rows_origin(const char *machine, const char *measured_at);

/* All rows and tombstones as JSON lines, in the arena. */
const char *rows_export(Context *context, Database *database);

#endif
