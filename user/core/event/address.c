/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/event/address.h"

#include <arpa/inet.h>
#include <errno.h>

#include "core/base/json.h"

/* Decimal digits and nothing else, up to 65535. */
static int read_port(struct span digits, uint16_t *out)
{
	uint32_t port = 0;

	if (digits.n == 0 || digits.n > 5)
		return -EINVAL;
	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return -EINVAL;
		port = port * 10 + (uint32_t)(digits.p[i] - '0');
	}
	if (port > UINT16_MAX)
		return -EINVAL;
	*out = (uint16_t)port;
	return 0;
}

int address_read(struct span text, struct address *out)
{
	const char *colon = text.n ? memrchr(text.p, ':', text.n) : NULL;
	struct address address = { .family = LS_AF_INET };
	char ip[INET6_ADDRSTRLEN];
	struct span host;

	*out = (struct address){ 0 };
	if (!colon)
		return -EINVAL;
	host = (struct span){ text.p, (size_t)(colon - text.p) };
	if (read_port((struct span){ colon + 1, text.n - host.n - 1 }, &address.port))
		return -EINVAL;
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		address.family = LS_AF_INET6;
		host = (struct span){ host.p + 1, host.n - 2 };
	}
	if (host.n == 0 || host.n >= sizeof(ip) || memchr(host.p, 0, host.n))
		return -EINVAL;
	memcpy(ip, host.p, host.n);
	ip[host.n] = 0;
	if (inet_pton(address.family, ip, address.ip) != 1)
		return -EINVAL;
	*out = address;
	return 0;
}

struct span address_ip_text(const struct address *address, char room[ADDRESS_ROOM])
{
	size_t n = 0;

	if (address->family != LS_AF_INET) {
		inet_ntop(LS_AF_INET6, address->ip, room, INET6_ADDRSTRLEN);
		return span_of(room);
	}
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			room[n++] = '.';
		n += json_digits(address->ip[i], room + n);
	}
	return (struct span){ room, n };
}

struct span address_text(const struct address *address, char room[ADDRESS_ROOM])
{
	const bool v6 = address->family != LS_AF_INET;
	size_t n = v6;

	room[0] = '[';
	n += address_ip_text(address, room + n).n;
	if (v6)
		room[n++] = ']';
	room[n++] = ':';
	n += json_digits(address->port, room + n);
	return (struct span){ room, n };
}

bool address_is_unset(const struct address *address)
{
	static const unsigned char zero[sizeof(address->ip)];

	return address->port == 0 && memcmp(address->ip, zero, sizeof(zero)) == 0;
}
