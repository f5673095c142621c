/* SPDX-License-Identifier: Apache-2.0 */
/* Models that are refused, each with the message that it must give: what the standard forbids, what is impossible, and
 * files that were made to do harm. */
#include <string.h>

#include "compiler/frontend/onnx.h"
#include "tests/compiler/frontend/onnx_bytes.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* A convolution to be spoilt by one attribute, or one operand. */
#define X "input x float [1, 4, 6, 6]\n"
#define W "initializer w float [4, 4, 3, 3]\n"
#define XW X W "initializer b float [4]\n"

typedef struct Refused {
    const char *text, *message;
} Refused;

static const Refused refused[] = {
    /* Attributes of the wrong length, range or kind. */
    {XW "c: y = Conv(x, w) strides=[2]",
     "net.onnx: node 'c' (Conv): attribute 'strides' has 1 values where 2 are needed"},
    {XW "c: y = Conv(x, w) dilations=[1, 1, 1]", "attribute 'dilations' has 3 values where 2 are needed"},
    {XW "c: y = Conv(x, w) pads=[1, 1]", "attribute 'pads' has 2 values where 4 are needed"},
    {XW "c: y = Conv(x, w) kernel_shape=[3]", "attribute 'kernel_shape' is not that of its weights, [4, 4, 3, 3]"},
    {XW "c: y = Conv(x, w) kernel_shape=[3, 2]", "attribute 'kernel_shape' is not that of its weights"},
    {XW "c: y = Conv(x, w) strides=[1, 0]", "attribute 'strides' has the value 0; it must be in 1..2147483647"},
    {XW "c: y = Conv(x, w) strides=[-2, 1]", "attribute 'strides' has the value -2"},
    {XW "c: y = Conv(x, w) dilations=[1, 4294967296]", "attribute 'dilations' has the value 4294967296"},
    {XW "c: y = Conv(x, w) pads=[0, -1, 0, 0]", "attribute 'pads' has the value -1; it must be in 0..2147483647"},
    {XW "c: y = Conv(x, w) group=0", "attribute 'group' is 0"},
    {XW "c: y = Conv(x, w) group=9223372036854775807", "attribute 'group' is 9223372036854775807"},
    {XW "c: y = Conv(x, w) group=3", "its input has 4 channels, its weights with group=3 are for 12"},
    {XW "c: y = Conv(x, w) auto_pad=SAME", "attribute 'auto_pad' is 'SAME'; there are NOTSET"},
    {XW "c: y = Conv(x, w) auto_pad=1", "attribute 'auto_pad' is not a string"},
    {XW "c: y = Conv(x, w) strides=2", "attribute 'strides' is not a list of integers"},
    {XW "c: y = Conv(x, w) strides=[2.5, 2.5]", "attribute 'strides' is not a list of integers"},
    {XW "c: y = Conv(x, w) group=[1]", "attribute 'group' is not an integer"},
    {XW "c: y = ConvTranspose(x, w) output_padding=[1]", "attribute 'output_padding' has 1 values"},
    {XW "c: y = ConvTranspose(x, w) output_shape=[8, 8, 8]", "attribute 'output_shape' has 3 values"},
    {XW "c: y = ConvTranspose(x, w) output_shape=[8, 0]", "attribute 'output_shape' has the value 0"},
    {XW "g: y = Gemm(x, w) alpha=1", "node 'g' (Gemm): attribute 'alpha' is not a number"},
    {XW "c: c = Conv(x, w)\nl: y = LeakyRelu(c) alpha=2", "node 'l' (LeakyRelu): attribute 'alpha' is not a number"},
    {XW "p: y = MaxPool(x)", "node 'p' (MaxPool): attribute 'kernel_shape' has the value 0"},
    {XW "p: y = MaxPool(x) kernel_shape=[3]", "node 'p' (MaxPool): attribute 'kernel_shape' has 1 values"},
    {XW "p: y = Concat(x, x) axis=4", "attribute 'axis' is 4; the tensor has 4 dimensions"},
    {XW "p: y = Transpose(x) perm=[0, 1, 2]", "attribute 'perm' has 3 values where 4 are needed"},
    {XW "p: y = Transpose(x) perm=[0, 1, 2, 2]", "axis 2 is not one of 4 dimensions, or named twice"},
    {XW "p: y = Flatten(x) axis=-9", "attribute 'axis' is -9"},
    {XW "p: y = SpaceToDepth(x) blocksize=0", "attribute 'blocksize' is 0"},
    {XW "p: y = Squeeze(x) axes=[2]", "axis 2 has the size 6, not 1"},
    {XW "p: y = Split(x) split=[2, 2, 2] axis=3", "'split' has 3 values for 1 outputs"},
    {XW "p: y = Slice(x) starts=[0] ends=[1, 2]", "'ends' has 2 values for 4 dimensions"},
    {XW "p: y = Pad(x) pads=[1, 1]", "'pads' has 2 values where 8 are needed"},
    {XW "p: y = Reshape(x) shape=[5, -1]", "a tensor of shape [1, 4, 6, 6] cannot become one of shape [5, 28]"},
    {XW "p: y = Reshape(x) shape=[-1, -1]", "its shape has two dimensions of -1"},
    {XW "p: y = Reshape(x) shape=[-7, 2]", "it asks for the impossible shape [-7, 2]"},
    /* Operands that do not fit or are not there. */
    {X "initializer w float [4, 4, 3]\nc: y = Conv(x, w)",
     "its input has the shape [1, 4, 6, 6] and its weights [4, 4, 3]"},
    {"input x float [4]\n" W "c: y = Conv(x, w)", "its input has the shape [4]"},
    {X "initializer w float [4, 3, 3, 3]\nc: y = Conv(x, w)",
     "its input has 4 channels, its weights with group=1 are for 3"},
    {X W "initializer b float [5]\nc: y = Conv(x, w, b)", "its bias has the shape [5]; it gives 4 channels"},
    {X "initializer w float [4, 2, 1, 1]\ninitializer b float [4]\nc: y = Conv(x, w, b) group=2\nd: z = Conv(x, w, b, "
       "b) group=2",
     "node 'd' (Conv): it needs an input, weights, and possibly a bias"},
    {XW "c: y = Conv(x)", "it needs an input, weights"},
    {XW "c: y = Conv(, w)", "it needs an input, weights"},
    {XW "c: y = Conv()", "it needs an input, weights"},
    {XW "c: y = Conv(x, v)", "it reads 'v', which nothing gives"},
    {XW "c: = Conv(x, w)", "it has no output"},
    {XW "c: y = Conv(x, w)\na: z = Add(y, )", "node 'a' (Add): it needs two operands"},
    {XW "c: y = Conv(x, w)\na: z = Mul(, y)", "node 'a' (Mul): it needs two operands"},
    {X "initializer w float [5, 3]\ng: y = MatMul(x, w)",
     "matrices of shape [1, 4, 6, 6] and [5, 3] cannot be multiplied"},
    {"input x float [2, 3]\ninitializer w float [3, 4]\ninitializer b float [5]\ng: y = Gemm(x, w, b)",
     "its third operand has the shape [5], the product [2, 4]"},
    {"input x float [2, 3]\ninitializer w float [3, 4]\ng: y = Gemm(x)", "it needs two operands"},
    {X "input z float [1, 3, 6, 6]\na: y = Add(x, z)\nopset 7",
     "its operands have the shapes [1, 4, 6, 6] and [1, 3, 6, 6]"},
    {X "input z float [1, 4, 6, 5]\na: y = Concat(x, z) axis=1", "cannot be joined along axis 1"},
    /* Nothing left of a dimension, or too much. */
    {X "initializer w float [4, 4, 7, 7]\nc: y = Conv(x, w)",
     "spatial dimension 0 of its output would have the size 0"},
    {XW "c: y = Conv(x, w) dilations=[1, 3]", "spatial dimension 1 of its output would have the size 0"},
    {XW "c: y = ConvTranspose(x, w) pads=[4, 0, 4, 0]", "spatial dimension 0 of its output would have the size 0"},
    {XW "c: y = ConvTranspose(x, w) strides=[2147483647, 1]", "spatial dimension 0 of its output would have the size"},
    {"input x float [1, 1, 2147483647]\ninput w float [1, 1, 2147483647]\nc: y = ConvTranspose(x, w) "
     "dilations=[2147483647] strides=[2147483647] output_padding=[2147483647]",
     "spatial dimension 0 of its output would have the size 9223372026117357572"},
    {"input x float [1, 4, 0, 6]\n" W "c: y = Conv(x, w)", "the shape of its input 'x' is not known"},
    {"input x float [1, 4, -5, 6]\n" W "c: y = Conv(x, w)", "the shape of its input 'x' is not known"},
    {"input x float [1, 4, 4294967296, 6]\n" W "c: y = Conv(x, w)", "the shape of its input 'x' is not known"},
    {"input x float [2147483647, 4, 2147483647, 6]\n" W "c: y = Conv(x, w)", "the shape of its input 'x' is not known"},
    {"input x float [1, 4, 6, 6, 1, 1, 1, 1, 1]\n" W "c: y = Conv(x, w)", "the shape of its input 'x' is not known"},
    /* Graphs that are none. */
    {XW "c: y = Conv(y, w)", "it reads 'y', which only this or a later node gives: a cycle, or nodes out of order"},
    {XW "c: y = Conv(z, w)\nr: z = Relu(y)", "node 'c' (Conv): it reads 'z', which only this or a later node gives"},
    {XW "c: y = Conv(x, w)\nd: y = Relu(x)", "node 'd' (Relu): its output 'y' already has a value"},
    {XW "c: x = Conv(x, w)", "its output 'x' already has a value"},
    {XW "c: y = Conv(x, w)\noutput z", "nothing gives the output 'z'"},
    {XW W "c: y = Conv(x, w)", "'w' has two initializers"},
    {XW X "c: y = Conv(x, w)", "'x' is an input twice"},
    {XW "r: y = Relu(x)", "net.onnx: there is no convolution among its 1 nodes"},
    {"", "there is no convolution among its 0 nodes"},
    {"opset 0\n" XW "c: y = Conv(x, w)", "there is no operator set 0"},
    /* Tensors whose data are not what they say. */
    {X "initializer w float [4, 4, 3, -3]\nc: y = Conv(x, w)",
     "tensor 'w': has a negative dimension or too many elements"},
    {X "initializer w float [99999999999]\nc: y = Conv(x, w)",
     "tensor 'w': has a negative dimension or too many elements"},
    {X "initializer w float [2000000000, 2000000000]\nc: y = Conv(x, w)", "tensor 'w': has a negative dimension"},
    {X "initializer w float raw [4000, 4000]\nc: y = Conv(x, w)", "tensor 'w': its data does not fit its shape"},
    {X "initializer w float [4000, 4000]\nc: y = Conv(x, w)", "tensor 'w': its data does not fit its shape"},
    {X "initializer w float [1, 1, 1, 1, 1, 1, 1, 1, 1]\nc: y = Conv(x, w)", "tensor 'w': has more than 8 dimensions"},
    {XW "s: s = Shape(x)\nk: z = ConstantOfShape(s) value=tensor float [2]", "its 'value' is not one number"},
};

