/* SPDX-License-Identifier: Apache-2.0 */
/* Writing measurements: a struct becomes a row of the view `record`, by one table of columns. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "compiler/llvm/emit.h"
#include "ir/problem.h"
#include "tuner/database/internal.h"

const char *database_build(Context *context) {
    return arena_format(context, "septet %s, LLVM %s", SEPTET_VERSION, emit_llvm_version());
}

/* RFC 9562: 48 bits of milliseconds, the version, and random bits. */
void database_new_uuid(char out[UUID_BYTES]) {
    struct timespec now;
    uint8_t bytes[16];
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    sqlite3_randomness(sizeof bytes, bytes);
    for (int i = 0; i < 6; i++) bytes[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
    bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0f));
    bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f));
    for (int i = 0, at = 0; i < 16; i++) {
        at += snprintf(out + at, (size_t)(UUID_BYTES - at), "%02x", bytes[i]);
        if (i == 3 || i == 5 || i == 7 || i == 9) out[at++] = '-';
    }
}

const char *database_now(Context *context) {
    struct timespec now;
    struct tm parts;
    char text[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    return arena_format(context, "%s.%03ldZ", text, now.tv_nsec / 1000000);
}

Status database_record_columns(Context *context, Database *database, const char *const **names, int *count) {
    sqlite3_stmt *columns;
    TRY(database_prepare(context, database, "SELECT * FROM record", &columns));
    *count = sqlite3_column_count(columns);
    const char **list = ARENA_ARRAY(context, const char *, (size_t)*count);
    for (int i = 0; i < *count; i++) list[i] = arena_string(context, sqlite3_column_name(columns, i));
    *names = list;
    sqlite3_finalize(columns);
    return STATUS_OK;
}

/* `INSERT INTO record (…) VALUES (…)` with a parameter for each column, in their order. */
static Status prepare_record(Context *context, Database *database, sqlite3_stmt **out, const char *const **names,
                             int *count) {
    Text sql = text_new(context);
    TRY(database_record_columns(context, database, names, count));
    text_add_string(&sql, "INSERT INTO record VALUES (");
    for (int i = 0; i < *count; i++) text_add(&sql, "%s?%d", i > 0 ? ", " : "", i + 1);
    text_add_string(&sql, ")");
    return database_prepare(context, database, text_string(&sql), out);
}

/* Parameters by the names of their columns. What is not known stays NULL. */
typedef struct Binding {
    Context *context;
    sqlite3_stmt *statement;
    const char *const *names;
    int count;
} Binding;

static int find_parameter(const Binding *binding, const char *name) {
    for (int i = 0; i < binding->count; i++) {
        if (strcmp(binding->names[i], name) == 0) return i + 1;
    }
    return 0;
}

static void bind_text(const Binding *binding, const char *name, const char *text) {
    if (text == NULL || text[0] == '\0') return;
    sqlite3_bind_text(binding->statement, find_parameter(binding, name), text, -1, SQLITE_STATIC);
}

static void bind_number(const Binding *binding, const char *name, double value) {
    if (isfinite(value)) sqlite3_bind_double(binding->statement, find_parameter(binding, name), value);
}

static void bind_integer(const Binding *binding, const char *name, int64_t value) {
    if (value >= 0) sqlite3_bind_int64(binding->statement, find_parameter(binding, name), value);
}

/* The names of the schema for MeasurementKind. */
static const char *const kind_names[] = {"search", "confirm", "baseline", "import"};

static cJSON *visit_object(const Visit *visit) {
    const struct {
        const char *key;
        double value;
    } members[] = {{"samples", (double)visit->samples},
                   {"median_ns", visit->median_ns},
                   {"min_ns", visit->min_ns},
                   {"spread", visit->spread},
                   {"steal", visit->steal},
                   {"others", visit->others},
                   {"throttles", visit->throttles},
                   {"ghz", visit->ghz}};
    cJSON *object = cJSON_CreateObject();
    for (size_t i = 0; object != NULL && i < sizeof members / sizeof members[0]; i++) {
        if (isfinite(members[i].value)) cJSON_AddNumberToObject(object, members[i].key, members[i].value);
    }
    if (object != NULL) cJSON_AddBoolToObject(object, "disturbed", visit->disturbed);
    return object;
}

static const char *visits_text(Context *context, const Measurement *measurement) {
    if (measurement->visit_count == 0) return NULL;
    cJSON *array = cJSON_CreateArray();
    for (int i = 0; array != NULL && i < measurement->visit_count; i++)
        cJSON_AddItemToArray(array, visit_object(&measurement->visits[i]));
    char *text = array != NULL ? cJSON_PrintUnformatted(array) : NULL;
    cJSON_Delete(array);
    if (text == NULL) return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = arena_alloc(context, bytes);
    memcpy(copy, text, bytes);
    cJSON_free(text);
    return copy;
}

static double problem_work(Context *context, const char *text) {
    const Source source = {"problem", text, strlen(text)};
    Problem problem;
    return problem_parse(context, &source, &problem) == STATUS_OK ? problem_flops(&problem) : NAN;
}

static void bind_candidate(const Binding *binding, const Candidate *candidate) {
    bind_text(binding, "problem", candidate->problem);
    bind_text(binding, "target", candidate->target);
    bind_text(binding, "recipe", candidate->recipe);
    bind_text(binding, "knobs", candidate->knobs);
    bind_integer(binding, "workers", candidate->workers);
    bind_text(binding, "regime", candidate->cold_weights ? "cold-weights" : "warm");
    /* The empty schedule is one: the seven loops. */
    sqlite3_bind_text(binding->statement, find_parameter(binding, "schedule"), candidate->schedule, -1, SQLITE_STATIC);
    double work = problem_work(binding->context, candidate->problem);
    if (work > 0) bind_number(binding, "flops", work);
}

static void bind_result(const Binding *binding, const Measurement *measurement) {
    bool is_ok = measurement->status == MEASUREMENT_OK;
    bind_text(binding, "kind", kind_names[measurement->kind]);
    bind_text(binding, "status", measurement_status_name(measurement->status));
    bind_number(binding, "time_ns", is_ok ? measurement->time_ns : NAN);
    bind_number(binding, "min_ns", is_ok ? measurement->min_ns : NAN);
    bind_number(binding, "spread", is_ok ? measurement->spread : NAN);
    bind_integer(binding, "visit_count", measurement->visit_count);
    bind_text(binding, "visits", visits_text(binding->context, measurement));
    bind_integer(binding, "raced", measurement->raced);
    bind_number(binding, "drift", measurement->drift);
    bind_number(binding, "error_l2", measurement->error_l2);
    bind_number(binding, "error_max", measurement->error_max);
    bind_integer(binding, "packed_bytes", measurement->packed_bytes);
    bind_integer(binding, "workspace_bytes", measurement->workspace_bytes);
    bind_integer(binding, "code_bytes", measurement->code_bytes);
    bind_text(binding, "object_sha256", measurement->object_sha256);
    bind_text(binding, "phase", measurement->phase);
    if (measurement->signal != 0) bind_integer(binding, "signal", measurement->signal);
    bind_text(binding, "detail", measurement->detail);
    bind_text(binding, "reproduce", measurement->reproduce);
    bind_number(binding, "build_s", measurement->build_s);
    bind_number(binding, "wait_s", measurement->wait_s);
    bind_number(binding, "run_s", measurement->run_s);
}

static void bind_origin(const Binding *binding, const Origin *origin) {
    const char *measured_at = origin->measured_at;
    const char *uuid = origin->uuid;
    if (uuid == NULL) {
        char *made = arena_alloc(binding->context, UUID_BYTES);
        database_new_uuid(made);
        uuid = made;
    }
    bind_text(binding, "uuid", uuid);
    bind_text(binding, "measured_at", measured_at != NULL ? measured_at : database_now(binding->context));
    bind_text(binding, "machine", origin->machine);
    bind_integer(binding, "emulated", origin->emulated);
    bind_text(binding, "build", origin->build);
    if (origin->session == NULL) return;
    bind_text(binding, "session", origin->session->uuid);
    bind_text(binding, "session_started_at", origin->session->started_at);
    bind_text(binding, "session_command", origin->session->command);
    bind_text(binding, "session_strategy", origin->session->strategy);
    bind_integer(binding, "session_seed", origin->session->seed);
}

typedef struct Inserting {
    Context *context;
    Database *database;
    sqlite3_stmt *statement;
} Inserting;

static Status insert_body(void *data) {
    Inserting *inserting = data;
    bool row;
    return database_step(inserting->context, inserting->database, inserting->statement, &row);
}

Status database_insert(Context *context, Database *database, const Origin *origin, const Measurement *measurement) {
    Inserting inserting = {context, database, NULL};
    Binding binding = {.context = context};
    TRY(prepare_record(context, database, &inserting.statement, &binding.names, &binding.count));
    binding.statement = inserting.statement;
    bind_candidate(&binding, &measurement->candidate);
    bind_result(&binding, measurement);
    bind_origin(&binding, origin);
    Status status = database_transaction(context, database, insert_body, &inserting);
    sqlite3_finalize(inserting.statement);
    return status;
}

Status database_add_session(Context *context, Database *database, const DatabaseSession *session) {
    sqlite3_stmt *statement;
    bool row;
    TRY(database_prepare(context, database,
                         "INSERT INTO session (uuid, started_at, command, strategy, seed)"
                         " SELECT ?1, coalesce(?2, ''), coalesce(?3, ''), coalesce(?4, ''), ?5 WHERE true"
                         " ON CONFLICT (uuid) DO NOTHING",
                         &statement));
    sqlite3_bind_text(statement, 1, session->uuid, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, session->started_at, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, session->command, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, session->strategy, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 5, session->seed);
    Status status = database_step(context, database, statement, &row);
    sqlite3_finalize(statement);
    return status;
}
