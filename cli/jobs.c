/* SPDX-License-Identifier: Apache-2.0 */
/* Workers take the next job of a list as long as there is one. Jobs are begun in the order of the list, so that all
 * before one that failed have been begun too, and the first failure is the same for any number of workers. */
#include "cli/jobs.h"

#include <stdatomic.h>
#include <threads.h>
#include <unistd.h>

typedef struct Run {
    size_t count;
    JobBody *body;
    void *data;
    atomic_size_t next;
    atomic_bool failed;
} Run;

typedef struct Worker {
    Context *context;
    Run *run;
    size_t job;    /* under way, or the one that failed */
    Status status; /* of that one */
    size_t notes;  /* that the caller's context has already */
    thrd_t thread;
    bool started;
} Worker;

struct Jobs {
    const Allocator *allocator;
    int count;
    Worker workers[JOBS_MAX_WORKERS]; /* the first is the caller */
};

int jobs_cores(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > JOBS_MAX_WORKERS ? JOBS_MAX_WORKERS : (int)cores;
}

void jobs_free(Jobs *jobs) {
    if (jobs == NULL) return;
    for (int i = 1; i < jobs->count; i++) context_free(jobs->workers[i].context);
    alloc_free(jobs->allocator, jobs);
}

Status jobs_new(Context *context, int workers, Jobs **out) {
    const Allocator *allocator = context_allocator(context);
    Jobs *jobs = alloc_new(allocator, sizeof *jobs);
    if (jobs == NULL) return diag_error(context, STATUS_NO_MEMORY, "out of memory");
    *jobs = (Jobs){.allocator = allocator, .count = 1, .workers = {{.context = context}}};
    for (; jobs->count < workers; jobs->count++) {
        if (context_new(allocator, &jobs->workers[jobs->count].context) == STATUS_OK) continue;
        jobs_free(jobs);
        return diag_error(context, STATUS_NO_MEMORY, "out of memory");
    }
    *out = jobs;
    return STATUS_OK;
}

static Status run_job(void *data) {
    const Worker *worker = data;
    return worker->run->body(worker->context, worker->job, worker->run->data);
}

static int work(void *data) {
    Worker *worker = data;
    Run *run = worker->run;
    while (!atomic_load(&run->failed)) {
        worker->job = atomic_fetch_add(&run->next, 1);
        if (worker->job >= run->count) break;
        worker->status = context_run(worker->context, run_job, worker);
        if (worker->status != STATUS_OK) atomic_store(&run->failed, true);
    }
    return 0;
}

/* The worker whose job failed and is the first of the list; NULL when there is none. */
static const Worker *find_failure(const Jobs *jobs) {
    const Worker *first = NULL;
    for (int i = 0; i < jobs->count; i++) {
        const Worker *worker = &jobs->workers[i];
        if (worker->status != STATUS_OK && (first == NULL || worker->job < first->job)) first = worker;
    }
    return first;
}

static void bring_notes(Jobs *jobs) {
    Context *caller = jobs->workers[0].context;
    for (int i = 1; i < jobs->count; i++) {
        Worker *worker = &jobs->workers[i];
        for (const char *note; (note = diag_note_get(worker->context, worker->notes)) != NULL; worker->notes++)
            diag_note(caller, "%s", note);
    }
}

Status jobs_run(Jobs *jobs, size_t count, JobBody *body, void *data) {
    Run run = {.count = count, .body = body, .data = data};
    Context *caller = jobs->workers[0].context;
    for (int i = 0; i < jobs->count; i++) {
        jobs->workers[i].run = &run;
        jobs->workers[i].status = STATUS_OK;
    }
    for (int i = 1; i < jobs->count && (size_t)i < count; i++) {
        Worker *worker = &jobs->workers[i];
        worker->started = thrd_create(&worker->thread, work, worker) == thrd_success; /* if not, there are others */
    }
    work(&jobs->workers[0]);
    for (int i = 1; i < jobs->count; i++) {
        if (jobs->workers[i].started) thrd_join(jobs->workers[i].thread, NULL);
        jobs->workers[i].started = false;
    }
    bring_notes(jobs);
    const Worker *failure = find_failure(jobs);
    if (failure == NULL || failure->context == caller) return failure == NULL ? STATUS_OK : failure->status;
    return diag_error(caller, failure->status, "%s", diag_message(failure->context));
}
