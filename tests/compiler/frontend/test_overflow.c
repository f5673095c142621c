/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes that no machine has, in every form that layers come in: each number at the ends of 32 and 64 bits and beyond,
 * and products of such that overflow. Refused with a place, never computed with (the sanitizers see to that). */
#include <stdio.h>
#include <string.h>

#include "compiler/frontend/frontend.h"
#include "tests/support/huge.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define CONV2D(sizes, strides, pads, epilogue)                                                                         \
    "conv2d " sizes " r=1 s=1 stride=" strides " pad=" pads " dilation=" strides " type=f32,f32,f32 layout=nhwc,nhwc " \
    "epilogue=" epilogue
#define VERBOSE(post_ops, descriptor)                                                                                  \
    "onednn_verbose,v1,primitive,exec,cpu,convolution,jit,forward_inference,src:f32::blocked:acdb::f0 "                \
    "dst:f32::blocked:acdb::f0,attr-post-ops:" post_ops ",alg:d," descriptor ",0.5\n"

static const char *const layers[] = {
    "n=@ c=4 h=5 w=5 k=4",
    "c=@ h=5 w=5 k=4",
    "c=4 h=@ w=5 k=4",
    "c=4 h=5 w=5 k=@",
    "c=4 h=@ w=@ k=4 r=@ s=@",
    "n=@ c=@ h=@ w=@ k=@",
    "c=4 h=5 w=5 k=4 groups=@",
    "c=4 h=5 w=5 k=4 stride=@",
    "c=4 h=5 w=5 k=4 r=3 s=3 pad=@",
    "c=4 h=5 w=5 k=4 r=3 s=3 pad=@,@,@,@",
    "c=4 h=5 w=5 k=4 r=3 s=3 dilation=@",
    "c=4 h=5 w=5 k=4 r=3 s=3 dilation=@ pad=@ stride=@",
    "transposed c=4 h=5 w=5 k=4 r=3 s=3 stride=@",
    "transposed c=4 h=5 w=5 k=4 r=3 s=3 stride=2 p=@",
    "c=4 h=5 w=5 k=4 clamp=@,@",
    "layer a count=@ c=4 h=5 w=5 k=4",
    "c=4 h=5 w=5 k=4 x=nChw@c",
    "mb@ic4oc4ih5kh3",
    "mb1g@ic4oc4ih5kh3",
    "ic@oc@ih5kh3",
    "ic4oc4ih@kh3",
    "ic4oc4ih@oh@kh@",
    "ic4oc4ih5oh5kh3sh@ph@dh@",
    "ic4oc4id@ih@iw@kd@kh@kw@",
    "ic4oc4ih5kh3n\"a\"*@",
    CONV2D("n=@ g=1 c=4 h=5 w=5 k=4 p=5 q=5", "1,1", "0,0,0,0", "none"),
    CONV2D("n=1 g=1 c=4 h=@ w=@ k=4 p=@ q=@", "1,1", "0,0,0,0", "none"),
    CONV2D("n=1 g=1 c=4 h=5 w=5 k=4 p=5 q=5", "@,@", "@,@,@,@", "clamp=@,@"),
    CONV2D("n=1 g=@ c=@ h=5 w=5 k=@ p=5 q=5", "1,1", "0,0,0,0", "none"),
    VERBOSE("eltwise_clip:@:@", "mb@_ic@oc@_ih@oh@kh@ph@"),
};

/* Is everything about it within the bounds that ir/problem.h states? Else problem_check has let it through. */
static void expect_possible(Context *context, const Problem *problem, const char *text) {
    ck_assert_msg(problem_check(context, problem) == STATUS_OK, "%s\n%s", text, diag_message(context));
    ck_assert_msg(problem_x_elements(problem) > 0 && problem_x_elements(problem) <= PROBLEM_MAX_ELEMENTS, "%s", text);
    ck_assert_msg(problem_w_elements(problem) > 0 && problem_w_elements(problem) <= PROBLEM_MAX_ELEMENTS, "%s", text);
    ck_assert_msg(problem_y_elements(problem) > 0 && problem_y_elements(problem) <= PROBLEM_MAX_ELEMENTS, "%s", text);
}

static Status read_form(Context *context, void *data) {
    const char *form = data;
    int refused = 0;
    for (int i = 0; i < HUGE_COUNT; i++) {
        const char *text = huge_fill_in(context, form, i);
        const Source source = {"text", text, strlen(text)};
        const LayerList *list;
        Status status = frontend_read(context, &source, NULL, &list);
        refused += status != STATUS_OK;
        if (status == STATUS_OK) expect_possible(context, &list->items[0].problem, text);
        if (status != STATUS_OK)
            ck_assert_msg(status == STATUS_INVALID && strncmp(diag_message(context), "text:", 5) == 0,
                          "%s: status %d, %s", text, (int)status, diag_message(context));
    }
    ck_assert_msg(refused > 0, "%s: nothing is too large for it", form);
    return STATUS_OK;
}

START_TEST(test_that_sizes_of_layers_do_not_overflow) {
    char form[512];
    snprintf(form, sizeof form, "%s", layers[_i]);
    run_in_context(read_form, form);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("overflow");
    tcase_add_loop_test(tests, test_that_sizes_of_layers_do_not_overflow, 0, sizeof layers / sizeof layers[0]);
    return run_tests(tests);
}
