/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of each form with bytes changed, dropped, doubled and swapped for other words at random: each is read or
 * refused with a message, nothing in between; and what is read is a problem that its canonical text gives again. */
#include <string.h>

#include "tests/compiler/frontend/read_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { TRIALS = 4000, MAX_BYTES = 1024 };

static const char *const texts[] = {
    "layer a:b count=3 n=1 c=64 h=56 w=56 k=64 r=3 s=3 pad=1,1 stride=2 # c\n type=u8,s8,s32 x=nhwc y=nChw16c bias "
    "clamp=0,6 relu\nlayer \"b\" transposed c=8 groups=4 k=4 w=9 s=3 dilation=2 q=4",
    "mb1_g1ic64oc64_ih56oh56kh3sh1dh0ph1_iw56ow56kw3sw1dw0pw1_n\"resnet50:res2a_branch2b*3\"\n--dt=f32 "
    "ic8oc16id8kd3n*2",
    "conv2d n=1 g=2 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,bf16 "
    "layout=nhwc,nchw epilogue=bias,clamp=-1e-3,6,relu",
    "onednn_verbose,v1,primitive,exec,cpu,convolution,jit,forward_inference,src:f32:a:blocked:acdb::f0 "
    "bia:f32::blocked:"
    "a::f0 dst:f32::blocked:abcd::f0,attr-post-ops:sum+eltwise_clip:-1e+06:6 ,alg:d,mb1_ic4oc4_ih5oh5kh3ph1,0.5\n"
    "dnnl_verbose,exec,cpu,deconvolution,jit,forward_training,,post_ops:'eltwise_relu:0.5;',alg:d,ic4oc4_iw5kw3sw2,1\n",
};

/* Pieces that a spoilt text may come by. */
static const char *const pieces[] = {
    "=",
    ",",
    "-",
    "_",
    "*",
    "\"",
    "#",
    "\n",
    " ",
    "0",
    "1",
    "2147483647",
    "99999999999999999999",
    "c=",
    "n",
    "ih",
    "layer ",
    "epilogue",
    "1e999",
    ".",
    "\xC3",
    "\xA9",
    "\xEF\xBB\xBF",
    "conv3d",
    "relu",
    "--",
    "pad=",
    "mb",
    ",",
    ":",
    "+",
    "'",
    "exec,",
    "--batch=",
};

typedef struct Random {
    uint64_t state;
} Random;

static size_t draw(Random *random, size_t count) {
    random->state = random->state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(random->state >> 33) % count;
}

/* Replaces up to four bytes somewhere by a piece or by a part of the text itself. */
static void spoil(Random *random, char *text) {
    char result[2 * MAX_BYTES];
    size_t length = strlen(text);
    size_t at = draw(random, length + 1);
    size_t dropped = draw(random, 5);
    if (dropped > length - at) dropped = length - at;
    const char *piece =
        draw(random, 4) == 0 ? text + draw(random, length + 1) : pieces[draw(random, sizeof pieces / sizeof *pieces)];
    size_t piece_length = strlen(piece) > 24 ? 24 : strlen(piece);
    memcpy(result, text, at);
    memcpy(result + at, piece, piece_length);
    memcpy(result + at + piece_length, text + at + dropped, length - at - dropped + 1);
    result[MAX_BYTES - 1] = '\0';
    memcpy(text, result, strlen(result) + 1);
}

static void check_round_trip(Context *context, const Layer *layer) {
    Text first = text_new(context), second = text_new(context);
    problem_print(&layer->problem, &first);
    Source source = {"canonical", text_string(&first), first.length};
    Problem again;
    ck_assert_int_eq(problem_parse(context, &source, &again), STATUS_OK);
    problem_print(&again, &second);
    ck_assert_str_eq(text_string(&first), text_string(&second));
}

static Status read_spoilt(Context *context, void *data) {
    const char *text = data;
    Source source = {"t", text, strlen(text)};
    const LayerList *layers;
    Status status = frontend_read(context, &source, NULL, &layers);
    if (status != STATUS_OK) {
        ck_assert_int_eq(status, STATUS_INVALID);
        ck_assert_msg(diag_message(context)[0] == 't', "no place in '%s' for: %s", diag_message(context), text);
        return STATUS_OK;
    }
    ck_assert_uint_gt(layers->count, 0);
    for (size_t i = 0; i < layers->count; i++) check_round_trip(context, &layers->items[i]);
    return STATUS_OK;
}

START_TEST(test_spoilt_texts) {
    Random random = {.state = (uint64_t)_i + 1};
    for (int trial = 0; trial < TRIALS; trial++) {
        char text[2 * MAX_BYTES];
        memcpy(text, texts[_i], strlen(texts[_i]) + 1);
        for (size_t changes = 1 + draw(&random, 3); changes > 0; changes--) spoil(&random, text);
        run_in_context(read_spoilt, text);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("spoilt_texts");
    tcase_add_loop_test(tests, test_spoilt_texts, 0, (int)(sizeof texts / sizeof *texts));
    return run_tests(tests);
}
