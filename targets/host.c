/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the machine that this process runs on. Features, not names, are what counts: virtual machines and new models
 * carry names that mislead (LLVM takes a Sapphire Rapids guest without all its features for a Rocket Lake). */
#include "targets/internal.h"

#if defined(__x86_64__)

#include <cpuid.h>

const char *host_architecture(void) {
    return "x86_64";
}

static uint32_t read_cpuid(uint32_t leaf, uint32_t subleaf, CpuidRegister word) {
    uint32_t registers[4];
    __cpuid_count(leaf, subleaf, registers[CPUID_EAX], registers[CPUID_EBX], registers[CPUID_ECX],
                  registers[CPUID_EDX]);
    return registers[word];
}

static uint32_t read_xcr0(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool host_has(const CpuFeature *feature) {
    switch (feature->question) {
    case QUESTION_CPUID_LEAVES: return read_cpuid(feature->leaf, 0, CPUID_EAX) >= feature->bits;
    case QUESTION_CPUID:
        return (read_cpuid(feature->leaf, feature->subleaf, feature->word) & feature->bits) == feature->bits;
    case QUESTION_XCR0: return (read_xcr0() & feature->bits) == feature->bits;
    }
    return false;
}

#else

const char *host_architecture(void) {
    return "an architecture without targets";
}

bool host_has(const CpuFeature *feature) {
    (void)feature;
    return false;
}

#endif
