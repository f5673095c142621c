/* SPDX-License-Identifier: Apache-2.0 */
/* septet compile NET.onnx: the table of kernels is one that a program can use, the manifest says what they stand for,
 * and a model of which one layer cannot be compiled leaves nothing behind. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/cli/run_command.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

/* Two kernels, one of which occurs twice. */
static const char two[] = "input x float [1, 4, 6, 6]\noutput v\ninitializer w float [4, 4, 1, 1]\n"
                          "initializer u float [8, 4, 3, 3]\n"
                          "first: y = Conv(x, w)\nsecond: z = Conv(y, w)\nlast: r = Conv(z, u)\n: v = Relu(r)\n";

typedef struct Model {
    const char *file, *text;
    const char *const *strings; /* $0, $1 … of the text; NULL: none */
} Model;

/* Runs `body` with a folder that holds the models, and removes it. */
typedef struct Run {
    Status (*body)(Context *context);
    const Model *models; /* up to one without a file */
} Run;

static Status run_in_folder(Context *context, void *data) {
    static const char *const no_strings[1] = {NULL};
    const Run *run = data;
    char folder[] = "/tmp/septet_network_XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("b", 0777), 0);
    for (const Model *model = run->models; model->file != NULL; model++) {
        const Source *bytes =
            onnx_from_text(context, model->text, model->strings != NULL ? model->strings : no_strings);
        FileContent file = {model->file, bytes->text, bytes->length};
        TRY(file_write_all(context, &file, 1));
    }
    Status status = run->body(context);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(arena_format(context, "rm -r '%s'", folder)), 0);
    return status;
}

static void expect(const char *arguments, int status, const char *says) {
    const CommandResult *result = run_command(NULL, arguments, NULL);
    ck_assert_msg(result->status == status, "%s: status %d\n%s", arguments, result->status, result->err);
    const char *text = status == 0 ? result->out : result->err;
    ck_assert_msg(strstr(text, says) != NULL, "%s: no '%s' in:\n%s", arguments, says, text);
}

static const cJSON *member(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    ck_assert_msg(item != NULL, "no member %s", key);
    return item;
}

static void expect_string(const cJSON *object, const char *key, const char *value) {
    const cJSON *item = member(object, key);
    ck_assert_msg(cJSON_IsString(item), "%s is no string", key);
    ck_assert_str_eq(item->valuestring, value);
}

static void expect_numbers(const cJSON *object, const char *key, const char *values) {
    char *text = cJSON_PrintUnformatted(member(object, key));
    ck_assert_str_eq(text, values);
    cJSON_free(text);
}

static cJSON *read_manifest(Context *context, const char *path) {
    const Source *source;
    ck_assert_int_eq(file_read(context, path, 1 << 20, &source), STATUS_OK);
    cJSON *root = cJSON_Parse(source->text);
    ck_assert_ptr_nonnull(root);
    return root;
}

static void check_kernels(const cJSON *kernels) {
    const cJSON *first = cJSON_GetArrayItem(kernels, 0), *last = cJSON_GetArrayItem(kernels, 1);
    expect_string(first, "kernel", "first");
    expect_string(first, "object", "first.o");
    expect_numbers(first, "count", "2");
    expect_numbers(first, "x_shape", "[1,4,6,6]");
    expect_numbers(first, "w_shape", "[4,4,1,1]");
    const cJSON *convolutions = member(first, "convolutions");
    ck_assert_int_eq(cJSON_GetArraySize(convolutions), 2);
    expect_string(cJSON_GetArrayItem(convolutions, 1), "name", "second");
    expect_string(cJSON_GetArrayItem(convolutions, 1), "x", "y");
    expect_numbers(last, "y_shape", "[1,8,4,4]");
    ck_assert_int_ge(member(last, "packed_bytes")->valueint, 64 + 8 * 4 * 9 * 4);
    expect_numbers(last, "workspace_bytes", "512"); /* y in NHWC, before it is transposed */
    expect_string(last, "schedule_source", "default");
    const cJSON *convolution = cJSON_GetArrayItem(member(last, "convolutions"), 0);
    expect_numbers(convolution, "nodes",
                   "[{\"index\":2,\"name\":\"last\",\"op\":\"Conv\"},{\"index\":3,\"name\":\"v\",\"op\":\"Relu\"}]");
    expect_string(convolution, "y", "v");
    ck_assert(cJSON_IsNull(member(convolution, "bias")));
}

