/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a task together: what all kinds of nodes have in common. */
#include "compiler/frontend/onnx/task.h"

OnnxTask onnx_task_new(const OnnxGraph *graph, const OnnxNode *node, int spatial) {
    OnnxTask task = {.node = node, .problem = problem_default(spatial), .w_factor = 1, .operand_factor = 1};
    task.x = task.w = task.bias = task.residual = ONNX_NONE;
    task.y = node->outputs[0];
    VECTOR_PUSH(graph->context, &task.nodes, node->name);
    return task;
}

void onnx_take_type(const OnnxGraph *graph, OnnxTask *task, const char **left_out) {
    const char *type = graph->values[task->w].type;
    ScalarType scalar;
    if (onnx_scalar_type(type, &scalar)) {
        task->problem.x_type = task->problem.w_type = task->problem.y_type = scalar;
    } else if (*left_out == NULL) {
        *left_out = arena_format(graph->context, "its weights have the type %s, not float, float16 or bfloat16",
                                 type != NULL ? type : "unknown");
    }
}

Status onnx_check_problem(const OnnxGraph *graph, const OnnxTask *task) {
    ProblemFault fault;
    if (!problem_find_fault(graph->context, &task->problem, &fault)) return STATUS_OK;
    return onnx_node_error(graph, task->node, "%s", fault.message);
}

bool onnx_add_word(OnnxTask *task, EpilogueKind kind, double first, double second) {
    Problem *problem = &task->problem;
    if (problem->epilogue_count == PROBLEM_MAX_EPILOGUE) return false;
    problem->epilogue[problem->epilogue_count++] = (EpilogueOp){kind, {first, second}};
    return true;
}

void onnx_add_bias(OnnxTask *task) {
    if (problem_has(&task->problem, EPILOGUE_BIAS)) return;
    onnx_add_word(task, EPILOGUE_BIAS, 0, 0);
}
