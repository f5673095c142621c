/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate T at L in scope: the partial sums of T below loop L live in a buffer of that scope with one axis for each
 * output loop inside L; init and update go there, finish reads it and writes T once. Registers have no addresses: the
 * loops inside must be unrolled or on lanes before. `copies` keeps apart the terms of each iteration of some loops that
 * are summed over, and adds them up in finish: for short chains of additions, where each would wait for the last. A
 * tensor in workspace that the sums leave altogether vanishes. Where L is inside loops that are summed over, the sums
 * go to and fro: accumulate_block.c. */
#include <assert.h>
#include <string.h>

#include "compiler/schedule/accumulate.h"

/* The reductions of a stage in a statement. Stages that were placed inside have reductions of their own. */
typedef struct ReduceSearch {
    const char *stage;
    const Stmt *found;
    int count;
} ReduceSearch;

static void search_reduce(void *data, const Stmt *stmt) {
    ReduceSearch *search = data;
    if (stmt->kind == STMT_REDUCE && reduce_is_of_stage(stmt, search->stage)) {
        search->count++;
        search->found = stmt;
        return;
    }
    stmt_visit_children(stmt, search_reduce, search);
}

/* The way down to a statement: the loops on it. */
typedef struct PathSearch {
    Context *context;
    const Stmt *goal;
    StmtList *loops;
    bool is_found;
} PathSearch;

static void search_path(void *data, const Stmt *stmt) {
    PathSearch *search = data;
    size_t depth = search->loops->count;
    if (search->is_found) return;
    search->is_found = stmt->kind == STMT_REDUCE && stmt == search->goal;
    if (stmt->kind == STMT_FOR) VECTOR_PUSH(search->context, search->loops, stmt);
    if (!search->is_found) stmt_visit_children(stmt, search_path, search);
    if (!search->is_found) search->loops->count = depth;
}

static const Stmt *move_reduce(void *data, Context *context, const Stmt *stmt) {
    SumsMove *move = data;
    const Stmt *moved = stmt->kind == STMT_REDUCE ? sums_move(context, stmt, move) : stmt;
    if (moved == stmt) return stmt;
    const Stmt *init = sums_with_clear(context, move->data, stmt->reduce.init, moved->reduce.init);
    return stmt_reduce(context, init, moved->reduce.update, moved->reduce.finish);
}

static Status check_place(const Application *application, const Facts *facts, const Stmt *loop, ReduceSearch *search) {
    size_t offset = application->step->loops[0].offset;
    const char *name = loop->loop.var->name;
    for (; facts != NULL; facts = facts->outer)
        if (facts->loop != NULL && facts->loop->loop.var->reduction &&
            strcmp(facts->loop->loop.var->stage, loop->loop.var->stage) == 0)
            return refuse(application, offset,
                          "'%s' is inside '%s', which is summed over: the sums would not be complete there", name,
                          facts->loop->loop.var->name);
    search_reduce(search, loop->loop.body);
    if (loop->loop.var->reduction || search->count == 0)
        return refuse(application, offset,
                      "the sum is not inside '%s'; name an output loop outside all loops that are summed over", name);
    if (search->count > 1)
        return refuse(application, offset, "there are %d copies of the sum inside '%s'; accumulate before peeling",
                      search->count, name);
    return STATUS_OK;
}

/* Are the sums still where the nest was built with them: in a tensor of the nest, or the buffer of a placed stage? */
static bool is_first_place(const Nest *nest, const char *stage, const Tensor *tensor) {
    return nest_lists(nest, tensor) || strcmp(tensor->name, stage) == 0;
}

static Status accumulate_at(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    const Application *application = self->application;
    Context *context = application->context;
    const char *stage = application->step->tensor;
    SumsBuffer sums = {.target = NULL};
    ReduceSearch search = {.stage = stage};
    TRY(check_place(application, facts, loop, &search));
    assert(search.found != NULL);
    PathSearch path = {.context = context, .goal = search.found, .loops = &sums.loops};
    search_path(&path, loop->loop.body);
    TRY(sums_buffer_make(application, search.found->reduce.init, search.found->reduce.update, &sums));
    if (!is_first_place(application->nest, stage, sums.target))
        return refuse(application, application->step->offset, "the sums of %s below '%s' are in a buffer already",
                      stage, loop->loop.var->name);
    SumsMove move = sums_buffer_move(&sums);
    const Stmt *body = stmt_rewrite(context, loop->loop.body, move_reduce, &move);
    *out = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     stmt_alloc(context, sums.buffer, body));
    return STATUS_OK;
}

typedef struct TensorUse {
    const Tensor *tensor;
    bool is_used;
} TensorUse;

static void search_use(void *data, const Stmt *stmt) {
    TensorUse *use = data;
    use->is_used |= stmt->kind == STMT_STORE && stmt->store.tensor == use->tensor;
    stmt_visit_children(stmt, search_use, use);
}

/* Without the tensors in workspace that nothing is stored in any more. */
static const Nest *drop_unused(Context *context, const Nest *nest) {
    Nest *copy = nest_copy(context, nest);
    copy->tensor_count = 0;
    copy->tensors = NULL;
    for (int i = 0; i < nest->tensor_count; i++) {
        TensorUse use = {.tensor = nest->tensors[i], .is_used = nest->tensors[i]->scope != SCOPE_WORKSPACE};
        search_use(&use, nest->body);
        if (use.is_used) nest_add_tensor(context, copy, nest->tensors[i]);
    }
    return copy;
}

Status schedule_accumulate(const Application *application, const Nest **out) {
    const Step *step = application->step;
    const Stage *stage = pipeline_find_stage(application->nest->pipeline, step->tensor);
    if (stage == NULL || stage->sum == NULL)
        return refuse(application, step->offset, "no stage sums into '%s'", step->tensor);
    VarList loops;
    TRY(find_loops(application, &step->loops[0], &loops));
    for (size_t i = 0; i < loops.count; i++)
        if (strcmp(loops.items[i]->stage, step->tensor) != 0)
            return refuse(application, step->loops[0].offset, "'%s' is a loop of stage %s", loops.items[i]->name,
                          loops.items[i]->stage);
    LoopRewrite rewrite = {.application = application, .loops = &loops, .rewrite = accumulate_at};
    bool in_blocks = are_inside_sums(application, &loops);
    TRY(in_blocks ? accumulate_blocks(application, &loops, out) : rewrite_loops(&rewrite, out));
    *out = drop_unused(application->context, *out);
    return STATUS_OK;
}
