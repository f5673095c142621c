/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a kernel's functions: what they check, what they answer, what they leave alone. */
#include <stdalign.h>
#include <string.h>

#include "compiler/llvm/emit.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/kernel.h"

/* A kernel of small_problem or plain_problem with its buffers. */
typedef struct Fixture {
    Kernel kernel;
    const Plan *plan;
    KernelSizes sizes;
    alignas(64) unsigned char packed[8192];
    alignas(64) float x[512], weights[512], bias[16], y[1024];
} Fixture;

static Status load_plan(Context *context, const Plan *plan, Fixture *out) {
    const char *bytes = NULL;
    size_t length = 0;
    *out = (Fixture){.plan = plan};
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    emit_sizes(plan, &out->sizes);
    ck_assert_int_le(out->sizes.packed_bytes, (int64_t)sizeof out->packed);
    return kernel_load(context, plan->name, &plan->problem, bytes, length, &out->kernel);
}

static Status load(Context *context, const char *problem, const char *schedule, Fixture *out) {
    const Plan *plan = NULL;
    TRY(plan_of(context, "scalar", problem, schedule, &plan));
    return load_plan(context, plan, out);
}

static int call(Fixture *fixture) {
    return kernel_call(&fixture->kernel, fixture->x, fixture->packed, fixture->bias, NULL, fixture->y, NULL);
}

static Status check_statuses(Context *context, void *data) {
    Fixture f;
    (void)data;
    TRY(load(context, small_problem, NULL, &f));
    ck_assert_int_eq(f.kernel.supported(), 1);
    ck_assert_int_eq(call(&f), SEPTET_WRONG_PACKED);
    ck_assert_int_eq(f.kernel.pack(f.weights, f.packed + 4), SEPTET_MISALIGNED);
    ck_assert_int_eq(f.kernel.pack((const float *)((char *)f.weights + 2), f.packed), SEPTET_MISALIGNED);
    ck_assert_int_eq(call(&f), SEPTET_WRONG_PACKED);
    ck_assert_int_eq(f.kernel.pack(f.weights, f.packed), SEPTET_OK);
    ck_assert_int_eq(call(&f), SEPTET_OK);
    const float *odd = (const float *)((char *)f.x + 2);
    ck_assert_int_eq(kernel_call(&f.kernel, odd, f.packed, f.bias, NULL, f.y, NULL), SEPTET_MISALIGNED);
    ck_assert_int_eq(kernel_call(&f.kernel, f.x, f.packed + 4, f.bias, NULL, f.y, NULL), SEPTET_MISALIGNED);
    ck_assert_int_eq(kernel_call(&f.kernel, f.x, f.packed, odd, NULL, f.y, NULL), SEPTET_MISALIGNED);
    ck_assert_int_eq(kernel_call(&f.kernel, f.x, f.packed, f.bias, NULL, (float *)((char *)f.y + 1), NULL),
                     SEPTET_MISALIGNED);
    ck_assert_int_eq(kernel_call(&f.kernel, f.x + 1, f.packed, f.bias + 1, NULL, f.y + 1, NULL), SEPTET_OK);
    kernel_unload(&f.kernel);
    return STATUS_OK;
}

START_TEST(test_statuses) {
    run_in_context(check_statuses, NULL);
}
END_TEST

/* Each byte of the tag's first 32 counts; the rest of it is zero. */
static Status check_tag(Context *context, void *data) {
    Fixture f;
    (void)data;
    TRY(load(context, small_problem, "", &f));
    memset(f.packed, 0xee, sizeof f.packed);
    ck_assert_int_eq(f.kernel.pack(f.weights, f.packed), SEPTET_OK);
    ck_assert_int_eq(memcmp(f.packed, "SEPTETPK\1\0\0\0\0\0\0\0", 16), 0);
    for (int i = 0; i < 32; i++) {
        f.packed[i] ^= 0x10;
        ck_assert_int_eq(call(&f), SEPTET_WRONG_PACKED);
        f.packed[i] ^= 0x10;
    }
    ck_assert_int_eq(call(&f), SEPTET_OK);
    for (int i = 32; i < 64; i++) ck_assert_int_eq(f.packed[i], 0);
    for (size_t i = (size_t)f.sizes.packed_bytes; i < sizeof f.packed; i++) ck_assert_int_eq(f.packed[i], 0xee);
    kernel_unload(&f.kernel);
    return STATUS_OK;
}

START_TEST(test_tag) {
    run_in_context(check_tag, NULL);
}
END_TEST

/* Packed data goes with the problem and the packed layout, not with the rest of the schedule. */
static Status check_exchange(Context *context, void *data) {
    static Fixture loops, reordered, blocked, unclamped;
    (void)data;
    TRY(load(context, small_problem, "", &loops));
    TRY(load(context, small_problem, "reorder n p q k c r s\npack w as [k c r s] -> other ahead\n", &reordered));
    TRY(load(context, small_problem, "pack w as [c k r s] -> wp ahead\n", &blocked));
    TRY(load(context, plain_problem, "", &unclamped));
    ck_assert_int_eq(loops.kernel.pack(loops.weights, loops.packed), SEPTET_OK);
    Kernel *kernels[] = {&loops.kernel, &reordered.kernel, &blocked.kernel, &unclamped.kernel};
    int expected[] = {SEPTET_OK, SEPTET_OK, SEPTET_WRONG_PACKED, SEPTET_WRONG_PACKED};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(kernel_call(kernels[i], loops.x, loops.packed, loops.bias, NULL, loops.y, NULL), expected[i]);
        kernel_unload(kernels[i]);
    }
    return STATUS_OK;
}

