/* SPDX-License-Identifier: Apache-2.0 */
/* What tells machines apart whose times cannot be compared. */
#ifndef SEPTET_TUNER_MACHINE_TEXT_H
#define SEPTET_TUNER_MACHINE_TEXT_H

#include "base/context.h"

/* This machine's: "x86_64 vendor=GenuineIntel family=6 model=143 stepping=8 l1d=49152 l2=2097152"; what the system does
 * not tell is left out. No names, frequencies, last-level cache or kernel: virtual machines misreport them. Instruction
 * sets are no part of it, because the target of a record says which ones it uses. In the arena: inside context_run. */
const char *machine_text(Context *context);

/* Does this process run in a user-mode emulator, so that its times say nothing? */
bool machine_is_emulated(void);

#endif
