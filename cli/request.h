/* SPDX-License-Identifier: Apache-2.0 */
/* What the verbs that work on layers have in common: specs, choice of layer, target, schedule, and the options that
 * change a layer. */
#ifndef SEPTET_CLI_REQUEST_H
#define SEPTET_CLI_REQUEST_H

#include "cli/command.h"
#include "compiler/frontend/onnx.h"
#include "compiler/plan.h"
#include "tuner/resolve.h"

/* The options that request_read understands, for the option set of a verb. */
#define REQUEST_OPTIONS                                                                                                \
    OPTION_CONV, OPTION_LAYER, OPTION_TARGET, OPTION_SCHEDULE, OPTION_EPILOGUE, OPTION_LAYOUT, OPTION_NAME,            \
        OPTION_ACCURACY, OPTION_THREADS, OPTION_NO_DB, OPTION_DB

/* A layer to work on. */
typedef struct RequestLayer {
    Layer layer;
    const char *kernel;       /* name of its kernel, a C identifier */
    const char *label;        /* for messages and tables: the layer's name, else the kernel's */
    const Schedule *schedule; /* its own, of a folder of schedules; NULL: the request's */
    const Found *found;       /* in the database, where neither is given; NULL: nothing */
} RequestLayer;

/* An ONNX model that some of the layers are of: those whose source and offset are those of a layer of the model. */
typedef struct RequestModel {
    const char *path;
    const OnnxModel *model;
} RequestModel;

typedef struct Request {
    const Target *target;
    int threads;                 /* of each kernel */
    const Schedule *schedule;    /* of every layer; NULL: find one */
    const char *schedule_folder; /* holds KERNEL.schedule for those layers that have a schedule of their own; or NULL */
    size_t count;
    const RequestLayer *layers;
    const LayerList *list; /* the same layers as they were read */
    size_t model_count;
    const RequestModel *models;
} Request;

/* Reads all of it. What is wrong on the command line counts as misuse, what is wrong in a file does not; no layers at
 * all are misuse. */
Status request_read(Command *command, Request *out);

/* The same without looking for records in the database. */
Status request_read_layers(Command *command, Request *out);

/* Target and schedule alone; nothing about layers. */
Status request_read_choices(Command *command, Request *out);

/* Would the symbols of the kernels clash in one program? That is misuse. */
Status request_check_clashes(Command *command, const Request *request);

/* Builds the plan of one layer (tuner/resolve.h). `observer` may be NULL. An error without a place names the layer. */
Status request_plan(Context *context, const Request *request, const RequestLayer *layer, const PlanObserver *observer,
                    const Plan **out);

#endif
