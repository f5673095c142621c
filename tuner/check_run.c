/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a kernel in a forked child. The child links the object, packs, makes the inputs read-only and calls; how
 * far it got stands in memory that it shares with the parent, which outlives any crash. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tuner/check_internal.h"
#include "tuner/kernel.h"

/* Generous: the slowest kernel (seven loops, scalar, on a loaded machine) makes 50 million flops a second. */
enum { LIMIT_FLOOR_SECONDS = 30 };
static const double slowest_flops_per_second = 5e7;

typedef enum Phase { PHASE_LINK, PHASE_SUPPORTED, PHASE_PACK, PHASE_RUN, PHASE_DONE } Phase;

/* Written by the child, read by the parent after its end. */
typedef struct Progress {
    Phase phase; /* under way; after PHASE_DONE all went well */
    int status;  /* what the phase's function returned when it failed */
    char message[256];
} Progress;

typedef struct Job {
    const CheckSubject *subject;
    const CheckBuffers *buffers;
    bool in_place;
    Progress *progress;
    unsigned limit_seconds;
} Job;

/* A crash is to end the child at once: no handlers of the parent's, no core file. */
static void prepare_child(unsigned limit_seconds) {
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGINT, SIGTERM};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    alarm(limit_seconds);
}

static bool link_kernel(const Job *job, Kernel *kernel) {
    Context *context;
    job->progress->phase = PHASE_LINK;
    if (context_new(alloc_default(), &context) != STATUS_OK) return false;
    const CheckSubject *subject = job->subject;
    const Plan *plan = subject->plan;
    Status status = kernel_load(context, plan->name, &plan->problem, subject->bytes, subject->length, kernel);
    if (status != STATUS_OK) {
        snprintf(job->progress->message, sizeof job->progress->message, "%s", diag_message(context));
    }
    context_free(context);
    return status == STATUS_OK;
}

/* Runs all phases; stops in the one that fails. */
static void run_phases(const Job *job) {
    const CheckBuffers *buffers = job->buffers;
    Progress *progress = job->progress;
    Kernel kernel;
    if (!link_kernel(job, &kernel)) return;
    progress->phase = PHASE_SUPPORTED;
    if (!kernel.supported()) return;
    progress->phase = PHASE_PACK;
    guarded_make_constant(&buffers->x);
    guarded_make_constant(&buffers->weights);
    guarded_make_constant(&buffers->bias);
    guarded_make_constant(&buffers->residual);
    progress->status = kernel.pack(buffers->weights.data, buffers->packed.data);
    if (progress->status != SEPTET_OK) return;
    progress->phase = PHASE_RUN;
    guarded_make_constant(&buffers->packed);
    const float *residual = job->in_place ? buffers->y.data : buffers->residual.data;
    progress->status = kernel_call(&kernel, buffers->x.data, buffers->packed.data, buffers->bias.data, residual,
                                   buffers->y.data, buffers->workspace.data);
    if (progress->status == SEPTET_OK) progress->phase = PHASE_DONE;
}

static const char *phase_text(Phase phase) {
    static const char *const texts[] = {"linking the object", "NAME_supported", "NAME_pack", "the kernel", "the end"};
    return texts[phase];
}

static void judge_signal(Context *context, const Job *job, int number, CheckReport *out) {
    const char *phase = phase_text(job->progress->phase);
    if (number == SIGALRM) {
        out->verdict = CHECK_TIMEOUT;
        out->detail = arena_format(context, "%s did not end within %u s", phase, job->limit_seconds);
        return;
    }
    bool memory = number == SIGSEGV || number == SIGBUS;
    out->verdict = CHECK_CRASHED;
    out->detail = arena_format(context, "%s was ended by signal %d (%s)%s", phase, number, strsignal(number),
                               memory ? ": it reads or writes outside its buffers" : "");
}

static void judge_progress(Context *context, const Progress *progress, CheckReport *out) {
    if (progress->phase == PHASE_DONE) return;
    out->verdict = CHECK_CRASHED;
    if (progress->phase == PHASE_LINK) {
        out->detail = arena_format(context, "the object cannot be linked: %s", progress->message);
    } else if (progress->phase == PHASE_SUPPORTED) {
        out->detail = "NAME_supported says no on a machine that runs the target";
    } else {
        out->detail = arena_format(context, "%s returned %d: %s", phase_text(progress->phase), progress->status,
                                   kernel_status_text(progress->status));
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

static Status run_child(Context *context, const Job *job, CheckReport *out) {
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) return diag_error(context, STATUS_NO_MEMORY, "cannot start a process: %s", strerror(errno));
    if (child == 0) {
        prepare_child(job->limit_seconds);
        run_phases(job);
        _exit(0);
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFSIGNALED(status)) {
        judge_signal(context, job, WTERMSIG(status), out);
    } else if (WEXITSTATUS(status) != 0) {
        out->verdict = CHECK_CRASHED;
        out->detail = arena_format(context, "%s ended the process with status %d", phase_text(job->progress->phase),
                                   WEXITSTATUS(status));
    } else {
        judge_progress(context, job->progress, out);
    }
    if (out->verdict == CHECK_OK) judge_buffers(job->buffers, out);
    return STATUS_OK;
}

Status check_run(Context *context, const CheckSubject *subject, const CheckBuffers *buffers, bool in_place,
                 CheckReport *out) {
    Guarded progress;
    TRY(guarded_new(context, sizeof(Progress), sizeof(uint64_t), &progress));
    double seconds = LIMIT_FLOOR_SECONDS + problem_flops(&subject->plan->problem) / slowest_flops_per_second;
    Job job = {subject, buffers, in_place, progress.data, (unsigned)seconds};
    Status status = run_child(context, &job, out);
    guarded_free(&progress);
    return status;
}
