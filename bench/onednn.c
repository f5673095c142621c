/* SPDX-License-Identifier: Apache-2.0 */
/* A convolution of oneDNN, made ready and run.
 *
 * The convolution chooses the order of its weights, which are brought into it once. With channels last on both sides
 * x and y stay as they are: oneDNN is as fast so as with layouts of its own. In other layouts two ways are tried, the
 * problem's layouts as they are, and layouts of oneDNN's choice with the reordering of x and y counted; the faster one
 * is the peer. A residual is added in place: y holds it before the first run. */
#include "bench/onednn.h"

#include <stdio.h>
#include <string.h>

#include "bench/onednn_problem.h"

/* Of OpenMP, whose threads oneDNN uses; the header omp.h belongs to one compiler. */
void omp_set_num_threads(int threads);
int omp_get_thread_num(void);

enum { VERSION_BYTES = 32, MAX_ARGUMENTS = 4 };
static const TimingEffort trial_effort = {.samples = 3, .warm_up_limit_ns = 1e8, .retake_limit_ns = 2e8};

/* Activations in the problem's layout, `outer`, and in the one that the convolution wants, which may be the same. */
typedef struct Activations {
    dnnl_memory_t outer, inner;
    bool differ;
    dnnl_primitive_t inward, outward; /* reorders; NULL when not needed */
} Activations;

typedef struct State {
    const LayerData *data;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    OnednnLayouts layouts;
    dnnl_primitive_attr_t attributes;
    dnnl_primitive_desc_t description;
    dnnl_primitive_t convolution;
    Activations x, y;
    dnnl_memory_t bias, *weights; /* `copies` of them */
    int64_t copies, next_copy;
} State;

static OnednnLayout wanted(const State *state, dnnl_query_t what) {
    return dnnl_primitive_desc_query_md(state->description, what, 0);
}

/* A copy of `contents` in oneDNN's memory, in its layout. */
static dnnl_status_t new_memory(const State *state, OnednnLayout layout, const float *contents, dnnl_memory_t *out) {
    void *handle;
    ONEDNN_TRY(dnnl_memory_create(out, layout, state->engine, DNNL_MEMORY_ALLOCATE));
    ONEDNN_TRY(dnnl_memory_get_data_handle(*out, &handle));
    if (contents != NULL) {
        memcpy(handle, contents, dnnl_memory_desc_get_size(layout));
    } else {
        memset(handle, 1, dnnl_memory_desc_get_size(layout));
    }
    return dnnl_success;
}

static dnnl_status_t new_reorder(const State *state, OnednnLayout from, OnednnLayout to, dnnl_primitive_t *out) {
    dnnl_primitive_desc_t description;
    ONEDNN_TRY(dnnl_reorder_primitive_desc_create(&description, from, state->engine, to, state->engine, NULL));
    dnnl_status_t status = dnnl_primitive_create(out, description);
    dnnl_primitive_desc_destroy(description);
    return status;
}

static dnnl_status_t reorder(const State *state, dnnl_primitive_t primitive, dnnl_memory_t from, dnnl_memory_t to) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    return dnnl_primitive_execute(primitive, state->stream, 2, arguments);
}

static dnnl_status_t new_activations(const State *state, OnednnLayout outer, OnednnLayout inner, const float *contents,
                                     Activations *out) {
    ONEDNN_TRY(new_memory(state, outer, contents, &out->outer));
    out->inner = out->outer;
    out->differ = !dnnl_memory_desc_equal(outer, inner);
    if (!out->differ) return dnnl_success;
    out->inner = NULL;
    ONEDNN_TRY(new_memory(state, inner, NULL, &out->inner));
    ONEDNN_TRY(new_reorder(state, outer, inner, &out->inward));
    return new_reorder(state, inner, outer, &out->outward);
}

