/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/pipeline.h: golden texts, what the grammar leaves free, and that garbage is refused without harm.
 * Messages of refused texts are in test_pipeline_refused.c. */
#include "ir/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/base/failing_allocator.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tests/support/spoil.h"

enum { MUTATIONS_PER_FILE = 250, MAX_SLIPS = 3 };

static Status parse_text(Context *context, const char *text, const Pipeline **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = "test", .text = text, .length = strlen(text)};
    return pipeline_parse(context, source, out);
}

static const char *print(Context *context, const Pipeline *pipeline) {
    Text text = text_new(context);
    pipeline_print(pipeline, &text);
    return text_string(&text);
}

/* The text prints as `expected`, and so does what is printed. */
static Status assert_prints(Context *context, const char *text, const char *expected) {
    const Pipeline *pipeline = NULL, *again = NULL;
    TRY(parse_text(context, text, &pipeline));
    const char *printed = print(context, pipeline);
    ck_assert_str_eq(printed, expected);
    TRY(parse_text(context, printed, &again));
    ck_assert_str_eq(print(context, again), printed);
    return pipeline_verify(context, again);
}

static Status print_golden_files(Context *context, void *data) {
    (void)data;
    for (const char *const *path = golden_text_list(context, "ir/pipelines", ""); *path != NULL; path++) {
        const char *expected = golden_text_uncommented(context, *path);
        TRY(assert_prints(context, golden_text_read(context, *path)->text, expected));
    }
    return STATUS_OK;
}

START_TEST(test_the_six_kernels_print_as_they_are_written) {
    run_in_context(print_golden_files, NULL);
}
END_TEST

#define GIVEN                                                                                                          \
    "tensor x f32 [n 1, c 8, h 6, w 6] padded\n"                                                                       \
    "tensor w f32 [k 4, c 8, r 3, s 3]\n"                                                                              \
    "tensor b f32 [k 4]\n"

typedef struct Form {
    const char *written, *printed;
} Form;

static Status compare_forms(Context *context, void *data) {
    const Form *form = data;
    const char *written = arena_format(context, GIVEN "%s", form->written);
    return assert_prints(context, written, arena_format(context, GIVEN "%s", form->printed));
}

