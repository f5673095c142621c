/* SPDX-License-Identifier: Apache-2.0 */
/* septet agent: the measuring process, for a session on this machine or behind ssh. */
#include "tuner/agent/agent.h"

#include <unistd.h>

#include "cli/command.h"

static Status run(Command *command) {
    return agent_serve(command->context, STDIN_FILENO, STDOUT_FILENO);
}

static const OptionKind options[] = {OPTION_HELP, OPTION_COUNT};

const Verb verb_agent = {
    .name = "agent",
    .program = "septet agent",
    .summary = "measure what a session asks for on standard input",
    .synopsis = "",
    .text =
        "Reads requests, a JSON object a line, from standard input until it ends, and answers on standard output:\n"
        "builds candidates, checks and times them in child processes. docs/agent.md describes the lines. Verbs that\n"
        "measure start an agent themselves; this is for programs of your own. On another machine, --on starts "
        "septet-agent,\n"
        "a small program without a compiler.",
    .example = "echo '{\"calibrate\":\"x86-64-v4\"}' | septet agent",
    .options = options,
    .run = run,
};
