/* SPDX-License-Identifier: Apache-2.0 */
/* One object a line, over base/json.h. Numbers that are not known are null. */
#include "tuner/agent/wire.h"

#include <math.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"

/* The fields of a measurement by their kinds; a key is the member's name. */
#define MEASUREMENT_NUMBERS(X)                                                                                         \
    X(time_ns)                                                                                                         \
    X(min_ns) X(spread) X(drift) X(error_l2) X(error_max) X(build_s) X(wait_s) X(run_s)
#define MEASUREMENT_INTEGERS(X) X(packed_bytes) X(workspace_bytes) X(code_bytes)
#define MEASUREMENT_TEXTS(X) X(phase) X(detail) X(reproduce)

static Status read_bytes(Context *context, const Json *item, const char *key, const char **bytes, size_t *length) {
    const char *text = json_get_string(item, key);
    if (text == NULL) return STATUS_OK;
    if (base64_decode(context, text, bytes, length) == STATUS_OK) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "%s: not in base64", key);
}

static Status read_object(Context *context, const Json *item, AgentObject *out) {
    *out = (AgentObject){.packed_bytes = json_get_integer(item, "packed_bytes", 0),
                         .workspace_bytes = json_get_integer(item, "workspace_bytes", 0)};
    TRY(read_bytes(context, item, "object", &out->bytes, &out->length));
    return read_bytes(context, item, "exact", &out->exact, &out->exact_length);
}

static void put_bytes(Context *context, JsonWriter *line, const char *key, const char *bytes, size_t length) {
    if (bytes != NULL) json_put_string(line, key, base64_encode(context, bytes, length));
}

static void put_object(Context *context, JsonWriter *line, const AgentObject *object) {
    put_bytes(context, line, "object", object->bytes, object->length);
    put_bytes(context, line, "exact", object->exact, object->exact_length);
}

static Status read_candidate(Context *context, const Json *item, Candidate *out) {
    *out = (Candidate){.problem = json_get_string(item, "problem"),
                       .target = json_get_string(item, "target"),
                       .schedule = json_get_string(item, "schedule"),
                       .workers = json_get_integer(item, "workers", 1),
                       .cold_weights = json_get_bool(item, "cold_weights")};
    if (out->problem != NULL && out->target != NULL && out->schedule != NULL) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "a candidate needs the texts problem, target and schedule");
}

static MeasureOptions read_options(const Json *line) {
    MeasureOptions options = measure_options_default();
    options.build_limit_s = json_get_number(line, "build_limit_s", options.build_limit_s);
    options.run_limit_s = json_get_number(line, "run_limit_s", options.run_limit_s);
    options.memory_limit_bytes = json_get_integer(line, "memory_limit_bytes", options.memory_limit_bytes);
    int64_t visits = json_get_integer(line, "visits", options.visits), most = AGENT_MAX_VISITS / 2;
    options.visits = (int)(visits < 1 ? 1 : visits > most ? most : visits);
    options.incumbent_ns = json_get_number(line, "incumbent_ns", NAN);
    options.interleaved = json_get_bool(line, "interleaved");
    options.quick = json_get_bool(line, "quick");
    return options;
}

static Status read_batch(Context *context, const Json *array, WireRequest *out) {
    if (array->count > AGENT_MAX_BATCH)
        return diag_error(context, STATUS_INVALID, "a batch has at most %d candidates", AGENT_MAX_BATCH);
    AgentObject *objects = ARENA_ARRAY(context, AgentObject, array->count);
    Candidate *batch = ARENA_ARRAY(context, Candidate, array->count);
    out->count = array->count;
    out->batch = batch;
    out->options.objects = objects;
    for (const Json *item = array->first; item != NULL; item = item->next) {
        TRY(read_candidate(context, item, batch++));
        TRY(read_object(context, item, objects));
        if (objects->packed_bytes < 0 || objects->workspace_bytes < 0)
            return diag_error(context, STATUS_INVALID, "packed_bytes and workspace_bytes are at least 0");
        objects++;
    }
    return STATUS_OK;
}

static bool is_array(const Json *json) {
    return json != NULL && json->kind == JSON_ARRAY;
}

