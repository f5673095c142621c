/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of benchdnn descriptors: defaults, deduced sizes and padding, names, and the messages of refused ones. */
#include <string.h>

#include "tests/compiler/frontend/read_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define TAIL " type=f32,f32,f32 layout=nhwc,nhwc epilogue=none"
#define DENSE " dilation=1,1" TAIL

static const TextCase good[] = {
    /* res2a_branch2b and the strided 1x1 layer of ResNet-50; MobileNet's padding at the end; depthwise. */
    {"mb1_g1ic64oc64_ih56oh56kh3sh1dh0ph1_iw56ow56kw3sw1dw0pw1_n\"resnet50:res2a_branch2b*3\"",
     "resnet50:res2a_branch2b*3: conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1" DENSE},
    {"mb1_g1ic1024oc2048_ih14oh7kh1sh2dh0ph0_iw14ow7kw1sw2dw0pw0_n\"resnet50:res5a_branch1\"",
     "resnet50:res5a_branch1*1: conv2d n=1 g=1 c=1024 h=14 w=14 k=2048 p=7 q=7 r=1 s=1 stride=2,2 "
     "pad=0,0,-1,-1" DENSE},
    {"mb1_g1ic3oc32_ih224oh112kh3sh2dh0ph0_iw224ow112kw3sw2dw0pw0",
     "*1: conv2d n=1 g=1 c=3 h=224 w=224 k=32 p=112 q=112 r=3 s=3 stride=2,2 pad=0,0,1,1" DENSE},
    {"g64mb1ic64ih112oc64oh56kh3sh2ph0_",
     "*1: conv2d n=1 g=64 c=64 h=112 w=112 k=64 p=56 q=56 r=3 s=3 stride=2,2 pad=0,0,1,1" DENSE},
    /* no output, no padding; no padding alone: half of it, rounded towards 0 */
    {"ic8oc16ih10kh4sh3", "*1: conv2d n=2 g=1 c=8 h=10 w=10 k=16 p=3 q=3 r=4 s=4 stride=3,3 pad=0,0,0,0" DENSE},
    {"mb1ic8oc16ih10kh4sh3ph2", "*1: conv2d n=1 g=1 c=8 h=10 w=10 k=16 p=4 q=4 r=4 s=4 stride=3,3 pad=2,2,1,1" DENSE},
    {"mb1ic8oc16ih10oh10kh4", "*1: conv2d n=1 g=1 c=8 h=10 w=10 k=16 p=10 q=10 r=4 s=4 stride=1,1 pad=1,1,2,2" DENSE},
    {"mb1ic8oc16ih10oh5kh1sh2", "*1: conv2d n=1 g=1 c=8 h=10 w=10 k=16 p=5 q=5 r=1 s=1 stride=2,2 pad=0,0,-1,-1" DENSE},
    /* dilation counts from 0; a dimension with nothing but defaults is missing and copies the larger one */
    {"mb1ic1oc1_ih9kh3dh1ph2_iw8kw3",
     "*1: conv2d n=1 g=1 c=1 h=9 w=8 k=1 p=9 q=6 r=3 s=3 stride=1,1 pad=2,0,2,0 dilation=2,1" TAIL},
    {"mb1ic1oc1_ih9kh3sh2ph1_sw1dw0pw0",
     "*1: conv2d n=1 g=1 c=1 h=9 w=9 k=1 p=5 q=5 r=3 s=3 stride=2,2 pad=1,1,1,1" DENSE},
    {"mb1ic1oc1_iw9kw3pw1_n\"one dimension\"*2",
     "one dimension*2: conv1d n=1 g=1 c=1 w=9 k=1 q=9 s=3 stride=1 pad=1,1 dilation=1 type=f32,f32,f32 "
     "layout=nwc,nwc epilogue=none"},
    {"mb1ic2oc2_id8kd3pd1ncube*4",
     "cube*4: conv3d n=1 g=1 c=2 d=8 h=8 w=8 k=2 z=8 p=8 q=8 t=3 r=3 s=3 stride=1,1,1 pad=1,1,1,1,1,1 "
     "dilation=1,1,1 type=f32,f32,f32 layout=ndhwc,ndhwc epilogue=none"},
    /* batch files: comments, options, several on a line */
    {"# shapes\n--reset --dt=f32\r\n\nmb1ic1oc1ih1kh1n*7 # here too\n --mb=4 mb3ic1oc1ih1kh1n\"x*0y\"\n",
     "*7: conv2d n=1 g=1 c=1 h=1 w=1 k=1 p=1 q=1 r=1 s=1 stride=1,1 pad=0,0,0,0" DENSE
     "\nx*0y*1: conv2d n=3 g=1 c=1 h=1 w=1 k=1 p=1 q=1 r=1 s=1 stride=1,1 pad=0,0,0,0" DENSE},
};

