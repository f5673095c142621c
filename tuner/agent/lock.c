/* SPDX-License-Identifier: Apache-2.0 */
/* flock, which the system gives back when its holder dies. */
#define _GNU_SOURCE /* flock, O_NOFOLLOW */
#include "tuner/agent/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

enum { LOOK_MS = 10 };

/* In a folder such as /tmp, a file of another user may be opened as long as it need not be made. */
Status lock_open(Context *context, int *out) {
    const char *path = getenv("SEPTET_LOCK");
    if (path == NULL || path[0] == '\0') path = "/tmp/septet.lock";
    int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW;
    *out = open(path, flags);
    if (*out < 0 && errno == ENOENT) *out = open(path, flags | O_CREAT, 0644);
    if (*out >= 0) return STATUS_OK;
    return diag_error(context, STATUS_IO, "cannot open the machine's lock %s: %s; name another file in $SEPTET_LOCK",
                      path, strerror(errno));
}

bool lock_take(int lock, bool alone, int control) {
    struct pollfd file = {.fd = control};
    while (flock(lock, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return true; /* a file system without locks: go on without */
        if (poll(&file, 1, LOOK_MS) > 0 && (file.revents & (POLLHUP | POLLERR)) != 0) return false;
    }
    return true;
}

void lock_leave(int lock) {
    flock(lock, LOCK_UN);
}
