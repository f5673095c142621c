/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the tokenizer: what each text gives, printed token by token, and the messages of refused ones. */
#include "base/scan.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

static void print_token(const Scanner *scanner, Text *out) {
    const Token *token = &scanner->token;
    switch (token->kind) {
    case TOKEN_END: text_add_string(out, "END"); return;
    case TOKEN_NEWLINE: text_add_string(out, "NL "); return;
    case TOKEN_INTEGER: text_add(out, "i%lld ", (long long)token->integer); return;
    case TOKEN_DECIMAL:
        text_add_string(out, "d");
        text_add_number(out, token->decimal);
        text_add_string(out, " ");
        return;
    case TOKEN_NAME:
    case TOKEN_PUNCTUATION: text_add(out, "%.*s ", (int)token->length, scanner->source->text + token->offset); return;
    }
}

typedef struct Case {
    const char *text, *expected;
    bool newlines;
} Case;

static Status scan_case(Context *context, void *data) {
    const Case *test = data;
    Source source = {"test", test->text, strlen(test->text)};
    Text tokens = text_new(context);
    Scanner scanner;
    TRY(scan_start(context, &source, test->newlines, &scanner));
    while (scanner.token.kind != TOKEN_END) {
        print_token(&scanner, &tokens);
        TRY(scan_next(&scanner));
    }
    print_token(&scanner, &tokens);
    ck_assert_str_eq(text_string(&tokens), test->expected);
    return scan_next(&scanner); /* the end stays the end */
}

START_TEST(test_tokens) {
    Case cases[] = {
        {"", "END", true},
        {" \t\r\n # c", "END", true},
        {"split q 14 -> qo qi", "split q i14 -> qo qi END", false},
        {"x[n, p+r-1]*w", "x [ n , p + r - i1 ] * w END", false},
        {"a=1 # c\n\n  # d\r\n b\n", "a = i1 NL b NL END", true},
        {"a=1 # c\n\n  # d\r\n b\n", "a = i1 b END", false},
        {"\n\n# x\na", "a END", true},
        {"\xEF\xBB\xBFk_2 K9_", "k_2 K9_ END", false},
        {"0..4 1.5..2 3.", "i0 .. i4 d1.5 .. i2 i3 . END", false},
        {"1e-6 2E+3 1.25e2 7e 0.1", "d1e-6 d2000 d125 i7 e d0.1 END", false},
        {"9223372036854775807 007", "i9223372036854775807 i7 END", false},
        {"a&&b >= <= == => && & > !", "a && b >= <= == = > && & > ! END", false},
        {"1e-400 4.9e-324", "d0 d5e-324 END", false},
        {"#", "END", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) run_in_context(scan_case, &cases[i]);
}
END_TEST

static Status scan_to_error(Context *context, void *data) {
    const Case *test = data;
    Source source = {"t", test->text, strlen(test->text)};
    Scanner scanner;
    Status status = scan_start(context, &source, true, &scanner);
    while (status == STATUS_OK && scanner.token.kind != TOKEN_END) status = scan_next(&scanner);
    ck_assert_int_eq(status, STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), test->expected);
    return STATUS_OK;
}

START_TEST(test_refused_characters_and_numbers) {
    Case cases[] = {
        {.text = "a 9223372036854775808",
         .expected =
             "t:1:3: number out of range: integers end at 9223372036854775807\n    a 9223372036854775808\n      ^"},
        {.text = "1e999", .expected = "t:1:1: number out of range\n    1e999\n    ^"},
        {.text = "1e99999999999999999999", .expected = "t:1:1: number out of range\n    1e99999999999999999999\n    ^"},
        {.text = "k \xC3\x97 2",
         .expected = "t:1:3: character that is not ASCII, outside of a comment\n    k × 2\n      ^"},
        {.text = "a\n\x01", .expected = "t:2:1: control character 0x01\n    ?\n    ^"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) run_in_context(scan_to_error, &cases[i]);
}
END_TEST

static Status scan_nul_byte(Context *context, void *data) {
    (void)data;
    Source source = {"t", "a\0b", 3};
    Scanner scanner;
    TRY(scan_start(context, &source, true, &scanner));
    ck_assert_int_eq(scan_next(&scanner), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), "t:1:2: control character 0x00\n    a?b\n     ^");
    return STATUS_OK;
}

