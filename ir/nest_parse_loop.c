/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the loops of nests, and says what the names of loops and tensors mean:
 *     loops = MARK loop {"," loop | ";" MARK loop} (":" statement | "{" list "}")
 *     loop  = [STAGE "."] NAME (extent | "in" bound ".." bound) ["by" INTEGER]
 *     bound = index | ("max" | "min") "(" index {"," index} ")"
 * A loop without a stage belongs to that of the loop around it, an outermost one to the tensor that the last store
 * below it writes: for this the reader looks ahead, since terms of indices are sorted by loops as soon as they are
 * read. In indices a loop is called as it is where it begins. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/suggest.h"
#include "ir/nest_parse_internal.h"
#include "ir/problem.h"

/* More would make the search for a name slow. */
enum { MAX_LOOPS = 4096 };

/* No index, bound or condition may reach farther from 0, so that arithmetic on them does not overflow. */
static const double farthest = 1LL << 52;

static bool is_same(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* [STAGE "."] NAME */
static Status read_loop_name(Scanner *scanner, const char *what, const char **stage, const char **name) {
    bool has_stage = false;
    *stage = NULL;
    TRY(scan_name(scanner, what, name));
    TRY(scan_accept(scanner, ".", &has_stage));
    if (!has_stage) return STATUS_OK;
    *stage = *name;
    return scan_name(scanner, "a loop of this stage", name);
}

static Status unknown_loop(const NestParser *parser, const Scanner *at, const char *stage, const char *name) {
    VECTOR(const char *) names = {0};
    for (const LoopAround *loop = parser->loops; loop != NULL; loop = loop->outer) {
        if (is_same(loop->name, name) && loop->stage != NULL)
            return scan_error(at, "the loop around is called '%s.%s' here", loop->stage, name);
        VECTOR_PUSH(parser->reader.context, &names, loop->name);
    }
    const char *dot = stage != NULL ? "." : "", *prefix = stage != NULL ? stage : "";
    const char *near = suggest_word(name, strlen(name), names.items, names.count);
    if (near != NULL)
        return scan_error(at, "there is no loop '%s%s%s' around; did you mean '%s'?", prefix, dot, name, near);
    return scan_error(at, "there is no loop '%s%s%s' around", prefix, dot, name);
}

static Status read_loop(Reader *reader, const Var **out) {
    const NestParser *parser = reader->owner;
    Scanner start = reader->scanner;
    const char *stage = NULL, *name = NULL;
    TRY(read_loop_name(&reader->scanner, "an index (a loop, an integer or '(')", &stage, &name));
    for (const LoopAround *loop = parser->loops; loop != NULL; loop = loop->outer) {
        if (!is_same(loop->stage, stage) || strcmp(loop->name, name) != 0) continue;
        *out = loop->var;
        return STATUS_OK;
    }
    return unknown_loop(parser, &start, stage, name);
}

static Status unknown_tensor(const NestParser *parser, const Scanner *at, const char *name) {
    VECTOR(const char *) names = {0};
    for (size_t i = 0; i < parser->tensors.count; i++)
        VECTOR_PUSH(parser->reader.context, &names, parser->tensors.items[i]->name);
    for (const BufferAround *buffer = parser->buffers; buffer != NULL; buffer = buffer->outer)
        VECTOR_PUSH(parser->reader.context, &names, buffer->tensor->name);
    const char *near = suggest_word(name, strlen(name), names.items, names.count);
    if (near != NULL) return scan_error(at, "unknown tensor '%s'; did you mean '%s'?", name, near);
    return scan_error(at, "unknown tensor '%s'", name);
}

static Status find_tensor(Reader *reader, const Scanner *at, const char *name, const Tensor **out) {
    const NestParser *parser = reader->owner;
    for (const BufferAround *buffer = parser->buffers; buffer != NULL; buffer = buffer->outer) {
        *out = buffer->tensor;
        if (strcmp(buffer->tensor->name, name) == 0) return STATUS_OK;
    }
    for (size_t i = 0; i < parser->tensors.count; i++) {
        *out = parser->tensors.items[i];
        if (strcmp((*out)->name, name) == 0) return STATUS_OK;
    }
    return unknown_tensor(parser, at, name);
}

/* How far from 0 the expression can be; INFINITY when that is beyond the limit anywhere in it. */
static double distance(const NestParser *parser, const Affine *expr) {
    double sum = fabs((double)expr->constant);
    for (int i = 0; i < expr->count; i++) {
        const Term *term = &expr->terms[i];
        double inner = term->kind == TERM_VAR ? 0 : distance(parser, term->inner), size = 0;
        if (inner > farthest) return INFINITY;
        if (term->kind == TERM_DIV) size = inner / (double)term->divisor + 1;
        if (term->kind == TERM_MOD) size = fmin(inner, (double)term->divisor);
        for (const LoopAround *loop = parser->loops; loop != NULL; loop = loop->outer)
            if (loop->var == term->var) size = fmax(size, loop->size);
        sum += fabs((double)term->coefficient) * size;
    }
    return sum;
}

static Status check_index(Reader *reader, const Affine *index) {
    if (distance(reader->owner, index) <= farthest) return STATUS_OK;
    return scan_error(&reader->scanner, "values of this expression can be beyond 2^52");
}

const ReaderNames nest_names = {.read_loop = read_loop, .find_tensor = find_tensor, .check_index = check_index};

/* The tensor of the last store that begins in what the loop here holds; unchanged when there is none. A store is known
 * by the '=' or '+=' behind its indices. */
static Status look_for_last_store(NestParser *parser) {
    Scanner scanner = parser->reader.scanner;
    Token name = {.kind = TOKEN_END}, tensor = name;
    for (int braces = 0; scanner.token.kind != TOKEN_END;) {
        bool is_access = scan_is(&scanner, "]"), is_end = scan_is(&scanner, "}"), is_add = false;
        if (scanner.token.kind == TOKEN_NAME) name = scanner.token;
        if (scan_is(&scanner, "[")) tensor = name;
        braces += scan_is(&scanner, "{") - is_end;
        if (is_end && braces <= 0) return STATUS_OK;
        TRY(scan_next(&scanner));
        if (!is_access) continue;
        TRY(scan_accept(&scanner, "+", &is_add));
        if (!scan_is(&scanner, "=")) continue;
        parser->last_stored = arena_substring(scanner.context, scanner.source->text + tensor.offset, tensor.length);
        if (braces == 0) return STATUS_OK;
    }
    return STATUS_OK;
}

static Status find_stage(NestParser *parser, const Scanner *at, const char *written, const char **out) {
    if (parser->loops == NULL) TRY(look_for_last_store(parser));
    *out = parser->loops != NULL ? parser->loops->var->stage : parser->last_stored;
    if (written != NULL) *out = written;
    if (*out != NULL) return STATUS_OK;
    return scan_error(at, "nothing is stored below this loop that would tell its stage; write STAGE.NAME");
}

/* The loop of that name, which was read at `at`; one when it occurs several times. */
static Status find_var(NestParser *parser, const Scanner *at, const char *stage, const char *name, const Var **out) {
    for (size_t i = 0; i < parser->vars.count; i++) {
        *out = parser->vars.items[i];
        if (strcmp((*out)->name, name) == 0 && strcmp((*out)->stage, stage) == 0) return STATUS_OK;
    }
    if (parser->vars.count == MAX_LOOPS) return scan_error(at, "more than %d loops of different names", MAX_LOOPS);
    Var *var = ARENA_NEW(parser->reader.context, Var);
    *var = (Var){.name = name, .stage = stage, .id = (int)parser->vars.count};
    VECTOR_PUSH(parser->reader.context, &parser->vars, var);
    *out = var;
    return STATUS_OK;
}

bool nest_at_mark(const NestParser *parser, Mark *out) {
    for (Mark mark = MARK_NONE; mark <= MARK_CORES; mark++) {
        if (!scan_is(&parser->reader.scanner, mark_name(mark))) continue;
        *out = mark;
        return true;
    }
    return false;
}

/* Is the text here max(… or min(…? */
static Status at_choice(const Reader *reader, const char *choice, bool *out) {
    Scanner next = reader->scanner;
    *out = false;
    if (!scan_is(&next, choice)) return STATUS_OK;
    TRY(scan_next(&next));
    *out = scan_is(&next, "(");
    return STATUS_OK;
}

static Status read_bound(Reader *reader, const char *choice, Bound *out) {
    bool is_choice = false, has_more = true;
    *out = (Bound){0};
    reader_start_expression(reader);
    TRY(at_choice(reader, choice, &is_choice));
    if (!is_choice) return reader_read_index(reader, &out->terms[out->count++]);
    TRY(scan_next(&reader->scanner));
    TRY(scan_expect(&reader->scanner, "("));
    while (has_more) {
        if (out->count == BOUND_MAX_TERMS) return scan_error(&reader->scanner, "more than %d bounds", BOUND_MAX_TERMS);
        TRY(reader_read_index(reader, &out->terms[out->count++]));
        TRY(scan_accept(&reader->scanner, ",", &has_more));
    }
    return scan_expect(&reader->scanner, ")");
}

/* extent | "in" bound ".." bound */
static Status read_range(Reader *reader, Bound *lower, Bound *upper) {
    Scanner *scanner = &reader->scanner;
    if (scanner->token.kind == TOKEN_INTEGER) {
        int64_t extent = 0;
        TRY(scan_integer(scanner, "the extent of a loop", 0, reader->limit, &extent));
        *lower = bound_constant(reader->context, 0);
        *upper = bound_constant(reader->context, extent);
        return STATUS_OK;
    }
    if (!scan_is(scanner, "in")) return scan_expected(scanner, "the extent of the loop, or 'in' and its range");
    TRY(scan_next(scanner));
    TRY(read_bound(reader, "max", lower));
    TRY(scan_expect(scanner, ".."));
    return read_bound(reader, "min", upper);
}

static double bound_distance(const NestParser *parser, const Bound *bound) {
    double largest = 0;
    for (int i = 0; i < bound->count; i++) largest = fmax(largest, distance(parser, bound->terms[i]));
    return largest;
}

/* What follows a loop: another one, a statement, or a list. */
static Status read_inside(NestParser *parser, Mark mark, const Stmt **out) {
    Scanner *scanner = &parser->reader.scanner;
    bool found = false;
    if (scan_is(scanner, "{")) return nest_read_statement(parser, out);
    if (scan_is(scanner, ",")) return nest_read_loops(parser, mark, out);
    TRY(scan_accept(scanner, ";", &found));
    if (found && nest_at_mark(parser, &mark)) return nest_read_loops(parser, mark, out);
    if (found) return scan_expected(scanner, "a loop (for, unroll, lanes, tile or cores)");
    if (!scan_is(scanner, ":")) return scan_expected(scanner, "',', ';', ':' or '{' behind a loop");
    TRY(scan_next(scanner));
    return nest_read_statement(parser, out);
}

/* A loop around a reduction of its stage that no element depends on which the stage stores inside: the reduction adds
 * up a part of the terms, and keeps the sums elsewhere meanwhile. Stages placed inside have loops of their own. */
typedef struct PartSearch {
    const Var *var;
    const char *stage; /* of the first loop of the update at hand; NULL: none yet */
    bool is_found, is_stored, is_index;
} PartSearch;

static void search_first_loop(void *data, const Stmt *stmt) {
    PartSearch *search = data;
    if (search->stage == NULL && stmt->kind == STMT_FOR) search->stage = stmt->loop.var->stage;
    if (search->stage == NULL) stmt_visit_children(stmt, search_first_loop, data);
}

static void search_parts(void *data, const Stmt *stmt) {
    PartSearch *search = data;
    if (search->is_index) return;
    if (stmt->kind == STMT_FOR && strcmp(stmt->loop.var->stage, search->var->stage) != 0) return;
    if (stmt->kind == STMT_REDUCE) {
        search->stage = NULL;
        search_first_loop(search, stmt->reduce.update);
        search->is_found |= search->stage == NULL || strcmp(search->stage, search->var->stage) == 0;
    }
    search->is_stored |= stmt->kind == STMT_STORE;
    for (int i = 0; stmt->kind == STMT_STORE && i < stmt->store.tensor->rank; i++)
        search->is_index |= affine_uses(stmt->store.index[i], search->var);
    stmt_visit_children(stmt, search_parts, data);
}

static void mark_if_summed(NestParser *parser, const Var *var, const Stmt *body) {
    PartSearch search = {.var = var};
    assert(body != NULL);
    search_parts(&search, body);
    if (search.is_found && search.is_stored && !search.is_index) parser->vars.items[var->id]->reduction = true;
}

Status nest_read_loops(NestParser *parser, Mark mark, const Stmt **out) {
    Reader *reader = &parser->reader;
    LoopAround loop = {.outer = parser->loops};
    Bound lower, upper;
    int64_t factor = 0;
    bool has_factor = false;
    const char *stage = NULL;
    const Stmt *body = NULL;
    TRY(nest_enter(parser));
    TRY(scan_next(&reader->scanner));
    Scanner start = reader->scanner;
    TRY(read_loop_name(&reader->scanner, "the name of a loop", &loop.stage, &loop.name));
    TRY(find_stage(parser, &start, loop.stage, &stage));
    TRY(read_range(reader, &lower, &upper));
    TRY(scan_accept(&reader->scanner, "by", &has_factor));
    if (has_factor) TRY(scan_integer(&reader->scanner, "a factor", 1, PROBLEM_MAX_EXTENT, &factor));
    loop.size = fmax(1, fmax(bound_distance(parser, &lower), bound_distance(parser, &upper)));
    TRY(find_var(parser, &start, stage, loop.name, &loop.var));
    parser->loops = &loop;
    TRY(read_inside(parser, mark, &body));
    parser->loops = loop.outer;
    mark_if_summed(parser, loop.var, body);
    *out = stmt_loop(reader->context, loop.var, lower, upper, mark, factor, body);
    reader_note_place(reader, *out, start.token.offset);
    nest_leave(parser);
    return STATUS_OK;
}

/* The loop that is looked at, and the additions below it. */
typedef struct SumSearch {
    NestParser *parser;
    const Stmt *init;
    const char *stage; /* of the update's outermost loop; NULL: none was met yet */
    const Var *var;
    bool is_added, is_index; /* is there an addition; does one of their indices use the loop? */
} SumSearch;

static void search_additions(void *data, const Stmt *stmt) {
    SumSearch *search = data;
    if (stmt->kind == STMT_REDUCE) return;
    if (stmt->kind == STMT_STORE && stmt->store.add) {
        search->is_added = true;
        for (int i = 0; i < stmt->store.tensor->rank; i++)
            search->is_index = search->is_index || affine_uses(stmt->store.index[i], search->var);
    }
    stmt_visit_children(stmt, search_additions, search);
}

typedef struct LoopSearch {
    const Var *var;
    bool is_found;
} LoopSearch;

static void search_loop(void *data, const Stmt *stmt) {
    LoopSearch *search = data;
    search->is_found |= stmt->kind == STMT_FOR && stmt->loop.var == search->var;
    if (!search->is_found) stmt_visit_children(stmt, search_loop, data);
}

/* Does the loop start sums, each iteration others? */
static bool is_in_init(const SumSearch *search, const Var *var) {
    LoopSearch loop = {.var = var};
    search_loop(&loop, search->init);
    return loop.is_found;
}

static void search_sums(void *data, const Stmt *stmt) {
    SumSearch *search = data;
    if (stmt->kind == STMT_REDUCE) return;
    if (stmt->kind == STMT_FOR) {
        const Var *var = stmt->loop.var;
        SumSearch below = {.var = var};
        if (search->stage == NULL) search->stage = var->stage;
        search_additions(&below, stmt->loop.body);
        /* a sum without terms, all of them in the padding, has loops, too */
        bool is_index = below.is_index || !below.is_added;
        bool is_summed = strcmp(var->stage, search->stage) == 0 && (!is_index || !is_in_init(search, var));
        if (is_summed) search->parser->vars.items[var->id]->reduction = true;
    }
    stmt_visit_children(stmt, search_sums, search);
}

void nest_mark_reductions(NestParser *parser, const Stmt *init, const Stmt *update) {
    SumSearch search = {.parser = parser, .init = init};
    search_sums(&search, update);
}
