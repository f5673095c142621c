/* SPDX-License-Identifier: Apache-2.0 */
/* The septet command: what a process has to set up, then the command itself. */
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
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

/* The user ends the command. While files are written the signal is held back until all or none of them are there
 * (base/signals.h), so that nothing is left to clean up here. */
static void end_by_signal(int number) {
    (void)number;
    static const char message[] = "septet: interrupted\n";
    ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written; /* nobody is left to be told */
    _exit(1);
}

/* Signals that whoever started us ignores, as nohup does, stay ignored. */
static void handle_ending_signals(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (signal(numbers[i], end_by_signal) == SIG_IGN) signal(numbers[i], SIG_IGN);
    }
}

int main(int argc, char **argv) {
    hold_standard_descriptors();
    handle_ending_signals();
    signal(SIGXFSZ, SIG_IGN); /* standard output that comes to its limit is an error with a message */
    return command_run(argc, argv);
}
