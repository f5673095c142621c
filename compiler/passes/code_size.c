/* SPDX-License-Identifier: Apache-2.0 */
/* Counts statements, and the registers of each step of a body.
 *
 * A step is a run of statements up to the one that adds to the same sum again: LLVM is kept from moving loads from one
 * to the next (compiler/llvm/steps.c). In a step are live: the sums; each vector or element that is read, from its
 * first use to its last; and where multiply-adds are not fused, a product. What is read once as a vector is no register
 * of its own where instructions take an operand from memory.
 *
 *     acc[0] += x[0] * w[0]    live: acc[0..3], x[0], w[0]
 *     acc[1] += x[0] * w[1]          acc[0..3], x[0], w[0], w[1]
 *     acc[2] += x[1] * w[0]          acc[0..3], x[1], w[0], w[1]        7: the most
 *     acc[3] += x[1] * w[1]          acc[0..3], x[1], w[1]
 *     acc[0] += …                    the next step */
#include "compiler/passes/code_size.h"

#include "base/integer.h"
#include "base/vector.h"
#include "compiler/passes/internal.h"

enum { SEARCHED_READS = 256 }; /* what was last read longer ago counts as read anew */

typedef struct Read {
    const Expr *access;
    int64_t vectors;
    bool is_vector; /* else one element, for all lanes */
    int64_t first, last, uses;
} Read;

typedef struct Counting {
    Context *context;
    const Target *target;
    const Stmt *lanes;     /* around the statement; NULL: none */
    int64_t tile;          /* iterations of the loops on a matrix unit around it */
    const Tensor *buffer;  /* the largest in registers here */
    int64_t sums;          /* registers of the buffers here */
    const Stmt *first_sum; /* of the step */
    int64_t length;        /* of the step, in statements */
    int64_t vectors;       /* of its statements */
    VECTOR(Read) reads;
    CodeSize size;
} Counting;

static int64_t vectors_of(const Counting *counting, int64_t elements) {
    return integer_ceil_div(elements * (int64_t)sizeof(float), counting->target->vector_bytes);
}

static int64_t lanes_extent(const Counting *counting) {
    int64_t extent = 1;
    return counting->lanes != NULL && loop_extent(counting->context, counting->lanes, &extent) ? extent : 1;
}

/* How many registers are live at most, the sums excepted. */
static int64_t live_operands(const Counting *counting) {
    int64_t *change = ARENA_ARRAY(counting->context, int64_t, (size_t)counting->length + 2);
    for (size_t i = 0; i < counting->reads.count; i++) {
        const Read *read = &counting->reads.items[i];
        bool is_folded = read->uses == 1 && read->is_vector && counting->target->instructions->has_memory_operands;
        if (is_folded) continue;
        change[read->first] += read->vectors;
        change[read->last + 1] -= read->vectors;
    }
    int64_t live = 0, most = 0;
    for (int64_t i = 0; i < counting->length; i++) {
        live += change[i];
        most = integer_max(most, live);
    }
    return most + (counting->target->fma ? 0 : 1);
}

static void end_step(Counting *counting) {
    CodeSize *size = &counting->size;
    if (counting->length > 0) {
        int64_t registers = counting->sums + live_operands(counting);
        size->statements += counting->vectors;
        if (registers > counting->target->vector_registers) size->spilling += counting->vectors;
        if (registers > size->registers) {
            size->registers = registers;
            size->sums = counting->sums;
            size->buffer = counting->buffer;
        }
    }
    counting->first_sum = NULL;
    counting->length = counting->vectors = 0;
    counting->reads.count = 0;
}

static bool same_element(const Tensor *a, const Affine *const *a_index, const Tensor *b, const Affine *const *b_index) {
    if (a != b) return false;
    for (int i = a->rank - 1; i >= 0; i--)
        if (!affine_equal(a_index[i], b_index[i])) return false;
    return true;
}

static Read *find_read(Counting *counting, const Expr *access) {
    size_t count = counting->reads.count, least = count > SEARCHED_READS ? count - SEARCHED_READS : 0;
    for (size_t i = count; i-- > least;) {
        Read *read = &counting->reads.items[i];
        const Expr *known = read->access;
        if (same_element(known->access.tensor, known->access.index, access->access.tensor, access->access.index))
            return read;
    }
    return NULL;
}

static void note_read(void *data, const Expr *access) {
    Counting *counting = data;
    if (access->access.tensor->scope == SCOPE_REGISTERS) return;
    Read *known = find_read(counting, access);
    if (known != NULL) {
        known->last = counting->length;
        known->uses++;
        return;
    }
    Read read = {.access = access, .vectors = 1, .first = counting->length, .last = counting->length, .uses = 1};
    for (int i = 0; i < access->access.tensor->rank && counting->lanes != NULL; i++)
        read.is_vector = read.is_vector || affine_uses(access->access.index[i], counting->lanes->loop.var);
    if (read.is_vector) read.vectors = vectors_of(counting, lanes_extent(counting));
    VECTOR_PUSH(counting->context, &counting->reads, read);
}

