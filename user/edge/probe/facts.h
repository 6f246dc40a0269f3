/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_PROBE_FACTS_H
#define LOCKSTEP_PROBE_FACTS_H

#include "core/session/hook.h"

/*
 * What this kernel offers, found by trying: all of *out but .programs and .refused. A fact that
 * can't be found is FACT_UNKNOWN. What is loaded and attached for it does nothing, and is gone
 * again.
 */
void probe_facts(struct kernel_facts *out);

#endif
