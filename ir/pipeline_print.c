/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a tensor expression: first what is given, then the stages, one a line. */
#include "ir/pipeline.h"

#include <string.h>

static void print_layout_and_padding(const Tensor *tensor, Text *text) {
    tensor_print_axes(tensor, text);
    if (tensor->padded) text_add_string(text, " padded");
}

/* "b[k] + sum[c 64, r 3, s 3] x[...] * w[...]" */
static const char *print_sum(const Stage *stage, Context *context) {
    Text text = text_new(context);
    if (stage->init != NULL) {
        expr_print(stage->init, "", &text);
        text_add_string(&text, " + ");
    }
    text_add_string(&text, "sum[");
    for (int i = 0; i < stage->reduction_count; i++)
        text_add(&text, "%s%s %lld", i > 0 ? ", " : "", stage->reductions[i]->name,
                 (long long)stage->reduction_extents[i]);
    text_add_string(&text, "] ");
    bool has_addends = stage->sum->kind == EXPR_ADD || stage->sum->kind == EXPR_SUBTRACT;
    if (has_addends) text_add_string(&text, "(");
    expr_print(stage->sum, "", &text);
    if (has_addends) text_add_string(&text, ")");
    return text_string(&text);
}

/* Would the sum, printed as it is, take something of the expression around it for its own start or body? `tight`: the
 * place is a factor or what is added from the right. */
static bool sum_needs_parentheses(const Expr *expr, bool tight) {
    switch (expr->kind) {
    case EXPR_NUMBER:
    case EXPR_ACCESS: return false;
    case EXPR_PARTIAL: return tight;
    case EXPR_CAST: return sum_needs_parentheses(expr->cast.operand, false);
    case EXPR_ADD:
    case EXPR_SUBTRACT:
        return sum_needs_parentheses(expr->binary.left, false) || sum_needs_parentheses(expr->binary.right, true);
    case EXPR_MULTIPLY:
        return sum_needs_parentheses(expr->binary.left, true) || sum_needs_parentheses(expr->binary.right, true);
    case EXPR_CALL:
        for (int i = 0; i < function_arguments(expr->call.function); i++) {
            if (sum_needs_parentheses(expr->call.arguments[i], false)) return true;
        }
        return false;
    }
    return false;
}

static void print_value(const Stage *stage, Text *text) {
    const char *partial = "";
    if (stage->sum != NULL) {
        partial = print_sum(stage, text->context);
        if (sum_needs_parentheses(stage->finish, false)) partial = arena_format(text->context, "(%s)", partial);
    }
    expr_print(stage->finish, partial, text);
}

static void print_stage(const Stage *stage, Text *text) {
    const Tensor *output = stage->output;
    bool has_type = output->type != TYPE_F32;
    text_add(text, "%s%s", output->name, stage->ahead ? " ahead" : "");
    if (has_type) text_add(text, " %s", type_name(output->type));
    if (has_type || stage->ahead) text_add_string(text, " ");
    print_layout_and_padding(output, text);
    text_add_string(text, " = ");
    print_value(stage, text);
    if (stage->where_count > 0) {
        text_add_string(text, " where ");
        cond_print_list(stage->where, stage->where_count, ", ", text);
    }
    text_add_string(text, "\n");
}

void pipeline_print(const Pipeline *pipeline, Text *text) {
    for (int i = 0; i < pipeline->tensor_count; i++) {
        const Tensor *tensor = pipeline->tensors[i];
        if (pipeline_find_stage(pipeline, tensor->name) == NULL) tensor_print_declaration(tensor, text);
    }
    for (int i = 0; i < pipeline->stage_count; i++) print_stage(pipeline->stages[i], text);
}

const Tensor *pipeline_find_tensor(const Pipeline *pipeline, const char *name) {
    for (int i = 0; i < pipeline->tensor_count; i++) {
        if (strcmp(pipeline->tensors[i]->name, name) == 0) return pipeline->tensors[i];
    }
    return NULL;
}

const Stage *pipeline_find_stage(const Pipeline *pipeline, const char *name) {
    for (int i = 0; i < pipeline->stage_count; i++) {
        if (strcmp(pipeline->stages[i]->output->name, name) == 0) return pipeline->stages[i];
    }
    return NULL;
}
