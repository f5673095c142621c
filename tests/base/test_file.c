/* SPDX-License-Identifier: Apache-2.0 */
/* base/file.h: whole files are read, and written all or none, whatever goes wrong in between. */
#include "base/file.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/run.h"

enum { NOBODY = 65534 };

static Context *context;
static char folder[] = "/tmp/septet_file_XXXXXX";
static char first[64], second[64];

static void setup(void) {
    strcpy(folder, "/tmp/septet_file_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(first, sizeof first, "%s/first", folder);
    snprintf(second, sizeof second, "%s/second", folder);
    ck_assert_int_eq(context_new(alloc_default(), &context), STATUS_OK);
}

static void teardown(void) {
    context_free(context);
    unlink(first);
    unlink(second);
    rmdir(second);
    rmdir(folder);
}

static int entries(void) {
    DIR *stream = opendir(folder);
    ck_assert_ptr_nonnull(stream);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) count += entry->d_name[0] != '.';
    closedir(stream);
    return count;
}

static Status write_both(const char *one, const char *other) {
    FileContent files[] = {{first, one, strlen(one)}, {second, other, strlen(other)}};
    return file_write_all(context, files, 2);
}

START_TEST(test_that_what_is_written_is_read) {
    const Source *source;
    ck_assert_int_eq(write_both("one", ""), STATUS_OK);
    ck_assert_int_eq(write_both("ONE\n", "two"), STATUS_OK);
    ck_assert_int_eq(file_read(context, first, 100, &source), STATUS_OK);
    ck_assert_str_eq(source->text, "ONE\n");
    ck_assert_uint_eq(source->length, 4);
    ck_assert_str_eq(source->name, first);
    ck_assert_int_eq(entries(), 2);
}
END_TEST

START_TEST(test_that_a_large_file_is_read_whole) {
    enum { LENGTH = 300001 };
    char *large = malloc(LENGTH);
    for (int i = 0; i < LENGTH; i++) large[i] = (char)('a' + i % 23);
    FileContent file = {first, large, LENGTH};
    const Source *source;
    ck_assert_int_eq(file_write_all(context, &file, 1), STATUS_OK);
    ck_assert_int_eq(file_read(context, first, LENGTH, &source), STATUS_OK);
    ck_assert_uint_eq(source->length, LENGTH);
    ck_assert_mem_eq(source->text, large, LENGTH);
    ck_assert_int_eq(source->text[LENGTH], '\0');
    ck_assert_int_eq(file_read(context, first, LENGTH - 1, &source), STATUS_INVALID);
    free(large);
}
END_TEST

START_TEST(test_that_reading_what_is_not_there_names_it) {
    const Source *source;
    ck_assert_int_eq(file_read(context, second, 100, &source), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), second));
    ck_assert_ptr_nonnull(strstr(diag_message(context), "No such file"));
    ck_assert_int_eq(file_read(context, folder, 100, &source), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "directory"));
}
END_TEST

START_TEST(test_that_a_missing_folder_leaves_nothing) {
    FileContent files[] = {{first, "x", 1}, {"/dev/null/folder/file", "y", 1}};
    ck_assert_int_eq(file_write_all(context, files, 2), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "/dev/null/folder/file"));
    ck_assert_int_eq(entries(), 0);
}
END_TEST

/* The content of a small file. */
static const char *content(const char *path) {
    const Source *source;
    ck_assert_int_eq(file_read(context, path, 100, &source), STATUS_OK);
    return source->text;
}

START_TEST(test_that_a_failing_rename_takes_the_others_back) {
    ck_assert_int_eq(mkdir(second, 0777), 0);
    ck_assert_int_eq(write_both("x", "y"), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "second: something that is no file has that name"));
    ck_assert_int_eq(entries(), 1);
    ck_assert_int_ne(access(first, F_OK), 0);
}
END_TEST

START_TEST(test_that_a_failing_rename_brings_old_files_back) {
    FileContent old = {first, "old", 3};
    ck_assert_int_eq(file_write_all(context, &old, 1), STATUS_OK);
    ck_assert_int_eq(mkdir(second, 0777), 0);
    ck_assert_int_eq(write_both("new", "new"), STATUS_IO);
    ck_assert_str_eq(content(first), "old");
    ck_assert_int_eq(entries(), 2);
}
END_TEST

/* A link is replaced by the file, and comes back as a link. */
START_TEST(test_that_links_are_replaced_and_come_back) {
    char target[80];
    ck_assert_int_eq(symlink("elsewhere", first), 0);
    ck_assert_int_eq(mkdir(second, 0777), 0);
    ck_assert_int_eq(write_both("new", "new"), STATUS_IO);
    ck_assert_int_eq(readlink(first, target, sizeof target), (int)strlen("elsewhere"));
    ck_assert_int_eq(rmdir(second), 0);
    ck_assert_int_eq(write_both("new", "new"), STATUS_OK);
    ck_assert_int_eq(readlink(first, target, sizeof target), -1);
    ck_assert_str_eq(content(first), "new");
    ck_assert_int_eq(entries(), 2);
}
END_TEST

