/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers of random numbers, and a kernel that runs on them. */
#include "tuner/measuring/subject.h"

#include <math.h>
#include <string.h>

#include "base/random.h"

enum { ALIGNMENT = 64, DATA_SEED = 1 };

int64_t data_taps(const Problem *problem) {
    return problem_w_elements(problem) / problem->k;
}

/* Uniform in [low, low + range). */
static float *new_floats(int64_t count, double low, double range, Random *random, Pages *pages) {
    *pages = pages_new((size_t)count * sizeof(float));
    float *floats = pages->data;
    for (int64_t i = 0; floats != NULL && i < count; i++) floats[i] = (float)(low + range * random_uniform(random));
    return floats;
}

Status data_new(Context *context, const Problem *problem, LayerData *out) {
    Random random = random_new(DATA_SEED, 0);
    double range = 4 / sqrt((double)data_taps(problem));
    *out = (LayerData){.problem = problem};
    out->x = new_floats(problem_x_elements(problem), 0, 1, &random, &out->pages[0]);
    out->weights = new_floats(problem_w_elements(problem), -range / 2, range, &random, &out->pages[1]);
    out->bias = new_floats(problem->k, 0, 1, &random, &out->pages[2]);
    out->residual = new_floats(problem_y_elements(problem), 0, 1, &random, &out->pages[3]);
    if (out->x != NULL && out->weights != NULL && out->bias != NULL && out->residual != NULL) return STATUS_OK;
    return diag_error(context, STATUS_NO_MEMORY, "no memory for the data of a layer");
}

void data_free(LayerData *data) {
    for (size_t i = 0; i < sizeof data->pages / sizeof data->pages[0]; i++) pages_free(&data->pages[i]);
    *data = (LayerData){0};
}

static int64_t round_up(int64_t bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static int call(Subject *subject) {
    const LayerData *data = subject->data;
    const char *packed = subject->packed + subject->next_copy * subject->packed_bytes;
    subject->next_copy = (subject->next_copy + 1) % subject->copies;
    return kernel_call(&subject->kernel, data->x, packed, data->bias, data->residual, subject->y, subject->workspace);
}

/* The workspace is written to, so that it too has pages of its own. */
static bool allocate(const KernelObject *object, Subject *subject) {
    subject->packed_bytes = round_up(object->packed_bytes);
    subject->packed_pages = pages_new((size_t)(subject->packed_bytes * subject->copies));
    subject->y_pages = pages_new((size_t)problem_y_elements(object->problem) * sizeof subject->y[0]);
    subject->workspace_pages = pages_new((size_t)object->workspace_bytes);
    subject->packed = subject->packed_pages.data;
    subject->y = subject->y_pages.data;
    subject->workspace = subject->workspace_pages.data;
    if (subject->packed == NULL || subject->y == NULL || subject->workspace == NULL) return false;
    memset(subject->workspace, 1, (size_t)object->workspace_bytes);
    return true;
}

static int pack(Subject *subject) {
    int status = subject->kernel.pack(subject->data->weights, subject->packed);
    for (int64_t i = 1; status == SEPTET_OK && i < subject->copies; i++)
        memcpy(subject->packed + i * subject->packed_bytes, subject->packed, (size_t)subject->packed_bytes);
    return status;
}

Status subject_new(Context *context, const KernelObject *object, const LayerData *data, int64_t copies, Subject *out) {
    *out = (Subject){.data = data, .copies = copies};
    TRY(kernel_load(context, object->name, object->problem, object->bytes, object->length, &out->kernel));
    if (!allocate(object, out)) return diag_error(context, STATUS_NO_MEMORY, "no memory for the buffers of a kernel");
    int status = pack(out);
    if (status == SEPTET_OK) status = call(out);
    if (status == SEPTET_OK) return STATUS_OK;
    return diag_error(context, STATUS_WRONG, "%s: %s", object->name, kernel_status_text(status));
}

void subject_free(Subject *subject) {
    pages_free(&subject->packed_pages);
    pages_free(&subject->y_pages);
    pages_free(&subject->workspace_pages);
    kernel_unload(&subject->kernel);
    *subject = (Subject){0};
}

void subject_run(void *subject, int64_t count) {
    for (int64_t i = 0; i < count; i++) call(subject);
}