static const char *const no_strings[1] = {NULL};

static Status refuse(Context *context, void *data) {
    const Refused *test = data;
    const OnnxModel *model;
    OnnxOptions options = {.weights = true};
    Status status = onnx_read(context, onnx_from_text(context, test->text, no_strings), NULL, &options, &model);
    const char *message = diag_message(context);
    ck_assert_msg(status == STATUS_INVALID, "%s: status %d: %s", test->text, (int)status, message);
    ck_assert_msg(strstr(message, test->message) != NULL, "%s gives:\n%s\nnot:\n%s", test->text, message,
                  test->message);
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_wrong_models_are_refused_with_the_reason) {
    Refused test = refused[_i];
    run_in_context(refuse, &test);
}
END_TEST

static void expect_refused(Context *context, const OnnxBytes *bytes, const char *expected) {
    const OnnxModel *model;
    Status status = onnx_read(context, onnx_bytes_source(bytes, "net.onnx"), NULL, NULL, &model);
    ck_assert_int_eq(status, STATUS_INVALID);
    ck_assert_msg(strstr(diag_message(context), expected) != NULL, "%s", diag_message(context));
    diag_clear(context);
}

/* A graph in an attribute of a node of a graph, and so on: model.graph.node.attribute.g.node ... */
static Status nest_deeply(Context *context, void *data) {
    enum { LEVELS = 20000 };
    (void)data;
    OnnxBytes inner = {.context = context}, outer = {.context = context};
    static const unsigned fields[] = {6, 5, 1}; /* g in an attribute, the attribute in a node, the node in a graph */
    size_t length = 0;
    /* The lengths of the levels are known from the inside out, the bytes are written from the outside in. */
    size_t *lengths = ARENA_ARRAY(context, size_t, LEVELS);
    for (size_t i = 0; i < LEVELS; i++) {
        lengths[i] = length;
        length += 1;
        for (size_t rest = lengths[i]; rest >= 0x80; rest >>= 7) length++;
        length++;
    }
    for (size_t i = LEVELS; i-- > 0;) {
        onnx_put_byte(&inner, fields[i % 3] << 3 | 2);
        onnx_put_varint(&inner, lengths[i]);
    }
    ck_assert_uint_eq(inner.count, length);
    ck_assert_uint_eq(fields[(LEVELS - 1) % 3], 5); /* so that one more message in front makes it a graph */
    OnnxBytes node = {.context = context};
    onnx_put_message(&node, 1, &inner);
    onnx_put_message(&outer, 7, &node);
    expect_refused(context, &outer, "messages nested deeper than 100");
    return STATUS_OK;
}

