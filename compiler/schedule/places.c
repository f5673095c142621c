/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers which step asked for what, so that a refusal after the last step (compiler/passes) shows the line: the
 * loops and buffers that a step made, and the loops that it marked. */
#include "compiler/schedule/internal.h"

typedef struct BufferSearch {
    const Application *application;
    Nest *nest;
} BufferSearch;

static void note_buffer(BufferSearch *search, const char *name) {
    const Application *application = search->application;
    if (nest_find_tensor(application->nest, name) != NULL) return;
    nest_add_place(application->context, search->nest, NULL, name, application->source, application->step->offset);
}

static void search_buffers(void *data, const Stmt *stmt) {
    BufferSearch *search = data;
    if (stmt->kind == STMT_ALLOC) note_buffer(search, stmt->alloc.tensor->name);
    stmt_visit_children(stmt, search_buffers, search);
}

static void note_loop(const Application *application, Nest *nest, const Var *var, size_t offset) {
    nest_add_place(application->context, nest, var, NULL, application->source, offset);
}

static void note_new_loops(const Application *application, Nest *nest) {
    StmtList loops = {0};
    collect_loops(application->context, nest->body, &loops);
    for (size_t i = 0; i < loops.count; i++) {
        const Var *var = loops.items[i]->loop.var;
        if (var->id >= application->nest->var_count) note_loop(application, nest, var, application->step->offset);
    }
}

static Status note_marked_loops(const Application *application, Nest *nest) {
    const Step *step = application->step;
    if (step->kind != STEP_SPATIAL_FOR && step->kind != STEP_UNROLL) return STATUS_OK;
    for (int i = 0; i < step->loop_count; i++) {
        VarList loops;
        TRY(find_loops(application, &step->loops[i], &loops));
        for (size_t j = 0; j < loops.count; j++) note_loop(application, nest, loops.items[j], step->loops[i].offset);
    }
    return STATUS_OK;
}

Status note_places(const Application *application, const Nest *made, const Nest **out) {
    Nest *nest = nest_copy(application->context, made);
    BufferSearch search = {application, nest};
    note_new_loops(application, nest);
    TRY(note_marked_loops(application, nest));
    search_buffers(&search, nest->body);
    *out = nest;
    return STATUS_OK;
}
