/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of oneDNN's C API that differ between its versions 2 (Debian 12) and 3, under one name each. Version 2 has
 * descriptors of memory as structs and two steps to a primitive; version 3 has opaque descriptors and one step. */
#ifndef SEPTET_BENCH_ONEDNN_API_H
#define SEPTET_BENCH_ONEDNN_API_H

#include <dnnl.h>
#include <stdbool.h>
#include <stdlib.h>

#define ONEDNN_TRY(call)                                                                                               \
    do {                                                                                                               \
        dnnl_status_t onednn_try_status_ = (call);                                                                     \
        if (onednn_try_status_ != dnnl_success) return onednn_try_status_;                                             \
    } while (0)

/* What a convolution is made from. */
typedef struct OnednnShape {
    dnnl_dims_t strides, dilates, pad_begin, pad_end;
    bool transposed;
} OnednnShape;

#if DNNL_VERSION_MAJOR >= 3

typedef const_dnnl_memory_desc_t OnednnLayout;

static inline dnnl_status_t onednn_layout_strided(OnednnLayout *out, int rank, const dnnl_dims_t extents,
                                                  const dnnl_dims_t strides) {
    dnnl_memory_desc_t made = NULL;
    dnnl_status_t status = dnnl_memory_desc_create_with_strides(&made, rank, extents, dnnl_f32, strides);
    *out = made;
    return status;
}

static inline dnnl_status_t onednn_layout_tagged(OnednnLayout *out, int rank, const dnnl_dims_t extents,
                                                 dnnl_format_tag_t tag) {
    dnnl_memory_desc_t made = NULL;
    dnnl_status_t status = dnnl_memory_desc_create_with_tag(&made, rank, extents, dnnl_f32, tag);
    *out = made;
    return status;
}

static inline void onednn_layout_free(OnednnLayout layout) {
    if (layout != NULL) dnnl_memory_desc_destroy((dnnl_memory_desc_t)layout);
}

static inline dnnl_status_t onednn_append_sum(dnnl_post_ops_t operations) {
    return dnnl_post_ops_append_sum(operations, 1, 0, dnnl_f32);
}

static inline dnnl_status_t onednn_append_eltwise(dnnl_post_ops_t operations, dnnl_alg_kind_t kind, double alpha,
                                                  double beta) {
    return dnnl_post_ops_append_eltwise(operations, kind, (float)alpha, (float)beta);
}

static inline dnnl_status_t onednn_convolution(dnnl_primitive_desc_t *out, dnnl_engine_t engine, OnednnLayout x,
                                               OnednnLayout weights, OnednnLayout bias, OnednnLayout y,
                                               const OnednnShape *shape, const_dnnl_primitive_attr_t attributes) {
    if (shape->transposed) {
        return dnnl_deconvolution_forward_primitive_desc_create(
            out, engine, dnnl_forward_inference, dnnl_deconvolution_direct, x, weights, bias, y, shape->strides,
            shape->dilates, shape->pad_begin, shape->pad_end, attributes);
    }
    return dnnl_convolution_forward_primitive_desc_create(out, engine, dnnl_forward_inference, dnnl_convolution_direct,
                                                          x, weights, bias, y, shape->strides, shape->dilates,
                                                          shape->pad_begin, shape->pad_end, attributes);
}

#else

typedef const dnnl_memory_desc_t *OnednnLayout;

/* The result of an initialisation, as memory of its own. */
static inline dnnl_status_t onednn_layout_keep(OnednnLayout *out, dnnl_status_t status,
                                               const dnnl_memory_desc_t *made) {
    dnnl_memory_desc_t *kept = status == dnnl_success ? malloc(sizeof *kept) : NULL;
    *out = kept;
    if (kept == NULL) return status == dnnl_success ? dnnl_out_of_memory : status;
    *kept = *made;
    return dnnl_success;
}

static inline dnnl_status_t onednn_layout_strided(OnednnLayout *out, int rank, const dnnl_dims_t extents,
                                                  const dnnl_dims_t strides) {
    dnnl_memory_desc_t made;
    return onednn_layout_keep(out, dnnl_memory_desc_init_by_strides(&made, rank, extents, dnnl_f32, strides), &made);
}

static inline dnnl_status_t onednn_layout_tagged(OnednnLayout *out, int rank, const dnnl_dims_t extents,
                                                 dnnl_format_tag_t tag) {
    dnnl_memory_desc_t made;
    return onednn_layout_keep(out, dnnl_memory_desc_init_by_tag(&made, rank, extents, dnnl_f32, tag), &made);
}

static inline void onednn_layout_free(OnednnLayout layout) {
    free((void *)layout);
}

static inline dnnl_status_t onednn_append_sum(dnnl_post_ops_t operations) {
    return dnnl_post_ops_append_sum(operations, 1);
}

static inline dnnl_status_t onednn_append_eltwise(dnnl_post_ops_t operations, dnnl_alg_kind_t kind, double alpha,
                                                  double beta) {
    return dnnl_post_ops_append_eltwise(operations, 1, kind, (float)alpha, (float)beta);
}

static inline dnnl_status_t onednn_convolution(dnnl_primitive_desc_t *out, dnnl_engine_t engine, OnednnLayout x,
                                               OnednnLayout weights, OnednnLayout bias, OnednnLayout y,
                                               const OnednnShape *shape, const_dnnl_primitive_attr_t attributes) {
    dnnl_convolution_desc_t description; /* a deconvolution has the same type */
    dnnl_status_t status;
    if (shape->transposed) {
        status = dnnl_dilated_deconvolution_forward_desc_init(
            &description, dnnl_forward_inference, dnnl_deconvolution_direct, x, weights, bias, y, shape->strides,
            shape->dilates, shape->pad_begin, shape->pad_end);
    } else {
        status = dnnl_dilated_convolution_forward_desc_init(
            &description, dnnl_forward_inference, dnnl_convolution_direct, x, weights, bias, y, shape->strides,
            shape->dilates, shape->pad_begin, shape->pad_end);
    }
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(out, &description, attributes, engine, NULL);
}

#endif
#endif