static Status check_manifest(Context *context) {
    expect("compile net-1.onnx -o out", 0, "net_1: out/net_1.h out/net_1.json, the index of 2 kernels of net-1.onnx");
    cJSON *root = read_manifest(context, "out/net_1.json");
    expect_string(root, "model", "net-1.onnx");
    expect_string(root, "index", "net_1.h");
    expect_numbers(root, "inputs", "[{\"name\":\"x\",\"shape\":[1,4,6,6]}]");
    expect_numbers(root, "left_out", "[]");
    ck_assert_int_eq(cJSON_GetArraySize(member(root, "kernels")), 2);
    check_kernels(member(root, "kernels"));
    cJSON_Delete(root);
    expect("compile net-1.onnx -o again --json", 0, "\"kernels\":2");
    ck_assert_int_eq(system("diff -r out again"), 0);
    expect("compile net-1.onnx -o one --layer last --epilogue none", 0, "the index of 1 kernel");
    root = read_manifest(context, "one/net_1.json");
    ck_assert_int_eq(cJSON_GetArraySize(member(root, "kernels")), 1);
    expect_string(root, "epilogue_option", "none");
    cJSON_Delete(root);
    expect("compile net-1.onnx -o asm --emit asm", 0, "first: asm/first.s");
    ck_assert_int_eq(access("asm/net_1.h", F_OK), -1);
    return STATUS_OK;
}

START_TEST(test_manifest) {
    static const Model models[] = {{"net-1.onnx", two, NULL}, {NULL, NULL, NULL}};
    run_in_context(run_in_folder, &(Run){check_manifest, models});
}
END_TEST

/* One task of three convolutions, two of which share their weights, and whose names need care: "a/b" and "a.b" are the
 * same to C, "k_packed" is a kernel. Another reads weights that the model does not have. */
static const char weighted[] = "input x float [1, 4, 6, 6]\ninput open float [4, 4, 3, 3]\noutput v\n"
                               "initializer w float [4, 4, 1, 1] = 1, 2\ninitializer u float [4, 4, 1, 1] = 1, 2\n"
                               "initializer t float [4, 4, 1, 1] = 3, 4\ninitializer b float [4] = 5\n"
                               "$0: y = Conv(x, w, b)\n$1: z = Conv(y, t, b)\nsame: r = Conv(z, u, b)\n"
                               "k_packed: s = Conv(r, w)\n: q = Relu(s)\nk: p = Conv(q, w)\nlast: v = Conv(p, open)\n";

static void expect_weights(const cJSON *convolution, const char *weights) {
    expect_numbers(convolution, "weights", weights);
}

static Status check_weights(Context *context) {
    expect("compile weighted.onnx --pack-weights -o out", 0, "the packed weights of 5 convolutions in 4 objects");
    const CommandResult *noted = run_command(NULL, "compile weighted.onnx --pack-weights -o again", NULL);
    ck_assert_ptr_nonnull(strstr(noted->err, "the weights 'open' of node 'last' are not in the model: pack them with "
                                             "last_pack"));
    ck_assert_int_eq(system("diff -r out again"), 0);
    cJSON *root = read_manifest(context, "out/weighted.json");
    const cJSON *kernels = member(root, "kernels");
    const cJSON *shared = member(cJSON_GetArrayItem(kernels, 0), "convolutions");
    expect_weights(cJSON_GetArrayItem(shared, 0), "{\"object\":\"a_b_weights.o\",\"packed\":\"a_b_packed\",\"bias\":"
                                                  "\"a_b_bias\",\"residual\":null}");
    expect_weights(cJSON_GetArrayItem(shared, 1),
                   "{\"object\":\"a_b_1_weights.o\",\"packed\":\"a_b_1_packed\",\"bias\":"
                   "\"a_b_1_bias\",\"residual\":null}");
    expect_weights(cJSON_GetArrayItem(shared, 2), "{\"object\":\"a_b_weights.o\",\"packed\":\"a_b_packed\",\"bias\":"
                                                  "\"a_b_bias\",\"residual\":null}");
    const cJSON *k = cJSON_GetArrayItem(member(cJSON_GetArrayItem(kernels, 2), "convolutions"), 0);
    expect_weights(k, "{\"object\":\"k_5_weights.o\",\"packed\":\"k_5_packed\",\"bias\":null,\"residual\":null}");
    const cJSON *last = cJSON_GetArrayItem(member(cJSON_GetArrayItem(kernels, 3), "convolutions"), 0);
    ck_assert(cJSON_IsNull(member(last, "weights")));
    cJSON_Delete(root);
    ck_assert_int_eq(system("cc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -include out/weighted.h "
                            "-x c /dev/null"),
                     0);
    for (int jobs = 1; jobs <= 3; jobs++) {
        const char *arguments = arena_format(context, "compile weighted.onnx --pack-weights -o again --jobs %d", jobs);
        expect(arguments, 0, "k_packed: again/k_packed.o");
        ck_assert_int_eq(system("diff -r out again"), 0);
    }
    expect("compile weighted.onnx -o no --jobs 0", 2, "--jobs");
    expect("compile weighted.onnx --pack-weights -o cross --target cortex-a72 --json", 0, "\"weights\":4");
    return STATUS_OK;
}

