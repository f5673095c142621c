/* SPDX-License-Identifier: Apache-2.0 */
/* Layouts of activations: their spellings, and the offset of an element.
 *
 * A blocked layout, nChw16c, is nchw with the channels cut into blocks of 16 and the channel within its block moved
 * innermost; a last block that is not full is filled up. */
#include <assert.h>
#include <string.h>

#include "base/integer.h"
#include "ir/problem.h"

enum { MAX_BLOCK_DIGITS = 4 };

/* Row spatial - 1: the letters of frameworks, and oneDNN's. Blocked is the channels-first row with a block behind. */
static const char *const channels_last[][2] = {{"nwc", "acb"}, {"nhwc", "acdb"}, {"ndhwc", "acdeb"}};
static const char *const channels_first[][2] = {{"ncw", "abc"}, {"nchw", "abcd"}, {"ncdhw", "abcde"}};

static char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does the text start with the lower-case word, in any case? */
static bool starts_with(const char *text, size_t length, const char *word) {
    size_t word_length = strlen(word);
    if (length < word_length) return false;
    for (size_t i = 0; i < word_length; i++) {
        if (lower_case(text[i]) != word[i]) return false;
    }
    return true;
}

/* Reads "16c": digits and the letter of channels. */
static bool parse_block(const char *text, size_t length, char channel, int64_t *block) {
    if (length < 2 || length > MAX_BLOCK_DIGITS + 1 || lower_case(text[length - 1]) != channel) return false;
    *block = 0;
    for (size_t i = 0; i + 1 < length; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *block = *block * 10 + (text[i] - '0');
    }
    return text[0] != '0' && *block >= 2 && *block <= LAYOUT_MAX_BLOCK;
}

bool layout_parse(const char *text, size_t length, int spatial, ActivationLayout *out) {
    for (int letters = 0; letters < 2; letters++) {
        const char *last = channels_last[spatial - 1][letters];
        const char *first = channels_first[spatial - 1][letters];
        size_t rank = strlen(first);
        if (length == rank && starts_with(text, length, last)) {
            *out = (ActivationLayout){.order = LAYOUT_CHANNELS_LAST};
            return true;
        }
        if (!starts_with(text, length, first)) continue;
        *out = (ActivationLayout){.order = LAYOUT_CHANNELS_FIRST};
        if (length == rank) return true;
        out->order = LAYOUT_CHANNELS_BLOCKED;
        return parse_block(text + rank, length - rank, first[1], &out->block);
    }
    return false;
}

void layout_print(ActivationLayout layout, int spatial, Text *text) {
    if (layout.order == LAYOUT_CHANNELS_LAST) {
        text_add_string(text, channels_last[spatial - 1][0]);
        return;
    }
    const char *first = channels_first[spatial - 1][0];
    if (layout.order == LAYOUT_CHANNELS_FIRST) {
        text_add_string(text, first);
    } else {
        text_add(text, "nC%s%lldc", first + 2, (long long)layout.block);
    }
}

/* Horner's scheme over the axes, outermost first. */
static int64_t offset_of(const Problem *problem, ActivationLayout layout, bool is_x, int64_t n, int64_t channel,
                         const int64_t *position) {
    int64_t channels = is_x ? problem->c : problem->k;
    int64_t offset = n;
    if (layout.order == LAYOUT_CHANNELS_FIRST) offset = offset * channels + channel;
    if (layout.order == LAYOUT_CHANNELS_BLOCKED) {
        int64_t blocks = integer_ceil_div(channels, layout.block);
        offset = offset * blocks + channel / layout.block;
    }
    for (int i = 0; i < problem->spatial; i++) {
        const Dimension *dimension = &problem->dimension[i];
        offset = offset * (is_x ? dimension->input : dimension->output) + position[i];
    }
    if (layout.order == LAYOUT_CHANNELS_LAST) offset = offset * channels + channel;
    if (layout.order == LAYOUT_CHANNELS_BLOCKED) offset = offset * layout.block + channel % layout.block;
    return offset;
}

int64_t problem_x_offset(const Problem *problem, int64_t n, int64_t c, const int64_t *position) {
    return offset_of(problem, problem->x_layout, true, n, c, position);
}

int64_t problem_y_offset(const Problem *problem, int64_t n, int64_t k, const int64_t *position) {
    return offset_of(problem, problem->y_layout, false, n, k, position);
}

static bool is_filling(const Problem *problem, ActivationLayout layout, bool is_x, int64_t offset) {
    if (layout.order != LAYOUT_CHANNELS_BLOCKED) return false;
    int64_t channels = is_x ? problem->c : problem->k;
    int64_t blocks = integer_ceil_div(channels, layout.block), pixels = 1;
    for (int i = 0; i < problem->spatial; i++)
        pixels *= is_x ? problem->dimension[i].input : problem->dimension[i].output;
    int64_t block = offset / (pixels * layout.block) % blocks;
    return block * layout.block + offset % layout.block >= channels;
}

bool problem_x_is_filling(const Problem *problem, int64_t offset) {
    return is_filling(problem, problem->x_layout, true, offset);
}

bool problem_y_is_filling(const Problem *problem, int64_t offset) {
    return is_filling(problem, problem->y_layout, false, offset);
}
