/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files of nests: a problem, schedule steps, and the nest that must come out, in one text file.
 *
 *     # What the file shows; lines of words up to the first section.
 *     problem: conv2d n=1 g=1 c=4 …        the canonical text, or instead of it
 *     expression:                          a tensor expression, on the lines below
 *     target: x86-64-v4                    may be left out: then it is that
 *     schedule:                            steps on the lines below; may be left out
 *         split k 32 -> ko ki
 *     pass: fold_guards                    may be left out: then the nest after the last step is meant
 *     expected:
 *     for n 1, …                           the nest as nest_print prints it, to the end of the file
 *
 * When a step or pass refuses, what must come out is "error: " and its message, whole. Lines in it are counted from the
 * first step on. When there is a nest, it is also interpreted and must compute what the unscheduled nest computes;
 * so must the nest that its text reads as.
 *
 * With SEPTET_UPDATE_GOLDEN=1 in the environment, what comes out is written into the file: read the difference before
 * you commit it. */
#ifndef SEPTET_TESTS_SUPPORT_GOLDEN_NEST_H
#define SEPTET_TESTS_SUPPORT_GOLDEN_NEST_H

/* Checks all files tests/<folder>/<prefix>*.golden; fails the running Check test after the last one, having printed
 * what differs in each. Fails also when there are none. */
void golden_nest_check_all(const char *folder, const char *prefix);

#endif
