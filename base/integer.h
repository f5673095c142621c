/* SPDX-License-Identifier: Apache-2.0 */
/* Integer arithmetic that C leaves out. */
#ifndef SEPTET_BASE_INTEGER_H
#define SEPTET_BASE_INTEGER_H

#include <stdint.h>

static inline int64_t integer_min(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t integer_max(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* a / divisor rounded down, and up; divisor > 0. */
static inline int64_t integer_floor_div(int64_t a, int64_t divisor) {
    return a / divisor - (a % divisor < 0);
}

static inline int64_t integer_ceil_div(int64_t a, int64_t divisor) {
    return a / divisor + (a % divisor > 0);
}

/* a - divisor * (a / divisor rounded down), in 0 .. divisor-1; divisor > 0. */
static inline int64_t integer_floor_mod(int64_t a, int64_t divisor) {
    return a - divisor * integer_floor_div(a, divisor);
}

/* The largest number that divides both, >= 0; of 0 and a it is |a|. */
static inline int64_t integer_gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

#endif
