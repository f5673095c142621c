/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that runs a kernel shares with the one that watches it: how far it got, which survives any crash, and
 * which buffers it runs on. This header stands alone, because the program that runs kernels of another architecture
 * (kernel_runner.c) is compiled with it too; the layout is the same on all of them. */
#ifndef SEPTET_TUNER_RUN_RECORD_H
#define SEPTET_TUNER_RUN_RECORD_H

#include <stdint.h>

typedef enum RunPhase { PHASE_LINK, PHASE_SUPPORTED, PHASE_PACK, PHASE_RUN, PHASE_DONE } RunPhase;

/* A buffer of tuner/guarded.h: the file of its mapping, whose first and last page are to be inaccessible. */
typedef struct RunBuffer {
    int32_t file; /* descriptor; -1: a null pointer */
    int32_t is_constant;
    uint64_t mapping_bytes, data_offset;
} RunBuffer;

enum { RUN_MESSAGE_BYTES = 256, RUN_MAX_ARGUMENTS = 6, RUN_PACKED = 1 /* the argument that NAME_pack writes */ };

typedef struct RunRecord {
    int32_t phase;  /* RunPhase under way; after PHASE_DONE all went well */
    int32_t status; /* what the phase's function returned when it failed */
    char message[RUN_MESSAGE_BYTES];
    /* For kernel_runner.c alone: */
    uint32_t page_bytes, argument_count;
    RunBuffer weights, arguments[RUN_MAX_ARGUMENTS]; /* of NAME_pack; of NAME, in its order */
} RunRecord;

#endif
