/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc says about processes; where there is none, nothing is known and nothing happens. */
#ifndef SEPTET_TUNER_AGENT_PROCESSES_H
#define SEPTET_TUNER_AGENT_PROCESSES_H

#include <stdint.h>
#include <sys/types.h>

/* Memory that a process has for itself (resident, not shared); 0 when unknown. */
int64_t process_memory_bytes(pid_t pid);

/* By how much a process and its descendants each exceed `before`, in sum. */
int64_t process_tree_growth_bytes(pid_t pid, int64_t before);

/* Kills and reaps all children of the calling process; how many there were. */
int processes_end_children(void);

#endif
