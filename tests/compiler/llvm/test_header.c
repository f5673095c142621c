/* SPDX-License-Identifier: Apache-2.0 */
/* The header: its text (kernel.h.golden), that it compiles alone and beside others as C11 and C++17, and that a program
 * of nothing but it and the object links and runs. The compilers are the machine's cc and c++. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diff.h"
#include "base/file.h"
#include "base/text.h"
#include "compiler/llvm/emit.h"
#include "tests/compiler/llvm/plans.h"
#include "tests/support/golden_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define WARNINGS "-Wall -Wextra -Wpedantic -Werror"

static int run(const char *command) {
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool have_compilers(void) {
    bool have = run("cc --version >/dev/null 2>&1 && c++ --version >/dev/null 2>&1") == 0;
    if (!have) printf("SKIPPED: cc or c++ is missing\n");
    return have;
}

static Status write_text(Context *context, const char *folder, const char *name, const char *text) {
    FileContent file = {arena_format(context, "%s/%s", folder, name), text, strlen(text)};
    return file_write_all(context, &file, 1);
}

/* A folder that is removed by remove_folder. */
static const char *new_folder(Context *context) {
    char template[] = "/tmp/septet_header_XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(template));
    return arena_string(context, template);
}

static void remove_folder(Context *context, const char *folder) {
    ck_assert_int_eq(run(arena_format(context, "rm -r '%s'", folder)), 0);
}

static Status write_header(Context *context, const char *folder, const char *name, const char *problem) {
    const Plan *plan = NULL;
    TRY(plan_of(context, "x86-64-v3", problem, NULL, &plan));
    Plan renamed = *plan;
    renamed.name = name;
    return write_text(context, folder, arena_format(context, "%s.h", name), emit_header(context, &renamed));
}

/* All but the first line, which names versions. With SEPTET_UPDATE_GOLDEN=1, what comes out is written into the file.
 */
static Status compare_with_golden(Context *context, void *data) {
    const Plan *plan = NULL;
    (void)data;
    TRY(plan_of(context, "x86-64-v4", resnet_problem, resnet_schedule, &plan));
    const char *header = emit_header(context, plan);
    const char *first =
        arena_format(context, "/* kernel.h, by septet " SEPTET_VERSION ", LLVM %s.\n", emit_llvm_version());
    ck_assert_int_eq(strncmp(header, first, strlen(first)), 0);
    header += strlen(first);
    if (getenv("SEPTET_UPDATE_GOLDEN") != NULL) {
        return write_text(context, SEPTET_SOURCE_DIR "/tests/compiler/llvm", "kernel.h.golden", header);
    }
    const Source *golden = golden_text_read(context, "compiler/llvm/kernel.h.golden");
    Text difference = text_new(context);
    diff_print(golden->text, header, &difference);
    ck_assert_msg(strcmp(golden->text, header) == 0, "the header differs:\n%s", text_string(&difference));
    return STATUS_OK;
}

START_TEST(test_text) {
    run_in_context(compare_with_golden, NULL);
}
END_TEST

static Status describe_padding(Context *context, void *data) {
    const Plan *plan = NULL;
    (void)data;
    TRY(plan_of(context, "scalar", small_problem, "", &plan));
    ck_assert_ptr_nonnull(strstr(emit_header(context, plan), "taps in the padding are skipped."));
    TRY(plan_of(context, "scalar", small_problem, "pack x as [n h w c] -> xp\n", &plan));
    ck_assert_ptr_nonnull(strstr(emit_header(context, plan), "taps in the padding are 0 * w."));
    TRY(plan_of(context, "scalar", small_problem, "clip r\nclip s\npack x as [n h w c] -> xp\n", &plan));
    ck_assert_ptr_nonnull(strstr(emit_header(context, plan), "taps in the padding are skipped."));
    return STATUS_OK;
}

START_TEST(test_that_multiplied_padding_is_said) {
    run_in_context(describe_padding, NULL);
}
END_TEST

static Status describe_blocks(Context *context, void *data) {
    const Plan *plan = NULL;
    (void)data;
    TRY(plan_of(context, "x86-64-v4",
                "conv2d n=1 g=1 c=32 h=5 w=5 k=20 p=5 q=5 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                "type=f32,f32,f32 layout=nChw8c,nChw16c epilogue=add",
                NULL, &plan));
    const char *header = emit_header(context, plan),
               *const lines[] = {
                   " *   x         float [n 1][c/8 4][h 5][w 5][c%8 8]\n",
                   " *   y         float [n 1][k/16 2][p 5][q 5][k%16 16]\n", " * x: blocks of 8 channels.\n",
                   " * y: blocks of 16 channels; the last holds 4, and the rest of it is set to 0.\n",
                   " * residual: blocks of 16 channels; the last holds 4, and the rest of it is not read.\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ck_assert_msg(strstr(header, lines[i]) != NULL, "%s\nlacks\n%s", header, lines[i]);
    return STATUS_OK;
}

START_TEST(test_that_blocked_layouts_are_described) {
    run_in_context(describe_blocks, NULL);
}
END_TEST

/* Alone, twice, and with another kernel's header. */
static Status compile_headers(Context *context, void *data) {
    const char *folder = new_folder(context);
    (void)data;
    TRY(write_header(context, folder, "one", small_problem));
    TRY(write_header(context, folder, "two", plain_problem));
    TRY(write_text(context, folder, "alone.c", "#include \"one.h\"\nint unit;\n"));
    TRY(write_text(context, folder, "both.c",
                   "#include \"one.h\"\n#include \"two.h\"\n#include \"one.h\"\n"
                   "int sizes[] = {one_PACKED_BYTES, two_WORKSPACE_BYTES, one_ALIGNMENT, two_WORKERS, SEPTET_OK};\n"));
    const char *const compilers[] = {"cc -std=c11", "c++ -x c++ -std=c++17"};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(
            run(arena_format(context, "cd '%s' && %s " WARNINGS " -c alone.c both.c", folder, compilers[i])), 0);
    }
    remove_folder(context, folder);
    return STATUS_OK;
}

