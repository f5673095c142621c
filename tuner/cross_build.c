/* SPDX-License-Identifier: Apache-2.0 */
/* A compiler driver in a child process, in a folder that is removed in every case. */
#include "tuner/cross_build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/signals.h"

enum { MESSAGE_LIMIT_BYTES = 1 << 20, MAX_ARGUMENTS = 16, EXIT_NOT_FOUND = 127 };

static const char input_folder[] = "tuner", output_name[] = "output", message_name[] = "messages";

typedef struct Building {
    Context *context;
    const CrossBuild *build;
    const char *folder; /* NULL until it is made */
    sigset_t signals;   /* that were blocked before */
    int file;           /* -1 until it is open */
} Building;

bool cross_find_program(const char *name) {
    const char *path = getenv("PATH");
    size_t name_length = strlen(name);
    while (path != NULL && *path != '\0') {
        size_t length = strcspn(path, ":");
        char candidate[4096];
        int printed = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, path, name);
        bool fits = length + name_length + 2 <= sizeof candidate && printed > 0;
        if (fits && access(candidate, X_OK) == 0) return true;
        path += length + (path[length] == ':');
    }
    return false;
}

static const char *path_in(const Building *building, const char *name) {
    return arena_format(building->context, "%s/%s", building->folder, name);
}

static Status make_folder(Building *building) {
    Context *context = building->context;
    const char *parent = getenv("TMPDIR");
    if (parent == NULL) parent = "/tmp";
    size_t bytes = strlen(parent) + sizeof "/septet-XXXXXX";
    char *folder = arena_alloc(context, bytes);
    snprintf(folder, bytes, "%s/septet-XXXXXX", parent);
    if (mkdtemp(folder) == NULL)
        return diag_error(context, STATUS_IO, "cannot make a folder in %s: %s", parent, strerror(errno));
    building->folder = folder;
    return STATUS_OK;
}

static const char *input_path(const Building *building, size_t index) {
    return arena_format(building->context, "%s/%s/%s", building->folder, input_folder,
                        building->build->inputs[index].path);
}

static Status write_inputs(const Building *building) {
    const CrossBuild *build = building->build;
    Context *context = building->context;
    FileContent *files = ARENA_ARRAY(context, FileContent, build->input_count);
    for (size_t i = 0; i < build->input_count; i++) {
        files[i] = build->inputs[i];
        files[i].path = input_path(building, i);
    }
    return file_write_folder(context, path_in(building, input_folder), files, build->input_count);
}

/* In the child: becomes the compiler. */
static void become_compiler(const Building *building) {
    const char *arguments[MAX_ARGUMENTS] = {building->build->compiler, "-o", output_name};
    int count = 3;
    for (int i = 0; building->build->arguments[i] != NULL && count < MAX_ARGUMENTS - 1; i++)
        arguments[count++] = building->build->arguments[i];
    signals_release(&building->signals);
    if (chdir(building->folder) != 0) return;
    int messages = open(message_name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (messages < 0) return;
    dup2(messages, STDOUT_FILENO);
    dup2(messages, STDERR_FILENO);
    setenv("LC_ALL", "C", 1);
    execvp(arguments[0], (char *const *)arguments);
}

static Status report_failure(const Building *building) {
    Context *context = building->context;
    const Source *messages;
    TRY(file_read(context, path_in(building, message_name), MESSAGE_LIMIT_BYTES, &messages));
    return diag_error(context, STATUS_INVALID, "%s: %s", building->build->compiler, messages->text);
}

static Status run_compiler(const Building *building) {
    Context *context = building->context;
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) return diag_error(context, STATUS_NO_MEMORY, "cannot start a process: %s", strerror(errno));
    if (child == 0) {
        become_compiler(building);
        _exit(EXIT_NOT_FOUND);
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return STATUS_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_FOUND)
        return diag_error(context, STATUS_IO, "cannot run %s", building->build->compiler);
    return report_failure(building);
}

static Status build_body(void *data) {
    Building *building = data;
    TRY(make_folder(building));
    TRY(write_inputs(building));
    TRY(run_compiler(building));
    building->file = open(path_in(building, output_name), O_RDONLY);
    if (building->file >= 0) return STATUS_OK;
    return diag_error(building->context, STATUS_IO, "%s made nothing", building->build->compiler);
}

static Status remove_body(void *data) {
    const Building *building = data;
    if (building->folder == NULL) return STATUS_OK;
    for (size_t i = 0; i < building->build->input_count; i++) unlink(input_path(building, i));
    unlink(path_in(building, output_name));
    unlink(path_in(building, message_name));
    rmdir(path_in(building, input_folder));
    rmdir(building->folder);
    return STATUS_OK;
}

Status cross_build(Context *context, const CrossBuild *build, int *out) {
    Building building = {.context = context, .build = build, .file = -1};
    signals_hold(&building.signals);
    Status status = context_run(context, build_body, &building);
    context_run(context, remove_body, &building);
    signals_release(&building.signals);
    if (status != STATUS_OK && building.file >= 0) close(building.file);
    *out = status == STATUS_OK ? building.file : -1;
    return status;
}
