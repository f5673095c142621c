/* SPDX-License-Identifier: Apache-2.0 */
/* The object file as a file: same bytes from the same plan, four functions and nothing else, nothing asked of anyone.
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "compiler/llvm/emit.h"
#include "tests/base/failing_allocator.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

typedef struct Object {
    const char *bytes;
    size_t length;
} Object;

static Status emit_small(Context *context, EmitKind kind, Object *out) {
    const Plan *plan = NULL;
    TRY(plan_of(context, "x86-64-v3", small_problem, NULL, &plan));
    return emit_kernel(context, plan, kind, &out->bytes, &out->length);
}

static Status emit_twice(Context *context, void *data) {
    EmitKind kind = *(const EmitKind *)data;
    Object first, second;
    TRY(emit_small(context, kind, &first));
    TRY(emit_small(context, kind, &second));
    ck_assert_uint_eq(first.length, second.length);
    ck_assert_int_eq(memcmp(first.bytes, second.bytes, first.length), 0);
    ck_assert_int_eq(first.bytes[first.length], '\0');
    return STATUS_OK;
}

START_TEST(test_that_the_same_plan_gives_the_same_bytes) {
    EmitKind kinds[] = {EMIT_OBJECT, EMIT_ASSEMBLY, EMIT_LLVM_IR};
    run_in_context(emit_twice, &kinds[_i]);
}
END_TEST

/* Into `text`, of a file whose class (32, 64) is `bits`: "file kernel\nkernel\n…": file symbols, then what is visible
 * outside, with "undefined " what is not there. */
#define DEFINE_LIST_SYMBOLS(bits)                                                                                      \
    static void list_symbols_##bits(const Object *object, Text *text) {                                                \
        const Elf##bits##_Ehdr *header = (const void *)object->bytes;                                                  \
        const Elf##bits##_Shdr *sections = (const void *)(object->bytes + header->e_shoff), *table = sections;         \
        while (table < sections + header->e_shnum && table->sh_type != SHT_SYMTAB) table++;                            \
        ck_assert_msg(table < sections + header->e_shnum, "no table of symbols");                                      \
        const char *names = object->bytes + sections[table->sh_link].sh_offset;                                        \
        const Elf##bits##_Sym *symbols = (const void *)(object->bytes + table->sh_offset);                             \
        for (size_t i = 1; i < table->sh_size / sizeof *symbols; i++) {                                                \
            const char *name = names + symbols[i].st_name;                                                             \
            if (ELF##bits##_ST_TYPE(symbols[i].st_info) == STT_FILE) text_add(text, "file %s\n", name);                \
            if (ELF##bits##_ST_BIND(symbols[i].st_info) == STB_LOCAL) continue;                                        \
            text_add(text, "%s%s\n", symbols[i].st_shndx == SHN_UNDEF ? "undefined " : "", name);                      \
        }                                                                                                              \
    }

DEFINE_LIST_SYMBOLS(32)
DEFINE_LIST_SYMBOLS(64)

static const char *list_symbols(Context *context, const Object *object) {
    Text text = text_new(context);
    if (object->bytes[EI_CLASS] == ELFCLASS32) {
        list_symbols_32(object, &text);
    } else {
        list_symbols_64(object, &text);
    }
    return text_string(&text);
}

/* Every target, with the schedule whose copies, clears and tails might become calls of memset or memcpy. */
static Status check_symbols(Context *context, void *data) {
    const Target *target = target_get(*(const size_t *)data);
    const Plan *plan = NULL;
    Object object;
    TRY(plan_of(context, target->name, small_problem, NULL, &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &object.bytes, &object.length));
    ck_assert_str_eq(list_symbols(context, &object),
                     "file kernel\nkernel\nkernel_call\nkernel_supported\nkernel_pack\nkernel_info\n");
    return STATUS_OK;
}

START_TEST(test_that_the_object_has_five_functions_and_needs_none) {
    size_t index = (size_t)_i;
    run_in_context(check_symbols, &index);
}
END_TEST

/* Stores into a tensor's element by element: a loop that compilers like to turn into a call of memcpy. */
static Status check_copy(Context *context, void *data) {
    const Plan *plan = NULL;
    Object object;
    (void)data;
    TRY(plan_of(context, "scalar",
                "conv2d n=1 g=1 c=1 h=64 w=64 k=64 p=64 q=64 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                "type=f32,f32,f32 layout=nhwc,nhwc epilogue=none",
                "", &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &object.bytes, &object.length));
    ck_assert_ptr_null(strstr(list_symbols(context, &object), "undefined"));
    return STATUS_OK;
}

START_TEST(test_that_copying_loops_call_nothing) {
    run_in_context(check_copy, NULL);
}
END_TEST

static Status check_texts(Context *context, void *data) {
    Object assembly, code;
    (void)data;
    TRY(emit_small(context, EMIT_ASSEMBLY, &assembly));
    ck_assert_ptr_nonnull(strstr(assembly.bytes, "kernel_pack:"));
    TRY(emit_small(context, EMIT_LLVM_IR, &code));
    ck_assert_ptr_nonnull(strstr(code.bytes, "define i32 @kernel_pack("));
    ck_assert_ptr_nonnull(strstr(code.bytes, "ModuleID = 'kernel'"));
    ck_assert_ptr_null(strstr(code.bytes, "min-legal-vector-width"));
    return STATUS_OK;
}

START_TEST(test_assembly_and_llvm_ir) {
    run_in_context(check_texts, NULL);
}
END_TEST

static Status emit_plain(Context *context, void *data) {
    const Plan *plan = NULL;
    Object object;
    (void)data;
    TRY(plan_of(context, "scalar", plain_problem, "", &plan));
    return emit_kernel(context, plan, EMIT_OBJECT, &object.bytes, &object.length);
}

START_TEST(test_that_running_out_of_memory_is_reported) {
    ck_assert_uint_gt(run_until_memory_suffices(emit_plain, NULL), 1);
}
END_TEST

int main(void) {
    int targets = 0;
    while (target_get((size_t)targets) != NULL) targets++;
    TCase *tests = tcase_create("object");
    tcase_add_loop_test(tests, test_that_the_same_plan_gives_the_same_bytes, 0, 3);
    tcase_add_loop_test(tests, test_that_the_object_has_five_functions_and_needs_none, 0, targets);
    tcase_add_test(tests, test_that_copying_loops_call_nothing);
    tcase_add_test(tests, test_assembly_and_llvm_ir);
    tcase_add_test(tests, test_that_running_out_of_memory_is_reported);
    return run_tests(tests);
}
