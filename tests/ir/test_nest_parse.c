/* SPDX-License-Identifier: Apache-2.0 */
/* nest_parse of ir/nest.h: what it reads is what was printed; forms that people write; refused texts with the place and
 * the words of the message. Round trips of nests after steps and passes are checked with the golden files of those, and
 * in tests/compiler/test_plan_text.c. */
#include <stdlib.h>
#include <string.h>

#include "ir/nest.h"
#include "tests/base/failing_allocator.h"
#include "tests/support/equivalence.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/round_trip.h"
#include "tests/support/run.h"
#include "tests/support/spoil.h"

enum { MAX_CASES = 40, MUTATIONS = 150, MAX_SLIPS = 3, DEEP = 300 };

static Status parse_text(Context *context, const char *text, const Nest **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = "test", .text = text, .length = strlen(text)};
    return nest_parse(context, source, out);
}

static const char *print(Context *context, const Nest *nest) {
    Text text = text_new(context);
    nest_print(nest, &text);
    return text_string(&text);
}

/* The obvious nests of all golden expressions; those of small ones are also run. */
static Status read_golden_files(Context *context, void *data) {
    (void)data;
    for (const char *const *path = golden_text_list(context, "ir/pipelines", ""); *path != NULL; path++) {
        const Pipeline *pipeline = NULL;
        const Nest *read = NULL;
        TRY(pipeline_parse(context, golden_text_read(context, *path), &pipeline));
        const Nest *nest = nest_build(context, pipeline);
        TRY(round_trip_check(context, nest, &read));
        bool is_small = strstr(*path, "small") != NULL;
        if (is_small) TRY(equivalence_check(context, nest, read));
        ck_assert_int_eq(read->var_count, nest->var_count);
        ck_assert_int_eq(read->tensor_count, nest->tensor_count);
        ck_assert_int_eq(read->pipeline->stage_count, pipeline->stage_count);
    }
    return STATUS_OK;
}

START_TEST(test_the_obvious_nests_of_the_six_kernels) {
    run_in_context(read_golden_files, NULL);
}
END_TEST

#define GIVEN                                                                                                          \
    "tensor x f32 [n 1, c 8, h 6, w 6] padded\n"                                                                       \
    "tensor w f32 [k 4, c 8]\n"                                                                                        \
    "tensor y f32 [k 4, p 6]\n"

typedef struct Form {
    const char *written, *printed; /* behind GIVEN */
} Form;

static Status compare_forms(Context *context, void *data) {
    for (const Form *form = data; form->written != NULL; form++) {
        const Nest *nest = NULL, *again = NULL;
        TRY(parse_text(context, arena_format(context, GIVEN "%s", form->written), &nest));
        ck_assert_str_eq(print(context, nest), arena_format(context, GIVEN "%s", form->printed));
        TRY(round_trip_check(context, nest, &again));
    }
    return STATUS_OK;
}

START_TEST(test_layout_and_braces_carry_no_meaning) {
    Form forms[MAX_CASES] = {
        {"for k 4, p 6: y[k, p] = 1", "for k 4, p 6: y[k, p] = 1\n"},
        {"for k 4: for p 6: y[k, p] = 1", "for k 4, p 6: y[k, p] = 1\n"},
        {"for k 4 { for p 6 { y[k, p] = 1 } }", "for k 4, p 6: y[k, p] = 1\n"},
        {"for k in 0..4; for p\n6 { { y[k,\np] = 1 } } # so", "for k 4, p 6: y[k, p] = 1\n"},
        {"for k 4; lanes p 6 { if (k > 0 && p <= 3) y[k, p] = 1 }",
         "for k 4; lanes p 6: if (k - 1 >= 0 && p < 4) y[k, p] = 1\n"},
        {"for k 4 { { } y[k, 0] = 1 }", "for k 4 {\n    { }\n    y[k, 0] = 1\n}\n"},
        {"", ""},
        {"{ }", ""},
        {"for y.k 4 { }", "for y.k 4 { }\n"},
    };
    run_in_context(compare_forms, forms);
}
END_TEST

