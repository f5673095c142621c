/* SPDX-License-Identifier: Apache-2.0 */
/* Problems, tensor expressions, loop nests and schedules of a megabyte: many lines, one line, deep nesting. */
#include "ir/nest.h"
#include "ir/problem.h"
#include "ir/schedule.h"
#include "tests/support/large_text.h"
#include "tests/support/run.h"

enum { BYTES = 1 << 20, BUDGET = 512 << 20 };

typedef Status Parse(Context *context, const Source *source);

static Status parse_problem(Context *context, const Source *source) {
    Problem problem;
    return problem_parse(context, source, &problem);
}

static Status parse_pipeline(Context *context, const Source *source) {
    const Pipeline *pipeline;
    return pipeline_parse(context, source, &pipeline);
}

static Status parse_nest(Context *context, const Source *source) {
    const Nest *nest;
    return nest_parse(context, source, &nest);
}

static Status parse_schedule(Context *context, const Source *source) {
    const Schedule *schedule;
    return schedule_parse(context, source, &schedule);
}

#define TENSOR "tensor x f32 [n 4]\n"
#define NEST TENSOR "tensor y f32 [n 4]\n"

static const struct {
    Parse *parse;
    LargeText text;
} cases[] = {
    {parse_problem, {"conv2d n=", "1", "", BYTES, "number with more than 64 characters"}},
    {parse_problem, {"conv2d ", "n=1 ", "", BYTES, "expected 'g', found 'n'"}},
    {parse_problem, {"", "\n", "", BYTES, "expected conv1d, conv2d"}},
    {parse_schedule, {"", "\n", "", BYTES, NULL}},
    {parse_schedule, {"", "unroll c\n", "", BYTES, "more than 128 steps"}},
    {parse_schedule, {"unroll", " c$", "", BYTES, "more than 64 names in one step"}},
    {parse_schedule, {"unroll ", "c", "", BYTES, NULL}},
    {parse_schedule, {"pack w as [", "k/2 ", "] -> wp", BYTES, "a layout has at most 12 axes"}},
    {parse_schedule, {"pack w as [k", "%2", "] -> wp", BYTES, "an axis has at most 3 of"}},
    {parse_pipeline, {"", "\n", "", BYTES, "a tensor expression needs a stage"}},
    {parse_pipeline, {"", "tensor x$ f32 [n 4]\n", "y[n 4] = x0[n]", BYTES, "at most 256 tensors"}},
    {parse_pipeline, {TENSOR, "y$[n 4] = x[n]\n", "", BYTES, "at most 256 tensors"}},
    {parse_pipeline, {"tensor x f32 [", "n$ 1,", "m 1]", BYTES, "a tensor has at most 12 axes"}},
    {parse_pipeline, {TENSOR "y[n 4] = ", "(", "", BYTES, "more than 64 brackets"}},
    {parse_pipeline, {TENSOR "y[n 4] = ", "-", "x[n]", BYTES, "expected a value, found '-'"}},
    {parse_pipeline, {TENSOR "y[n 4] = ", "x[n] + ", "x[n]", BYTES, "an expression has at most 4096 operands"}},
    {parse_pipeline, {TENSOR "y[n 4] = x[", "(", "n]", BYTES, "more than 64 brackets"}},
    {parse_pipeline, {TENSOR "y[n 4] = x[n", " + n - n", "]", BYTES, "an expression has at most 4096 operands"}},
    {parse_pipeline, {TENSOR "y[n 4] = x[n", " div 1", "]", BYTES, "an expression has at most 4096 operands"}},
    {parse_pipeline, {TENSOR "y[n 4] = x[n", " mod 1000", "]", BYTES, "an expression has at most 4096 operands"}},
    {parse_pipeline, {TENSOR "y[n 4] = sum[", "c$ 1,", "d 1] x[n]", BYTES, "a sum has at most 12 loops"}},
    {parse_pipeline,
     {TENSOR "y[n 4] = sum[c 1] x[n] where 0", " <= c", "", BYTES, "an expression has at most 4096 operands"}},
    {parse_nest, {NEST, "\n", "", BYTES, NULL}},
    {parse_nest, {NEST, "for y.n 4 {\n", "", BYTES, "more than 256 statements in one another"}},
    {parse_nest, {NEST, "for y.n$ 4 {\n", "", BYTES, "more than 256 statements in one another"}},
    {parse_nest, {NEST "for ", "n$ 4, ", "m 4: y[m] = x[m]\n", BYTES, "more than 256 statements in one another"}},
    {parse_nest, {NEST, "for n 4: y[n] = x[n]\n", "", BYTES, "more than 65536 statements"}},
    {parse_nest, {NEST, "for n$ 4: y[n$] = x[n$]\n", "", BYTES, "more than 4096 loops of different names"}},
    {parse_nest, {NEST "for n 4: if (0", " <= n", ") y[n] = x[n]\n", BYTES, "an expression has at most 4096 operands"}},
    {parse_nest, {NEST "for n 4: ", "if (n < 4) ", "y[n] = x[n]\n", BYTES, "more than 256 statements in one another"}},
    {parse_nest, {NEST "for n in max(0", ", 0", ")..4: y[n] = x[n]\n", BYTES, "more than 4 bounds"}},
    {parse_nest, {NEST "for n 4: y[n] = ", "x[n] + ", "x[n]\n", BYTES, "an expression has at most 4096 operands"}},
    {parse_nest, {NEST "for n 4: y[n] = ", "relu(", "\n", BYTES, "more than 64 brackets"}},
    {parse_nest,
     {NEST, "a$ f32 [n 4] in stack\n", "for n 4: y[n] = x[n]\n", BYTES, "more than 256 statements in one another"}},
};

START_TEST(test_that_large_texts_are_answered) {
    large_text_check(&cases[_i].text, BUDGET, cases[_i].parse);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("large_texts");
    tcase_add_loop_test(tests, test_that_large_texts_are_answered, 0, sizeof cases / sizeof cases[0]);
    return run_tests(tests);
}
