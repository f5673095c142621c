/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up measurements for tests of the database. */
#include "tests/tuner/database/rows.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

Measurement rows_measurement(const char *schedule, double time_ns) {
    Measurement made = {
        .candidate = {.problem = ROWS_PROBLEM, .target = "scalar", .schedule = schedule, .workers = 1},
        .kind = MEASURED_CONFIRM,
        .status = MEASUREMENT_OK,
        .time_ns = time_ns,
        .min_ns = time_ns * 0.99,
        .spread = 0.01,
        .visit_count = 2,
        .drift = NAN,
        .error_l2 = 1e-7,
        .error_max = 1e-6,
        .packed_bytes = 1216,
        .workspace_bytes = 64,
        .code_bytes = 900,
        .object_sha256 = "0123",
        .build_s = 0.01,
        .wait_s = 0,
        .run_s = 0.1,
    };
    for (int i = 0; i < 2; i++)
        made.visits[i] = (Visit){.median_ns = time_ns, .min_ns = time_ns, .spread = 0.01, .samples = 9, .steal = NAN};
    return made;
}

Origin rows_origin(const char *machine, const char *measured_at) {
    return (Origin){.machine = machine, .build = "septet 0.1.0, LLVM 19", .measured_at = measured_at};
}

const char *rows_export(Context *context, Database *database) {
    char *text = NULL;
    size_t length = 0;
    DatabaseChange change;
    FILE *out = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(out);
    Status status = database_export(context, database, NULL, out, &change);
    fclose(out);
    const char *copy = arena_string(context, text);
    free(text);
    ck_assert_msg(status == STATUS_OK, "%s", diag_message(context));
    return copy;
}
