/* SPDX-License-Identifier: Apache-2.0 */
/* Tunes a convolution on this machine within a budget, shows what the database knows of it then, compiles it with the
 * schedule that was found, and writes all that was measured as JSON lines:
 *
 *     tune_layer DATABASE TRIALS >lines.jsonl
 *
 * Run it again and it goes on where it ended. */
#include <stdio.h>
#include <stdlib.h>

#include "septet.h"

static const char spec[] = "c=16 h=14 w=14 k=32 r=3 s=3 pad=1 bias relu";

/* Called for each measurement; anything but 0 would end the session. */
static int show(void *data, const septet_measurement *measurement) {
    (void)data;
    if (measurement->time_ms >= 0) {
        fprintf(stderr, "%-8s  %9.4f ms  best %9.4f ms  %s\n", measurement->kind, measurement->time_ms,
                measurement->best_ms, measurement->knobs);
    } else {
        fprintf(stderr, "%-8s  %s: %s\n", measurement->kind, measurement->status, measurement->detail);
    }
    return 0;
}

static septet_result show_best(septet_context *septet, septet_database *database, const septet_layers *layers) {
    septet_record *record;
    septet_result result = septet_database_best(septet, database, layers, 0, NULL, &record);
    if (result != SEPTET_DONE) return result;
    if (record == NULL) {
        fprintf(stderr, "no schedule was measured well enough\n");
    } else {
        fprintf(stderr, "best: %.4f ms, visits within %.1f %%, %s, measured %s:\n%s", record->time_ms,
                100 * record->spread, record->confirmed ? "confirmed" : "not confirmed", record->measured_at,
                record->schedule);
    }
    septet_record_free(record);
    return SEPTET_DONE;
}

static septet_result compile(septet_context *septet, septet_database *database, const septet_layers *layers) {
    septet_options options = SEPTET_OPTIONS_DEFAULT;
    septet_object *object;
    septet_kernel *kernel;
    options.database = database;
    septet_result result = septet_compile(septet, layers, 0, &options, &object);
    if (result != SEPTET_DONE) return result;
    result = septet_kernel_load(septet, object, &kernel);
    if (result == SEPTET_DONE)
        fprintf(stderr, "compiled with the schedule of: %s\n", septet_kernel_get_info(kernel)->schedule_source);
    septet_kernel_free(kernel);
    septet_object_free(object);
    return result;
}

static septet_result run(septet_context *septet, septet_database *database, septet_layers *layers, int64_t trials) {
    septet_tune_options options = SEPTET_TUNE_OPTIONS_DEFAULT;
    options.trials = trials;
    options.watch = show;
    septet_result result = septet_tune(septet, database, layers, &options);
    if (result == SEPTET_DONE) result = show_best(septet, database, layers);
    if (result == SEPTET_DONE) result = compile(septet, database, layers);
    if (result == SEPTET_DONE) result = septet_database_export(septet, database, "status = 'ok'", stdout);
    return result;
}

int main(int count, char **words) {
    septet_context *septet = septet_new();
    septet_layers *layers = NULL;
    septet_database *database = NULL;
    if (count != 3 || septet == NULL) {
        fprintf(stderr, "usage: tune_layer DATABASE TRIALS\n");
        septet_free(septet);
        return 2;
    }
    septet_result result = septet_layers_parse(septet, spec, &layers);
    if (result == SEPTET_DONE) result = septet_database_open(septet, words[1], 1, &database);
    if (result == SEPTET_DONE) result = run(septet, database, layers, strtoll(words[2], NULL, 10));
    if (result != SEPTET_DONE) fprintf(stderr, "%s\n", septet_last_error(septet));
    septet_database_close(database);
    septet_layers_free(layers);
    septet_free(septet);
    return result == SEPTET_DONE ? 0 : 1;
}
