/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_UNITEXT_H
#define LOCKSTEP_UNITEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/span.h"

/*
 * UTF-8 as tickets use it.
 *
 * Decodes the character at the start of `text`: returns its bytes (1 to 4) and sets *c, or 0 when
 * the bytes there are no character of RFC 3629 (or there are none).
 */
size_t unitext_decode(struct span text, uint32_t *c);

/*
 * Characters that a reviewer can't see as what they are: C0 and C1 controls, DEL, line and
 * paragraph separators, a byte order mark, and the bidirectional controls of UAX #9
 * (CVE-2021-42574). text.h has the wider set, with what is not drawn at all.
 */
bool unitext_is_control(uint32_t c);

#endif
