/* SPDX-License-Identifier: Apache-2.0 */
/* septet_rt: the threads of kernels that septet compiled with --threads N. Kernels call septet_parallel_for and nothing
 * else; the library defines it weakly, so a program that has a pool of its own defines the function itself, and links
 * no septet_rt at all (docs/artefact.md). */
#ifndef SEPTET_RT_H
#define SEPTET_RT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Calls body(closure, task, worker) once for each task < tasks, and returns when all are done. worker < workers, and no
 * two tasks run at once with one worker: what is kept for each worker needs no lock. Tasks may run in any order, at the
 * same time or one after the other.
 *
 * This one: task t is worker t mod workers. The calling thread takes part. Threads are made by the first call that
 * needs them, no more than the machine has cores, and stay: for some ten milliseconds they spin, so that the next call
 * wakes them within microseconds, and then sleep. When another call is under way (from another thread, or from within a
 * task), or no thread can be made, all tasks run on the calling thread. Thread-safe; may be called in a child of fork.
 */
void septet_parallel_for(size_t tasks, size_t workers, void (*body)(void *closure, size_t task, size_t worker),
                         void *closure);

#ifdef __cplusplus
}
#endif

#endif