static dnnl_status_t new_weights(State *state, int64_t cold_bytes) {
    const OnednnLayouts *layouts = &state->layouts;
    OnednnLayout layout = wanted(state, dnnl_query_weights_md);
    int64_t bytes = (int64_t)dnnl_memory_desc_get_size(layout);
    int64_t copies = cold_bytes > 0 ? cold_bytes / bytes + 2 : 1;
    dnnl_memory_t plain = NULL;
    dnnl_primitive_t packing = NULL;
    state->weights = calloc((size_t)copies, sizeof(dnnl_memory_t));
    if (state->weights == NULL) return dnnl_out_of_memory;
    dnnl_status_t status = new_memory(state, layouts->weights, state->data->weights, &plain);
    if (status == dnnl_success) status = new_reorder(state, layouts->weights, layout, &packing);
    for (; status == dnnl_success && state->copies < copies; state->copies++) {
        status = new_memory(state, layout, NULL, &state->weights[state->copies]);
        if (status == dnnl_success) status = reorder(state, packing, plain, state->weights[state->copies]);
    }
    dnnl_primitive_destroy(packing);
    dnnl_memory_destroy(plain);
    return status;
}

/* `free_choice`: oneDNN chooses the layouts of x and y too. */
static dnnl_status_t make_convolution(State *state, bool free_choice) {
    const Problem *problem = state->data->problem;
    OnednnLayouts *layouts = &state->layouts;
    OnednnShape shape = onednn_shape(problem);
    ONEDNN_TRY(onednn_layouts_new(problem, layouts));
    ONEDNN_TRY(onednn_attributes_new(problem, &state->attributes));
    ONEDNN_TRY(onednn_convolution(&state->description, state->engine, free_choice ? layouts->any_x : layouts->x,
                                  layouts->any_weights, layouts->bias, free_choice ? layouts->any_y : layouts->y,
                                  &shape, state->attributes));
    return dnnl_primitive_create(&state->convolution, state->description);
}

static dnnl_status_t make_state(State *state, bool free_choice, int64_t cold_bytes) {
    const LayerData *data = state->data;
    bool adds = problem_has(data->problem, EPILOGUE_ADD);
    ONEDNN_TRY(dnnl_engine_create(&state->engine, dnnl_cpu, 0));
    ONEDNN_TRY(dnnl_stream_create(&state->stream, state->engine, dnnl_stream_default_flags));
    ONEDNN_TRY(make_convolution(state, free_choice));
    ONEDNN_TRY(new_activations(state, state->layouts.x, wanted(state, dnnl_query_src_md), data->x, &state->x));
    ONEDNN_TRY(new_activations(state, state->layouts.y, wanted(state, dnnl_query_dst_md), adds ? data->residual : NULL,
                               &state->y));
    if (state->layouts.bias != NULL) ONEDNN_TRY(new_memory(state, state->layouts.bias, data->bias, &state->bias));
    return new_weights(state, cold_bytes);
}

static void free_activations(Activations *activations) {
    dnnl_primitive_destroy(activations->inward);
    dnnl_primitive_destroy(activations->outward);
    if (activations->differ) dnnl_memory_destroy(activations->inner);
    dnnl_memory_destroy(activations->outer);
}

static void free_state(State *state) {
    if (state == NULL) return;
    for (int64_t i = 0; i < state->copies; i++) dnnl_memory_destroy(state->weights[i]);
    free(state->weights);
    dnnl_memory_destroy(state->bias);
    free_activations(&state->x);
    free_activations(&state->y);
    dnnl_primitive_destroy(state->convolution);
    dnnl_primitive_desc_destroy(state->description);
    dnnl_primitive_attr_destroy(state->attributes);
    onednn_layouts_free(&state->layouts);
    dnnl_stream_destroy(state->stream);
    dnnl_engine_destroy(state->engine);
    free(state);
}

static dnnl_status_t run_once(State *state) {
    dnnl_exec_arg_t arguments[MAX_ARGUMENTS] = {{DNNL_ARG_SRC, state->x.inner},
                                                {DNNL_ARG_WEIGHTS, state->weights[state->next_copy]},
                                                {DNNL_ARG_DST, state->y.inner},
                                                {DNNL_ARG_BIAS, state->bias}};
    state->next_copy = (state->next_copy + 1) % state->copies;
    if (state->x.differ) ONEDNN_TRY(reorder(state, state->x.inward, state->x.outer, state->x.inner));
    if (state->y.differ && problem_has(state->data->problem, EPILOGUE_ADD))
        ONEDNN_TRY(reorder(state, state->y.inward, state->y.outer, state->y.inner));
    int count = state->bias != NULL ? MAX_ARGUMENTS : MAX_ARGUMENTS - 1;
    ONEDNN_TRY(dnnl_primitive_execute(state->convolution, state->stream, count, arguments));
    if (state->y.differ) ONEDNN_TRY(reorder(state, state->y.outward, state->y.inner, state->y.outer));
    return dnnl_success;
}

