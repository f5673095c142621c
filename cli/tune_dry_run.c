/* SPDX-License-Identifier: Apache-2.0 */
/* septet tune --dry-run: what a session would search, and where it would begin. Nothing is measured. */
#include <stdio.h>

#include "cli/json.h"
#include "cli/tune.h"

static void print_value(const Knob *knob, int index) {
    if (knob->words != NULL)
        printf(" %s", knob->words[knob->values[index]]);
    else
        printf(" %lld", (long long)knob->values[index]);
}

static void print_knobs(const Space *space) {
    for (int i = 0; i < space->knob_count; i++) {
        const Knob *knob = &space->knobs[i];
        printf("    %-12s", knob->name);
        for (int value = 0; value < knob->count; value++) print_value(knob, value);
        printf("\n");
    }
}

static void print_sizes(const Space *space) {
    SpaceCount count = space_count(space);
    const char *about = count.exact ? "" : "about ";
    printf("  %s%lld points: %s%lld whose schedule applies, %s%lld of them searched\n", about,
           (long long)space_size(space), about, (long long)count.legal, about, (long long)count.allowed);
}

static void print_point(Context *context, const Space *space, const Point *point, int number) {
    Text text = text_new(context);
    space_print_point(space, point, &text);
    printf("    %d  %s\n", number, text_string(&text));
}

/* Candidate 0, and the batch that the strategy asks for without having been told anything. */
static Status print_first(Context *context, const SessionOptions *options, const Space *space, size_t layer) {
    Strategy *strategy = NULL;
    Point batch[STRATEGY_BATCH];
    TRY(strategy_new(context, options->strategy, space, options->seed, layer, &strategy));
    printf("  first candidates of %s, seed %llu; 0 is the default\n", options->strategy,
           (unsigned long long)options->seed);
    print_point(context, space, &space->start, 0);
    strategy_tell(strategy, &space->start, true, 0);
    int count = strategy_ask(strategy, batch, STRATEGY_BATCH);
    for (int i = 0; i < count; i++) print_point(context, space, &batch[i], i + 1);
    return STATUS_OK;
}

static Status print_layer(Command *command, const SessionOptions *options, size_t index) {
    Context *context = command->context;
    const SessionLayer *layer = &options->layers[index];
    const RecipeSpace *recipe = recipe_space_new(context, layer->problem, options->target, options->threads);
    Space space = space_of_recipe(recipe, options->any_legal);
    printf("%s  x%lld  %s, %d thread%s\n", layer->label, (long long)layer->count, options->target->name,
           options->threads, options->threads == 1 ? "" : "s");
    if (recipe->recipe == NULL) {
        printf("  no recipe knows this kind of layer: the default is all there is\n\n");
        return STATUS_OK;
    }
    printf("  knobs of %s\n", recipe->recipe);
    print_knobs(&space);
    print_sizes(&space);
    TRY(print_first(context, options, &space, index));
    printf("\n");
    return STATUS_OK;
}

static Status print_json(Command *command, const SessionOptions *options, size_t index) {
    const SessionLayer *layer = &options->layers[index];
    const RecipeSpace *recipe = recipe_space_new(command->context, layer->problem, options->target, options->threads);
    Space space = space_of_recipe(recipe, options->any_legal);
    SpaceCount count = space_count(&space);
    Text start = text_new(command->context);
    space_print_point(&space, &space.start, &start);
    const char *knobs = text_string(&start);
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", layer->label);
    json_add_integer(&line, "count", layer->count);
    json_add_string(&line, "target", options->target->name);
    json_add_integer(&line, "threads", options->threads);
    json_add_string(&line, "recipe", recipe->recipe);
    json_add_integer(&line, "points", space_size(&space));
    json_add_integer(&line, "legal", count.legal);
    json_add_integer(&line, "searched", count.allowed);
    json_add_bool(&line, "exact", count.exact);
    json_add_string(&line, "default_knobs", knobs);
    return json_line_print(command->context, &line, stdout);
}

Status tune_dry_run(Command *command, const SessionOptions *options) {
    bool json = command->arguments.option[OPTION_JSON] != NULL;
    for (size_t i = 0; i < options->layer_count; i++)
        TRY(json ? print_json(command, options, i) : print_layer(command, options, i));
    return STATUS_OK;
}
