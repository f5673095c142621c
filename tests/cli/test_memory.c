/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb with memory running out at the Nth request: a message, exit status 1, nothing written, nothing leaked. The
 * requests are those of our own allocator, then those of cJSON; LLVM's are out of reach, since it ends the process, and
 * so are those of the agent, which is a process of its own with memory of its own, and SQLite's. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/command.h"
#include "tests/base/failing_allocator.h"
#include "tests/compiler/frontend/onnx_text.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

enum { MAX_WORDS = 16, MAX_MESSAGE = 4096, ALL_UP_TO = 40, SAMPLES_PER_DOUBLING = 4 };

/* Words between blanks; files are written to the folder "out". */
static const char *const commands[] = {
    "targets",
    "targets --json",
    "show layers.txt --target scalar",
    "show descriptors.txt --layer b --after reorder --target x86-64-v3",
    "compile layers.txt -o out --target scalar --emit obj,asm,llvm,loops,tensor,header",
    "compile log.txt -o out --target scalar --schedule split.txt --json",
    "compile net.onnx -o out --target scalar --pack-weights",
    "check layers.txt --target scalar --json",
    "check --random 1 --seed 5 --target scalar",
    "compile recorded.txt -o out --target scalar --db lines.db",
    "tune layers.txt --dry-run --target x86-64-v4",
    "agent",
    "db import lines.jsonl --db new.db",
    "db list --db lines.db",
    "db list --db lines.db --json",
    "db best --db lines.db --all-machines",
    "db best recorded.txt --db lines.db --all-machines --target scalar",
    "db top recorded.txt --db lines.db --all-machines --target scalar",
    "db history recorded.txt --db lines.db --all-machines --target scalar",
    "db show 01900000-0000-7000-8000-000000000003 --db lines.db",
    "db repro 01900000-0000-7000-8000-000000000002 --db lines.db",
    "db diff lines.db lines.db",
    "db stats --db lines.db",
    "db sql VALUES(1) --db lines.db",
    "db export --db lines.db",
    "db export --format autotvm --db lines.db",
    "db merge lines.db --db merged.db",
    "db prune --where raced --db lines.db",
    "db revalidate --db lines.db",
};

/* Those that start an agent, which measures for a while: a few requests only. */
static const char *const slow_commands[] = {
    "bench layers.txt --quick --target scalar",
    "tune layers.txt --trials 1 --target scalar --db tuned.db",
};

enum { SLOW_SAMPLES = 3 };

static const struct {
    const char *path, *text;
} files[] = {
    {"layers.txt", "layer a c=4 h=5 w=5 k=6 r=3 s=3 pad=1 bias relu\n"},
    {"descriptors.txt", "--dt=f32 --batch=more.txt\n"},
    {"more.txt", "ic4oc8ih6kh3ph1n\"a\"\nic4oc16ih6kh1n\"b\"\n"},
    {"log.txt", "onednn_verbose,v1,primitive,exec,cpu,convolution,jit,forward_inference,src:f32::blocked:acdb::f0 "
                "wei:f32::blocked:abcd::f0 dst:f32::blocked:acdb::f0,,alg:d,mb1_ic4oc4_ih6oh6kh3ph1,0.5\n"},
    {"split.txt", "split q 3 -> qo qi\n"},
    {"recorded.txt", "layer recorded c=4 h=5 w=5 k=6 r=3 s=3 pad=1\n"},
};

static const char network[] = "input x float [1, 4, 6, 6]\ninitializer w float [4, 4, 1, 1]\n"
                              "initializer u float [8, 4, 3, 3]\n"
                              "first: y = Conv(x, w)\nlast: r = Conv(y, u)\n: v = Relu(r)\noutput v\n";

static Status make_files(Context *context, void *data) {
    (void)data;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        FileContent file = {files[i].path, files[i].text, strlen(files[i].text)};
        TRY(file_write_all(context, &file, 1));
    }
    const Source *lines;
    TRY(file_read(context, SEPTET_SOURCE_DIR "/tests/cli/db/lines.jsonl", 1 << 20, &lines));
    TRY(file_write_all(context, &(FileContent){"lines.jsonl", lines->text, lines->length}, 1));
    if (onnx_is_absent()) return STATUS_OK;
    const Source *model = onnx_from_text(context, network, (const char *const[]){NULL});
    FileContent file = {"net.onnx", model->text, model->length};
    return file_write_all(context, &file, 1);
}

static char folder[] = "/tmp/septet_memory_XXXXXX";

static void enter(void) {
    strcpy(folder, "/tmp/septet_memory_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    run_in_context(make_files, NULL);
}

static void leave(void) {
    char line[96];
    snprintf(line, sizeof line, "rm -r '%s'", folder);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(line), 0);
}

/* Files of the folder "out", which are then removed with it; 0 when it is missing. */
static int take_output(void) {
    DIR *stream = opendir("out");
    int count = 0;
    if (stream == NULL) return 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
        char path[300];
        snprintf(path, sizeof path, "out/%s", entry->d_name);
        count += unlink(path) == 0;
    }
    closedir(stream);
    ck_assert_int_eq(rmdir("out"), 0);
    return count;
}