static int write_as_nobody(void) {
    if (setuid(NOBODY) != 0) return EXIT_FAILURE;
    if (write_both("new", "new") != STATUS_IO) return EXIT_FAILURE;
    return strstr(diag_message(context), "not permitted") != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* In a folder like /tmp, one may not replace what others have made: only the rename itself finds that out. */
START_TEST(test_that_the_file_of_another_user_is_left_alone) {
    if (geteuid() != 0) {
        printf("SKIPPED: only root can play two users\n");
        return;
    }
    ck_assert_int_eq(write_both("old", "old"), STATUS_OK);
    ck_assert_int_eq(chown(first, NOBODY, NOBODY), 0);
    ck_assert_int_eq(chmod(folder, 01777), 0);
    pid_t child = fork();
    if (child == 0) _exit(write_as_nobody());
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(content(first), "old");
    ck_assert_str_eq(content(second), "old");
    ck_assert_int_eq(entries(), 2);
}
END_TEST

START_TEST(test_that_names_may_be_as_long_as_they_can_be) {
    char path[sizeof folder + 256 + 2];
    int length = snprintf(path, sizeof path, "%s/", folder);
    memset(path + length, 'n', 256);
    FileContent file = {path, "x", 1};
    path[length + 255] = '\0';
    ck_assert_int_eq(file_write_all(context, &file, 1), STATUS_OK);
    ck_assert_int_eq(unlink(path), 0);
    path[length + 255] = 'n';
    path[length + 256] = '\0';
    ck_assert_int_eq(file_write_all(context, &file, 1), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "File name too long"));
    ck_assert_int_eq(entries(), 0);
}
END_TEST

/* A limit on file sizes fails a write half-way, as a full disk does; the signal that comes with it must not end the
 * program (it does not even do so later, when signals are let in again). */
START_TEST(test_that_a_full_disk_leaves_nothing) {
    signal(SIGXFSZ, SIG_DFL);
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 2;
    setrlimit(RLIMIT_FSIZE, &small);
    Status status = write_both("x", "too long");
    setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(status, STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "File too large"));
    ck_assert_int_eq(entries(), 0);
}
END_TEST

/* As under nohup: a signal that the program ignores is no wish. */
START_TEST(test_that_an_ignored_signal_stops_nothing) {
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    signal(SIGHUP, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &hangup, NULL);
    raise(SIGHUP);
    ck_assert_int_eq(write_both("x", "y"), STATUS_OK);
    pthread_sigmask(SIG_UNBLOCK, &hangup, NULL);
    ck_assert_int_eq(entries(), 2);
}
END_TEST

static volatile sig_atomic_t alarms;

static void count_alarm(int number) {
    (void)number;
    alarms++;
}

/* Other signals, with a handler, interrupt system calls all the time. */
START_TEST(test_that_interrupted_calls_go_on) {
    enum { LENGTH = 1 << 23, ROUNDS = 8 };
    char *large = calloc(1, LENGTH);
    FileContent files[] = {{first, large, LENGTH}, {second, large, LENGTH}};
    struct sigaction action = {.sa_handler = count_alarm}; /* without SA_RESTART */
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &(struct itimerval){{0, 500}, {0, 500}}, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const Source *source;
        ck_assert_int_eq(file_write_all(context, files, 2), STATUS_OK);
        ck_assert_int_eq(file_read(context, second, LENGTH, &source), STATUS_OK);
        ck_assert_uint_eq(source->length, LENGTH);
    }
    setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
    ck_assert_int_gt((int)alarms, 0);
    free(large);
}
END_TEST

START_TEST(test_that_only_regular_files_are_read_by_the_name_in_a_text) {
    const Source *source;
    ck_assert_int_eq(write_both("one", "two"), STATUS_OK);
    ck_assert_int_eq(file_read_regular(context, first, 3, &source), STATUS_OK);
    ck_assert_str_eq(source->text, "one");
    ck_assert_int_eq(file_read_regular(context, first, 2, &source), STATUS_INVALID);
    ck_assert_int_eq(unlink(first), 0);
    ck_assert_int_eq(mkfifo(first, 0600), 0);
    const char *const odd[] = {first, folder, "/dev/zero", "/dev/null"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        ck_assert_int_eq(file_read_regular(context, odd[i], 3, &source), STATUS_IO);
        ck_assert_ptr_nonnull(strstr(diag_message(context), "it is not a regular file"));
    }
    ck_assert_int_eq(file_read_regular(context, "-", 3, &source), STATUS_IO);
}
END_TEST

static void write_until_killed(void) {
    enum { LENGTH = 1 << 22 };
    char *large = calloc(1, LENGTH);
    FileContent files[] = {{first, large, LENGTH}, {second, large, LENGTH}};
    while (file_write_all(context, files, 2) == STATUS_OK) {
        unlink(first);
        unlink(second);
    }
    _exit(1);
}