static const TextCase refused[] = {
    {"mb1oc64ih56kh3", "t:1:1: this descriptor has no ic"},
    {"mb1ic64ih56kh3", "t:1:1: this descriptor has no oc"},
    {"mb1ic0oc64ih56kh3", "t:1:1: this descriptor has no ic"},
    {"\n  mb1ic64oc64", "t:2:3: this descriptor has no sizes; 'ih56kh3' is a square, 'iw56kw3' is 1-D"},
    {"mb1ic64oc64ih56", "t:1:1: this descriptor has no kh"},
    {"mb1ic64oc64iw3kw3kh3", "t:1:1: this descriptor has no ih"},
    {"mb1ic64oc64id3kd3ih3kh3", "t:1:1: a 3-D descriptor gives depth, height and width, or depth alone for a cube"},
    {"mb1ic64oc64_ih56kh3xh1", "t:1:20: unknown token 'xh' in a descriptor; did you mean 'ih'?"},
    {"mb1ic64oc64_ih56kh3pad1", "t:1:20: unknown token 'pad' in a descriptor; did you mean 'pd'?"},
    {"mb1ic64oc64_stride2", "t:1:13: unknown token 'stride' in a descriptor"},
    {"mb1,ic64", "t:1:4: expected a token such as 'ic64'"},
    {"mb1ic64oc64_ih56kh3ph-1", "t:1:22: the value of ph is negative"},
    {"mb1ic64oc64_ih_kh3", "t:1:15: expected a number behind 'ih'"},
    {"mb1ic64oc64_ih56kh3ph", "t:1:22: expected a number behind 'ph'"},
    {"mb1ic64ic32", "t:1:8: 'ic' occurs twice in this descriptor"},
    {"mb1ic64oc64_ih2147483648", "t:1:15: the value of ih must be in 0..2147483647"},
    {"mb1ic64oc64_ih99999999999999999999999999", "t:1:15: the value of ih must be in 0..2147483647"},
    {"mb0ic64oc64_ih56kh3", "t:1:1: n=0 must be in 1..2147483647"},
    {"mb1ic64oc64_ih56kh3sh0", "t:1:20: stride=0 of h must be in 1..2147483647"},
    {"mb1ic64oc64_ih56kh3dh2147483647", "t:1:20: dilation=2147483648 of h must be in 1..2147483647"},
    {"mb1g3ic64oc66_ih56kh3", "t:1:6: c=64 is not divisible by g=3; c and k count the channels of all groups"},
    {"mb1ic64oc64_ih3kh5", "t:1:1: p=-1 is not an output: h=3 with its padding is shorter than the filter, which spans "
                           "5 (r=5 at dilation 1)"},
    {"mb1ic64oc64_ih56oh2kh3", "t:1:17: pad=-26 of h must be in 0..2147483647"},
    {"mb1ic1oc1ih1kh1n\"open", "t:1:17: the closing quote of this name is missing"},
    {"mb1ic1oc1ih1kh1n\"a\"b", "t:1:20: expected a blank or a count such as '*3' behind the name"},
    {"mb1ic1oc1ih1kh1n\"a*0\"", "t:1:20: a layer occurs 1 to 2147483647 times"},
    {"--dt=f32\n", "t: there is no layer in it"},
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
    static const char text[] = "--reset --mb=1\nmb1ic1oc1ih1kh1\nic1oc1ih1kh1\nic2oc1ih1kh1\n";
    Source source = {"shapes", text, strlen(text)};
    const LayerList *layers;
    TRY(frontend_read(context, &source, NULL, &layers));
    ck_assert_uint_eq(layers->count, 3);
    ck_assert_uint_eq(layers->items[1].offset, 31);
    ck_assert_str_eq(diag_note_get(context, 0), "shapes: skipped '--reset', an option of benchdnn");
    ck_assert_str_eq(diag_note_get(context, 1), "shapes: skipped '--mb=1', an option of benchdnn");
    ck_assert_str_eq(diag_note_get(context, 2), "shapes: 2 of 3 descriptors have no mb: batch 2, as in benchdnn");
    ck_assert_ptr_null(diag_note_get(context, 3));
    return STATUS_OK;
}

START_TEST(test_notes) {
    run_in_context(read_with_notes, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("benchdnn");
    tcase_add_test(tests, test_rules);
    tcase_add_test(tests, test_refused);
    tcase_add_test(tests, test_memory_is_checked);
    tcase_add_test(tests, test_notes);
    return run_tests(tests);
}
