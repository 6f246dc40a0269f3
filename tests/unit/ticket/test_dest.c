/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "core/ticket/dest.h"
#include "lib/cmocka.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct {
	const char *name, *text;
	unsigned int column;
	const char *message; /* a part of it */
} bad_rows[] = {
	{ "empty", "", 1, "tcp://" },
	{ "no scheme", "10.0.0.1:53", 1, "tcp://" },
	{ "unknown scheme", "http://host:80", 1, "tcp://" },
	{ "upper-case scheme", "TCP://host:80", 1, "tcp://" },
	{ "no address", "tcp://", 7, "got the end" },
	{ "no port", "tcp://10.0.0.1", 15, "a colon and a port" },
	{ "empty port", "tcp://10.0.0.1:", 16, "a port" },
	{ "port 0", "tcp://10.0.0.1:0", 16, "a port" },
	{ "port too high", "tcp://10.0.0.1:65536", 16, "a port" },
	{ "port far too high", "tcp://10.0.0.1:4294967376", 16, "a port" },
	{ "port with a zero in front", "tcp://10.0.0.1:080", 16, "a port" },
	{ "signed port", "tcp://10.0.0.1:+80", 16, "a port" },
	{ "service name", "tcp://10.0.0.1:https", 16, "a port" },
	{ "range backwards", "tcp://10.0.0.1:90-80", 16, "a range" },
	{ "open range", "tcp://10.0.0.1:80-", 16, "a range" },
	{ "two ranges", "tcp://10.0.0.1:80-90-95", 16, "a range" },
	{ "junk behind the port", "tcp://10.0.0.1:80/x", 16, "a port" },
	{ "star and more", "tcp://10.0.0.1:*8", 16, "a port" },
	{ "three octets", "tcp://10.0.0:80", 7, "an IPv4 address" },
	{ "five octets", "tcp://10.0.0.0.1:80", 7, "an IPv4 address" },
	{ "octet too large", "tcp://10.0.0.256:80", 7, "an IPv4 address" },
	{ "octal octet", "tcp://10.0.0.010:80", 7, "an IPv4 address" },
	{ "long digits", "tcp://11111111111111111111111111111111111111111111111:80", 7,
	  "an IPv4 address" },
	{ "a bare number", "tcp://127:80", 7, "an IPv4 address" },
	{ "numeric last label", "tcp://host.10:80", 7, "a host name" },
	{ "prefix too long", "tcp://10.0.0.0/33:80", 16, "0 to 32" },
	{ "empty prefix", "tcp://10.0.0.0/:80", 16, "0 to 32" },
	{ "host bits in the prefix", "tcp://10.0.0.1/8:80", 7, "are zero" },
	{ "host bits in a byte", "tcp://10.0.0.16/27:80", 7, "are zero" },
	{ "prefix of a host name", "tcp://host.example/8:80", 7, "a host name" },
	{ "IPv6 without brackets", "tcp://::1:80", 7, "brackets" },
	{ "IPv6 without an end", "tcp://[::1:80", 14, "a closing bracket" },
	{ "IPv6 with a zone", "tcp://[fe80::1%eth0]:80", 8, "an IPv6 address" },
	{ "IPv4 in brackets", "tcp://[10.0.0.1]:80", 8, "an IPv6 address" },
	{ "IPv6 prefix outside", "tcp://[fd00::]/8:80", 15, "a colon" },
	{ "IPv6 prefix too long", "tcp://[fd00::/129]:80", 15, "0 to 128" },
	{ "IPv6 host bits", "tcp://[fd00::1/8]:80", 8, "are zero" },
	{ "user in front", "tcp://user@host:80", 7, "a host name" },
	{ "empty label", "tcp://a..b:80", 7, "a host name" },
	{ "dot at the end", "tcp://a.b.:80", 7, "a host name" },
	{ "dash in front", "tcp://-a.b:80", 7, "a host name" },
	{ "pattern", "tcp://*.example:80", 7, "a host name" },
	{ "blank", "tcp://a b:80", 7, "a host name" },
	{ "unix, relative", "unix:run/x", 6, "absolute" },
	{ "unix, nothing", "unix:", 6, "absolute" },
	{ "unix, a lone @", "unix:@", 6, "absolute" },
	{ "unix, a double slash", "unix:/run//x", 6, "double slashes" },
	{ "unix, a slash at the end", "unix:/run/x/", 6, "double slashes" },
	{ "unix, a dot", "unix:/run/./x", 6, "without" },
	{ "unix, two dots", "unix:/run/../x", 6, "without" },
	{ "unix, too long",
	  "unix:/"
	  "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
	  "90"
	  "123456789012345678",
	  6, "107" },
};

