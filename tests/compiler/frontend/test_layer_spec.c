/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the layer spec: what each form of each key means, and the messages of refused ones. */
#include "tests/compiler/frontend/read_text.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define TAIL "type=f32,f32,f32 layout=nhwc,nhwc epilogue="

static const TextCase good[] = {
    {"layer res2a_branch2b count=3\n"
     "    n=1 c=64 h=56 w=56 k=64 r=3 s=3  pad=1  type=f32 x=nhwc y=nhwc  bias relu\n"
     "layer res5a_branch1 # strided: the last row and column are not read\n"
     "    c=1024 h=14 w=14 k=2048 stride=2  bias add relu\n",
     "res2a_branch2b*3: conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 " TAIL
     "bias,relu\n"
     "res5a_branch1*1: conv2d n=1 g=1 c=1024 h=14 w=14 k=2048 p=7 q=7 r=1 s=1 stride=2,2 pad=0,0,-1,-1 "
     "dilation=1,1 " TAIL "bias,add,relu"},
    {"c=8 h=7 w=9 k=4 r=3 s=5 pad=1,2",
     "*1: conv2d n=1 g=1 c=8 h=7 w=9 k=4 p=7 q=9 r=3 s=5 stride=1,1 pad=1,2,1,2 dilation=1,1 " TAIL "none"},
    {"c=8 h=7 w=9 k=4 r=3 s=3 pad=0,1,2,3 dilation=2,1 stride=1,2",
     "*1: conv2d n=1 g=1 c=8 h=7 w=9 k=4 p=5 q=6 r=3 s=3 stride=1,2 pad=0,1,2,3 dilation=2,1 " TAIL "none"},
    {"relu c=32 g=32 k=64 h=112 w=112 r=3 s=3 p=56 q=56 stride=2", /* mobilenet's "same": all padding at the end */
     "*1: conv2d n=1 g=32 c=32 h=112 w=112 k=64 p=56 q=56 r=3 s=3 stride=2,2 pad=0,0,1,1 dilation=1,1 " TAIL "relu"},
    {"layer \"a name\" c=1 k=1 w=10 s=3 groups=1 x=ncw y=nwc type=u8,s8,s32 clamp=-1.5,6 leaky_relu=0.1",
     "a name*1: conv1d n=1 g=1 c=1 w=10 k=1 q=8 s=3 stride=1 pad=0,0 dilation=1 type=u8,s8,s32 layout=ncw,nwc "
     "epilogue=clamp=-1.5,6,leaky_relu=0.1"},
    {"layer conv1 c=1 k=1 w=10 s=4 pad=1,2",
     "conv1*1: conv1d n=1 g=1 c=1 w=10 k=1 q=10 s=4 stride=1 pad=1,2 dilation=1 type=f32,f32,f32 layout=nwc,nwc "
     "epilogue=none"},
    {"c=3 d=16 h=8 w=8 k=4 t=3 r=1 s=1 pad=1,0,0 type=bf16",
     "*1: conv3d n=1 g=1 c=3 d=16 h=8 w=8 k=4 z=16 p=8 q=8 t=3 r=1 s=1 stride=1,1,1 pad=1,0,0,1,0,0 dilation=1,1,1 "
     "type=bf16,bf16,bf16 layout=ndhwc,ndhwc epilogue=none"},
    {"transposed c=512 h=4 w=4 k=256 r=4 s=4 stride=2 pad=1",
     "*1: deconv2d n=1 g=1 c=512 h=4 w=4 k=256 p=8 q=8 r=4 s=4 stride=2,2 pad=1,1,1,1 dilation=1,1 " TAIL "none"},
    {"transposed c=1 h=4 w=4 k=1 r=3 s=3 stride=2 pad=1 p=8 q=8", /* output padding 1 */
     "*1: deconv2d n=1 g=1 c=1 h=4 w=4 k=1 p=8 q=8 r=3 s=3 stride=2,2 pad=1,1,0,0 dilation=1,1 " TAIL "none"},
    {"layer a c=1 k=1 h=5 w=5 r=2 s=2 p=2 q=4 x=NCHW16c y=abcd", /* p=2: the last rows are not read */
     "a*1: conv2d n=1 g=1 c=1 h=5 w=5 k=1 p=2 q=4 r=2 s=2 stride=1,1 pad=0,0,-2,0 dilation=1,1 type=f32,f32,f32 "
     "layout=nChw16c,nchw epilogue=none"},
    {"\xEF\xBB\xBF# \xC3\xA9\r\nlayer r\xC3\xA9s:2/3x3 c = 1\r\n h=1\tw=1 k=1\r\n",
     "r\xC3\xA9s:2/3x3*1: conv2d n=1 g=1 c=1 h=1 w=1 k=1 p=1 q=1 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 " TAIL
     "none"},
};

