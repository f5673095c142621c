/* SPDX-License-Identifier: Apache-2.0 */
/* A problem in oneDNN's terms. All functions return dnnl_unimplemented for what oneDNN has no words for; what they make
 * is freed by the caller, also after an error. */
#ifndef SEPTET_BENCH_ONEDNN_PROBLEM_H
#define SEPTET_BENCH_ONEDNN_PROBLEM_H

#include "bench/onednn_api.h"
#include "ir/problem.h"

/* Layouts of the problem's data, and with `any` those that oneDNN may choose itself. bias is NULL without one. */
typedef struct OnednnLayouts {
    OnednnLayout x, weights, bias, y, any_x, any_weights, any_y;
} OnednnLayouts;

dnnl_status_t onednn_layouts_new(const Problem *problem, OnednnLayouts *out);
void onednn_layouts_free(OnednnLayouts *layouts);

/* The epilogue but for the bias, which must come first. */
dnnl_status_t onednn_attributes_new(const Problem *problem, dnnl_primitive_attr_t *out);

OnednnShape onednn_shape(const Problem *problem);

#endif
