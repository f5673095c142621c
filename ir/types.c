/* SPDX-License-Identifier: Apache-2.0 */
/* The scalar types of types.def, and rounding to them.
 *
 * A value is rounded to a float type straight from f64, in one step: bf16 by way of f32 would round twice. */
#include "ir/types.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
} types[TYPE_COUNT] = {
#define TYPE(id, spelling, bytes) [TYPE_##id] = {#spelling, bytes},
#include "ir/types.def"
#undef TYPE
};

const char *type_name(ScalarType type) {
    return types[type].name;
}

size_t type_bytes(ScalarType type) {
    return types[type].bytes;
}

bool type_find(const char *name, size_t length, ScalarType *out) {
    for (int i = 0; i < TYPE_COUNT; i++) {
        if (strlen(types[i].name) == length && memcmp(types[i].name, name, length) == 0) {
            *out = (ScalarType)i;
            return true;
        }
    }
    return false;
}

/* Rounds to a binary float of `precision` significant bits whose smallest subnormal is 2^lowest. */
static double round_float(double value, int precision, int lowest, double largest) {
    if (value == 0 || !isfinite(value)) return value;
    int exponent = 0;
    frexp(value, &exponent); /* 2^(exponent-1) <= |value| < 2^exponent */
    int unit = exponent - precision > lowest ? exponent - precision : lowest;
    double rounded = ldexp(rint(ldexp(value, -unit)), unit);
    return fabs(rounded) > largest ? copysign(INFINITY, value) : rounded;
}

/* Rounds to an integer type; NaN becomes 0. */
static double round_integer(double value, double lo, double hi) {
    if (isnan(value)) return 0;
    double rounded = rint(value);
    if (rounded < lo) return lo;
    return rounded > hi ? hi : rounded;
}

double type_round(ScalarType type, double value) {
    static const double f16_largest = 0x1.FFCp15;
    static const double bf16_largest = 0x1.FEp127;
    switch (type) {
    case TYPE_F64: return value;
    case TYPE_F32: return round_float(value, FLT_MANT_DIG, -149, FLT_MAX);
    case TYPE_F16: return round_float(value, 11, -24, f16_largest);
    case TYPE_BF16: return round_float(value, 8, -133, bf16_largest);
    case TYPE_S32: return round_integer(value, INT32_MIN, INT32_MAX);
    case TYPE_S8: return round_integer(value, INT8_MIN, INT8_MAX);
    case TYPE_U8: return round_integer(value, 0, UINT8_MAX);
    case TYPE_COUNT: break;
    }
    return NAN;
}