static Status read_line(Context *context, const char *line, const Json **out) {
    if (json_read(context, line, out) != STATUS_OK)
        return diag_error(context, STATUS_INVALID, "not a JSON object: %.60s (%s)", line, diag_message(context));
    if ((*out)->kind == JSON_OBJECT) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "not a JSON object: %.60s", line);
}

Status wire_read_request(Context *context, const char *text, WireRequest *out) {
    const Json *line;
    TRY(read_line(context, text, &line));
    const Json *measure = json_member(line, "measure"), *build = json_member(line, "build");
    *out = (WireRequest){.kind = WIRE_MEASURE, .options = read_options(line)};
    if (is_array(measure)) return read_batch(context, measure, out);
    out->kind = WIRE_BUILD;
    if (is_array(build)) return read_batch(context, build, out);
    out->kind = WIRE_CALIBRATE;
    out->target = json_get_string(line, "calibrate");
    int64_t threads = json_get_integer(line, "threads", 1);
    out->threads = (int)(threads < 1 ? 1 : threads > TIMING_MAX_CORES ? TIMING_MAX_CORES : threads);
    if (out->target != NULL) return STATUS_OK;
    return diag_error(context, STATUS_INVALID,
                      "a request has the key measure or build, an array, or calibrate, a target");
}

static void put_candidate(Context *context, JsonWriter *line, const Candidate *candidate, const AgentObject *object) {
    json_open(line, NULL, '{');
    json_put_string(line, "problem", candidate->problem);
    json_put_string(line, "target", candidate->target);
    json_put_string(line, "schedule", candidate->schedule);
    json_put_number(line, "workers", (double)candidate->workers);
    json_put_bool(line, "cold_weights", candidate->cold_weights);
    if (object != NULL && object->bytes != NULL) {
        put_object(context, line, object);
        json_put_number(line, "packed_bytes", (double)object->packed_bytes);
        json_put_number(line, "workspace_bytes", (double)object->workspace_bytes);
    }
    json_close(line, '}');
}

static void put_batch(Context *context, JsonWriter *line, const WireRequest *request) {
    const MeasureOptions *options = &request->options;
    json_open(line, request->kind == WIRE_BUILD ? "build" : "measure", '[');
    for (size_t i = 0; i < request->count; i++)
        put_candidate(context, line, &request->batch[i], options->objects != NULL ? &options->objects[i] : NULL);
    json_close(line, ']');
    json_put_number(line, "build_limit_s", options->build_limit_s);
    json_put_number(line, "run_limit_s", options->run_limit_s);
    json_put_number(line, "memory_limit_bytes", (double)options->memory_limit_bytes);
    json_put_number(line, "visits", options->visits);
    json_put_number(line, "incumbent_ns", options->incumbent_ns);
    json_put_bool(line, "interleaved", options->interleaved);
    json_put_bool(line, "quick", options->quick);
}

const char *wire_print_request(Context *context, const WireRequest *request) {
    JsonWriter line = json_writer_new(context);
    json_open(&line, NULL, '{');
    if (request->kind == WIRE_CALIBRATE) {
        json_put_string(&line, "calibrate", request->target);
        json_put_number(&line, "threads", request->threads);
    } else {
        put_batch(context, &line, request);
    }
    json_close(&line, '}');
    return text_string(&line.text);
}

static void put_visits(JsonWriter *line, const Measurement *measurement) {
    json_open(line, "visits", '[');
    for (int i = 0; i < measurement->visit_count; i++) {
        const Visit *visit = &measurement->visits[i];
        json_open(line, NULL, '{');
        json_put_number(line, "median_ns", visit->median_ns);
        json_put_number(line, "min_ns", visit->min_ns);
        json_put_number(line, "spread", visit->spread);
        json_put_number(line, "samples", (double)visit->samples);
        json_put_number(line, "steal", visit->steal);
        json_put_number(line, "others", visit->others);
        json_put_number(line, "throttles", visit->throttles);
        json_put_number(line, "ghz", visit->ghz);
        json_put_bool(line, "disturbed", visit->disturbed);
        json_close(line, '}');
    }
    json_close(line, ']');
}

