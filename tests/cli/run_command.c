/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the septet command through the shell, with its output in temporary files. */
#include "tests/cli/run_command.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_file(const char *path, char *out) {
    FILE *file = fopen(path, "r");
    size_t length = file != NULL ? fread(out, 1, COMMAND_MAX_OUTPUT - 1, file) : 0;
    out[length] = '\0';
    if (file != NULL) fclose(file);
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

const CommandResult *run_command(const char *in, const char *arguments, const char *input) {
    static CommandResult result;
    char folder[] = "/tmp/septet_run_XXXXXX", in_path[64], out_path[64], err_path[64], line[8192];
    const char *septet = getenv("SEPTET");
    ck_assert_msg(septet != NULL, "SEPTET is to name the command");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(in_path, sizeof in_path, "%s/in", folder);
    snprintf(out_path, sizeof out_path, "%s/out", folder);
    snprintf(err_path, sizeof err_path, "%s/err", folder);
    write_file(in_path, input != NULL ? input : "");
    int length = snprintf(line, sizeof line, "cd '%s' && '%s' %s <%s >%s 2>%s", in != NULL ? in : ".", septet,
                          arguments, in_path, out_path, err_path);
    ck_assert_int_lt(length, (int)sizeof line);
    int status = system(line);
    result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    read_file(out_path, result.out);
    read_file(err_path, result.err);
    unlink(in_path);
    unlink(out_path);
    unlink(err_path);
    rmdir(folder);
    return &result;
}
