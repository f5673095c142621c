/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of logs of ONEDNN_VERBOSE, with lines as versions 1.x, 2.6 and 3.x of oneDNN print them. */
#include <string.h>

#include "tests/compiler/frontend/read_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define DESCRIPTOR "mb1_ic64oc64_ih56oh56kh3sh1dh0ph1_iw56ow56kw3sw1dw0pw1"
#define PROBLEM "n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 "
#define F32 "type=f32,f32,f32 "

/* oneDNN 2.6, with attributes in between */
#define V2(attributes)                                                                                                 \
    "onednn_verbose,exec,cpu,convolution,jit:avx512_core,forward_inference,src_f32::blocked:acdb:f0 "                  \
    "wei_f32::blocked:Acdb16a:f0 bia_f32::blocked:a:f0 dst_f32::blocked:acdb:f0," attributes                           \
    ",alg:convolution_direct," DESCRIPTOR ",0.21\n"

/* oneDNN 3.5 */
#define V3(attributes)                                                                                                 \
    "onednn_verbose,v1,primitive,exec,cpu,convolution,brgconv:avx2,forward_training,src:f32:a:blocked:abcd::f0 "       \
    "wei:f32:a:blocked:Acdb16a::f0 bia:undef::::: dst:f32:a:blocked:abcd::f0," attributes                              \
    ",alg:convolution_direct," DESCRIPTOR ",0.0878906\n"

/* The epilogues that attributes give. */
#define V2_EPILOGUE(attributes, epilogue)                                                                              \
    {V2(attributes), "*1: conv2d " PROBLEM F32 "layout=nhwc,nhwc epilogue=" epilogue}
#define V3_EPILOGUE(attributes, epilogue)                                                                              \
    {V3(attributes), "*1: conv2d " PROBLEM F32 "layout=nchw,nchw epilogue=" epilogue}

