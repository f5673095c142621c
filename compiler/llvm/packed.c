/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that callers pass: packed data and workspace.
 *
 *     packed     tag | first packed tensor | next … each at a multiple of 64 bytes
 *     tag        "SEPTETPK", the ABI, 128 bits of BLAKE3 over the problem and the packed layouts, zeros up to 64 bytes
 *     workspace  tensors that live for the whole call, then those of STMT_ALLOC as a stack; what is inside loops on
 *                cores is there once for each worker, from a multiple of 64 bytes on
 *
 * The hash leaves out names and the rest of the schedule: data that was packed for one kernel serves every kernel of
 * the same problem with the same layout. */
#include <string.h>

#include <llvm-c/blake3.h>

#include "compiler/llvm/internal.h"
#include "ir/nest_cores.h"

#define PACKED_MAGIC UINT64_C(0x4b50544554504553) /* "SEPTETPK" in memory order */

int64_t round_up(int64_t value, int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

static int64_t aligned_bytes(const Tensor *tensor) {
    return round_up(tensor_bytes(tensor), BUFFER_ALIGNMENT);
}

/* Bytes of the tensors of a scope that come before `tensor`; of all when it is NULL. */
static int64_t scope_bytes(const Nest *nest, Scope scope, const Tensor *tensor) {
    int64_t bytes = 0;
    for (int i = 0; i < nest->tensor_count && nest->tensors[i] != tensor; i++) {
        if (nest->tensors[i]->scope == scope) bytes += aligned_bytes(nest->tensors[i]);
    }
    return bytes;
}

int64_t packed_offset(const Nest *nest, const Tensor *tensor) {
    return PACKED_TAG_BYTES + scope_bytes(nest, SCOPE_PACKED, tensor);
}

int64_t packed_bytes(const Nest *nest) {
    return PACKED_TAG_BYTES + scope_bytes(nest, SCOPE_PACKED, NULL);
}

int64_t workspace_offset(const Nest *nest, const Tensor *tensor) {
    return scope_bytes(nest, SCOPE_WORKSPACE, tensor);
}

/* The most that the allocations of a statement hold at the same time. */
typedef struct AllocSearch {
    int64_t workers; /* of loops on cores inside */
    int64_t largest;
} AllocSearch;

static void search_alloc(void *data, const Stmt *stmt) {
    AllocSearch *search = data;
    bool divides = stmt->kind == STMT_FOR && stmt->loop.mark == MARK_CORES;
    AllocSearch inside = {.workers = divides ? 1 : search->workers};
    stmt_visit_children(stmt, search_alloc, &inside);
    if (divides) inside.largest *= search->workers;
    bool holds = stmt->kind == STMT_ALLOC && stmt->alloc.tensor->scope == SCOPE_WORKSPACE;
    if (holds) inside.largest += aligned_bytes(stmt->alloc.tensor);
    if (inside.largest > search->largest) search->largest = inside.largest;
}

int64_t worker_bytes(const Stmt *body) {
    AllocSearch search = {.workers = 1};
    search_alloc(&search, body);
    return search.largest;
}

int64_t workspace_bytes(const Plan *plan) {
    AllocSearch search = {.workers = plan->threads};
    search_alloc(&search, plan->nest->body);
    return scope_bytes(plan->nest, SCOPE_WORKSPACE, NULL) + search.largest;
}

/* Tiles of all regions: those of one may share threads with those of the next (cores.c). */
static void count_tiles(void *data, const Stmt *stmt) {
    int64_t *tiles = data;
    if (stmt_is_on_cores(stmt))
        *tiles += cores_region(stmt).tiles;
    else
        stmt_visit_children(stmt, count_tiles, data);
}

int plan_workers(const Plan *plan) {
    int64_t tiles = 0;
    count_tiles(&tiles, plan->nest->body);
    return tiles > 1 ? plan->threads : 1;
}

void emit_sizes(const Plan *plan, KernelSizes *out) {
    *out = (KernelSizes){
        .packed_bytes = packed_bytes(plan->nest),
        .workspace_bytes = workspace_bytes(plan),
        .workers = plan_workers(plan),
    };
}

static const char *tag_text(Context *context, const Plan *plan) {
    Text text = text_new(context);
    text_add(&text, "%s\n", plan->problem_text);
    for (int i = 0; i < plan->nest->tensor_count; i++) {
        if (plan->nest->tensors[i]->scope != SCOPE_PACKED) continue;
        tensor_print_shape(plan->nest->tensors[i], &text);
        text_add_string(&text, "\n");
    }
    return text_string(&text);
}

void packed_tag(Context *context, const Plan *plan, uint64_t words[TAG_WORDS]) {
    const char *text = tag_text(context, plan);
    uint8_t hash[16];
    llvm_blake3_hasher hasher;
    llvm_blake3_hasher_init(&hasher);
    llvm_blake3_hasher_update(&hasher, text, strlen(text));
    llvm_blake3_hasher_finalize(&hasher, hash, sizeof hash);
    words[0] = PACKED_MAGIC;
    words[1] = KERNEL_ABI;
    words[2] = words[3] = 0;
    for (int i = 0; i < 16; i++) words[2 + i / 8] |= (uint64_t)hash[i] << (8 * (i % 8));
}
