/* SPDX-License-Identifier: Apache-2.0 */
/* place S … at L [store M] [in scope]: computes a stage where it is read. Each iteration of loop L gets a buffer of the
 * part of S that the iteration reads (region inference: region.c), and a copy of S's nest that computes it:
 *
 *     for n, u, v, c { V = …T… }                for n, y.u {
 *     for n, u, v, k { M = …V… }      becomes       V f32 [u 1, v 14, c 64] in workspace
 *                                                   for u 1, v 14, c 64 { V = …T… }
 *                                                   for u 1, v 14, k 64 { M = …V… } }
 *
 * What is read at the ends of a tensor is less than the buffer holds; S's loops skip what does not exist, and readers
 * keep the guards that they have. The buffer has S's name, and its loops have the names that they had.
 *
 * With `store M`, M outside of L, the buffer lives in an iteration of M and holds all that is read there. An iteration
 * of L computes only what the one before has not (slide.c). */
#include <string.h>

#include "compiler/schedule/producer.h"
#include "compiler/schedule/slide.h"

/* What fits beside all else on a thread's stack. */
enum { STACK_MAX_BYTES = 32768 };

typedef struct Place {
    Producer producer;
    Scope scope;
    const VarList *at; /* the copies of L */
    int inserted;      /* how many copies of S were put in */
    /* while readers are moved to a buffer */
    const Region *region;
    const Tensor *buffers[PRODUCER_MAX_TENSORS]; /* of producer.own */
} Place;

static bool buffer_index(const Place *place, Context *context, const Tensor *tensor, const Affine *const *index,
                         const Tensor **buffer, const Affine **out) {
    for (int i = 0; i < place->producer.count; i++) {
        if (place->producer.own[i] != tensor) continue;
        *buffer = place->buffers[i];
        for (int axis = 0; axis < tensor->rank; axis++)
            out[axis] = affine_subtract(context, index[axis], place->region->first[axis]);
        return true;
    }
    return false;
}

static const Expr *read_buffer(void *data, Context *context, const Expr *leaf) {
    const Affine *index[TENSOR_MAX_RANK];
    const Tensor *buffer = NULL;
    if (leaf->kind != EXPR_ACCESS) return leaf;
    bool is_moved = buffer_index(data, context, leaf->access.tensor, leaf->access.index, &buffer, index);
    return is_moved ? expr_access(context, buffer, index) : leaf;
}

static const Stmt *use_buffer(void *data, Context *context, const Stmt *stmt) {
    const Affine *index[TENSOR_MAX_RANK];
    const Tensor *buffer = NULL;
    if (stmt->kind != STMT_STORE) return stmt;
    const Expr *value = expr_rewrite(context, stmt->store.value, read_buffer, data);
    if (buffer_index(data, context, stmt->store.tensor, stmt->store.index, &buffer, index))
        return stmt_store(context, buffer, index, stmt->store.add, value);
    if (value == stmt->store.value) return stmt;
    return stmt_store(context, stmt->store.tensor, stmt->store.index, stmt->store.add, value);
}

/* The tensor's part as a buffer, its layout the same. */
static const Tensor *make_buffer(Context *context, const Tensor *tensor, const Region *region, Scope scope) {
    Tensor *buffer = ARENA_NEW(context, Tensor);
    *buffer = *tensor;
    buffer->scope = scope;
    buffer->padded = false;
    for (int i = 0; i < buffer->rank; i++) buffer->axes[i].extent = region->extent[i];
    return buffer;
}

static Status check_buffer(const Application *application, const Tensor *buffer) {
    int64_t bytes = tensor_bytes(buffer);
    TRY(check_tile_buffer(application, buffer));
    if (buffer->scope != SCOPE_STACK || bytes <= STACK_MAX_BYTES) return STATUS_OK;
    return refuse(application, application->step->offset,
                  "%s would take %lld bytes of the stack, more than %d; place it in workspace", buffer->name,
                  (long long)bytes, STACK_MAX_BYTES);
}

static Status check_mark(const Application *application, const Stmt *loop, size_t offset) {
    if (loop->loop.mark != MARK_LANES && loop->loop.mark != MARK_TILE) return STATUS_OK;
    return refuse(application, offset, "'%s' runs on %s: all its iterations are one", loop->loop.var->name,
                  mark_name(loop->loop.mark));
}

static const Stmt *put_in_front(Context *context, const Stmt *stage, const Stmt *body) {
    StmtList items = {0};
    VECTOR_PUSH(context, &items, stage);
    if (body->kind != STMT_BLOCK) VECTOR_PUSH(context, &items, body);
    for (int i = 0; body->kind == STMT_BLOCK && i < body->block.count; i++)
        VECTOR_PUSH(context, &items, body->block.items[i]);
    return stmt_block(context, (int)items.count, items.items);
}

