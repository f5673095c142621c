/* SPDX-License-Identifier: Apache-2.0 */
/* The words of epilogues.def. */
#include <string.h>

#include "ir/problem.h"

static const struct {
    const char *name;
    int parameters;
    bool exact, supported;
} epilogues[EPILOGUE_COUNT] = {
#define EPILOGUE(id, word, parameters, exact, supported) [EPILOGUE_##id] = {#word, parameters, exact, supported},
#include "ir/epilogues.def"
#undef EPILOGUE
};

const char *epilogue_name(EpilogueKind kind) {
    return epilogues[kind].name;
}

bool epilogue_find(const char *word, size_t length, EpilogueKind *out) {
    for (int i = 0; i < EPILOGUE_COUNT; i++) {
        if (strlen(epilogues[i].name) == length && memcmp(epilogues[i].name, word, length) == 0) {
            *out = (EpilogueKind)i;
            return true;
        }
    }
    return false;
}

int epilogue_parameters(EpilogueKind kind) {
    return epilogues[kind].parameters;
}

bool epilogue_is_exact(EpilogueKind kind) {
    return epilogues[kind].exact;
}

bool epilogue_is_supported(EpilogueKind kind) {
    return epilogues[kind].supported;
}

bool problem_has(const Problem *problem, EpilogueKind kind) {
    for (int i = 0; i < problem->epilogue_count; i++) {
        if (problem->epilogue[i].kind == kind) return true;
    }
    return false;
}