START_TEST(test_that_deep_nesting_is_refused) {
    run_in_context(nest_deeply, NULL);
}
END_TEST

/* Two graphs in a model: protobuf would merge them, and a thousand in quadratic time. */
static Status repeat_graph(Context *context, void *data) {
    (void)data;
    OnnxBytes model = {.context = context}, graph = {.context = context};
    onnx_put_string(&graph, 2, "graph");
    onnx_put_message(&model, 7, &graph);
    onnx_put_message(&model, 7, &graph);
    expect_refused(context, &model, "a field that is given twice");
    return STATUS_OK;
}

START_TEST(test_that_a_second_graph_is_refused) {
    run_in_context(repeat_graph, NULL);
}
END_TEST

/* Empty messages take 2 bytes in the file and a hundred times that in memory. */
static Status fill_memory(Context *context, void *data) {
    enum { NODES = 4 << 20 };
    (void)data;
    OnnxBytes model = {.context = context}, graph = {.context = context};
    for (int i = 0; i < NODES; i++) {
        onnx_put_byte(&graph, 1 << 3 | 2);
        onnx_put_byte(&graph, 0);
    }
    onnx_put_message(&model, 7, &graph);
    expect_refused(context, &model, "takes much more memory than a file of");
    return STATUS_OK;
}

