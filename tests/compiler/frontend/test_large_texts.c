/* SPDX-License-Identifier: Apache-2.0 */
/* Layers in texts of 16 MiB, the most that is read of a file: many lines, one line, many layers, long words. */
#include "compiler/frontend/frontend.h"
#include "tests/support/large_text.h"
#include "tests/support/run.h"

enum { BYTES = FRONTEND_MAX_FILE_BYTES, BUDGET = 512 << 20 };

#define CANONICAL                                                                                                      \
    "conv1d n=1 g=1 c=1 w=1 k=1$ q=1 s=1 stride=1 pad=0,0 dilation=1 type=f32,f32,f32 layout=nwc,nwc epilogue=none\n"
#define VERBOSE "onednn_verbose,v1,primitive,exec,cpu,convolution,jit,forward_inference,src:f32::blocked:acdb::f0,"

static const LargeText texts[] = {
    {"", "\n", "", BYTES, "there is no layer in it"},
    {"", " ", "", BYTES, "there is no layer in it"},
    {"", "# comment\n", "c=1 h=1 w=1 k=1", BYTES, NULL},
    {"# ", "comment ", "\nc=1 h=1 w=1 k=1", BYTES, NULL},
    {"c=1 h=1 w=1 k=1 # ", "x", "\xff", BYTES, "byte 0xff is not UTF-8"},
    {"c=1 h=1 w=1 k=1 # ", "x", "\xc3", BYTES, "byte 0xc3 is not UTF-8"},
    {"", "a", "", BYTES, "expected 'layer NAME"},
    {"", "9", "", BYTES, "number with more than 64 characters"},
    {"c=", "9", "", BYTES, "number with more than 64 characters"},
    {"c=1 h=1 w=1 k=1 ", "a", "", BYTES, "unknown"},
    {"c=1 h=1 w=1 k=1 ", "relu ", "", BYTES, "an epilogue has at most 8 words"},
    {"layer ", "a", " c=1 h=1 w=1 k=1", BYTES, NULL},
    {"", "layer a$ c=1 h=1 w=1 k=1\n", "", BYTES, "more than 65536 layers"},
    {"", "ic1oc1iw1kw1 ", "", BYTES, "more than 65536 layers"},
    {"ic", "9", "", BYTES, "the value of ic must be in"},
    {"ic1oc1iw1kw1n\"", "a", "\"", BYTES, NULL},
    {"", "--option$=x ", "ic1oc1iw1kw1", BYTES, NULL},
    {"--option ", "\\\n", "ic1oc1iw1kw1", BYTES, "there is no layer in it"},
    {"", CANONICAL, "", BYTES, "more than 65536 layers"},
    {"", VERBOSE ",alg:d,mb1_ic4oc4_ih6oh6kh3ph1,0.5\n", "", BYTES, NULL},
    {"", VERBOSE ",alg:d,mb1_ic4oc1$_ih6oh6kh3ph1,0.5\n", "", BYTES, "more than 65536 layers"},
    {VERBOSE "attr-post-ops:", "sum+", ",alg:d,mb1_ic4oc4_ih6oh6kh3ph1,0.5\n", BYTES, NULL},
    {"onednn_verbose,v1,", "x,", "\n", BYTES, "there is no layer in it"},
    {VERBOSE, "x", ",0.5\n", BYTES, ""},
};

static Status read_layers(Context *context, const Source *source) {
    const LayerList *layers;
    return frontend_read(context, source, NULL, &layers);
}

START_TEST(test_that_large_texts_are_answered) {
    large_text_check(&texts[_i], BUDGET, read_layers);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("large_texts");
    tcase_add_loop_test(tests, test_that_large_texts_are_answered, 0, sizeof texts / sizeof texts[0]);
    return run_tests(tests);
}
