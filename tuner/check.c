/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a kernel on each data set and compares. */
#include "tuner/check.h"

#include <string.h>
#include <unistd.h>

#include "tuner/check_internal.h"

enum { FLOAT_ALIGNMENT = 4, BLOCK_ALIGNMENT = 64 };

const char *check_verdict_name(CheckVerdict verdict) {
    static const char *const names[] = {"ok", "wrong", "crashed", "run_timeout"};
    return names[verdict];
}

static size_t float_bytes(int64_t elements) {
    return sizeof(float) * (size_t)elements;
}

static void free_buffers(CheckBuffers *buffers) {
    guarded_free(&buffers->x);
    guarded_free(&buffers->weights);
    guarded_free(&buffers->bias);
    guarded_free(&buffers->residual);
    guarded_free(&buffers->packed);
    guarded_free(&buffers->y);
    guarded_free(&buffers->workspace);
}

/* What was mapped before a failure is in *out and is to be freed. */
static Status new_buffers(Context *context, const KernelObject *object, CheckBuffers *out) {
    const Problem *problem = object->problem;
    TRY(guarded_new(context, float_bytes(problem_x_elements(problem)), FLOAT_ALIGNMENT, &out->x));
    TRY(guarded_new(context, float_bytes(problem_w_elements(problem)), FLOAT_ALIGNMENT, &out->weights));
    TRY(guarded_new(context, float_bytes(problem->k), FLOAT_ALIGNMENT, &out->bias));
    if (problem_has(problem, EPILOGUE_ADD))
        TRY(guarded_new(context, float_bytes(problem_y_elements(problem)), FLOAT_ALIGNMENT, &out->residual));
    TRY(guarded_new(context, float_bytes(problem_y_elements(problem)), FLOAT_ALIGNMENT, &out->y));
    TRY(guarded_new(context, (size_t)object->packed_bytes, BLOCK_ALIGNMENT, &out->packed));
    return guarded_new(context, (size_t)object->workspace_bytes, BLOCK_ALIGNMENT, &out->workspace);
}

static void poison(const Guarded *buffer) {
    float *elements = buffer->data, value = check_poison();
    for (size_t i = 0; i < buffer->bytes / sizeof value; i++) elements[i] = value;
}

static void fill_buffers(const DataSet *set, const CheckBuffers *buffers, bool in_place) {
    memcpy(buffers->x.data, set->x, buffers->x.bytes);
    memcpy(buffers->weights.data, set->weights, buffers->weights.bytes);
    memcpy(buffers->bias.data, set->bias, buffers->bias.bytes);
    if (set->residual != NULL) memcpy(buffers->residual.data, set->residual, buffers->residual.bytes);
    poison(&buffers->packed);
    poison(&buffers->y);
    if (in_place) memcpy(buffers->y.data, set->residual, buffers->y.bytes);
    poison(&buffers->workspace);
}

typedef struct Checking {
    Context *context;
    const CheckReference *reference;
    CheckSubject given, exact; /* the second without inexact activations */
    CheckBuffers buffers;
    CheckReport *out;
} Checking;

/* An emulator runs a library; a kernel that does not link is wrong, and no error of ours. */
static Status link_subject(const Checking *checking, CheckSubject *subject) {
    Context *context = checking->context;
    if (!subject->machine->is_emulated) return STATUS_OK;
    Status status =
        machine_link(context, subject->machine, subject->object->bytes, subject->object->length, &subject->library);
    if (status != STATUS_INVALID) return status;
    checking->out->verdict = CHECK_CRASHED;
    checking->out->phase = "link";
    checking->out->detail = arena_format(context, "the object cannot be linked: %s", diag_message(context));
    return STATUS_OK;
}

/* Runs the kernel on one data set and compares. */
static Status check_set(Checking *checking, const DataSet *set, bool in_place) {
    CheckReport *out = checking->out;
    const CheckSubject *subject = set->exact ? &checking->exact : &checking->given;
    fill_buffers(set, &checking->buffers, in_place);
    TRY(check_run(checking->context, subject, &checking->buffers, in_place, out));
    if (out->verdict == CHECK_OK)
        check_compare(checking->context, checking->reference, set, checking->buffers.y.data, out);
    if (out->verdict != CHECK_OK && in_place)
        out->detail = arena_format(checking->context, "residual in place: %s", out->detail);
    return STATUS_OK;
}

static Status link_exact(Checking *checking) {
    CheckSubject *exact = &checking->exact;
    if (exact->object->bytes != checking->given.object->bytes) return link_subject(checking, exact);
    exact->library = checking->given.library;
    return STATUS_OK;
}

static Status check_body(void *data) {
    Checking *checking = data;
    TRY(link_subject(checking, &checking->given));
    TRY(link_exact(checking));
    TRY(new_buffers(checking->context, checking->given.object, &checking->buffers));
    for (int i = 0; i < DATA_COUNT && checking->out->verdict == CHECK_OK; i++) {
        const DataSet *set = &checking->reference->sets[i];
        TRY(check_set(checking, set, false));
        bool in_place = set->exact && set->residual != NULL && checking->out->verdict == CHECK_OK;
        if (in_place) TRY(check_set(checking, set, true));
    }
    return STATUS_OK;
}

/* The two may be the same. */
static void close_libraries(const Checking *checking) {
    int given = checking->given.library, exact = checking->exact.library;
    if (given >= 0) close(given);
    if (exact >= 0 && exact != given) close(exact);
}

Status check_object_on(Context *context, const Machine *machine, const CheckReference *reference,
                       const KernelObject *given, const KernelObject *exact, CheckReport *out) {
    *out = (CheckReport){.verdict = CHECK_OK, .detail = "", .bound = reference->bound};
    Checking checking = {.context = context,
                         .reference = reference,
                         .given = {.object = given, .machine = machine, .library = -1},
                         .exact = {.object = exact, .machine = machine, .library = -1},
                         .out = out};
    Status status = context_run(context, check_body, &checking);
    free_buffers(&checking.buffers);
    close_libraries(&checking);
    return status;
}
