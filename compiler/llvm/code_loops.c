/* SPDX-License-Identifier: Apache-2.0 */
/* Reads LLVM's assembly with comments. A block begins with its label; comments behind it name the block in LLVM's IR
 * and say to which loop it belongs, before its instructions come:
 *
 *     .LBB0_14:                               # %co.17.           the head of the loop co, whose Var.id is 17
 *                                             #   Parent Loop BB0_6 Depth=1
 *                                             # =>  This Inner Loop Header: Depth=2
 *             vbroadcastss    -14336(%r13,%rax,8), %zmm0
 *     # %bb.15:                               # %end4
 *                                             #   in Loop: Header=BB0_6 Depth=1
 *             vmovaps %zmm0, 64(%rsp)         # 64-byte Spill
 *
 * Blocks of a loop may stand before its head. */
#include "compiler/llvm/code_loops.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/llvm/internal.h"

enum { MAX_DEPTH = 64, SPILL_VECTOR_BYTES = 16, OPERANDS_COLUMN = 16 };

typedef struct Loop {
    const char *label;   /* of its head: "BB0_14" */
    int var_count;       /* loops of the nest that it runs through; 0: none */
    int vars[MAX_DEPTH]; /* their ids */
    int depth;           /* loops around it */
    int around[MAX_DEPTH];
    CodeLoop loop;
    Text code;
} Loop;

typedef struct Listing {
    Context *context;
    const Plan *plan;
    const InstructionSet *set;
    VECTOR(Loop) loops;
    /* Of the block that is being read. */
    const char *label; /* NULL: nothing jumps there */
    const char *name;  /* in LLVM's IR */
    int depth;
    int around[MAX_DEPTH];
    int loop; /* -1: in none */
    bool is_new;
} Listing;

/* A line: what is in front of the comment, and the comment. */
typedef struct Line {
    const char *code, *comment;
} Line;

static int find_loop(Listing *listing, const char *label) {
    for (size_t i = 0; i < listing->loops.count; i++)
        if (strcmp(listing->loops.items[i].label, label) == 0) return (int)i;
    Loop loop = {.label = label, .code = text_new(listing->context), .loop = {.name = ""}};
    VECTOR_PUSH(listing->context, &listing->loops, loop);
    return (int)listing->loops.count - 1;
}

/* The word at `text`, of letters, digits and '_'. */
static const char *word_at(const Listing *listing, const char *text) {
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') length++;
    return arena_substring(listing->context, text, length);
}

/* The word behind `mark`, NULL when there is no mark. */
static const char *word_behind(const Listing *listing, const char *text, const char *mark) {
    const char *found = strstr(text, mark);
    return found == NULL ? NULL : word_at(listing, found + strlen(mark));
}

static void begin_block(Listing *listing, const char *label) {
    listing->label = label;
    listing->name = "";
    listing->depth = 0;
    listing->loop = -1;
    listing->is_new = true;
}

/* "co.17." is the loop co, whose id is 17; "n.0.p.2.5" are the loops n and p, and 5 is LLVM's. */
static void name_loop(Listing *listing, Loop *loop) {
    Text names = text_new(listing->context);
    const char *name = listing->name, *dot;
    while (loop->var_count < MAX_DEPTH && (dot = strchr(name, '.')) != NULL && isdigit((unsigned char)dot[1])) {
        char *end;
        loop->vars[loop->var_count] = (int)strtol(dot + 1, &end, 10);
        text_add(&names, loop->var_count > 0 ? " %.*s" : "%.*s", (int)(dot - name), name);
        loop->var_count++;
        name = *end == '.' ? end + 1 : end;
    }
    loop->loop.name = text_string(&names);
}

static void begin_loop(Listing *listing, bool is_innermost) {
    int index = find_loop(listing, listing->label != NULL ? listing->label : listing->name);
    Loop *loop = &listing->loops.items[index];
    listing->loop = index;
    name_loop(listing, loop);
    loop->loop.is_innermost = is_innermost;
    loop->depth = listing->depth;
    memcpy(loop->around, listing->around, sizeof loop->around);
}

static void read_comment(Listing *listing, const char *comment) {
    const char *parent = word_behind(listing, comment, "Parent Loop "),
               *head = word_behind(listing, comment, "Header=");
    if (parent != NULL && listing->depth < MAX_DEPTH) listing->around[listing->depth++] = find_loop(listing, parent);
    if (head != NULL) listing->loop = find_loop(listing, head);
    if (strstr(comment, "Loop Header:") != NULL) begin_loop(listing, strstr(comment, "Inner Loop Header:") != NULL);
}

