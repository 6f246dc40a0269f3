/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ID_H
#define LOCKSTEP_ID_H

#include <stdbool.h>

#include "core/base/span.h"

/* Ids of tickets and sessions as people and programs pass them: room for one and its NUL. */
enum { ID_ROOM = 128 };

/* 1 to ID_ROOM - 1 bytes of [A-Za-z0-9._-], no dot in front: a file name and nothing else. */
bool id_valid(struct span id);

#endif