/* Where a sum starts from, what belongs to it, and which parentheses matter. */
START_TEST(test_sums) {
    Form forms[] = {
        {"y[k 4] = sum[c] x[0, c, 0, 0] * w[k, c, 0, 0]", "y[k 4] = sum[c 8] x[0, c, 0, 0] * w[k, c, 0, 0]\n"},
        {"y[k 4] = b[k] + sum[c 8] x[0, c, 0, 0]", "y[k 4] = b[k] + sum[c 8] x[0, c, 0, 0]\n"},
        {"y[k 4] = (b[k] + sum[c 8] x[0, c, 0, 0])", "y[k 4] = b[k] + sum[c 8] x[0, c, 0, 0]\n"},
        {"y[k 4] = b[k] + (sum[c 8] x[0, c, 0, 0])", "y[k 4] = b[k] + (sum[c 8] x[0, c, 0, 0])\n"},
        {"y[k 4] = (sum[c 8] x[0, c, 0, 0]) + b[k]", "y[k 4] = sum[c 8] x[0, c, 0, 0] + b[k]\n"},
        {"y[k 4] = (sum[c 8] x[0, c, 0, 0]) * b[k]", "y[k 4] = (sum[c 8] x[0, c, 0, 0]) * b[k]\n"},
        {"y[k 4] = b[k] * (1 + sum[c 8] x[0, c, 0, 0])", "y[k 4] = b[k] * (1 + sum[c 8] x[0, c, 0, 0])\n"},
        {"y[k 4] = b[k] - sum[c 8] x[0, c, 0, 0]", "y[k 4] = b[k] - (sum[c 8] x[0, c, 0, 0])\n"},
        {"y[k 4] = b[k] * sum[c 8] x[0, c, 0, 0] * 2 + 1", "y[k 4] = b[k] * (sum[c 8] x[0, c, 0, 0] * 2) + 1\n"},
        {"y[k 4] = sum[c 8] (x[0, c, 0, 0] - 1 + w[k, c, 0, 0])",
         "y[k 4] = sum[c 8] (x[0, c, 0, 0] - 1 + w[k, c, 0, 0])\n"},
        {"y[k 4] = relu(b[k] - 1 + sum[c 8] x[0, c, 0, 0] - 2)",
         "y[k 4] = relu(b[k] - 1 + sum[c 8] x[0, c, 0, 0] - 2)\n"},
        {"y[k 4] = 1 + relu((b[k] + sum[c 8] x[0, c, 0, 0]) * 2)",
         "y[k 4] = 1 + relu((b[k] + sum[c 8] x[0, c, 0, 0]) * 2)\n"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) run_in_context(compare_forms, &forms[i]);
}
END_TEST

START_TEST(test_values) {
    Form forms[] = {
        {"y[k 4] = 1 - (2 - 3) - (4 + 5) * -6.50", "y[k 4] = 1 - (2 - 3) - (4 + 5) * -6.5\n"},
        {"y[k 4] = ((1 * 2)) * (3 * 4) + 1e-30", "y[k 4] = 1 * 2 * (3 * 4) + 1e-30\n"},
        {"y bf16 [k 4] = bf16(f16(b[k]) - s8(b[k]))", "y bf16 [k 4] = bf16(f16(b[k]) - s8(b[k]))\n"},
        {"y f32[k 4] = clamp(silu(b[k]), -1, leaky_relu(b[k], 0.1))",
         "y[k 4] = clamp(silu(b[k]), -1, leaky_relu(b[k], 0.1))\n"},
        {"y[k 4] = # a comment\n\n  b[k] +\n  # another\n  b[\n  3 -\n  k]\n", "y[k 4] = b[k] + b[3 - k]\n"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) run_in_context(compare_forms, &forms[i]);
}
END_TEST

START_TEST(test_indices) {
    Form forms[] = {
        {"y[p 5] = x[0, 0, 2*p - p, p+1]", "y[p 5] = x[0, 0, p, p + 1]\n"},
        {"y[p 5] = x[0, 0, -(p - 4), 4*(p div 2) mod 6]", "y[p 5] = x[0, 0, 4 - p, (((p div 2)*2) mod 3)*2]\n"},
        {"y[p 24] = x[0, p div 3 mod 8, (p mod 3)*2, p mod 6]",
         "y[p 24] = x[0, ((p div 3) mod 8), (p mod 3)*2, (p mod 6)]\n"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) run_in_context(compare_forms, &forms[i]);
}
END_TEST

START_TEST(test_conditions) {
    Form forms[] = {
        {"y[p 4] = sum[c 8] x[0, c, 0, 0] where 0 <= c + p - 3 < 5",
         "y[p 4] = sum[c 8] x[0, c, 0, 0] where 0 <= c + p - 3 < 5\n"},
        {"y[p 4] = sum[c 8] x[0, c, 0, 0] where c > p, p <= 3, c >= 2*p",
         "y[p 4] = sum[c 8] x[0, c, 0, 0] where c - 1 - p >= 0, p < 4, c - p*2 >= 0\n"},
        {"y[p 4] = sum[c 8] x[0, c, 0, 0] where\n (p + c) mod 2 = 0,\n p = c",
         "y[p 4] = sum[c 8] x[0, c, 0, 0] where ((c + p) mod 2) = 0, p - c = 0\n"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) run_in_context(compare_forms, &forms[i]);
}
END_TEST

START_TEST(test_stages_and_layouts) {
    Form forms[] = {
        {"u ahead bf16 [k 4, c 8] as [k/2 c k%2] = w[k, c, 0, 0]\ny[k 4] = b[k] + sum[c] u[k, c]",
         "u ahead bf16 [k 4, c 8] as [k/2 c k%2] = w[k, c, 0, 0]\ny[k 4] = b[k] + sum[c 8] u[k, c]\n"},
        {"t[h 6] as [h] padded = x[0, 0, h - 1, 0]\ny[p 6] = sum[r 3] t[p + r - 1] + t[p]",
         "t[h 6] padded = x[0, 0, h - 1, 0]\ny[p 6] = sum[r 3] t[p + r - 1] + t[p]\n"},
        {"u ahead f32 [k 4] as [k/4 k%4/2 k%2] = b[k]\ny[k 4] = u[k]",
         "u ahead [k 4] as [k/4 k%4/2 k%2] = b[k]\ny[k 4] = u[k]\n"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) run_in_context(compare_forms, &forms[i]);
}
END_TEST

/* Declarations are printed in front of the stages, constants in lowest terms. */
static Status print_constants(Context *context, void *data) {
    (void)data;
    const char *written = "t[i 2] = 1\n"
                          "constant A f32 [i 2, j 3] = { 2/4, -6/3, 0/7,\n\n 1, 2, 3 }\n"
                          "constant B f32 [j 3] = {1,2,\n3}\n"
                          "y[i 2] = t[i] + sum[j] A[i, j] * B[j]";
    return assert_prints(context, written,
                         "constant A f32 [i 2, j 3] = {\n"
                         "    1/2, -2, 0,\n"
                         "    1, 2, 3 }\n"
                         "constant B f32 [j 3] = { 1, 2, 3 }\n"
                         "t[i 2] = 1\n"
                         "y[i 2] = t[i] + sum[j 3] A[i, j] * B[j]\n");
}

START_TEST(test_constants) {
    run_in_context(print_constants, NULL);
}
END_TEST

static Status find_by_name(Context *context, void *data) {
    (void)data;
    const Pipeline *pipeline = NULL;
    TRY(pipeline_parse(context, golden_text_read(context, "ir/pipelines/c_winograd.txt"), &pipeline));
    ck_assert_int_eq(pipeline->stage_count, 7);
    ck_assert_int_eq(pipeline->tensor_count, 13);
    ck_assert_int_eq(pipeline->var_count, 5 + 5 + 7 + 7 + 7 + 7 + 5);
    ck_assert_int_eq(pipeline_find_tensor(pipeline, "y")->scope, SCOPE_ARGUMENT);
    ck_assert_int_eq(pipeline_find_tensor(pipeline, "U")->scope, SCOPE_PACKED);
    ck_assert_int_eq(pipeline_find_tensor(pipeline, "V")->scope, SCOPE_WORKSPACE);
    ck_assert_int_eq(pipeline_find_tensor(pipeline, "G")->values[3].denominator, 6);
    ck_assert(pipeline_find_stage(pipeline, "U")->ahead);
    ck_assert_ptr_null(pipeline_find_stage(pipeline, "x"));
    ck_assert_ptr_null(pipeline_find_tensor(pipeline, "z"));
    return STATUS_OK;
}

START_TEST(test_what_a_text_becomes) {
    run_in_context(find_by_name, NULL);
}
END_TEST

static Status parse_winograd(Context *context, void *data) {
    const Pipeline *pipeline = NULL;
    return parse_text(context, data, &pipeline);
}

static Status read_winograd(Context *context, void *data) {
    const char *text = golden_text_uncommented(context, "ir/pipelines/small_c_winograd.txt");
    *(char **)data = strdup(text);
    return STATUS_OK;
}

START_TEST(test_memory_that_runs_out_is_reported) {
    char *text = NULL;
    run_in_context(read_winograd, &text);
    ck_assert_uint_gt(run_until_memory_suffices(parse_winograd, text), 0);
    free(text);
}
END_TEST

/* A spoilt text is refused with a message, or is legal and prints as a text that prints the same. */
static Status parse_spoilt(Context *context, void *data) {
    const Pipeline *pipeline = NULL;
    Status status = parse_text(context, data, &pipeline);
    if (status == STATUS_OK) return assert_prints(context, data, print(context, pipeline));
    ck_assert_int_eq(status, STATUS_INVALID);
    ck_assert_msg(strncmp(diag_message(context), "test:", 5) == 0, "%s", diag_message(context));
    return STATUS_OK;
}

static Status spoil_golden_files(Context *context, void *data) {
    (void)data;
    Random random = random_new(1, 0);
    for (const char *const *path = golden_text_list(context, "ir/pipelines", ""); *path != NULL; path++) {
        const char *text = golden_text_uncommented(context, *path);
        for (int i = 0; i < MUTATIONS_PER_FILE; i++) {
            const char *spoilt = spoil_text(context, &random, text, MAX_SLIPS);
            run_in_context(parse_spoilt, (void *)spoilt);
        }
    }
    return STATUS_OK;
}

START_TEST(test_spoilt_texts_do_no_harm) {
    run_in_context(spoil_golden_files, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("pipeline");
    tcase_add_test(tests, test_the_six_kernels_print_as_they_are_written);
    tcase_add_test(tests, test_sums);
    tcase_add_test(tests, test_values);
    tcase_add_test(tests, test_indices);
    tcase_add_test(tests, test_conditions);
    tcase_add_test(tests, test_stages_and_layouts);
    tcase_add_test(tests, test_constants);
    tcase_add_test(tests, test_what_a_text_becomes);
    tcase_add_test(tests, test_memory_that_runs_out_is_reported);
    tcase_add_test(tests, test_spoilt_texts_do_no_harm);
    return run_tests(tests);
}