static const TextCase refused[] = {
    {"layer a c=64 h=56 w=56 k=64 strid=2", "t:1:29: unknown key 'strid'; did you mean 'stride'?"},
    {"layer a c=64 rleu", "t:1:14: unknown word 'rleu'; did you mean 'relu'?"},
    {"layer a c=64 b=64",
     "t:1:14: unknown key 'b'; there are: transposed layer n c d h w k t r s z p q groups g count stride pad dilation "
     "type x y bias add relu relu6 clamp leaky_relu hardswish sigmoid silu requant"},
    {"layer a c 64", "t:1:11: expected '=', found '64'"},
    {"layer a c=", "t:1:11: expected the value of c, found the end"},
    {"layer a c=x", "t:1:11: expected the value of c, found 'x'"},
    {"layer a c=1.5", "t:1:11: expected the value of c, found '1.5'"},
    {"layer a c=0", "t:1:11: the value of c must be in 1..2147483647, not 0"},
    {"layer a h=2147483648", "t:1:11: the value of h must be in 1..2147483647, not 2147483648"},
    {"layer a h=99999999999999999999", "t:1:11: number out of range: integers end at 9223372036854775807"},
    {"layer a stride=-1", "t:1:16: the value of stride must be in 1..2147483647, not -1"},
    {"layer a count=0", "t:1:15: the value of count must be in 1..2147483647, not 0"},
    {"layer a c=64 h=56, w=56", "t:1:18: expected KEY=VALUE, an epilogue word or 'layer', found ','"},
    {"layer a c=64 c=32", "t:1:14: 'c' occurs twice in this layer"},
    {"layer a g=2 groups=2", "t:1:13: 'groups' occurs twice in this layer"},
    {"layer a transposed c=1 transposed", "t:1:24: 'transposed' occurs twice in this layer"},
    {"layer a bias c=1 k=1 w=1 bias", "t:1:26: 'bias' occurs twice in the epilogue"},
    {"layer a bias=1", "t:1:13: expected KEY=VALUE, an epilogue word or 'layer', found '='"},
    {"layer a clamp=1", "t:1:16: expected ',', found the end"},
    {"layer a type=f32,f32", "t:1:21: expected ',', found the end"},
    {"layer a type=fp32", "t:1:14: unknown type 'fp32'; did you mean 'f32'?"},
    {"layer a x=hwcn", "t:1:11: unknown layout 'hwcn'; did you mean 'nhwc'?"},
    {"layer", "t:1:6: expected the layer's name behind 'layer'"},
    {"layer c=64", "t:1:7: expected the layer's name behind 'layer'"},
    {"layer \"a\nc=1", "t:1:7: the closing quote of this name is missing"},
    {"# only a layer\nlayer a", "t:2:1: this layer has no c, the input channels"},
    {"layer a c=1 k=1", "t:1:1: this layer has no h, the input height"},
    {"layer a c=1 k=1 w=1 r=1", "t:1:1: this layer has no h, the input height"},
    {"layer a c=1 k=1 h=1", "t:1:1: this layer has no w, the input width"},
    {"layer a c=1 k=1 t=1 h=1 w=1", "t:1:1: this layer has no d, the input depth"},
    {"layer b c=1 w=1\nlayer a", "t:1:1: this layer has no k, the output channels"},
    {"c=1 k=1 h=4 w=4 stride=1,1,1", "t:1:17: stride has 3 values; a 2-D layer takes 1 or 2 (h,w)"},
    {"c=1 k=1 w=4 dilation=1,1", "t:1:13: dilation has 2 values; a 1-D layer takes 1"},
    {"c=1 k=1 h=4 w=4 pad=1,1,1",
     "t:1:17: pad has 3 values; a 2-D layer takes 1 (all), 2 (h,w) or 4 (top,left,bottom,right)"},
    {"c=1 k=1 w=4 pad=1,1,1,1,1,1,1", "t:1:29: pad has at most 6 values"},
    {"c=1 k=1 h=4 w=4 pad=-1", "t:1:17: pad=-1 of h must be in 0..2147483647"},
    {"c=1 k=1 h=4 w=4 x=nwc", "t:1:17: the layout of x is for 1-D, but the sizes are those of a 2-D layer"},
    {"c=64 k=64 h=4 w=4 groups=3", "t:1:1: c=64 is not divisible by g=3; c and k count the channels of all groups"},
    {"c=64 h=4 w=4 groups=4 k=66", "t:1:23: k=66 is not divisible by g=4; c and k count the channels of all groups"},
    {"c=1 k=1 h=3 w=9 r=5 s=5", "t:1:1: p=-1 is not an output: h=3 with its padding is shorter than the filter, which "
                                "spans 5 (r=5 at dilation 1)"},
    {"c=1 k=1 h=3 w=9 r=3 s=3 pad=1,1,1,1 p=4", "t:1:37: p=4 contradicts the padding of 1 and 1, which gives p=3"},
    {"c=1 k=1 h=3 w=9 r=3 s=3 pad=1 p=5", "t:1:31: p=5 is too large: outputs beyond 4 have no input of h=3"},
    {"transposed c=1 k=1 h=4 w=4 r=3 s=3 stride=2 p=11",
     "t:1:45: p=11 is too large: outputs beyond 10 have no input of h=4"},
    {"layer a x=nhwc c=2147483647 k=1 h=2147483647 w=2147483647",
     "t:1:1: x has 2^48 elements or more; the limit is below"},
};

START_TEST(test_keys) {
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

int main(void) {
    TCase *tests = tcase_create("layer_spec");
    tcase_add_test(tests, test_keys);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_memory_is_checked);
    return run_tests(tests);
}
