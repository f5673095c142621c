/* SPDX-License-Identifier: Apache-2.0 */
/* The agent as the measurer of a session. */
#ifndef SEPTET_TUNER_AGENT_MEASURER_H
#define SEPTET_TUNER_AGENT_MEASURER_H

#include "tuner/agent/agent.h"
#include "tuner/session/measurer.h"

/* Measures by an agent, which is kept by reference, with its default limits. */
Measurer agent_measurer(Agent *agent);

#endif
