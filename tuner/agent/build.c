/* SPDX-License-Identifier: Apache-2.0 */
/* Builders: each lowers a candidate and emits its object in a child, since LLVM may crash, hang or end its process. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tuner/agent/lock.h"
#include "tuner/agent/measure.h"
#include "tuner/compile_object.h"

enum { MESSAGE_BYTES = 2048 };

/* How far a builder got, in memory shared with the agent. */
typedef enum BuildStep { BUILD_LOWERING, BUILD_EMITTING, BUILD_DONE } BuildStep;

typedef struct BuildReport {
    BuildStep step; /* after BUILD_DONE all went well */
    Status status;
    char message[MESSAGE_BYTES];
    size_t length, exact_length; /* of what the file holds: the object, unless it was brought, and the exact one */
    int64_t packed_bytes, workspace_bytes;
} BuildReport;

typedef struct Building {
    Context *context;
    Trial *trial;
    BuildReport *report; /* shared */
    int file;            /* receives the objects */
} Building;

static Status make_plan(Context *context, const Trial *trial, const Plan **out) {
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

static Status write_object(Context *context, int file, const KernelObject *object) {
    const char *bytes = object->bytes;
    size_t length = object->length;
    while (length > 0) {
        ssize_t count = write(file, bytes, length);
        if (count <= 0) return diag_error(context, STATUS_IO, "cannot keep the object");
        bytes += count;
        length -= (size_t)count;
    }
    return STATUS_OK;
}

static Status emit_object(const Building *building, const Plan *plan, KernelObject *out) {
    const AgentObject *brought = &building->trial->object;
    if (brought->bytes != NULL) {
        *out = object_of_plan(plan, brought->bytes, brought->length);
        return STATUS_OK;
    }
    TRY(object_compile(building->context, plan, out));
    building->report->length = out->length;
    return write_object(building->context, building->file, out);
}

static Status build_body(void *data) {
    const Building *building = data;
    BuildReport *report = building->report;
    const Plan *plan;
    KernelObject object, exact;
    TRY(make_plan(building->context, building->trial, &plan));
    report->step = BUILD_EMITTING;
    TRY(emit_object(building, plan, &object));
    report->packed_bytes = object.packed_bytes;
    report->workspace_bytes = object.workspace_bytes;
    TRY(object_compile_exact(building->context, plan, &object, &exact));
    if (exact.bytes == object.bytes) return STATUS_OK;
    report->exact_length = exact.length;
    return write_object(building->context, building->file, &exact);
}

/* In the child. */
static void build(void *data) {
    const Building *building = data;
    BuildReport *report = building->report;
    report->status = context_run(building->context, build_body, data);
    snprintf(report->message, sizeof report->message, "%s", diag_message(building->context));
    if (report->status == STATUS_OK) report->step = BUILD_DONE;
}

static Status read_bytes(const Building *building, size_t length, size_t offset, const char **out) {
    char *bytes = arena_alloc(building->context, length);
    if (pread(building->file, bytes, length, (off_t)offset) != (ssize_t)length)
        return diag_error(building->context, STATUS_IO, "cannot read the object");
    *out = bytes;
    return STATUS_OK;
}

static Status read_objects(const Building *building) {
    const BuildReport *report = building->report;
    AgentObject *object = &building->trial->object;
    if (object->bytes == NULL) {
        TRY(read_bytes(building, report->length, 0, &object->bytes));
        object->length = report->length;
    }
    if (report->exact_length > 0) {
        TRY(read_bytes(building, report->exact_length, report->length, &object->exact));
        object->exact_length = report->exact_length;
    }
    object->packed_bytes = report->packed_bytes;
    object->workspace_bytes = report->workspace_bytes;
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
        return read_objects(building);
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
    building->file = memfd_create("septet objects", MFD_CLOEXEC);
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
        bool is_known = trial->object.bytes != NULL && trial->object.packed_bytes > 0;
        if (trial->measurement.status == MEASUREMENT_OK && !is_known) status = start_builder(crew, trial);
    }
    return status;
}

static void note_hashes(Trial *trials, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const AgentObject *object = &trials[i].object;
        if (trials[i].measurement.status == MEASUREMENT_OK)
            measurement_hash_object(object->bytes, object->length, trials[i].measurement.object_sha256);
    }
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
    if (status == STATUS_OK) note_hashes(trials, next);
    return status;
}
