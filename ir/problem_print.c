/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical text of a problem. Every field is printed, in one order and one spelling, so that texts can be compared
 * instead of problems. */
#include "ir/problem.h"

static void print_sizes(const Problem *problem, Text *text) {
    text_add(text, " n=%lld g=%lld c=%lld", (long long)problem->n, (long long)problem->g, (long long)problem->c);
    for (int i = 0; i < problem->spatial; i++)
        text_add(text, " %s=%lld", problem_letters(problem->spatial, i).input, (long long)problem->dimension[i].input);
    text_add(text, " k=%lld", (long long)problem->k);
    for (int i = 0; i < problem->spatial; i++)
        text_add(text, " %s=%lld", problem_letters(problem->spatial, i).output,
                 (long long)problem->dimension[i].output);
    for (int i = 0; i < problem->spatial; i++)
        text_add(text, " %s=%lld", problem_letters(problem->spatial, i).kernel,
                 (long long)problem->dimension[i].kernel);
}

/* " KEY=" before the first value, "," before the others. */
static void print_value(const char *key, int index, int64_t value, Text *text) {
    if (index == 0) {
        text_add(text, " %s=%lld", key, (long long)value);
    } else {
        text_add(text, ",%lld", (long long)value);
    }
}

static void print_window(const Problem *problem, Text *text) {
    int spatial = problem->spatial;
    const Dimension *dimension = problem->dimension;
    for (int i = 0; i < spatial; i++) print_value("stride", i, dimension[i].stride, text);
    for (int i = 0; i < spatial; i++) print_value("pad", i, dimension[i].pad_begin, text);
    for (int i = 0; i < spatial; i++) print_value("pad", spatial + i, dimension[i].pad_end, text);
    for (int i = 0; i < spatial; i++) print_value("dilation", i, dimension[i].dilation, text);
}

static void print_epilogue(const Problem *problem, Text *text) {
    text_add_string(text, problem->epilogue_count == 0 ? " epilogue=none" : " epilogue=");
    for (int i = 0; i < problem->epilogue_count; i++) {
        const EpilogueOp *op = &problem->epilogue[i];
        text_add(text, "%s%s", i > 0 ? "," : "", epilogue_name(op->kind));
        for (int j = 0; j < epilogue_parameters(op->kind); j++) {
            text_add_string(text, j == 0 ? "=" : ",");
            text_add_number(text, op->parameters[j]);
        }
    }
}

void problem_print(const Problem *problem, Text *text) {
    text_add(text, "%sconv%dd", problem->transposed ? "de" : "", problem->spatial);
    print_sizes(problem, text);
    print_window(problem, text);
    text_add(text, " type=%s,%s,%s layout=", type_name(problem->x_type), type_name(problem->w_type),
             type_name(problem->y_type));
    layout_print(problem->x_layout, problem->spatial, text);
    text_add_string(text, ",");
    layout_print(problem->y_layout, problem->spatial, text);
    print_epilogue(problem, text);
}
