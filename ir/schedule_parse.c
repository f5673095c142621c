/* SPDX-License-Identifier: Apache-2.0 */
/* Reading schedules: a step's word finds its form in ir/steps.def, and each element of the form reads its part of the
 * line. */
#include <string.h>

#include "base/scan.h"
#include "base/suggest.h"
#include "base/vector.h"
#include "ir/problem.h"
#include "ir/schedule_form.h"

/* More than any stage has loops, and few enough to compare each with each. */
enum { MAX_LIST = 64, MAX_STEPS = 128 };

typedef VECTOR(LoopName) LoopNameList;
typedef VECTOR(const char *) NameList;
typedef VECTOR(size_t) OffsetList;

/* One line being read. */
typedef struct Reader {
    Context *context;
    Scanner *scanner;
    Step *step;
    const char *form; /* the parts that are still to be read */
    Text skipped;     /* optional words that could stand here as well: "'by', 'in'" */
    LoopNameList loops, within;
    VECTOR(int64_t) sizes;
    NameList names, tensors;
    OffsetList name_offsets, tensor_offsets;
    VECTOR(PackAxis) axes;
} Reader;

static bool at_end(const Reader *reader) {
    TokenKind kind = reader->scanner->token.kind;
    return kind == TOKEN_END || kind == TOKEN_NEWLINE;
}

static bool at_word(const Reader *reader) {
    const Token *token = &reader->scanner->token;
    return form_is_word(reader->scanner->source->text + token->offset, token->length);
}

/* Is there a name here that can be a loop's or a tensor's? */
static bool at_name(const Reader *reader) {
    return reader->scanner->token.kind == TOKEN_NAME && !at_word(reader);
}

static Status check_list(const Reader *reader, size_t count) {
    if (count < MAX_LIST) return STATUS_OK;
    return scan_error(reader->scanner, "more than %d names in one step", MAX_LIST);
}

static bool same_loop(const LoopName *a, const LoopName *b) {
    bool same_stage = a->stage == NULL ? b->stage == NULL : b->stage != NULL && strcmp(a->stage, b->stage) == 0;
    return same_stage && strcmp(a->name, b->name) == 0;
}

/* [stage.]name */
static Status read_loop_name(Reader *reader, const char *what, LoopName *out) {
    Scanner *scanner = reader->scanner;
    if (!at_name(reader)) return scan_expected(scanner, what);
    LoopName loop = {.offset = scanner->token.offset};
    TRY(scan_name(scanner, what, &loop.name));
    bool has_stage = false;
    TRY(scan_accept(scanner, ".", &has_stage));
    if (has_stage) {
        loop.stage = loop.name;
        if (!at_name(reader)) return scan_expected(scanner, "a loop of this stage");
        TRY(scan_name(scanner, what, &loop.name));
    }
    *out = loop;
    return STATUS_OK;
}

static Status add_loop(Reader *reader, LoopNameList *list) {
    LoopName loop = {.name = ""};
    TRY(check_list(reader, list->count));
    TRY(read_loop_name(reader, form_description(FORM_LOOP), &loop));
    for (size_t i = 0; i < list->count; i++) {
        if (same_loop(&list->items[i], &loop))
            return diag_error_at(reader->context, STATUS_INVALID, reader->scanner->source, loop.offset,
                                 "loop '%s' is named twice", loop.name);
    }
    VECTOR_PUSH(reader->context, list, loop);
    return STATUS_OK;
}

static Status add_loops(Reader *reader, LoopNameList *list) {
    do {
        TRY(add_loop(reader, list));
    } while (at_name(reader));
    return STATUS_OK;
}

static Status read_loop(Reader *reader) {
    return add_loop(reader, &reader->loops);
}

static Status read_loops(Reader *reader) {
    return add_loops(reader, &reader->loops);
}

static Status read_within(Reader *reader) {
    return add_loops(reader, &reader->within);
}

static Status read_store(Reader *reader) {
    LoopName *loop = ARENA_NEW(reader->context, LoopName);
    reader->step->store = loop;
    return read_loop_name(reader, form_description(FORM_STORE), loop);
}

static Status add_size(Reader *reader, FormKind kind, int64_t least) {
    int64_t size = 0;
    TRY(scan_integer(reader->scanner, form_description(kind), least, PROBLEM_MAX_EXTENT, &size));
    VECTOR_PUSH(reader->context, &reader->sizes, size);
    return STATUS_OK;
}

