/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_STORE_ROW_H
#define LOCKSTEP_STORE_ROW_H

#include "core/record/record.h"
#include "edge/store/store.h"

/* The row in which a record and its canonical line are stored; borrows from both. */
struct store_row store_row_of(const struct record *record, struct span line);

#endif
