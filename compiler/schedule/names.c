/* SPDX-License-Identifier: Apache-2.0 */
/* Finding loops by the names that steps use: living loops, and the old names of peeled ones. */
#include "compiler/schedule/internal.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

typedef struct Collector {
    Context *context;
    StmtList *loops;
} Collector;

static void collect_child(void *data, const Stmt *stmt) {
    Collector *collector = data;
    if (stmt->kind == STMT_FOR) VECTOR_PUSH(collector->context, collector->loops, stmt);
    stmt_visit_children(stmt, collect_child, collector);
}

void collect_loops(Context *context, const Stmt *stmt, StmtList *out) {
    Collector collector = {context, out};
    collect_child(&collector, stmt);
}

void stmt_flatten(Context *context, const Stmt *stmt, StmtList *out) {
    if (stmt->kind != STMT_BLOCK) {
        VECTOR_PUSH(context, out, stmt);
        return;
    }
    for (int i = 0; i < stmt->block.count; i++) stmt_flatten(context, stmt->block.items[i], out);
}

bool nest_lists(const Nest *nest, const Tensor *tensor) {
    for (int i = 0; i < nest->tensor_count; i++)
        if (nest->tensors[i] == tensor) return true;
    return false;
}

bool contains_var(const VarList *list, const Var *var) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == var) return true;
    return false;
}

static VarList living_loops(const Application *application) {
    StmtList loops = {0};
    VarList vars = {0};
    collect_loops(application->context, application->nest->body, &loops);
    if (application->nest->ahead != NULL) collect_loops(application->context, application->nest->ahead, &loops);
    for (size_t i = 0; i < loops.count; i++)
        if (!contains_var(&vars, loops.items[i]->loop.var))
            VECTOR_PUSH(application->context, &vars, loops.items[i]->loop.var);
    return vars;
}

/* Does the loop belong to packing, or to a nest that no stage computes, such as the filling of a result? */
static bool is_aside(const Application *application, const Var *var) {
    const Stage *stage = pipeline_find_stage(application->nest->pipeline, var->stage);
    return stage == NULL || stage->ahead;
}

/* Does "[stage.]name" mean this loop? Loops of packing and filling are meant only with their
 * stage's name. */
static bool names_loop(const Application *application, const char *stage, const char *name, const Var *var) {
    if (strcmp(var->name, name) != 0) return false;
    if (stage == NULL) return !is_aside(application, var);
    return strcmp(var->stage, stage) == 0;
}

static bool add_matches(const Application *application, const VarList *living, const char *stage, const char *name,
                        VarList *out) {
    bool is_known = false;
    for (size_t i = 0; i < living->count; i++) {
        if (!names_loop(application, stage, name, living->items[i])) continue;
        if (!contains_var(out, living->items[i])) VECTOR_PUSH(application->context, out, living->items[i]);
        is_known = true;
    }
    for (const Alias *alias = application->nest->aliases; alias != NULL; alias = alias->next) {
        if (strcmp(alias->name, name) != 0 || (stage != NULL && strcmp(stage, alias->stage) != 0)) continue;
        for (int i = 0; i < alias->count; i++) add_matches(application, living, alias->stage, alias->meaning[i], out);
        is_known = true;
    }
    return is_known;
}

static Status refuse_unknown(const Application *application, const LoopName *name, const VarList *living) {
    Text text = text_new(application->context);
    for (size_t i = 0; i < living->count; i++) {
        if (is_aside(application, living->items[i])) continue;
        text_add(&text, text.length == 0 ? "%s" : " %s", living->items[i]->name);
    }
    return refuse(application, name->offset, "there is no loop '%s'; the loops are %s", name->name, text_string(&text));
}

Status find_loops(const Application *application, const LoopName *name, VarList *out) {
    VarList living = living_loops(application);
    *out = (VarList){0};
    if (!add_matches(application, &living, name->stage, name->name, out))
        return refuse_unknown(application, name, &living);
    for (size_t i = 1; i < out->count; i++) {
        const char *first = out->items[0]->stage, *other = out->items[i]->stage;
        if (strcmp(first, other) != 0)
            return refuse(application, name->offset, "loop '%s' is in stages %s and %s; write %s.%s or %s.%s",
                          name->name, first, other, first, name->name, other, name->name);
    }
    return STATUS_OK;
}

Status find_within(const Application *application, VarList *out) {
    *out = (VarList){0};
    for (int i = 0; i < application->step->within_count; i++) {
        VarList copies;
        TRY(find_loops(application, &application->step->within[i], &copies));
        for (size_t j = 0; j < copies.count; j++) VECTOR_PUSH(application->context, out, copies.items[j]);
    }
    return STATUS_OK;
}

Status find_loop(const Application *application, const LoopName *name, const Var **out) {
    VarList loops;
    TRY(find_loops(application, name, &loops));
    if (loops.count == 1) {
        *out = loops.items[0];
        return STATUS_OK;
    }
    if (loops.count == 0) return refuse(application, name->offset, "loop '%s' has no iterations left", name->name);
    return refuse(application, name->offset, "'%s' means %zu copies here, '%s' first; name one of them", name->name,
                  loops.count, loops.items[0]->name);
}

Status check_new_name(const Application *application, const char *stage, const char *name, const VarList *dying) {
    VarList living = living_loops(application);
    bool is_taken = false;
    for (size_t i = 0; i < living.count; i++) {
        const Var *var = living.items[i];
        is_taken |= strcmp(var->name, name) == 0 && strcmp(var->stage, stage) == 0 && !contains_var(dying, var);
    }
    for (const Alias *alias = application->nest->aliases; alias != NULL; alias = alias->next)
        is_taken |= strcmp(alias->name, name) == 0 && strcmp(alias->stage, stage) == 0;
    if (!is_taken) return STATUS_OK;
    return refuse(application, application->step->offset, "there is a loop '%s' already; choose another name", name);
}

void add_alias(Context *context, Nest *nest, const char *stage, const char *name, int count,
               const char *const *meaning) {
    const char **names = ARENA_ARRAY(context, const char *, (size_t)count + 1);
    for (int i = 0; i < count; i++) names[i] = meaning[i];
    Alias *alias = ARENA_NEW(context, Alias);
    *alias = (Alias){.next = nest->aliases, .stage = stage, .name = name, .count = count, .meaning = names};
    nest->aliases = alias;
}
