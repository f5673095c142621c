/* SPDX-License-Identifier: Apache-2.0 */
/* Names and meanings of the statuses of measurements, and a measurement of which nothing is known yet. */
#include "tuner/measurement.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *name, *meaning;
} statuses[MEASUREMENT_STATUSES] = {
#define STATUS(id, name, meaning) {name, meaning},
#include "tuner/statuses.def"
#undef STATUS
};

const char *measurement_status_name(MeasurementStatus status) {
    return statuses[status].name;
}

const char *measurement_status_meaning(MeasurementStatus status) {
    return statuses[status].meaning;
}

bool measurement_status_parse(const char *name, MeasurementStatus *out) {
    for (int i = 0; i < MEASUREMENT_STATUSES; i++) {
        if (strcmp(statuses[i].name, name) != 0) continue;
        *out = (MeasurementStatus)i;
        return true;
    }
    return false;
}

Measurement measurement_unknown(MeasurementStatus status, const Candidate *candidate) {
    return (Measurement){.candidate = *candidate,
                         .kind = MEASURED_SEARCH,
                         .status = status,
                         .time_ns = NAN,
                         .min_ns = NAN,
                         .spread = NAN,
                         .drift = NAN,
                         .error_l2 = NAN,
                         .error_max = NAN,
                         .packed_bytes = -1,
                         .workspace_bytes = -1,
                         .code_bytes = -1};
}