static void run(void *data, int64_t count) {
    State *state = ((PeerSession *)data)->state;
    for (int64_t i = 0; i < count; i++) run_once(state);
    dnnl_stream_wait(state->stream);
}

/* Computes y once, from the residual if there is one. */
static dnnl_status_t fill_session(PeerSession *session) {
    State *state = session->state;
    const Problem *problem = state->data->problem;
    void *handle;
    ONEDNN_TRY(dnnl_memory_get_data_handle(state->y.outer, &handle));
    session->y = handle;
    if (problem_has(problem, EPILOGUE_ADD))
        memcpy(handle, state->data->residual, (size_t)problem_y_elements(problem) * sizeof(float));
    ONEDNN_TRY(run_once(state));
    ONEDNN_TRY(dnnl_stream_wait(state->stream));
    return dnnl_primitive_desc_query(state->description, dnnl_query_impl_info_str, 0, (void *)&session->implementation);
}

static dnnl_status_t new_session(const LayerData *data, bool free_choice, int64_t cold_bytes, PeerSession *out) {
    State *state = calloc(1, sizeof *state);
    *out = (PeerSession){.state = state};
    if (state == NULL) return dnnl_out_of_memory;
    state->data = data;
    dnnl_status_t status = make_state(state, free_choice, cold_bytes);
    if (status == dnnl_success) status = fill_session(out);
    if (status == dnnl_success) return status;
    free_state(state);
    *out = (PeerSession){.state = NULL};
    return status;
}

static void close_session(PeerSession *session) {
    free_state(session->state);
    *session = (PeerSession){.state = NULL};
}

/* Keeps the faster of two sessions in `a`, closes the other. */
static dnnl_status_t keep_faster(PeerSession *a, PeerSession *b) {
    const TimedJob jobs[] = {{.function = run, .data = a}, {.function = run, .data = b}};
    Timing timings[2];
    timing_measure(jobs, 2, trial_effort, timings);
    PeerSession slower = *b;
    if (timings[0].median_ns > timings[1].median_ns) {
        slower = *a;
        *a = *b;
    }
    close_session(&slower);
    return fill_session(a);
}

static bool all_channels_last(const Problem *problem) {
    return problem->x_layout.order == LAYOUT_CHANNELS_LAST && problem->y_layout.order == LAYOUT_CHANNELS_LAST;
}

static dnnl_status_t open_faster(const LayerData *data, int64_t cold_bytes, PeerSession *out) {
    PeerSession other;
    dnnl_status_t status = new_session(data, false, cold_bytes, out);
    if (all_channels_last(data->problem)) return status;
    if (new_session(data, true, cold_bytes, &other) != dnnl_success) return status;
    if (status == dnnl_success) return keep_faster(out, &other);
    *out = other;
    return dnnl_success;
}

static void pin_threads(const TimingCores *cores) {
    omp_set_num_threads(cores->count);
#pragma omp parallel
    timing_pin(cores->cores[omp_get_thread_num()]);
}

static Status open_session(Context *context, const LayerData *data, const TimingCores *cores, int64_t cold_bytes,
                           PeerSession *out) {
    pin_threads(cores);
    dnnl_status_t status = open_faster(data, cold_bytes, out);
    if (status == dnnl_success) return STATUS_OK;
    if (status == dnnl_out_of_memory) return diag_error(context, STATUS_NO_MEMORY, "oneDNN has no memory");
    return diag_error(context, STATUS_UNSUPPORTED, "oneDNN does not take it (status %d)", (int)status);
}

PeerLibrary onednn_library(char *version) {
    const dnnl_version_t *loaded = dnnl_version();
    snprintf(version, VERSION_BYTES, "%d.%d.%d", loaded->major, loaded->minor, loaded->patch);
    return (PeerLibrary){
        .name = "oneDNN", .version = version, .open = open_session, .run = run, .close = close_session};
}
