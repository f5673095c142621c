/* SPDX-License-Identifier: Apache-2.0 */
/* septet-agent: the agent for machines that septet is not installed on, such as boards. It has no compiler: it checks
 * and times the objects that a session sends (docs/agent.md). A static program of its own (cmake/agent). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tuner/agent/measure.h"

static const char help[] =
    "usage: septet-agent\n"
    "Checks and times kernels for a session on another machine, which starts it by ssh: septet tune --on ssh:HOST, or\n"
    "septet bench. Reads requests, a JSON object a line, from standard input until it ends; docs/agent.md of septet\n"
    "describes the lines.\n";

static int run_agent(void) {
    Context *context;
    if (context_new(alloc_default(), &context) != STATUS_OK) return EXIT_FAILURE;
    Status status = serve(context, NULL, STDIN_FILENO, STDOUT_FILENO);
    if (status != STATUS_OK) fprintf(stderr, "septet-agent: %s\n", diag_message(context));
    context_free(context);
    return status == STATUS_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    if (argc == 1) return run_agent();
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("septet-agent " SEPTET_VERSION);
        return EXIT_SUCCESS;
    }
    bool is_help = argc == 2 && strcmp(argv[1], "--help") == 0;
    fputs(help, is_help ? stdout : stderr);
    return is_help ? EXIT_SUCCESS : 2;
}
