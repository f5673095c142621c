/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc and /sys, and questions to the kernel. */
#define _GNU_SOURCE /* sched_getaffinity, syscall */
#include "tuner/measuring/machine_facts.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "tuner/measuring/disturbance.h"

enum { CLOCK_LOOKS = 1000, STEAL_WINDOW_NS = 200000000 };

/* arch_prctl's request for the tile data of AMX (Linux 5.16). */
enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };

void machine_facts_read(const char *path, char *out, size_t bytes) {
    FILE *file = fopen(path, "r");
    out[0] = '\0';
    if (file == NULL) return;
    if (fgets(out, (int)bytes, file) == NULL) out[0] = '\0';
    fclose(file);
    out[strcspn(out, "\n")] = '\0';
}

double machine_facts_quota(const char *text) {
    double quota, period;
    if (sscanf(text, "%lf %lf", &quota, &period) != 2 || !(period > 0)) return NAN;
    return quota / period;
}

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1000000000 * (int64_t)now.tv_sec + now.tv_nsec;
}

static double clock_step_ns(void) {
    int64_t smallest = INT64_MAX;
    for (int i = 0; i < CLOCK_LOOKS; i++) {
        int64_t before = now_ns(), after = now_ns();
        while (after == before) after = now_ns();
        if (after - before < smallest) smallest = after - before;
    }
    return (double)smallest;
}

/* Keeps the thread where it is, then lets it go again. */
static bool try_pinning(const cpu_set_t *allowed) {
    cpu_set_t one;
    int core = sched_getcpu();
    if (core < 0) return false;
    CPU_ZERO(&one);
    CPU_SET((size_t)core, &one);
    bool pinned = sched_setaffinity(0, sizeof one, &one) == 0;
    sched_setaffinity(0, sizeof *allowed, allowed);
    return pinned;
}

static double measure_steal(void) {
    Disturbance disturbance = disturbance_begin();
    nanosleep(&(struct timespec){.tv_nsec = STEAL_WINDOW_NS}, NULL);
    disturbance_end(&disturbance);
    return disturbance.steal;
}

static bool try_counters(void) {
    struct perf_event_attr attributes = {.type = PERF_TYPE_HARDWARE,
                                         .size = sizeof attributes,
                                         .config = PERF_COUNT_HW_CPU_CYCLES,
                                         .exclude_kernel = 1,
                                         .exclude_hv = 1};
    long file = syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
    if (file < 0) return false;
    close((int)file);
    return true;
}

/* The line of flags is longer than any buffer of fixed size needs to be: it is read word by word. */
static bool has_cpu_flag(const char *wanted) {
    char word[MACHINE_FACT_BYTES];
    bool found = false;
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL) return false;
    while (!found && fscanf(file, "%63s", word) == 1) found = strcmp(word, wanted) == 0;
    fclose(file);
    return found;
}

MatrixUnit machine_facts_matrix_unit(void) {
    if (!has_cpu_flag("amx_tile")) return MATRIX_UNIT_NONE;
#ifdef SYS_arch_prctl
    if (syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0) return MATRIX_UNIT_ALLOWED;
#endif
    return MATRIX_UNIT_FORBIDDEN;
}

MachineFacts machine_facts(void) {
    MachineFacts facts = {.load = NAN};
    char text[MACHINE_FACT_BYTES];
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    facts.cores = CPU_COUNT(&allowed);
    facts.can_pin = try_pinning(&allowed);
    facts.timer_ns = clock_step_ns();
    facts.steal = measure_steal();
    machine_facts_read("/proc/loadavg", text, sizeof text);
    if (text[0] != '\0') facts.load = strtod(text, NULL);
    machine_facts_read("/sys/fs/cgroup/cpu.max", text, sizeof text);
    facts.quota_cores = machine_facts_quota(text);
    machine_facts_read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", facts.governor, sizeof facts.governor);
    facts.is_virtual = has_cpu_flag("hypervisor");
    facts.has_counters = try_counters();
    facts.matrix = machine_facts_matrix_unit();
    return facts;
}
