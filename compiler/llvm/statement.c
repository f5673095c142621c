/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: a walk over the nest's tree that emits each node where the builder stands. */
#include <assert.h>

#include "compiler/llvm/internal.h"

LLVMBasicBlockRef branch_begin(Emitter *emitter, LLVMValueRef condition) {
    LLVMBasicBlockRef then = block_append(emitter, "then");
    LLVMBasicBlockRef end = block_append(emitter, "end");
    LLVMBuildCondBr(emitter->builder, condition, then, end);
    LLVMPositionBuilderAtEnd(emitter->builder, then);
    return end;
}

void branch_end(Emitter *emitter, LLVMBasicBlockRef end) {
    LLVMBuildBr(emitter->builder, end);
    LLVMPositionBuilderAtEnd(emitter->builder, end);
}

void iterations_emit(Emitter *emitter, const char *name, LLVMValueRef lower, LLVMValueRef upper, LLVMBasicBlockRef end,
                     IterationEmit *body, const void *data) {
    LLVMBuilderRef builder = emitter->builder;
    LLVMBasicBlockRef before = LLVMGetInsertBlock(builder);
    LLVMBasicBlockRef block = block_append(emitter, name);
    LLVMBuildBr(builder, block);
    LLVMPositionBuilderAtEnd(builder, block);
    LLVMValueRef value = LLVMBuildPhi(builder, emitter->index, name);
    body(emitter, data, value);
    LLVMBasicBlockRef last = LLVMGetInsertBlock(builder);
    LLVMValueRef next = LLVMBuildNSWAdd(builder, value, integer_constant(emitter, 1), "");
    LLVMBuildCondBr(builder, LLVMBuildICmp(builder, LLVMIntSLT, next, upper, ""), block, end);
    LLVMAddIncoming(value, (LLVMValueRef[]){lower, next}, (LLVMBasicBlockRef[]){before, last}, 2);
    LLVMPositionBuilderAtEnd(builder, end);
}

typedef VECTOR(const Stmt *) StmtList;

/* A loop of the nest where it stands. */
typedef struct LoopPlace {
    const Facts *facts;
    const Stmt *loop;
} LoopPlace;

/* Emits the body of a loop for one value of its variable. */
static void iteration_emit(Emitter *emitter, const void *data, LLVMValueRef value) {
    const LoopPlace *place = data;
    int id = place->loop->loop.var->id;
    Facts inside = facts_in_loop(place->facts, place->loop);
    emitter->loop_values[id] = value;
    emitter->loop_depths[id] = ++emitter->depth;
    statement_emit(emitter, &inside, place->loop->loop.body);
    emitter->depth--;
    emitter->loop_values[id] = NULL;
}

static bool bounds_are_constant(const Stmt *stmt, int64_t *extent) {
    const Bound *lower = &stmt->loop.lower, *upper = &stmt->loop.upper;
    if (lower->count != 1 || upper->count != 1) return false;
    if (!affine_is_constant(lower->terms[0]) || !affine_is_constant(upper->terms[0])) return false;
    *extent = upper->terms[0]->constant - lower->terms[0]->constant;
    return true;
}

const char *loop_block_name(Emitter *emitter, const Stmt *const *loops, int count) {
    Text name = text_new(emitter->context);
    for (int i = 0; i < count; i++) text_add(&name, "%s.%d.", loops[i]->loop.var->name, loops[i]->loop.var->id);
    return text_string(&name);
}

static void loop_emit(Emitter *emitter, const Facts *facts, const Stmt *stmt) {
    int64_t extent = 0;
    bool constant = bounds_are_constant(stmt, &extent);
    if (constant && extent <= 0) return;
    LoopPlace place = {facts, stmt};
    LLVMValueRef lower = bound_emit(emitter, &stmt->loop.lower, true);
    if (constant && extent == 1) {
        iteration_emit(emitter, &place, lower);
        return;
    }
    LLVMValueRef upper = bound_emit(emitter, &stmt->loop.upper, false);
    LLVMBasicBlockRef end;
    if (constant) {
        end = block_append(emitter, "end");
    } else {
        end = branch_begin(emitter, LLVMBuildICmp(emitter->builder, LLVMIntSLT, lower, upper, ""));
    }
    iterations_emit(emitter, loop_block_name(emitter, &stmt, 1), lower, upper, end, iteration_emit, &place);
}

