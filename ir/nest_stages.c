/* SPDX-License-Identifier: Apache-2.0 */
/* Loop names for printing: where loops of several stages stand in one another, the first of the guests carries its
 * stage, and so do those that have the name of a loop around. */
#include <string.h>

#include "base/vector.h"
#include "ir/nest_print.h"

/* A loop and the loop that is printed in its place. */
typedef struct Renaming {
    const Var *from, *to;
} Renaming;

typedef struct Naming {
    Context *context;
    const char *stage;       /* of the loop around; NULL outside of all loops */
    const char *last_stored; /* what search_last_store found */
    VECTOR(const Var *) around;
    VECTOR(Renaming) renamings;
} Naming;

static void search_last_store(void *data, const Stmt *stmt) {
    Naming *naming = data;
    if (stmt->kind == STMT_STORE) naming->last_stored = stmt->store.tensor->name;
    stmt_visit_children(stmt, search_last_store, naming);
}

static const Var *find_renamed(const Naming *naming, const Var *var) {
    for (size_t i = 0; i < naming->renamings.count; i++)
        if (naming->renamings.items[i].from == var) return naming->renamings.items[i].to;
    return NULL;
}

static void rename_loop(Naming *naming, const Var *var) {
    if (find_renamed(naming, var) != NULL) return;
    Var *renamed = ARENA_NEW(naming->context, Var);
    *renamed = *var;
    renamed->name = arena_format(naming->context, "%s.%s", var->stage, var->name);
    Renaming renaming = {.from = var, .to = renamed};
    VECTOR_PUSH(naming->context, &naming->renamings, renaming);
}

static bool is_name_around(const Naming *naming, const Var *var) {
    for (size_t i = 0; i < naming->around.count; i++)
        if (strcmp(naming->around.items[i]->name, var->name) == 0) return true;
    return false;
}

static void search_guests(void *data, const Stmt *stmt) {
    Naming *naming = data;
    const char *around = naming->stage;
    if (stmt->kind == STMT_FOR) {
        if (around == NULL) search_last_store(naming, stmt);
        const char *expected = around == NULL ? naming->last_stored : around;
        bool is_guest = expected == NULL || strcmp(expected, stmt->loop.var->stage) != 0;
        if (is_guest || is_name_around(naming, stmt->loop.var)) rename_loop(naming, stmt->loop.var);
        naming->stage = stmt->loop.var->stage;
        VECTOR_PUSH(naming->context, &naming->around, stmt->loop.var);
    }
    stmt_visit_children(stmt, search_guests, naming);
    if (stmt->kind == STMT_FOR) naming->around.count--;
    naming->stage = around;
}

static const Stmt *replace_loop(void *data, Context *context, const Stmt *stmt) {
    if (stmt->kind != STMT_FOR) return stmt;
    const Var *renamed = find_renamed(data, stmt->loop.var);
    if (renamed == NULL) return stmt;
    return stmt_loop(context, renamed, stmt->loop.lower, stmt->loop.upper, stmt->loop.mark, stmt->loop.factor,
                     stmt->loop.body);
}

const Stmt *stmt_name_stages(Context *context, const Stmt *stmt) {
    Naming naming = {.context = context};
    search_guests(&naming, stmt);
    if (naming.renamings.count == 0) return stmt;
    for (size_t i = 0; i < naming.renamings.count; i++) {
        const Renaming *renaming = &naming.renamings.items[i];
        stmt = stmt_substitute(context, stmt, renaming->from, affine_variable(context, renaming->to));
    }
    return stmt_rewrite(context, stmt, replace_loop, &naming);
}