START_TEST(test_ranges) {
    Form forms[MAX_CASES] = {
        {"for k 4, p in max(0, k - 1)..min(k + 1, 5, 6): y[k, p] = 1",
         "for k 4, p in max(0, k - 1)..min(k + 1, 5, 6): y[k, p] = 1\n"},
        {"for k 4, p in max(k)..k + 1: y[k, p] = 1", "for k 4, p in k..(k + 1): y[k, p] = 1\n"},
        {"for k 4; unroll p 6 by 2: y[k, p] = 1", "for k 4; unroll p 6 by 2: y[k, p] = 1\n"},
        {"for k 0: y[k, 0] = 1", "for k 0: y[k, 0] = 1\n"},
        {"for k in -2..2: y[k + 2, 0] = 1", "for k in -2..2: y[k + 2, 0] = 1\n"},
        {"for k 4, p in (k mod 2)*3..6: y[k, p] = 1", "for k 4, p in (k mod 2)*3..6: y[k, p] = 1\n"},
    };
    run_in_context(compare_forms, forms);
}
END_TEST

/* Words of the language may be names where nothing else can stand. */
START_TEST(test_words_as_names) {
    Form forms[MAX_CASES] = {
        {"for for 4, in in 0..6: y[for, in] = 1", "for for 4, in 6: y[for, in] = 1\n"},
        {"for max 4, min in max..6: y[max, min] = 1", "for max 4, min in max..6: y[max, min] = 1\n"},
        {"unroll by 4 by 2; for div 6: y[by, div div 2] = 1", "unroll by 4 by 2; for div 6: y[by, (div div 2)] = 1\n"},
        {"for k 4 { if f32 [] in stack if[] = 1 y[k, 0] = if[] }",
         "for k 4 {\n    if f32 [] in stack\n    if[] = 1\n    y[k, 0] = if[]\n}\n"},
        {"for k 4 { relu f32 [] in stack relu[] = 1 y[k, 0] = relu(relu[]) }",
         "for k 4 {\n    relu f32 [] in stack\n    relu[] = 1\n    y[k, 0] = relu(relu[])\n}\n"},
    };
    run_in_context(compare_forms, forms);
}
END_TEST

START_TEST(test_stages) {
    Form forms[MAX_CASES] = {
        {"init: y[0, 0] = 1 y[0, 0] += 1 finish: { }", "init: y[0, 0] = 1\ny[0, 0] += 1\n"},
        {"init: y[0, 0] = 1 { init: y[1, 0] = 1 y[1, 0] += 1 } finish: y[0, 0] = 2",
         "init: y[0, 0] = 1\n{\n    init: y[1, 0] = 1\n    y[1, 0] += 1\n}\nfinish: y[0, 0] = 2\n"},
        {"init: y[0, 0] = 1 init: y[1, 0] = 1 y[1, 0] += 1 finish: y[0, 0] = 2",
         "init: y[0, 0] = 1\ninit: y[1, 0] = 1\ny[1, 0] += 1\nfinish: y[0, 0] = 2\n"},
        {"for y.k 4, p 6: y[y.k, p] = 1", "for k 4, p 6: y[k, p] = 1\n"},
        {"for k 4 {\n T f32 [k 4] in stack\n for T.k 4: T[T.k] = 1\n for p 6: y[k, p] = T[k] }",
         "for k 4 {\n    T f32 [k 4] in stack\n    for T.k 4: T[T.k] = 1\n    for p 6: y[k, p] = T[k]\n}\n"},
    };
    run_in_context(compare_forms, forms);
}
END_TEST

static Status read_reduction(Context *context, void *data) {
    (void)data;
    const Nest *nest = NULL;
    TRY(parse_text(context,
                   "tensor w f32 [k 4, c 8]\ntensor wp f32 [k/2 2, c 8, k%2 2] in packed\n"
                   "tensor y f32 [k 4] as [k/2 k%2]\nconstant A f32 [c 2] = { 1/2, -3 }\n"
                   "ahead { for a 2, c 8, b 2: wp[a, c, b] = w[a*2 + b, c] }\n"
                   "for ko 2 {\n  init: lanes ki 2: y[ko*2 + ki] = 0\n"
                   "  for c 8; lanes ki 2: y[ko*2 + ki] += wp[ko, c, ki] * A[c mod 2]\n"
                   "  finish: { }\n}",
                   &nest));
    ck_assert_int_eq(nest->tensor_count, 4);
    ck_assert_str_eq(nest->tensors[1]->axes[2].name, "k%2");
    ck_assert_int_eq(nest->tensors[1]->scope, SCOPE_PACKED);
    ck_assert_int_eq(nest->tensors[2]->layout.axes[0].ops[0].divisor, 2);
    ck_assert_int_eq(nest->tensors[3]->values[0].denominator, 2);
    ck_assert_int_eq(nest->pipeline->stage_count, 2);
    ck_assert(pipeline_find_stage(nest->pipeline, "wp")->ahead);
    ck_assert_ptr_null(pipeline_find_stage(nest->pipeline, "w"));
    const Stmt *reduce = nest->body->loop.body;
    ck_assert_int_eq(reduce->kind, STMT_REDUCE);
    const Stmt *c = reduce->reduce.update, *ki = c->loop.body;
    ck_assert(c->loop.var->reduction && !ki->loop.var->reduction);
    ck_assert_ptr_eq(ki->loop.var, reduce->reduce.init->loop.var);
    ck_assert_str_eq(ki->loop.var->stage, "y");
    ck_assert_str_eq(nest->ahead->loop.var->stage, "wp");
    ck_assert_int_eq(nest->var_count, 6);
    return STATUS_OK;
}

