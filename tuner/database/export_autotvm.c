/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements in the log format of AutoTVM, version 0.2 (python/tvm/autotvm/record.py of apache/tvm 0.8 and later),
 * for tools that read it. A line is
 *
 *     {"input": [TARGET, TASK, ARGUMENTS, {}], "config": {"index", "code_hash", "entity": [[KNOB, "ot", VALUE], …]},
 *      "result": [[SECONDS, …], ERROR, SECONDS IN ALL, MOMENT], "version": 0.2, "tvm_version": …}
 *
 * A task of ours is no template of TVM's, so it has a name of its own, and TVM never takes its knobs for those of a
 * template. docs/database.md says what stands where. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "ir/problem.h"
#include "targets/target.h"
#include "tuner/database/internal.h"

/* Costs: the medians of the visits, else the one time there is; AutoTVM's own large number where there is none. */
static const char columns[] =
    "SELECT problem, target, machine, workers, regime, status, CASE WHEN status <> 'ok' THEN '[1000000000.0]'"
    " WHEN visits IS NULL THEN json_array(time_ns / 1e9)"
    " ELSE (SELECT json_group_array((v.value ->> 'median_ns') / 1e9) FROM json_each(visits) v) END,"
    " coalesce(build_s, 0) + coalesce(wait_s, 0) + coalesce(run_s, 0),"
    " CAST(strftime('%s', measured_at) AS INTEGER) + CAST(strftime('%f', measured_at) AS REAL)"
    " - CAST(strftime('%S', measured_at) AS REAL), schedule, recipe, knobs, build";

enum Column {
    PROBLEM,
    TARGET,
    MACHINE,
    WORKERS,
    REGIME,
    STATUS,
    COSTS,
    SECONDS,
    MOMENT,
    SCHEDULE,
    RECIPE,
    KNOBS,
    BUILD
};

typedef struct Exporting {
    Context *context;
    FILE *out;
    DatabaseChange *change;
} Exporting;

/* One line in the making, in a context of its own. */
typedef struct Line {
    Context *context;
    const Row *row;
    Text text;
} Line;

static void add_json_string(Text *text, const char *string) {
    text_add_string(text, "\"");
    for (; *string != '\0'; string++) {
        unsigned char byte = (unsigned char)*string;
        if (byte == '"' || byte == '\\') {
            text_add(text, "\\%c", byte);
        } else {
            text_add(text, byte < ' ' ? "\\u%04x" : "%c", byte);
        }
    }
    text_add_string(text, "\"");
}

static const char *column_text(const Line *line, enum Column column) {
    const Value *value = &line->row->values[column];
    return value->kind == VALUE_TEXT ? value->text : "";
}

static double column_number(const Line *line, enum Column column) {
    const Value *value = &line->row->values[column];
    return value->kind == VALUE_INTEGER ? (double)value->integer : value->kind == VALUE_REAL ? value->real : 0;
}

/* TVM's names of types: "float32". */
static const char *dtype(Context *context, ScalarType type) {
    const char *name = type_name(type);
    const char *kind = name[0] == 'f' ? "float" : name[0] == 'u' ? "uint" : name[0] == 's' ? "int" : "bfloat";
    return arena_format(context, "%s%d", kind, (int)(8 * type_bytes(type)));
}

/* Channels of an activation stand where its layout says. */
static void add_activation(Line *line, const Problem *problem, ActivationLayout layout, bool is_input) {
    Text *text = &line->text;
    int64_t channels = is_input ? problem->c : problem->k;
    text_add(text, "[\"TENSOR\", [%lld", (long long)problem->n);
    if (layout.order == LAYOUT_CHANNELS_FIRST) text_add(text, ", %lld", (long long)channels);
    if (layout.order == LAYOUT_CHANNELS_BLOCKED)
        text_add(text, ", %lld", (long long)((channels + layout.block - 1) / layout.block));
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *dimension = &problem->dimension[i];
        text_add(text, ", %lld", (long long)(is_input ? dimension->input : dimension->output));
    }
    if (layout.order == LAYOUT_CHANNELS_LAST) text_add(text, ", %lld", (long long)channels);
    if (layout.order == LAYOUT_CHANNELS_BLOCKED) text_add(text, ", %lld", (long long)layout.block);
    text_add(text, "], \"%s\"]", dtype(line->context, is_input ? problem->x_type : problem->y_type));
}