static void read_visits(const Json *array, Measurement *out) {
    const Json *item = is_array(array) ? array->first : NULL;
    for (; item != NULL && out->visit_count < MEASUREMENT_MAX_VISITS; item = item->next)
        out->visits[out->visit_count++] = (Visit){.median_ns = json_get_number(item, "median_ns", NAN),
                                                  .min_ns = json_get_number(item, "min_ns", NAN),
                                                  .spread = json_get_number(item, "spread", NAN),
                                                  .samples = json_get_integer(item, "samples", 0),
                                                  .steal = json_get_number(item, "steal", NAN),
                                                  .others = json_get_number(item, "others", NAN),
                                                  .throttles = json_get_number(item, "throttles", NAN),
                                                  .ghz = json_get_number(item, "ghz", NAN),
                                                  .disturbed = json_get_bool(item, "disturbed")};
}

static void put_measurement(JsonWriter *line, size_t index, const Measurement *measurement) {
    json_put_number(line, "index", (double)index);
    json_put_string(line, "status", measurement_status_name(measurement->status));
#define PUT_TEXT(name) json_put_string(line, #name, measurement->name);
    MEASUREMENT_TEXTS(PUT_TEXT)
#undef PUT_TEXT
#define PUT_NUMBER(name) json_put_number(line, #name, (double)measurement->name);
    MEASUREMENT_NUMBERS(PUT_NUMBER)
    MEASUREMENT_INTEGERS(PUT_NUMBER)
#undef PUT_NUMBER
    json_put_number(line, "signal", measurement->signal);
    json_put_bool(line, "raced", measurement->raced);
    json_put_string(line, "object_sha256", measurement->object_sha256);
    put_visits(line, measurement);
}

static Status read_measurement(Context *context, const Json *line, WireReply *out) {
    Measurement *measurement = &out->measurement;
    const char *status = json_get_string(line, "status"), *hash = json_get_string(line, "object_sha256");
    if (status == NULL || !measurement_status_parse(status, &measurement->status))
        return diag_error(context, STATUS_INVALID, "a measurement with unknown status");
#define READ_TEXT(name) measurement->name = json_get_string(line, #name);
    MEASUREMENT_TEXTS(READ_TEXT)
#undef READ_TEXT
#define READ_NUMBER(name) measurement->name = json_get_number(line, #name, NAN);
    MEASUREMENT_NUMBERS(READ_NUMBER)
#undef READ_NUMBER
#define READ_INTEGER(name) measurement->name = json_get_integer(line, #name, -1);
    MEASUREMENT_INTEGERS(READ_INTEGER)
#undef READ_INTEGER
    measurement->signal = (int)json_get_integer(line, "signal", 0);
    measurement->raced = json_get_bool(line, "raced");
    if (hash != NULL && strlen(hash) < SHA256_HEX_BYTES) memcpy(measurement->object_sha256, hash, strlen(hash) + 1);
    read_visits(json_member(line, "visits"), measurement);
    out->index = (size_t)json_get_integer(line, "index", 0);
    return read_object(context, line, &out->object);
}

static const char *const level_keys[LEVEL_COUNT] = {"l1", "l2", "l3", "dram"};

static void put_peaks(JsonWriter *line, const Peaks *peaks) {
    json_open(line, "peaks", '{');
    json_put_number(line, "fma_gflops", peaks->fma_gflops);
    json_put_number(line, "matrix_gflops", peaks->matrix_gflops);
    json_open(line, "read_gbs", '{');
    for (int i = 0; i < LEVEL_COUNT; i++) json_put_number(line, level_keys[i], peaks->read_gbs[i]);
    json_close(line, '}');
    json_open(line, "cache_bytes", '{');
    for (int i = 0; i < LEVEL_DRAM; i++) json_put_number(line, level_keys[i], (double)peaks->cache_bytes[i]);
    json_close(line, '}');
    json_close(line, '}');
}