static void test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_rows); i++) {
		struct err err = { 0 };
		struct dest dest;
		int ret = dest_parse(span_of(bad_rows[i].text), &dest, &err);

		if (ret != -EINVAL || err.line != 0 || err.column != bad_rows[i].column ||
		    !strstr(err.message, bad_rows[i].message) || dest.text || dest.name)
			fail_msg("%s: got %d, column %u, \"%s\"", bad_rows[i].name, ret, err.column,
				 err.message);
	}
}

static void test_nul_inside(void **state)
{
	struct dest dest;

	(void)state;
	assert_int_equal(dest_parse((struct span){ "tcp://10.0.0.1\0:80", 18 }, &dest, NULL),
			 -EINVAL);
	assert_int_equal(dest_parse((struct span){ "tcp://ho\0st:80", 14 }, &dest, NULL), -EINVAL);
	assert_int_equal(dest_parse((struct span){ "unix:/a\0b", 9 }, &dest, NULL), -EINVAL);
	assert_int_equal(dest_parse((struct span){ "tcp://10.0.0.1:80\0", 18 }, &dest, NULL),
			 -EINVAL);
}

/* want: as the fields print */
static const struct {
	const char *name, *text, *want;
} good_rows[] = {
	{ "address", "tcp://10.1.2.3:443", "prefix 6 10.1.2.3/32 443-443" },
	{ "prefix", "tcp://10.0.0.0/8:3142", "prefix 6 10.0.0.0/8 3142-3142" },
	{ "odd prefix", "udp://10.0.0.32/27:1-65535", "prefix 17 10.0.0.32/27 1-65535" },
	{ "everything", "tcp://0.0.0.0/0:*", "prefix 6 0.0.0.0/0 0-65535" },
	{ "loopback", "udp://[::1]:53", "prefix 17 ::1/128 53-53" },
	{ "IPv6 prefix", "tcp://[fd00::/8]:8000-8010", "prefix 6 fd00::/8 8000-8010" },
	{ "mapped", "tcp://[::ffff:10.1.2.3]:80", "prefix 6 10.1.2.3/32 80-80" },
	{ "mapped prefix", "tcp://[::ffff:10.0.0.0/104]:80", "prefix 6 10.0.0.0/8 80-80" },
	{ "host", "tcp://host.example:443", "host 6 host.example 443-443" },
	{ "host of one label", "tcp://localhost:*", "host 6 localhost 0-65535" },
	{ "host with digits", "tcp://10.in-addr.example:1", "host 6 10.in-addr.example 1-1" },
	{ "unix path", "unix:/run/x.sock", "unix /run/x.sock" },
	{ "unix abstract", "unix:@/tmp/.X11", "unix @/tmp/.X11" },
};

static void print_dest(const struct dest *dest, char *out, size_t n)
{
	char ip[INET6_ADDRSTRLEN];

	switch (dest->kind) {
	case DEST_PREFIX:
		inet_ntop(dest->family, dest->ip, ip, sizeof(ip));
		snprintf(out, n, "prefix %u %s/%u %u-%u", dest->proto, ip, dest->prefix_len,
			 dest->port_min, dest->port_max);
		break;
	case DEST_HOST:
		snprintf(out, n, "host %u %s %u-%u", dest->proto, dest->name, dest->port_min,
			 dest->port_max);
		break;
	case DEST_UNIX:
		snprintf(out, n, "unix %s", dest->name);
		break;
	}
}

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good_rows); i++) {
		struct err err = { 0 };
		struct dest dest;
		char got[200] = "";

		if (dest_parse(span_of(good_rows[i].text), &dest, &err))
			fail_msg("%s: refused, \"%s\"", good_rows[i].name, err.message);
		print_dest(&dest, got, sizeof(got));
		if (strcmp(got, good_rows[i].want) != 0 ||
		    strcmp(dest.text, good_rows[i].text) != 0)
			fail_msg("%s: got \"%s\"", good_rows[i].name, got);
		dest_free(&dest);
	}
}