static const TextCase good[] = {
    V2_EPILOGUE("", "bias"),
    V3_EPILOGUE("", "none"),
    /* from the documentation of oneDNN 3.2, with a time stamp */
    {"onednn_verbose,v0,1693533460272.561035,primitive,exec,cpu,convolution,jit:avx512_core,forward_training,"
     "src_f32:a:blocked:aBcd16b::f0 wei_f32:a:blocked:ABcd16b16a::f0 bia_f32:a:blocked:a::f0 "
     "dst_f32:a:blocked:aBcd16b::f0,,alg:convolution_direct,mb2_ic16oc16_ih7oh7kh5sh1dh0ph2_iw7ow7kw5sw1dw0pw2,"
     "0.0878906\r\n",
     "*1: conv2d n=2 g=1 c=16 h=7 w=7 k=16 p=7 q=7 r=5 s=5 stride=1,1 pad=2,2,2,2 dilation=1,1 " F32
     "layout=nChw16c,nChw16c epilogue=bias"},
    /* version 1 */
    {"dnnl_verbose,exec,cpu,convolution,jit:avx2,forward_inference,src_f32::blocked:abcd:f0 "
     "wei_f32::blocked:Acdb8a:f0 bia_undef::undef::f0 dst_f32::blocked:aBcd8b:f0,post_ops:'eltwise_relu;sum;',"
     "alg:convolution_direct," DESCRIPTOR ",1",
     "*1: conv2d " PROBLEM F32 "layout=nchw,nChw8c epilogue=relu,add"},
    /* int8; 1-D; groups with a hole in the memory order */
    {"onednn_verbose,primitive,exec,cpu,convolution,brg_conv_fwd:avx512_core_vnni,forward_inference,"
     "src_u8:a:blocked:acb::f0 wei_s8:a:blocked:AcB16b16a4b::f0 dst_s32:a:blocked:acb::f0,attr-scratchpad:user ,"
     "alg:convolution_direct,g2mb1_ic8oc8_iw9ow9kw3sw1dw0pw1,0.1",
     "*1: conv1d n=1 g=2 c=8 w=9 k=8 q=9 s=3 stride=1 pad=1,1 dilation=1 type=u8,s8,s32 layout=nwc,nwc epilogue=none"},
    /* a deconvolution: the input is the smaller one */
    {"onednn_verbose,v1,primitive,exec,cpu,deconvolution,jit:avx2,forward_inference,src:f32:a:blocked:acdb::f0 "
     "wei:f32::blocked:abcd::f0 dst:f32:a:blocked:acdb::f0,,alg:deconvolution_direct,"
     "mb1_ic4oc8_ih7oh14kh4sh2dh0ph1_iw7ow14kw4sw2dw0pw1,0.1",
     "*1: deconv2d n=1 g=1 c=4 h=7 w=7 k=8 p=14 q=14 r=4 s=4 stride=2,2 pad=1,1,1,1 dilation=1,1 " F32
     "layout=nhwc,nhwc epilogue=none"},
    /* post-ops */
    V2_EPILOGUE("attr-scratchpad:user attr-post-ops:eltwise_relu ", "bias,relu"),
    V2_EPILOGUE("attr-post-ops:sum+eltwise_relu", "bias,add,relu"),
    V2_EPILOGUE("attr-post-ops:'sum;eltwise_relu:0:0:1;'", "bias,add,relu"),
    V2_EPILOGUE("attr-post-ops:eltwise_clip:0:6", "bias,clamp=0,6"),
    V2_EPILOGUE("attr-post-ops:eltwise_clip:-1e+06:1e+06+sum", "bias,clamp=-1000000,1000000,add"),
    V2_EPILOGUE("attr-post-ops:eltwise_bounded_relu:6", "bias,clamp=0,6"),
    V2_EPILOGUE("attr-post-ops:eltwise_hardswish", "bias,hardswish"),
    V3_EPILOGUE("attr-post-ops:eltwise_hardswish:0.166667:0.5", "hardswish"),
    V3_EPILOGUE("attr-post-ops:eltwise_relu:0.1", "leaky_relu=0.1"),
    V3_EPILOGUE("attr-post-ops:eltwise_logistic", "sigmoid"),
    V3_EPILOGUE("attr-post-ops:eltwise_swish:1", "silu"),
    V3_EPILOGUE("attr-post-ops:binary_add:f32:14+eltwise_relu", "add,relu"),
    V3_EPILOGUE("attr-post-ops:binary_add:f32:15:abcd", "add"),
    V3_EPILOGUE("attr-post-ops:sum:1:0:f32", "add"),
    /* what no epilogue says is left out */
    V3_EPILOGUE("attr-post-ops:eltwise_gelu_tanh+eltwise_relu", "relu"),
    V3_EPILOGUE("attr-post-ops:binary_add:f32:2", "none"),
    V3_EPILOGUE("attr-post-ops:sum:0.5+sum+binary_add:f32:14", "add"),
    V3_EPILOGUE("attr-post-ops:eltwise_relu:0:0:2", "none"),
    V3_EPILOGUE("attr-post-ops:eltwise_relu:nan+eltwise_clip:6:0+eltwise_swish:2", "none"),
    V3_EPILOGUE("attr-post-ops:dw:k3s1p1", "none"),
    /* equal ones are counted, in the order of their first; other lines are passed over */
    {"Loading $model ...\nonednn_verbose,info,oneDNN v2.6.0 (commit 52b5f107dd9cf10910aaa19cb47f3abf9b349815)\n"
     "onednn_verbose,info,cpu,runtime:OpenMP,nthr:4\n" V3("") V2("")
         V3("") "onednn_verbose,exec,cpu,reorder,jit:uni,undef,src_f32::blocked:abcd:f0 "
                "dst_f32::blocked:Acdb16a:f0,,,64x64x3x3,1\n"
                "onednn_verbose,create:cache_miss,cpu,convolution,jit:avx2,forward_inference,,,alg:convolution_"
                "direct," DESCRIPTOR ",1\n\n" V3(""),
     "*3: conv2d " PROBLEM F32 "layout=nchw,nchw epilogue=none\n"
     "*1: conv2d " PROBLEM F32 "layout=nhwc,nhwc epilogue=bias"},
};

