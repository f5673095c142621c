/* SPDX-License-Identifier: Apache-2.0 */
/* Printing loop nests as people write them; the grammar is in ir/README.md ("The loop nest").
 *
 * A loop prints together with the loops that it holds alone: for n 1, ko 2; unroll qi 14. Behind them stands either one
 * line, after a colon, or a list in braces. Line breaks and indentation carry no meaning. */
#include "ir/nest_print.h"

#include <string.h>

enum { INDENT_COLUMNS = 4, LINE_COLUMNS = 110 };

const char *mark_name(Mark mark) {
    static const char *const words[] = {
#define MARK_WORD(id, word) [MARK_##id] = #word,
        MARKS(MARK_WORD)
#undef MARK_WORD
    };
    return words[mark];
}

static void start_line(int indent, Text *text) {
    text_add_repeat(text, ' ', (size_t)indent * INDENT_COLUMNS);
}

/* Has the text a blank outside of all parentheses? */
static bool has_outer_blank(const char *text) {
    int depth = 0;
    for (; *text != '\0'; text++) {
        depth += (*text == '(') - (*text == ')');
        if (*text == ' ' && depth == 0) return true;
    }
    return false;
}

/* One end of a range: a sum stands in parentheses, several terms behind max or min. */
static void print_bound(const Bound *bound, const char *choice, Text *text) {
    if (bound->count == 1) {
        Text single = text_new(text->context);
        affine_print(bound->terms[0], &single);
        text_add(text, has_outer_blank(text_string(&single)) ? "(%s)" : "%s", text_string(&single));
        return;
    }
    text_add(text, "%s(", choice);
    for (int i = 0; i < bound->count; i++) {
        if (i > 0) text_add_string(text, ", ");
        affine_print(bound->terms[i], text);
    }
    text_add_string(text, ")");
}

static bool is_number(const Bound *bound) {
    return bound->count == 1 && affine_is_constant(bound->terms[0]);
}

/* "n 1", "r in max(0, 1 - p)..3", "c 64 by 4" */
static void print_range(const Stmt *loop, Text *text) {
    const Bound *lower = &loop->loop.lower, *upper = &loop->loop.upper;
    text_add_string(text, loop->loop.var->name);
    bool is_extent = is_number(lower) && lower->terms[0]->constant == 0 && is_number(upper);
    if (is_extent && upper->terms[0]->constant >= 0) {
        text_add(text, " %lld", (long long)upper->terms[0]->constant);
    } else {
        text_add_string(text, " in ");
        print_bound(lower, "max", text);
        text_add_string(text, "..");
        print_bound(upper, "min", text);
    }
    if (loop->loop.factor != 0) text_add(text, " by %lld", (long long)loop->loop.factor);
}

/* "for n 1, ko 2; unroll qi 14": returns the statement inside. */
static const Stmt *print_loops(const Stmt *stmt, Text *text) {
    const Stmt *last = NULL;
    for (; stmt->kind == STMT_FOR; last = stmt, stmt = stmt->loop.body) {
        bool is_more = last != NULL && last->loop.mark == stmt->loop.mark;
        if (last != NULL) text_add_string(text, is_more ? ", " : "; ");
        if (!is_more) text_add(text, "%s ", mark_name(stmt->loop.mark));
        print_range(stmt, text);
    }
    return stmt;
}

static void print_store(const Stmt *stmt, Text *text) {
    const Expr *target = expr_access(text->context, stmt->store.tensor, stmt->store.index);
    expr_print(target, "", text);
    text_add_string(text, stmt->store.add ? " += " : " = ");
    expr_print(stmt->store.value, "partial", text);
}

static void print_prefetch(const Stmt *stmt, Text *text) {
    text_add(text, "prefetch %s + ", stmt->prefetch.tensor->name);
    affine_print(stmt->prefetch.offset, text);
    text_add(text, " into l%d", stmt->prefetch.level);
}

/* What is no list of statements: a store or a prefetch. */
static void print_leaf(const Stmt *stmt, Text *text) {
    stmt->kind == STMT_PREFETCH ? print_prefetch(stmt, text) : print_store(stmt, text);
}

static void print_guard(const Stmt *stmt, Text *text) {
    text_add_string(text, "if (");
    cond_print_all(stmt->guard.conds, stmt->guard.count, text);
    text_add_string(text, ")");
}

static void print_buffer(const Tensor *tensor, Text *text) {
    text_add(text, "%s ", tensor->name);
    tensor_print_shape(tensor, text);
    text_add(text, " in %s", scope_name(tensor->scope));
}

void stmt_print_head(const Stmt *stmt, Text *text) {
    switch (stmt->kind) {
    case STMT_FOR:
        text_add(text, "%s ", mark_name(stmt->loop.mark));
        print_range(stmt, text);
        break;
    case STMT_IF: print_guard(stmt, text); break;
    case STMT_BLOCK: text_add_string(text, "{"); break;
    case STMT_REDUCE: text_add_string(text, "init:"); break;
    case STMT_ALLOC: print_buffer(stmt->alloc.tensor, text); break;
    case STMT_STORE:
    case STMT_PREFETCH: print_leaf(stmt, text); break;
    }
}