START_TEST(test_nul_byte_is_refused) {
    run_in_context(scan_nul_byte, NULL);
}
END_TEST

/* A small grammar that uses every reader: peel NAME NAME.. | clamp = LO , HI */
static Status parse_step(Context *context, void *data) {
    const char *text = data;
    Source source = {"step", text, strlen(text)};
    Scanner scanner;
    TRY(scan_start(context, &source, true, &scanner));
    bool clamp = false;
    TRY(scan_accept(&scanner, "clamp", &clamp));
    if (clamp) {
        double lo = 0;
        double hi = 0;
        TRY(scan_expect(&scanner, "="));
        TRY(scan_number(&scanner, "a bound", &lo));
        TRY(scan_expect(&scanner, ","));
        TRY(scan_number(&scanner, "a bound", &hi));
        return lo <= hi ? STATUS_OK : scan_error(&scanner, "%s", "bounds are the wrong way round");
    }
    const char *name = NULL;
    int64_t factor = 0;
    TRY(scan_expect(&scanner, "split"));
    TRY(scan_name(&scanner, "a loop", &name));
    TRY(scan_integer(&scanner, "a tile size", -4, 64, &factor));
    ck_assert_str_eq(name, "q");
    return STATUS_OK;
}

START_TEST(test_readers_accept) {
    static const char *const texts[] = {"split q 14", "split q -4", "split q - 4", "clamp=-1,6.5", "clamp = 0, 1e3"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) run_in_context(parse_step, (void *)texts[i]);
}
END_TEST

static Status parse_wrong_step(Context *context, void *data) {
    const Case *test = data;
    ck_assert_int_eq(parse_step(context, (void *)test->text), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), test->expected);
    return STATUS_OK;
}

START_TEST(test_readers_refuse) {
    Case cases[] = {
        {.text = "tile", .expected = "step:1:1: expected 'split', found 'tile'\n    tile\n    ^"},
        {.text = "split 3", .expected = "step:1:7: expected a loop, found '3'\n    split 3\n          ^"},
        {.text = "split", .expected = "step:1:6: expected a loop, found the end\n    split\n         ^"},
        {.text = "split\nq", .expected = "step:1:6: expected a loop, found the end of the line\n    split\n         ^"},
        {.text = "split q -x", .expected = "step:1:9: expected a tile size, found '-'\n    split q -x\n            ^"},
        {.text = "split q 65",
         .expected = "step:1:9: a tile size must be in -4..64, not 65\n    split q 65\n            ^"},
        {.text = "split q -5",
         .expected = "step:1:9: a tile size must be in -4..64, not -5\n    split q -5\n            ^"},
        {.text = "split q 1.5",
         .expected = "step:1:9: expected a tile size, found '1.5'\n    split q 1.5\n            ^"},
        {.text = "clamp=-k", .expected = "step:1:7: expected a bound, found '-'\n    clamp=-k\n          ^"},
        {.text = "clamp=2,1", .expected = "step:1:10: bounds are the wrong way round\n    clamp=2,1\n             ^"},
        {.text = "split aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee + ",
         .expected = "step:1:58: expected a tile size, found '+'\n"
                     "    split aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee + \n"
                     "                                                             ^"},
        {.text = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee",
         .expected = "step:1:1: expected 'split', found 'aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd...'\n"
                     "    aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee\n    ^"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) run_in_context(parse_wrong_step, &cases[i]);
}
END_TEST

START_TEST(test_failure_of_memory) {
    ck_assert_uint_ge(run_until_memory_suffices(parse_step, (void *)"split q 14"), 2);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("scan");
    tcase_add_test(tests, test_tokens);
    tcase_add_test(tests, test_refused_characters_and_numbers);
    tcase_add_test(tests, test_nul_byte_is_refused);
    tcase_add_test(tests, test_readers_accept);
    tcase_add_test(tests, test_readers_refuse);
    tcase_add_test(tests, test_failure_of_memory);
    return run_tests(tests);
}