static const TextCase refused[] = {
    {"onednn_verbose,exec,cpu,convolution,jit:avx2,forward_inference,src_f32::blocked:acdb:f0",
     "t:1:88: this line of ONEDNN_VERBOSE ends before its problem (mb1_ic64…)"},
    {"\nonednn_verbose,exec,cpu,convolution,jit,forward_inference,,,alg:direct,mb1_ic64oc64_ih56xh3,0.1",
     "t:2:89: unknown token 'xh' in a descriptor; did you mean 'ih'?"},
    {"onednn_verbose,exec,cpu,convolution,jit,forward_inference,,,alg:direct,mb1_g3ic64oc66_ih5kh3,0.1",
     "t:1:78: c=64 is not divisible by g=3; c and k count the channels of all groups"},
    {"onednn_verbose,exec,cpu,matmul,brg,undef,,,,256x256:256x256,1\n", "t: there is no layer in it"},
    {"dnnl_verbose,\n", "t: there is no layer in it"},
    {"onednn_verbose,exec,cpu,convolution,jit,forward_inference,src_f8_e4m3::blocked:acdb:f0,,alg:direct," DESCRIPTOR
     ",1",
     "t: there is no layer in it"},
};

START_TEST(test_rules) {
    expect_layers(good, COUNT(good), NULL);
}
END_TEST

START_TEST(test_refused) {
    expect_refusals(refused, COUNT(refused), NULL);
}
END_TEST

START_TEST(test_memory_is_checked) {
    expect_memory_is_checked(good, COUNT(good));
}
END_TEST

static Status read_with_notes(Context *context, void *data) {
    (void)data;
    static const char text[] = V2("attr-post-ops:eltwise_gelu_erf+eltwise_relu") V2(
        "attr-scales:src0:0:f32 attr-post-ops:eltwise_gelu_erf") "onednn_verbose,exec,cpu,convolution,jit:avx2,"
                                                                 "backward_data,,,alg:convolution_direct," DESCRIPTOR
                                                                 ",1\n"
                                                                 "onednn_verbose,exec,cpu,convolution,ref:any,"
                                                                 "forward_inference,src_f8_e4m3::blocked:acdb:f0,,alg:"
                                                                 "direct," DESCRIPTOR ",1\n"
                                                                 "onednn_verbose,exec,cpu,convolution,jit,forward_"
                                                                 "inference,src_f32::blocked:Abcd8a:f0,,alg:"
                                                                 "direct," DESCRIPTOR ",1\n";
    static const char *const notes[] = {
        "log: skipped 'backward_data', which is no forward pass",
        "log: skipped 'f8_e4m3', a type that no kernel has",
        "log: skipped 'Abcd8a', a layout that no kernel has: nhwc is taken",
        "log: skipped 'eltwise_gelu_erf' and 1 more of its kind, which no epilogue says: the layer is taken without it",
        "log: skipped 'attr-scales:src0:0:f32', which no epilogue says: the layer is taken without it",
    };
    Source source = {"log", text, strlen(text)};
    const LayerList *layers;
    TRY(frontend_read(context, &source, NULL, &layers));
    ck_assert_uint_eq(layers->count, 3);
    for (size_t i = 0; i < COUNT(notes); i++) {
        ck_assert_ptr_nonnull(diag_note_get(context, i));
        ck_assert_str_eq(diag_note_get(context, i), notes[i]);
    }
    ck_assert_ptr_null(diag_note_get(context, COUNT(notes)));
    return STATUS_OK;
}

START_TEST(test_notes) {
    run_in_context(read_with_notes, NULL);
}
END_TEST

/* A long log of distinct problems: notes and time stay small. */
static Status read_long_log(Context *context, void *data) {
    (void)data;
    Text text = text_new(context);
    for (int i = 0; i < 4000; i++) {
        text_add(&text,
                 "onednn_verbose,exec,cpu,convolution,jit,forward_inference,,attr-post-ops:odd_%d,alg:direct,"
                 "mb1_ic%doc1_ih5oh5kh1ph0,1\n",
                 i, 1 + i / 2);
    }
    Source source = {"log", text_string(&text), text.length};
    const LayerList *layers;
    TRY(frontend_read(context, &source, NULL, &layers));
    ck_assert_uint_eq(layers->count, 2000);
    ck_assert_int_eq(layers->items[1999].count, 2);
    ck_assert_ptr_nonnull(diag_note_get(context, 63));
    ck_assert_ptr_null(diag_note_get(context, 64));
    return STATUS_OK;
}

START_TEST(test_long_log) {
    run_in_context(read_long_log, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("verbose");
    tcase_add_test(tests, test_rules);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_memory_is_checked);
    tcase_add_test(tests, test_notes);
    tcase_add_test(tests, test_long_log);
    return run_tests(tests);
}