START_TEST(test_that_small_files_do_not_fill_the_memory) {
    run_in_context(fill_memory, NULL);
}
END_TEST

static Status read_no_models(Context *context, void *data) {
    (void)data;
    OnnxBytes bytes = {.context = context};
    expect_refused(context, &bytes, "it has no graph");
    onnx_put_string(&bytes, 2, "producer");
    expect_refused(context, &bytes, "it has no graph");
    onnx_put_byte(&bytes, 7 << 3 | 2);
    expect_refused(context, &bytes, "a malformed field at byte 11, in a ModelProto");
    onnx_put_varint(&bytes, 1000);
    expect_refused(context, &bytes, "a field longer than the text at byte 13, in a ModelProto");
    OnnxBytes wrong_type = {.context = context};
    onnx_put_integer(&wrong_type, 7, 5);
    expect_refused(context, &wrong_type, "not a valid ONNX file");
    OnnxBytes zero_field = {.context = context};
    onnx_put_integer(&zero_field, 0, 5);
    expect_refused(context, &zero_field, "an impossible field number");
    OnnxBytes group = {.context = context};
    onnx_put_byte(&group, 1 << 3 | 3);
    expect_refused(context, &group, "a malformed field");
    return STATUS_OK;
}

START_TEST(test_that_other_files_are_no_models) {
    run_in_context(read_no_models, NULL);
}
END_TEST

/* Names from a file may hold what commands a terminal, and may be long. */
static Status show_names(Context *context, void *data) {
    (void)data;
    char *name = arena_alloc(context, 3001);
    memset(name, 'n', 3000);
    name[0] = '\x1b';
    const char *const strings[] = {name};
    const OnnxModel *model;
    const Source *source = onnx_from_text(context, X "$0: y = Conv(x, $0)", strings);
    ck_assert_int_eq(onnx_read(context, source, NULL, NULL, &model), STATUS_INVALID);
    const char *message = diag_message(context);
    ck_assert_ptr_null(strchr(message, '\x1b'));
    ck_assert_ptr_nonnull(strstr(message, "node '?nnn"));
    ck_assert_ptr_nonnull(strstr(message, "nnn...', which nothing gives"));
    diag_clear(context);
    return STATUS_OK;
}

START_TEST(test_that_names_are_made_fit_to_be_shown) {
    run_in_context(show_names, NULL);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("onnx_refused");
    tcase_add_loop_test(tests, test_that_wrong_models_are_refused_with_the_reason, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(tests, test_that_deep_nesting_is_refused);
    tcase_add_test(tests, test_that_a_second_graph_is_refused);
    tcase_add_test(tests, test_that_small_files_do_not_fill_the_memory);
    tcase_add_test(tests, test_that_other_files_are_no_models);
    tcase_add_test(tests, test_that_names_are_made_fit_to_be_shown);
    return run_tests(tests);
}