/* The loop with S's part for one iteration in front of its body. */
static Status insert_stage(const Application *application, Place *place, const Facts *facts, const Stmt *loop,
                           const Stmt **out) {
    Context *context = application->context;
    int reads = 0;
    TRY(check_mark(application, loop, application->step->loops[0].offset));
    Facts inside = facts_in_loop(facts, loop);
    Region region = region_of_reads(context, &inside, loop->loop.body, place->producer.tensor, &reads);
    *out = loop;
    if (reads == 0) return STATUS_OK;
    const Stmt *stage = NULL;
    bool is_kept = application->step->store != NULL;
    TRY(is_kept ? slide_stage(application, &place->producer, loop, &region, &stage)
                : producer_restrict(application, &place->producer, &region, &stage));
    *out = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     put_in_front(context, stage, loop->loop.body));
    place->inserted++;
    return STATUS_OK;
}

/* The loop, into which S was put, with a buffer in each iteration for what `before` reads there. */
static Status add_buffer(const Application *application, Place *place, const Facts *facts, const Stmt *before,
                         const Stmt *loop, const Stmt **out) {
    Context *context = application->context;
    int reads = 0;
    Facts inside = facts_in_loop(facts, before);
    Region region = region_of_reads(context, &inside, before->loop.body, place->producer.tensor, &reads);
    for (int i = 0; i < place->producer.count; i++) {
        place->buffers[i] = make_buffer(context, place->producer.own[i], &region, place->scope);
        TRY(check_buffer(application, place->buffers[i]));
    }
    place->region = &region;
    const Stmt *body = stmt_rewrite(context, loop->loop.body, use_buffer, place);
    for (int i = place->producer.count - 1; i >= 0; i--) body = stmt_alloc(context, place->buffers[i], body);
    *out = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark, loop->loop.factor,
                     body);
    return STATUS_OK;
}

static Status place_at(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    Place *place = self->data;
    const Stmt *filled = NULL;
    int before = place->inserted;
    TRY(insert_stage(self->application, place, facts, loop, &filled));
    *out = loop;
    if (place->inserted == before) return STATUS_OK;
    return add_buffer(self->application, place, facts, loop, filled, out);
}

/* The walk over a loop M, in which S is put into the copies of L. */
typedef struct StoreWalk {
    const Application *application;
    Place *place;
    Status status;
} StoreWalk;

static const Stmt *insert_at(void *data, Context *context, const Facts *facts, const Stmt *stmt) {
    (void)context;
    StoreWalk *walk = data;
    const Stmt *result = stmt;
    bool is_meant = stmt->kind == STMT_FOR && contains_var(walk->place->at, stmt->loop.var);
    if (is_meant && walk->status == STATUS_OK)
        walk->status = insert_stage(walk->application, walk->place, facts, stmt, &result);
    return result;
}

/* No loop from M to L may run its iterations at the same time: they share the buffer. */
static Status check_in_order(const Application *application, const Place *place, const Stmt *stmt) {
    StmtList loops = {0};
    collect_loops(application->context, stmt, &loops);
    for (size_t i = 0; i < loops.count; i++) {
        bool is_on_way = false;
        StmtList inside = {0};
        collect_loops(application->context, loops.items[i], &inside);
        for (size_t j = 0; j < inside.count; j++) is_on_way |= contains_var(place->at, inside.items[j]->loop.var);
        Mark mark = loops.items[i]->loop.mark;
        if (is_on_way && mark != MARK_NONE && mark != MARK_UNROLL)
            return refuse(application, application->step->store->offset,
                          "the iterations of '%s' run at the same time, on %s, and would share what is kept",
                          loops.items[i]->loop.var->name, mark_name(mark));
    }
    return STATUS_OK;
}

static const Stmt *empty_at(void *data, Context *context, const Stmt *stmt) {
    const Place *place = data;
    bool is_meant = stmt->kind == STMT_FOR && contains_var(place->at, stmt->loop.var);
    return is_meant ? stmt_block(context, 0, NULL) : stmt;
}

/* All that reads S in an iteration of M has to be in an iteration of L. */
static Status check_readers(const Application *application, Place *place, const Stmt *body) {
    const Stmt *others = stmt_rewrite(application->context, body, empty_at, place);
    const char *reader = find_reader(others, place->producer.tensor), *loop = application->step->loops[0].name;
    if (reader == NULL) return STATUS_OK;
    return refuse(application, application->step->loops[0].offset, "stage %s reads %s inside '%s' and outside of '%s'",
                  reader, place->producer.tensor->name, application->step->store->name, loop);
}

