/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/record/words.h"

#include <errno.h>

#include "core/base/array.h"
#include "core/base/json.h"
#include "core/event/event.h"

#define NAMES(name, prefix, none)                                                                  \
	const struct number_names word_##name = { name, sizeof(name) / sizeof(*(name)), prefix,    \
						  none }

static const struct number_name inputs[] = {
	{ LS_STDIN_CLOSED, "closed" }, { LS_STDIN_TTY, "tty" },   { LS_STDIN_PIPE, "pipe" },
	{ LS_STDIN_FILE, "file" },     { LS_STDIN_NULL, "null" }, { LS_STDIN_OTHER, "other" },
};
NAMES(inputs, NULL, LS_STDIN_OTHER);

/* What execve(2) says that it can fail with. */
static const struct number_name errors[] = {
	{ EPERM, "EPERM" },     { ENOENT, "ENOENT" },   { EINTR, "EINTR" },
	{ EIO, "EIO" },         { E2BIG, "E2BIG" },     { ENOEXEC, "ENOEXEC" },
	{ EBADF, "EBADF" },     { EAGAIN, "EAGAIN" },   { ENOMEM, "ENOMEM" },
	{ EACCES, "EACCES" },   { EFAULT, "EFAULT" },   { EBUSY, "EBUSY" },
	{ ENODEV, "ENODEV" },   { ENOTDIR, "ENOTDIR" }, { EISDIR, "EISDIR" },
	{ EINVAL, "EINVAL" },   { ENFILE, "ENFILE" },   { EMFILE, "EMFILE" },
	{ ETXTBSY, "ETXTBSY" }, { ELOOP, "ELOOP" },     { ENAMETOOLONG, "ENAMETOOLONG" },
	{ ELIBBAD, "ELIBBAD" }, { ESTALE, "ESTALE" },   { ENOSYS, "ENOSYS" },
};
NAMES(errors, "errno-", 0);

static const struct number_name write_ops[] = {
	{ LS_WRITE_OPEN, "open" }, { LS_WRITE_TRUNCATE, "truncate" }, { LS_WRITE_RENAME, "rename" },
	{ LS_WRITE_LINK, "link" }, { LS_WRITE_SYMLINK, "symlink" },   { LS_WRITE_UNLINK, "unlink" },
};
NAMES(write_ops, NULL, LS_WRITE_OPS);

/* Null for a symbolic link that is only now made. */
static const struct number_name file_types[] = {
	{ LS_MODE_FILE, "file" },       { LS_MODE_DIRECTORY, "directory" },
	{ LS_MODE_SYMLINK, "symlink" }, { LS_MODE_BLOCK, "block" },
	{ LS_MODE_CHAR, "char" },       { LS_MODE_FIFO, "fifo" },
	{ LS_MODE_SOCKET, "socket" },
};
NAMES(file_types, NULL, 0);

static const struct number_name protocols[] = {
	{ LS_IPPROTO_TCP, "tcp" },
	{ LS_IPPROTO_UDP, "udp" },
};
NAMES(protocols, "ip-", 0);

static const struct number_name unix_types[] = {
	{ LS_UNIX_STREAM, "stream" },
	{ LS_UNIX_DGRAM, "dgram" },
	{ LS_UNIX_SEQPACKET, "seqpacket" },
};
NAMES(unix_types, NULL, LS_UNIX_STREAM);

static const struct number_name families[] = {
	{ LS_AF_INET, "inet" },   { LS_AF_INET6, "inet6" }, { LS_AF_PACKET, "packet" },
	{ LS_AF_VSOCK, "vsock" }, { LS_AF_XDP, "xdp" },
};
NAMES(families, "", 0);

static const struct number_name socket_types[] = {
	{ 1, "stream" }, { 2, "dgram" }, { 3, "raw" }, { 4, "rdm" }, { 5, "seqpacket" },
};
NAMES(socket_types, "", 0);

/* asm-generic/errno.h: what became of a connection that was never established. */
static const struct number_name results[] = {
	{ 0, "abandoned" }, { 101, "network_unreachable" }, { 104, "reset" }, { 110, "timed_out" },
	{ 111, "refused" }, { 113, "host_unreachable" },
};
NAMES(results, "error_", 0);

