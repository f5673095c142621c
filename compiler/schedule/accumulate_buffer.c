/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer that `accumulate` makes: an axis for each output loop inside, and in front of these one for each loop
 * behind "copies". Terms go to the copy of their iteration; the sum starts in the first one, the others with 0; and
 * what is read is the sum of all. */
#include <string.h>

#include "compiler/schedule/accumulate.h"

enum { MAX_COPIES = 16 };

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

static bool is_same_element(const Stmt *a, const Stmt *b) {
    if (a->store.tensor != b->store.tensor) return false;
    for (int i = 0; i < a->store.tensor->rank; i++)
        if (!affine_equal(a->store.index[i], b->store.index[i])) return false;
    return true;
}

bool is_one_start(const Stmt *block) {
    int count = block->block.count;
    const Stmt *const *items = block->block.items;
    bool is_one = count > 0 && items[0]->kind == STMT_STORE;
    for (int i = 1; i < count && is_one; i++) {
        const Stmt *item = items[i];
        while (item->kind == STMT_IF) item = item->guard.body;
        is_one = item->kind == STMT_STORE && is_same_element(item, items[0]);
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

/* In the copy whose number has these digits. */
static void index_in_copy(const SumsBuffer *sums, Context *context, int64_t number, const Affine **out) {
    for (int i = 0; i < sums->buffer->rank; i++) out[i] = sums->index[i];
    for (size_t i = sums->copies; i-- > 0;) {
        out[i] = affine_constant(context, number % sums->buffer->axes[i].extent);
        number /= sums->buffer->axes[i].extent;
    }
}

static void map_to_first(const SumsMove *move, Context *context, const Affine *const *index, const Affine **out) {
    (void)index;
    index_in_copy(move->data, context, 0, out);
}

static int64_t count_copies(const SumsBuffer *sums) {
    int64_t count = 1;
    for (size_t i = 0; i < sums->copies; i++) count *= sums->buffer->axes[i].extent;
    return count;
}

/* The sum of some copies, halves first: the additions depend on one another as little as can be. */
static const Expr *add_copies(const SumsBuffer *sums, Context *context, int64_t first, int64_t count) {
    const Affine *index[TENSOR_MAX_RANK];
    if (count > 1)
        return expr_binary(context, EXPR_ADD, add_copies(sums, context, first, count - count / 2),
                           add_copies(sums, context, first + count - count / 2, count / 2));
    index_in_copy(sums, context, first, index);
    return expr_access(context, sums->buffer, index);
}

static const Expr *read_copies(const SumsMove *move, Context *context, const Affine *const *index) {
    const SumsBuffer *sums = move->data;
    (void)index;
    return add_copies(sums, context, 0, count_copies(sums));
}

SumsMove sums_buffer_move(const SumsBuffer *sums) {
    return (SumsMove){.from = sums->target,
                      .to = sums->buffer,
                      .map = map_to_loops,
                      .map_start = map_to_first,
                      .read = read_copies,
                      .data = sums};
}

static const Stmt *transfer_store(Context *context, const SumsBuffer *sums, SumsTransfer transfer, const Stmt *store) {
    const Affine *index[TENSOR_MAX_RANK];
    StmtList items = {0};
    if (transfer == SUMS_SAVE)
        return stmt_store(context, sums->target, store->store.index, false,
                          add_copies(sums, context, 0, count_copies(sums)));
    index_in_copy(sums, context, 0, index);
    if (transfer == SUMS_LOAD)
        return stmt_store(context, sums->buffer, index, false, expr_access(context, sums->target, store->store.index));
    for (int64_t i = 1; i < count_copies(sums); i++) {
        index_in_copy(sums, context, i, index);
        VECTOR_PUSH(context, &items, stmt_store(context, sums->buffer, index, false, expr_number(context, 0)));
    }
    return stmt_block(context, (int)items.count, items.items);
}

const Stmt *sums_transfer(Context *context, const SumsBuffer *sums, SumsTransfer transfer, const Stmt *init) {
    switch (init->kind) {
    case STMT_FOR:
        return stmt_loop(context, init->loop.var, init->loop.lower, init->loop.upper, init->loop.mark,
                         init->loop.factor, sums_transfer(context, sums, transfer, init->loop.body));
    case STMT_IF:
        return stmt_guard(context, init->guard.count, init->guard.conds,
                          sums_transfer(context, sums, transfer, init->guard.body));
    case STMT_BLOCK: return sums_transfer(context, sums, transfer, init->block.items[0]); /* is_one_start */
    default: return transfer_store(context, sums, transfer, init);
    }
}

const Stmt *sums_with_clear(Context *context, const SumsBuffer *sums, const Stmt *init, const Stmt *start) {
    if (count_copies(sums) == 1) return start;
    return stmt_block(context, 2, (const Stmt *const[]){sums_transfer(context, sums, SUMS_CLEAR, init), start});
}

static void count_sums(void *data, const Stmt *stmt) {
    int *count = data;
    *count += stmt->kind == STMT_STORE && stmt->store.add;
    stmt_visit_children(stmt, count_sums, data);
}

/* The loops of which each iteration gets a copy: once inside, summed over, all terms in them. */
static Status add_copy_loops(const Application *application, const Stmt *update, StmtList *out) {
    const Step *step = application->step;
    StmtList inside = {0};
    VarList copies;
    int all = 0;
    TRY(find_within(application, &copies));
    collect_loops(application->context, update, &inside);
    count_sums(&all, update);
    for (size_t i = 0; i < copies.count; i++) {
        const Stmt *loop = NULL;
        int found = 0, terms = 0;
        for (size_t j = 0; j < inside.count; j++) {
            if (inside.items[j]->loop.var != copies.items[i]) continue;
            loop = inside.items[j];
            found++;
        }
        if (found == 1) count_sums(&terms, loop->loop.body);
        if (!copies.items[i]->reduction || found != 1 || terms != all)
            return refuse(application, step->within[0].offset,
                          "copies are for the iterations of a loop that is summed over, with all terms inside; '%s' is "
                          "none below '%s'",
                          copies.items[i]->name, step->loops[0].name);
        VECTOR_PUSH(application->context, out, loop);
    }
    return STATUS_OK;
}

static Status check_copies(const Application *application, const SumsBuffer *sums) {
    int64_t count = 1;
    for (size_t i = 0; i < sums->copies && count <= MAX_COPIES; i++)
        count *= sums->loops.items[i]->loop.upper.terms[0]->constant;
    if (count <= MAX_COPIES) return STATUS_OK;
    return refuse(application, application->step->within[0].offset, "there would be more than %d copies", MAX_COPIES);
}

/* The registers of a matrix unit: eight of 16 rows of 64 bytes. */
enum { TILE_MAX_BYTES = 8 * 16 * 64 };

Status check_tile_buffer(const Application *application, const Tensor *buffer) {
    if (buffer->scope != SCOPE_TILE || tensor_bytes(buffer) <= TILE_MAX_BYTES) return STATUS_OK;
    return refuse(application, application->step->offset,
                  "%s would take %lld bytes of the registers of a matrix unit, more than %d", buffer->name,
                  (long long)tensor_bytes(buffer), TILE_MAX_BYTES);
}

Status sums_buffer_make(const Application *application, const Stmt *init, const Stmt *update, SumsBuffer *out) {
    Context *context = application->context;
    StmtList around = out->loops;
    out->loops = (StmtList){0};
    TRY(add_copy_loops(application, update, &out->loops));
    out->copies = out->loops.count;
    for (size_t i = 0; i < around.count; i++) VECTOR_PUSH(context, &out->loops, around.items[i]);
    const Stmt *start = find_init_store(context, init, &out->loops);
    if (start->kind != STMT_STORE)
        return refuse(application, application->step->offset, "the sums of %s below '%s' are in copies already",
                      application->step->tensor, application->step->loops[0].name);
    out->target = start->store.tensor;
    TRY(check_inner_loops(application, &out->loops));
    TRY(check_copies(application, out));
    out->buffer = make_buffer(application, out->target, &out->loops);
    TRY(check_tile_buffer(application, out->buffer));
    for (size_t i = 0; i < out->loops.count; i++)
        out->index[i] = affine_variable(context, out->loops.items[i]->loop.var);
    return STATUS_OK;
}
