/* SPDX-License-Identifier: Apache-2.0 */
/* ssh:HOST is the command that starts an agent there. */
#include "cli/place.h"

static Status read_command(Command *command, const char **out) {
    const char *place = command->arguments.option[OPTION_ON];
    *out = NULL;
    if (place == NULL) return STATUS_OK;
    if (agent_command(command->context, place, out) == STATUS_OK) return STATUS_OK;
    const char *why = arena_string(command->context, diag_message(command->context));
    return command_misused(command, "--on %s", why);
}

Status place_check(Command *command) {
    const Arguments *arguments = &command->arguments;
    const char *agent;
    if (arguments->option[OPTION_ON] != NULL && arguments->option[OPTION_TARGET] == NULL)
        return command_misused(command, "--on %s: say by --target what that machine is", arguments->option[OPTION_ON]);
    return read_command(command, &agent);
}

Status place_start(Command *command, const Target *target, int threads, Agent **out) {
    const char *agent;
    TRY(read_command(command, &agent));
    TRY(agent_start(command->context, agent, out));
    return agent_check(*out, command->context, target, threads);
}
