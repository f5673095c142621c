/* SPDX-License-Identifier: Apache-2.0 */
/* Random problems are legal, small, reproducible, and of every kind. */
#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/check.h"

enum { DRAWN = 300 };

static Status check_legal(Context *context, void *data) {
    (void)data;
    for (uint64_t seed = 0; seed < DRAWN; seed++) {
        Random random = random_new(seed, 0);
        Problem problem;
        check_draw_problem(&random, &problem);
        TRY(problem_check(context, &problem));
        TRY(problem_check_supported(context, &problem));
        ck_assert_double_le(problem_flops(&problem), 2e7);
    }
    return STATUS_OK;
}

START_TEST(test_that_problems_are_legal_and_small) {
    run_in_context(check_legal, NULL);
}
END_TEST

static bool has_depthwise(const Problem *p) {
    return p->g > 1 && p->c == p->g && p->k == p->g;
}

static bool has_multiplier(const Problem *p) {
    return p->g > 1 && p->c == p->g && p->k > p->g;
}

static bool has_groups(const Problem *p) {
    return p->g > 1 && p->c > p->g;
}

static bool has_batch(const Problem *p) {
    return p->n > 1;
}

static bool has_stride(const Problem *p) {
    return p->dimension[0].stride > 1;
}

static bool has_dilation(const Problem *p) {
    return p->dimension[1].dilation > 1 && p->dimension[1].kernel > 1;
}

static bool has_asymmetric_padding(const Problem *p) {
    return p->dimension[0].pad_end > 0 && p->dimension[0].pad_begin != p->dimension[0].pad_end;
}

static bool has_negative_padding(const Problem *p) {
    return p->dimension[1].pad_end < 0;
}

static bool has_wide_kernel(const Problem *p) {
    return p->dimension[0].kernel > p->dimension[0].input;
}

static bool has_one_pixel(const Problem *p) {
    return p->dimension[0].input == 1 && p->dimension[1].input == 1;
}

static bool has_channels_first(const Problem *p) {
    return p->x_layout.order == LAYOUT_CHANNELS_FIRST && p->y_layout.order == LAYOUT_CHANNELS_FIRST;
}

static bool has_blocks(const Problem *p) {
    return p->x_layout.order == LAYOUT_CHANNELS_BLOCKED && p->y_layout.order == LAYOUT_CHANNELS_BLOCKED;
}

static bool has_blocks_to_fill(const Problem *p) {
    return p->y_layout.order == LAYOUT_CHANNELS_BLOCKED && p->k > p->y_layout.block && p->k % p->y_layout.block != 0;
}

/* Blocks that neither lie inside of groups nor hold whole ones. */
static bool has_straddling_blocks(const Problem *p) {
    int64_t block = p->y_layout.block, group = p->k / p->g;
    return p->g > 1 && block > 0 && group % block != 0 && block % group != 0;
}

static bool has_mixed_layouts(const Problem *p) {
    return p->x_layout.order != p->y_layout.order;
}

static bool has_clamp(const Problem *p) {
    return problem_has(p, EPILOGUE_BIAS) && problem_has(p, EPILOGUE_CLAMP);
}

static bool has_residual(const Problem *p) {
    return problem_has(p, EPILOGUE_ADD);
}

static bool has_inexact_activation(const Problem *p) {
    return p->epilogue_count > 0 && !epilogue_is_exact(p->epilogue[p->epilogue_count - 1].kind);
}

static bool has_no_epilogue(const Problem *p) {
    return p->epilogue_count == 0;
}

static bool has_one_dimension(const Problem *p) {
    return p->spatial == 1 && !p->transposed;
}

static bool has_three_dimensions(const Problem *p) {
    return p->spatial == 3 && !p->transposed;
}

static bool is_transposed(const Problem *p) {
    return p->transposed && p->spatial == 2 && p->dimension[0].stride > 1;
}

static bool is_transposed_with_groups(const Problem *p) {
    return p->transposed && p->g > 1;
}

static bool is_transposed_line_or_volume(const Problem *p) {
    return p->transposed && p->spatial != 2;
}

static bool has_output_padding(const Problem *p) {
    return p->transposed && p->dimension[0].pad_end < 0;
}

static bool has_stride_above_filter(const Problem *p) {
    return p->transposed && p->dimension[0].stride > p->dimension[0].kernel;
}

START_TEST(test_that_every_kind_is_drawn) {
    static bool (*const kinds[])(const Problem *) = {has_one_dimension,
                                                     has_three_dimensions,
                                                     is_transposed,
                                                     is_transposed_with_groups,
                                                     is_transposed_line_or_volume,
                                                     has_output_padding,
                                                     has_stride_above_filter,
                                                     has_depthwise,
                                                     has_multiplier,
                                                     has_groups,
                                                     has_batch,
                                                     has_stride,
                                                     has_dilation,
                                                     has_asymmetric_padding,
                                                     has_negative_padding,
                                                     has_wide_kernel,
                                                     has_one_pixel,
                                                     has_channels_first,
                                                     has_blocks,
                                                     has_blocks_to_fill,
                                                     has_straddling_blocks,
                                                     has_mixed_layouts,
                                                     has_clamp,
                                                     has_residual,
                                                     has_inexact_activation,
                                                     has_no_epilogue};
    enum { KINDS = sizeof kinds / sizeof kinds[0] };
    int met[KINDS] = {0};
    for (uint64_t seed = 0; seed < DRAWN; seed++) {
        Random random = random_new(seed, 0);
        Problem problem;
        check_draw_problem(&random, &problem);
        for (int i = 0; i < KINDS; i++) met[i] += kinds[i](&problem);
    }
    for (int i = 0; i < KINDS; i++) ck_assert_msg(met[i] >= 5, "kind %d was drawn %d times of %d", i, met[i], DRAWN);
}
END_TEST

static Status print_same(Context *context, void *data) {
    (void)data;
    Text texts[2];
    for (int i = 0; i < 2; i++) {
        Random random = random_new(42, 0);
        Problem problem;
        check_draw_problem(&random, &problem);
        texts[i] = text_new(context);
        problem_print(&problem, &texts[i]);
    }
    ck_assert_str_eq(text_string(&texts[0]), text_string(&texts[1]));
    return STATUS_OK;
}

START_TEST(test_that_a_seed_gives_its_problem) {
    run_in_context(print_same, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("check_draw");
    tcase_add_test(tests, test_that_problems_are_legal_and_small);
    tcase_add_test(tests, test_that_every_kind_is_drawn);
    tcase_add_test(tests, test_that_a_seed_gives_its_problem);
    return run_tests(tests);
}