static void read_peaks(const Json *item, Peaks *out) {
    const Json *speeds = json_member(item, "read_gbs"), *sizes = json_member(item, "cache_bytes");
    out->fma_gflops = json_get_number(item, "fma_gflops", NAN);
    out->matrix_gflops = json_get_number(item, "matrix_gflops", NAN);
    for (int i = 0; i < LEVEL_COUNT; i++) out->read_gbs[i] = json_get_number(speeds, level_keys[i], NAN);
    for (int i = 0; i < LEVEL_DRAM; i++) out->cache_bytes[i] = json_get_integer(sizes, level_keys[i], 0);
}

static void put_greeting(JsonWriter *line, const AgentInfo *info) {
    json_put_number(line, "agent", WIRE_PROTOCOL);
    json_put_string(line, "version", info->version);
    json_put_string(line, "machine", info->machine);
    json_put_bool(line, "emulated", info->emulated);
    json_put_bool(line, "builds", info->builds);
    json_put_number(line, "threads", info->threads);
    json_open(line, "targets", '[');
    for (size_t i = 0; i < info->target_count; i++) json_put_string(line, NULL, info->targets[i]);
    json_close(line, ']');
}

static void read_greeting(Context *context, const Json *line, WireReply *out) {
    AgentInfo *info = &out->info;
    const Json *targets = json_member(line, "targets");
    out->protocol = json_get_integer(line, "agent", 0);
    *info = (AgentInfo){.version = json_get_string(line, "version"),
                        .machine = json_get_string(line, "machine"),
                        .emulated = json_get_bool(line, "emulated"),
                        .builds = json_get_bool(line, "builds"),
                        .threads = (int)json_get_integer(line, "threads", 1)};
    if (!is_array(targets)) return;
    const char **names = ARENA_ARRAY(context, const char *, targets->count);
    info->targets = names;
    for (const Json *target = targets->first; target != NULL; target = target->next)
        if (target->kind == JSON_STRING) names[info->target_count++] = target->string;
}

/* The reply's kind is told by a key that only it has. */
Status wire_read_reply(Context *context, const char *text, WireReply *out) {
    const Json *line;
    *out = (WireReply){.kind = WIRE_DONE};
    TRY(read_line(context, text, &line));
    const Json *peaks = json_member(line, "peaks");
    if (json_member(line, "index") != NULL) {
        out->kind = json_member(line, "built") != NULL ? WIRE_BUILT : WIRE_MEASUREMENT;
        return read_measurement(context, line, out);
    }
    if (peaks != NULL) {
        out->kind = WIRE_PEAKS;
        read_peaks(peaks, &out->peaks);
    } else if (json_member(line, "agent") != NULL) {
        out->kind = WIRE_HELLO;
        read_greeting(context, line, out);
    } else if (json_member(line, "error") != NULL) {
        const char *message = json_get_string(line, "error");
        out->kind = WIRE_ERROR;
        out->text = message != NULL ? message : "no reason";
        out->status = json_get_bool(line, "unsupported") ? STATUS_UNSUPPORTED : STATUS_IO;
    } else if (json_member(line, "done") == NULL) {
        return diag_error(context, STATUS_INVALID, "an answer of an unknown kind: %.60s", text);
    }
    return STATUS_OK;
}

const char *wire_print_reply(Context *context, const WireReply *reply) {
    JsonWriter line = json_writer_new(context);
    json_open(&line, NULL, '{');
    switch (reply->kind) {
    case WIRE_HELLO: put_greeting(&line, &reply->info); break;
    case WIRE_MEASUREMENT: put_measurement(&line, reply->index, &reply->measurement); break;
    case WIRE_BUILT:
        put_measurement(&line, reply->index, &reply->measurement);
        json_put_bool(&line, "built", reply->measurement.status == MEASUREMENT_OK);
        if (reply->measurement.status == MEASUREMENT_OK) put_object(context, &line, &reply->object);
        break;
    case WIRE_PEAKS: put_peaks(&line, &reply->peaks); break;
    case WIRE_DONE: json_put_bool(&line, "done", true); break;
    case WIRE_ERROR:
        json_put_string(&line, "error", reply->text);
        json_put_bool(&line, "unsupported", reply->status == STATUS_UNSUPPORTED);
        break;
    }
    json_close(&line, '}');
    return text_string(&line.text);
}