/* What a run printed on standard error. */
static const char *read_messages(void) {
    static char text[MAX_MESSAGE];
    FILE *file = fopen("messages", "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

/* Runs the command in this process, its output in files. */
static int run(const Allocator *allocator, const char *line) {
    static const char separators[] = " ";
    char copy[256], *words[MAX_WORDS] = {"septet"};
    int count = 1;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *at, *word = strtok_r(copy, separators, &at); word != NULL; word = strtok_r(NULL, separators, &at))
        words[count++] = word;
    ck_assert_ptr_nonnull(freopen("/dev/null", "r", stdin)); /* an agent's session that ends at once */
    ck_assert_ptr_nonnull(freopen("results", "w", stdout));
    ck_assert_ptr_nonnull(freopen("messages", "w", stderr));
    int status = command_run_with(allocator, count, words);
    fflush(stderr);
    return status;
}

/* A database of these lines, for commands that ask one. */
static void make_database(void) {
    ck_assert_msg(run(alloc_default(), "db import lines.jsonl --db lines.db") == 0, "%s", read_messages());
}

/* Others on this machine spoilt a measurement: that says nothing about memory. */
static bool is_disturbed(const char *messages) {
    return strstr(messages, "too_fast in phase time") != NULL || strstr(messages, "noisy in phase time") != NULL;
}

/* A failed run says why and writes nothing. One that went on (notes are dropped when there is no memory for them) has
 * to write all. */
static void judge(const char *line, size_t fail_at, int status, int wanted_files) {
    int written = take_output();
    const char *messages = read_messages();
    if (status == 0 && written == wanted_files) return;
    if (status == 1 && is_disturbed(messages)) return;
    ck_assert_msg(status == 1 && written == 0 && strstr(messages, "memory") != NULL,
                  "%s: request %zu fails: status %d, %d files, message '%s'", line, fail_at, status, written, messages);
}

/* All of the first ones, then fewer and fewer. */
static size_t next_sample(size_t fail_at) {
    return fail_at + 1 + (fail_at > ALL_UP_TO ? fail_at / SAMPLES_PER_DOUBLING : 0);
}

static bool is_missing(const char *line) {
    return strstr(line, ".onnx") != NULL && onnx_is_absent();
}

static void fail_at_request(const char *line, size_t fail_at, int wanted_files) {
    FailingAllocator failing;
    failing_allocator_init(&failing, fail_at);
    int status = run(&failing.allocator, line);
    judge(line, fail_at, status, wanted_files);
    ck_assert_msg(failing.live_blocks == 0, "%s: request %zu fails: %zu blocks leak", line, fail_at,
                  failing.live_blocks);
}

/* Runs it with enough memory; returns the number of requests. */
static size_t count_requests(const char *line, int *written) {
    FailingAllocator failing;
    failing_allocator_init(&failing, 0);
    int status = run(&failing.allocator, line);
    const char *messages = read_messages();
    ck_assert_msg(status == 0 || is_disturbed(messages), "%s: %s", line, messages);
    *written = take_output();
    return failing.requests;
}

START_TEST(test_that_memory_may_run_out_in_every_verb) {
    const char *line = commands[_i];
    int wanted_files;
    if (is_missing(line)) return;
    make_database();
    size_t requests = count_requests(line, &wanted_files);
    for (size_t fail_at = 1; fail_at <= requests; fail_at = next_sample(fail_at))
        fail_at_request(line, fail_at, wanted_files);
}
END_TEST

START_TEST(test_that_memory_may_run_out_while_measuring) {
    const char *line = slow_commands[_i];
    int wanted_files;
    size_t requests = count_requests(line, &wanted_files);
    for (size_t i = 1; i <= SLOW_SAMPLES; i++)
        fail_at_request(line, 1 + (requests - 1) * i / SLOW_SAMPLES, wanted_files);
}
END_TEST

/* cJSON's requests. */
static size_t json_requests, json_fail_at;

static void *json_alloc(size_t bytes) {
    return ++json_requests == json_fail_at ? NULL : malloc(bytes);
}

static const char *const json_commands[] = {
    "targets --json",
    "compile layers.txt -o out --target scalar --json",
    "compile net.onnx -o out --target scalar --pack-weights",
    "check layers.txt --target scalar --json",
    "db list --db lines.db --json",
    "db export --db lines.db",
    "db import lines.jsonl --db new.db",
    "db stats --db lines.db --json",
};

/* The line on standard output comes after the files. */
START_TEST(test_that_memory_may_run_out_in_json) {
    const char *line = json_commands[_i];
    if (is_missing(line)) return;
    make_database();
    cJSON_InitHooks(&(cJSON_Hooks){json_alloc, free});
    json_fail_at = 0;
    ck_assert_int_eq(run(alloc_default(), line), 0);
    size_t requests = json_requests;
    ck_assert_uint_gt(requests, 0);
    take_output();
    for (json_fail_at = 1; json_fail_at <= requests; json_fail_at = next_sample(json_fail_at)) {
        json_requests = 0;
        int status = run(alloc_default(), line);
        ck_assert_msg(status == 1 && strstr(read_messages(), "memory") != NULL, "%s: request %zu fails: %d, '%s'", line,
                      json_fail_at, status, read_messages());
        int written = take_output();
        ck_assert_msg(written == 0 || written == 2, "%s: %d files", line, written);
    }
    cJSON_InitHooks(NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("memory");
    tcase_add_checked_fixture(tests, enter, leave);
    tcase_add_loop_test(tests, test_that_memory_may_run_out_in_every_verb, 0, sizeof commands / sizeof commands[0]);
    tcase_add_loop_test(tests, test_that_memory_may_run_out_while_measuring, 0,
                        sizeof slow_commands / sizeof slow_commands[0]);
    tcase_add_loop_test(tests, test_that_memory_may_run_out_in_json, 0, sizeof json_commands / sizeof json_commands[0]);
    return run_tests(tests);
}