START_TEST(test_what_a_text_becomes) {
    run_in_context(read_reduction, NULL);
}
END_TEST

typedef struct Refused {
    const char *text, *message; /* the message's first line, behind the name of the source */
} Refused;

static void assert_refused(Context *context, const char *text, const char *expected) {
    const Nest *nest = NULL;
    ck_assert_msg(parse_text(context, text, &nest) == STATUS_INVALID, "not refused: %s", text);
    ck_assert_ptr_null(nest);
    const char *message = diag_message(context);
    ck_assert_str_eq(arena_substring(context, message, strcspn(message, "\n")),
                     arena_format(context, "test:%s", expected));
}

static Status refuse_all(Context *context, void *data) {
    for (const Refused *refused = data; refused->text != NULL; refused++)
        assert_refused(context, refused->text, refused->message);
    return STATUS_OK;
}

START_TEST(test_refused_declarations) {
    Refused refused[MAX_CASES] = {
        {"tensor x f33 [n 1]", "1:10: unknown type 'f33'; types are f64, f32, f16, bf16, s32, s8, u8"},
        {"tensor x f32 [n 1] in pocket", "1:23: a tensor is in argument, packed or workspace, not in 'pocket'"},
        {"tensor x f32 [n 1] in", "1:22: expected where the tensor lives, found the end"},
        {"tensor x f32 [k%0 1]", "1:17: a block size must be in 1..2147483647, not 0"},
        {"tensor x f32 [n 2, n 2]", "1:8: tensor x has two axes n"},
        {"tensor x f32 [n 2]\ntensor x f32 [n 2]", "2:8: malformed loop nest: two tensors x"},
        {"constant A f32 [n 2] = { 1 }", "1:28: constant A [n 2] is given 1 values"},
        {"tensor A f32 [n 2] in constant", "1:8: malformed loop nest: constant A has no values"},
        {"tensor x f32 [n 1] ahead: x[0] = 1", "1:25: expected '{', found ':'"},
        {"tensor x f32 [n 1] ahead { x[0] = 1", "1:36: expected '}', found the end"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

START_TEST(test_refused_statements) {
    Refused refused[MAX_CASES] = {
        {GIVEN "}",
         "4:1: expected a statement (for, unroll, lanes, tile, cores, if, init:, prefetch, '{', or a tensor that is "
         "stored to), found '}'"},
        {GIVEN "for k 4: y[k, 0] = 1 }", "4:22: expected a statement (for, unroll, lanes, tile, cores, if, init:, "
                                         "prefetch, '{', or a tensor that is stored "
                                         "to), found '}'"},
        {GIVEN "y[0, 0] 1", "4:9: expected '=', found '1'"},
        {GIVEN "y[0, 0] + 1", "4:11: expected '=', found '1'"},
        {GIVEN "y[0] = 1", "4:4: fewer indices than y has axes: [k 4, p 6]"},
        {GIVEN "z[0] = 1", "4:1: unknown tensor 'z'"},
        {GIVEN "y[0, 0] = yy[0, 0]", "4:11: unknown tensor 'yy'"},
        {GIVEN "y[0, 0] = relu(1, 2)", "4:17: expected ')', found ','"},
        {GIVEN "y[0, 0] = sum[c 8] w[0, c]", "4:11: unknown tensor 'sum'"},
        {GIVEN "if k > 0: y[0, 0] = 1", "4:4: expected '(', found 'k'"},
        {GIVEN "if (0 < 1, 1 < 2) y[0, 0] = 1", "4:10: expected ')', found ','"},
        {GIVEN "init y[0, 0] = 1", "4:6: expected ':', found 'y'"},
        {GIVEN "init: y[0, 0] = 1 y[0, 0] += 1 finish y[0, 0] = 1",
         "4:32: expected a statement (for, unroll, lanes, tile, cores, if, init:, prefetch, '{', or a tensor that is "
         "stored "
         "to), found 'finish'"},
        {GIVEN "prefetch k: y[0, 0] = 1", "4:10: unknown tensor 'k'"},
        {GIVEN "prefetch y into l1", "4:12: expected '+', found 'into'"},
        {GIVEN "prefetch y + 4", "4:15: expected 'into', found the end"},
        {GIVEN "prefetch y + 4 into l3", "4:21: expected l1 or l2, found 'l3'"},
        {GIVEN "prefetch y + k into l1", "4:14: there is no loop 'k' around"},
        {GIVEN "acc f32 [i 2]\nacc[0] = 1", "5:1: expected 'in', found 'acc'"},
        {GIVEN "acc f32 [i 2] in space\nacc[0] = 1",
         "4:18: a buffer is in registers, tile, stack or workspace, not in 'space'"},
        {GIVEN "acc f32 [i 2] in packed\nacc[0] = 1",
         "4:1: malformed loop nest: a buffer cannot be in scope packed, in 'acc f32 [i 2] in packed'"},
        {GIVEN "y[0, 0] = b\xC3\xA4", "4:12: character that is not ASCII, outside of a comment"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

START_TEST(test_refused_loops) {
    Refused refused[MAX_CASES] = {
        {GIVEN "for 4: y[0, 0] = 1", "4:5: expected the name of a loop, found '4'"},
        {GIVEN "for k: y[0, 0] = 1", "4:6: expected the extent of the loop, or 'in' and its range, found ':'"},
        {GIVEN "for k -1: y[0, 0] = 1", "4:7: expected the extent of the loop, or 'in' and its range, found '-'"},
        {GIVEN "for k in 0.4: y[0, 0] = 1", "4:10: expected an index (a loop, an integer or '('), found '0.4'"},
        {GIVEN "for k in 0..k: y[0, 0] = 1", "4:13: there is no loop 'k' around"},
        {GIVEN "for k in max(0..4: y[0, 0] = 1", "4:15: expected ')', found '..'"},
        {GIVEN "for k in 0..min(1, 2, 3, 4, 5): y[0, 0] = 1", "4:29: more than 4 bounds"},
        {GIVEN "for k 4 y[0, 0] = 1", "4:9: expected ',', ';', ':' or '{' behind a loop, found 'y'"},
        {GIVEN "for k 4; y[0, 0] = 1", "4:10: expected a loop (for, unroll, lanes, tile or cores), found 'y'"},
        {GIVEN "for k 4 by 0: y[0, 0] = 1", "4:12: a factor must be in 1..2147483647, not 0"},
        {GIVEN "for k 4 by 2: y[k, 0] = 1",
         "4:5: malformed loop nest: a factor belongs to a loop that is unrolled, in 'for k 4 by 2'"},
        {GIVEN "for k 4, k 4: y[k, 0] = 1",
         "4:10: malformed loop nest: a loop k is around already, in 'for k 4' inside k"},
        {GIVEN "for kk 4: y[kl, 0] = 1", "4:13: there is no loop 'kl' around; did you mean 'kk'?"},
        {GIVEN "for T.k 4: y[k, 0] = 1", "4:14: the loop around is called 'T.k' here"},
        {GIVEN "for k 4: y[y.k, 0] = 1", "4:12: there is no loop 'y.k' around; did you mean 'k'?"},
        {GIVEN "for k 4 { }", "4:5: nothing is stored below this loop that would tell its stage; write STAGE.NAME"},
        {GIVEN "for k 5: y[k, 0] = 1", "4:10: malformed loop nest: index k of y, axis k, is not proved to lie in 0..3, "
                                       "in 'y[k, 0] = 1' inside k"},
        {GIVEN "ahead { for k 4: y[k, 0] = w[k, 0] }",
         "4:18: malformed loop nest (ahead): only packed tensors are written ahead, and y is in scope argument, in "
         "'y[k, 0] = w[k, 0]' inside k"},
        {GIVEN "for k 281474976710657: y[0, 0] = 1",
         "4:7: the extent of a loop must be in 0..281474976710656, not 281474976710657"},
        {GIVEN "for k 281474976710656: y[(k*281474976710656) mod 2, 0] = 1",
         "4:44: values of this expression can be beyond 2^52"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

static Status show_place(Context *context, void *data) {
    (void)data;
    const Nest *nest = NULL;
    ck_assert_int_eq(parse_text(context, GIVEN "for k 4, p 6:\n    if (k > 0) y[k, p + 1] = 1", &nest), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context),
                     "test:5:16: malformed loop nest: index p + 1 of y, axis p, is not proved to lie in 0..5, in "
                     "'y[k, p + 1] = 1' inside k, p\n"
                     "        if (k > 0) y[k, p + 1] = 1\n"
                     "                   ^");
    return STATUS_OK;
}

START_TEST(test_a_message_shows_the_place) {
    run_in_context(show_place, NULL);
}
END_TEST

/* Recursion stays shallow whatever the text. */
static Status refuse_deep_texts(Context *context, void *data) {
    (void)data;
    Text braces = text_new(context), loops = text_new(context), buffers = text_new(context);
    text_add_repeat(&braces, '{', DEEP);
    for (int i = 0; i < DEEP; i++) text_add(&loops, "for t.a%d 1;", i);
    for (int i = 0; i < DEEP; i++) text_add(&buffers, "a%d f32 [] in stack ", i);
    assert_refused(context, text_string(&braces), "1:129: more than 256 statements in one another");
    assert_refused(context, text_string(&loops), "1:3193: more than 256 statements in one another");
    assert_refused(context, text_string(&buffers), "1:5267: more than 256 statements in one another");
    return STATUS_OK;
}

START_TEST(test_endless_nests_are_refused) {
    run_in_context(refuse_deep_texts, NULL);
}
END_TEST

static const char *winograd_text(Context *context) {
    const Pipeline *pipeline = NULL;
    Status status = pipeline_parse(context, golden_text_read(context, "ir/pipelines/small_c_winograd.txt"), &pipeline);
    return status == STATUS_OK ? print(context, nest_build(context, pipeline)) : "";
}

static Status copy_winograd(Context *context, void *data) {
    *(char **)data = strdup(winograd_text(context));
    return STATUS_OK;
}

static Status parse_winograd(Context *context, void *data) {
    const Nest *nest = NULL;
    return parse_text(context, data, &nest);
}

START_TEST(test_memory_that_runs_out_is_reported) {
    char *text = NULL;
    run_in_context(copy_winograd, &text);
    ck_assert_uint_gt(run_until_memory_suffices(parse_winograd, text), 0);
    free(text);
}
END_TEST

/* A spoilt text is refused with a message, or is legal and reads as it prints. */
static Status parse_spoilt(Context *context, void *data) {
    const Nest *nest = NULL, *again = NULL;
    Status status = parse_text(context, data, &nest);
    if (status == STATUS_OK) return round_trip_check(context, nest, &again);
    ck_assert_int_eq(status, STATUS_INVALID);
    ck_assert_msg(strncmp(diag_message(context), "test:", 5) == 0, "%s", diag_message(context));
    return STATUS_OK;
}

static Status spoil_golden_files(Context *context, void *data) {
    (void)data;
    Random random = random_new(1, 0);
    for (const char *const *path = golden_text_list(context, "ir/pipelines", ""); *path != NULL; path++) {
        const Pipeline *pipeline = NULL;
        TRY(pipeline_parse(context, golden_text_read(context, *path), &pipeline));
        const char *text = print(context, nest_build(context, pipeline));
        for (int i = 0; i < MUTATIONS; i++)
            run_in_context(parse_spoilt, (void *)spoil_text(context, &random, text, MAX_SLIPS));
    }
    return STATUS_OK;
}

START_TEST(test_spoilt_texts_do_no_harm) {
    run_in_context(spoil_golden_files, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("nest_parse");
    tcase_add_test(tests, test_the_obvious_nests_of_the_six_kernels);
    tcase_add_test(tests, test_layout_and_braces_carry_no_meaning);
    tcase_add_test(tests, test_ranges);
    tcase_add_test(tests, test_words_as_names);
    tcase_add_test(tests, test_stages);
    tcase_add_test(tests, test_what_a_text_becomes);
    tcase_add_test(tests, test_refused_declarations);
    tcase_add_test(tests, test_refused_statements);
    tcase_add_test(tests, test_refused_loops);
    tcase_add_test(tests, test_a_message_shows_the_place);
    tcase_add_test(tests, test_endless_nests_are_refused);
    tcase_add_test(tests, test_memory_that_runs_out_is_reported);
    tcase_add_test(tests, test_spoilt_texts_do_no_harm);
    return run_tests(tests);
}
