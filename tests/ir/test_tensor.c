/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/tensor.h: offsets by hand and against the layout's definition, printing, impossible tensors. */
#include "ir/tensor.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* A tensor w [k 40, c 3] with the layout written as axes with steps: "k/16 c k%16". */
static Tensor tensor_with_layout(const char *layout) {
    Tensor tensor = {.name = "w", .type = TYPE_F32, .rank = 2, .axes = {{"k", 40}, {"c", 3}}};
    for (const char *at = layout; *at != '\0';) {
        LayoutAxis *axis = &tensor.layout.axes[tensor.layout.rank++];
        axis->axis = *at++ == 'c';
        while (*at == '/' || *at == '%') {
            char *end = NULL;
            axis->ops[axis->op_count].modulo = *at == '%';
            axis->ops[axis->op_count++].divisor = strtoll(at + 1, &end, 10);
            at = end;
        }
        while (*at == ' ') at++;
    }
    return tensor;
}

static const Var loop_k = {.name = "k", .stage = "y", .id = 0}, loop_c = {.name = "c", .stage = "y", .id = 1};

typedef struct OffsetCase {
    const char *layout, *printed, *offset;
    int64_t elements;
} OffsetCase;

/* The offset as an expression is what is expected, and equals the offset as a number everywhere. */
static Status compare_offsets(Context *context, void *data) {
    const OffsetCase *test = data;
    Tensor tensor = tensor_with_layout(test->layout);
    const Affine *index[] = {affine_variable(context, &loop_k), affine_variable(context, &loop_c)};
    const Affine *offset = tensor_offset(context, &tensor, index);
    Text text = text_new(context), shape = text_new(context);
    affine_print(offset, &text);
    ck_assert_str_eq(text_string(&text), test->offset);
    tensor_print_shape(&tensor, &shape);
    ck_assert_str_eq(text_string(&shape), test->printed);
    ck_assert_int_eq(tensor_elements(&tensor), test->elements);
    ck_assert_int_eq(tensor_bytes(&tensor), 4 * test->elements);
    ck_assert_int_eq(tensor_reach(&tensor, 0), test->elements / 3);
    ck_assert_int_eq(tensor_reach(&tensor, 1), 3);
    ck_assert_int_eq(tensor_verify(context, &tensor), STATUS_OK);
    for (int64_t k = 0; k < 40; k++) {
        for (int64_t c = 0; c < 3; c++)
            ck_assert_int_eq(affine_evaluate(offset, (int64_t[]){k, c}), tensor_offset_at(&tensor, (int64_t[]){k, c}));
    }
    return STATUS_OK;
}

START_TEST(test_offsets) {
    OffsetCase cases[] = {
        {"k c", "f32 [k 40, c 3]", "k*3 + c", 120},
        {"c k", "f32 [k 40, c 3] as [c k]", "c*40 + k", 120},
        {"k/8 c k%8", "f32 [k 40, c 3] as [k/8 c k%8]", "(k div 8)*24 + c*8 + (k mod 8)", 120},
        {"k/16 c k%16", "f32 [k 40, c 3] as [k/16 c k%16]", "(k div 16)*48 + c*16 + (k mod 16)", 144},
        {"k/16 k%16/4 c k%4", "f32 [k 40, c 3] as [k/16 k%16/4 c k%4]",
         "(k div 16)*48 + ((k mod 16) div 4)*12 + c*4 + (k mod 4)", 144},
        {"k/64 c k%64", "f32 [k 40, c 3] as [k/64 c k%64]", "(k div 64)*192 + c*64 + (k mod 64)", 192},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) run_in_context(compare_offsets, &cases[i]);
}
END_TEST

/* No two elements share a place. */
START_TEST(test_every_element_has_a_place_of_its_own) {
    bool taken[144] = {false};
    Tensor tensor = tensor_with_layout("k/16 k%16/4 c k%4");
    for (int64_t k = 0; k < 40; k++) {
        for (int64_t c = 0; c < 3; c++) {
            int64_t offset = tensor_offset_at(&tensor, (int64_t[]){k, c});
            ck_assert(offset >= 0 && offset < 144 && !taken[offset]);
            taken[offset] = true;
        }
    }
}
END_TEST

typedef struct RefusedCase {
    Tensor tensor;
    const char *message;
} RefusedCase;

static Status refuse_tensor(Context *context, void *data) {
    const RefusedCase *test = data;
    ck_assert_int_eq(tensor_verify(context, &test->tensor), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), test->message);
    return STATUS_OK;
}

START_TEST(test_layouts_that_lose_or_double_elements_are_refused) {
    const char *layouts[] = {"c",          "k/16 c",      "k%16 c",        "k c k",         "k/16 c k%8",
                             "k/8 c k%16", "k%3 k/2%2 c", "k%16/3 k/16 c", "k/16 k%16/4 c", "k/0 c"};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        RefusedCase test = {tensor_with_layout(layouts[i]),
                            "tensor w: the layout does not give every element along axis k one place"};
        run_in_context(refuse_tensor, &test);
    }
    RefusedCase test = {tensor_with_layout("k"),
                        "tensor w: the layout does not give every element along axis c one place"};
    run_in_context(refuse_tensor, &test);
}
END_TEST

START_TEST(test_impossible_sizes_are_refused) {
    RefusedCase zero = {tensor_with_layout("k c"), "tensor w: the extent of axis c must be in 1..2147483647, not 0"};
    zero.tensor.axes[1].extent = 0;
    run_in_context(refuse_tensor, &zero);
    RefusedCase large = {tensor_with_layout("k c"), "tensor w has more than 2^48 elements"};
    large.tensor.axes[0].extent = large.tensor.axes[1].extent = INT32_MAX;
    run_in_context(refuse_tensor, &large);
    RefusedCase twice = {tensor_with_layout("k c"), "tensor w has two axes k"};
    twice.tensor.axes[1].name = "k";
    run_in_context(refuse_tensor, &twice);
    RefusedCase scalar = {tensor_with_layout(""), "tensor w must have 1..12 axes"};
    scalar.tensor.rank = 0;
    run_in_context(refuse_tensor, &scalar);
}
END_TEST

START_TEST(test_names) {
    Scope scope = SCOPE_TILE;
    ck_assert(scope_find("packed", 6, &scope));
    ck_assert_int_eq(scope, SCOPE_PACKED);
    ck_assert(!scope_find("pack", 4, &scope));
    ck_assert_str_eq(scope_name(SCOPE_REGISTERS), "registers");
    Tensor tensor = tensor_with_layout("k c");
    ck_assert_int_eq(tensor_find_axis(&tensor, "c"), 1);
    ck_assert_int_eq(tensor_find_axis(&tensor, "r"), -1);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("tensor");
    tcase_add_test(tests, test_offsets);
    tcase_add_test(tests, test_every_element_has_a_place_of_its_own);
    tcase_add_test(tests, test_layouts_that_lose_or_double_elements_are_refused);
    tcase_add_test(tests, test_impossible_sizes_are_refused);
    tcase_add_test(tests, test_names);
    return run_tests(tests);
}
