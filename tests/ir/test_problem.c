/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the problem: canonical texts and their round trip, layouts, sizes, and the messages of refused ones. */
#include "ir/problem.h"

#include <math.h>
#include <string.h>

#include "tests/base/failing_allocator.h"
#include "tests/support/in_context.h"
#include "tests/support/run.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Text of every kind that must come back unchanged: the first four are written out by hand from published layers. */
static const char *const canonical_texts[] = {
    "conv2d n=1 g=1 c=64 h=56 w=56 k=64 p=56 q=56 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=bias,relu",
    "conv2d n=1 g=1 c=1024 h=14 w=14 k=2048 p=7 q=7 r=1 s=1 stride=2,2 pad=0,0,-1,-1 dilation=1,1 type=f32,f32,f32 "
    "layout=nhwc,nhwc epilogue=bias,add,relu",
    "conv2d n=1 g=64 c=64 h=112 w=112 k=64 p=56 q=56 r=3 s=3 stride=2,2 pad=0,0,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nchw,nhwc epilogue=none",
    "conv2d n=1 g=32 c=32 h=112 w=112 k=64 p=112 q=112 r=3 s=3 stride=1,1 pad=1,1,1,1 dilation=1,1 type=f32,f32,f32 "
    "layout=nchw,nChw16c epilogue=clamp=-0.5,6,relu",
    "conv1d n=2 g=1 c=80 w=3000 k=384 q=1500 s=3 stride=2 pad=1,0 dilation=1 type=bf16,bf16,f32 layout=nwc,ncw "
    "epilogue=bias,leaky_relu=0.1",
    "conv3d n=1 g=1 c=3 d=16 h=112 w=112 k=64 z=16 p=56 q=56 t=3 r=7 s=7 stride=1,2,2 pad=1,3,3,1,2,2 dilation=1,1,1 "
    "type=f32,f32,f32 layout=nCdhw4c,ndhwc epilogue=none",
    "deconv2d n=1 g=1 c=512 h=4 w=4 k=256 p=8 q=8 r=4 s=4 stride=2,2 pad=1,1,1,1 dilation=1,1 type=u8,s8,s32 "
    "layout=nhwc,nhwc epilogue=requant,sigmoid",
};

static Status round_trip(Context *context, void *data) {
    const char *text = data;
    Source source = {"problem", text, strlen(text)};
    Problem problem;
    TRY(problem_parse(context, &source, &problem));
    Text printed = text_new(context);
    problem_print(&problem, &printed);
    ck_assert_str_eq(text_string(&printed), text);
    return STATUS_OK;
}

START_TEST(test_canonical_texts_come_back) {
    for (size_t i = 0; i < COUNT(canonical_texts); i++) run_in_context(round_trip, (char *)canonical_texts[i]);
}
END_TEST

START_TEST(test_parse_without_memory) {
    for (size_t i = 0; i < COUNT(canonical_texts); i++) {
        char *text = (char *)canonical_texts[i];
        ck_assert_uint_gt(run_until_memory_suffices(round_trip, text), 0);
    }
}
END_TEST

/* A problem of res2a_branch2b with one field changed by the test. */
static Problem res2a(void) {
    Problem problem = problem_default(2);
    problem.c = problem.k = 64;
    for (int i = 0; i < 2; i++)
        problem.dimension[i] =
            (Dimension){.input = 56, .output = 56, .kernel = 3, .stride = 1, .dilation = 1, .pad_begin = 1};
    problem_derive_padding(&problem);
    return problem;
}

