/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the results of two libraries. */
#include "bench/peer.h"

#include <math.h>

#include "ir/reference.h"

double peer_difference(const Problem *problem, const float *y, const float *theirs) {
    double difference = 0, norm = 0;
    int64_t count = problem_output_count(problem);
    for (int64_t i = 0; i < count; i++) {
        int64_t n, k, position[PROBLEM_MAX_SPATIAL];
        reference_unpack_index(problem, i, &n, &k, position);
        int64_t offset = problem_y_offset(problem, n, k, position);
        double expected = theirs[offset], apart = (double)y[offset] - expected;
        difference += apart * apart;
        norm += expected * expected;
    }
    return norm > 0 ? sqrt(difference / norm) : sqrt(difference);
}

double peer_difference_bound(const Problem *problem) {
    double bound = (sqrt((double)data_taps(problem)) + 3) * 0x1p-22;
    for (int i = 0; i < problem->epilogue_count; i++) {
        if (!epilogue_is_exact(problem->epilogue[i].kind)) return bound + 1e-5;
    }
    return bound;
}
