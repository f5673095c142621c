/* SPDX-License-Identifier: Apache-2.0 */
/* The septet command: what a process has to set up, then the command itself. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/command.h"

/* A standard descriptor that is closed would be given to the next file that is opened, and messages would go there.
 * What holds its place cannot be written, so that output still fails. */
static void hold_standard_descriptors(void) {
    int descriptor;
    do descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    while (descriptor >= STDIN_FILENO && descriptor <= STDERR_FILENO);
    if (descriptor >= 0) close(descriptor);
}

int main(int argc, char **argv) {
    hold_standard_descriptors();
    signal(SIGXFSZ, SIG_IGN); /* standard output that comes to its limit is an error with a message */
    return command_run(argc, argv);
}
