/* SPDX-License-Identifier: Apache-2.0 */
/* Huge numbers, negative and broken ones among them. */
#include "tests/support/huge.h"

#include "base/text.h"

static const char *const numbers[HUGE_COUNT] = {
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-1",
    "-2147483648",
    "-2147483649",
    "-9223372036854775808",
    "-9223372036854775809",
    "99999999999999999999999999999999",
    "1e30",
    "1e999",
};

const char *huge_fill_in(Context *context, const char *text, int index) {
    Text filled = text_new(context);
    for (; *text != '\0'; text++) {
        if (*text == '@') {
            text_add_string(&filled, numbers[index]);
        } else {
            text_add(&filled, "%c", *text);
        }
    }
    return text_string(&filled);
}