/* KCRS, transposed CKRS. */
static void add_weights(Line *line, const Problem *problem) {
    Text *text = &line->text;
    int64_t first = problem->transposed ? problem->c : problem->k;
    int64_t second = (problem->transposed ? problem->k : problem->c) / problem->g;
    text_add(text, "[\"TENSOR\", [%lld, %lld", (long long)first, (long long)second);
    for (int i = 0; i < problem->spatial; i++) text_add(text, ", %lld", (long long)problem->dimension[i].kernel);
    text_add(text, "], \"%s\"]", dtype(line->context, problem->w_type));
}

/* One of the fields of all dimensions: "[2, 2]". */
static void add_each(Text *text, const Problem *problem, int64_t (*field)(const Dimension *dimension)) {
    text_add_string(text, "[");
    for (int i = 0; i < problem->spatial; i++)
        text_add(text, "%s%lld", i > 0 ? ", " : "", (long long)field(&problem->dimension[i]));
    text_add_string(text, "]");
}

static int64_t stride_of(const Dimension *dimension) {
    return dimension->stride;
}

static int64_t dilation_of(const Dimension *dimension) {
    return dimension->dilation;
}

static int64_t begin_of(const Dimension *dimension) {
    return dimension->pad_begin;
}

static int64_t end_of(const Dimension *dimension) {
    return dimension->pad_end;
}

static void add_layout(Line *line, ActivationLayout layout, int spatial) {
    Text name = text_new(line->context);
    layout_print(layout, spatial, &name);
    add_json_string(&line->text, text_string(&name));
}

static void add_arguments(Line *line, const Problem *problem) {
    Text *text = &line->text;
    text_add_string(text, "[");
    add_activation(line, problem, problem->x_layout, true);
    text_add_string(text, ", ");
    add_weights(line, problem);
    text_add_string(text, ", ");
    add_activation(line, problem, problem->y_layout, false);
    text_add_string(text, ", ");
    add_each(text, problem, stride_of);
    text_add_string(text, ", [");
    add_each(text, problem, begin_of);
    text_add_string(text, ", ");
    add_each(text, problem, end_of);
    text_add_string(text, "], ");
    add_each(text, problem, dilation_of);
    text_add(text, ", %lld, ", (long long)problem->g);
    add_layout(line, problem->x_layout, problem->spatial);
    text_add_string(text, ", ");
    add_layout(line, problem->y_layout, problem->spatial);
    const char *epilogue = strstr(column_text(line, PROBLEM), "epilogue=");
    text_add_string(text, ", ");
    add_json_string(text, epilogue != NULL ? epilogue + strlen("epilogue=") : "none");
    text_add(text, ", %lld, ", (long long)column_number(line, WORKERS));
    add_json_string(text, column_text(line, REGIME));
    text_add_string(text, ", ");
    add_json_string(text, column_text(line, MACHINE));
    text_add_string(text, "]");
}

/* As TVM writes targets. One that this version does not know is still LLVM's. */
static void add_target(Line *line) {
    const Target *target;
    const char *name = column_text(line, TARGET), *words = "llvm -keys=cpu";
    if (target_find(line->context, name, &target) == STATUS_OK)
        words = arena_format(line->context, "llvm -keys=cpu -mcpu=%s -mtriple=%s", target->cpu, target->triple);
    add_json_string(&line->text, words);
}

static Status add_input(Line *line) {
    const char *text = column_text(line, PROBLEM);
    const Source source = {"problem", text, strlen(text)};
    Problem problem;
    TRY(problem_parse(line->context, &source, &problem));
    text_add_string(&line->text, "{\"input\": [");
    add_target(line);
    text_add(&line->text, ", \"septet.conv%dd%s\", ", problem.spatial, problem.transposed ? "_transpose" : "");
    add_arguments(line, &problem);
    text_add_string(&line->text, ", {}]");
    return STATUS_OK;
}

/* Equal settings have equal numbers (FNV-1a, 31 bits): AutoTVM tells settings of a task apart by them. */
static uint32_t number_of(const Line *line) {
    uint32_t hash = 2166136261U;
    const enum Column of[] = {RECIPE, KNOBS, SCHEDULE};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        for (const char *at = column_text(line, of[i]); *at != '\0'; at++)
            hash = (hash ^ (unsigned char)*at) * 16777619U;
    }
    return hash & INT32_MAX;
}

