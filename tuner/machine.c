/* SPDX-License-Identifier: Apache-2.0 */
/* Cross compiling the runner, linking objects, becoming the emulator. Files are handed to the emulator by descriptor:
 * nothing of them is left on disk while it runs. */
#include "tuner/machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tuner/cross_build.h"
#include "tuner/kernel_runner_source.h"

enum { WORD_BYTES = 32 };

const char *machine_emulator_missing(const Target *target) {
    const Emulator *emulator = &target->emulator;
    if (emulator->program == NULL) return "an emulator";
    if (!cross_find_program(emulator->program)) return emulator->program;
    return cross_find_program(emulator->compiler) ? NULL : emulator->compiler;
}

static Status check_can_run(Context *context, const Target *target, bool *is_emulated) {
    const char *lacking;
    *is_emulated = !target_runs_here(target, &lacking);
    const char *missing = *is_emulated ? machine_emulator_missing(target) : NULL;
    if (missing == NULL) return STATUS_OK;
    if (target->emulator.program == NULL)
        return diag_error(context, STATUS_UNSUPPORTED, "this machine cannot run %s: it lacks %s", target->name,
                          lacking);
    return diag_error(context, STATUS_UNSUPPORTED,
                      "this machine cannot run %s: it lacks %s, and to emulate it %s is not installed", target->name,
                      lacking, missing);
}

static Status compile_runner(Context *context, const Machine *machine, int *out) {
    static const char *const arguments[] = {
        "-std=c17", "-D_DEFAULT_SOURCE", "-O1", "-I.", "tuner/kernel_runner.c", "-ldl", NULL};
    const FileContent inputs[] = {
        {"kernel_runner.c", kernel_runner_source, sizeof kernel_runner_source},
        {"run_record.h", run_record_source, sizeof run_record_source},
    };
    return cross_build(context, &(CrossBuild){machine->target->emulator.compiler, arguments, inputs, 2}, out);
}

Status machine_new(Context *context, const Target *target, Machine *out) {
    *out = (Machine){.target = target, .runner = -1};
    TRY(check_can_run(context, target, &out->is_emulated));
    return out->is_emulated ? compile_runner(context, out, &out->runner) : STATUS_OK;
}

void machine_free(Machine *machine) {
    if (machine->is_emulated && machine->runner >= 0) close(machine->runner);
    machine->is_emulated = false;
}

/* What kernels with loops on cores call: an emulator runs their tasks one after the other, the last one first. Without
 * a division, for which Armv7 would call libgcc: objects are linked with nothing else. */
static const char tasks_source[] =
    "#include <stddef.h>\n"
    "void septet_parallel_for(size_t tasks, size_t workers, void (*body)(void *, size_t, size_t), void *closure) {\n"
    "    size_t worker = 0;\n"
    "    while (tasks-- > 0) {\n"
    "        body(closure, tasks, worker);\n"
    "        worker = worker + 1 < workers ? worker + 1 : 0;\n"
    "    }\n"
    "}\n";

/* Does the object name septet_parallel_for? */
static bool wants_tasks(const char *bytes, size_t length) {
    static const char name[] = "septet_parallel_for";
    for (size_t i = 0; i + sizeof name <= length; i++)
        if (memcmp(bytes + i, name, sizeof name) == 0) return true;
    return false;
}

Status machine_link(Context *context, const Machine *machine, const char *bytes, size_t length, int *out) {
    const char *arguments[] = {"-shared",     "-fPIC",          "-nostdlib", "-Wl,-z,defs",
                               "-Wl,-z,text", "tuner/kernel.o", NULL,        NULL};
    const FileContent inputs[] = {{"kernel.o", bytes, length}, {"tasks.c", tasks_source, sizeof tasks_source - 1}};
    bool tasks = wants_tasks(bytes, length);
    if (tasks) arguments[6] = "tuner/tasks.c";
    return cross_build(context, &(CrossBuild){machine->target->emulator.compiler, arguments, inputs, tasks ? 2 : 1},
                       out);
}

/* What an emulator says about a crash is known from its exit status. */
static void be_silent(void) {
    int nothing = open("/dev/null", O_WRONLY);
    if (nothing < 0) return;
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
}

void machine_become(const Machine *machine, int library, const char *name, const Guarded *record) {
    const Emulator *emulator = &machine->target->emulator;
    char program[WORD_BYTES], kernel[WORD_BYTES], file[WORD_BYTES], mapping[WORD_BYTES], offset[WORD_BYTES];
    snprintf(program, sizeof program, "/proc/self/fd/%d", machine->runner);
    snprintf(kernel, sizeof kernel, "/proc/self/fd/%d", library);
    snprintf(file, sizeof file, "%d", record->file);
    snprintf(mapping, sizeof mapping, "%zu", record->mapping_bytes);
    snprintf(offset, sizeof offset, "%zu", (size_t)((unsigned char *)record->data - record->mapping));
    be_silent();
    execlp(emulator->program, emulator->program, "-cpu", emulator->cpu, "-L", emulator->root, program, kernel, name,
           file, mapping, offset, (char *)NULL);
}
