/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry asks of the machine that it runs on (host.c, the only file that depends on it). */
#ifndef SEPTET_TARGETS_INTERNAL_H
#define SEPTET_TARGETS_INTERNAL_H

#include "targets/target.h"

/* The architecture of this process, as in Target.architecture. */
const char *host_architecture(void);

/* Has this machine the feature? Legal to ask only when those before it in the target's list hold. */
bool host_has(const CpuFeature *feature);

#endif
