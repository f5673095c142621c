/* SPDX-License-Identifier: Apache-2.0 */
/* accumulate T at L in scope: the partial sums of T below loop L live in a buffer of that scope with one axis for each
 * output loop inside L; init and update go there, finish reads it and writes T once. Registers have no addresses: the
 * loops inside must be unrolled or on lanes before. A tensor in workspace that the sums leave altogether vanishes. */
#include <string.h>

#include "compiler/schedule/sums.h"

typedef struct Accumulate {
    const char *stage;
    const Tensor *target; /* where the sums live before: the output, or its sums in workspace */
    const Tensor *buffer;
    const Affine *index[TENSOR_MAX_RANK]; /* of the buffer: its loops */
    StmtList loops;                       /* output loops inside L */
} Accumulate;

/* The reductions of a stage in a statement. Stages that were placed inside have reductions of their own. */
typedef struct ReduceSearch {
    const char *stage;
    const Stmt *found;
    int count;
} ReduceSearch;

static void search_loop(void *data, const Stmt *stmt) {
    const Var **first = data;
    if (*first == NULL && stmt->kind == STMT_FOR) *first = stmt->loop.var;
    if (*first == NULL) stmt_visit_children(stmt, search_loop, data);
}

/* The outermost loop of the update is the stage's own. */
static bool is_of_stage(const Stmt *reduce, const char *stage) {
    const Var *first = NULL;
    search_loop(&first, reduce->reduce.update);
    return first != NULL && strcmp(first->stage, stage) == 0;
}

static void search_reduce(void *data, const Stmt *stmt) {
    ReduceSearch *search = data;
    if (stmt->kind == STMT_REDUCE && is_of_stage(stmt, search->stage)) {
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

/* "acc = 0; if (inside) acc = b": an element that is started in two stores (split with tail=pad). */
static bool is_one_start(const Stmt *block) {
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
    const Accumulate *a = move->data;
    (void)context, (void)index;
    for (int i = 0; i < a->buffer->rank; i++) out[i] = a->index[i];
}

static const Stmt *move_reduce(void *data, Context *context, const Stmt *stmt) {
    return stmt->kind == STMT_REDUCE ? sums_move(context, stmt, data) : stmt;
}

static Status check_place(const Application *application, const Facts *facts, const Stmt *loop, ReduceSearch *search) {
    size_t offset = application->step->loops[0].offset;
    const char *name = loop->loop.var->name;
    for (; facts != NULL; facts = facts->outer)
        if (facts->loop != NULL && facts->loop->loop.var->reduction)
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
    Accumulate a = {.stage = stage};
    ReduceSearch search = {.stage = stage};
    TRY(check_place(application, facts, loop, &search));
    PathSearch path = {.context = context, .goal = search.found, .loops = &a.loops};
    search_path(&path, loop->loop.body);
    const Stmt *init = find_init_store(context, search.found->reduce.init, &a.loops);
    if (init->kind != STMT_STORE || !is_first_place(application->nest, stage, init->store.tensor))
        return refuse(application, application->step->offset,
                      "the sums of %s below '%s' are in a buffer or in copies already", application->step->tensor,
                      loop->loop.var->name);
    a.target = init->store.tensor;
    TRY(check_inner_loops(application, &a.loops));
    a.buffer = make_buffer(application, a.target, &a.loops);
    for (size_t i = 0; i < a.loops.count; i++) a.index[i] = affine_variable(context, a.loops.items[i]->loop.var);
    SumsMove move = {.from = a.target, .to = a.buffer, .map = map_to_loops, .data = &a};
    const Stmt *body = stmt_rewrite(context, loop->loop.body, move_reduce, &move);
    *out = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     stmt_alloc(context, a.buffer, body));
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
    if (step->scope == SCOPE_TILE || step->scope == SCOPE_WORKSPACE)
        return refuse(application, step->offset, "'in %s' is not supported in this version; say registers or stack",
                      scope_name(step->scope));
    VarList loops;
    TRY(find_loops(application, &step->loops[0], &loops));
    for (size_t i = 0; i < loops.count; i++)
        if (strcmp(loops.items[i]->stage, step->tensor) != 0)
            return refuse(application, step->loops[0].offset, "'%s' is a loop of stage %s", loops.items[i]->name,
                          loops.items[i]->stage);
    LoopRewrite rewrite = {.application = application, .loops = &loops, .rewrite = accumulate_at};
    TRY(rewrite_loops(&rewrite, out));
    *out = drop_unused(application->context, *out);
    return STATUS_OK;
}