START_TEST(test_whose_packed_data_serves_whom) {
    run_in_context(check_exchange, NULL);
}
END_TEST

/* A CPU that lacks what the target needs: here, one CPUID leaf of four thousand million. */
static Status check_unsupported(Context *context, void *data) {
    static const CpuFeature absent = {"a leaf", QUESTION_CPUID_LEAVES, .x86 = {0, 0, CPUID_EAX, 0xffffffff}};
    const Plan *plan = NULL;
    Fixture f;
    (void)data;
    TRY(plan_of(context, "scalar", plain_problem, "", &plan));
    Target target = *plan->target;
    target.required = &absent;
    target.required_count = 1;
    Plan other = *plan;
    other.target = &target;
    TRY(load_plan(context, &other, &f));
    ck_assert_int_eq(f.kernel.supported(), 0);
    ck_assert_int_eq(f.kernel.pack(f.weights, f.packed), SEPTET_UNSUPPORTED);
    for (size_t i = 0; i < sizeof f.packed; i++) ck_assert_int_eq(f.packed[i], 0);
    kernel_unload(&f.kernel);
    return STATUS_OK;
}

START_TEST(test_a_cpu_that_lacks_something) {
    run_in_context(check_unsupported, NULL);
}
END_TEST

/* NAME_supported walks the same questions as target_runs_here, whatever the kernel's instructions are. */
static Status check_supported(Context *context, void *data) {
    (void)data;
    for (size_t i = 0; target_get(i) != NULL; i++) {
        const Plan *plan = NULL;
        Fixture f;
        if (target_host() == NULL || strcmp(target_get(i)->architecture, target_host()->architecture) != 0) continue;
        TRY(plan_of(context, target_get(i)->name, plain_problem, "", &plan));
        TRY(load_plan(context, plan, &f));
        ck_assert_int_eq(f.kernel.supported(), target_runs_here(target_get(i), NULL));
        kernel_unload(&f.kernel);
    }
    return STATUS_OK;
}

START_TEST(test_that_supported_agrees_with_the_registry) {
    run_in_context(check_supported, NULL);
}
END_TEST

static Status check_info(Context *context, void *data) {
    Fixture f;
    (void)data;
    TRY(load(context, small_problem, "pack w as [c k r s] -> wp ahead\n", &f));
    const struct septet_kernel_info *info = f.kernel.info();
    ck_assert_uint_eq(info->struct_bytes, sizeof *info);
    ck_assert_str_eq(info->name, "kernel");
    ck_assert_str_eq(info->problem, small_problem);
    ck_assert_str_eq(info->algorithm, "direct");
    ck_assert_str_eq(info->schedule, "pack w as [c k r s] -> wp ahead\n");
    ck_assert_str_eq(info->schedule_source, "file");
    ck_assert_str_eq(info->target, "scalar");
    ck_assert_str_eq(info->features, "");
    ck_assert_ptr_nonnull(strstr(info->versions, emit_llvm_version()));
    ck_assert_str_eq(info->x_layout, "nhwc");
    ck_assert_str_eq(info->y_layout, "nhwc");
    ck_assert_uint_eq(info->packed_bytes, 64 + 11 * 5 * 3 * 3 * 4 + 4); /* rounded up to 64 */
    ck_assert_uint_eq(info->workspace_bytes, 0);
    ck_assert_uint_eq(info->workers, 1);
    ck_assert_uint_eq(info->flops, (uint64_t)problem_flops(&f.plan->problem));
    ck_assert_double_eq(info->error_l2, -1);
    kernel_unload(&f.kernel);
    return STATUS_OK;
}

START_TEST(test_info) {
    run_in_context(check_info, NULL);
}
END_TEST

static Status load_rubbish(Context *context, void *data) {
    LoadedObject *object = NULL;
    (void)data;
    ck_assert_int_eq(emit_load(context, "no object", 9, NULL, &object), STATUS_INVALID);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "the object cannot be loaded"));
    ck_assert_ptr_null(object);
    emit_unload(NULL);
    return STATUS_OK;
}

START_TEST(test_that_rubbish_is_not_loaded) {
    run_in_context(load_rubbish, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("artefact");
    tcase_add_test(tests, test_statuses);
    tcase_add_test(tests, test_tag);
    tcase_add_test(tests, test_whose_packed_data_serves_whom);
    tcase_add_test(tests, test_a_cpu_that_lacks_something);
    tcase_add_test(tests, test_that_supported_agrees_with_the_registry);
    tcase_add_test(tests, test_info);
    tcase_add_test(tests, test_that_rubbish_is_not_loaded);
    return run_tests(tests);
}
