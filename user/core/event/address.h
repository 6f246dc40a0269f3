/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_ADDRESS_H
#define LOCKSTEP_ADDRESS_H

#include "core/event/event.h"

/*
 * Reads an address as records have it: "10.0.0.1:443", "[2001:db8::1]:53" (brackets by RFC
 * 3986, 3.2.2). 0, or -EINVAL and *out zero.
 */
int address_read(struct span text, struct address *out);

enum { ADDRESS_ROOM = 64 };

/* The same the other way (RFC 5952 by inet_ntop), and its host alone; both in `room`. */
struct span address_text(const struct address *address, char room[ADDRESS_ROOM]);
struct span address_ip_text(const struct address *address, char room[ADDRESS_ROOM]);
bool address_is_unset(const struct address *address);

#endif
