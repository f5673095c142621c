/* SPDX-License-Identifier: Apache-2.0 */
/* septet_parallel_for on pthreadpool: one pool for the process, made when it is first needed, made anew when a call
 * asks for more threads, of at most as many threads as the machine has cores: threads that spin while another one
 * waits for their core cost a layer of a millisecond ten or fifteen. Item w of the pool's loop runs the tasks of worker
 * w one after the other, which is why no two tasks of a worker meet, whichever thread takes the item. */
#include <pthread.h>
#include <pthreadpool.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "runtime/septet_rt.h"

typedef struct Pool {
    pthread_mutex_t busy; /* held while tasks run */
    pthreadpool_t threads;
    size_t count;
    size_t cores; /* of the machine; 0: not asked yet, which takes microseconds */
    bool watches_fork;
} Pool;

static Pool pool = {.busy = PTHREAD_MUTEX_INITIALIZER};

typedef struct Call {
    size_t tasks, workers;
    void (*body)(void *closure, size_t task, size_t worker);
    void *closure;
} Call;

static void run_worker(void *data, size_t worker) {
    const Call *call = data;
    for (size_t task = worker; task < call->tasks; task += call->workers) call->body(call->closure, task, worker);
}

static void run_here(Call *call) {
    for (size_t worker = 0; worker < call->workers; worker++) run_worker(call, worker);
}

/* A child of fork has none of its parent's threads. Their memory is left alone: the locks in it may be held. */
static void forget_pool(void) {
    pool = (Pool){.busy = PTHREAD_MUTEX_INITIALIZER, .watches_fork = true};
}

static size_t count_cores(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (size_t)cores : SIZE_MAX;
}

/* Has the pool as many threads as can run at once? Under the lock. */
static bool prepare_pool(size_t workers) {
    if (pool.cores == 0) pool.cores = count_cores();
    size_t wanted = workers < pool.cores ? workers : pool.cores;
    if (!pool.watches_fork) pool.watches_fork = pthread_atfork(NULL, NULL, forget_pool) == 0;
    if (pool.count >= wanted) return true;
    pthreadpool_destroy(pool.threads);
    pool.threads = pthreadpool_create(wanted);
    pool.count = pool.threads != NULL ? pthreadpool_get_threads_count(pool.threads) : 0;
    return pool.count > 0;
}

__attribute__((weak)) void septet_parallel_for(size_t tasks, size_t workers,
                                               void (*body)(void *closure, size_t task, size_t worker), void *closure) {
    Call call = {tasks, workers < tasks ? workers : tasks, body, closure};
    if (call.workers <= 1 || pthread_mutex_trylock(&pool.busy) != 0) {
        run_here(&call);
        return;
    }
    if (prepare_pool(call.workers)) {
        pthreadpool_parallelize_1d(pool.threads, run_worker, &call, call.workers, 0);
    } else {
        run_here(&call);
    }
    pthread_mutex_unlock(&pool.busy);
}
