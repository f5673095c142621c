/* SPDX-License-Identifier: Apache-2.0 */
/* random: points drawn evenly among the allowed ones. What all other strategies must beat. */
#include "tuner/strategies/internal.h"

int strategy_ask_random(Strategy *strategy, Point *batch, int most) {
    int count = 0;
    while (count < most && strategy_draw(strategy, &batch[count])) count++;
    return count;
}
