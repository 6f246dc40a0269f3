/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_DEST_H
#define LOCKSTEP_DEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/span.h"
#include "core/event/event.h"

/*
 * Where a step may connect, send or listen, as a ticket writes it:
 *     tcp://10.0.0.0/8:3142   udp://[::1]:53   tcp://[fd00::/8]:*   tcp://host.example:8000-8010
 *     unix:/run/x.sock        unix:@abstract
 * An IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) becomes the IPv4 address that it stands for, as
 * it does in events.
 */
enum dest_kind { DEST_PREFIX, DEST_HOST, DEST_UNIX };

struct dest {
	enum dest_kind kind;
	uint16_t proto;              /* LS_IPPROTO_TCP, LS_IPPROTO_UDP; 0 for unix */
	uint16_t port_min, port_max; /* inclusive; 0-65535 for "*" */
	uint16_t family;             /* DEST_PREFIX: LS_AF_* */
	uint8_t prefix_len;
	unsigned char ip[16];
	/* DEST_HOST: host name; DEST_UNIX: path, or "@name" for the abstract namespace. */
	char *name;
	char *text; /* as written */
};

/*
 * 0; -EINVAL with err->column relative to the text's start (from 1) and err->line 0; -ENOMEM.
 * *out is empty on failure, else to be freed with dest_free().
 */
int dest_parse(struct span text, struct dest *out, struct err *err);
void dest_free(struct dest *dest);

/* Whether the address, its port included, lies in a DEST_PREFIX; false for the other kinds. */
bool dest_covers(const struct dest *dest, uint16_t proto, const struct address *address);
/* Whether a socket's tidy path (unix_path.h), or "@name", is that of a DEST_UNIX; likewise. */
bool dest_covers_unix(const struct dest *dest, struct span path);

#endif
