/* SPDX-License-Identifier: Apache-2.0 */
/* What runs kernels: the reasons for which a target has no machine, and the compiler in its temporary folder. Kernels
 * in emulators: test_check.c. */
#include "tuner/machine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/in_context.h"
#include "tests/support/run.h"
#include "tuner/cross_build.h"

/* No machine is a VAX. */
static Target foreign_target(Emulator emulator) {
    return (Target){.name = "vax-11", .architecture = "vax", .emulator = emulator};
}

static Status expect_refusal(Context *context, void *data) {
    const Target *target = ((const void **)data)[0];
    const char *message = ((const void **)data)[1];
    Machine machine;
    ck_assert_int_eq(machine_new(context, target, &machine), STATUS_UNSUPPORTED);
    ck_assert_str_eq(diag_message(context), message);
    machine_free(&machine);
    return STATUS_OK;
}

START_TEST(test_that_what_is_not_there_is_named) {
    static const struct {
        Emulator emulator;
        const char *message;
    } cases[] = {
        {{0}, "this machine cannot run vax-11: it lacks vax"},
        {{"qemu-vax", "11", "cc", "/"},
         "this machine cannot run vax-11: it lacks vax, and to emulate it qemu-vax is not installed"},
        {{"true", "11", "vax-gcc", "/"},
         "this machine cannot run vax-11: it lacks vax, and to emulate it vax-gcc is not installed"},
    };
    Target target = foreign_target(cases[_i].emulator);
    run_in_context(expect_refusal, (const void *[]){&target, cases[_i].message});
}
END_TEST

static int count_entries(const char *folder) {
    int count = 0;
    DIR *stream = opendir(folder);
    ck_assert_ptr_nonnull(stream);
    while (readdir(stream) != NULL) count++;
    closedir(stream);
    return count - 2; /* "." and ".." */
}

/* A build in a folder of its own, so that nobody else's temporary files are counted. */
typedef struct Build {
    const char *compiler, *text;
    Status status;
    const char *message; /* part of it */
} Build;

static Status run_build(Context *context, void *data) {
    const Build *test = data;
    static const char *const arguments[] = {"-x", "c", "-c", "tuner/input", NULL};
    const FileContent input = {"input", test->text, strlen(test->text)};
    char folder[] = "/tmp/test_machine-XXXXXX";
    int file;
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
    Status status = cross_build(context, &(CrossBuild){test->compiler, arguments, &input, 1}, &file);
    int left = count_entries(folder);
    rmdir(folder);
    ck_assert_int_eq(status, test->status);
    ck_assert_int_eq(left, 0);
    ck_assert_msg(strstr(diag_message(context), test->message) != NULL, "%s", diag_message(context));
    ck_assert_int_eq(file >= 0, status == STATUS_OK);
    if (status != STATUS_OK) return STATUS_OK;
    char magic[4] = "";
    ck_assert_int_eq(read(file, magic, sizeof magic), sizeof magic);
    ck_assert_int_eq(memcmp(magic, "\177ELF", sizeof magic), 0);
    close(file);
    return STATUS_OK;
}

START_TEST(test_that_a_build_leaves_nothing_but_its_output) {
    static Build builds[] = {
        {"cc", "int one(void) { return 1; }", STATUS_OK, ""},
        {"cc", "int one(void) { return unknown; }", STATUS_INVALID, "cc: tuner/input:"},
        {"no-such-compiler", "", STATUS_IO, "cannot run no-such-compiler"},
        {"true", "", STATUS_IO, "true made nothing"},
    };
    run_in_context(run_build, &builds[_i]);
}
END_TEST

START_TEST(test_looking_for_programs) {
    setenv("PATH", "/nonexistent::/bin", 1);
    ck_assert(cross_find_program("sh"));
    ck_assert(!cross_find_program("no-such-compiler"));
    unsetenv("PATH");
    ck_assert(!cross_find_program("sh"));
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("machine");
    tcase_add_loop_test(tests, test_that_what_is_not_there_is_named, 0, 3);
    tcase_add_loop_test(tests, test_that_a_build_leaves_nothing_but_its_output, 0, 4);
    tcase_add_test(tests, test_looking_for_programs);
    return run_tests(tests);
}
