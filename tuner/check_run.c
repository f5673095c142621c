/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a kernel in a forked child. The child links the object, packs, makes the inputs read-only and calls, or
 * becomes an emulator that does so; how far it got stands in memory that it shares with the parent, which outlives any
 * crash. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tuner/check_internal.h"
#include "tuner/kernel.h"
#include "tuner/run_record.h"

/* Generous: the slowest kernel (seven loops, scalar, on a loaded machine) makes 50 million flops a second, and an
 * emulated one a tenth of that. */
enum { LIMIT_FLOOR_SECONDS = 30 };
static const double slowest_flops_per_second = 5e7, slowest_emulated_flops_per_second = 5e6;

typedef struct Job {
    const CheckSubject *subject;
    const CheckBuffers *buffers;
    bool in_place;
    const Guarded *memory; /* of the record */
    RunRecord *record;
    unsigned limit_seconds;
} Job;

/* A crash is to end the child at once: no handlers of the parent's, no core file. It goes when the parent goes. */
static void prepare_child(unsigned limit_seconds) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    alarm(limit_seconds);
}

static bool link_kernel(const Job *job, Kernel *kernel) {
    Context *context;
    const KernelObject *object = job->subject->object;
    if (context_new(alloc_default(), &context) != STATUS_OK) return false;
    Status status = kernel_load(context, object->name, object->problem, object->bytes, object->length, kernel);
    if (status != STATUS_OK) snprintf(job->record->message, RUN_MESSAGE_BYTES, "%s", diag_message(context));
    context_free(context);
    return status == STATUS_OK;
}

/* Runs all phases; stops in the one that fails. */
static void run_phases(const Job *job) {
    const CheckBuffers *buffers = job->buffers;
    RunRecord *record = job->record;
    Kernel kernel;
    if (!link_kernel(job, &kernel)) return;
    record->phase = PHASE_SUPPORTED;
    if (!kernel.supported()) return;
    record->phase = PHASE_PACK;
    guarded_make_constant(&buffers->x);
    guarded_make_constant(&buffers->weights);
    guarded_make_constant(&buffers->bias);
    guarded_make_constant(&buffers->residual);
    record->status = kernel.pack(buffers->weights.data, buffers->packed.data);
    if (record->status != SEPTET_OK) return;
    record->phase = PHASE_RUN;
    guarded_make_constant(&buffers->packed);
    const float *residual = job->in_place ? buffers->y.data : buffers->residual.data;
    record->status = kernel_call(&kernel, buffers->x.data, buffers->packed.data, buffers->bias.data, residual,
                                 buffers->y.data, buffers->workspace.data);
    if (record->status == SEPTET_OK) record->phase = PHASE_DONE;
}

static const char *phase_text(int32_t phase) {
    static const char *const texts[] = {"linking the object", "NAME_supported", "NAME_pack", "the kernel", "the end"};
    return texts[phase];
}

/* The same as a word of a record. */
static const char *phase_word(int32_t phase) {
    static const char *const words[] = {"link", "link", "pack", "run", "check"};
    return words[phase];
}

static void judge_signal(Context *context, const Job *job, int number, CheckReport *out) {
    const char *phase = phase_text(job->record->phase);
    if (number == SIGALRM) {
        out->verdict = CHECK_TIMEOUT;
        out->detail = arena_format(context, "%s did not end within %u s", phase, job->limit_seconds);
        return;
    }
    bool memory = number == SIGSEGV || number == SIGBUS;
    out->signal = number;
    out->verdict = CHECK_CRASHED;
    out->detail = arena_format(context, "%s was ended by signal %d (%s)%s", phase, number, strsignal(number),
                               memory ? ": it reads or writes outside its buffers" : "");
}

static void judge_record(Context *context, const RunRecord *record, CheckReport *out) {
    if (record->phase == PHASE_DONE) return;
    out->verdict = CHECK_CRASHED;
    if (record->phase == PHASE_LINK) {
        out->detail = arena_format(context, "the object cannot be linked: %s", record->message);
    } else if (record->phase == PHASE_SUPPORTED) {
        out->detail = "NAME_supported says no on a machine that runs the target";
    } else {
        out->detail = arena_format(context, "%s returned %d: %s", phase_text(record->phase), record->status,
                                   kernel_status_text(record->status));
    }
}

