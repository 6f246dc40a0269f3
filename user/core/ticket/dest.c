/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/ticket/dest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "core/base/chars.h"
#include "core/base/unix_path.h"

enum {
	HOST_MAX = 253, /* RFC 1035, 2.3.4, in its written form */
	UNIX_MAX = 107, /* sockaddr_un.sun_path with its NUL */
};

/* What is left of a destination, and where in it we are, for the column. */
struct cursor {
	struct span rest;
	const char *start;
	struct err *err;
};

static int cursor_refuse(const struct cursor *at, const char *expected)
{
	return err_set(at->err, -EINVAL, 0, (unsigned int)(at->rest.p - at->start) + 1,
		       "expected %s%s", expected, at->rest.n == 0 ? ", got the end" : "");
}

static void cursor_skip(struct cursor *at, size_t n)
{
	at->rest.p += n;
	at->rest.n -= n;
}

static bool cursor_take(struct cursor *at, const char *prefix)
{
	size_t n = strlen(prefix);

	if (at->rest.n < n || memcmp(at->rest.p, prefix, n) != 0)
		return false;
	cursor_skip(at, n);
	return true;
}

/* Cuts off what stands before the first of the bytes in `ends`, or all that is left. */
static struct span cursor_until(struct cursor *at, const char *ends)
{
	struct span item = { at->rest.p, 0 };

	/* memchr, because strchr would take a NUL byte for the end of `ends` */
	while (item.n < at->rest.n && !memchr(ends, at->rest.p[item.n], strlen(ends)))
		item.n++;
	cursor_skip(at, item.n);
	return item;
}

/* Decimal without sign or leading zero, at most `max`; -1 when it is not that. */
static long number(struct span text, long max)
{
	long value = 0;

	if (text.n == 0 || text.n > 5 || (text.n > 1 && text.p[0] == '0'))
		return -1;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return -1;
		value = value * 10 + (text.p[i] - '0');
	}
	return value <= max ? value : -1;
}

static int parse_ports(struct cursor *at, struct dest *out)
{
	const struct cursor begin = *at;
	struct span low, high;
	long min, max;

	if (span_is(at->rest, "*")) {
		out->port_max = UINT16_MAX;
		return 0;
	}
	low = cursor_until(at, "-");
	high = low;
	if (cursor_take(at, "-"))
		high = at->rest;
	min = number(low, UINT16_MAX);
	max = number(high, UINT16_MAX);
	if (min < 1 || max < min)
		return cursor_refuse(&begin,
				     "a port from 1 to 65535, a range like 8000-8010, or *");
	out->port_min = (uint16_t)min;
	out->port_max = (uint16_t)max;
	return 0;
}

static bool prefix_has_host_bits(const struct dest *dest)
{
	unsigned int bytes = dest->family == LS_AF_INET ? 4 : 16;

	for (unsigned int i = dest->prefix_len / 8; i < bytes; i++) {
		unsigned int kept = i == dest->prefix_len / 8 ? dest->prefix_len % 8 : 0;

		if (dest->ip[i] & (0xff >> kept))
			return true;
	}
	return false;
}

/* Events never hold mapped addresses, so a rule that did would never match. */
static void prefix_unmap(struct dest *dest)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (dest->family != LS_AF_INET6 || dest->prefix_len < 96 ||
	    memcmp(dest->ip, mapped, sizeof(mapped)) != 0)
		return;
	memmove(dest->ip, dest->ip + 12, 4);
	memset(dest->ip + 4, 0, 12);
	dest->family = LS_AF_INET;
	dest->prefix_len -= 96;
}

static bool address_parse(struct span text, uint16_t family, unsigned char ip[16])
{
	char copy[INET6_ADDRSTRLEN];

	if (text.n >= sizeof(copy) || memchr(text.p, 0, text.n))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = 0;
	return inet_pton(family, copy, ip) == 1;
}

/* ADDRESS or ADDRESS/LEN, up to one of `ends`. */
static int parse_prefix(struct cursor *at, uint16_t family, const char *ends, struct dest *out)
{
	const struct cursor begin = *at;
	long max = family == LS_AF_INET ? 32 : 128;
	long len = max;

	out->kind = DEST_PREFIX;
	out->family = family;
	if (!address_parse(cursor_until(at, ends), family, out->ip))
		return cursor_refuse(&begin,
				     family == LS_AF_INET ? "an IPv4 address" : "an IPv6 address");
	if (cursor_take(at, "/")) {
		const struct cursor digits = *at;

		len = number(cursor_until(at, ends), max);
		if (len < 0)
			return cursor_refuse(&digits, family == LS_AF_INET
							      ? "a prefix length from 0 to 32"
							      : "a prefix length from 0 to 128");
	}
	out->prefix_len = (uint8_t)len;
	if (prefix_has_host_bits(out))
		return cursor_refuse(&begin, "a prefix whose bits behind its length are zero");
	prefix_unmap(out);
	return 0;
}