START_TEST(test_weights) {
    static const char *const names[] = {"a/b", "a.b", NULL};
    static const Model models[] = {{"weighted.onnx", weighted, names}, {NULL, NULL, NULL}};
    run_in_context(run_in_folder, &(Run){check_weights, models});
}
END_TEST

/* A convolution of f16, which this version cannot compile, twice, and one of f32. */
static const char mixed[] = "input x float [1, 4, 6, 6]\ninput h float16 [1, 4, 6, 6]\n"
                            "initializer w float [4, 4, 1, 1]\ninitializer u float16 [4, 4, 1, 1]\n"
                            "first: a = Conv(h, u)\nsecond: y = Conv(x, w)\nthird: b = Conv(a, u)\n";

static Status check_gaps(Context *context) {
    const char *reason = "layer first: type f16 of x is not supported in this version";
    const CommandResult *result = run_command(NULL, "compile mixed.onnx -o out", NULL);
    ck_assert_msg(result->status == 0, "%s", result->err);
    ck_assert_ptr_nonnull(strstr(result->out, "the index of 1 kernel of mixed.onnx; 2 of its convolutions left out"));
    ck_assert_msg(strstr(result->err, reason) != NULL, "%s", result->err);
    cJSON *root = read_manifest(context, "out/mixed.json");
    ck_assert_int_eq(cJSON_GetArraySize(member(root, "kernels")), 1);
    const cJSON *left_out = member(root, "left_out");
    ck_assert_int_eq(cJSON_GetArraySize(left_out), 2);
    expect_string(cJSON_GetArrayItem(left_out, 0), "name", "first");
    expect_string(cJSON_GetArrayItem(left_out, 1), "name", "third");
    expect_string(cJSON_GetArrayItem(left_out, 1), "reason", reason);
    cJSON_Delete(root);
    expect("compile mixed.onnx -o json --json", 0, "\"left_out\":2");
    expect("compile mixed.onnx -o all --require-all", 1, arena_format(context, "--require-all: %s", reason));
    ck_assert_int_eq(access("all", F_OK), -1);
    expect("compile mixed.onnx -o none --layer first", 1, reason);
    ck_assert_int_eq(access("none", F_OK), -1);
    expect("compile inside.onnx -o inside", 0, "1 of its convolutions left out");
    expect("compile inside.onnx -o none --require-all", 1,
           "--require-all: inside.onnx: node 'inside' (Conv): it is inside of a subgraph of node 'choose' (If)");
    return STATUS_OK;
}

START_TEST(test_that_the_rest_of_a_network_is_compiled) {
    static const char inside[] = "input x float [1, 4, 5, 5]\ninput c bool []\ninitializer w float [4, 4, 1, 1]\n"
                                 "c1: y1 = Conv(x, w)\nchoose: y2 = If(c) then_branch=Conv(y1, w)\n";
    static const Model models[] = {{"mixed.onnx", mixed, NULL}, {"inside.onnx", inside, NULL}, {NULL, NULL, NULL}};
    run_in_context(run_in_folder, &(Run){check_gaps, models});
}
END_TEST

