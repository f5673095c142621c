/* SPDX-License-Identifier: Apache-2.0 */
/* Weights that are known when a kernel is compiled are packed then: NAME_pack is compiled for this machine instead of
 * the kernel's, loaded, and run. It is the same code from the same nest, so that what it writes cannot differ from what
 * NAME_pack would write; a thousand times as fast as interpreting the nest; and no code of another target has to run.
 */
#include <string.h>

#include "compiler/llvm/internal.h"

typedef int PackFunction(const float *weights, void *packed);

typedef struct Packing {
    Context *context;
    const Plan *plan;
    const float *const *weights;
    size_t count;
    const void **packed; /* out */
    LoadedObject *object;
} Packing;

static Status load_packer(Packing *packing, void **out) {
    Context *context = packing->context;
    Plan plan = *packing->plan;
    const char *bytes;
    size_t length;
    TRY(target_find(context, "host", &plan.target));
    TRY(emit_packer(context, &plan, &bytes, &length));
    TRY(emit_load(context, bytes, length, NULL, &packing->object));
    *out = emit_symbol(packing->object, arena_format(context, "%s_pack", plan.name));
    if (*out != NULL) return STATUS_OK;
    return diag_error(context, STATUS_INVALID, "the code that packs weights cannot be loaded");
}

/* Room aligned as NAME_pack asks. */
static void *packed_new(Context *context, int64_t bytes) {
    char *room = arena_alloc(context, (size_t)bytes + BUFFER_ALIGNMENT);
    return room + (BUFFER_ALIGNMENT - (uintptr_t)room % BUFFER_ALIGNMENT);
}

static Status pack_all(void *data) {
    Packing *packing = data;
    void *address = NULL;
    PackFunction *pack;
    TRY(load_packer(packing, &address));
    memcpy(&pack, &address, sizeof pack);
    for (size_t i = 0; i < packing->count; i++) {
        void *packed = packed_new(packing->context, packed_bytes(packing->plan->nest));
        int status = pack(packing->weights[i], packed);
        if (status != KERNEL_OK)
            return diag_error(packing->context, STATUS_INVALID, "packing weights gave status %d", status);
        packing->packed[i] = packed;
    }
    return STATUS_OK;
}

Status emit_packed(Context *context, const Plan *plan, const float *const *weights, size_t count, const void **packed) {
    Packing packing = {.context = context, .plan = plan, .weights = weights, .count = count, .packed = packed};
    Status status = context_run(context, pack_all, &packing);
    emit_unload(packing.object);
    return status;
}