static bool is_name_char(char c)
{
	return is_alnum(c) || c == '-' || c == '_';
}

/* A last label of digits only would be an address (RFC 3696, 2), so here it is a mistyped one. */
static bool is_host_name(struct span name)
{
	bool numeric = true;
	size_t label = 0;

	if (name.n == 0 || name.n > HOST_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
			numeric = true;
			continue;
		}
		if (!is_name_char(name.p[i]) || ++label > 63 || (label == 1 && name.p[i] == '-'))
			return false;
		numeric = numeric && is_digit(name.p[i]);
	}
	return label > 0 && !numeric;
}

static int parse_host(struct cursor *at, struct dest *out)
{
	const struct cursor begin = *at;
	struct span name = cursor_until(at, ":");

	out->kind = DEST_HOST;
	if (!is_host_name(name))
		return cursor_refuse(
			&begin, "a host name, an IPv4 address, or an IPv6 address in brackets");
	out->name = strndup(name.p, name.n);
	return out->name ? 0 : -ENOMEM;
}

static int parse_inet(struct cursor *at, struct dest *out)
{
	size_t digits = 0;
	int ret;

	if (cursor_take(at, "[")) {
		ret = parse_prefix(at, LS_AF_INET6, "/]", out);
		if (!ret && !cursor_take(at, "]"))
			ret = cursor_refuse(at, "a closing bracket");
	} else {
		while (digits < at->rest.n &&
		       (is_digit(at->rest.p[digits]) || at->rest.p[digits] == '.'))
			digits++;
		/* digits and dots up to the port or the length can only be meant as an address */
		if (digits > 0 && (digits == at->rest.n || at->rest.p[digits] == ':' ||
				   at->rest.p[digits] == '/'))
			ret = parse_prefix(at, LS_AF_INET, "/:", out);
		else
			ret = parse_host(at, out);
	}
	if (ret)
		return ret;
	if (!cursor_take(at, ":"))
		return cursor_refuse(at, "a colon and a port");
	return parse_ports(at, out);
}

static int parse_unix(struct cursor *at, struct dest *out)
{
	out->kind = DEST_UNIX;
	if (at->rest.n < 2 || (at->rest.p[0] != '/' && at->rest.p[0] != '@'))
		return cursor_refuse(at, "an absolute path, or @ and an abstract name");
	if (at->rest.n > UNIX_MAX || memchr(at->rest.p, 0, at->rest.n))
		return cursor_refuse(at, "a socket's path of at most 107 bytes");
	if (at->rest.p[0] == '/' && !unix_path_can_match(at->rest))
		return cursor_refuse(at, "a path without \".\", \"..\" and double slashes");
	out->name = strndup(at->rest.p, at->rest.n);
	return out->name ? 0 : -ENOMEM;
}

int dest_parse(struct span text, struct dest *out, struct err *err)
{
	struct cursor at = { text, text.p, err };
	int ret;

	*out = (struct dest){ 0 };
	if (cursor_take(&at, "unix:")) {
		ret = parse_unix(&at, out);
	} else if (cursor_take(&at, "tcp://")) {
		out->proto = LS_IPPROTO_TCP;
		ret = parse_inet(&at, out);
	} else if (cursor_take(&at, "udp://")) {
		out->proto = LS_IPPROTO_UDP;
		ret = parse_inet(&at, out);
	} else {
		ret = cursor_refuse(
			&at, "tcp://ADDRESS:PORT, udp://ADDRESS:PORT, unix:/PATH or unix:@NAME");
	}
	if (!ret) {
		out->text = strndup(text.p, text.n);
		ret = out->text ? 0 : -ENOMEM;
	}
	if (ret)
		dest_free(out);
	return ret;
}

void dest_free(struct dest *dest)
{
	free(dest->name);
	free(dest->text);
	*dest = (struct dest){ 0 };
}

bool dest_covers(const struct dest *dest, uint16_t proto, const struct address *address)
{
	unsigned int whole = dest->prefix_len / 8, bits = dest->prefix_len % 8;

	if (dest->kind != DEST_PREFIX || dest->proto != proto || dest->family != address->family)
		return false;
	if (address->port < dest->port_min || address->port > dest->port_max)
		return false;
	if (memcmp(dest->ip, address->ip, whole) != 0)
		return false;
	return bits == 0 || (dest->ip[whole] ^ address->ip[whole]) >> (8 - bits) == 0;
}

bool dest_covers_unix(const struct dest *dest, struct span path)
{
	char room[UNIX_PATH_ROOM];

	return dest->kind == DEST_UNIX && span_eq(unix_path_tidy(span_of(dest->name), room), path);
}
