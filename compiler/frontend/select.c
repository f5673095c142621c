/* SPDX-License-Identifier: Apache-2.0 */
/* --layer NAME: picks layers out of a list. */
#include <string.h>

#include "base/suggest.h"
#include "compiler/frontend/internal.h"

/* "resnet50:res2a_branch2b" is also called res2a_branch2b. */
static const char *short_name(const Layer *layer) {
    const char *colon = strrchr(layer->name, ':');
    return colon != NULL ? colon + 1 : layer->name;
}

static void collect(Context *context, const LayerList *layers, const char *name, bool by_short_name, LayerVector *out) {
    for (size_t i = 0; i < layers->count; i++) {
        const Layer *layer = &layers->items[i];
        if (strcmp(by_short_name ? short_name(layer) : layer->name, name) == 0) VECTOR_PUSH(context, out, *layer);
    }
}

static Status unknown_layer(Context *context, const LayerList *layers, const char *name) {
    const char **names = ARENA_ARRAY(context, const char *, 2 * layers->count);
    for (size_t i = 0; i < layers->count; i++) {
        names[i] = layers->items[i].name;
        names[layers->count + i] = short_name(&layers->items[i]);
    }
    const char *meant = suggest_word(name, strlen(name), names, 2 * layers->count);
    if (meant != NULL)
        return diag_error(context, STATUS_INVALID, "there is no layer '%s'; did you mean '%s'?", name, meant);
    const char *first = layers->items[0].name;
    return diag_error(context, STATUS_INVALID, "there is no layer '%s' among %zu, the first of which %s", name,
                      layers->count, first[0] != '\0' ? arena_format(context, "is '%s'", first) : "has no name");
}

Status frontend_select_layers(Context *context, const LayerList *layers, const char *name, const LayerList **out) {
    LayerVector selected = {0};
    collect(context, layers, name, false, &selected);
    if (selected.count == 0) collect(context, layers, name, true, &selected);
    if (selected.count == 0) return unknown_layer(context, layers, name);
    LayerList *list = ARENA_NEW(context, LayerList);
    *list = (LayerList){selected.items, selected.count};
    *out = list;
    return STATUS_OK;
}
