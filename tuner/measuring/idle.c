/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the states of this process' threads: R, running or about to, or else asleep. */
#define _GNU_SOURCE /* gettid */
#include "tuner/measuring/idle.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char threads_path[] = "/proc/self/task";
static const double look_ns = 2e5; /* between looks */

enum { PATH_BYTES = 64, STAT_BYTES = 256 };

/* "123 (name) R ...", where the name may hold anything. */
static bool is_running(const char *thread) {
    char path[PATH_BYTES], stat[STAT_BYTES] = "";
    snprintf(path, sizeof path, "%s/%.20s/stat", threads_path, thread);
    FILE *file = fopen(path, "r");
    if (file == NULL) return false; /* it has ended */
    size_t length = fread(stat, 1, sizeof stat - 1, file);
    fclose(file);
    stat[length] = '\0';
    const char *name_end = strrchr(stat, ')');
    return name_end != NULL && strncmp(name_end, ") R", 3) == 0;
}

/* Does another thread run? Also when that cannot be known. */
static bool others_run(void) {
    DIR *threads = opendir(threads_path);
    bool run = threads == NULL;
    if (threads == NULL) return run;
    for (struct dirent *entry = readdir(threads); entry != NULL && !run; entry = readdir(threads)) {
        long thread = strtol(entry->d_name, NULL, 10);
        run = thread > 0 && thread != gettid() && is_running(entry->d_name);
    }
    closedir(threads);
    return run;
}

static void sleep_ns(double ns) {
    nanosleep(&(struct timespec){.tv_nsec = (long)ns}, NULL);
}

void idle_wait(double limit_ns) {
    for (double waited = 0; waited < limit_ns && others_run(); waited += look_ns) sleep_ns(look_ns);
}
