/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_TEXT_H
#define LOCKSTEP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buf.h"

/*
 * Makes hostile bytes safe to show. What a terminal would act on, or would not draw, is written as
 * what it is: \x1b, \n, \u202e, \U000e0041. The result is printable UTF-8 on one line and tells
 * every two inputs apart (a backslash is doubled where escapes can stand), unless it was cut.
 */

/*
 * Characters that are not seen as what they are: C0 and C1 controls, DEL, line and paragraph
 * separators, bidirectional controls (CVE-2021-42574), and what Unicode's DerivedCoreProperties.txt
 * lists as Default_Ignorable_Code_Point (zero-width characters, variation selectors, tags).
 */
bool text_is_hidden(uint32_t c);

/* How many bytes at the start are UTF-8 of characters that are seen as what they are. */
size_t text_seen(struct span text);

/* Appends the text. At most `max` bytes of it are shown (0: all), then "...(+N bytes)". */
void text_show(struct buf *out, struct span text, size_t max);

/*
 * Appends one argument as a shell would read it: bare, in '...', or in $'...' with the escapes
 * above where it needs any. The mark of a cut stands behind the closing quote.
 */
void text_quote(struct buf *out, struct span argument, size_t max);

#endif