/* Every kernel of the table with x = 1, weights = 1: y[0] is the number of terms. */
static const char caller[] =
    "#include \"net.h\"\n#include <string.h>\n"
    "int main(void) {\n"
    "    static float ones[1024], y[1024];\n"
    "    _Alignas(64) static unsigned char packed[65536];\n"
    "    for (int i = 0; i < 1024; i++) ones[i] = 1;\n"
    "    for (int i = 0; i < net_KERNELS; i++) {\n"
    "        const struct septet_kernel_entry *kernel = &net_kernels[i];\n"
    "        struct septet_args args = {sizeof args, ones, packed, 0, 0, 0, 0, y, 0};\n"
    "        if (!kernel->supported() || strcmp(kernel->name, kernel->info()->name) != 0) return 1;\n"
    "        if (kernel->pack(ones, packed) != SEPTET_OK || kernel->call(&args) != SEPTET_OK) return 2;\n"
    "        if (y[0] != (strcmp(kernel->name, \"last\") == 0 ? 36.0f : 4.0f)) return 3;\n"
    "    }\n"
    "    return net_KERNELS == 2 ? 0 : 4;\n"
    "}\n";

static Status check_table(Context *context) {
    FileContent file = {"caller.c", caller, strlen(caller)};
    TRY(file_write_all(context, &file, 1));
    expect("compile net.onnx --target scalar -o out", 0, "last: out/last.o out/last.h");
    ck_assert_int_eq(
        system("cc -std=c11 -Wall -Wextra -Wpedantic -Werror -Iout caller.c out/*.o -o caller && ./caller"), 0);
    ck_assert_int_eq(system("if command -v c++ >/dev/null; then c++ -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror "
                            "-fsyntax-only -include out/net.h /dev/null; fi"),
                     0);
    return STATUS_OK;
}

START_TEST(test_that_a_program_can_use_the_table) {
    static const Model models[] = {{"net.onnx", two, NULL}, {NULL, NULL, NULL}};
    if (system("cc --version >/dev/null 2>&1") != 0) {
        printf("SKIPPED: cc is missing\n");
        return;
    }
    run_in_context(run_in_folder, &(Run){check_table, models});
}
END_TEST

static Status check_refusals(Context *context) {
    static const char split[] = "split q 3 -> qo qi\n";
    FileContent file = {"split.txt", split, strlen(split)};
    TRY(file_write_all(context, &file, 1));
    expect("compile first.onnx -o out", 2,
           "the index of first.onnx would be called 'first', which clashes with the "
           "kernel of layer first");
    expect("compile a.onnx b/a.onnx -o out", 2, "which clashes with that of a.onnx; rename the file");
    expect("compile a.onnx --conv 'layer a_kernels c=1 h=1 w=1 k=1' -o out", 2,
           "clashes with the kernel of layer a_kernels");
    expect("compile --conv 'c=1 h=1 w=1 k=1' --pack-weights -o out", 2, "no SPEC is an ONNX model");
    expect("compile a.onnx --pack-weights --emit asm -o out", 2, "--pack-weights needs --emit obj,header");
    /* 3 divides first's 6 pixels, not last's 4: the kernel that could be made is not left behind */
    expect("compile a.onnx --schedule split.txt -o out", 1, "split.txt:1:");
    ck_assert_int_eq(access("out", F_OK), -1);
    return STATUS_OK;
}

START_TEST(test_refusals) {
    static const char other[] = "input x float [1, 4, 6, 6]\ninitializer w float [3, 4, 1, 1]\nother: y = Conv(x, w)\n";
    static const Model models[] = {
        {"first.onnx", two, NULL}, {"a.onnx", two, NULL}, {"b/a.onnx", other, NULL}, {NULL, NULL, NULL}};
    run_in_context(run_in_folder, &(Run){check_refusals, models});
}
END_TEST

int main(void) {
    if (onnx_is_absent()) return TEST_SKIPPED;
    TCase *tests = tcase_create("network");
    tcase_add_test(tests, test_manifest);
    tcase_add_test(tests, test_weights);
    tcase_add_test(tests, test_that_the_rest_of_a_network_is_compiled);
    tcase_add_test(tests, test_that_a_program_can_use_the_table);
    tcase_add_test(tests, test_refusals);
    return run_tests(tests);
}