/* Whenever the signal comes: all or nothing, and no temporaries. */
START_TEST(test_that_a_signal_leaves_no_temporary) {
    signal(SIGINT, SIG_DFL); /* Check's handlers would end its whole group */
    signal(SIGTERM, SIG_DFL);
    pid_t child = fork();
    if (child == 0) write_until_killed();
    nanosleep(&(struct timespec){.tv_nsec = 3000000L * (_i + 1)}, NULL);
    kill(child, _i % 2 ? SIGINT : SIGTERM);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(entries(), (access(first, F_OK) == 0) + (access(second, F_OK) == 0));
}
END_TEST

static Status write_into(const char *in, const char *path) {
    FileContent file = {path, "x", 1};
    return file_write_folder(context, in, &file, 1);
}

START_TEST(test_that_folders_are_made_with_their_parents) {
    char inside[80], deep[80], file[80];
    snprintf(inside, sizeof inside, "%s/inside", second);
    snprintf(deep, sizeof deep, "%s/a//b/c/", second);
    snprintf(file, sizeof file, "%s/a/b/c/file", second);
    ck_assert_int_eq(write_into(second, inside), STATUS_OK);
    ck_assert_int_eq(write_into(second, inside), STATUS_OK);
    ck_assert_int_eq(write_into(deep, file), STATUS_OK);
    ck_assert_int_eq(unlink(file), 0);
    ck_assert_int_eq(unlink(inside), 0);
    file_remove_folders(deep, 3);
    ck_assert_int_eq(access(second, F_OK), 0);
}
END_TEST

START_TEST(test_that_folders_are_made_whole_or_not_at_all) {
    char deep[400], inside[80];
    snprintf(deep, sizeof deep, "%s/a/b/%0300d", second, 0); /* the last name is too long */
    ck_assert_int_eq(write_into(deep, first), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "cannot make the folder"));
    ck_assert_int_eq(entries(), 0);
    ck_assert_int_eq(write_into(NULL, first), STATUS_OK);
    snprintf(inside, sizeof inside, "%s/a/b", first); /* through a file */
    ck_assert_int_eq(write_into(inside, second), STATUS_IO);
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(test_that_a_folder_made_for_nothing_goes_away) {
    char deep[80];
    snprintf(deep, sizeof deep, "%s/a/b", second);
    ck_assert_int_eq(write_into(second, "/dev/null/file"), STATUS_IO);
    ck_assert_int_eq(write_into(deep, "/dev/null/file"), STATUS_IO);
    ck_assert_int_eq(entries(), 0);
}
END_TEST

START_TEST(test_that_a_file_is_no_folder) {
    ck_assert_int_eq(write_into(NULL, first), STATUS_OK);
    ck_assert_int_eq(write_into(first, second), STATUS_IO);
    ck_assert_ptr_nonnull(strstr(diag_message(context), "is not a folder"));
    ck_assert_int_eq(entries(), 1);
}
END_TEST

/* Memory runs out at each request in turn: the write says so, and leaves no temporary. */
static Status write_and_read(Context *fresh, void *data) {
    (void)data;
    FileContent files[] = {{first, "one", 3}, {second, "two", 3}};
    const Source *source;
    Status status = file_write_all(fresh, files, 2);
    ck_assert_int_eq(entries(), status == STATUS_OK ? 2 : 0);
    if (status == STATUS_OK) status = file_read(fresh, first, 10, &source);
    unlink(first);
    unlink(second);
    return status;
}

START_TEST(test_that_memory_may_run_out) {
    ck_assert_uint_gt(run_until_memory_suffices(write_and_read, NULL), 0);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, test_that_what_is_written_is_read);
    tcase_add_test(tests, test_that_a_large_file_is_read_whole);
    tcase_add_test(tests, test_that_reading_what_is_not_there_names_it);
    tcase_add_test(tests, test_that_a_missing_folder_leaves_nothing);
    tcase_add_test(tests, test_that_a_failing_rename_takes_the_others_back);
    tcase_add_test(tests, test_that_a_failing_rename_brings_old_files_back);
    tcase_add_test(tests, test_that_links_are_replaced_and_come_back);
    tcase_add_test(tests, test_that_the_file_of_another_user_is_left_alone);
    tcase_add_test(tests, test_that_names_may_be_as_long_as_they_can_be);
    tcase_add_test(tests, test_that_a_full_disk_leaves_nothing);
    tcase_add_test(tests, test_that_an_ignored_signal_stops_nothing);
    tcase_add_test(tests, test_that_interrupted_calls_go_on);
    tcase_add_test(tests, test_that_only_regular_files_are_read_by_the_name_in_a_text);
    tcase_add_loop_test(tests, test_that_a_signal_leaves_no_temporary, 0, 12);
    tcase_add_test(tests, test_that_folders_are_made_with_their_parents);
    tcase_add_test(tests, test_that_folders_are_made_whole_or_not_at_all);
    tcase_add_test(tests, test_that_a_folder_made_for_nothing_goes_away);
    tcase_add_test(tests, test_that_a_file_is_no_folder);
    tcase_add_test(tests, test_that_memory_may_run_out);
    return run_tests(tests);
}