static Status read_size(Reader *reader) {
    return add_size(reader, FORM_SIZE, 1);
}

static Status read_count(Reader *reader) {
    return add_size(reader, FORM_COUNT, 0);
}

static Status read_factor(Reader *reader) {
    return scan_integer(reader->scanner, form_description(FORM_FACTOR), 1, PROBLEM_MAX_EXTENT, &reader->step->factor);
}

static Status read_pairs(Reader *reader) {
    do {
        TRY(add_loop(reader, &reader->loops));
        TRY(add_size(reader, FORM_SIZE, 1));
    } while (at_name(reader));
    return STATUS_OK;
}

static Status refuse_word(const Reader *reader) {
    const Token *token = &reader->scanner->token;
    return scan_error(reader->scanner, "'%.*s' is a word of schedules; choose another name", (int)token->length,
                      reader->scanner->source->text + token->offset);
}

/* A plain name for a list in which none occurs twice. */
static Status add_name(Reader *reader, FormKind kind, NameList *list, OffsetList *offsets) {
    const char *name = NULL;
    size_t offset = reader->scanner->token.offset;
    if (at_word(reader)) return refuse_word(reader);
    TRY(check_list(reader, list->count));
    TRY(scan_name(reader->scanner, form_description(kind), &name));
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], name) == 0)
            return diag_error_at(reader->context, STATUS_INVALID, reader->scanner->source, offset,
                                 "the name '%s' is given twice", name);
    }
    VECTOR_PUSH(reader->context, list, name);
    VECTOR_PUSH(reader->context, offsets, offset);
    return STATUS_OK;
}

static Status read_name(Reader *reader) {
    return add_name(reader, FORM_NAME, &reader->names, &reader->name_offsets);
}

static Status read_packed(Reader *reader) {
    return add_name(reader, FORM_PACKED, &reader->names, &reader->name_offsets);
}

static Status read_names(Reader *reader) {
    size_t wanted = 2 * reader->loops.count;
    while (reader->names.count < wanted) {
        if (at_end(reader))
            return scan_error(reader->scanner,
                              "expected %zu names of new loops, an outer and an inner one of each; found %zu", wanted,
                              reader->names.count);
        TRY(add_name(reader, FORM_NAMES, &reader->names, &reader->name_offsets));
    }
    return STATUS_OK;
}

static Status read_copies(Reader *reader) {
    do {
        TRY(add_name(reader, FORM_COPIES, &reader->names, &reader->name_offsets));
    } while (at_name(reader));
    return STATUS_OK;
}

static Status read_tensor(Reader *reader) {
    return add_name(reader, FORM_TENSOR, &reader->tensors, &reader->tensor_offsets);
}

static Status read_tensors(Reader *reader) {
    do {
        TRY(read_tensor(reader));
    } while (at_name(reader));
    return STATUS_OK;
}

/* The last name of the list of loops is the intrinsic's. */
static Status read_intrinsic(Reader *reader) {
    if (reader->loops.count < 2) return scan_expected(reader->scanner, form_description(FORM_INTRINSIC));
    const LoopName *last = &reader->loops.items[--reader->loops.count];
    reader->step->intrinsic =
        last->stage == NULL ? last->name : arena_format(reader->context, "%s.%s", last->stage, last->name);
    return STATUS_OK;
}

/* { ("/"|"%") INT } */
static Status read_axis_ops(Reader *reader, PackAxis *axis) {
    Scanner *scanner = reader->scanner;
    while (scan_is(scanner, "/") || scan_is(scanner, "%")) {
        if (axis->op_count == LAYOUT_MAX_OPS)
            return scan_error(scanner, "an axis has at most %d of '/' and '%%'", LAYOUT_MAX_OPS);
        axis->ops[axis->op_count].modulo = scan_is(scanner, "%");
        TRY(scan_next(scanner));
        TRY(scan_integer(scanner, "a divisor", 1, PROBLEM_MAX_EXTENT, &axis->ops[axis->op_count].divisor));
        axis->op_count++;
    }
    return STATUS_OK;
}

