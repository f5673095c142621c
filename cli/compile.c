/* SPDX-License-Identifier: Apache-2.0 */
/* septet compile: layers become object files with headers. All kernels are made before the first file is written, and
 * the files are written all or none: one layer that cannot be compiled, of a model too, leaves nothing behind. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/suggest.h"
#include "base/vector.h"
#include "cli/dump.h"
#include "cli/json.h"
#include "cli/network.h"
#include "compiler/llvm/emit.h"

/* What --emit can ask for. KINDS(identifier, word, ending of the file's name) */
#define KINDS(X)                                                                                                       \
    X(OBJECT, obj, o)                                                                                                  \
    X(ASSEMBLY, asm, s)                                                                                                \
    X(LLVM_IR, llvm, ll)                                                                                               \
    X(LOOPS, loops, loops)                                                                                             \
    X(TENSOR, tensor, tensor)                                                                                          \
    X(HEADER, header, h)

typedef enum Kind {
#define KIND_ENUM(id, word, ending) KIND_##id,
    KINDS(KIND_ENUM)
#undef KIND_ENUM
        KIND_COUNT
} Kind;

#define KIND_WORD(id, word, ending) #word,
static const char *const kind_words[] = {KINDS(KIND_WORD) NULL};
#define KIND_ENDING(id, word, ending) #ending,
static const char *const kind_endings[] = {KINDS(KIND_ENDING) NULL};

/* One kernel and its files, for the line that is printed about it. */
typedef struct Made {
    const RequestLayer *layer;
    const Plan *plan;
    size_t first_file, file_count;
} Made;

typedef struct Compiling {
    Command *command;
    Request request;
    const char *folder;
    bool wanted[KIND_COUNT];
    Dump dump;
    VECTOR(FileContent) files;
    VECTOR(Made) made;
    Network *networks; /* two files each, the last of `files` */
    size_t network_count;
} Compiling;

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
    compiling->folder = command->arguments.option[OPTION_OUTPUT];
    if (compiling->folder == NULL) return command_misused(command, "say where to write: -o DIR");
    TRY(read_kinds(compiling));
    TRY(dump_read(command, &compiling->dump));
    TRY(request_read(command, &compiling->request));
    TRY(request_check_clashes(command, &compiling->request));
    TRY(check_weights(compiling));
    if (command->arguments.option[OPTION_REQUIRE_TUNED] == NULL) return STATUS_OK;
    return diag_error(command->context, STATUS_UNSUPPORTED,
                      "--require-tuned: layer %s has no recorded schedule; this version has no database of them",
                      compiling->request.layers[0].label);
}

/* The bytes of one kind of file. */
static Status make_bytes(Context *context, const Plan *plan, Kind kind, const char **bytes, size_t *length) {
    Text text = text_new(context);
    switch (kind) {
    case KIND_OBJECT: return emit_kernel(context, plan, EMIT_OBJECT, bytes, length);
    case KIND_ASSEMBLY: return emit_kernel(context, plan, EMIT_ASSEMBLY, bytes, length);
    case KIND_LLVM_IR: return emit_kernel(context, plan, EMIT_LLVM_IR, bytes, length);
    case KIND_LOOPS: nest_print(plan->scheduled, &text); break;
    case KIND_TENSOR: pipeline_print(plan->scheduled->pipeline, &text); break;
    default: text_add_string(&text, emit_header(context, plan));
    }
    *bytes = text_string(&text);
    *length = text.length;
    return STATUS_OK;
}

static Status make_file(Compiling *compiling, const Plan *plan, Kind kind) {
    Context *context = compiling->command->context;
    FileContent file = {.path = arena_format(context, "%s/%s.%s", compiling->folder, plan->name, kind_endings[kind])};
    const char *bytes;
    TRY(make_bytes(context, plan, kind, &bytes, &file.length));
    file.bytes = bytes;
    VECTOR_PUSH(context, &compiling->files, file);
    return STATUS_OK;
}

static Status make_kernel(Compiling *compiling, const RequestLayer *layer) {
    Context *context = compiling->command->context;
    Made made = {.layer = layer, .first_file = compiling->files.count};
    PlanObserver observer = dump_observer(&compiling->dump, layer->label);
    TRY(request_plan(context, &compiling->request, layer, &observer, &made.plan));
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (compiling->wanted[kind]) TRY(make_file(compiling, made.plan, (Kind)kind));
    }
    made.file_count = compiling->files.count - made.first_file;
    VECTOR_PUSH(context, &compiling->made, made);
    return STATUS_OK;
}

static void add_file(Compiling *compiling, const char *name, const char *ending, const char *bytes, size_t length) {
    Context *context = compiling->command->context;
    FileContent file = {
        .path = arena_format(context, "%s/%s%s", compiling->folder, name, ending), .bytes = bytes, .length = length};
    VECTOR_PUSH(context, &compiling->files, file);
}

static void add_weights(Compiling *compiling, const Network *network) {
    for (size_t i = 0; i < network->weights_count; i++) {
        const NetworkWeights *weights = &network->weights[i];
        add_file(compiling, weights->name, "_weights.o", weights->bytes, weights->length);
    }
}