START_TEST(test_derived_padding) {
    static const struct {
        Dimension dimension;
        bool transposed;
        int64_t pad_end;
    } cases[] = {
        {{56, 56, 3, 1, 1, 1, 0}, false, 1},  {{224, 112, 7, 2, 1, 3, 0}, false, 2},
        {{56, 28, 1, 2, 1, 0, 0}, false, -1}, {{224, 112, 3, 2, 1, 0, 0}, false, 1},
        {{14, 14, 3, 1, 2, 2, 0}, false, 2},  {{5, 1, 1, 9, 1, 0, 0}, false, -4},
        {{4, 8, 4, 2, 1, 1, 0}, true, 1},     {{4, 9, 3, 2, 1, 1, 0}, true, -1},
        {{3, 1, 3, 1, 1, 1, 0}, false, -1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        Problem problem = problem_default(1);
        problem.dimension[0] = cases[i].dimension;
        problem.transposed = cases[i].transposed;
        problem_derive_padding(&problem);
        const Dimension *dimension = &problem.dimension[0];
        ck_assert_int_eq(dimension->pad_end, cases[i].pad_end);
        ck_assert_int_eq(problem_output_extent(dimension, problem.transposed, dimension->pad_begin, dimension->pad_end),
                         dimension->output);
    }
}
END_TEST

START_TEST(test_output_extent) {
    Dimension dimension = {.input = 3, .kernel = 5, .stride = 2, .dilation = 1};
    ck_assert_int_eq(problem_output_extent(&dimension, false, 0, 0), 0);
    ck_assert_int_eq(problem_output_extent(&dimension, false, 1, 0), 0);
    ck_assert_int_eq(problem_output_extent(&dimension, false, 1, 1), 1);
    dimension.kernel = 8;
    ck_assert_int_eq(problem_output_extent(&dimension, false, 0, 0), -2);
    dimension.kernel = INT64_MAX;
    dimension.dilation = 3;
    ck_assert_int_eq(problem_output_extent(&dimension, false, 0, 0), 0);
}
END_TEST

/* Counts what problem_flops counts, one multiplication at a time. */
static double slow_flops(const Problem *problem) {
    int64_t channels = problem->k * (problem->c / problem->g);
    double flops = 2.0 * (double)(problem->n * channels);
    for (int i = 0; i < problem->spatial; i++) {
        Dimension d = problem->dimension[i];
        int64_t strided = problem->transposed ? d.input : d.output, other = problem->transposed ? d.output : d.input;
        int64_t count = 0;
        for (int64_t a = 0; a < strided; a++)
            for (int64_t tap = 0; tap < d.kernel; tap++) {
                int64_t b = a * d.stride + tap * d.dilation - d.pad_begin;
                count += b >= 0 && b < other;
            }
        flops *= (double)count;
    }
    return flops;
}

START_TEST(test_flops_count_valid_taps) {
    Problem problem = res2a();
    ck_assert(problem_flops(&problem) == 2.0 * 64 * 64 * 166 * 166); /* 56 * 3 - 2 pairs of row and tap */
    for (int64_t trial = 0; trial < 20000; trial++) {
        Problem small = problem_default(1);
        small.transposed = trial % 2 == 1;
        small.dimension[0] = (Dimension){.input = 1 + trial % 7,
                                         .output = 1 + trial / 3 % 11,
                                         .kernel = 1 + trial / 5 % 6,
                                         .stride = 1 + trial / 2 % 4,
                                         .dilation = 1 + trial / 7 % 3,
                                         .pad_begin = trial / 11 % 9};
        ck_assert(problem_flops(&small) == slow_flops(&small));
    }
}
END_TEST

/* As quickly for the largest filters: a tap at a time, these took seconds. */
START_TEST(test_flops_of_huge_filters) {
    Problem problem = problem_default(1);
    problem.dimension[0] =
        (Dimension){.input = 2147483647, .output = 1073741825, .kernel = 1073741823, .stride = 1, .dilation = 1};
    ck_assert(problem_flops(&problem) == 2.0 * 1073741825 * 1073741823); /* no padding: every pair */
    problem.dimension[0] = (Dimension){
        .input = 1, .output = 1073741824, .kernel = 1073741824, .stride = 1, .dilation = 1, .pad_begin = 1073741823};
    ck_assert(problem_flops(&problem) == 2.0 * 1073741824); /* each output meets the one position once */
}
END_TEST

START_TEST(test_sizes) {
    Problem problem = res2a();
    problem.n = 2;
    problem.c = 20;
    problem.k = 40;
    problem.g = 4;
    problem.y_layout = (ActivationLayout){LAYOUT_CHANNELS_BLOCKED, 16};
    ck_assert_int_eq(problem_x_elements(&problem), 2 * 20 * 56 * 56);
    ck_assert_int_eq(problem_w_elements(&problem), 40 * 5 * 3 * 3);
    ck_assert_int_eq(problem_y_elements(&problem), 2 * 48 * 56 * 56);
    ck_assert_int_eq(problem_output_count(&problem), 2 * 40 * 56 * 56);
}
END_TEST

/* Filling is what no channel has its place at. */
static void check_filling(const Problem *problem) {
    bool is_element[400] = {false};
    int64_t count = problem_y_elements(problem);
    ck_assert_int_le(count, 400);
    for (int64_t n = 0; n < problem->n; n++)
        for (int64_t k = 0; k < problem->k; k++)
            for (int64_t q = 0; q < problem->dimension[0].output; q++)
                is_element[problem_y_offset(problem, n, k, &q)] = true;
    for (int64_t i = 0; i < count; i++) ck_assert(problem_y_is_filling(problem, i) == !is_element[i]);
}

START_TEST(test_filling) {
    Problem problem = problem_default(1);
    problem.n = 2;
    problem.k = 20;
    problem.dimension[0].output = 5;
    check_filling(&problem);
    for (int64_t block = 2; block < 25; block++) {
        problem.y_layout = (ActivationLayout){LAYOUT_CHANNELS_BLOCKED, block};
        check_filling(&problem);
    }
    problem.c = 3;
    problem.x_layout = problem.y_layout = (ActivationLayout){LAYOUT_CHANNELS_BLOCKED, 4};
    ck_assert(!problem_x_is_filling(&problem, 2) && problem_x_is_filling(&problem, 3));
}
END_TEST

START_TEST(test_offsets) {
    Problem problem = res2a();
    problem.n = 3;
    problem.c = 40;
    problem.dimension[0].input = 5;
    problem.dimension[1].input = 7;
    const int64_t position[] = {4, 6};
    ck_assert_int_eq(problem_x_offset(&problem, 2, 39, position), ((2 * 5 + 4) * 7 + 6) * 40 + 39);
    problem.x_layout.order = LAYOUT_CHANNELS_FIRST;
    ck_assert_int_eq(problem_x_offset(&problem, 2, 39, position), ((2 * 40 + 39) * 5 + 4) * 7 + 6);
    problem.x_layout = (ActivationLayout){LAYOUT_CHANNELS_BLOCKED, 16};
    ck_assert_int_eq(problem_x_offset(&problem, 2, 39, position), (((2 * 3 + 2) * 5 + 4) * 7 + 6) * 16 + 7);
    ck_assert_int_eq(problem_y_offset(&problem, 1, 5, position), ((1 * 56 + 4) * 56 + 6) * 64 + 5);
}
END_TEST

/* The spelling that a layout reads back as, "" when it is refused. */
typedef struct LayoutCase {
    const char *text;
    int spatial;
    const char *printed;
} LayoutCase;

static Status check_layouts(Context *context, void *data) {
    static const LayoutCase cases[] = {
        {"nhwc", 2, "nhwc"},
        {"NHWC", 2, "nhwc"},
        {"acdb", 2, "nhwc"},
        {"nchw", 2, "nchw"},
        {"NCHW", 2, "nchw"},
        {"abcd", 2, "nchw"},
        {"nChw16c", 2, "nChw16c"},
        {"NCHW16c", 2, "nChw16c"},
        {"aBcd8b", 2, "nChw8c"},
        {"nwc", 1, "nwc"},
        {"acb", 1, "nwc"},
        {"NCW", 1, "ncw"},
        {"nCw16c", 1, "nCw16c"},
        {"ndhwc", 3, "ndhwc"},
        {"abcde", 3, "ncdhw"},
        {"nCdhw1024c", 3, "nCdhw1024c"},
        {"nhwc", 1, ""},
        {"nwc", 2, ""},
        {"", 2, ""},
        {"nch", 2, ""},
        {"nchw16", 2, ""},
        {"nchwc", 2, ""},
        {"nchw16b", 2, ""},
        {"nchw0c", 2, ""},
        {"nchw1c", 2, ""},
        {"nchw016c", 2, ""},
        {"nchw1025c", 2, ""},
        {"nchw99999c", 2, ""},
        {"nhwc16c", 2, ""},
        {"nchw-8c", 2, ""},
    };
    (void)data;
    for (size_t i = 0; i < COUNT(cases); i++) {
        ActivationLayout layout;
        Text printed = text_new(context);
        if (layout_parse(cases[i].text, strlen(cases[i].text), cases[i].spatial, &layout))
            layout_print(layout, cases[i].spatial, &printed);
        ck_assert_msg(strcmp(text_string(&printed), cases[i].printed) == 0, "'%s' read as '%s'", cases[i].text,
                      text_string(&printed));
    }
    return STATUS_OK;
}

START_TEST(test_layouts) {
    run_in_context(check_layouts, NULL);
}
END_TEST

START_TEST(test_epilogue_words) {
    EpilogueKind kind;
    ck_assert(epilogue_find("clamp", 5, &kind));
    ck_assert_int_eq(kind, EPILOGUE_CLAMP);
    ck_assert_str_eq(epilogue_name(kind), "clamp");
    ck_assert_int_eq(epilogue_parameters(kind), 2);
    ck_assert(epilogue_is_exact(kind) && epilogue_is_supported(kind));
    ck_assert(!epilogue_is_exact(EPILOGUE_SILU) && epilogue_is_supported(EPILOGUE_SILU));
    ck_assert(!epilogue_find("rel", 3, &kind) && !epilogue_find("relu66", 6, &kind));
    Problem problem = res2a();
    problem.epilogue[problem.epilogue_count++].kind = EPILOGUE_RELU;
    ck_assert(problem_has(&problem, EPILOGUE_RELU) && !problem_has(&problem, EPILOGUE_BIAS));
}
END_TEST

/* A piece of a canonical text replaced by another, and the first line of the message that follows. */
typedef struct Edit {
    const char *old, *new;
    const char *message;
} Edit;

static const char *edited(Context *context, const char *text, const Edit *edit) {
    const char *at = strstr(text, edit->old);
    ck_assert_msg(at != NULL, "'%s' is not in the text", edit->old);
    return arena_format(context, "%.*s%s%s", (int)(at - text), text, edit->new, at + strlen(edit->old));
}

/* The newest message up to its first newline: what follows shows the text with a caret. */
static const char *first_line(Context *context) {
    const char *message = diag_message(context);
    return arena_substring(context, message, strcspn(message, "\n"));
}

static const Edit refused_texts[] = {
    {"conv2d", "conv4d", "t:1:1: expected conv1d, conv2d, conv3d, deconv1d, deconv2d or deconv3d"},
    {"conv2d", "", "t:1:2: expected conv1d, conv2d, conv3d, deconv1d, deconv2d or deconv3d"},
    {"conv2d", "conv3d", "t:1:21: expected 'd', found 'h'"},
    {"n=1 g=1", "g=1 n=1", "t:1:8: expected 'n', found 'g'"},
    {"n=1 ", "", "t:1:8: expected 'n', found 'g'"},
    {"n=1", "n 1", "t:1:10: expected '=', found '1'"},
    {"n=1", "n=x", "t:1:10: expected the value of n, found 'x'"},
    {"n=1", "n=0", "t:1:10: the value of n must be in 1..2147483647, not 0"},
    {"n=1", "n=9223372036854775808", "t:1:10: number out of range: integers end at 9223372036854775807"},
    {"g=1", "g=-2", "t:1:14: the value of g must be in 1..2147483647, not -2"},
    {"g=1", "g=3", "t:1:16: c=64 is not divisible by g=3; c and k count the channels of all groups"},
    {"k=64", "k=2147483648", "t:1:33: the value of k must be in 1..2147483647, not 2147483648"},
    {"h=56", "h=9223372036854775807", "t:1:23: the value of h must be in 1..2147483647, not 9223372036854775807"},
    {"r=3", "r=0", "t:1:48: the value of r must be in 1..2147483647, not 0"},
    {"p=56", "p=0", "t:1:38: the value of p must be in 1..2147483647, not 0"},
    {"p=56", "p=2147483648", "t:1:38: the value of p must be in 1..2147483647, not 2147483648"},
    {"p=56", "p=57", "t:1:65: pad=1 behind h does not follow from p=57, which makes it 2"},
    {"stride=1,1", "stride=1,0", "t:1:63: the value of stride must be in 1..2147483647, not 0"},
    {"stride=1,1", "stride=1", "t:1:63: expected ',', found 'pad'"},
    {"pad=1,1", "pad=-1,1", "t:1:65: pad=-1 of h must be in 0..2147483647"},
    {"pad=1,1,1,1", "pad=1,1,1,1,1", "t:1:76: expected 'dilation', found ','"},
    {"dilation=1,1", "dilation=0,1", "t:1:86: the value of dilation must be in 1..2147483647, not 0"},
    {"type=f32", "type=f23", "t:1:95: unknown type 'f23'; did you mean 'f32'?"},
    {"type=f32", "type=double", "t:1:95: unknown type 'double'; there are f64, f32, f16, bf16, s32, s8, u8"},
    {"type=f32", "type=32", "t:1:95: expected a type such as 'f32'"},
    {"layout=nhwc", "layout=nwhc", "t:1:114: unknown layout 'nwhc'; did you mean 'nhwc'?"},
    {"layout=nhwc", "layout=nwc", "t:1:114: this layout is for 1-D, not for 2-D"},
    {"layout=nhwc", "layout=4", "t:1:114: expected a layout such as 'nhwc'"},
    {"bias,relu", "", "t:1:133: expected an epilogue word such as 'relu'"},
    {"bias,relu", "bias,rleu", "t:1:138: unknown epilogue word 'rleu'; did you mean 'relu'?"},
    {"bias,relu", "bias,relu,bias", "t:1:124: 'bias' occurs twice in the epilogue"},
    {"bias,relu", "bias relu", "t:1:138: expected the end behind the problem"},
    {"bias,relu", "clamp", "t:1:138: expected '=', found the end"},
    {"bias,relu", "clamp=1", "t:1:140: expected ',', found the end"},
    {"bias,relu", "clamp=6,0", "t:1:124: the limits of 'clamp' are LO,HI with LO <= HI"},
    {"bias,relu", "relu,relu,relu,relu,relu,relu,relu,relu,relu", "t:1:173: an epilogue has at most 8 words"},
};

static Status check_refused_texts(Context *context, void *data) {
    (void)data;
    for (size_t i = 0; i < COUNT(refused_texts); i++) {
        const char *text = edited(context, canonical_texts[0], &refused_texts[i]);
        Source source = {"t", text, strlen(text)};
        Problem problem;
        ck_assert_int_eq(problem_parse(context, &source, &problem), STATUS_INVALID);
        ck_assert_str_eq(first_line(context), refused_texts[i].message);
    }
    return STATUS_OK;
}

START_TEST(test_refused_texts) {
    run_in_context(check_refused_texts, NULL);
}
END_TEST

static void expect_fault(Context *context, const Problem *problem, const char *message) {
    ck_assert_int_eq(problem_check(context, problem), STATUS_INVALID);
    ck_assert_str_eq(diag_message(context), message);
}

/* What only a program can get wrong: text with such numbers is refused before. */
static Status check_range_faults(Context *context, void *data) {
    (void)data;
    Problem problem = res2a();
    problem.n = 0;
    expect_fault(context, &problem, "n=0 must be in 1..2147483647");
    problem = res2a();
    problem.k = (int64_t)1 << 31;
    expect_fault(context, &problem, "k=2147483648 must be in 1..2147483647");
    problem = res2a();
    problem.dimension[0].input = INT64_MIN;
    problem_derive_padding(&problem);
    expect_fault(context, &problem, "h=-9223372036854775808 must be in 1..2147483647");
    problem = res2a();
    problem.dimension[1].stride = 0;
    expect_fault(context, &problem, "stride=0 of w must be in 1..2147483647");
    problem = res2a();
    problem.dimension[0].dilation = -1;
    expect_fault(context, &problem, "dilation=-1 of h must be in 1..2147483647");
    problem = res2a();
    problem.dimension[1].output = (int64_t)1 << 40;
    expect_fault(context, &problem, "q=1099511627776 must be in 1..2147483647");
    return STATUS_OK;
}

START_TEST(test_range_faults) {
    run_in_context(check_range_faults, NULL);
}
END_TEST

static Status check_faults(Context *context, void *data) {
    (void)data;
    Problem problem = res2a();
    TRY(problem_check(context, &problem));
    problem.spatial = 4;
    expect_fault(context, &problem, "a layer has 1 to 3 spatial dimensions, not 4");
    problem = res2a();
    problem.y_layout.order = LAYOUT_CHANNELS_BLOCKED;
    expect_fault(context, &problem, "layout of y: blocks of 0 channels; a blocked layout has 2..1024, others 0");
    problem = res2a();
    problem.epilogue[problem.epilogue_count++] = (EpilogueOp){EPILOGUE_CLAMP, {0, INFINITY}};
    expect_fault(context, &problem, "a parameter of 'clamp' is not a finite number");
    problem = res2a();
    problem.dimension[0].output = 0;
    problem.dimension[0].kernel = 30;
    problem.dimension[0].dilation = 2;
    expect_fault(context, &problem,
                 "p=0 is not an output: h=56 with its padding is shorter than the filter, which spans 59 (r=30 at "
                 "dilation 2)");
    problem.transposed = true;
    expect_fault(context, &problem, "p=0 is not an output: the padding takes away all that h=56 gives");
    problem = res2a();
    problem.g = problem.k = 128;
    expect_fault(context, &problem, "c=64 is not divisible by g=128; c and k count the channels of all groups");
    return STATUS_OK;
}

START_TEST(test_faults) {
    run_in_context(check_faults, NULL);
}
END_TEST

static Status check_limits(Context *context, void *data) {
    (void)data;
    Problem problem = problem_default(2);
    problem.n = problem.c = INT32_MAX;
    expect_fault(context, &problem, "x has 2^48 elements or more; the limit is below");
    problem.n = 1 << 17; /* 2^48 - 2^17 elements */
    TRY(problem_check(context, &problem));
    problem.n++;
    expect_fault(context, &problem, "x has 2^48 elements or more; the limit is below");
    problem.c = 1;
    problem.k = INT32_MAX;
    expect_fault(context, &problem, "y has 2^48 elements or more; the limit is below");
    problem.n = 1;
    problem.c = 1 << 20;
    expect_fault(context, &problem, "the weights have 2^48 elements or more; the limit is below");
    problem = problem_default(1);
    Dimension *w = &problem.dimension[0];
    w->output = w->kernel = w->stride = w->dilation = INT32_MAX;
    problem_derive_padding(&problem);
    expect_fault(context, &problem, "w=1 with pad 0 before and 9223372023969873924 behind is longer than 2147483647");
    return STATUS_OK;
}

START_TEST(test_limits) {
    run_in_context(check_limits, NULL);
}
END_TEST

/* Legal problems that read and print, and the word with which this version refuses them; NULL when it compiles them. */
static const Edit unsupported_texts[] = {
    {"bias,relu", "bias,clamp=0,6", NULL},
    {"nhwc,nhwc", "nchw,nhwc", NULL},
    {"c=64 h=56 w=56 k=64", "c=64 h=56 w=56 k=64", NULL},
    {"conv2d", "deconv2d", NULL},
    {"type=f32,f32", "type=bf16,f32", "type bf16 of x is not supported in this version"},
    {"type=f32,f32", "type=f32,s8", "type s8 of the weights is not supported in this version"},
    {"f32 layout", "f16 layout", "type f16 of y is not supported in this version"},
    {"nhwc,nhwc", "aBcd16b,nchw8c", NULL},
    {"bias,relu", "bias,add,silu", NULL},
    {"bias,relu", "bias,requant,relu", "epilogue 'requant' is not supported in this version"},
};

static Status check_unsupported(Context *context, void *data) {
    (void)data;
    for (size_t i = 0; i < COUNT(unsupported_texts); i++) {
        const char *text = edited(context, canonical_texts[0], &unsupported_texts[i]);
        Source source = {"t", text, strlen(text)};
        Problem problem;
        TRY(problem_parse(context, &source, &problem));
        const char *message = unsupported_texts[i].message;
        Status status = problem_check_supported(context, &problem);
        ck_assert_int_eq(status, message == NULL ? STATUS_OK : STATUS_UNSUPPORTED);
        if (message != NULL) ck_assert_str_eq(diag_message(context), message);
    }
    Problem one_dimensional = problem_default(1);
    return problem_check_supported(context, &one_dimensional);
}

START_TEST(test_unsupported) {
    run_in_context(check_unsupported, NULL);
}
END_TEST

int main(void) {
    TCase *tests = tcase_create("problem");
    tcase_add_test(tests, test_canonical_texts_come_back);
    tcase_add_test(tests, test_parse_without_memory);
    tcase_add_test(tests, test_derived_padding);
    tcase_add_test(tests, test_output_extent);
    tcase_add_test(tests, test_flops_count_valid_taps);
    tcase_add_test(tests, test_flops_of_huge_filters);
    tcase_add_test(tests, test_sizes);
    tcase_add_test(tests, test_offsets);
    tcase_add_test(tests, test_filling);
    tcase_add_test(tests, test_layouts);
    tcase_add_test(tests, test_epilogue_words);
    tcase_add_test(tests, test_refused_texts);
    tcase_add_test(tests, test_range_faults);
    tcase_add_test(tests, test_faults);
    tcase_add_test(tests, test_limits);
    tcase_add_test(tests, test_unsupported);
    return run_tests(tests);
}
