/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_MUTANT_NET_H
#define LOCKSTEP_MUTANT_NET_H

#include "lib/mutant_tally.h"

/* Acts on sockets and files, likewise. For test_mutants.c alone. */

const struct original *original_of(const struct set *set, const char *step);
void net_original(const struct set *set, const struct net_row *row);
void path_original(enum kind kind, const struct set *set, const struct path_row *row);

#endif