static struct span join(const char *prefix, uint64_t number, char room[WORD_ROOM])
{
	size_t n = strlen(prefix);

	memcpy(room, prefix, n);
	return (struct span){ room, n + json_digits(number, room + n) };
}

struct span word_of(const struct number_names *names, uint32_t number, char room[WORD_ROOM])
{
	for (size_t i = 0; i < names->n; i++) {
		if (names->v[i].number == number)
			return span_of(names->v[i].name);
	}
	return names->prefix ? join(names->prefix, number, room) : (struct span){ NULL, 0 };
}

/* Cuts a prefix off. */
static bool cut(struct span *word, const char *prefix)
{
	size_t n = strlen(prefix);

	if (word->n < n || (n && memcmp(word->p, prefix, n) != 0))
		return false;
	word->p += n;
	word->n -= n;
	return true;
}

static int read_digits(struct span digits, uint64_t most, uint32_t *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < digits.n; i++) {
		if (digits.p[i] < '0' || digits.p[i] > '9' || n > UINT32_MAX)
			return -EINVAL;
		n = n * 10 + (uint64_t)(digits.p[i] - '0');
	}
	*out = (uint32_t)n;
	return digits.n && n <= most ? 0 : -EINVAL;
}

int word_read(const struct number_names *names, struct span word, uint32_t *number)
{
	for (size_t i = 0; i < names->n; i++) {
		if (span_is(word, names->v[i].name)) {
			*number = names->v[i].number;
			return 0;
		}
	}
	return names->prefix && cut(&word, names->prefix) ? read_digits(word, UINT32_MAX, number)
							  : -EINVAL;
}

struct span word_dev(uint32_t dev, char room[WORD_ROOM])
{
	size_t n = json_digits(dev >> 20, room);

	room[n++] = ':';
	return (struct span){ room, n + json_digits(dev & 0xfffff, room + n) };
}

int word_read_dev(struct span word, uint32_t *dev)
{
	const char *colon = word.n ? memchr(word.p, ':', word.n) : NULL;
	uint32_t major, minor;

	if (!colon ||
	    read_digits((struct span){ word.p, (size_t)(colon - word.p) }, 0xfff, &major) ||
	    read_digits((struct span){ colon + 1, (size_t)(word.p + word.n - colon) - 1 }, 0xfffff,
			&minor))
		return -EINVAL;
	*dev = major << 20 | minor;
	return 0;
}

/*
 * Majors 136 to 143 are pseudo-terminals; 4 has the virtual consoles, and from 64 on serial lines.
 */
enum { TTY_PTS = 136, TTY_PTS_LAST = 143, TTY_LINE = 4, TTY_SERIAL = 64 };

struct span word_tty(uint32_t tty, char room[WORD_ROOM])
{
	uint32_t major = tty >> 20, minor = tty & 0xfffff;

	if (major >= TTY_PTS && major <= TTY_PTS_LAST)
		return join("pts/", ((uint64_t)(major - TTY_PTS) << 20) + minor, room);
	if (major == TTY_LINE)
		return minor < TTY_SERIAL ? join("tty", minor, room)
					  : join("ttyS", minor - TTY_SERIAL, room);
	return word_dev(tty, room);
}

int word_read_tty(struct span word, uint32_t *tty)
{
	static const struct {
		const char *prefix;
		uint32_t first, n;
	} ranges[] = {
		{ "pts/", TTY_PTS << 20, (TTY_PTS_LAST - TTY_PTS + 1) << 20 },
		{ "ttyS", TTY_LINE << 20 | TTY_SERIAL, 0x100000 - TTY_SERIAL },
		{ "tty", TTY_LINE << 20, TTY_SERIAL },
	};
	uint32_t n;

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		if (!cut(&word, ranges[i].prefix))
			continue;
		if (read_digits(word, ranges[i].n - 1, &n))
			return -EINVAL;
		*tty = ranges[i].first + n;
		return 0;
	}
	return word_read_dev(word, tty);
}
