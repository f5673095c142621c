/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of the interpreter: every element knows whether it was written. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "ir/interpret_internal.h"

/* Strides by logical axis, when no axis of the layout is a part of one. */
static void prepare_strides(Memory *memory) {
    const Tensor *tensor = memory->tensor;
    int64_t stride = 1;
    memory->is_plain = true;
    for (int i = 0; i < tensor->rank; i++) {
        memory->extents[i] = tensor->axes[i].extent;
        memory->reaches[i] = tensor_reach(tensor, i);
    }
    for (int i = tensor->layout.rank - 1; i >= 0; i--) {
        memory->is_plain = memory->is_plain && tensor->layout.axes[i].op_count == 0;
        memory->strides[tensor->layout.axes[i].axis] = stride;
        stride *= tensor_layout_extent(tensor, i);
    }
}

/* New memory; `data` NULL: of its own. */
static Memory *add_memory(Machine *machine, const Tensor *tensor, double *data, bool is_given) {
    Memory *memory = ARENA_NEW(machine->context, Memory);
    size_t elements = (size_t)tensor_elements(tensor);
    memory->tensor = tensor;
    memory->life = 1;
    memory->data = data != NULL ? data : ARENA_ARRAY(machine->context, double, elements);
    if (!is_given) memory->written = ARENA_ARRAY(machine->context, uint32_t, elements);
    prepare_strides(memory);
    VECTOR_PUSH(machine->context, &machine->memories, memory);
    return memory;
}

static void add_constant(Machine *machine, const Tensor *tensor) {
    Memory *memory = add_memory(machine, tensor, NULL, true);
    int64_t index[TENSOR_MAX_RANK] = {0};
    int64_t count = 1;
    for (int i = 0; i < tensor->rank; i++) count *= tensor->axes[i].extent;
    for (int64_t i = 0; i < count; i++) {
        int64_t rest = i;
        for (int axis = tensor->rank - 1; axis >= 0; axis--) {
            index[axis] = rest % tensor->axes[axis].extent;
            rest /= tensor->axes[axis].extent;
        }
        memory->data[tensor_offset_at(tensor, index)] = tensor_constant_at(tensor, index);
    }
}

static const InterpretArgument *find_argument(const InterpretArgument *arguments, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(arguments[i].name, name) == 0) return &arguments[i];
    return NULL;
}

static Status add_argument(Machine *machine, const Tensor *tensor, const InterpretArgument *arguments, int count) {
    const InterpretArgument *argument = find_argument(arguments, count, tensor->name);
    if (argument == NULL || argument->data == NULL)
        return diag_error(machine->context, STATUS_INVALID, "interpreter: no data for argument %s", tensor->name);
    bool is_result = pipeline_find_stage(machine->nest->pipeline, tensor->name) != NULL;
    add_memory(machine, tensor, argument->data, !is_result);
    return STATUS_OK;
}

static Status check_arguments(const Machine *machine, const InterpretArgument *arguments, int count) {
    for (int i = 0; i < count; i++) {
        const Tensor *tensor = nest_find_tensor(machine->nest, arguments[i].name);
        if (tensor == NULL || tensor->scope != SCOPE_ARGUMENT)
            return diag_error(machine->context, STATUS_INVALID, "interpreter: there is no argument %s",
                              arguments[i].name);
    }
    return STATUS_OK;
}

Status memory_prepare(Machine *machine, const InterpretArgument *arguments, int count) {
    TRY(check_arguments(machine, arguments, count));
    for (int i = 0; i < machine->nest->tensor_count; i++) {
        const Tensor *tensor = machine->nest->tensors[i];
        switch (tensor->scope) {
        case SCOPE_ARGUMENT: TRY(add_argument(machine, tensor, arguments, count)); break;
        case SCOPE_CONSTANT: add_constant(machine, tensor); break;
        default: add_memory(machine, tensor, NULL, false); break;
        }
    }
    return STATUS_OK;
}

static Memory *find_memory(const Machine *machine, const Tensor *tensor) {
    for (size_t i = 0; i < machine->memories.count; i++)
        if (machine->memories.items[i]->tensor == tensor) return machine->memories.items[i];
    return NULL;
}