static bool starts(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static void read_label(Listing *listing, const Line *line) {
    bool is_target = starts(line->code, ".L");
    begin_block(listing, is_target ? word_at(listing, line->code + 2) : NULL);
    const char *name = strstr(line->comment, is_target ? "%" : ": ");
    if (name != NULL && !is_target) name = strchr(name, '%');
    if (name != NULL) listing->name = arena_string(listing->context, name + 1);
    read_comment(listing, line->comment);
}

static InstructionKind kind_of(const Listing *listing, const char *instruction) {
    const InstructionSet *set = listing->set;
    for (size_t i = 0; i < set->count; i++)
        if (starts(instruction, set->names[i].start)) return set->names[i].kind;
    return INSTRUCTION_OTHER;
}

/* Is the last operand in memory? "vmovups %zmm0, 64(%rdi) {%k1}" */
static bool writes_memory(const char *instruction) {
    const char *close = strrchr(instruction, ')');
    return close != NULL && strchr(close, ',') == NULL;
}

/* A vector that moves to or from the stack: "64-byte Folded Spill". On the scalar target, numbers are the vectors. */
static bool is_spill(const Listing *listing, const char *comment) {
    const char *bytes = strstr(comment, "-byte ");
    if (bytes == NULL || (strstr(bytes, "Spill") == NULL && strstr(bytes, "Reload") == NULL)) return false;
    while (bytes > comment && isdigit((unsigned char)bytes[-1])) bytes--;
    return strtol(bytes, NULL, 10) >= integer_min(SPILL_VECTOR_BYTES, listing->plan->target->vector_bytes);
}

static void count_memory(const Listing *listing, const char *instruction, InstructionKind kind, CodeMix *mix) {
    const InstructionSet *set = listing->set;
    bool has_memory = set->has_memory_operands && kind != INSTRUCTION_ADDRESS && strchr(instruction, '(') != NULL;
    bool fills_lanes = set->all_lanes != NULL && strstr(instruction, set->all_lanes) != NULL;
    if (kind == INSTRUCTION_BROADCAST || fills_lanes) {
        mix->broadcasts++;
    } else if (kind == INSTRUCTION_STORE || (kind == INSTRUCTION_OTHER && has_memory && writes_memory(instruction))) {
        mix->stores++;
    } else if ((kind == INSTRUCTION_LOAD && !set->has_memory_operands) || has_memory) {
        mix->loads++;
    }
}

static void count_instruction(const Listing *listing, const Line *line, CodeMix *mix) {
    InstructionKind kind = kind_of(listing, line->code);
    mix->instructions++;
    mix->fmas += kind == INSTRUCTION_FMA || (kind == INSTRUCTION_MULTIPLY && !listing->plan->target->fma);
    if (is_spill(listing, line->comment)) {
        mix->spills++;
    } else {
        count_memory(listing, line->code, kind, mix);
    }
}

static void read_instruction(Listing *listing, const Line *line) {
    if (listing->loop < 0) return;
    Loop *loop = &listing->loops.items[listing->loop];
    count_instruction(listing, line, &loop->loop.mix);
    if (listing->is_new && listing->label != NULL) text_add(&loop->code, ".L%s:\n", listing->label);
    listing->is_new = false;
    size_t word = strcspn(line->code, "\t ");
    const char *operands = line->code + word + strspn(line->code + word, "\t ");
    text_add(&loop->code, "    %.*s", (int)word, line->code);
    if (*operands != '\0') text_add_repeat(&loop->code, ' ', word < OPERANDS_COLUMN ? OPERANDS_COLUMN - word : 1);
    text_add(&loop->code, "%s\n", operands);
}

/* Without blanks at the end. */
static const char *trimmed(Context *context, const char *text, size_t length) {
    while (length > 0 && isspace((unsigned char)text[length - 1])) length--;
    return arena_substring(context, text, length);
}

static Line split_line(const Listing *listing, const char *text, size_t length) {
    const char *whole = trimmed(listing->context, text, length);
    const char *comment = strstr(whole, listing->set->comment);
    if (comment == NULL) comment = whole + strlen(whole);
    return (Line){trimmed(listing->context, whole, (size_t)(comment - whole)), comment};
}

static void read_line(Listing *listing, const char *text, size_t length) {
    Line line = split_line(listing, text, length);
    bool is_block = starts(line.code, ".LBB") || (*line.code == '\0' && strstr(line.comment, "%bb.") != NULL);
    if (is_block) {
        read_label(listing, &line);
    } else if (line.code[0] == '\t' && isalpha((unsigned char)line.code[1])) {
        line.code++;
        read_instruction(listing, &line);
    } else if (*line.code == '\0') {
        read_comment(listing, line.comment);
    }
}

/* The most iterations of each loop of the nest, by Var.id. */
typedef struct Iterations {
    Context *context;
    const Facts *facts;
    int64_t *most;
} Iterations;

static void note_iterations(void *data, const Stmt *stmt) {
    Iterations *iterations = data, inner = *iterations;
    Facts facts;
    if (stmt->kind == STMT_FOR) {
        int64_t *most = &iterations->most[stmt->loop.var->id];
        *most = integer_max(*most, facts_most_iterations(iterations->context, iterations->facts, stmt));
        facts = facts_in_loop(iterations->facts, stmt);
        inner.facts = &facts;
    }
    if (stmt->kind == STMT_IF) {
        facts = facts_in_guard(iterations->facts, stmt);
        inner.facts = &facts;
    }
    stmt_visit_children(stmt, note_iterations, &inner);
}

static int64_t iterations_of(const Listing *listing, const Loop *loop, const int64_t *most) {
    int64_t iterations = 1;
    for (int i = 0; i < loop->var_count; i++)
        if (loop->vars[i] < listing->plan->nest->var_count) iterations *= integer_max(most[loop->vars[i]], 1);
    return iterations;
}

static CodeLoop finish_loop(const Listing *listing, const Loop *loop, const int64_t *most) {
    CodeLoop finished = loop->loop;
    Text around = text_new(listing->context);
    finished.iterations = iterations_of(listing, loop, most);
    for (int i = 0; i < loop->depth; i++) {
        const Loop *outer = &listing->loops.items[loop->around[i]];
        text_add(&around, i > 0 ? " %s" : "%s", outer->loop.name);
        finished.iterations *= iterations_of(listing, outer, most);
    }
    finished.around = text_string(&around);
    finished.code = text_string(&loop->code);
    return finished;
}

static int compare_loops(const void *left, const void *right) {
    const CodeLoop *a = left, *b = right;
    double work_a = (double)a->iterations * (double)a->mix.fmas, work_b = (double)b->iterations * (double)b->mix.fmas;
    if (work_a != work_b) return work_a < work_b ? 1 : -1;
    return a < b ? -1 : 1;
}

typedef struct Request {
    Context *context;
    const Plan *plan;
    const CodeLoop *loops;
    size_t count;
} Request;

static void collect_loops(Listing *listing, Request *out) {
    const Nest *nest = listing->plan->nest;
    int64_t *most = ARENA_ARRAY(listing->context, int64_t, (size_t)nest->var_count + 1);
    Iterations iterations = {.context = listing->context, .most = most};
    note_iterations(&iterations, nest->body);
    CodeLoop *loops = ARENA_ARRAY(listing->context, CodeLoop, listing->loops.count + 1);
    for (size_t i = 0; i < listing->loops.count; i++) {
        if (listing->loops.items[i].loop.mix.fmas == 0) continue;
        loops[out->count++] = finish_loop(listing, &listing->loops.items[i], most);
    }
    qsort(loops, out->count, sizeof *loops, compare_loops);
    out->loops = loops;
}

static Status find_code_loops(void *data) {
    Request *request = data;
    const char *text = NULL;
    size_t length = 0;
    TRY(emit_kernel(request->context, request->plan, EMIT_LISTING, &text, &length));
    Listing listing = {.context = request->context, .plan = request->plan, .set = request->plan->target->instructions};
    begin_block(&listing, NULL);
    for (const char *line = text, *end; *line != '\0'; line = *end == '\0' ? end : end + 1) {
        end = line + strcspn(line, "\n");
        read_line(&listing, line, (size_t)(end - line));
    }
    collect_loops(&listing, request);
    return STATUS_OK;
}

Status emit_code_loops(Context *context, const Plan *plan, const CodeLoop **loops, size_t *count) {
    Request request = {.context = context, .plan = plan};
    TRY(context_run(context, find_code_loops, &request));
    *loops = request.loops;
    *count = request.count;
    return STATUS_OK;
}