static Status store_at(LoopRewrite *self, const Facts *facts, const Stmt *loop, const Stmt **out) {
    Context *context = self->application->context;
    StoreWalk walk = {self->application, self->data, STATUS_OK};
    Facts inside = facts_in_loop(facts, loop);
    int before = walk.place->inserted;
    TRY(check_mark(self->application, loop, self->application->step->store->offset));
    TRY(check_in_order(self->application, walk.place, loop->loop.body));
    const Stmt *body = stmt_rewrite_with_facts(context, &inside, loop->loop.body, insert_at, &walk);
    TRY(walk.status);
    *out = loop;
    if (walk.place->inserted == before) return STATUS_OK;
    TRY(check_readers(self->application, walk.place, loop->loop.body));
    const Stmt *filled = stmt_loop(context, loop->loop.var, loop->loop.lower, loop->loop.upper, loop->loop.mark,
                                   loop->loop.factor, body);
    return add_buffer(self->application, walk.place, facts, loop, filled, out);
}

/* The nest without the tensors that are buffers now, and without S where it stood. */
static Nest *nest_without(const Application *application, const Producer *producer) {
    Nest *nest = nest_copy(application->context, application->nest);
    nest->body = producer->rest;
    nest->tensor_count = 0;
    nest->tensors = NULL;
    for (int i = 0; i < application->nest->tensor_count; i++) {
        const Tensor *tensor = application->nest->tensors[i];
        bool is_own = false;
        for (int j = 0; j < producer->count; j++) is_own |= producer->own[j] == tensor;
        if (!is_own) nest_add_tensor(application->context, nest, tensor);
    }
    return nest;
}

/* Is S in the loops now, and nowhere else? `placed` is the nest after it. */
static Status check_placed(const Application *application, const Place *place, const Nest *placed, size_t offset) {
    const Step *step = application->step;
    const char *name = place->producer.tensor->name, *loop = step->loops[0].name;
    const char *reader = find_reader(placed->body, place->producer.tensor);
    if (reader != NULL)
        return refuse(application, offset, "stage %s reads %s outside of '%s'; place that stage there first", reader,
                      name, loop);
    if (place->inserted > 0) return STATUS_OK;
    if (step->store == NULL) return refuse(application, offset, "nothing inside '%s' reads %s", loop, name);
    return refuse(application, step->store->offset, "no loop '%s' in which %s is read is inside '%s'", loop, name,
                  step->store->name);
}

/* Places one stage; the nest after it. */
static Status place_stage(const Application *application, int position, const Nest **out) {
    const Step *step = application->step;
    const char *name = step->tensors[position];
    size_t offset = step->tensor_offsets[position];
    VarList loops, stores;
    Place place = {.at = &loops, .scope = step->scope == SCOPE_ARGUMENT ? SCOPE_WORKSPACE : step->scope};
    TRY(producer_find(application, name, offset, &place.producer));
    TRY(find_loops(application, &step->loops[0], &loops));
    for (size_t i = 0; i < loops.count; i++)
        if (strcmp(loops.items[i]->stage, name) == 0)
            return refuse(application, step->loops[0].offset, "'%s' is a loop of stage %s itself", loops.items[i]->name,
                          name);
    Application rest = *application;
    rest.nest = nest_without(application, &place.producer);
    LoopRewrite rewrite = {.application = &rest, .loops = &loops, .rewrite = place_at, .data = &place};
    if (step->store != NULL) {
        TRY(find_loops(application, step->store, &stores));
        rewrite.loops = &stores;
        rewrite.rewrite = store_at;
    }
    const Nest *placed = NULL;
    TRY(rewrite_loops(&rewrite, &placed));
    TRY(check_placed(application, &place, placed, offset));
    *out = nest_simplify(application->context, placed);
    return STATUS_OK;
}

/* The stage to place next: the one that stands last, because what it reads may be placed with it. */
static int last_waiting(const Application *application, const bool *is_placed) {
    const Step *step = application->step;
    int last = -1, last_position = -1;
    for (int i = 0; i < step->tensor_count; i++) {
        if (is_placed[i]) continue;
        int position = producer_position(application, step->tensors[i]);
        if (last >= 0 && position <= last_position) continue;
        last = i;
        last_position = position;
    }
    return last;
}

Status schedule_place(const Application *application, const Nest **out) {
    const Step *step = application->step;
    if (step->scope == SCOPE_REGISTERS)
        return refuse(application, step->offset,
                      "'in registers' is not supported in this version; say workspace or stack");
    bool *is_placed = ARENA_ARRAY(application->context, bool, (size_t)step->tensor_count);
    const Nest *nest = application->nest;
    for (int placed = 0; placed < step->tensor_count; placed++) {
        Application now = {application->context, application->source, step, nest};
        int next = last_waiting(&now, is_placed);
        TRY(place_stage(&now, next, &nest));
        is_placed[next] = true;
    }
    *out = nest;
    return STATUS_OK;
}