void memory_enter(Machine *machine, const Tensor *buffer) {
    Memory *memory = find_memory(machine, buffer);
    if (memory == NULL) memory = add_memory(machine, buffer, NULL, false);
    memory->owner = machine->tile;
    memory->life++;
    if (memory->life != 0) return;
    memset(memory->written, 0, (size_t)tensor_elements(buffer) * sizeof *memory->written);
    memory->life = 1;
}

/* affine_evaluate; sums of plain loops, which nearly all indices are, without a call. */
static inline int64_t evaluate_index(const Affine *index, const int64_t *values) {
    int64_t sum = index->constant;
    for (int i = 0; i < index->count; i++) {
        const Term *term = &index->terms[i];
        if (term->kind != TERM_VAR) return affine_evaluate(index, values);
        sum += term->coefficient * values[term->var->id];
    }
    return sum;
}

/* The place of an element, checked against every axis. */
static Status find_element(const Machine *machine, const Memory *memory, const Affine *const *index,
                           const int64_t *extents, int64_t *out) {
    const Tensor *tensor = memory->tensor;
    int64_t position[TENSOR_MAX_RANK];
    int64_t offset = 0;
    for (int i = 0; i < tensor->rank; i++) {
        position[i] = evaluate_index(index[i], machine->values);
        if (position[i] < 0 || position[i] >= extents[i])
            return interpret_fail(machine, "%s is accessed outside: %s = %lld is not in 0..%lld", tensor->name,
                                  tensor->axes[i].name, (long long)position[i], (long long)extents[i] - 1);
        offset += position[i] * memory->strides[i];
    }
    *out = memory->is_plain ? offset : tensor_offset_at(tensor, position);
    return STATUS_OK;
}

static Status fail_undefined(const Machine *machine, const Tensor *tensor, const Affine *const *index) {
    Text text = text_new(machine->context);
    for (int i = 0; i < tensor->rank; i++)
        text_add(&text, i > 0 ? ", %lld" : "%lld", (long long)affine_evaluate(index[i], machine->values));
    return interpret_fail(machine, "%s[%s] is read, and nothing was stored there", tensor->name, text_string(&text));
}

static bool is_defined(const Memory *memory, int64_t element) {
    return memory->written == NULL || memory->written[element] == memory->life;
}

Status memory_read(Machine *machine, const Tensor *tensor, const Affine *const *index, double *out) {
    Memory *memory = find_memory(machine, tensor);
    if (memory == NULL) return interpret_fail(machine, "%s is no tensor of the nest", tensor->name);
    int64_t element = 0;
    TRY(find_element(machine, memory, index, memory->extents, &element));
    if (!is_defined(memory, element)) return fail_undefined(machine, tensor, index);
    TRY(tile_touch(machine, memory, index, element, false));
    *out = memory->data[element];
    return STATUS_OK;
}

/* type_round; the type that nearly all tensors have takes the short way. */
static double round_to_type(ScalarType type, double value) {
    if (type == TYPE_F32 && fabs(value) <= (double)FLT_MAX) return (double)(float)value;
    return type_round(type, value);
}

Status memory_write(Machine *machine, const Tensor *tensor, const Affine *const *index, bool add, double value) {
    Memory *memory = find_memory(machine, tensor);
    if (memory == NULL) return interpret_fail(machine, "%s is no tensor of the nest", tensor->name);
    int64_t element = 0;
    TRY(find_element(machine, memory, index, add ? memory->extents : memory->reaches, &element));
    if (add && !is_defined(memory, element)) return fail_undefined(machine, tensor, index);
    TRY(tile_touch(machine, memory, index, element, true));
    if (add) value += memory->data[element];
    memory->data[element] = round_to_type(tensor->type, value);
    if (memory->written != NULL) memory->written[element] = memory->life;
    return STATUS_OK;
}

Status memory_prefetch(Machine *machine, const Tensor *tensor) {
    if (find_memory(machine, tensor) != NULL) return STATUS_OK;
    return interpret_fail(machine, "%s is no tensor of the nest", tensor->name);
}
