/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong usages and bad input: the exit status, and a message that says what would be right. Nothing is printed to
 * standard output, and no file appears. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/cli/run_command.h"
#include "tests/support/run.h"

#define LAYER "--conv 'c=4 h=5 w=5 k=6 r=3 s=3 pad=1' "

typedef struct Case {
    const char *arguments;
    int status;
    const char *says;  /* on standard error */
    const char *input; /* on standard input */
} Case;

static const Case cases[] = {
    /* the command itself */
    {"", 2, "usage: septet VERB", NULL},
    {"compil " LAYER "-o .", 2, "unknown verb 'compil'; did you mean 'compile'?", NULL},
    {"train " LAYER, 2, "unknown verb 'train'", NULL},
    {"sing " LAYER, 2, "targets    list", NULL},
    {"--verbose", 2, "unknown verb '--verbose'", NULL},
    /* options */
    {"compile " LAYER "--traget host -o .", 2, "unknown option '--traget'; did you mean '--target'?", NULL},
    {"compile " LAYER "--frobnicate -o .", 2, "unknown option '--frobnicate'", NULL},
    {"compile " LAYER "-o", 2, "option -o needs a value: -o DIR", NULL},
    {"compile " LAYER "-o . -o .", 2, "option -o is given twice", NULL},
    {"compile " LAYER "-o . --json=1", 2, "option --json takes no value", NULL},
    {"compile " LAYER, 2, "say where to write: -o DIR", NULL},
    {"compile -o .", 2, "no layers", NULL},
    {"show", 2, "no layers", NULL},
    {"check", 2, "no layers", NULL},
    {"check --slow", 2, "'septet check --help' explains", NULL},
    {"targets extra", 2, "unexpected 'extra'", NULL},
    {"show " LAYER "--emit obj", 2, "unknown option '--emit'", NULL},
    {"compile " LAYER "-o . --emit obj,hedaer", 2, "did you mean 'header'?", NULL},
    {"compile " LAYER "-o . --emit pdf", 2, "known are obj, asm, llvm, loops, tensor, header", NULL},
    {"compile " LAYER "-o . --emit obj,", 2, "unknown kind ''", NULL},
    {"compile " LAYER "-o . --target z80", 2, "unknown target 'z80'; known are scalar", NULL},
    {"compile " LAYER "-o . --accuracy exact", 2, "expected strict", NULL},
    {"compile " LAYER "-o . --accuracy 1e-3", 1, "not supported in this version", NULL},
    {"compile " LAYER "-o . --threads many", 2, "--threads many: expected a whole number from 1", NULL},
    {"compile " LAYER "-o . --threads 4097", 2, "--threads 4097: expected a whole number from 1 to 4096", NULL},
    {"compile " LAYER "-o . --require-tuned", 1, "no recorded schedule", NULL},
    {"compile " LAYER "-o . --dump-after fold_guard", 2, "did you mean 'fold_guards'?", NULL},
    {"show " LAYER "--after nonsense_word", 2, "expected the number of a step or one of split, tile", NULL},
    {"show " LAYER "--after 99", 2, "and no such one", NULL},
    {"check " LAYER "--seed 1", 2, "--seed is for --random", NULL},
    {"check " LAYER "--random 2", 2, "leave out SPEC", NULL},
    {"check --random 0", 2, "--random 0: expected a whole number from 1", NULL},
    {"check --random 3x", 2, "--random 3x: expected", NULL},
    {"check --random 1 --seed -1", 2, "--seed -1: expected", NULL},
    /* layers on the command line */
    {"compile --conv 'c=64 h=56 w=56 k=' -o .", 2, "--conv:1:", NULL},
    {"compile --conv 'c=64 h=5 w=5 k=6 strid=2' -o .", 2, "did you mean 'stride'", NULL},
    {"compile --conv 'c=64 h=5 w=5 k=6 r=7' -o .", 2, "--conv:1:", NULL},
    {"compile --conv 'c=6 h=5 w=5 k=6 groups=4' -o .", 2, "--conv:1:", NULL},
    {"compile --conv 'c=4294967296 h=5 w=5 k=6' -o .", 2, "--conv:1:", NULL},
    {"compile --conv 'c=2147483647 h=2147483647 w=2147483647 k=1' -o .", 2, "--conv:1:", NULL},
    {"compile --conv '' -o .", 2, "--conv", NULL},
    {"compile " LAYER "--epilogue 'bias rleu' -o .", 2, "--epilogue:1:6", NULL},
    {"compile " LAYER "--layout nhcw -o .", 2, "--layout:1:1", NULL},
    {"compile " LAYER "--layer other -o .", 2, "other", NULL},
    {"compile " LAYER "--name 7up -o .", 2, "--name '7up': expected a C identifier", NULL},
    {"compile " LAYER "--name for -o .", 2, "--name 'for': expected a C identifier", NULL},
    {"compile " LAYER "--name '' -o .", 2, "expected a C identifier", NULL},
    {"compile " LAYER "--conv 'c=1 h=1 w=1 k=1' --name two -o .", 2, "--name is for one layer, and there are 2", NULL},
    {"compile " LAYER LAYER "-o .", 2, "conv_", NULL},
    {"compile --conv 'c=4 h=5 w=5 k=6 x=nhwc type=bf16' -o .", 1, "not supported in this version", NULL},
    {"compile --conv 'c=4 h=5 w=5 k=6 bias requant' -o .", 1, "not supported in this version", NULL},
    {"compile --conv 'c=4 w=5 k=6 type=u8,s8,s32' --layout nwc -o .", 1, "not supported in this version", NULL},
    /* layers and schedules in files */
    {"compile missing.txt -o .", 1, "cannot read missing.txt: No such file", NULL},
    {"compile / -o .", 1, "cannot read /: Is a directory", NULL},
    {"compile - -o .", 1, "<stdin>:2:", "layer a\n  c=1 h=1 w=1 k=0\n"},
    {"compile - -o .", 1, "<stdin>", ""},
    {"compile - -o .", 1, "<stdin>:1:", "mb1_ic3_ih4oc\n"},
    {"show " LAYER "--schedule missing.txt", 1, "cannot read missing.txt", NULL},
    {"show " LAYER "--schedule -", 1, "<stdin>:1:1", "splt k 3 -> ko ki\n"},
    {"show " LAYER "--schedule -", 1, "<stdin>:2:", "split k 3 -> ko ki\nsplit z 2 -> zo zi\n"},
    {"show " LAYER "--schedule -", 1, "say tail=", "split k 4 -> ko ki\n"},
    /* folders */
    {"compile " LAYER "-o /proc/missing/folder", 1, "/proc/missing/folder", NULL},
    {"compile " LAYER "-o /proc/septet", 1, "/proc/septet", NULL},
    {"compile " LAYER "-o /dev/null", 1, "/dev/null is not a folder", NULL},
};

