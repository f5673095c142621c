/* SPDX-License-Identifier: Apache-2.0 */
/* The table of targets, and how one is chosen. */
#include <string.h>

#include "base/text.h"
#include "targets/arm/aarch64.h"
#include "targets/arm/armv7.h"
#include "targets/arm/sve.h"
#include "targets/internal.h"
#include "targets/scalar/scalar.h"
#include "targets/x86/x86_64.h"

/* Less capable ones of an architecture before more capable ones: target_host takes the last that runs. */
static const Target *const targets[] = {
    &target_scalar,         &target_x86_64_v2,   &target_x86_64_v3,   &target_x86_64_v4,
    &target_x86_64_v4_bf16, &target_cortex_a9,   &target_cortex_a15,  &target_cortex_a72,
    &target_cortex_a76,     &target_neoverse_n1, &target_neoverse_v1,
};

enum { TARGET_COUNT = sizeof targets / sizeof targets[0] };

const Target *target_get(size_t index) {
    return index < TARGET_COUNT ? targets[index] : NULL;
}

bool target_runs_here(const Target *target, const char **reason) {
    const char *missing = NULL;
    if (strcmp(target->architecture, host_architecture()) != 0) {
        missing = target->architecture;
    }
    for (int i = 0; missing == NULL && i < target->required_count; i++) {
        if (!host_has(&target->required[i])) missing = target->required[i].name;
    }
    if (reason != NULL) *reason = missing;
    return missing == NULL;
}

const Target *target_host(void) {
    for (size_t i = TARGET_COUNT; i > 0; i--) {
        if (!targets[i - 1]->dot_bf16 && target_runs_here(targets[i - 1], NULL)) return targets[i - 1];
    }
    return NULL;
}

static Status find_host(Context *context, const Target **out) {
    *out = target_host();
    if (*out != NULL) return STATUS_OK;
    return diag_error(context, STATUS_UNSUPPORTED, "no target describes this machine (%s); name one with --target",
                      host_architecture());
}

static Status unknown_target(Context *context, const char *name) {
    Text names = text_new(context);
    for (size_t i = 0; i < TARGET_COUNT; i++) text_add(&names, "%s, ", targets[i]->name);
    return diag_error(context, STATUS_INVALID, "unknown target '%s'; known are %shost", name, text_string(&names));
}

Status target_find(Context *context, const char *name, const Target **out) {
    if (strcmp(name, "host") == 0) return find_host(context, out);
    for (size_t i = 0; i < TARGET_COUNT; i++) {
        if (strcmp(targets[i]->name, name) != 0) continue;
        *out = targets[i];
        return STATUS_OK;
    }
    return unknown_target(context, name);
}
