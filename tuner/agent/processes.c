/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/PID/statm and /proc/PID/task/PID/children. */
#include "tuner/agent/processes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_CHILDREN = 64, MAX_DEPTH = 8, MAX_ROUNDS = 100 };

int64_t process_memory_bytes(pid_t pid) {
    char path[64];
    long long size = 0, resident = 0, shared = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    int read = fscanf(file, "%lld %lld %lld", &size, &resident, &shared);
    fclose(file);
    return read == 3 ? (resident - shared) * sysconf(_SC_PAGESIZE) : 0;
}

static int read_children(pid_t pid, pid_t *out) {
    char path[64];
    int count = 0, child;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    while (count < MAX_CHILDREN && fscanf(file, "%d", &child) == 1) out[count++] = child;
    fclose(file);
    return count;
}

static int64_t tree_growth(pid_t pid, int64_t before, int depth) {
    pid_t children[MAX_CHILDREN];
    int64_t own = process_memory_bytes(pid) - before, sum = own > 0 ? own : 0;
    int count = depth < MAX_DEPTH ? read_children(pid, children) : 0;
    for (int i = 0; i < count; i++) sum += tree_growth(children[i], before, depth + 1);
    return sum;
}

int64_t process_tree_growth_bytes(pid_t pid, int64_t before) {
    return tree_growth(pid, before, 0);
}

/* Those that die leave children of their own to us: until there are none. */
int processes_end_children(void) {
    pid_t children[MAX_CHILDREN];
    int ended = 0;
    for (int round = 0; round < MAX_ROUNDS; round++) {
        int count = read_children(getpid(), children);
        if (count == 0) break;
        for (int i = 0; i < count; i++) {
            kill(children[i], SIGKILL);
            while (waitpid(children[i], NULL, 0) < 0 && errno == EINTR) continue;
        }
        ended += count;
    }
    return ended;
}
