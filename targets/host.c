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
    uint32_t leaf = feature->x86.leaf, subleaf = feature->x86.subleaf, bits = feature->x86.bits;
    switch (feature->question) {
    case QUESTION_CPUID_LEAVES: return read_cpuid(leaf, 0, CPUID_EAX) >= bits;
    case QUESTION_CPUID: return (read_cpuid(leaf, subleaf, feature->x86.word) & bits) == bits;
    case QUESTION_XCR0: return (read_xcr0() & bits) == bits;
    default: return false;
    }
}

#elif defined(__aarch64__)

const char *host_architecture(void) {
    return "aarch64";
}

static uint64_t read_id_register(ArmIdRegister id_register) {
    uint64_t value = 0;
    switch (id_register) {
#define ID_REGISTER(id, name)                                                                                          \
    case id: __asm__("mrs %0, " name : "=r"(value)); break;
#include "targets/arm/id_registers.def"
#undef ID_REGISTER
    }
    return value;
}

/* RDVL x0, #1, spelt as a number because this file is not compiled for SVE. */
static uint64_t read_sve_bytes(void) {
    register uint64_t bytes __asm__("x0");
    __asm__(".inst 0x04bf5020" : "=r"(bytes));
    return bytes;
}

bool host_has(const CpuFeature *feature) {
    switch (feature->question) {
    case QUESTION_ID_FIELD:
        return (read_id_register(feature->arm.id_register) >> feature->arm.shift & 15) >= feature->arm.least;
    case QUESTION_SVE_BYTES: return read_sve_bytes() == feature->sve_bytes;
    default: return false;
    }
}

#elif defined(__arm__)

#include <sys/auxv.h>

const char *host_architecture(void) {
    return "armv7";
}

bool host_has(const CpuFeature *feature) {
    return feature->question == QUESTION_HWCAP && (getauxval(AT_HWCAP) & feature->hwcap) == feature->hwcap;
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
