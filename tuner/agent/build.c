/* SPDX-License-Identifier: Apache-2.0 */
/* Builders: each lowers a candidate and emits its object in a child, since LLVM may crash, hang or end its process. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tuner/agent/code_bytes.h"
#include "tuner/agent/lock.h"
#include "tuner/agent/measure.h"

enum { MESSAGE_BYTES = 2048 };

/* How far a builder got, in memory shared with the agent. */
typedef enum BuildStep { BUILD_LOWERING, BUILD_EMITTING, BUILD_DONE } BuildStep;

typedef struct BuildReport {
    BuildStep step; /* after BUILD_DONE all went well */
    Status status;
    char message[MESSAGE_BYTES];
} BuildReport;

typedef struct Building {
    Context *context;
    Trial *trial;
    BuildReport *report; /* shared */
    int file;            /* receives the object; -1: the trial brings one */
} Building;

Status trial_plan(Context *context, const Trial *trial, const Plan **out) {
    const char *text = trial->measurement.candidate.schedule;
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){"schedule", text, strlen(text)};
    PlanRequest request = {.name = AGENT_KERNEL_NAME,
                           .problem = &trial->problem,
                           .target = trial->target,
                           .schedule_source = AGENT_SCHEDULE_SOURCE,
                           .threads = (int)trial->measurement.candidate.workers};
    TRY(schedule_parse(context, source, &request.schedule));
    return plan_build(context, &request, out);
}

static Status write_object(Context *context, int file, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t count = write(file, bytes, length);
        if (count <= 0) return diag_error(context, STATUS_IO, "cannot keep the object");
        bytes += count;
        length -= (size_t)count;
    }
    return STATUS_OK;
}

static Status build_body(void *data) {
    const Building *building = data;
    const Plan *plan;
    const char *bytes;
    size_t length;
    TRY(trial_plan(building->context, building->trial, &plan));
    building->report->step = BUILD_EMITTING;
    if (building->file < 0) return STATUS_OK;
    TRY(emit_kernel(building->context, plan, EMIT_OBJECT, &bytes, &length));
    return write_object(building->context, building->file, bytes, length);
}

/* In the child. */
static void build(void *data) {
    const Building *building = data;
    BuildReport *report = building->report;
    report->status = context_run(building->context, build_body, data);
    snprintf(report->message, sizeof report->message, "%s", diag_message(building->context));
    if (report->status == STATUS_OK) report->step = BUILD_DONE;
}

static void note_object(Trial *trial) {
    Measurement *measurement = &trial->measurement;
    measurement_hash_object(trial->bytes, trial->length, measurement->object_sha256);
    measurement->code_bytes = code_bytes(trial->bytes, trial->length);
}

static Status read_object(Context *context, const Building *building) {
    Trial *trial = building->trial;
    if (building->file >= 0) {
        off_t length = lseek(building->file, 0, SEEK_END);
        char *bytes = arena_alloc(context, length > 0 ? (size_t)length : 1);
        if (pread(building->file, bytes, (size_t)length, 0) != length)
            return diag_error(context, STATUS_IO, "cannot read the object");
        trial->bytes = bytes;
        trial->length = (size_t)length;
    }
    note_object(trial);
    TRY(trial_plan(context, trial, &trial->plan));
    KernelSizes sizes;
    emit_sizes(trial->plan, &sizes);
    trial->measurement.packed_bytes = sizes.packed_bytes;
    trial->measurement.workspace_bytes = sizes.workspace_bytes;
    return STATUS_OK;
}

/* What lowering cannot do is a refusal; what emission cannot is one too when it says that this is not supported. */
static Status judge_build(Context *context, const Building *building, const Child *child) {
    const BuildReport *report = building->report;
    Trial *trial = building->trial;
    trial->measurement.build_s = child->seconds;
    if (child->end != CHILD_DONE) {
        trial_fail_by_child(context, trial, child, MEASUREMENT_BUILD_TIMEOUT, MEASUREMENT_BUILD_ERROR, "build");
    } else if (report->status == STATUS_NO_MEMORY) {
        trial_fail(trial, MEASUREMENT_OUT_OF_MEMORY, "build", arena_string(context, report->message));
    } else if (report->step == BUILD_LOWERING || report->status == STATUS_UNSUPPORTED) {
        trial_fail(trial, MEASUREMENT_REFUSED, "build", arena_string(context, report->message));
    } else if (report->step != BUILD_DONE) {
        trial_fail(trial, MEASUREMENT_BUILD_ERROR, "build", arena_string(context, report->message));
    } else {
        return read_object(context, building);
    }
    return STATUS_OK;
}

/* A number of builders that work at the same time. */
typedef struct Crew {
    Context *context;
    const Workplace *workplace;
    const MeasureOptions *options;
    Building building[CHILD_MAX_TOGETHER];
    Child children[CHILD_MAX_TOGETHER];
    size_t count;
} Crew;

static Status start_builder(Crew *crew, Trial *trial) {
    Building *building = &crew->building[crew->count];
    *building = (Building){.context = crew->context, .trial = trial, .file = -1};
    building->report = shared_new(sizeof *building->report);
    if (building->report == NULL) return diag_error(crew->context, STATUS_NO_MEMORY, "no memory for a builder");
    if (trial->bytes == NULL) building->file = memfd_create("septet object", MFD_CLOEXEC);
    ChildLimits limits = crew->workplace->limits;
    limits.seconds = crew->options->build_limit_s;
    limits.memory_bytes = crew->options->memory_limit_bytes;
    Child *child = &crew->children[crew->count++];
    return child_start(crew->context, &limits, build, building, child);
}

static Status judge_crew(void *data) {
    Crew *crew = data;
    for (size_t i = 0; i < crew->count; i++) TRY(judge_build(crew->context, &crew->building[i], &crew->children[i]));
    return STATUS_OK;
}

static void free_crew(Crew *crew) {
    for (size_t i = 0; i < crew->count; i++) {
        shared_free(crew->building[i].report, sizeof *crew->building[i].report);
        if (crew->building[i].file >= 0) close(crew->building[i].file);
    }
    crew->count = 0;
}

static size_t crew_size(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > CHILD_MAX_TOGETHER ? CHILD_MAX_TOGETHER : (size_t)cores;
}

/* Starts builders for trials from *next on. */
static Status start_crew(Crew *crew, Trial *trials, size_t count, size_t *next) {
    Status status = STATUS_OK;
    while (status == STATUS_OK && *next < count && crew->count < crew_size()) {
        Trial *trial = &trials[(*next)++];
        if (trial->measurement.status == MEASUREMENT_OK) status = start_builder(crew, trial);
    }
    return status;
}

Status build_all(Context *context, const Workplace *workplace, Trial *trials, size_t count,
                 const MeasureOptions *options) {
    Crew crew = {.context = context, .workplace = workplace, .options = options};
    Status status = STATUS_OK;
    size_t next = 0;
    while (status == STATUS_OK && next < count) {
        if (!lock_take(workplace->lock, false, workplace->limits.control)) break;
        status = start_crew(&crew, trials, count, &next);
        children_wait(crew.children, crew.count);
        lock_leave(workplace->lock);
        if (status == STATUS_OK) status = context_run(context, judge_crew, &crew);
        free_crew(&crew);
    }
    return status;
}
