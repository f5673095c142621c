/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks with equal problems become one layer. Equal ones are found by sorting, so that no model is slow. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "compiler/frontend/onnx/task.h"

/* A task under a key that equal ones share. */
typedef struct Keyed {
    const char *key;
    size_t index;
} Keyed;

static int compare_keyed(const void *a, const void *b) {
    const Keyed *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Sorts by key, and writes for each index that of the first with the same key. */
static void find_first(Keyed *keyed, size_t count, size_t *first) {
    if (count > 0) qsort(keyed, count, sizeof *keyed, compare_keyed);
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && strcmp(keyed[i].key, keyed[i - 1].key) == 0;
        first[keyed[i].index] = same ? first[keyed[i - 1].index] : keyed[i].index;
    }
}

/* A kernel's name keeps letters and digits only: names that differ in other characters count as the same here. */
static const char *name_key(Context *context, const char *name) {
    char *key = arena_alloc(context, strlen(name) + 1);
    for (size_t i = 0; name[i] != '\0'; i++) key[i] = isalnum((unsigned char)name[i]) ? name[i] : '_';
    return key;
}

/* Layers of one network must not share a kernel's name: later ones get their node's number. */
static void make_names_differ(Context *context, Layer *layers, const size_t *nodes, size_t count) {
    Keyed *keyed = ARENA_ARRAY(context, Keyed, count);
    size_t *first = ARENA_ARRAY(context, size_t, count);
    for (size_t i = 0; i < count; i++) keyed[i] = (Keyed){name_key(context, layers[i].name), i};
    find_first(keyed, count, first);
    for (size_t i = 0; i < count; i++) {
        if (first[i] != i) layers[i].name = arena_format(context, "%s_%zu", layers[i].name, nodes[i]);
    }
}

/* For each task the first one with an equal problem. */
static const size_t *find_equal(Context *context, const OnnxTask *tasks, size_t count) {
    Keyed *keyed = ARENA_ARRAY(context, Keyed, count);
    size_t *first = ARENA_ARRAY(context, size_t, count);
    for (size_t i = 0; i < count; i++) {
        Text text = text_new(context);
        problem_print(&tasks[i].problem, &text);
        keyed[i] = (Keyed){text_string(&text), i};
    }
    find_first(keyed, count, first);
    return first;
}

/* Later messages about a layer show a place in a text. A model is none, so that its layers are written as one. */
static void give_source(const OnnxGraph *graph, Layer *layers, size_t count) {
    Source *source = ARENA_NEW(graph->context, Source);
    Text text = text_new(graph->context);
    for (size_t i = 0; i < count; i++) {
        layers[i].source = source;
        layers[i].offset = text.length;
        text_add(&text, "%s: ", layers[i].name);
        problem_print(&layers[i].problem, &text);
        text_add(&text, "\n");
    }
    *source = (Source){.name = graph->file, .text = text_string(&text), .length = text.length};
}

LayerList onnx_merge(const OnnxGraph *graph, const OnnxTask *tasks, size_t count, OnnxConvolution *convolutions) {
    const size_t *first = find_equal(graph->context, tasks, count);
    Layer *layers = ARENA_ARRAY(graph->context, Layer, count);
    size_t *nodes = ARENA_ARRAY(graph->context, size_t, count);
    size_t layer_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (first[i] == i) {
            const OnnxNodeName *name = &tasks[i].node->name;
            nodes[layer_count] = name->index;
            layers[layer_count] = (Layer){.name = name->name, .problem = tasks[i].problem};
            convolutions[i].layer = layer_count++;
        }
        convolutions[i].layer = convolutions[first[i]].layer;
        layers[convolutions[i].layer].count++;
    }
    make_names_differ(graph->context, layers, nodes, layer_count);
    give_source(graph, layers, layer_count);
    return (LayerList){layers, layer_count};
}