/* A store or a prefetch, guards around it included, fits on one line. */
static bool is_line(const Stmt *stmt) {
    while (stmt->kind == STMT_IF) stmt = stmt->guard.body;
    return stmt->kind == STMT_STORE || stmt->kind == STMT_PREFETCH;
}

/* Characters of such a statement with its guards on one line. */
static size_t line_length(const Stmt *stmt, Context *context) {
    Text line = text_new(context);
    for (; stmt->kind == STMT_IF; stmt = stmt->guard.body) {
        print_guard(stmt, &line);
        text_add_string(&line, " ");
    }
    print_leaf(stmt, &line);
    return line.length;
}

static size_t current_column(const Text *text) {
    const char *newline = strrchr(text_string(text), '\n');
    return newline == NULL ? text->length : strlen(newline + 1);
}

static void print_list(const Stmt *stmt, int indent, Text *text);
static void print_rest(const Stmt *stmt, int indent, Text *text);

static void print_braces(const Stmt *stmt, int indent, Text *text) {
    if (stmt_is_empty(stmt)) {
        text_add_string(text, "{ }\n");
        return;
    }
    text_add_string(text, "{\n");
    print_list(stmt, indent + 1, text);
    start_line(indent, text);
    text_add_string(text, "}\n");
}

/* Goes on on a line of its own. */
static void start_below(int indent, Text *text) {
    text_add_string(text, "\n");
    start_line(indent, text);
}

/* What stands behind loops or a guard; a line that would become too long is broken before the store or a guard. */
static void print_body(const Stmt *body, const char *colon, int indent, Text *text) {
    if (!is_line(body)) {
        text_add_string(text, " ");
        print_braces(body, indent, text);
        return;
    }
    text_add_string(text, colon);
    size_t length = line_length(body, text->context);
    bool fits = current_column(text) + 1 + length <= LINE_COLUMNS;
    if (fits) text_add_string(text, " ");
    if (!fits) start_below(++indent, text);
    for (; body->kind == STMT_IF; body = body->guard.body) {
        print_guard(body, text);
        fits = fits || (size_t)indent * INDENT_COLUMNS + length <= LINE_COLUMNS;
        if (fits) text_add_string(text, " ");
        if (!fits) start_below(++indent, text);
    }
    print_leaf(body, text);
    text_add_string(text, "\n");
}

/* Would a "finish:" behind the statement be read as its own? */
static bool lacks_finish(const Stmt *stmt) {
    if (stmt->kind != STMT_REDUCE) return false;
    return stmt_is_empty(stmt->reduce.finish) || lacks_finish(stmt->reduce.finish);
}

/* An empty finish is left out. */
static void print_reduce(const Stmt *stmt, int indent, Text *text) {
    bool has_finish = !stmt_is_empty(stmt->reduce.finish);
    text_add_string(text, "init: ");
    print_rest(stmt->reduce.init, indent, text);
    start_line(indent, text);
    if (has_finish && lacks_finish(stmt->reduce.update))
        print_braces(stmt->reduce.update, indent, text);
    else
        print_rest(stmt->reduce.update, indent, text);
    if (!has_finish) return;
    start_line(indent, text);
    text_add_string(text, "finish: ");
    print_rest(stmt->reduce.finish, indent, text);
}

/* A statement from the middle of a line to its last newline. */
static void print_rest(const Stmt *stmt, int indent, Text *text) {
    switch (stmt->kind) {
    case STMT_FOR: print_body(print_loops(stmt, text), ":", indent, text); break;
    case STMT_IF:
        print_guard(stmt, text);
        print_body(stmt->guard.body, "", indent, text);
        break;
    case STMT_BLOCK:
    case STMT_ALLOC: print_braces(stmt, indent, text); break;
    case STMT_REDUCE: print_reduce(stmt, indent, text); break;
    case STMT_STORE:
    case STMT_PREFETCH:
        print_leaf(stmt, text);
        text_add_string(text, "\n");
        break;
    }
}

/* What stands between braces: the items of a block; a buffer lives up to the brace that closes. */
static void print_list(const Stmt *stmt, int indent, Text *text) {
    switch (stmt->kind) {
    case STMT_ALLOC:
        start_line(indent, text);
        print_buffer(stmt->alloc.tensor, text);
        text_add_string(text, "\n");
        print_list(stmt->alloc.body, indent, text);
        break;
    case STMT_BLOCK:
        for (int i = 0; i < stmt->block.count; i++) {
            const Stmt *item = stmt->block.items[i];
            if (item->kind == STMT_ALLOC && i + 1 == stmt->block.count) {
                print_list(item, indent, text);
            } else {
                start_line(indent, text);
                print_rest(item, indent, text);
            }
        }
        break;
    default:
        start_line(indent, text);
        print_rest(stmt, indent, text);
        break;
    }
}

void stmt_print(const Stmt *stmt, int indent, Text *text) {
    print_list(stmt, indent, text);
}

void nest_print(const Nest *nest, Text *text) {
    for (int i = 0; i < nest->tensor_count; i++) tensor_print_declaration(nest->tensors[i], text);
    if (nest->ahead != NULL) {
        text_add_string(text, "ahead ");
        print_braces(stmt_name_stages(text->context, nest->ahead), 0, text);
    }
    print_list(stmt_name_stages(text->context, nest->body), 0, text);
}