static void count_store(Counting *counting, const Stmt *store) {
    const Stmt *first = counting->first_sum;
    bool is_sum = store->store.tensor->scope == SCOPE_REGISTERS && store->store.add;
    if (is_sum && first != NULL &&
        same_element(first->store.tensor, first->store.index, store->store.tensor, store->store.index))
        end_step(counting);
    if (is_sum && counting->first_sum == NULL) counting->first_sum = store;
    expr_visit(store->store.value, note_read, counting);
    counting->length++;
    counting->vectors += vectors_of(counting, lanes_extent(counting)) * counting->tile;
}

/* On how many lanes at a time a buffer is used. */
typedef struct LanesSearch {
    Context *context;
    const Tensor *buffer;
    const Stmt *lanes;
    int64_t extent;
} LanesSearch;

static void search_lanes(void *data, const Stmt *stmt) {
    LanesSearch *search = data;
    const Stmt *outer = search->lanes;
    if (search->extent > 0) return;
    if (stmt->kind == STMT_FOR && stmt->loop.mark == MARK_LANES) search->lanes = stmt;
    if (stmt->kind == STMT_STORE && stmt->store.tensor == search->buffer) {
        search->extent = 1;
        if (search->lanes != NULL) loop_extent(search->context, search->lanes, &search->extent);
    }
    stmt_visit_children(stmt, search_lanes, search);
    search->lanes = outer;
}

static int64_t buffer_registers(const Counting *counting, const Stmt *alloc) {
    const Tensor *buffer = alloc->alloc.tensor;
    LanesSearch search = {.context = counting->context, .buffer = buffer};
    if (buffer->scope != SCOPE_REGISTERS) return 0;
    search_lanes(&search, alloc->alloc.body);
    int64_t extent = integer_max(search.extent, 1);
    return integer_ceil_div(tensor_elements(buffer), extent) * vectors_of(counting, extent);
}

static void count_statement(void *data, const Stmt *stmt);

static void count_buffer(Counting *counting, const Stmt *alloc) {
    const Tensor *outer = counting->buffer, *buffer = alloc->alloc.tensor;
    int64_t registers = buffer_registers(counting, alloc);
    bool is_on_stack = buffer->scope != SCOPE_WORKSPACE;
    end_step(counting);
    if (is_on_stack) counting->size.stack_bytes += tensor_bytes(buffer);
    if (registers > 0) counting->buffer = buffer;
    counting->sums += registers;
    stmt_visit_children(alloc, count_statement, counting);
    end_step(counting);
    counting->sums -= registers;
    counting->buffer = outer;
}

/* May it be a transpose? That is written out; other loops on tiles are one instruction, or plain loops. */
static bool is_transpose(const Stmt *loop) {
    const Stmt *inner = loop->loop.body;
    if (loop->loop.mark != MARK_TILE || inner->kind != STMT_FOR || inner->loop.mark != MARK_TILE) return false;
    return inner->loop.body->kind == STMT_STORE && !inner->loop.body->store.add;
}

/* A transpose has about as many instructions as its statement has elements, or fewer. */
static void count_tile(Counting *counting, const Stmt *loop) {
    int64_t outer = counting->tile, rows = 1, columns = 1;
    if (loop_extent(counting->context, loop, &rows) && loop_extent(counting->context, loop->loop.body, &columns))
        counting->tile = rows * columns;
    stmt_visit_children(loop, count_statement, counting);
    counting->tile = outer;
}

static void count_loop(Counting *counting, const Stmt *loop) {
    const Stmt *outer = counting->lanes;
    bool is_lanes = loop->loop.mark == MARK_LANES;
    if (is_lanes) counting->lanes = loop;
    if (!is_lanes) end_step(counting);
    stmt_visit_children(loop, count_statement, counting);
    if (!is_lanes) end_step(counting);
    counting->lanes = outer;
}

static void count_statement(void *data, const Stmt *stmt) {
    Counting *counting = data;
    switch (stmt->kind) {
    case STMT_FOR: (is_transpose(stmt) ? count_tile : count_loop)(counting, stmt); return;
    case STMT_ALLOC: count_buffer(counting, stmt); return;
    case STMT_STORE: count_store(counting, stmt); return;
    case STMT_PREFETCH: counting->size.statements++; return;
    case STMT_IF:
    case STMT_BLOCK:
    case STMT_REDUCE: stmt_visit_children(stmt, count_statement, counting); return;
    }
}

CodeSize code_size_of(Context *context, const Nest *nest, const Target *target) {
    Counting counting = {.context = context, .target = target, .tile = 1};
    count_statement(&counting, nest->body);
    end_step(&counting);
    return counting.size;
}