static void judge_buffers(const CheckBuffers *buffers, CheckReport *out) {
    const char *harmed = NULL;
    if (!guarded_intact(&buffers->y)) harmed = "the kernel wrote before the start of y";
    if (!guarded_intact(&buffers->workspace)) harmed = "the kernel wrote before the start of its workspace";
    if (!guarded_intact(&buffers->packed)) harmed = "packing wrote before the start of the packed weights";
    if (harmed == NULL) return;
    out->verdict = CHECK_WRONG;
    out->detail = harmed;
}

static RunBuffer run_buffer(const Guarded *buffer, bool is_constant) {
    if (buffer->mapping == NULL) return (RunBuffer){.file = -1};
    return (RunBuffer){
        .file = buffer->file,
        .is_constant = is_constant,
        .mapping_bytes = buffer->mapping_bytes,
        .data_offset = (uint64_t)((unsigned char *)buffer->data - buffer->mapping),
    };
}

/* Writes down for an emulator what kernel_call knows by names: weights, and the arguments in their order. */
static void record_buffers(const Job *job) {
    const Problem *problem = job->subject->object->problem;
    const CheckBuffers *buffers = job->buffers;
    RunRecord *record = job->record;
    RunBuffer y = run_buffer(&buffers->y, false);
    RunBuffer residual = job->in_place ? y : run_buffer(&buffers->residual, true);
    uint32_t count = 0;
    record->page_bytes = (uint32_t)buffers->x.page_bytes;
    record->weights = run_buffer(&buffers->weights, true);
    record->arguments[count++] = run_buffer(&buffers->x, true);
    record->arguments[count++] = run_buffer(&buffers->packed, true);
    if (problem_has(problem, EPILOGUE_BIAS)) record->arguments[count++] = run_buffer(&buffers->bias, true);
    if (problem_has(problem, EPILOGUE_ADD)) record->arguments[count++] = residual;
    record->arguments[count++] = y;
    record->arguments[count++] = run_buffer(&buffers->workspace, false);
    record->argument_count = count;
}

static void be_child(const Job *job) {
    prepare_child(job->limit_seconds);
    if (!job->subject->machine->is_emulated) {
        run_phases(job);
        _exit(EXIT_SUCCESS);
    }
    machine_become(job->subject->machine, job->subject->library, job->subject->object->name, job->memory);
    _exit(EXIT_FAILURE);
}

static Status run_child(Context *context, const Job *job, CheckReport *out) {
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) return diag_error(context, STATUS_NO_MEMORY, "cannot start a process: %s", strerror(errno));
    if (child == 0) be_child(job);
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFSIGNALED(status)) {
        judge_signal(context, job, WTERMSIG(status), out);
    } else if (WEXITSTATUS(status) != EXIT_SUCCESS) {
        out->verdict = CHECK_CRASHED;
        out->detail = arena_format(context, "%s ended the process with status %d", phase_text(job->record->phase),
                                   WEXITSTATUS(status));
    } else {
        judge_record(context, job->record, out);
    }
    if (out->verdict == CHECK_OK) judge_buffers(job->buffers, out);
    if (out->verdict != CHECK_OK) out->phase = phase_word(job->record->phase);
    return STATUS_OK;
}

static unsigned limit_of(const CheckSubject *subject) {
    double speed = subject->machine->is_emulated ? slowest_emulated_flops_per_second : slowest_flops_per_second;
    return (unsigned)(LIMIT_FLOOR_SECONDS + problem_flops(subject->object->problem) / speed);
}

Status check_run(Context *context, const CheckSubject *subject, const CheckBuffers *buffers, bool in_place,
                 CheckReport *out) {
    Guarded memory;
    TRY(guarded_new(context, sizeof(RunRecord), sizeof(uint64_t), &memory));
    RunRecord *record = memory.data;
    Job job = {subject, buffers, in_place, &memory, record, limit_of(subject)};
    record_buffers(&job);
    Status status = run_child(context, &job, out);
    guarded_free(&memory);
    return status;
}
