/* SPDX-License-Identifier: Apache-2.0 */
/* One object a line, over cJSON. Numbers that are not known are null. */
#include "tuner/agent/wire.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <nettle/base64.h>
#include <string.h>

#include "tuner/septet.h"

/* The fields of a measurement that are numbers: kind, name, member. */
#define MEASUREMENT_NUMBERS(X)                                                                                         \
    X(time_ns)                                                                                                         \
    X(min_ns) X(spread) X(drift) X(error_l2) X(error_max) X(build_s) X(wait_s) X(run_s)
#define MEASUREMENT_INTEGERS(X) X(packed_bytes) X(workspace_bytes) X(code_bytes) X(signal)
#define MEASUREMENT_TEXTS(X) X(phase) X(detail) X(reproduce)

/* What is added to a tree that ran out of memory is dropped; printing it fails. */
static void add(cJSON *object, const char *key, cJSON *item) {
    if (!cJSON_AddItemToObject(object, key, item)) cJSON_Delete(item);
}

static void add_number(cJSON *object, const char *key, double value) {
    add(object, key, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

static void add_text(cJSON *object, const char *key, const char *value) {
    add(object, key, value != NULL ? cJSON_CreateString(value) : cJSON_CreateNull());
}

static double get_number(const cJSON *object, const char *key, double otherwise) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static bool get_bool(const cJSON *object, const char *key) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key)) != 0;
}

static const char *get_text(Context *context, const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? arena_string(context, item->valuestring) : NULL;
}

/* A double that does not fit becomes `otherwise`. */
static int64_t get_integer(const cJSON *object, const char *key, int64_t otherwise) {
    double value = get_number(object, key, (double)otherwise);
    return value >= -0x1p53 && value <= 0x1p53 ? (int64_t)value : otherwise;
}

/* Reads and prints free what cJSON made however the body ends. */
typedef struct Wire {
    Context *context;
    const char *line;
    cJSON *tree;
    char *printed;
    void *value; /* WireRequest or WireReply */
    const void *source;
    const char *text;
    Status (*body)(struct Wire *wire);
} Wire;

static Status run_body(void *data) {
    Wire *wire = data;
    return wire->body(wire);
}

static Status run_wire(Wire *wire) {
    Status status = context_run(wire->context, run_body, wire);
    cJSON_Delete(wire->tree);
    if (wire->printed != NULL) cJSON_free(wire->printed);
    return status;
}

static Status parse(Wire *wire) {
    wire->tree = cJSON_Parse(wire->line);
    if (cJSON_IsObject(wire->tree)) return STATUS_OK;
    return diag_error(wire->context, STATUS_INVALID, "not a JSON object: %.60s", wire->line);
}

static Status print(Wire *wire) {
    wire->printed = wire->tree != NULL ? cJSON_PrintUnformatted(wire->tree) : NULL;
    if (wire->printed == NULL) return diag_error(wire->context, STATUS_NO_MEMORY, "no memory for a line");
    wire->text = arena_string(wire->context, wire->printed);
    return STATUS_OK;
}

static Status read_object(Context *context, const cJSON *item, AgentObject *out) {
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(item, "object");
    struct base64_decode_ctx decoder;
    if (!cJSON_IsString(text)) return STATUS_OK;
    size_t length = strlen(text->valuestring);
    uint8_t *bytes = arena_alloc(context, BASE64_DECODE_LENGTH(length) + 1);
    base64_decode_init(&decoder);
    if (!base64_decode_update(&decoder, &out->length, bytes, length, text->valuestring) ||
        !base64_decode_final(&decoder))
        return diag_error(context, STATUS_INVALID, "object: not in base64");
    out->bytes = (const char *)bytes;
    return STATUS_OK;
}

static Status read_candidate(Context *context, const cJSON *item, Candidate *out) {
    *out = (Candidate){.problem = get_text(context, item, "problem"),
                       .target = get_text(context, item, "target"),
                       .schedule = get_text(context, item, "schedule"),
                       .workers = get_integer(item, "workers", 1),
                       .cold_weights = get_bool(item, "cold_weights")};
    if (out->problem != NULL && out->target != NULL && out->schedule != NULL) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "a candidate needs the texts problem, target and schedule");
}

