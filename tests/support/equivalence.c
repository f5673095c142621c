/* SPDX-License-Identifier: Apache-2.0 */
/* Interpretation of two nests on the same data. */
#include "tests/support/equivalence.h"

#include <math.h>
#include <string.h>

#include "base/random.h"
#include "base/vector.h"
#include "ir/interpret.h"

typedef VECTOR(InterpretArgument) ArgumentList;

enum { DATA_SEED = 7 };

static ArgumentList make_arguments(Context *context, const Pipeline *pipeline) {
    ArgumentList arguments = {0};
    Random random = random_new(DATA_SEED, 0);
    for (int i = 0; i < pipeline->tensor_count; i++) {
        const Tensor *tensor = pipeline->tensors[i];
        if (tensor->scope != SCOPE_ARGUMENT) continue;
        int64_t elements = tensor_elements(tensor);
        InterpretArgument argument = {tensor->name, ARENA_ARRAY(context, double, (size_t)elements)};
        for (int64_t j = 0; j < elements; j++) argument.data[j] = (double)random_integer(&random, -3, 3);
        VECTOR_PUSH(context, &arguments, argument);
    }
    return arguments;
}

static InterpretArgument *find_argument(const ArgumentList *arguments, const char *name) {
    for (size_t i = 0; i < arguments->count; i++)
        if (strcmp(arguments->items[i].name, name) == 0) return &arguments->items[i];
    return NULL;
}

/* The residual may be the result's memory: the nest under test runs with both in one place. */
static void share_residual(const Pipeline *pipeline, ArgumentList *arguments) {
    const InterpretArgument *residual = find_argument(arguments, PIPELINE_RESIDUAL);
    if (residual == NULL) return;
    const char *result = pipeline->stages[pipeline->stage_count - 1]->output->name;
    find_argument(arguments, result)->data = residual->data;
}

static bool is_shared(const char *name) {
    return strcmp(name, PIPELINE_RESIDUAL) == 0;
}

/* Integers are summed exactly in any order, but not times 1/3. */
static bool is_exact(const Pipeline *pipeline) {
    for (int i = 0; i < pipeline->tensor_count; i++) {
        const Tensor *tensor = pipeline->tensors[i];
        if (tensor->scope != SCOPE_CONSTANT) continue;
        for (int64_t j = 0; j < tensor_elements(tensor); j++) {
            int64_t denominator = tensor->values[j].denominator;
            if ((denominator & (denominator - 1)) != 0) return false;
        }
    }
    return true;
}

static bool is_same(bool exact, double a, double b) {
    if (a == b || (isnan(a) && isnan(b))) return true;
    return !exact && fabs(a - b) <= 1e-5 * fmax(1, fabs(b));
}

Status equivalence_check(Context *context, const Nest *expected, const Nest *actual) {
    ArgumentList want = make_arguments(context, expected->pipeline);
    ArgumentList got = make_arguments(context, expected->pipeline);
    share_residual(expected->pipeline, &got);
    TRY(interpret_nest(context, expected, want.items, (int)want.count));
    TRY(interpret_nest(context, actual, got.items, (int)got.count));
    bool exact = is_exact(expected->pipeline);
    for (size_t i = 0; i < want.count; i++) {
        const Tensor *tensor = pipeline_find_tensor(expected->pipeline, want.items[i].name);
        if (is_shared(tensor->name)) continue;
        for (int64_t j = 0; j < tensor_elements(tensor); j++)
            if (!is_same(exact, want.items[i].data[j], got.items[i].data[j]))
                return diag_error(context, STATUS_WRONG, "element %lld of %s is %g instead of %g", (long long)j,
                                  tensor->name, got.items[i].data[j], want.items[i].data[j]);
    }
    return STATUS_OK;
}
