/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of functions.def, and what they mean on real numbers. */
#include <math.h>
#include <string.h>

#include "ir/expr.h"

static const struct {
    const char *name;
    int arguments;
} functions[FUNCTION_COUNT] = {
#define FUNCTION(id, name, arguments) [FUNCTION_##id] = {#name, arguments},
#include "ir/functions.def"
#undef FUNCTION
};

const char *function_name(FunctionKind function) {
    return functions[function].name;
}

int function_arguments(FunctionKind function) {
    return functions[function].arguments;
}

bool function_find(const char *name, size_t length, FunctionKind *out) {
    for (int i = 0; i < FUNCTION_COUNT; i++) {
        if (strlen(functions[i].name) == length && memcmp(functions[i].name, name, length) == 0) {
            *out = (FunctionKind)i;
            return true;
        }
    }
    return false;
}

/* Comparisons as the vector instructions make them: of (NaN, b) the result is b. */
static double larger(double a, double b) {
    return a > b ? a : b;
}

static double smaller(double a, double b) {
    return a < b ? a : b;
}

static double clamp(double value, double low, double high) {
    return smaller(larger(value, low), high);
}

static double sigmoid(double value) {
    return 1 / (1 + exp(-value));
}

/* With its limit at -infinity, where the formula would be infinity times 0. */
static double silu(double value) {
    return value == -INFINITY ? 0 : value * sigmoid(value);
}

double function_evaluate(FunctionKind function, const double *arguments) {
    double value = arguments[0];
    switch (function) {
    case FUNCTION_RELU: return larger(value, 0);
    case FUNCTION_CLAMP: return clamp(value, arguments[1], arguments[2]);
    case FUNCTION_LEAKY_RELU: return value > 0 ? value : value * arguments[1];
    case FUNCTION_HARDSWISH: return value * clamp(value + 3, 0, 6) / 6;
    case FUNCTION_SIGMOID: return sigmoid(value);
    case FUNCTION_SILU: return silu(value);
    case FUNCTION_COUNT: break;
    }
    return NAN;
}