/* "unroll_taps=no lanes=16": numbers, truth values and words are such in JSON too. */
static void add_knob(Line *line, const char *knob, size_t length) {
    Text *text = &line->text;
    const char *equals = memchr(knob, '=', length);
    if (equals == NULL) return;
    const char *name = arena_substring(line->context, knob, (size_t)(equals - knob));
    const char *value = arena_substring(line->context, equals + 1, length - (size_t)(equals + 1 - knob));
    text_add_string(text, ", [");
    add_json_string(text, name);
    text_add_string(text, ", \"ot\", ");
    if (value[0] != '\0' && value[strspn(value, "0123456789")] == '\0') {
        text_add_string(text, value);
    } else if (strcmp(value, "yes") == 0 || strcmp(value, "no") == 0) {
        text_add_string(text, value[0] == 'y' ? "true" : "false");
    } else {
        add_json_string(text, value);
    }
    text_add_string(text, "]");
}

static void add_config(Line *line) {
    Text *text = &line->text;
    const char *knobs = column_text(line, KNOBS);
    text_add(text, ", \"config\": {\"index\": %u, \"code_hash\": null, \"entity\": [[\"recipe\", \"ot\", ",
             (unsigned)number_of(line));
    add_json_string(text, column_text(line, RECIPE));
    text_add_string(text, "]");
    while (*knobs != '\0') {
        size_t length = strcspn(knobs, " ");
        add_knob(line, knobs, length);
        knobs += length + strspn(knobs + length, " ");
    }
    text_add_string(text, ", [\"schedule\", \"ot\", ");
    add_json_string(text, column_text(line, SCHEDULE));
    text_add_string(text, "]]}");
}

/* MeasureErrorNo of AutoTVM. */
static int error_number(const char *status) {
    static const struct {
        const char *status;
        int number;
    } errors[] = {{"ok", 0},    {"refused", 1},       {"build_error", 2}, {"crashed", 4}, {"out_of_memory", 4},
                  {"wrong", 5}, {"build_timeout", 6}, {"run_timeout", 7}};
    const int unknown = 8;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        if (strcmp(errors[i].status, status) == 0) return errors[i].number;
    }
    return unknown;
}

static Status print_line(void *data) {
    Line *line = data;
    line->text = text_new(line->context);
    TRY(add_input(line));
    add_config(line);
    text_add(&line->text, ", \"result\": [%s, %d, ", column_text(line, COSTS), error_number(column_text(line, STATUS)));
    text_add_number(&line->text, column_number(line, SECONDS));
    text_add_string(&line->text, ", ");
    text_add_number(&line->text, column_number(line, MOMENT));
    text_add_string(&line->text, "], \"version\": 0.2, \"tvm_version\": ");
    add_json_string(&line->text, column_text(line, BUILD));
    text_add_string(&line->text, "}\n");
    return STATUS_OK;
}

/* A problem that this version cannot read has no tensors to name: its rows are counted, and left out. */
static Status export_row(void *data, const Row *row) {
    const Exporting *exporting = data;
    Line line = {.row = row};
    exporting->change->read++;
    TRY(context_new_beside(exporting->context, &line.context));
    Status status = context_run(line.context, print_line, &line);
    if (status == STATUS_OK) {
        fputs(text_string(&line.text), exporting->out);
        exporting->change->added++;
    }
    context_free(line.context);
    if (status != STATUS_NO_MEMORY) return STATUS_OK;
    return diag_error(exporting->context, STATUS_NO_MEMORY, "out of memory");
}

Status database_export_autotvm(Context *context, Database *database, const char *where, FILE *out,
                               DatabaseChange *change) {
    Exporting exporting = {context, out, change};
    const char *sql =
        arena_format(context, "%s FROM record WHERE (%s\n) ORDER BY uuid", columns, where != NULL ? where : "true");
    *change = (DatabaseChange){0};
    TRY(database_select(context, database, sql, NULL, 0, false, export_row, &exporting));
    if (change->added < change->read)
        diag_note(context, "%lld measurements are of problems that this version cannot read, and are left out",
                  (long long)(change->read - change->added));
    return database_flush(context, out);
}
