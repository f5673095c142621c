/* SPDX-License-Identifier: Apache-2.0 */
/* A nest interpreted on random data, beside the reference. */
#include "tests/support/reference_check.h"

#include <math.h>

#include "ir/interpret.h"
#include "ir/reference.h"

enum { DATA_RANGE = 3 };

/* One argument as the reference takes it and as the interpreter does: small whole numbers. */
typedef struct Operand {
    float *given;
    double *interpreted;
} Operand;

static Operand draw_operand(Context *context, Random *random, int64_t elements) {
    Operand operand = {ARENA_ARRAY(context, float, (size_t)elements), ARENA_ARRAY(context, double, (size_t)elements)};
    for (int64_t i = 0; i < elements; i++) {
        int64_t value = random_integer(random, -DATA_RANGE, DATA_RANGE);
        operand.given[i] = (float)value;
        operand.interpreted[i] = (double)value;
    }
    return operand;
}

typedef struct Operands {
    Operand x, w, b, residual, y;
} Operands;

static Operands draw_operands(Context *context, Random *random, const Problem *problem) {
    return (Operands){
        .x = draw_operand(context, random, problem_x_elements(problem)),
        .w = draw_operand(context, random, problem_w_elements(problem)),
        .b = draw_operand(context, random, problem->k),
        .residual = draw_operand(context, random, problem_y_elements(problem)),
        .y = draw_operand(context, random, problem_y_elements(problem)),
    };
}

static Status interpret(Context *context, const Nest *nest, const Problem *problem, const Operands *operands) {
    InterpretArgument arguments[5] = {{"x", operands->x.interpreted}, {"w", operands->w.interpreted}};
    int count = 2;
    if (problem_has(problem, EPILOGUE_BIAS)) arguments[count++] = (InterpretArgument){"b", operands->b.interpreted};
    if (problem_has(problem, EPILOGUE_ADD))
        arguments[count++] = (InterpretArgument){"residual", operands->residual.interpreted};
    arguments[count++] = (InterpretArgument){"y", operands->y.interpreted};
    return interpret_nest(context, nest, arguments, count);
}

/* What lies behind the channels in a last block is zero. */
static Status check_filling(Context *context, const Problem *problem, const double *y) {
    int64_t count = problem_y_elements(problem);
    for (int64_t i = 0; i < count; i++)
        if (problem_y_is_filling(problem, i) && y[i] != 0)
            return diag_error(context, STATUS_WRONG, "element %lld of y, a filling, is %g", (long long)i, y[i]);
    return STATUS_OK;
}

Status reference_check(Context *context, Random *random, const Problem *problem, const Nest *nest, double tolerance) {
    int64_t count = problem_output_count(problem);
    double *values = ARENA_ARRAY(context, double, (size_t)count);
    double *magnitudes = ARENA_ARRAY(context, double, (size_t)count);
    Operands operands = draw_operands(context, random, problem);
    TRY(interpret(context, nest, problem, &operands));
    reference_convolve(problem, operands.x.given, operands.w.given, operands.b.given, operands.residual.given, false,
                       NULL, count, values, magnitudes);
    for (int64_t i = 0; i < count; i++) {
        int64_t n = 0, k = 0, position[PROBLEM_MAX_SPATIAL];
        reference_unpack_index(problem, i, &n, &k, position);
        double value = operands.y.interpreted[problem_y_offset(problem, n, k, position)];
        if (fabs(value - values[i]) > tolerance * (1 + magnitudes[i]))
            return diag_error(context, STATUS_WRONG, "output %lld is %g instead of %g", (long long)i, value, values[i]);
    }
    return check_filling(context, problem, operands.y.interpreted);
}
