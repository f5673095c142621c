/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of tensor expressions, for texts and for what algorithms build.
 *
 * Reads are proved to be inside by interval arithmetic over the extents of the loops (ir/range.h). Outside of a tensor
 * that is declared padded only the terms of a sum, and stages without a sum, may read.
 *
 * What is known ahead are weights: an ahead stage reads arguments (which makes them weights), constants and other ahead
 * stages, never a stage that runs with the kernel. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ir/pipeline_internal.h"
#include "ir/problem.h"
#include "ir/range.h"

enum { MAX_MESSAGE_BYTES = 512 };

typedef enum Part { PART_INIT, PART_SUM, PART_FINISH } Part;

typedef struct Verifier {
    Context *context;
    const Pipeline *pipeline;
    const SourcePlaces *places;
    bool *is_computed; /* by tensor: can be read now */
    const Var **loops; /* by id: those seen so far */
    int64_t *extents;  /* by loop id; 0: not in scope */
    const Stage *stage;
    Part part;
    int partial_count; /* EXPR_PARTIAL seen in the stage */
} Verifier;

/* An error at the node's place when that is known, else at the stage's. */
static Status fail(const Verifier *verifier, const void *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static Status fail(const Verifier *verifier, const void *node, const char *format, ...) {
    char message[MAX_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const SourcePlaces *places = verifier->places;
    size_t offset = 0;
    bool is_placed = source_places_find(places, node, &offset) || source_places_find(places, verifier->stage, &offset);
    if (!is_placed) return diag_error(verifier->context, STATUS_INVALID, "%s", message);
    return diag_error_at(verifier->context, STATUS_INVALID, places->source, offset, "%s", message);
}

/* Words that name no tensor, axis or loop: keywords, types, functions. */
static bool is_reserved(const char *name) {
    static const char *const keywords[] = {"tensor", "constant", "as", "padded", "ahead", "sum", "where", "div", "mod"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        if (strcmp(keywords[i], name) == 0) return true;
    }
    ScalarType type;
    FunctionKind function;
    return type_find(name, strlen(name), &type) || function_find(name, strlen(name), &function);
}

static Status verify_name(const Verifier *verifier, const void *node, const char *name) {
    bool is_name = name[0] != '\0' && (name[0] < '0' || name[0] > '9');
    for (const char *c = name; *c != '\0'; c++) {
        bool is_letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
        is_name = is_name && (is_letter || (*c >= '0' && *c <= '9'));
    }
    if (!is_name) return fail(verifier, node, "'%s' is not a name", name);
    if (is_reserved(name)) return fail(verifier, node, "'%s' is a reserved word and cannot be a name", name);
    return STATUS_OK;
}

static Status verify_values(const Verifier *verifier, const Tensor *tensor) {
    bool is_constant = tensor->scope == SCOPE_CONSTANT;
    if (is_constant != (tensor->values != NULL))
        return fail(verifier, tensor, "tensor %s: a constant, and only a constant, has values", tensor->name);
    int64_t count = is_constant ? tensor_elements(tensor) : 0;
    for (int64_t i = 0; i < count; i++) {
        if (tensor->values[i].denominator < 1)
            return fail(verifier, tensor, "constant %s: a denominator is not positive", tensor->name);
    }
    return STATUS_OK;
}

static Status verify_tensor(const Verifier *verifier, const Tensor *tensor) {
    TRY(verify_name(verifier, tensor, tensor->name));
    const Tensor *first = pipeline_find_tensor(verifier->pipeline, tensor->name);
    if (first != tensor) return fail(verifier, tensor, "a second tensor '%s'", tensor->name);
    for (int i = 0; i < tensor->rank && i < TENSOR_MAX_RANK; i++)
        TRY(verify_name(verifier, &tensor->axes[i], tensor->axes[i].name));
    Status status = tensor_verify(verifier->context, tensor);
    if (status != STATUS_OK) {
        const char *message = arena_string(verifier->context, diag_message(verifier->context));
        return fail(verifier, tensor, "%s", message);
    }
    return verify_values(verifier, tensor);
}

static int tensor_number(const Pipeline *pipeline, const Tensor *tensor) {
    int i = 0;
    while (i < pipeline->tensor_count && pipeline->tensors[i] != tensor) i++;
    return i;
}

/* Is the tensor listed, and is it computed before this stage? */
static Status verify_source(const Verifier *verifier, const Expr *access) {
    const Tensor *tensor = access->access.tensor;
    const char *stage = verifier->stage->output->name;
    int number = tensor_number(verifier->pipeline, tensor);
    if (number == verifier->pipeline->tensor_count)
        return fail(verifier, access, "stage %s reads %s, which is not a tensor of this expression", stage,
                    tensor->name);
    if (!verifier->is_computed[number])
        return fail(verifier, access, "stage %s reads %s before it is computed", stage, tensor->name);
    if (verifier->stage->ahead && tensor->scope == SCOPE_WORKSPACE)
        return fail(verifier, access, "stage %s is ahead and cannot read %s, which is computed with every call", stage,
                    tensor->name);
    return STATUS_OK;
}

static bool has_legal_id(const Verifier *verifier, const Var *var) {
    return var->id >= 0 && var->id < verifier->pipeline->var_count;
}

static bool is_in_scope(const Verifier *verifier, const Var *var) {
    return has_legal_id(verifier, var) && verifier->loops[var->id] == var && verifier->extents[var->id] > 0;
}

/* A loop that the index uses and that is not in scope, NULL when there is none. */
static const Var *find_stray_loop(const Verifier *verifier, const Affine *index) {
    for (int i = 0; i < index->count; i++) {
        const Term *term = &index->terms[i];
        const Var *var = term->var;
        if (term->kind != TERM_VAR) {
            var = find_stray_loop(verifier, term->inner);
        } else if (is_in_scope(verifier, var)) {
            var = NULL;
        }
        if (var != NULL) return var;
    }
    return NULL;
}

/* The range of an affine expression of loops in scope. */
static Status verify_affine(const Verifier *verifier, const void *node, const Affine *index, Range *out) {
    const char *stage = verifier->stage->output->name;
    const Var *stray = find_stray_loop(verifier, index);
    if (stray != NULL) return fail(verifier, node, "stage %s: loop %s is not in scope here", stage, stray->name);
    if (!range_of(index, verifier->extents, out))
        return fail(verifier, node, "stage %s: numbers beyond 2^48 in an index or a condition", stage);
    return STATUS_OK;
}

static Status fail_outside(const Verifier *verifier, const Expr *access, int axis, Range range) {
    const Tensor *tensor = access->access.tensor;
    Text text = text_new(verifier->context);
    expr_print(access, "", &text);
    const char *help = "the tensor is not padded";
    if (tensor->padded) help = "only terms of the sum may read the padding";
    return fail(verifier, access, "stage %s: %s reads %s %lld..%lld, outside of 0..%lld; %s",
                verifier->stage->output->name, text_string(&text), tensor->axes[axis].name, (long long)range.first,
                (long long)range.last, (long long)tensor->axes[axis].extent - 1, help);
}

static Status verify_access(const Verifier *verifier, const Expr *access) {
    const Tensor *tensor = access->access.tensor;
    TRY(verify_source(verifier, access));
    bool may_leave = tensor->padded && (verifier->part == PART_SUM || verifier->stage->sum == NULL);
    for (int i = 0; i < tensor->rank; i++) {
        Range range;
        TRY(verify_affine(verifier, access, access->access.index[i], &range));
        bool is_inside = range.first >= 0 && range.last < tensor->axes[i].extent;
        if (!is_inside && !may_leave) return fail_outside(verifier, access, i, range);
    }
    return STATUS_OK;
}

static Status verify_value(Verifier *verifier, const Expr *expr) {
    switch (expr->kind) {
    case EXPR_NUMBER:
        if (isfinite(expr->number.value)) return STATUS_OK;
        return fail(verifier, expr, "stage %s: a number is not finite", verifier->stage->output->name);
    case EXPR_ACCESS: return verify_access(verifier, expr);
    case EXPR_PARTIAL: verifier->partial_count++; return STATUS_OK;
    case EXPR_CAST: return verify_value(verifier, expr->cast.operand);
    case EXPR_ADD:
    case EXPR_SUBTRACT:
    case EXPR_MULTIPLY:
        TRY(verify_value(verifier, expr->binary.left));
        return verify_value(verifier, expr->binary.right);
    case EXPR_CALL:
        for (int i = 0; i < function_arguments(expr->call.function); i++)
            TRY(verify_value(verifier, expr->call.arguments[i]));
        return STATUS_OK;
    }
    return STATUS_OK;
}

/* One loop comes into scope: a new id, and a name that no other loop of the stage has. */
static Status open_loop(Verifier *verifier, const Var *var, int64_t extent, bool is_reduction) {
    const Stage *stage = verifier->stage;
    const char *name = stage->output->name;
    TRY(verify_name(verifier, var, var->name));
    if (extent < 1 || extent > PROBLEM_MAX_EXTENT)
        return fail(verifier, var, "stage %s: the extent of loop %s is impossible", name, var->name);
    if (!has_legal_id(verifier, var) || verifier->loops[var->id] != NULL)
        return fail(verifier, var, "stage %s: loop %s has the id of another", name, var->name);
    if (var->reduction != is_reduction || strcmp(var->stage, name) != 0)
        return fail(verifier, var, "stage %s: loop %s is marked as another stage's or kind's", name, var->name);
    verifier->loops[var->id] = var;
    verifier->extents[var->id] = extent;
    return STATUS_OK;
}

static Status open_spatial_loops(Verifier *verifier) {
    const Stage *stage = verifier->stage;
    for (int i = 0; i < stage->output->rank; i++) {
        const Axis *axis = &stage->output->axes[i];
        if (strcmp(axis->name, stage->loops[i]->name) != 0)
            return fail(verifier, stage, "stage %s: loop %s runs over axis %s", stage->output->name,
                        stage->loops[i]->name, axis->name);
        TRY(open_loop(verifier, stage->loops[i], axis->extent, false));
    }
    return STATUS_OK;
}

static Status open_reductions(Verifier *verifier) {
    const Stage *stage = verifier->stage;
    for (int i = 0; i < stage->reduction_count; i++) {
        const Var *var = stage->reductions[i];
        bool is_second = tensor_find_axis(stage->output, var->name) >= 0;
        for (int j = 0; j < i; j++) is_second = is_second || strcmp(stage->reductions[j]->name, var->name) == 0;
        if (is_second) return fail(verifier, var, "stage %s has a second loop '%s'", stage->output->name, var->name);
        TRY(open_loop(verifier, var, stage->reduction_extents[i], true));
    }
    return STATUS_OK;
}

static void close_reductions(Verifier *verifier) {
    const Stage *stage = verifier->stage;
    for (int i = 0; i < stage->reduction_count; i++) verifier->extents[stage->reductions[i]->id] = 0;
}

static Status verify_conditions(Verifier *verifier) {
    const Stage *stage = verifier->stage;
    if (stage->where_count > 0 && stage->sum == NULL)
        return fail(verifier, stage->where[0].expr, "stage %s has no sum for 'where' to choose terms of",
                    stage->output->name);
    for (int i = 0; i < stage->where_count; i++) {
        Range range;
        TRY(verify_affine(verifier, stage->where[i].expr, stage->where[i].expr, &range));
    }
    return STATUS_OK;
}

static Status verify_sum(Verifier *verifier) {
    const Stage *stage = verifier->stage;
    if ((stage->sum == NULL) != (stage->reduction_count == 0) || (stage->sum == NULL && stage->init != NULL))
        return fail(verifier, stage, "stage %s: loops of the sum, its term and its start must come together",
                    stage->output->name);
    verifier->part = PART_SUM;
    TRY(open_reductions(verifier));
    if (stage->sum != NULL) TRY(verify_value(verifier, stage->sum));
    TRY(verify_conditions(verifier));
    close_reductions(verifier);
    return STATUS_OK;
}

/* Init and finish, outside of the sum; only finish reads it. */
static Status verify_ends(Verifier *verifier) {
    const Stage *stage = verifier->stage;
    verifier->part = PART_INIT;
    if (stage->init != NULL) TRY(verify_value(verifier, stage->init));
    if (verifier->partial_count > 0)
        return fail(verifier, stage, "stage %s reads its sum inside of the sum", stage->output->name);
    verifier->part = PART_FINISH;
    TRY(verify_value(verifier, stage->finish));
    if (verifier->partial_count != (stage->sum != NULL ? 1 : 0))
        return fail(verifier, stage, "stage %s must read its sum once and has %d reads of it", stage->output->name,
                    verifier->partial_count);
    return STATUS_OK;
}

/* The result is an argument; what is ahead is packed; all else is workspace. */
static Scope scope_of_output(const Pipeline *pipeline, int number) {
    if (number == pipeline->stage_count - 1) return SCOPE_ARGUMENT;
    return pipeline->stages[number]->ahead ? SCOPE_PACKED : SCOPE_WORKSPACE;
}

static Status verify_output(const Verifier *verifier, int number) {
    const Tensor *output = verifier->stage->output;
    const Pipeline *pipeline = verifier->pipeline;
    int tensor = tensor_number(pipeline, output);
    if (tensor == pipeline->tensor_count)
        return fail(verifier, output, "the output of stage %s is not a tensor of this expression", output->name);
    if (verifier->is_computed[tensor])
        return fail(verifier, output, "tensor %s is computed by two stages", output->name);
    if (verifier->stage->ahead && number == pipeline->stage_count - 1)
        return fail(verifier, output, "stage %s is the result and cannot be ahead", output->name);
    Scope scope = scope_of_output(pipeline, number);
    if (output->scope == scope) return STATUS_OK;
    return fail(verifier, output, "the output of stage %s is in scope %s, not %s", output->name,
                scope_name(output->scope), scope_name(scope));
}

static Status verify_stage(Verifier *verifier, int number) {
    verifier->stage = verifier->pipeline->stages[number];
    verifier->partial_count = 0;
    TRY(verify_output(verifier, number));
    TRY(open_spatial_loops(verifier));
    TRY(verify_sum(verifier));
    TRY(verify_ends(verifier));
    for (int i = 0; i < verifier->stage->output->rank; i++) verifier->extents[verifier->stage->loops[i]->id] = 0;
    verifier->is_computed[tensor_number(verifier->pipeline, verifier->stage->output)] = true;
    return STATUS_OK;
}

static Status verify_declarations(Verifier *verifier) {
    const Pipeline *pipeline = verifier->pipeline;
    for (int i = 0; i < pipeline->tensor_count; i++) {
        const Tensor *tensor = pipeline->tensors[i];
        TRY(verify_tensor(verifier, tensor));
        if (pipeline_find_stage(pipeline, tensor->name) != NULL) continue;
        verifier->is_computed[i] = true;
        if (tensor->scope != SCOPE_ARGUMENT && tensor->scope != SCOPE_CONSTANT)
            return fail(verifier, tensor, "tensor %s is no argument, and no stage computes it", tensor->name);
    }
    return STATUS_OK;
}

Status pipeline_verify_at(Context *context, const Pipeline *pipeline, const SourcePlaces *places) {
    Verifier verifier = {
        .context = context,
        .pipeline = pipeline,
        .places = places,
        .is_computed = ARENA_ARRAY(context, bool, (size_t)pipeline->tensor_count + 1),
        .loops = ARENA_ARRAY(context, const Var *, (size_t)pipeline->var_count + 1),
        .extents = ARENA_ARRAY(context, int64_t, (size_t)pipeline->var_count + 1),
    };
    if (pipeline->stage_count < 1) return fail(&verifier, NULL, "a tensor expression needs a stage");
    TRY(verify_declarations(&verifier));
    for (int i = 0; i < pipeline->stage_count; i++) TRY(verify_stage(&verifier, i));
    return STATUS_OK;
}

Status pipeline_verify(Context *context, const Pipeline *pipeline) {
    return pipeline_verify_at(context, pipeline, NULL);
}
