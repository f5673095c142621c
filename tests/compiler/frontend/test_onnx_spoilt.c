/* SPDX-License-Identifier: Apache-2.0 */
/* Spoilt models: cut off at every length, with every byte changed, with bytes changed at random. Each is read or
 * refused with a message; nothing else may happen. And models that memory does not suffice for, at every request. */
#include <string.h>

#include "base/random.h"
#include "compiler/frontend/onnx.h"
#include "tests/base/failing_allocator.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static const char *const no_strings[1] = {NULL};

/* A small model with something of everything. */
static const char small[] = "opset 13\n"
                            "input x float [batch, 2, 4, 4]\n"
                            "initializer w float raw [2, 2, 3, 3]\n"
                            "initializer k float [2] = 1, 2\n"
                            "initializer six float [] = 6\n"
                            "initializer shape int64 [2] = 1, -1\n"
                            "initializer m float16 [32, 3]\n"
                            "value c float [batch, 2, 4, 4]\n"
                            "c: c = Conv(x, w, k) pads=[1, 1, 1, 1] auto_pad=NOTSET\n"
                            "n: n = BatchNormalization(c, k, k, k, k) epsilon=0.001\n"
                            "a: a = Add(n, x)\n"
                            "l: l = Clip(a, k, six)\n"
                            "t: t = ConvTranspose(l, w) strides=[2, 2] output_shape=[8, 8]\n"
                            "p: p = AveragePool(t) kernel_shape=[2, 2] strides=[2, 2]\n"
                            "j: j = Concat(p, l) axis=1\n"
                            "s: s, rest = Split(j) axis=1\n"
                            "r: r = Reshape(s, shape)\n"
                            "g: y = Gemm(r, m) alpha=0.5\n"
                            "i: z = If(y) then_branch=(c, w)\n"
                            "output y float [batch, 3]\n";

/* Reads the bytes in a context of their own, so that thousands of readings do not add up. */
static Status read_bytes(Context *context, const char *bytes, size_t length) {
    const OnnxModel *model;
    Source source = {.name = "spoilt.onnx", .text = bytes, .length = length};
    OnnxOptions options = {.weights = true};
    return onnx_read(context, &source, NULL, &options, &model);
}

static void read_alone(const char *bytes, size_t length) {
    Context *context;
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
    Status status = read_bytes(context, bytes, length);
    ck_assert_int_eq(status, diag_status(context));
    ck_assert(status == STATUS_OK || status == STATUS_INVALID || status == STATUS_IO);
    ck_assert(status == STATUS_OK || diag_message(context)[0] != '\0');
    context_free(context);
}

static Status cut_off(Context *context, void *data) {
    (void)data;
    const Source *source = onnx_from_text(context, small, no_strings);
    TRY(read_bytes(context, source->text, source->length));
    for (size_t length = 0; length < source->length; length++) {
        /* A copy that ends where the text does, so that a read behind it is seen. */
        const char *copy = arena_substring(context, source->text, length);
        read_alone(copy, length);
    }
    return STATUS_OK;
}

START_TEST(test_that_models_cut_off_anywhere_do_no_harm) {
    run_in_context(cut_off, NULL);
}
END_TEST

static Status change_each_byte(Context *context, void *data) {
    (void)data;
    static const unsigned char values[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    const Source *source = onnx_from_text(context, small, no_strings);
    char *copy = arena_alloc(context, source->length + 1);
    memcpy(copy, source->text, source->length);
    for (size_t i = 0; i < source->length; i++) {
        for (size_t j = 0; j < sizeof values; j++) {
            copy[i] = (char)values[j];
            read_alone(copy, source->length);
        }
        copy[i] = source->text[i];
    }
    return STATUS_OK;
}

START_TEST(test_that_models_with_one_other_byte_do_no_harm) {
    run_in_context(change_each_byte, NULL);
}
END_TEST

/* Changes, removes or repeats some pieces of the golden models. */
static size_t spoil(Random *random, char *bytes, size_t length) {
    int64_t changes = random_integer(random, 1, 8);
    for (int64_t i = 0; i < changes; i++) {
        size_t at = (size_t)random_integer(random, 0, (int64_t)length - 1);
        size_t from = (size_t)random_integer(random, 0, (int64_t)length - 1);
        size_t count = (size_t)random_integer(random, 1, 12);
        if (at + count > length || from + count > length) continue;
        if (random_once_in(random, 2)) bytes[at] = (char)random_bits(random);
        if (random_once_in(random, 4)) memmove(bytes + at, bytes + from, count);
    }
    return length;
}

static Status spoil_golden(Context *context, void *data) {
    const int *seed = data;
    Random random = random_new((uint64_t)*seed, 0);
    const char *const *paths = golden_text_list(context, "compiler/frontend/onnx", "");
    for (size_t i = 0; paths[i] != NULL; i++) {
        const char *text = golden_text_read(context, paths[i])->text;
        const char *model = arena_substring(context, text, (size_t)(strstr(text, "----\n") - text));
        const Source *source = onnx_from_text(context, model, no_strings);
        if (source->length > 1 << 16) continue;
        char *copy = arena_alloc(context, source->length + 1);
        for (int round = 0; round < 40; round++) {
            memcpy(copy, source->text, source->length);
            read_alone(copy, spoil(&random, copy, source->length));
        }
    }
    return STATUS_OK;
}

START_TEST(test_that_models_spoilt_at_random_do_no_harm) {
    run_in_context(spoil_golden, &_i);
}
END_TEST

static Status read_source(Context *context, void *data) {
    const Source *source = data;
    return read_bytes(context, source->text, source->length);
}

static Status fail_each_request(Context *context, void *data) {
    (void)data;
    Source source = *onnx_from_text(context, small, no_strings);
    ck_assert_uint_gt(run_until_memory_suffices(read_source, &source), 100);
    return STATUS_OK;
}

START_TEST(test_that_failing_requests_for_memory_are_reported) {
    run_in_context(fail_each_request, NULL);
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("onnx_spoilt");
    tcase_add_test(tests, test_that_models_cut_off_anywhere_do_no_harm);
    tcase_add_test(tests, test_that_models_with_one_other_byte_do_no_harm);
    tcase_add_loop_test(tests, test_that_models_spoilt_at_random_do_no_harm, 1, 6);
    tcase_add_test(tests, test_that_failing_requests_for_memory_are_reported);
    return run_tests(tests);
}