static MeasureOptions read_options(const cJSON *tree) {
    MeasureOptions options = measure_options_default();
    options.build_limit_s = get_number(tree, "build_limit_s", options.build_limit_s);
    options.run_limit_s = get_number(tree, "run_limit_s", options.run_limit_s);
    options.memory_limit_bytes = get_integer(tree, "memory_limit_bytes", options.memory_limit_bytes);
    int64_t visits = get_integer(tree, "visits", options.visits), most = AGENT_MAX_VISITS / 2;
    options.visits = (int)(visits < 1 ? 1 : visits > most ? most : visits);
    options.incumbent_ns = get_number(tree, "incumbent_ns", NAN);
    options.interleaved = get_bool(tree, "interleaved");
    options.quick = get_bool(tree, "quick");
    return options;
}

static Status read_batch(Context *context, const cJSON *array, WireRequest *out) {
    int count = cJSON_GetArraySize(array);
    if (count > AGENT_MAX_BATCH)
        return diag_error(context, STATUS_INVALID, "a batch has at most %d candidates", AGENT_MAX_BATCH);
    AgentObject *objects = ARENA_ARRAY(context, AgentObject, (size_t)count);
    out->count = (size_t)count;
    Candidate *batch = ARENA_ARRAY(context, Candidate, out->count);
    out->batch = batch;
    out->options.objects = objects;
    for (int i = 0; i < count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, i);
        TRY(read_candidate(context, item, &batch[i]));
        TRY(read_object(context, item, &objects[i]));
    }
    return STATUS_OK;
}

static Status read_request(Wire *wire) {
    WireRequest *request = wire->value;
    TRY(parse(wire));
    const cJSON *measure = cJSON_GetObjectItemCaseSensitive(wire->tree, "measure");
    *request = (WireRequest){.kind = WIRE_MEASURE, .options = read_options(wire->tree)};
    if (cJSON_IsArray(measure)) return read_batch(wire->context, measure, request);
    request->kind = WIRE_CALIBRATE;
    request->target = get_text(wire->context, wire->tree, "calibrate");
    int64_t threads = get_integer(wire->tree, "threads", 1);
    request->threads = (int)(threads < 1 ? 1 : threads > TIMING_MAX_CORES ? TIMING_MAX_CORES : threads);
    if (request->target != NULL) return STATUS_OK;
    return diag_error(wire->context, STATUS_INVALID, "a request has the key measure, an array, or calibrate, a target");
}

Status wire_read_request(Context *context, const char *line, WireRequest *out) {
    return run_wire(&(Wire){.context = context, .line = line, .value = out, .body = read_request});
}

static void add_object(Context *context, cJSON *item, const AgentObject *object) {
    if (object->bytes == NULL) return;
    size_t length = BASE64_ENCODE_RAW_LENGTH(object->length);
    char *text = arena_alloc(context, length + 1);
    base64_encode_raw(text, object->length, (const uint8_t *)object->bytes);
    add_text(item, "object", text);
}

