/* SPDX-License-Identifier: Apache-2.0 */
/* Weights that are packed while compiling are those that NAME_pack writes, whatever the target; objects of constants
 * are of the target, aligned, and the same each time. */
#include <elf.h>
#include <string.h>

#include "compiler/llvm/emit.h"
#include "tests/base/failing_allocator.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

typedef int PackFunction(const float *weights, void *packed);

/* Packs in blocks that the small problem's channels do not fill. */
static const char schedule[] = "pack w as [k/8 r s c k%8] -> wp ahead\n";

/* More than the small problem has. */
enum { WEIGHTS = 1 << 14 };

static const float *numbers(Context *context, float first) {
    float *values = ARENA_ARRAY(context, float, WEIGHTS);
    for (int i = 0; i < WEIGHTS; i++) values[i] = first + (float)i;
    return values;
}

/* What NAME_pack of the kernel's own object writes, for targets that run here; else that of the scalar target, whose
 * packed layout is the same under the same schedule. */
static Status pack_by_kernel(Context *context, const Plan *plan, const float *weights, void *packed) {
    const char *bytes;
    size_t length;
    LoadedObject *object;
    PackFunction *pack;
    if (!target_runs_here(plan->target, NULL)) TRY(plan_of(context, "scalar", small_problem, schedule, &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    TRY(emit_load(context, bytes, length, NULL, &object));
    void *address = emit_symbol(object, "kernel_pack");
    memcpy(&pack, &address, sizeof address);
    ck_assert_int_eq(pack(weights, packed), 0);
    emit_unload(object);
    return STATUS_OK;
}

static Status compare(Context *context, void *data) {
    const Target *target = target_get(*(const size_t *)data);
    const Plan *plan;
    KernelSizes sizes;
    TRY(plan_of(context, target->name, small_problem, schedule, &plan));
    emit_sizes(plan, &sizes);
    ck_assert_int_lt(sizes.packed_bytes, 2 * WEIGHTS);
    const float *weights[] = {numbers(context, 1), numbers(context, -0.5F)};
    const void *packed[2];
    static _Alignas(64) unsigned char expected[2 * WEIGHTS];
    TRY(emit_packed(context, plan, weights, 2, packed));
    for (int i = 0; i < 2; i++) {
        memset(expected, 0x55, sizeof expected);
        TRY(pack_by_kernel(context, plan, weights[i], expected));
        ck_assert_int_eq(memcmp(packed[i], expected, (size_t)sizes.packed_bytes), 0);
    }
    return STATUS_OK;
}

START_TEST(test_that_packing_gives_what_the_kernel_packs) {
    size_t index = (size_t)_i;
    run_in_context(compare, &index);
}
END_TEST

static const Elf64_Shdr *section_of_type(const char *object, uint32_t type) {
    const Elf64_Ehdr *header = (const void *)object;
    const Elf64_Shdr *section = (const void *)(object + header->e_shoff);
    while (section->sh_type != type) section++;
    return section;
}

/* The constant's bytes in an object. */
static const char *find_constant(const char *object, const char *name, size_t length) {
    const Elf64_Ehdr *header = (const void *)object;
    const Elf64_Shdr *sections = (const void *)(object + header->e_shoff);
    const Elf64_Shdr *table = section_of_type(object, SHT_SYMTAB);
    const Elf64_Sym *symbols = (const void *)(object + table->sh_offset);
    const char *names = object + sections[table->sh_link].sh_offset;
    for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
        if (strcmp(names + symbols[i].st_name, name) != 0) continue;
        const Elf64_Shdr *section = &sections[symbols[i].st_shndx];
        ck_assert_uint_eq(symbols[i].st_size, length);
        ck_assert_uint_eq(section->sh_flags & (SHF_WRITE | SHF_EXECINSTR), 0);
        ck_assert_uint_eq(section->sh_addralign % 64, 0);
        ck_assert_uint_eq(symbols[i].st_value % 64, 0);
        return object + section->sh_offset + symbols[i].st_value;
    }
    ck_abort_msg("no symbol %s", name);
    return NULL;
}

static Status check_constants(Context *context, void *data) {
    const Target *target = target_get(*(const size_t *)data);
    static const char zeros[1] = {0};
    const EmitConstant constants[] = {{"first", "abc", 4}, {"second", zeros, 1}, {"third", "xyz", 3}};
    const char *bytes, *again;
    size_t length, length_again;
    TRY(emit_constants(context, target, "file", constants, 3, &bytes, &length));
    TRY(emit_constants(context, target, "file", constants, 3, &again, &length_again));
    ck_assert_uint_eq(length, length_again);
    ck_assert_int_eq(memcmp(bytes, again, length), 0);
    ck_assert_int_eq(bytes[EI_CLASS], target->address_bytes == 8 ? ELFCLASS64 : ELFCLASS32);
    if (bytes[EI_CLASS] != ELFCLASS64) return STATUS_OK;
    for (int i = 0; i < 3; i++) {
        const char *found = find_constant(bytes, constants[i].symbol, constants[i].length);
        ck_assert_int_eq(memcmp(found, constants[i].bytes, constants[i].length), 0);
    }
    return STATUS_OK;
}

START_TEST(test_constants) {
    size_t index = (size_t)_i;
    run_in_context(check_constants, &index);
}
END_TEST

static Status pack_plain(Context *context, void *data) {
    (void)data;
    const Plan *plan;
    const void *packed;
    TRY(plan_of(context, "scalar", plain_problem, "", &plan));
    const float *weights = numbers(context, 1);
    return emit_packed(context, plan, &weights, 1, &packed);
}

START_TEST(test_that_running_out_of_memory_is_reported) {
    ck_assert_uint_gt(run_until_memory_suffices(pack_plain, NULL), 1);
}
END_TEST

int main(void) {
    int targets = 0;
    while (target_get((size_t)targets) != NULL) targets++;
    TCase *tests = tcase_create("pack_here");
    tcase_add_loop_test(tests, test_that_packing_gives_what_the_kernel_packs, 0, targets);
    tcase_add_loop_test(tests, test_constants, 0, targets);
    tcase_add_test(tests, test_that_running_out_of_memory_is_reported);
    return run_tests(tests);
}
