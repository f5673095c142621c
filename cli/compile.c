/* SPDX-License-Identifier: Apache-2.0 */
/* septet compile: layers become object files with headers. All kernels are made before the first file is written, and
 * the files are written all or none: one layer that cannot be compiled, of a model too, leaves nothing behind. */
#include <string.h>

#include "base/suggest.h"
#include "cli/compile.h"

#define KIND_WORD(id, word, ending) #word,
static const char *const kind_words[] = {KINDS(KIND_WORD) NULL};
#undef KIND_WORD

static Status read_kind(Compiling *compiling, const char *word, size_t length) {
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (strlen(kind_words[kind]) != length || strncmp(kind_words[kind], word, length) != 0) continue;
        compiling->wanted[kind] = true;
        return STATUS_OK;
    }
    const char *near = suggest_word(word, length, kind_words, KIND_COUNT);
    return command_misused(compiling->command, "--emit: unknown kind '%.*s'; %s%s%s", (int)length, word,
                           near != NULL ? "did you mean '" : "known are obj, asm, llvm, loops, tensor, header",
                           near != NULL ? near : "", near != NULL ? "'?" : "");
}

static Status read_kinds(Compiling *compiling) {
    const char *words = compiling->command->arguments.option[OPTION_EMIT];
    if (words == NULL) words = "obj,header";
    for (;;) {
        size_t length = strcspn(words, ",");
        TRY(read_kind(compiling, words, length));
        if (words[length] == '\0') return STATUS_OK;
        words += length + 1;
    }
}

/* Packed weights are described by the index, and useless without it. */
static Status check_weights(Compiling *compiling) {
    Command *command = compiling->command;
    if (command->arguments.option[OPTION_PACK_WEIGHTS] == NULL) return STATUS_OK;
    if (compiling->request.model_count == 0)
        return command_misused(command, "--pack-weights: no SPEC is an ONNX model (NAME.onnx), which has weights");
    if (compiling->wanted[KIND_OBJECT] && compiling->wanted[KIND_HEADER]) return STATUS_OK;
    return command_misused(command, "--pack-weights needs --emit obj,header");
}

static Status read_options(Compiling *compiling) {
    Command *command = compiling->command;
    long long jobs;
    compiling->folder = command->arguments.option[OPTION_OUTPUT];
    if (compiling->folder == NULL) return command_misused(command, "say where to write: -o DIR");
    TRY(read_kinds(compiling));
    TRY(dump_read(command, &compiling->dump));
    TRY(command_blame_user(command, arguments_integer(command->context, &command->arguments, OPTION_JOBS, 1,
                                                      JOBS_MAX_WORKERS, jobs_cores(), &jobs)));
    TRY(jobs_new(command->context, dump_is_wanted(&compiling->dump) ? 1 : (int)jobs, &compiling->jobs));
    TRY(request_read(command, &compiling->request));
    TRY(request_check_clashes(command, &compiling->request));
    return check_weights(compiling);
}

/* Does every convolution of every model have a kernel? */
static Status check_all(const Compiling *compiling) {
    Command *command = compiling->command;
    if (command->arguments.option[OPTION_REQUIRE_ALL] == NULL) return STATUS_OK;
    for (size_t i = 0; i < compiling->request.model_count; i++) {
        const RequestModel *model = &compiling->request.models[i];
        if (model->model->left_out_count == 0) continue;
        const OnnxLeftOut *first = &model->model->left_out[0];
        return diag_error(command->context, STATUS_UNSUPPORTED, "--require-all: %s: node '%s' (%s): %s", model->path,
                          first->node.name, first->node.op, first->reason);
    }
    for (size_t i = 0; i < compiling->request.count; i++) {
        const char *reason = compiling->made[i].state.reason;
        if (reason != NULL) return diag_error(command->context, STATUS_UNSUPPORTED, "--require-all: %s", reason);
    }
    return STATUS_OK;
}

/* Does every kernel have a recorded schedule? */
static Status check_tuned(const Compiling *compiling) {
    Command *command = compiling->command;
    const Request *request = &compiling->request;
    if (command->arguments.option[OPTION_REQUIRE_TUNED] == NULL) return STATUS_OK;
    for (size_t i = 0; i < request->count; i++) {
        const Plan *plan = compiling->made[i].state.plan;
        if (plan == NULL || strncmp(plan->schedule_source, "record", strlen("record")) == 0 ||
            strncmp(plan->schedule_source, "similar", strlen("similar")) == 0)
            continue;
        return diag_error(command->context, STATUS_UNSUPPORTED,
                          "--require-tuned: layer %s has no recorded schedule for %s with %d threads (its schedule "
                          "would be: %s)",
                          request->layers[i].label, request->target->name, request->threads, plan->schedule_source);
    }
    return STATUS_OK;
}

static Status compile(void *data) {
    Compiling *compiling = data;
    TRY(read_options(compiling));
    TRY(file_try_folder(compiling->command->context, compiling->folder));
    TRY(compile_kernels(compiling));
    TRY(check_all(compiling));
    TRY(check_tuned(compiling));
    TRY(compile_networks(compiling));
    TRY(file_write_folder(compiling->command->context, compiling->folder, compiling->files.items,
                          compiling->files.count));
    return compile_print(compiling);
}

/* The workers' contexts are freed however this ends. */
static Status run(Command *command) {
    Compiling compiling = {.command = command};
    Status status = context_run(command->context, compile, &compiling);
    jobs_free(compiling.jobs);
    return status;
}

static const OptionKind options[] = {OPTION_OUTPUT,      OPTION_EMIT, REQUEST_OPTIONS,      OPTION_PACK_WEIGHTS,
                                     OPTION_REQUIRE_ALL, OPTION_JOBS, OPTION_REQUIRE_TUNED, OPTION_DUMP_AFTER,
                                     OPTION_TIME_PASSES, OPTION_JSON, OPTION_HELP,          OPTION_COUNT};

const Verb verb_compile = {
    .name = "compile",
    .program = "septet compile",
    .summary = "compile layers to object files with C headers",
    .synopsis = "SPEC... -o DIR [options]",
    .text =
        "SPEC is a file of layer specs or of benchdnn descriptors, a log of ONEDNN_VERBOSE, an ONNX model, or - for\n"
        "standard input. Each layer becomes DIR/NAME.o and DIR/NAME.h, the header being the documentation of the\n"
        "kernel. A model NAME.onnx gives one kernel for each distinct convolution, and with them DIR/NAME.h, a\n"
        "table of the kernels, and DIR/NAME.json, which says what nodes they stand for; with --pack-weights also\n"
        "DIR/NODE_weights.o, the weights of each convolution as its kernel reads them. Prints a line a kernel: its\n"
        "name, files, bytes, target, and where its schedule comes from. Writes all files or none; DIR is made with "
        "its\n"
        "parents. Convolutions of a model that this version cannot compile are listed on standard error and in the\n"
        "manifest; the others are compiled all the same, unless --require-all is given.",
    .example = "septet compile --conv 'c=64 h=56 w=56 k=64 r=3 s=3 pad=1 bias relu' --name res2a -o out",
    .takes_specs = true,
    .options = options,
    .run = run,
};