static Status print_request(Wire *wire) {
    const WireRequest *request = wire->source;
    const MeasureOptions *options = &request->options;
    wire->tree = cJSON_CreateObject();
    if (request->kind == WIRE_CALIBRATE) {
        add_text(wire->tree, "calibrate", request->target);
        add_number(wire->tree, "threads", request->threads);
        return print(wire);
    }
    cJSON *array = cJSON_AddArrayToObject(wire->tree, "measure");
    for (size_t i = 0; i < request->count; i++) {
        const Candidate *candidate = &request->batch[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(array, item);
        add_text(item, "problem", candidate->problem);
        add_text(item, "target", candidate->target);
        add_text(item, "schedule", candidate->schedule);
        add_number(item, "workers", (double)candidate->workers);
        add(item, "cold_weights", cJSON_CreateBool(candidate->cold_weights));
        if (options->objects != NULL) add_object(wire->context, item, &options->objects[i]);
    }
    add_number(wire->tree, "build_limit_s", options->build_limit_s);
    add_number(wire->tree, "run_limit_s", options->run_limit_s);
    add_number(wire->tree, "memory_limit_bytes", (double)options->memory_limit_bytes);
    add_number(wire->tree, "visits", options->visits);
    add_number(wire->tree, "incumbent_ns", options->incumbent_ns);
    add(wire->tree, "interleaved", cJSON_CreateBool(options->interleaved));
    add(wire->tree, "quick", cJSON_CreateBool(options->quick));
    return print(wire);
}

Status wire_print_request(Context *context, const WireRequest *request, const char **out) {
    Wire wire = {.context = context, .source = request, .body = print_request};
    TRY(run_wire(&wire));
    *out = wire.text;
    return STATUS_OK;
}

static void add_visits(cJSON *tree, const Measurement *measurement) {
    cJSON *array = cJSON_AddArrayToObject(tree, "visits");
    for (int i = 0; i < measurement->visit_count; i++) {
        const Visit *visit = &measurement->visits[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToArray(array, item);
        add_number(item, "median_ns", visit->median_ns);
        add_number(item, "min_ns", visit->min_ns);
        add_number(item, "spread", visit->spread);
        add_number(item, "samples", (double)visit->samples);
        add_number(item, "steal", visit->steal);
        add_number(item, "others", visit->others);
        add(item, "disturbed", cJSON_CreateBool(visit->disturbed));
    }
}

static void read_visits(const cJSON *array, Measurement *out) {
    int count = cJSON_GetArraySize(array);
    out->visit_count = count > MEASUREMENT_MAX_VISITS ? MEASUREMENT_MAX_VISITS : count;
    for (int i = 0; i < out->visit_count; i++) {
        const cJSON *item = cJSON_GetArrayItem(array, i);
        out->visits[i] = (Visit){.median_ns = get_number(item, "median_ns", NAN),
                                 .min_ns = get_number(item, "min_ns", NAN),
                                 .spread = get_number(item, "spread", NAN),
                                 .samples = get_integer(item, "samples", 0),
                                 .steal = get_number(item, "steal", NAN),
                                 .others = get_number(item, "others", NAN),
                                 .disturbed = get_bool(item, "disturbed")};
    }
}

static void add_measurement(cJSON *tree, size_t index, const Measurement *measurement) {
    add_number(tree, "index", (double)index);
    add_text(tree, "status", measurement_status_name(measurement->status));
#define ADD_TEXT(name) add_text(tree, #name, measurement->name);
    MEASUREMENT_TEXTS(ADD_TEXT)
#undef ADD_TEXT
#define ADD_NUMBER(name) add_number(tree, #name, (double)measurement->name);
    MEASUREMENT_NUMBERS(ADD_NUMBER)
    MEASUREMENT_INTEGERS(ADD_NUMBER)
#undef ADD_NUMBER
    add(tree, "raced", cJSON_CreateBool(measurement->raced));
    add_text(tree, "object_sha256", measurement->object_sha256);
    add_visits(tree, measurement);
}

static Status read_measurement(Context *context, const cJSON *tree, WireReply *out) {
    Measurement *measurement = &out->measurement;
    const char *status = get_text(context, tree, "status"), *hash = get_text(context, tree, "object_sha256");
    if (status == NULL || !measurement_status_parse(status, &measurement->status))
        return diag_error(context, STATUS_INVALID, "a measurement with unknown status");
#define READ_TEXT(name) measurement->name = get_text(context, tree, #name);
    MEASUREMENT_TEXTS(READ_TEXT)
#undef READ_TEXT
#define READ_NUMBER(name) measurement->name = get_number(tree, #name, NAN);
    MEASUREMENT_NUMBERS(READ_NUMBER)
#undef READ_NUMBER
    measurement->signal = (int)get_integer(tree, "signal", 0);
    measurement->packed_bytes = get_integer(tree, "packed_bytes", -1);
    measurement->workspace_bytes = get_integer(tree, "workspace_bytes", -1);
    measurement->code_bytes = get_integer(tree, "code_bytes", -1);
    measurement->raced = get_bool(tree, "raced");
    if (hash != NULL && strlen(hash) < SHA256_HEX_BYTES) memcpy(measurement->object_sha256, hash, strlen(hash) + 1);
    read_visits(cJSON_GetObjectItemCaseSensitive(tree, "visits"), measurement);
    out->index = (size_t)get_integer(tree, "index", 0);
    return STATUS_OK;
}

static const char *const level_keys[LEVEL_COUNT] = {"l1", "l2", "l3", "dram"};

static void add_peaks(cJSON *tree, const Peaks *peaks) {
    cJSON *item = cJSON_AddObjectToObject(tree, "peaks");
    cJSON *speeds = cJSON_AddObjectToObject(item, "read_gbs"), *sizes = cJSON_AddObjectToObject(item, "cache_bytes");
    add_number(item, "fma_gflops", peaks->fma_gflops);
    for (int i = 0; i < LEVEL_COUNT; i++) add_number(speeds, level_keys[i], peaks->read_gbs[i]);
    for (int i = 0; i < LEVEL_DRAM; i++) add_number(sizes, level_keys[i], (double)peaks->cache_bytes[i]);
}

static void read_peaks(const cJSON *item, Peaks *out) {
    const cJSON *speeds = cJSON_GetObjectItemCaseSensitive(item, "read_gbs");
    const cJSON *sizes = cJSON_GetObjectItemCaseSensitive(item, "cache_bytes");
    out->fma_gflops = get_number(item, "fma_gflops", NAN);
    for (int i = 0; i < LEVEL_COUNT; i++) out->read_gbs[i] = get_number(speeds, level_keys[i], NAN);
    for (int i = 0; i < LEVEL_DRAM; i++) out->cache_bytes[i] = get_integer(sizes, level_keys[i], 0);
}

/* The reply's kind is told by a key that only it has. */
static Status read_reply(Wire *wire) {
    WireReply *reply = wire->value;
    *reply = (WireReply){.kind = WIRE_DONE};
    TRY(parse(wire));
    const cJSON *peaks = cJSON_GetObjectItemCaseSensitive(wire->tree, "peaks");
    if (cJSON_HasObjectItem(wire->tree, "index")) {
        reply->kind = WIRE_MEASUREMENT;
        return read_measurement(wire->context, wire->tree, reply);
    }
    if (peaks != NULL) {
        reply->kind = WIRE_PEAKS;
        read_peaks(peaks, &reply->peaks);
    } else if (cJSON_HasObjectItem(wire->tree, "agent")) {
        reply->kind = WIRE_HELLO;
        reply->protocol = get_integer(wire->tree, "agent", 0);
        reply->text = get_text(wire->context, wire->tree, "version");
    } else if (cJSON_HasObjectItem(wire->tree, "error")) {
        reply->kind = WIRE_ERROR;
        reply->text = get_text(wire->context, wire->tree, "error");
        reply->status = get_bool(wire->tree, "unsupported") ? STATUS_UNSUPPORTED : STATUS_IO;
    } else if (!cJSON_HasObjectItem(wire->tree, "done")) {
        return diag_error(wire->context, STATUS_INVALID, "an answer of an unknown kind: %.60s", wire->line);
    }
    return STATUS_OK;
}

Status wire_read_reply(Context *context, const char *line, WireReply *out) {
    return run_wire(&(Wire){.context = context, .line = line, .value = out, .body = read_reply});
}

static Status print_reply(Wire *wire) {
    const WireReply *reply = wire->source;
    wire->tree = cJSON_CreateObject();
    switch (reply->kind) {
    case WIRE_HELLO:
        add_number(wire->tree, "agent", WIRE_PROTOCOL);
        add_text(wire->tree, "version", septet_version());
        break;
    case WIRE_MEASUREMENT: add_measurement(wire->tree, reply->index, &reply->measurement); break;
    case WIRE_PEAKS: add_peaks(wire->tree, &reply->peaks); break;
    case WIRE_DONE: add(wire->tree, "done", cJSON_CreateTrue()); break;
    case WIRE_ERROR:
        add_text(wire->tree, "error", reply->text);
        add(wire->tree, "unsupported", cJSON_CreateBool(reply->status == STATUS_UNSUPPORTED));
        break;
    }
    return print(wire);
}

Status wire_print_reply(Context *context, const WireReply *reply, const char **out) {
    Wire wire = {.context = context, .source = reply, .body = print_reply};
    TRY(run_wire(&wire));
    *out = wire.text;
    return STATUS_OK;
}
