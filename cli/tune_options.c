/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `septet tune`: layers, shard, strategy. */
#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "cli/tune.h"

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
    return list_layers(command, request, out);
}