/* Weights, index and manifest of each model, where there is all that they speak of. */
static Status make_networks(Compiling *compiling) {
    Command *command = compiling->command;
    Context *context = command->context;
    if (!compiling->wanted[KIND_OBJECT] || !compiling->wanted[KIND_HEADER]) return STATUS_OK;
    const Plan **plans = ARENA_ARRAY(context, const Plan *, compiling->made.count);
    for (size_t i = 0; i < compiling->made.count; i++) plans[i] = compiling->made.items[i].plan;
    TRY(network_collect(command, &compiling->request, plans, &compiling->networks, &compiling->network_count));
    if (command->arguments.option[OPTION_PACK_WEIGHTS] != NULL)
        TRY(network_pack(command, &compiling->request, compiling->networks, compiling->network_count));
    for (size_t i = 0; i < compiling->network_count; i++) add_weights(compiling, &compiling->networks[i]);
    for (size_t i = 0; i < compiling->network_count; i++) {
        const Network *network = &compiling->networks[i];
        const char *manifest, *index = network_index(context, network);
        TRY(network_manifest(context, network, &manifest));
        add_file(compiling, network->name, ".h", index, strlen(index));
        add_file(compiling, network->name, ".json", manifest, strlen(manifest));
    }
    return STATUS_OK;
}

/* "weights of 53 convolutions in 50 objects" */
static const char *describe_weights(Context *context, const Network *network) {
    size_t count = 0;
    for (size_t i = 0; i < network->convolution_count; i++) count += network->convolutions[i].weights != NULL;
    if (!network->packed) return "";
    return arena_format(context, ", and the packed weights of %zu convolutions in %zu objects", count,
                        network->weights_count);
}

static Status print_network(const Compiling *compiling, const Network *network, const FileContent *files) {
    Context *context = compiling->command->context;
    if (compiling->command->arguments.option[OPTION_JSON] == NULL) {
        printf("%s: %s %s, the index of %zu kernels of %s%s\n", network->name, files[0].path, files[1].path,
               network->count, network->file, describe_weights(context, network));
        return STATUS_OK;
    }
    const char *names = arena_format(context, "%s %s", files[0].path, files[1].path);
    JsonLine line = json_line_new();
    json_add_string(&line, "model", network->file);
    json_add_string(&line, "index", network->name);
    json_add_integer(&line, "kernels", (int64_t)network->count);
    if (network->packed) json_add_integer(&line, "weights", (int64_t)network->weights_count);
    json_add_string(&line, "files", names);
    return json_line_print(context, &line, stdout);
}

static Status print_made(const Compiling *compiling, const Made *made) {
    Context *context = compiling->command->context;
    Text names = text_new(context);
    int64_t bytes = 0;
    for (size_t i = 0; i < made->file_count; i++) {
        const FileContent *file = &compiling->files.items[made->first_file + i];
        text_add(&names, "%s%s", i > 0 ? " " : "", file->path);
        bytes += (int64_t)file->length;
    }
    const char *files = text_string(&names);
    if (compiling->command->arguments.option[OPTION_JSON] == NULL) {
        printf("%s: %s, %" PRId64 " bytes, %s, %s schedule\n", made->plan->name, files, bytes, made->plan->target->name,
               made->plan->schedule_source);
        return STATUS_OK;
    }
    JsonLine line = json_line_new();
    json_add_string(&line, "layer", made->layer->label);
    json_add_string(&line, "kernel", made->plan->name);
    json_add_string(&line, "problem", made->plan->problem_text);
    json_add_string(&line, "target", made->plan->target->name);
    json_add_string(&line, "files", files);
    json_add_integer(&line, "bytes", bytes);
    json_add_string(&line, "schedule_source", made->plan->schedule_source);
    return json_line_print(context, &line, stdout);
}

static Status run(Command *command) {
    Compiling compiling = {.command = command};
    TRY(read_options(&compiling));
    for (size_t i = 0; i < compiling.request.count; i++) TRY(make_kernel(&compiling, &compiling.request.layers[i]));
    TRY(make_networks(&compiling));
    TRY(file_write_folder(command->context, compiling.folder, compiling.files.items, compiling.files.count));
    for (size_t i = 0; i < compiling.made.count; i++) TRY(print_made(&compiling, &compiling.made.items[i]));
    const FileContent *indices = compiling.files.items + compiling.files.count - 2 * compiling.network_count;
    for (size_t i = 0; i < compiling.network_count; i++)
        TRY(print_network(&compiling, &compiling.networks[i], indices + 2 * i));
    return STATUS_OK;
}

static const OptionKind options[] = {OPTION_OUTPUT,        OPTION_EMIT,       REQUEST_OPTIONS,    OPTION_PACK_WEIGHTS,
                                     OPTION_REQUIRE_TUNED, OPTION_DUMP_AFTER, OPTION_TIME_PASSES, OPTION_JSON,
                                     OPTION_HELP,          OPTION_COUNT};

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
        "name, files, bytes, target, and where its schedule comes from. Writes all files or none.",
    .example = "septet compile --conv 'c=64 h=56 w=56 k=64 r=3 s=3 pad=1 bias relu' --name res2a -o out",
    .takes_specs = true,
    .options = options,
    .run = run,
};
