/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the registry: names, the host, and that each target's facts are consistent. */
#include "targets/target.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"

static Status find_each(Context *context, void *data) {
    (void)data;
    size_t count = 0;
    for (const Target *target; (target = target_get(count)) != NULL; count++) {
        const Target *found = NULL;
        TRY(target_find(context, target->name, &found));
        ck_assert_ptr_eq(found, target);
    }
    ck_assert_uint_ge(count, 4);
    return STATUS_OK;
}

START_TEST(test_that_each_target_is_found_by_its_name) {
    run_in_context(find_each, NULL);
}
END_TEST

static Status find_unknown(Context *context, void *data) {
    (void)data;
    const Target *found = NULL;
    ck_assert_int_eq(target_find(context, "x86-64-v5", &found), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context),
                     "unknown target 'x86-64-v5'; known are scalar, x86-64-v2, x86-64-v3, x86-64-v4, x86-64-v4-bf16, "
                     "cortex-a9, cortex-a15, cortex-a72, cortex-a76, neoverse-n1, neoverse-v1, host");
    ck_assert_ptr_null(found);
    return STATUS_OK;
}

START_TEST(test_that_an_unknown_name_lists_the_known_ones) {
    run_in_context(find_unknown, NULL);
}
END_TEST

static Status find_host(Context *context, void *data) {
    (void)data;
    const Target *found = NULL;
    if (target_host() == NULL) {
        ck_assert_int_eq(target_find(context, "host", &found), STATUS_UNSUPPORTED);
        return STATUS_OK;
    }
    TRY(target_find(context, "host", &found));
    ck_assert_ptr_eq(found, target_host());
    ck_assert(!found->dot_bf16);
    ck_assert(target_runs_here(found, NULL));
    return STATUS_OK;
}

START_TEST(test_that_host_is_a_registered_target_that_runs_here) {
    run_in_context(find_host, NULL);
}
END_TEST

/* Linux reads CPUID too, and leaves out what it does not enable: an answer that we did not write ourselves. */
static bool cpuinfo_has(const char *flag) {
    static char text[1 << 16];
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL) return false;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    char word[32];
    snprintf(word, sizeof word, " %s ", flag);
    return strstr(text, word) != NULL;
}

START_TEST(test_that_the_levels_agree_with_cpuinfo) {
    static const struct {
        const char *target, *flag;
    } levels[] = {
        {"x86-64-v2", "sse4_2"}, {"x86-64-v3", "avx2"}, {"x86-64-v4", "avx512bw"}, {"x86-64-v4-bf16", "avx512_bf16"}};
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        const Target *target = target_get(i + 1);
        const char *reason = NULL;
        ck_assert_str_eq(target->name, levels[i].target);
        ck_assert_int_eq(target_runs_here(target, &reason), cpuinfo_has(levels[i].flag));
        ck_assert_int_eq(reason == NULL, cpuinfo_has(levels[i].flag));
    }
}
END_TEST

START_TEST(test_that_a_missing_feature_is_named) {
    static const CpuFeature absent = {"more leaves than CPUID has", QUESTION_CPUID_LEAVES,
                                      .x86 = {0, 0, CPUID_EAX, 0xffffffff}};
    Target target = *target_get(0);
    target.required = &absent;
    target.required_count = 1;
    const char *reason = NULL;
    if (!target_runs_here(target_get(0), NULL)) return;
    ck_assert(!target_runs_here(&target, &reason));
    ck_assert_str_eq(reason, absent.name);
    target.architecture = "vax";
    ck_assert(!target_runs_here(&target, &reason));
    ck_assert_str_eq(reason, "vax");
}
END_TEST

START_TEST(test_that_the_facts_of_a_target_are_consistent) {
    for (size_t i = 0; target_get(i) != NULL; i++) {
        const Target *target = target_get(i);
        ck_assert_int_eq(target->vector_bytes % (int64_t)sizeof(float), 0);
        ck_assert_int_gt(target->vector_registers, 0);
        ck_assert_int_gt(target->fma_ports, 0);
        ck_assert_int_gt(target->l2_bytes, target->l1_bytes);
        bool is_x86 = strcmp(target->family, "x86") == 0;
        if (is_x86) ck_assert_int_eq(target->fma, strstr(target->features, "+fma") != NULL);
        ck_assert(target->address_bytes == 4 || target->address_bytes == 8);
        if (target->scalable) {
            ck_assert_ptr_nonnull(strstr(target->features, "+sve"));
            const CpuFeature *length = &target->required[target->required_count - 1];
            ck_assert_int_eq(length->question, QUESTION_SVE_BYTES);
            ck_assert_int_eq(length->sve_bytes, target->vector_bytes);
        }
        ck_assert(strncmp(target->triple, target->architecture, strlen(target->architecture)) == 0);
    }
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("registry");
    tcase_add_test(tests, test_that_each_target_is_found_by_its_name);
    tcase_add_test(tests, test_that_an_unknown_name_lists_the_known_ones);
    tcase_add_test(tests, test_that_host_is_a_registered_target_that_runs_here);
    tcase_add_test(tests, test_that_the_levels_agree_with_cpuinfo);
    tcase_add_test(tests, test_that_a_missing_feature_is_named);
    tcase_add_test(tests, test_that_the_facts_of_a_target_are_consistent);
    return run_tests(tests);
}
