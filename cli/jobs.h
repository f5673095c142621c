/* SPDX-License-Identifier: Apache-2.0 */
/* Work on several threads: jobs that do not depend on each other, in contexts of their own. What a job makes lives in
 * its context, until jobs_free. */
#ifndef SEPTET_CLI_JOBS_H
#define SEPTET_CLI_JOBS_H

#include <stddef.h>

#include "base/context.h"

enum { JOBS_MAX_WORKERS = 64 };

typedef struct Jobs Jobs;

/* Workers: the caller, with `context`, and workers - 1 threads, with contexts of the same allocator, which must be
 * thread-safe. 1 <= workers <= JOBS_MAX_WORKERS. STATUS_NO_MEMORY. */
Status jobs_new(Context *context, int workers, Jobs **out);
void jobs_free(Jobs *jobs); /* NULL is allowed */

/* How many cores there are for workers. */
int jobs_cores(void);

typedef Status JobBody(Context *context, size_t index, void *data);

/* Runs body(context, index, data) inside context_run for index = 0 .. count - 1, in no order. When one fails, none that
 * is not under way is begun; returns the status of the first of the list that failed, whatever the number of workers,
 * with its message in the caller's context. Notes of all are brought there too. */
Status jobs_run(Jobs *jobs, size_t count, JobBody *body, void *data);

#endif
