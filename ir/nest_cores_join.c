/* SPDX-License-Identifier: Apache-2.0 */
/* Two indices of fused loops as one number. */
#include <string.h>

#include "ir/nest_cores_internal.h"

/* `key` without its i-th term. */
static const Affine *without(Context *context, const Affine *key, int i) {
    const Term *term = &key->terms[i];
    const Affine *value = term->kind == TERM_DIV ? affine_div(context, term->inner, term->divisor)
                                                 : affine_mod(context, term->inner, term->divisor);
    return affine_subtract(context, key, affine_scale(context, value, term->coefficient));
}

/* Where `key` has the term a*(inner div divisor) with a dividing `weight`; -1: nowhere. */
static int find_quotient(Context *context, const Affine *key, const Term *remainder, int64_t weight) {
    const Affine *quotient = affine_div(context, remainder->inner, remainder->divisor);
    if (quotient->count != 1 || quotient->constant != 0 || quotient->terms[0].kind != TERM_DIV) return -1;
    for (int i = 0; i < key->count; i++) {
        const Term *term = &key->terms[i];
        if (term->kind == TERM_DIV && term->divisor == quotient->terms[0].divisor &&
            affine_equal(term->inner, quotient->terms[0].inner) && weight % term->coefficient == 0)
            return i;
    }
    return -1;
}

const Affine *cores_join(Context *context, const Affine *whole, const Affine *rest, int64_t *weight) {
    for (int i = 0; i < rest->count; i++) {
        const Term *remainder = &rest->terms[i];
        if (remainder->kind != TERM_MOD) continue;
        int64_t product = remainder->coefficient * remainder->divisor;
        int place = find_quotient(context, whole, remainder, product);
        if (place < 0) continue;
        *weight = product / whole->terms[place].coefficient;
        const Affine *others = affine_scale(context, without(context, whole, place), *weight);
        others = affine_add(context, others, without(context, rest, i));
        return affine_add(context, others, affine_scale(context, remainder->inner, remainder->coefficient));
    }
    return NULL;
}

const Tensor *cores_memory_of(const Nest *nest, const Tensor *tensor) {
    const Pipeline *pipeline = nest->pipeline;
    if (strcmp(tensor->name, PIPELINE_RESIDUAL) != 0 || pipeline->stage_count == 0) return tensor;
    const Tensor *output = pipeline->stages[pipeline->stage_count - 1]->output;
    return tensor->rank == output->rank ? output : tensor;
}
