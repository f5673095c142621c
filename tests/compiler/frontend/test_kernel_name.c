/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of kernel names: identifiers from any name, and clashes within a list. */
#include <string.h>

#include "compiler/frontend/frontend.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static Status check_names(Context *context, void *data) {
    static const struct {
        const char *layer, *kernel;
    } cases[] = {
        {"res2a_branch2b", "res2a_branch2b"},
        {"resnet50:res2a_branch2b", "resnet50_res2a_branch2b"},
        {"Conv2d/3x3 (pad)", "Conv2d_3x3__pad_"},
        {"3x3", "conv_3x3"},
        {"_private", "conv__private"},
        {"/absolute", "conv__absolute"},
        {"double", "conv_double"},
        {"class", "conv_class"},
        {"main", "conv_main"},
        {"read", "conv_read"},
        {"expf", "conv_expf"},
        {"uint64_t", "conv_uint64_t"},
        {"SEPTET_OK", "conv_SEPTET_OK"},
        {"septet_args", "conv_septet_args"},
        {"reader", "reader"},
        {"doubles", "doubles"},
        {"r\xC3\xA9s", "r__s"},
        {"", "conv_195ccd3f"},
    };
    (void)data;
    for (size_t i = 0; i < COUNT(cases); i++) {
        Layer layer = {.name = cases[i].layer, .count = 1, .problem = problem_default(2)};
        ck_assert_str_eq(frontend_kernel_name(context, &layer), cases[i].kernel);
    }
    return STATUS_OK;
}

START_TEST(test_names) {
    run_in_context(check_names, NULL);
}
END_TEST

/* A spec, and the message's first line; NULL when nothing clashes. */
typedef struct Clash {
    const char *text, *message;
} Clash;

static Status check_clash(Context *context, void *data) {
    const Clash *test = data;
    Source source = {"t", test->text, strlen(test->text)};
    const LayerList *layers;
    TRY(frontend_read(context, &source, NULL, &layers));
    Status status = frontend_check_names(context, layers);
    ck_assert_int_eq(status, test->message == NULL ? STATUS_OK : STATUS_INVALID);
    if (test->message == NULL) return STATUS_OK;
    const char *message = diag_message(context);
    ck_assert_str_eq(arena_substring(context, message, strcspn(message, "\n")), test->message);
    return STATUS_OK;
}

START_TEST(test_clashes) {
    static const Clash cases[] = {
        {"layer a c=1 k=1 w=1 layer b c=1 k=1 w=1 layer packed c=1 k=1 w=1 layer b_packs c=1 k=1 w=1", NULL},
        {"layer a:b c=1 k=1 w=1\nlayer a/b c=1 k=1 w=1", "t:2:1: the kernel of this layer would be called 'a_b', which "
                                                         "clashes with 'a_b' of layer 'a:b'; rename one of "
                                                         "them"},
        {"layer conv_pack c=1 k=1 w=1\nlayer conv c=1 k=1 w=1",
         "t:1:1: the kernel of this layer would be called 'conv_pack', which clashes with 'conv' of layer 'conv'; "
         "rename "
         "one of them"},
        {"mb1ic1oc1ih1kh1 mb1ic1oc1ih2kh1", NULL},
        {"mb1ic1oc1ih1kh1\n mb1ic1oc1ih1kh1",
         "t:2:2: the kernel of this layer would be called 'conv_195ccd3f', which clashes with 'conv_195ccd3f' of layer "
         "'(unnamed)'; rename one of them"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) run_in_context(check_clash, (Clash *)&cases[i]);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("kernel_name");
    tcase_add_test(tests, test_names);
    tcase_add_test(tests, test_clashes);
    return run_tests(tests);
}
