/* SPDX-License-Identifier: Apache-2.0 */
/* Reads golden files, makes the nests that they ask for, and compares. */
#include "tests/support/golden_nest.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diff.h"
#include "base/file.h"
#include "base/text.h"
#include "compiler/passes/passes.h"
#include "compiler/plan.h"
#include "compiler/schedule/primitives.h"
#include "tests/support/equivalence.h"
#include "tests/support/round_trip.h"

enum { FILE_LIMIT_BYTES = 1 << 20 };

static const char *const expected_mark = "\nexpected:\n";

typedef struct Golden {
    Context *context;
    const char *path;
    const char *head; /* up to and with "expected:\n" */
    const char *expected;
    const char *actual;
    const Nest *start;  /* unscheduled */
    const Nest *result; /* NULL: a step or pass refused */
    const char *pass;   /* NULL: after the last step */
} Golden;

/* What follows "name:" at the start of a line, up to the next line that is neither empty nor indented; NULL when there
 * is no such section. Leading newlines and indentation of the first line are skipped. */
static const char *find_section(Context *context, const char *head, const char *name) {
    const char *mark = arena_format(context, "\n%s:", name);
    const char *found = strstr(arena_format(context, "\n%s", head), mark);
    if (found == NULL) return NULL;
    const char *start = found + strlen(mark), *end = start;
    while (*end != '\0' && !(*end == '\n' && strchr(" \n", end[1]) == NULL)) end++;
    start += strspn(start, " \n");
    return start < end ? arena_substring(context, start, (size_t)(end - start)) : "";
}

static const Source *section_source(Context *context, const char *name, const char *text) {
    Source *source = ARENA_NEW(context, Source);
    *source = (Source){name, text, strlen(text)};
    return source;
}

static Status read_golden(Golden *golden) {
    const Source *file = NULL;
    TRY(file_read(golden->context, golden->path, FILE_LIMIT_BYTES, &file));
    const char *mark = strstr(file->text, expected_mark);
    if (mark == NULL) return diag_error(golden->context, STATUS_INVALID, "%s: there is no 'expected:'", golden->path);
    golden->expected = mark + strlen(expected_mark);
    golden->head = arena_substring(golden->context, file->text, (size_t)(golden->expected - file->text));
    golden->pass = find_section(golden->context, golden->head, "pass");
    return STATUS_OK;
}

static Status start_nest(Golden *golden) {
    Context *context = golden->context;
    const char *problem_text = find_section(context, golden->head, "problem");
    const char *expression = find_section(context, golden->head, "expression");
    if (problem_text != NULL) {
        Problem problem;
        TRY(problem_parse(context, section_source(context, "problem", problem_text), &problem));
        return plan_start(context, &problem, &golden->start);
    }
    if (expression == NULL)
        return diag_error(context, STATUS_INVALID, "%s: neither 'problem:' nor 'expression:'", golden->path);
    const Pipeline *pipeline = NULL;
    TRY(pipeline_parse(context, section_source(context, "expression", expression), &pipeline));
    golden->start = nest_build(context, pipeline);
    return nest_verify(context, golden->start);
}

static void take_pass(void *data, const char *pass, const Nest *nest, int64_t elapsed_ns) {
    Golden *golden = data;
    (void)elapsed_ns;
    if (strcmp(pass, golden->pass) == 0) golden->result = nest;
}

/* Steps and passes. What passes after the one that is meant say is not of interest. */
static Status apply_steps(Golden *golden) {
    Context *context = golden->context;
    const char *steps = find_section(context, golden->head, "schedule");
    const char *target_name = find_section(context, golden->head, "target");
    const Target *target = NULL;
    const Schedule *schedule = NULL;
    const Nest *scheduled = NULL, *lowered = NULL;
    TRY(target_find(context, target_name == NULL ? "x86-64-v4" : target_name, &target));
    TRY(schedule_parse(context, section_source(context, "schedule", steps == NULL ? "" : steps), &schedule));
    TRY(schedule_apply(context, golden->start, schedule, NULL, NULL, &scheduled));
    if (golden->pass == NULL) {
        golden->result = scheduled;
        return STATUS_OK;
    }
    Status status = passes_run(context, scheduled, target, take_pass, golden, &lowered);
    return golden->result != NULL ? STATUS_OK : status;
}

static Status run_golden(Golden *golden) {
    Context *context = golden->context;
    TRY(read_golden(golden));
    TRY(start_nest(golden));
    Status status = apply_steps(golden);
    if (status == STATUS_OK && golden->result == NULL)
        return diag_error(context, STATUS_INVALID, "%s: there is no pass '%s'", golden->path, golden->pass);
    Text text = text_new(context);
    if (status != STATUS_OK) {
        text_add(&text, "error: %s\n", diag_message(context));
    } else {
        const Nest *read = NULL;
        nest_print(golden->result, &text);
        TRY(equivalence_check(context, golden->start, golden->result));
        TRY(round_trip_check(context, golden->result, &read));
        TRY(equivalence_check(context, golden->start, read));
    }
    golden->actual = text_string(&text);
    return STATUS_OK;
}

static Status update_file(const Golden *golden) {
    const char *text = arena_format(golden->context, "%s%s", golden->head, golden->actual);
    FileContent content = {golden->path, text, strlen(text)};
    return file_write_all(golden->context, &content, 1);
}

static Status compare_golden(Golden *golden) {
    if (strcmp(golden->actual, golden->expected) == 0) return STATUS_OK;
    if (getenv("SEPTET_UPDATE_GOLDEN") != NULL) return update_file(golden);
    Text text = text_new(golden->context);
    diff_print(golden->expected, golden->actual, &text);
    fprintf(stderr, "%s", text_string(&text));
    return diag_error(golden->context, STATUS_WRONG, "it differs: above, - was expected, + came out");
}

static Status check_golden(void *data) {
    Golden *golden = data;
    TRY(run_golden(golden));
    return compare_golden(golden);
}

static bool check_file(const char *path) {
    Golden golden = {.path = path};
    ck_assert_int_eq(context_new(alloc_default(), &golden.context), STATUS_OK);
    Status status = context_run(golden.context, check_golden, &golden);
    if (status != STATUS_OK) fprintf(stderr, "%s: %s\n", path, diag_message(golden.context));
    context_free(golden.context);
    return status == STATUS_OK;
}

static bool is_golden(const char *name, const char *prefix) {
    size_t length = strlen(name), end = strlen(".golden");
    return strncmp(name, prefix, strlen(prefix)) == 0 && length > end && strcmp(name + length - end, ".golden") == 0;
}

void golden_nest_check_all(const char *folder, const char *prefix) {
    char path[1024];
    struct dirent **entries = NULL;
    snprintf(path, sizeof path, "%s/tests/%s", SEPTET_SOURCE_DIR, folder);
    int count = scandir(path, &entries, NULL, alphasort), checked = 0, failed = 0;
    for (int i = 0; i < count; i++) {
        if (is_golden(entries[i]->d_name, prefix)) {
            snprintf(path, sizeof path, "%s/tests/%s/%s", SEPTET_SOURCE_DIR, folder, entries[i]->d_name);
            checked++;
            failed += !check_file(path);
        }
        free(entries[i]);
    }
    free(entries);
    ck_assert_msg(checked > 0, "there is no tests/%s/%s*.golden", folder, prefix);
    ck_assert_msg(failed == 0, "%d of %d golden files differ", failed, checked);
}