static Status read_layout(Reader *reader) {
    Scanner *scanner = reader->scanner;
    if (!scan_is(scanner, "[")) return scan_expected(scanner, form_description(FORM_LAYOUT));
    TRY(scan_next(scanner));
    bool is_closed = false;
    while (!is_closed) {
        if (reader->axes.count == TENSOR_MAX_RANK)
            return scan_error(scanner, "a layout has at most %d axes", TENSOR_MAX_RANK);
        PackAxis axis = {.offset = scanner->token.offset};
        TRY(scan_name(scanner, reader->axes.count == 0 ? "an axis" : "an axis or ']'", &axis.name));
        TRY(read_axis_ops(reader, &axis));
        VECTOR_PUSH(reader->context, &reader->axes, axis);
        TRY(scan_accept(scanner, "]", &is_closed));
    }
    return STATUS_OK;
}

/* One of some words; returns its index. */
static Status read_choice(Reader *reader, const char *what, const char *const *words, int count, int *out) {
    const Token *token = &reader->scanner->token;
    for (int i = 0; i < count; i++) {
        if (!scan_is(reader->scanner, words[i])) continue;
        *out = i;
        return scan_next(reader->scanner);
    }
    const char *text = reader->scanner->source->text + token->offset;
    const char *meant = token->kind == TOKEN_NAME ? suggest_word(text, token->length, words, (size_t)count) : NULL;
    if (meant == NULL) return scan_expected(reader->scanner, what);
    return scan_expected(reader->scanner, arena_format(reader->context, "%s (did you mean '%s'?)", what, meant));
}

static Status read_level(Reader *reader) {
    static const Mark levels[] = {MARK_LANES, MARK_TILE, MARK_CORES};
    static const char *const words[] = {"lanes", "tile", "cores"};
    int choice = 0;
    TRY(read_choice(reader, form_description(FORM_LEVEL), words, 3, &choice));
    reader->step->level = levels[choice];
    return STATUS_OK;
}

static Status read_scope(Reader *reader) {
    static const Scope scopes[] = {SCOPE_REGISTERS, SCOPE_TILE, SCOPE_STACK, SCOPE_WORKSPACE};
    static const char *const words[] = {"registers", "tile", "stack", "workspace"};
    int choice = 0;
    TRY(read_choice(reader, form_description(FORM_SCOPE), words, 4, &choice));
    reader->step->scope = scopes[choice];
    return STATUS_OK;
}

static Status read_tail(Reader *reader) {
    static const char *const words[] = {"guard", "peel", "shift", "pad"};
    int choice = 0;
    TRY(scan_expect(reader->scanner, "="));
    TRY(read_choice(reader, "guard, peel, shift or pad", words, 4, &choice));
    reader->step->tail = (Tail)(TAIL_GUARD + choice);
    return STATUS_OK;
}

static Status read_cache(Reader *reader) {
    static const char *const words[] = {"l1", "l2"};
    int choice = 0;
    TRY(read_choice(reader, form_description(FORM_CACHE), words, 2, &choice));
    reader->step->cache = 1 + choice;
    return STATUS_OK;
}

static Status read_ahead(Reader *reader) {
    reader->step->ahead = true;
    return STATUS_OK;
}

typedef Status ElementReader(Reader *reader);

static ElementReader *const readers[FORM_KINDS] = {
#define FORM(id, name, description) [FORM_##id] = read_##name,
#include "ir/forms.def"
#undef FORM
};

/* "'tail', or '->' and the names of the new loops": what could have stood here, and what has to follow it. */
static const char *describe_word(Reader *reader, const FormPart *word) {
    const char *form = reader->form;
    FormPart next = form_next(&form), after = form_next(&form);
    bool is_plural = next.kind == FORM_NAME && after.kind == FORM_NAME;
    const char *skipped = text_string(&reader->skipped);
    return arena_format(reader->context, "%s%s'%s' and %s", skipped, reader->skipped.length > 0 ? ", or " : "",
                        word->word, form_description(is_plural ? FORM_NAMES : next.kind));
}

static Status read_word(Reader *reader, const FormPart *word) {
    if (!scan_is(reader->scanner, word->word)) return scan_expected(reader->scanner, describe_word(reader, word));
    return scan_next(reader->scanner);
}

/* Behind "[": goes on with what stands inside if its word is here, else behind "]". */
static Status read_option(Reader *reader, bool *is_taken) {
    FormPart word = form_next(&reader->form);
    TRY(scan_accept(reader->scanner, word.word, is_taken));
    if (*is_taken) return STATUS_OK;
    text_add(&reader->skipped, reader->skipped.length > 0 ? ", '%s'" : "'%s'", word.word);
    while (form_next(&reader->form).kind != FORM_CLOSE) continue;
    return STATUS_OK;
}

