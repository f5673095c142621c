/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/stat counts stolen time in ticks of 10 ms: one tick in a short stretch is a large share, so a single one is
 * not believed. */
#define _GNU_SOURCE /* sched_getcpu */
#include "tuner/measuring/disturbance.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* "cpu3 user nice system idle iowait irq softirq steal …" */
static double stolen_s(int core) {
    char line[512], name[32];
    double stolen = NAN;
    int length = snprintf(name, sizeof name, "cpu%d ", core);
    FILE *file = core >= 0 ? fopen("/proc/stat", "r") : NULL;
    if (file == NULL) return NAN;
    while (isnan(stolen) && fgets(line, sizeof line, file) != NULL) {
        long long ticks;
        if (strncmp(line, name, (size_t)length) != 0) continue;
        if (sscanf(line + length, "%*d %*d %*d %*d %*d %*d %*d %lld", &ticks) != 1) break;
        stolen = (double)ticks / (double)sysconf(_SC_CLK_TCK);
    }
    fclose(file);
    return stolen;
}

static double count_throttles(int core) {
    char path[96];
    long long count;
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count", core);
    FILE *file = fopen(path, "r");
    if (file == NULL) return NAN;
    int read = fscanf(file, "%lld", &count);
    fclose(file);
    return read == 1 ? (double)count : NAN;
}

Disturbance disturbance_begin(void) {
    int core = sched_getcpu();
    return (Disturbance){.start_s = now_s(), .stolen_s = stolen_s(core), .throttles_before = count_throttles(core)};
}

void disturbance_end(Disturbance *disturbance) {
    int core = sched_getcpu();
    double stolen = stolen_s(core) - disturbance->stolen_s, tick = 1.0 / (double)sysconf(_SC_CLK_TCK);
    disturbance->steal = stolen <= 1.5 * tick ? 0 : stolen / (now_s() - disturbance->start_s);
    if (isnan(stolen)) disturbance->steal = NAN;
    disturbance->throttles = count_throttles(core) - disturbance->throttles_before;
}
