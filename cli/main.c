/* SPDX-License-Identifier: Apache-2.0 */
/* The septet command. */
#include "cli/command.h"

int main(int argc, char **argv) {
    return command_run(argc, argv);
}