/* Reads one part of the form; what was optional before it is out of the question once something was read. */
static Status read_part(Reader *reader, const FormPart *part) {
    bool is_taken = true;
    switch (part->kind) {
    case FORM_CLOSE: return STATUS_OK;
    case FORM_OPEN: TRY(read_option(reader, &is_taken)); break;
    case FORM_WORD: TRY(read_word(reader, part)); break;
    default: TRY(readers[part->kind](reader)); break;
    }
    if (is_taken) reader->skipped.length = 0;
    return STATUS_OK;
}

static Status expected_end(Reader *reader) {
    const char *what = "the end of the line";
    if (reader->skipped.length > 0)
        what = arena_format(reader->context, "%s or the end of the line", text_string(&reader->skipped));
    return scan_expected(reader->scanner, what);
}

static void keep_lists(Reader *reader) {
    Step *step = reader->step;
    step->loop_count = (int)reader->loops.count;
    step->loops = reader->loops.items;
    step->size_count = (int)reader->sizes.count;
    step->sizes = reader->sizes.items;
    step->name_count = (int)reader->names.count;
    step->names = reader->names.items;
    step->name_offsets = reader->name_offsets.items;
    step->within_count = (int)reader->within.count;
    step->within = reader->within.items;
    step->tensor_count = (int)reader->tensors.count;
    step->tensors = reader->tensors.items;
    step->tensor_offsets = reader->tensor_offsets.items;
    step->tensor = step->tensor_count > 0 ? step->tensors[0] : NULL;
    step->axis_count = (int)reader->axes.count;
    step->axes = reader->axes.items;
}

static Status unknown_step(Context *context, const Scanner *scanner) {
    const char *words[STEP_COUNT];
    Text all = text_new(context);
    for (int kind = 0; kind < STEP_COUNT; kind++) {
        words[kind] = step_name((StepKind)kind);
        text_add(&all, kind == 0 ? "%s" : " %s", words[kind]);
    }
    const Token *token = &scanner->token;
    const char *text = scanner->source->text + token->offset;
    int length = (int)(token->length < MAX_LIST ? token->length : MAX_LIST);
    const char *meant = suggest_word(text, token->length, words, STEP_COUNT);
    if (meant != NULL) return scan_error(scanner, "unknown step '%.*s'; did you mean '%s'?", length, text, meant);
    return scan_error(scanner, "unknown step '%.*s'; the steps are %s", length, text, text_string(&all));
}

static Status find_step(Context *context, const Scanner *scanner, StepKind *out) {
    if (scanner->token.kind != TOKEN_NAME) return scan_expected(scanner, "a step such as split or reorder");
    for (int kind = 0; kind < STEP_COUNT; kind++) {
        if (!scan_is(scanner, step_name((StepKind)kind))) continue;
        *out = (StepKind)kind;
        return STATUS_OK;
    }
    return unknown_step(context, scanner);
}

static Status read_step(Context *context, Scanner *scanner, Step *step) {
    *step = (Step){.offset = scanner->token.offset};
    TRY(find_step(context, scanner, &step->kind));
    TRY(scan_next(scanner));
    Reader reader = {.context = context, .scanner = scanner, .step = step, .form = step_form(step->kind)};
    reader.skipped = text_new(context);
    for (FormPart part = form_next(&reader.form); part.kind != FORM_END; part = form_next(&reader.form))
        TRY(read_part(&reader, &part));
    if (!at_end(&reader)) return expected_end(&reader);
    keep_lists(&reader);
    return STATUS_OK;
}

Status schedule_parse(Context *context, const Source *source, const Schedule **out) {
    Scanner scanner;
    VECTOR(Step) steps = {0};
    TRY(scan_start(context, source, true, &scanner));
    while (scanner.token.kind != TOKEN_END) {
        Step step;
        if (steps.count == MAX_STEPS) return scan_error(&scanner, "more than %d steps", MAX_STEPS);
        TRY(read_step(context, &scanner, &step));
        VECTOR_PUSH(context, &steps, step);
        if (scanner.token.kind == TOKEN_NEWLINE) TRY(scan_next(&scanner));
    }
    Schedule *schedule = ARENA_NEW(context, Schedule);
    *schedule = (Schedule){.source = source, .count = (int)steps.count, .steps = steps.items};
    *out = schedule;
    return STATUS_OK;
}
