/* SPDX-License-Identifier: Apache-2.0 */
/* Relocations against encodings that were worked out by hand from the architectures' manuals. */
#include <elf.h>
#include <string.h>

#include "tests/support/run.h"
#include "tuner/image/internal.h"

enum { PAGE_BYTES = 4096 };

typedef struct Case {
    const ImageArchitecture *architecture;
    uint32_t type;
    uint32_t before, after; /* the first word at the place */
    int64_t distance;       /* of the address from the place, whose page begins there */
    size_t room;
    FixupResult result;
} Case;

static const Case cases[] = {
    /* bl .+0x1000; bl .-4; b .+8 */
    {&image_arm64, R_AARCH64_CALL26, 0x94000000, 0x94000400, 0x1000, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_CALL26, 0x94000000, 0x97FFFFFF, -4, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_JUMP26, 0x14000000, 0x14000002, 8, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_CALL26, 0x94000000, 0x94000000, (int64_t)1 << 27, 4, FIXUP_TOO_FAR},
    {&image_arm64, R_AARCH64_CALL26, 0x94000000, 0x95FFFFFF, ((int64_t)1 << 27) - 4, 4, FIXUP_DONE},
    /* adrp x0, five pages on; adrp x1, a page back */
    {&image_arm64, R_AARCH64_ADR_PREL_PG_HI21, 0x90000000, 0xB0000020, 0x5123, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_ADR_PREL_PG_HI21, 0x90000001, 0xF0FFFFE1, -1, 4, FIXUP_DONE},
    /* add x0, x0, 0x123; ldr s0, [x0, 0x124]; ldr q1, [x2, 0x120]; ldrb w0, [x0, 5] */
    {&image_arm64, R_AARCH64_ADD_ABS_LO12_NC, 0x91000000, 0x91048C00, 0x5123, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_LDST32_ABS_LO12_NC, 0xBD400000, 0xBD412400, 0x5124, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_LDST128_ABS_LO12_NC, 0x3DC00041, 0x3DC04841, 0x5120, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_LDST8_ABS_LO12_NC, 0x39400000, 0x39401400, 0x5005, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_PREL32, 0, (uint32_t)-8, -8, 4, FIXUP_DONE},
    {&image_arm64, R_AARCH64_PREL32, 7, 7, (int64_t)1 << 31, 4, FIXUP_TOO_FAR},
    {&image_arm64, R_AARCH64_PREL32, 7, 7, 0, 3, FIXUP_UNKNOWN},
    {&image_arm64, R_AARCH64_ABS64, 7, 7, 0, 7, FIXUP_UNKNOWN},
    {&image_arm64, R_AARCH64_COPY, 7, 7, 0, 8, FIXUP_UNKNOWN},
    {&image_x86, R_X86_64_PC32, 0, 0x1000, 0x1000, 4, FIXUP_DONE},
    {&image_x86, R_X86_64_PLT32, 0, (uint32_t)-4, -4, 4, FIXUP_DONE},
    {&image_x86, R_X86_64_PC32, 7, 7, (int64_t)1 << 31, 4, FIXUP_TOO_FAR},
    {&image_x86, R_X86_64_PC32, 7, 7, 0, 3, FIXUP_UNKNOWN},
    {&image_x86, R_X86_64_64, 7, 7, 0, 7, FIXUP_UNKNOWN},
    {&image_x86, R_X86_64_COPY, 7, 7, 0, 8, FIXUP_UNKNOWN},
};

enum { CASE_COUNT = sizeof cases / sizeof cases[0] };

START_TEST(a_field_gets_its_value) {
    static _Alignas(PAGE_BYTES) unsigned char place[PAGE_BYTES];
    const Case *test = &cases[_i];
    uint32_t word = test->before;
    memcpy(place, &word, sizeof word);
    Fixup fixup = {place, test->room, test->type, (uint64_t)(uintptr_t)place + (uint64_t)test->distance};
    ck_assert_int_eq(test->architecture->fix(&fixup), test->result);
    memcpy(&word, place, sizeof word);
    ck_assert_msg(word == test->after, "0x%08x instead of 0x%08x", word, test->after);
}
END_TEST

START_TEST(an_address_is_stored_whole) {
    unsigned char place[8] = {0};
    uint64_t stored, address = 0x123456789ABCDEF0;
    Fixup x86 = {place, sizeof place, R_X86_64_64, address}, arm = {place, sizeof place, R_AARCH64_ABS64, ~address};
    ck_assert_int_eq(image_x86.fix(&x86), FIXUP_DONE);
    memcpy(&stored, place, sizeof stored);
    ck_assert_uint_eq(stored, address);
    ck_assert_int_eq(image_arm64.fix(&arm), FIXUP_DONE);
    memcpy(&stored, place, sizeof stored);
    ck_assert_uint_eq(stored, ~address);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("relocate");
    tcase_add_loop_test(tests, a_field_gets_its_value, 0, CASE_COUNT);
    tcase_add_test(tests, an_address_is_stored_whole);
    return run_tests(tests);
}
