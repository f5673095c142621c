/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles of loops on cores. They run one after the other here, and each element notes the tile that wrote it and the one
 * that read it last: two tiles that might have met are found whatever their order and the values are. */
#include "ir/interpret_internal.h"

/* Is it another tile of the region that is running? Tiles of regions before have lower numbers. */
static bool is_other(const Machine *machine, uint32_t tile) {
    return tile >= machine->first_tile && tile != machine->tile;
}

static Status fail_race(const Machine *machine, const Tensor *tensor, const Affine *const *index, const char *what) {
    Text text = text_new(machine->context);
    for (int i = 0; i < tensor->rank; i++)
        text_add(&text, i > 0 ? ", %lld" : "%lld", (long long)affine_evaluate(index[i], machine->values));
    return interpret_fail(machine, "%s[%s] is %s, and the two may run at the same time on cores", tensor->name,
                          text_string(&text), what);
}

static void prepare(Machine *machine, Memory *memory) {
    size_t elements = (size_t)tensor_elements(memory->tensor);
    memory->writers = ARENA_ARRAY(machine->context, uint32_t, elements);
    memory->readers = ARENA_ARRAY(machine->context, uint32_t, elements);
    memory->sharers = ARENA_ARRAY(machine->context, uint32_t, elements);
}

Status tile_touch(Machine *machine, Memory *memory, const Affine *const *index, int64_t element, bool is_write) {
    const Tensor *tensor = memory->tensor;
    if (machine->tile == 0 || memory->owner == machine->tile) return STATUS_OK;
    if (memory->writers == NULL) prepare(machine, memory);
    uint32_t *writer = &memory->writers[element], *reader = &memory->readers[element],
             *sharer = &memory->sharers[element];
    if (is_other(machine, *writer)) {
        return fail_race(machine, tensor, index,
                         is_write ? "written by two tiles" : "read here and written by another tile");
    }
    if (is_write) {
        if (is_other(machine, *reader) || *sharer >= machine->first_tile)
            return fail_race(machine, tensor, index, "written here and read by another tile");
        *writer = machine->tile;
        return STATUS_OK;
    }
    if (is_other(machine, *reader)) *sharer = machine->tile;
    *reader = machine->tile;
    return STATUS_OK;
}
