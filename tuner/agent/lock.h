/* SPDX-License-Identifier: Apache-2.0 */
/* The lock that all agents of a machine share: building holds it together with others who build, checking and timing
 * hold it alone. So no two sessions time each other, nor time what another one builds. */
#ifndef SEPTET_TUNER_AGENT_LOCK_H
#define SEPTET_TUNER_AGENT_LOCK_H

#include <stdbool.h>

#include "base/context.h"

/* Opens the file of the lock, $SEPTET_LOCK or /tmp/septet.lock, for whoever may read it; to be closed. STATUS_IO. */
Status lock_open(Context *context, int *out);

/* Waits for the lock. False when the other end of `control` (or -1) closes before. */
bool lock_take(int lock, bool alone, int control);

void lock_leave(int lock);

#endif
