/* SPDX-License-Identifier: Apache-2.0 */
/* septet_parallel_for of septet-agent, which runs kernels of one thread: the pool of the runtime is a library that
 * there is no archive of for boards. */
#include "runtime/septet_rt.h"

void septet_parallel_for(size_t tasks, size_t workers, void (*body)(void *closure, size_t task, size_t worker),
                         void *closure) {
    for (size_t task = 0; task < tasks; task++) body(closure, task, task % workers);
}
