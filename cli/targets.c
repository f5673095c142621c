/* SPDX-License-Identifier: Apache-2.0 */
/* septet targets: what can be compiled for. */
#include <inttypes.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/json.h"
#include "targets/target.h"
#include "tuner/machine.h"

/* "yes", "in qemu-aarch64", "no: lacks avx2" */
static const char *where_it_runs(Context *context, const Target *target) {
    const char *missing;
    if (target_runs_here(target, &missing)) return "yes";
    if (machine_emulator_missing(target) == NULL) return arena_format(context, "in %s", target->emulator.program);
    return arena_format(context, "no: lacks %s", missing);
}

static void print_line(Context *context, const Target *target) {
    printf("%-14s %-8s %5" PRId64 " %9d   %-4s %-6s %-16s %s\n", target->name, target->architecture,
           8 * target->vector_bytes, target->vector_registers, target->fma ? "fma" : "-", target->masks ? "masks" : "-",
           where_it_runs(context, target), target->description);
}

static Status print_json(Context *context, const Target *target) {
    const char *missing;
    bool runs = target_runs_here(target, &missing);
    JsonLine line = json_line_new();
    json_add_string(&line, "name", target->name);
    json_add_string(&line, "isa", target->architecture);
    json_add_string(&line, "description", target->description);
    json_add_integer(&line, "vector_bits", 8 * target->vector_bytes);
    json_add_integer(&line, "vector_registers", target->vector_registers);
    json_add_bool(&line, "fma", target->fma);
    json_add_bool(&line, "masks", target->masks);
    json_add_bool(&line, "runs_here", runs);
    json_add_string(&line, "missing", runs ? NULL : missing);
    json_add_string(&line, "emulator", machine_emulator_missing(target) == NULL ? target->emulator.program : NULL);
    json_add_bool(&line, "host", target == target_host());
    return json_line_print(context, &line, stdout);
}

static Status run(Command *command) {
    bool json = command->arguments.option[OPTION_JSON] != NULL;
    const Target *target, *host = target_host();
    if (!json)
        printf("%-14s %-8s %5s %9s   %-4s %-6s %-16s\n", "target", "isa", "bits", "registers", "fma", "masks",
               "runs here");
    for (size_t i = 0; (target = target_get(i)) != NULL; i++) {
        if (json) {
            TRY(print_json(command->context, target));
        } else {
            print_line(command->context, target);
        }
    }
    if (!json) printf("host means %s\n", host != NULL ? host->name : "no target here");
    return STATUS_OK;
}

static const OptionKind options[] = {OPTION_JSON, OPTION_HELP, OPTION_COUNT};

const Verb verb_targets = {
    .name = "targets",
    .program = "septet targets",
    .summary = "list the machines that can be compiled for",
    .synopsis = "[--json]",
    .text =
        "Prints a line a target: its name, instruction set, bits and number of its vector registers, whether it has\n"
        "fused multiply-add and masked memory access, and whether this machine can run its code, itself or in an\n"
        "emulator, which is enough for septet check.",
    .example = "septet targets",
    .options = options,
    .run = run,
};