static const struct {
	const char *name, *dest;
	uint16_t proto;
	const char *ip;
	uint16_t port;
	bool want;
} covers_rows[] = {
	{ "another port", "tcp://10.1.2.3:443", 6, "10.1.2.3", 444, false },
	{ "another address", "tcp://10.1.2.3:443", 6, "10.1.2.4", 443, false },
	{ "another protocol", "tcp://10.1.2.3:443", 17, "10.1.2.3", 443, false },
	{ "protocol 0", "tcp://10.1.2.3:443", 0, "10.1.2.3", 443, false },
	{ "outside the prefix", "tcp://10.0.0.0/8:443", 6, "11.0.0.0", 443, false },
	{ "outside an odd prefix", "tcp://10.0.0.32/27:443", 6, "10.0.0.64", 443, false },
	{ "below an odd prefix", "tcp://10.0.0.32/27:443", 6, "10.0.0.31", 443, false },
	{ "below a range", "tcp://10.1.2.3:80-90", 6, "10.1.2.3", 79, false },
	{ "above a range", "tcp://10.1.2.3:80-90", 6, "10.1.2.3", 91, false },
	{ "the other family", "tcp://0.0.0.0/0:*", 6, "::1", 443, false },
	{ "the other family too", "tcp://[::/0]:*", 6, "10.1.2.3", 443, false },
	{ "a host name", "tcp://localhost:*", 6, "127.0.0.1", 443, false },
	{ "unix", "unix:/run/x", 0, "0.0.0.0", 0, false },
	{ "the address", "tcp://10.1.2.3:443", 6, "10.1.2.3", 443, true },
	{ "inside the prefix", "tcp://10.0.0.0/8:443", 6, "10.255.0.9", 443, true },
	{ "first of an odd prefix", "tcp://10.0.0.32/27:443", 6, "10.0.0.32", 443, true },
	{ "last of an odd prefix", "tcp://10.0.0.32/27:443", 6, "10.0.0.63", 443, true },
	{ "inside a range", "tcp://10.1.2.3:80-90", 6, "10.1.2.3", 90, true },
	{ "any port", "udp://10.1.2.3:*", 17, "10.1.2.3", 0, true },
	{ "anything", "tcp://0.0.0.0/0:*", 6, "203.0.113.9", 1, true },
	{ "IPv6", "tcp://[fd00::/8]:443", 6, "fdff::1", 443, true },
	{ "mapped", "tcp://[::ffff:10.1.2.3]:443", 6, "10.1.2.3", 443, true },
};

static void test_covers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(covers_rows); i++) {
		struct address address = { .port = covers_rows[i].port };
		struct dest dest;

		address.family = strchr(covers_rows[i].ip, ':') ? LS_AF_INET6 : LS_AF_INET;
		assert_int_equal(inet_pton(address.family, covers_rows[i].ip, address.ip), 1);
		if (dest_parse(span_of(covers_rows[i].dest), &dest, NULL))
			fail_msg("%s: refused", covers_rows[i].name);
		if (dest_covers(&dest, covers_rows[i].proto, &address) != covers_rows[i].want)
			fail_msg("%s: got %d", covers_rows[i].name, !covers_rows[i].want);
		dest_free(&dest);
	}
}

static const struct {
	const char *name, *dest, *path;
	bool want;
} unix_rows[] = {
	{ "TCP", "tcp://localhost:*", "localhost", false },
	{ "another path", "unix:/run/x", "/run/y", false },
	{ "longer", "unix:/run/x", "/run/x/", false },
	{ "shorter", "unix:/run/x", "/run/", false },
	{ "a path is no abstract name", "unix:/run/x", "@/run/x", false },
	{ "an abstract name is no path", "unix:@/run/x", "/run/x", false },
	{ "another abstract name", "unix:@x", "@xy", false },
	{ "/var alone", "unix:/var/run", "/run", false },
	{ "the path", "unix:/run/x", "/run/x", true },
	{ "/var/run", "unix:/var/run/x", "/run/x", true },
	{ "the abstract name", "unix:@x", "@x", true },
};

static void test_covers_unix(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(unix_rows); i++) {
		struct dest dest;

		if (dest_parse(span_of(unix_rows[i].dest), &dest, NULL))
			fail_msg("%s: refused", unix_rows[i].name);
		if (dest_covers_unix(&dest, span_of(unix_rows[i].path)) != unix_rows[i].want)
			fail_msg("%s: got %d", unix_rows[i].name, !unix_rows[i].want);
		dest_free(&dest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),         cmocka_unit_test(test_nul_inside),
		cmocka_unit_test(test_good),        cmocka_unit_test(test_covers),
		cmocka_unit_test(test_covers_unix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
