/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer that `accumulate` makes: an axis for each output loop inside. */
#include <string.h>

#include "compiler/schedule/accumulate.h"

static void search_loop(void *data, const Stmt *stmt) {
    const Var **first = data;
    if (*first == NULL && stmt->kind == STMT_FOR) *first = stmt->loop.var;
    if (*first == NULL) stmt_visit_children(stmt, search_loop, data);
}

/* The outermost loop of the update is the stage's own. */
bool reduce_is_of_stage(const Stmt *reduce, const char *stage) {
    const Var *first = NULL;
    search_loop(&first, reduce->reduce.update);
    return first != NULL && strcmp(first->stage, stage) == 0;
}

bool is_one_start(const Stmt *block) {
    int count = block->block.count;
    const Stmt *const *items = block->block.items;
    bool is_one = count > 0 && items[0]->kind == STMT_STORE;
    for (int i = 1; i < count && is_one; i++) {
        const Stmt *item = items[i];
        while (item->kind == STMT_IF) item = item->guard.body;
        is_one = item->kind == STMT_STORE && item->store.tensor == items[0]->store.tensor;
    }
    return is_one;
}

/* Walks down to the init store, noting the loops on the way: they are the output loops inside L. */
static const Stmt *find_init_store(Context *context, const Stmt *stmt, StmtList *loops) {
    switch (stmt->kind) {
    case STMT_FOR: VECTOR_PUSH(context, loops, stmt); return find_init_store(context, stmt->loop.body, loops);
    case STMT_IF: return find_init_store(context, stmt->guard.body, loops);
    case STMT_BLOCK: return is_one_start(stmt) ? stmt->block.items[0] : stmt;
    default: return stmt;
    }
}

static Status check_inner_loops(const Application *application, const StmtList *loops) {
    size_t offset = application->step->offset;
    for (size_t i = 0; i < loops->count; i++) {
        const Stmt *loop = loops->items[i];
        int64_t lower = 0, extent = 0;
        TRY(constant_range(application, loop, &lower, &extent));
        if (lower != 0)
            return refuse(application, offset, "loop '%s' inside starts at %lld; accumulate before peeling it",
                          loop->loop.var->name, (long long)lower);
        bool has_address = loop->loop.mark != MARK_UNROLL && loop->loop.mark != MARK_LANES;
        if (application->step->scope == SCOPE_REGISTERS && (has_address || loop->loop.factor > 0))
            return refuse(
                application, offset,
                "loop '%s' inside is neither unrolled nor on lanes, and registers have no addresses; unroll it before",
                loop->loop.var->name);
    }
    if (loops->count > TENSOR_MAX_RANK)
        return refuse(application, offset, "there are more than %d loops inside", TENSOR_MAX_RANK);
    return STATUS_OK;
}

static const Tensor *make_buffer(const Application *application, const Tensor *target, const StmtList *loops) {
    Tensor *buffer = ARENA_NEW(application->context, Tensor);
    *buffer =
        (Tensor){.name = "acc", .type = target->type, .scope = application->step->scope, .rank = (int)loops->count};
    if (nest_find_tensor(application->nest, buffer->name) != NULL)
        buffer->name = arena_format(application->context, "%s_acc", target->name);
    for (size_t i = 0; i < loops->count; i++) {
        const Stmt *loop = loops->items[i];
        buffer->axes[i] = (Axis){loop->loop.var->name, loop->loop.upper.terms[0]->constant};
    }
    buffer->layout = layout_identity(buffer->rank);
    return buffer;
}

/* Whatever the index was: in the buffer it is that of the loops. */
static void map_to_loops(const SumsMove *move, Context *context, const Affine *const *index, const Affine **out) {
    const SumsBuffer *sums = move->data;
    (void)context, (void)index;
    for (int i = 0; i < sums->buffer->rank; i++) out[i] = sums->index[i];
}

SumsMove sums_buffer_move(const SumsBuffer *sums) {
    return (SumsMove){.from = sums->target, .to = sums->buffer, .map = map_to_loops, .data = sums};
}

Status sums_buffer_make(const Application *application, const Stmt *init, SumsBuffer *out) {
    Context *context = application->context;
    const Stmt *start = find_init_store(context, init, &out->loops);
    if (start->kind != STMT_STORE)
        return refuse(application, application->step->offset, "the sums of %s below '%s' are in copies already",
                      application->step->tensor, application->step->loops[0].name);
    out->target = start->store.tensor;
    TRY(check_inner_loops(application, &out->loops));
    out->buffer = make_buffer(application, out->target, &out->loops);
    for (size_t i = 0; i < out->loops.count; i++)
        out->index[i] = affine_variable(context, out->loops.items[i]->loop.var);
    return STATUS_OK;
}
