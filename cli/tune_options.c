/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `septet tune`: layers, shard, strategy, budget. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/vector.h"
#include "cli/tune.h"

enum { DEFAULT_MINUTES = 10, SECONDS_A_MINUTE = 60 };

/* --shard i/n: every n-th layer, beginning with the i-th. */
typedef struct Shard {
    size_t first, step; /* of the layers, the former from 0 */
} Shard;

static Status read_shard(Command *command, Shard *out) {
    const char *text = command->arguments.option[OPTION_SHARD];
    *out = (Shard){0, 1};
    if (text == NULL) return STATUS_OK;
    char *slash, *end;
    long number = strtol(text, &slash, 10), count = *slash == '/' ? strtol(slash + 1, &end, 10) : 0;
    bool is_read = slash != text && count > 0 && *end == '\0';
    if (!is_read || number < 1 || number > count)
        return command_misused(command, "--shard %s: expected i/n with 1 <= i <= n, as 2/4", text);
    *out = (Shard){(size_t)number - 1, (size_t)count};
    return STATUS_OK;
}

static Status list_layers(Command *command, const Request *request, SessionOptions *out) {
    VECTOR(SessionLayer) layers = {0};
    Shard shard;
    TRY(read_shard(command, &shard));
    for (size_t i = shard.first; i < request->count; i += shard.step) {
        const RequestLayer *layer = &request->layers[i];
        SessionLayer one = {.label = layer->label, .count = layer->layer.count, .problem = &layer->layer.problem};
        TRY(problem_check_supported(command->context, one.problem));
        VECTOR_PUSH(command->context, &layers, one);
    }
    out->layers = layers.items;
    out->layer_count = layers.count;
    if (layers.count > 0) return STATUS_OK;
    return command_misused(command, "--shard %s: there are only %zu layers", command->arguments.option[OPTION_SHARD],
                           request->count);
}

/* Seconds until the clock shows that time next. */
static double seconds_until(int hour, int minute) {
    time_t now = time(NULL);
    struct tm when;
    localtime_r(&now, &when);
    when.tm_hour = hour;
    when.tm_min = minute;
    when.tm_sec = 0;
    when.tm_isdst = -1;
    double seconds = difftime(mktime(&when), now);
    if (seconds > 0) return seconds;
    when.tm_mday++;
    return difftime(mktime(&when), now);
}

/* --minutes and --until: the seconds that the session has, 0 when neither is given. */
static Status read_seconds(Command *command, double *out) {
    const double most_minutes = 1e6;
    const char *minutes = command->arguments.option[OPTION_MINUTES], *until = command->arguments.option[OPTION_UNTIL];
    char *end;
    double number = minutes != NULL ? strtod(minutes, &end) : 0;
    if (minutes != NULL && (end == minutes || *end != '\0' || !(number > 0) || number > most_minutes))
        return command_misused(command, "--minutes %s: expected a number above 0", minutes);
    *out = number * SECONDS_A_MINUTE;
    if (until == NULL) return STATUS_OK;
    int hour = 0, minute = 0, length = 0;
    bool is_read = sscanf(until, "%2d:%2d%n", &hour, &minute, &length) == 2 && until[length] == '\0';
    if (!is_read || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return command_misused(command, "--until %s: expected a time of the day, as 06:00", until);
    double left = seconds_until(hour, minute);
    *out = minutes == NULL ? left : fmin(*out, left);
    return STATUS_OK;
}

/* Whichever limit is met first ends the search. A budget of nothing is refused. */
static Status read_budget(Command *command, SessionOptions *out) {
    long long trials;
    TRY(command_blame_user(
        command, arguments_integer(command->context, &command->arguments, OPTION_TRIALS, 1, INT32_MAX, 0, &trials)));
    TRY(read_seconds(command, &out->seconds));
    out->trials = trials;
    if (out->seconds <= 0 && trials == 0) out->seconds = DEFAULT_MINUTES * SECONDS_A_MINUTE;
    return STATUS_OK;
}

Status tune_read(Command *command, const Request *request, SessionOptions *out) {
    const Arguments *arguments = &command->arguments;
    const char *strategy = arguments->option[OPTION_STRATEGY];
    long long seed;
    TRY(command_blame_user(command,
                           arguments_integer(command->context, arguments, OPTION_SEED, 0, INT64_MAX, 1, &seed)));
    *out = (SessionOptions){.target = request->target,
                            .threads = request->threads,
                            .cold_weights = arguments->option[OPTION_COLD_WEIGHTS] != NULL,
                            .strategy = strategy != NULL ? strategy : "descent",
                            .seed = (uint64_t)seed,
                            .any_legal = arguments->option[OPTION_UNPROMISING] != NULL};
    TRY(command_blame_user(command, strategy_check(command->context, out->strategy)));
    TRY(read_budget(command, out));
    return list_layers(command, request, out);
}
