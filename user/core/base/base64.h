/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_BASE64_H
#define LOCKSTEP_BASE64_H

#include "core/base/buf.h"

/* Standard alphabet with padding (RFC 4648, section 4). */
void base64_encode(struct buf *out, struct span bytes);

/*
 * Appends the bytes that `text` stands for. 0; -EINVAL for anything but the one canonical encoding
 * (length, alphabet, padding, bits behind the end), then nothing is appended; -ENOMEM.
 */
int base64_decode(struct buf *out, struct span text);

#endif
