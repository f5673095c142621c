/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of ir/pipeline.h: texts that are refused, with the place and the words of the message; and expressions that no
 * text can say, refused by the verifier. */
#include "ir/pipeline.h"

#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define GIVEN                                                                                                          \
    "tensor x f32 [n 1, c 8, h 6, w 6] padded\n"                                                                       \
    "tensor w f32 [k 4, c 8, r 3, s 3]\n"                                                                              \
    "tensor b f32 [k 4]\n"

enum { MAX_REFUSED = 30, OPERANDS = 5000, BRACKETS = 70 };

typedef struct Refused {
    const char *text, *message; /* the message's first line, behind the name of the source */
} Refused;

static Status parse_text(Context *context, const char *text, const Pipeline **out) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){.name = "test", .text = text, .length = strlen(text)};
    return pipeline_parse(context, source, out);
}

static void assert_refused(Context *context, const char *text, const char *expected) {
    const Pipeline *pipeline = NULL;
    ck_assert_msg(parse_text(context, text, &pipeline) == STATUS_INVALID, "not refused: %s", text);
    ck_assert_ptr_null(pipeline);
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
    Refused refused[MAX_REFUSED] = {
        {"y[k 4] = 1 2", "1:12: expected an operator or the end of the line"},
        {"tensr x f32 [n 1]", "1:7: unknown type 'x'; types are f64, f32, f16, bf16, s32, s8, u8"},
        {"tensor x f33 [n 1]\ny[n 1] = x[n]", "1:10: unknown type 'f33'; types are f64, f32, f16, bf16, s32, s8, u8"},
        {"tensor x [n 1]\ny[n 1] = x[n]", "1:10: expected a type, found '['"},
        {"tensor x f32 [n 0]\ny[n 1] = x[n]", "1:17: an extent must be in 1..2147483647, not 0"},
        {"tensor x f32 [n 4294967296]\ny[n 1] = x[n]", "1:17: an extent must be in 1..2147483647, not 4294967296"},
        {"tensor x f32 [a 2147483647, b 2147483647]\ny[n 1] = 1", "1:8: tensor x has more than 2^48 elements"},
        {"tensor x f32 []\ny[n 1] = 1", "1:15: expected an axis, found ']'"},
        {"tensor x f32 [a 1, b 1, c 1, d 1, e 1, f 1, g 1, h 1, i 1, j 1, k 1, l 1, m 1]\ny[n 1] = 1",
         "1:75: a tensor has at most 12 axes"},
        {"tensor x f32 [n 1, n 2]\ny[n 1] = 1", "1:8: tensor x has two axes n"},
        {"tensor x f32 [n 1]\ntensor x f32 [n 1]\ny[n 1] = 1", "2:8: a second tensor 'x'"},
        {"tensor sum f32 [n 1]\ny[n 1] = 1", "1:8: 'sum' is a reserved word and cannot be a name"},
        {"tensor x f32 [mod 1]\ny[n 1] = 1", "1:15: 'mod' is a reserved word and cannot be a name"},
        {"tensor x f32 [n 4] as [m]\ny[n 1] = 1", "1:24: x has no axis 'm'"},
        {"tensor x f32 [n 4] as [n/2]\ny[n 1] = 1",
         "1:8: tensor x: the layout does not give every element along axis n one place"},
        {"tensor x f32 [n 4] as []\ny[n 1] = 1",
         "1:8: tensor x: the layout does not give every element along axis n one place"},
        {"tensor x f32 [n 4] as [n/0]\ny[n 1] = 1", "1:26: a block size must be in 1..2147483647, not 0"},
        {"tensor x f32 [n 4] as [n/1/1/1/1]\ny[n 1] = 1", "1:32: more than 3 of '/' and '%' on one axis"},
        {"constant A f32 [n 2] = { 1 }\ny[n 1] = 1", "1:28: constant A [n 2] is given 1 values"},
        {"constant A f32 [n 2] = { 1, 2, 3 }\ny[n 1] = 1", "1:34: constant A [n 2] is given 3 values"},
        {"constant A f32 [n 2] = { 1/0, 2 }\ny[n 1] = 1", "1:28: a denominator must be in 1..2147483647, not 0"},
        {"constant A f32 [n 2] = { 0.5, 2 }\ny[n 1] = 1", "1:26: expected a number, found '0.5'"},
        {"constant A f32 [n 2] = { 1, 2\n }\ny[n 1] = 1", "1:30: expected '}', found the end of the line"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

START_TEST(test_refused_reads) {
    Refused refused[MAX_REFUSED] = {
        {GIVEN "y[k 4] = bb[k]", "4:10: unknown tensor 'bb'; a stage reads what stands above it"},
        {GIVEN "wt ahead[k 4] = b[k]\ny[k 4] = wr[k]", "5:10: unknown tensor 'wr'; did you mean 'wt'?"},
        {GIVEN "y[k 4] = residual[k]", "4:10: unknown tensor 'residual'; a stage reads what stands above it"},
        {GIVEN "y[k 4] = y[k]", "4:10: stage y reads itself"},
        {GIVEN "y[k 4] = z[k]\nz[k 4] = b[k]", "4:10: unknown tensor 'z'; a stage reads what stands above it"},
        {GIVEN "y[k 4] = b[k, 0]", "4:15: more indices than b has axes: [k 4]"},
        {GIVEN "y[k 4] = w[k, 0, 0]", "4:19: fewer indices than w has axes: [k 4, c 8, r 3, s 3]"},
        {GIVEN "y[k 4] = b[j]", "4:12: unknown loop 'j' in stage y"},
        {GIVEN "y[k 4] = b[]", "4:12: expected an index (a loop, an integer or '('), found ']'"},
        {GIVEN "y[k 4] = b[k*k]", "4:14: two loops are multiplied; an index is a sum of loops times constants"},
        {GIVEN "y[k 4] = b[k div 0]", "4:18: a divisor must be in 1..2147483647, not 0"},
        {GIVEN "y[k 4] = b[k div k]", "4:18: expected a divisor, found 'k'"},
        {GIVEN "y[k 4] = b[k*2147483647*2]", "4:26: a constant of this index is beyond 2147483647"},
        {GIVEN "y[k 4] = b[(k*2147483647) mod 4 * 2147483647 div 2147483647 + 2147483647*k]",
         "4:10: stage y: b[k*2147483647 + ((k*3) mod 4)] reads k 0..6442450944, outside of 0..3; the tensor is not "
         "padded"},
        {GIVEN "y[k 4] = b[1.5]", "4:12: expected an index (a loop, an integer or '('), found '1.5'"},
        {GIVEN "y[k 4] = b[k + 1]", "4:10: stage y: b[k + 1] reads k 1..4, outside of 0..3; the tensor is not padded"},
        {GIVEN "y[k 4] = b[k - 1]", "4:10: stage y: b[k - 1] reads k -1..2, outside of 0..3; the tensor is not padded"},
        {GIVEN "y[k 5] = b[k]", "4:10: stage y: b[k] reads k 0..4, outside of 0..3; the tensor is not padded"},
        {GIVEN "y[p 2147483647] = b[(p*2147483646) div 2147483647]",
         "4:19: stage y: numbers beyond 2^48 in an index or a condition"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

START_TEST(test_refused_sums) {
    Refused refused[MAX_REFUSED] = {
        {GIVEN "y[k 4] = sum[c 8, r 3] x[0, c, r, 6] * w[k, c, r + 1, 0]",
         "4:40: stage y: w[k, c, r + 1, 0] reads r 1..3, outside of 0..2; the tensor is not padded"},
        {GIVEN "y[p 4] = sum[c 8] x[0, c, 0, 0] + x[0, 0, p + 4, 0]",
         "4:35: stage y: x[0, 0, p + 4, 0] reads h 4..7, outside of 0..5; only terms of the sum may read the padding"},
        {GIVEN "y[k 4] = sum[c] x[0, c + 1, 0, 0]",
         "4:14: no index is 'c' alone, which would give its extent; write 'c EXTENT'"},
        {GIVEN "y[k 4] = sum[c 8, c 8] x[0, c, 0, 0]", "4:19: stage y has a second loop 'c'"},
        {GIVEN "y[k 4] = sum[k 4] b[k]", "4:14: stage y has a second loop 'k'"},
        {GIVEN "y[k 4] = sum[] b[k]", "4:14: expected a loop of the sum, found ']'"},
        {GIVEN "y[k 4] = sum[c 8] x[0, c, 0, 0] + sum[c 8] x[0, c, 0, 0]", "4:35: stage y has a second sum"},
        {GIVEN "y[k 4] = sum[c 8] (1 + sum[r 3] w[k, c, r, 0])", "4:24: stage y has a second sum"},
        {GIVEN "y[k 4] = sum[c 8] x[0, c, 0, 0] + w[k, c, 0, 0]",
         "4:40: loop 'c' belongs to the sum and has no value outside of it"},
        {GIVEN "y[k 4] = sum[chan 8] x[0, chn, 0, 0]", "4:27: unknown loop 'chn'; did you mean 'chan'?"},
        {GIVEN "y[k 4] = b[k] where k > 2", "4:21: stage y has no sum for 'where' to choose terms of"},
        {GIVEN "y[k 4] = sum[c 8] x[0, c, 0, 0] where c", "4:40: expected a comparison: '<', '<=', '>', '>=' or '='"},
        {GIVEN "y[k 4] = sum[c 8] x[0, c, 0, 0] where c = j", "4:43: unknown loop 'j' in stage y"},
        {GIVEN "y[k 4] = sum[c 8] x[0, c, 0, 0] where c == 1",
         "4:41: expected a comparison: '<', '<=', '>', '>=' or '='"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

START_TEST(test_refused_values) {
    Refused refused[MAX_REFUSED] = {
        {GIVEN "y[k 4] = relu(b[k], 1)", "4:19: expected ')', found ','"},
        {GIVEN "y[k 4] = clamp(b[k], 1)", "4:23: expected ',', found ')'"},
        {GIVEN "y[k 4] = sigmoid[k]", "4:10: unknown tensor 'sigmoid'; a stage reads what stands above it"},
        {GIVEN "y[k 4] = foo(b[k])", "4:10: 'foo' is neither a function nor a type"},
        {GIVEN "y[k 4] = relo(b[k])", "4:10: unknown function 'relo'; did you mean 'relu'?"},
        {GIVEN "y[k 4] = b(k)", "4:10: 'b' is neither a function nor a type"},
        {GIVEN "y[k 4] = -b[k]", "4:10: expected a value, found '-'"},
        {GIVEN "y[k 4] = 1e999", "4:10: number out of range"},
        {GIVEN "y[k 4] = b[k] / 2", "4:15: expected an operator or the end of the line"},
        {GIVEN "y[k 4] = ", "4:10: expected a value, found the end"},
        {GIVEN "y[k 4] = b[k]\n  + 1", "5:3: expected the name of a tensor, found '+'"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

START_TEST(test_refused_stages) {
    Refused refused[MAX_REFUSED] = {
        {GIVEN, "4:1: a tensor expression needs a stage"},
        {GIVEN "y[k 4]", "4:7: expected '=', found the end"},
        {GIVEN "y ahead [k 4] = b[k]", "4:1: stage y is the result and cannot be ahead"},
        {GIVEN "t[k 4] = b[k]\nu ahead [k 4] = t[k]\ny[k 4] = u[k]",
         "5:17: stage u is ahead and cannot read t, which is computed with every call"},
        {GIVEN "t[k 4] = b[k]\nt[k 4] = b[k]\ny[k 4] = t[k]", "5:1: a second tensor 't'"},
        {GIVEN "b[k 4] = w[k, 0, 0, 0]", "4:1: a second tensor 'b'"},
        {GIVEN "y[k 4] = \x01", "4:10: control character 0x01"},
    };
    run_in_context(refuse_all, refused);
}
END_TEST

static Status show_place(Context *context, void *data) {
    (void)data;
    const Pipeline *pipeline = NULL;
    ck_assert_int_eq(parse_text(context, GIVEN "y[k 4] = b[k] + bias[k]", &pipeline), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), "test:4:17: unknown tensor 'bias'; a stage reads what stands above it\n"
                                            "    y[k 4] = b[k] + bias[k]\n"
                                            "                    ^");
    return STATUS_OK;
}

START_TEST(test_a_message_shows_the_place) {
    run_in_context(show_place, NULL);
}
END_TEST

/* Recursion stays shallow whatever the text. */
static Status refuse_long_texts(Context *context, void *data) {
    (void)data;
    Text deep = text_new(context), index = text_new(context), sum = text_new(context);
    text_add_string(&deep, "y[k 4] = ");
    text_add_repeat(&deep, '(', BRACKETS);
    assert_refused(context, text_string(&deep), "1:75: more than 64 brackets in one another");
    text_add_string(&index, "tensor b f32 [k 4]\ny[k 4] = b[");
    text_add_repeat(&index, '(', BRACKETS);
    assert_refused(context, text_string(&index), "2:77: more than 64 brackets in one another");
    text_add_string(&sum, "y[k 4] = 1");
    for (int i = 0; i < OPERANDS; i++) text_add_string(&sum, "+1");
    assert_refused(context, text_string(&sum), "1:8202: an expression has at most 4096 operands");
    return STATUS_OK;
}

START_TEST(test_endless_expressions_are_refused) {
    run_in_context(refuse_long_texts, NULL);
}
END_TEST

/* A legal expression whose stage and tensors a test spoils before it is verified: t [k 4], y = t. */
typedef struct Spoilt {
    Pipeline pipeline;
    Stage stages[2];
    Tensor output;
    Var loop;
} Spoilt;

static Spoilt *make_spoilt(Context *context) {
    const Pipeline *pipeline = NULL;
    Status status = parse_text(context, GIVEN "t[k 4] = b[k] + sum[c] w[k, c, 0, 0]\ny[k 4] = relu(t[k])", &pipeline);
    ck_assert_int_eq(status, STATUS_OK);
    Spoilt *spoilt = ARENA_NEW(context, Spoilt);
    *spoilt = (Spoilt){.pipeline = *pipeline, .stages = {*pipeline->stages[0], *pipeline->stages[1]}};
    spoilt->output = *pipeline->stages[0]->output;
    spoilt->loop = *pipeline->stages[0]->reductions[0];
    const Stage **stages = ARENA_ARRAY(context, const Stage *, 2);
    stages[0] = &spoilt->stages[0];
    stages[1] = &spoilt->stages[1];
    spoilt->pipeline.stages = stages;
    ck_assert_int_eq(pipeline_verify(context, &spoilt->pipeline), STATUS_OK);
    return spoilt;
}

static void assert_invalid(Context *context, const Spoilt *spoilt, const char *expected) {
    ck_assert_int_eq(pipeline_verify(context, &spoilt->pipeline), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), expected);
}

static Status spoil_stages(Context *context, void *data) {
    (void)data;
    Spoilt *spoilt = make_spoilt(context);
    spoilt->stages[0].finish = expr_number(context, 1);
    assert_invalid(context, spoilt, "stage t must read its sum once and has 0 reads of it");
    spoilt = make_spoilt(context);
    spoilt->stages[0].init = expr_partial(context);
    assert_invalid(context, spoilt, "stage t reads its sum inside of the sum");
    spoilt = make_spoilt(context);
    spoilt->stages[0].sum = NULL;
    assert_invalid(context, spoilt, "stage t: loops of the sum, its term and its start must come together");
    spoilt = make_spoilt(context);
    spoilt->stages[0].init = spoilt->stages[0].sum;
    assert_invalid(context, spoilt, "stage t: loop c is not in scope here");
    spoilt = make_spoilt(context);
    spoilt->stages[1].finish = expr_number(context, 1.0 / 0.0);
    assert_invalid(context, spoilt, "stage y: a number is not finite");
    spoilt = make_spoilt(context);
    spoilt->pipeline.stage_count = 0;
    assert_invalid(context, spoilt, "a tensor expression needs a stage");
    return STATUS_OK;
}

static Status spoil_order(Context *context, void *data) {
    (void)data;
    Spoilt *spoilt = make_spoilt(context);
    Stage first = spoilt->stages[0];
    spoilt->stages[0] = spoilt->stages[1];
    spoilt->stages[1] = first;
    assert_invalid(context, spoilt, "the output of stage y is in scope argument, not workspace");
    spoilt = make_spoilt(context);
    spoilt->stages[0].finish = spoilt->stages[1].finish;
    spoilt->stages[0].loops = spoilt->stages[1].loops;
    assert_invalid(context, spoilt, "stage t: loop k is marked as another stage's or kind's");
    spoilt = make_spoilt(context);
    spoilt->stages[0].output = &spoilt->output;
    assert_invalid(context, spoilt, "the output of stage t is not a tensor of this expression");
    spoilt = make_spoilt(context);
    spoilt->stages[0].ahead = true;
    assert_invalid(context, spoilt, "the output of stage t is in scope workspace, not packed");
    return STATUS_OK;
}

static Status spoil_loops(Context *context, void *data) {
    (void)data;
    Spoilt *spoilt = make_spoilt(context);
    const Var *loops[] = {&spoilt->loop};
    spoilt->stages[0].reductions = loops;
    assert_invalid(context, spoilt, "stage t: loop c is not in scope here");
    spoilt->loop.id = spoilt->stages[0].loops[0]->id;
    assert_invalid(context, spoilt, "stage t: loop c has the id of another");
    spoilt->loop.id = spoilt->pipeline.var_count;
    assert_invalid(context, spoilt, "stage t: loop c has the id of another");
    spoilt = make_spoilt(context);
    const int64_t extents[] = {9};
    spoilt->stages[0].reduction_extents = extents;
    assert_invalid(context, spoilt, "stage t: w[k, c, 0, 0] reads c 0..8, outside of 0..7; the tensor is not padded");
    return STATUS_OK;
}

START_TEST(test_impossible_stages_are_found) {
    run_in_context(spoil_stages, NULL);
    run_in_context(spoil_order, NULL);
    run_in_context(spoil_loops, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("pipeline_refused");
    tcase_add_test(tests, test_refused_declarations);
    tcase_add_test(tests, test_refused_reads);
    tcase_add_test(tests, test_refused_sums);
    tcase_add_test(tests, test_refused_values);
    tcase_add_test(tests, test_refused_stages);
    tcase_add_test(tests, test_a_message_shows_the_place);
    tcase_add_test(tests, test_endless_expressions_are_refused);
    tcase_add_test(tests, test_impossible_stages_are_found);
    return run_tests(tests);
}