START_TEST(test_that_headers_compile_alone_and_together) {
    if (have_compilers()) run_in_context(compile_headers, NULL);
}
END_TEST

static Status refuse_other_interface(Context *context, void *data) {
    const char *folder = new_folder(context);
    (void)data;
    TRY(write_header(context, folder, "one", small_problem));
    TRY(write_text(context, folder, "other.c", "#define SEPTET_KERNEL_ABI 2\n#include \"one.h\"\n"));
    ck_assert_int_ne(run(arena_format(context, "cd '%s' && cc -c other.c 2>/dev/null", folder)), 0);
    remove_folder(context, folder);
    return STATUS_OK;
}

START_TEST(test_that_headers_of_another_interface_are_refused) {
    if (have_compilers()) run_in_context(refuse_other_interface, NULL);
}
END_TEST

/* 1x1, c = k = 2: y = bias + w x. */
static const char caller[] =
    "#include \"kernel.h\"\n"
    "#ifdef __cplusplus\n#define ALIGNED alignas(64)\n#else\n#define ALIGNED _Alignas(64)\n#endif\n"
    "int main(void) {\n"
    "    ALIGNED static unsigned char packed[kernel_PACKED_BYTES];\n"
    "    const float x[2] = {3, 5}, weights[4] = {1, 10, 100, 1000}, bias[2] = {0.5f, -0.5f};\n"
    "    float y[4] = {0, 0, 0, 0};\n"
    "    if (!kernel_supported()) return 1;\n"
    "    if (kernel_pack(weights, packed) != SEPTET_OK) return 2;\n"
    "    if (kernel(x, packed, bias, y, 0) != SEPTET_OK) return 3;\n"
    "    struct septet_args args = {sizeof args, x, packed, bias, 0, 0, 0, y + 2, 0};\n"
    "    if (kernel_call(&args) != SEPTET_OK || y[2] != y[0] || y[3] != y[1]) return 6;\n"
    "    args.struct_bytes += 8;\n"
    "    if (kernel_call(&args) != SEPTET_OK) return 7;\n"
    "    args.struct_bytes -= 9;\n"
    "    if (kernel_call(&args) != SEPTET_UNSUPPORTED) return 8;\n"
    "    if (kernel_info()->struct_bytes != sizeof(struct septet_kernel_info)) return 4;\n"
    "    return y[0] == 53.5f && y[1] == 5299.5f ? 0 : 5;\n"
    "}\n";

static Status link_program(Context *context, void *data) {
    const Plan *plan = NULL;
    const char *bytes = NULL, *folder = new_folder(context);
    size_t length = 0;
    (void)data;
    TRY(plan_of(context, "scalar",
                "conv2d n=1 g=1 c=2 h=1 w=1 k=2 p=1 q=1 r=1 s=1 stride=1,1 pad=0,0,0,0 dilation=1,1 "
                "type=f32,f32,f32 layout=nhwc,nhwc epilogue=bias",
                NULL, &plan));
    TRY(emit_kernel(context, plan, EMIT_OBJECT, &bytes, &length));
    FileContent object = {arena_format(context, "%s/kernel.o", folder), bytes, length};
    TRY(file_write_all(context, &object, 1));
    TRY(write_text(context, folder, "kernel.h", emit_header(context, plan)));
    TRY(write_text(context, folder, "caller.c", caller));
    const char *const compilers[] = {"cc -std=c11 caller.c -pie -fPIE", "c++ -std=c++17 -x c++ caller.c -x none",
                                     "cc -std=c11 caller.c -static"};
    for (int i = 0; i < 3; i++) {
        const char *build = "cd '%s' && %s " WARNINGS " kernel.o -o caller && ./caller";
        ck_assert_int_eq(run(arena_format(context, build, folder, compilers[i])), 0);
    }
    remove_folder(context, folder);
    return STATUS_OK;
}

START_TEST(test_that_a_program_of_header_and_object_runs) {
    if (have_compilers()) run_in_context(link_program, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("header");
    tcase_add_test(tests, test_text);
    tcase_add_test(tests, test_that_multiplied_padding_is_said);
    tcase_add_test(tests, test_that_blocked_layouts_are_described);
    tcase_add_test(tests, test_that_headers_compile_alone_and_together);
    tcase_add_test(tests, test_that_headers_of_another_interface_are_refused);
    tcase_add_test(tests, test_that_a_program_of_header_and_object_runs);
    return run_tests(tests);
}