static char folder[] = "/tmp/septet_usage_XXXXXX";

static void setup(void) {
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int entries(void) {
    DIR *stream = opendir(folder);
    ck_assert_ptr_nonnull(stream);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL;) count += entry->d_name[0] != '.';
    closedir(stream);
    return count;
}

static void teardown(void) {
    rmdir(folder);
}

START_TEST(test_wrong_usage) {
    const Case *wrong = &cases[_i];
    const CommandResult *result = run_command(folder, wrong->arguments, wrong->input);
    ck_assert_msg(result->status == wrong->status, "septet %s: exit status %d instead of %d\n%s", wrong->arguments,
                  result->status, wrong->status, result->err);
    ck_assert_msg(strstr(result->err, wrong->says) != NULL, "septet %s: said\n%s\nwithout '%s'", wrong->arguments,
                  result->err, wrong->says);
    ck_assert_msg(result->err[0] != '\0', "septet %s: fails without a word", wrong->arguments);
    ck_assert_msg(result->out[0] == '\0', "septet %s: printed\n%s", wrong->arguments, result->out);
    ck_assert_msg(entries() == 0, "septet %s: left a file", wrong->arguments);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("usage");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, test_wrong_usage, 0, (int)(sizeof cases / sizeof cases[0]));
    return run_tests(tests);
}
