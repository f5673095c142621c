/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `septet tune`: layers, shard, strategy, budget. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

typedef VECTOR(SessionLayer) Layers;

/* Candidate 0 that the user gives. */
static Status read_first(Context *context, const Request *request, const RequestLayer *layer, const Candidate **out) {
    const Plan *plan;
    *out = NULL;
    if (layer->schedule == NULL && request->schedule == NULL) return STATUS_OK;
    TRY(request_plan(context, request, layer, NULL, &plan));
    Candidate *first = ARENA_NEW(context, Candidate);
    *first = (Candidate){.schedule = plan->schedule};
    *out = first;
    return STATUS_OK;
}

static SessionLayer *find_problem(Context *context, const Layers *layers, const Problem *problem) {
    Text wanted = text_new(context);
    problem_print(problem, &wanted);
    for (size_t i = 0; i < layers->count; i++) {
        Text text = text_new(context);
        problem_print(layers->items[i].problem, &text);
        if (strcmp(text_string(&text), text_string(&wanted)) == 0) return &layers->items[i];
    }
    return NULL;
}

static Status list_problems(Context *context, const Request *request, Layers *out) {
    for (size_t i = 0; i < request->count; i++) {
        const RequestLayer *layer = &request->layers[i];
        SessionLayer one = {.label = layer->label, .count = layer->layer.count, .problem = &layer->layer.problem};
        SessionLayer *same = find_problem(context, out, one.problem);
        if (same != NULL) {
            same->count += one.count;
            continue;
        }
        if (problem_check_supported(context, one.problem) != STATUS_OK) {
            diag_note(context, "layer %s is left out: %s", one.label, diag_message(context));
            diag_clear(context);
            continue;
        }
        TRY(read_first(context, request, layer, &one.first));
        VECTOR_PUSH(context, out, one);
    }
    return STATUS_OK;
}

static Status list_layers(Command *command, const Request *request, SessionOptions *out) {
    Layers all = {0}, share = {0};
    Shard shard;
    TRY(read_shard(command, &shard));
    TRY(list_problems(command->context, request, &all));
    for (size_t i = shard.first; i < all.count; i += shard.step) VECTOR_PUSH(command->context, &share, all.items[i]);
    out->layers = share.items;
    out->layer_count = share.count;
    if (share.count > 0) return STATUS_OK;
    if (all.count == 0)
        return diag_error(command->context, STATUS_UNSUPPORTED, "there is no layer that this version can compile");
    return command_misused(command, "--shard %s: there are only %zu layers", command->arguments.option[OPTION_SHARD],
                           all.count);
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