static void guard_emit(Emitter *emitter, const Facts *facts, const Stmt *stmt) {
    Facts inside = facts_in_guard(facts, stmt);
    LLVMBasicBlockRef end = branch_begin(emitter, conditions_emit(emitter, stmt->guard.count, stmt->guard.conds));
    statement_emit(emitter, &inside, stmt->guard.body);
    branch_end(emitter, end);
}

static void alloc_emit(Emitter *emitter, const Facts *facts, const Stmt *stmt) {
    const Tensor *tensor = stmt->alloc.tensor;
    Buffer buffer = {.outer = emitter->buffers, .tensor = tensor, .alignment = BUFFER_ALIGNMENT};
    int64_t used = emitter->workspace_used;
    if (tensor->scope == SCOPE_WORKSPACE) {
        buffer.base = byte_offset(emitter, emitter->workspace, used);
        emitter->workspace_used += round_up(tensor_bytes(tensor), BUFFER_ALIGNMENT);
    } else {
        buffer.base = stack_buffer(emitter, tensor);
    }
    emitter->buffers = &buffer;
    statement_emit(emitter, facts, stmt->alloc.body);
    emitter->buffers = buffer.outer;
    emitter->workspace_used = used;
}

static void list_statements(Context *context, const Stmt *block, StmtList *out) {
    for (int i = 0; i < block->block.count; i++) {
        const Stmt *stmt = block->block.items[i];
        if (stmt->kind == STMT_BLOCK)
            list_statements(context, stmt, out);
        else
            VECTOR_PUSH(context, out, stmt);
    }
}

/* Statements one after the other, those of blocks in blocks too: copies of loops on cores that follow one another may
 * share their threads. */
static void block_emit(Emitter *emitter, const Facts *facts, const Stmt *block) {
    StmtList list = {.count = 0};
    list_statements(emitter->context, block, &list);
    for (size_t i = 0, emitted = 0; i < list.count; i += emitted) {
        emitted = (size_t)cores_emit(emitter, facts, &list.items[i], (int)(list.count - i));
        if (emitted > 0) continue;
        statement_emit(emitter, facts, list.items[i]);
        emitted = 1;
    }
}

void statement_emit(Emitter *emitter, const Facts *facts, const Stmt *stmt) {
    if (stmt == NULL) return;
    switch (stmt->kind) {
    case STMT_FOR:
        if (cores_emit(emitter, facts, &stmt, 1) > 0) return;
        if (stmt->loop.mark == MARK_LANES && emitter->plan->target->vector_bytes > (int64_t)sizeof(float)) {
            lanes_emit(emitter, facts, stmt);
        } else if (stmt->loop.mark != MARK_TILE || !tile_loops_emit(emitter, facts, stmt)) {
            loop_emit(emitter, facts, stmt);
        }
        return;
    case STMT_IF: guard_emit(emitter, facts, stmt); return;
    case STMT_BLOCK: block_emit(emitter, facts, stmt); return;
    case STMT_REDUCE:
        statement_emit(emitter, facts, stmt->reduce.init);
        statement_emit(emitter, facts, stmt->reduce.update);
        statement_emit(emitter, facts, stmt->reduce.finish);
        return;
    case STMT_ALLOC: alloc_emit(emitter, facts, stmt); return;
    case STMT_STORE: store_emit(emitter, facts, NULL, stmt); return;
    case STMT_PREFETCH: prefetch_emit(emitter, facts, stmt); return;
    }
}
