/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts by their strides, the epilogue as post-operations. */
#include "bench/onednn_problem.h"

/* Which tensor of activations. */
typedef enum Side { SIDE_X, SIDE_Y } Side;

static int64_t offset(const Problem *problem, Side side, int64_t n, int64_t channel, const int64_t *position) {
    return side == SIDE_X ? problem_x_offset(problem, n, channel, position)
                          : problem_y_offset(problem, n, channel, position);
}

static dnnl_format_tag_t blocked_tag(int spatial, int64_t block) {
    static const dnnl_format_tag_t tags[PROBLEM_MAX_SPATIAL][3] = {{dnnl_aBc4b, dnnl_aBc8b, dnnl_aBc16b},
                                                                   {dnnl_aBcd4b, dnnl_aBcd8b, dnnl_aBcd16b},
                                                                   {dnnl_aBcde4b, dnnl_aBcde8b, dnnl_aBcde16b}};
    for (int i = 0; i < 3; i++) {
        if (block == (int64_t)4 << i) return tags[spatial - 1][i];
    }
    return dnnl_format_tag_undef;
}

/* Extents n, channels, space; the stride of an axis is how far one step along it goes. */
static dnnl_status_t describe_activations(const Problem *problem, Side side, OnednnLayout *out, OnednnLayout *any) {
    ActivationLayout layout = side == SIDE_X ? problem->x_layout : problem->y_layout;
    const int64_t origin[PROBLEM_MAX_SPATIAL] = {0};
    dnnl_dims_t extents = {problem->n, side == SIDE_X ? problem->c : problem->k};
    dnnl_dims_t strides = {offset(problem, side, 1, 0, origin), offset(problem, side, 0, 1, origin)};
    int rank = problem->spatial + 2;
    for (int i = 0; i < problem->spatial; i++) {
        int64_t step[PROBLEM_MAX_SPATIAL] = {0};
        step[i] = 1;
        extents[2 + i] = side == SIDE_X ? problem->dimension[i].input : problem->dimension[i].output;
        strides[2 + i] = offset(problem, side, 0, 0, step);
    }
    ONEDNN_TRY(onednn_layout_tagged(any, rank, extents, dnnl_format_tag_any));
    if (layout.order != LAYOUT_CHANNELS_BLOCKED) return onednn_layout_strided(out, rank, extents, strides);
    dnnl_format_tag_t tag = blocked_tag(problem->spatial, layout.block);
    if (tag == dnnl_format_tag_undef) return dnnl_unimplemented;
    return onednn_layout_tagged(out, rank, extents, tag);
}

/* [g] output channels, input channels, taps: in memory KCRS with groups outermost, transposed CKRS. */
static dnnl_status_t describe_weights(const Problem *problem, OnednnLayout *out, OnednnLayout *any) {
    dnnl_dims_t extents, strides;
    int64_t k = problem->k / problem->g, c = problem->c / problem->g, taps = 1;
    int rank = problem->g > 1, first = rank;
    extents[first] = k;
    extents[first + 1] = c;
    rank += 2 + problem->spatial;
    for (int i = problem->spatial - 1; i >= 0; i--) {
        extents[first + 2 + i] = problem->dimension[i].kernel;
        strides[first + 2 + i] = taps;
        taps *= problem->dimension[i].kernel;
    }
    strides[first] = problem->transposed ? taps : c * taps;
    strides[first + 1] = problem->transposed ? k * taps : taps;
    if (problem->g > 1) {
        extents[0] = problem->g;
        strides[0] = k * c * taps;
    }
    ONEDNN_TRY(onednn_layout_tagged(any, rank, extents, dnnl_format_tag_any));
    return onednn_layout_strided(out, rank, extents, strides);
}

dnnl_status_t onednn_layouts_new(const Problem *problem, OnednnLayouts *out) {
    *out = (OnednnLayouts){NULL};
    if (problem->x_type != TYPE_F32 || problem->w_type != TYPE_F32 || problem->y_type != TYPE_F32)
        return dnnl_unimplemented;
    ONEDNN_TRY(describe_activations(problem, SIDE_X, &out->x, &out->any_x));
    ONEDNN_TRY(describe_activations(problem, SIDE_Y, &out->y, &out->any_y));
    ONEDNN_TRY(describe_weights(problem, &out->weights, &out->any_weights));
    if (!problem_has(problem, EPILOGUE_BIAS)) return dnnl_success;
    const dnnl_dims_t extents = {problem->k}, strides = {1};
    return onednn_layout_strided(&out->bias, 1, extents, strides);
}

void onednn_layouts_free(OnednnLayouts *layouts) {
    const OnednnLayout all[] = {layouts->x,     layouts->weights,     layouts->bias, layouts->y,
                                layouts->any_x, layouts->any_weights, layouts->any_y};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) onednn_layout_free(all[i]);
    *layouts = (OnednnLayouts){NULL};
}

static dnnl_status_t append_operation(const EpilogueOp *operation, dnnl_post_ops_t out) {
    const double *parameters = operation->parameters;
    switch (operation->kind) {
    case EPILOGUE_ADD: return onednn_append_sum(out);
    case EPILOGUE_RELU: return onednn_append_eltwise(out, dnnl_eltwise_relu, 0, 0);
    case EPILOGUE_RELU6: return onednn_append_eltwise(out, dnnl_eltwise_clip, 0, 6);
    case EPILOGUE_CLAMP: return onednn_append_eltwise(out, dnnl_eltwise_clip, parameters[0], parameters[1]);
    case EPILOGUE_LEAKY_RELU: return onednn_append_eltwise(out, dnnl_eltwise_relu, parameters[0], 0);
    case EPILOGUE_HARDSWISH: return onednn_append_eltwise(out, dnnl_eltwise_hardswish, 1.0 / 6, 0.5);
    case EPILOGUE_SIGMOID: return onednn_append_eltwise(out, dnnl_eltwise_logistic, 0, 0);
    case EPILOGUE_SILU: return onednn_append_eltwise(out, dnnl_eltwise_swish, 1, 0);
    default: return dnnl_unimplemented;
    }
}

static dnnl_status_t append_epilogue(const Problem *problem, dnnl_post_ops_t out) {
    for (int i = 0; i < problem->epilogue_count; i++) {
        if (i == 0 && problem->epilogue[i].kind == EPILOGUE_BIAS) continue;
        ONEDNN_TRY(append_operation(&problem->epilogue[i], out));
    }
    return dnnl_success;
}

dnnl_status_t onednn_attributes_new(const Problem *problem, dnnl_primitive_attr_t *out) {
    dnnl_post_ops_t operations;
    ONEDNN_TRY(dnnl_primitive_attr_create(out));
    ONEDNN_TRY(dnnl_post_ops_create(&operations));
    dnnl_status_t status = append_epilogue(problem, operations);
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*out, operations);
    dnnl_post_ops_destroy(operations);
    return status;
}

OnednnShape onednn_shape(const Problem *problem) {
    OnednnShape shape = {.transposed = problem->transposed};
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *dimension = &problem->dimension[i];
        shape.strides[i] = dimension->stride;
        shape.dilates[i] = dimension->dilation - 1; /* oneDNN counts from 0 */
        shape.pad_begin[i] = dimension->pad_begin;
        shape.pad_end[i] = dimension->pad_end;
    }
    return shape;
}
