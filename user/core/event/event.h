/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_EVENT_H
#define LOCKSTEP_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/file_id.h"
#include "core/base/span.h"
#include "core/event/kind.h"
#include "lockstep/wire.h"

/*
 * One act as the kernel reported it, decoded and checked (decode.h). Everything is as in
 * lockstep/wire.h but that paths read from the root down, lengths are known to add up, and an
 * IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2) has become the IPv4 address that it stands for.
 * The spans borrow from the record and from the decoder: valid until the next decode.
 */
struct address {
	uint16_t family;      /* LS_AF_INET or LS_AF_INET6 */
	uint16_t port;        /* host byte order */
	unsigned char ip[16]; /* network byte order; IPv4 in the first four, the rest zero */
};

struct event_exec {
	struct span exe; /* absolute path of the loaded file, from the top of the mount tree */
	struct span cwd;
	struct span root;     /* "/" but in a chroot or a container */
	struct span filename; /* as the caller gave it */
	/* Empty but for a #! script (or binfmt_misc), then the interpreter's text. */
	struct span interp;
	struct span argv; /* arguments, each ended by NUL */
	struct span env;  /* likewise */
	uint32_t argc;    /* arguments in `argv`; decode refuses a record where they do not agree */
	uint32_t exec_flags; /* LS_EXEC_* */
	uint64_t argv_len;   /* in the image */
	uint64_t env_len;
	struct file_id file; /* what was loaded: of a script its interpreter */
	uint64_t root_ino;
	uint32_t root_dev;
	uint32_t tty;
	uint32_t stdin_kind; /* LS_STDIN_* */
	/*
	 * Not from the kernel, which tells a script by text only: the collector fills these in.
	 * Looked for, and NULL: it is not there any more, or can't be seen.
	 */
	const struct file_facts *script_seen;
	bool script_looked;
};

struct event_net {
	struct address local;
	struct address remote;
	uint16_t proto;
	uint64_t cookie;
	uint64_t of; /* accept: sseq of the listen */
};

/* Of a call that changed nothing: what its path and arguments were when it came back. */
struct event_failed {
	struct span cwd, filename;
	struct span argv; /* each ended by NUL, but for the last where it is flagged as cut */
	uint32_t argc;    /* arguments in `argv` */
	uint32_t error;   /* errno */
	uint32_t at_flags, failed_flags; /* of execveat(2); LS_FAILED_* */
	int32_t dirfd;                   /* LS_AT_FDCWD: none */
};

struct event_write {
	struct span path; /* absolute, from the top of the mount tree */
	struct span from; /* of a rename or link, empty otherwise and where the file had no name */
	uint64_t ino;
	uint32_t dev, rdev, mode;
	uint32_t op, write_flags; /* LS_WRITE_* */
};

struct event_close {
	uint64_t of;
	uint64_t bytes_sent, bytes_received;
	bool established;
	uint32_t error;
};

struct event_unix {
	/*
	 * As the caller gave it; of the abstract namespace "@" and the name, which may be any
	 * bytes.
	 */
	struct span given;
	struct span path; /* absolute: `given`, from the working directory where it is relative */
	struct span root; /* "/" but in a chroot or a container */
	uint16_t type;    /* LS_UNIX_STREAM, … */
	bool abstract;
	bool send;    /* a datagram with its address; else a connect */
	bool foreign; /* LS_UNIX_FOREIGN */
};

struct event_socket {
	uint16_t family, type; /* as given to socket(2) */
	uint32_t proto;
};

struct event {
	enum record_kind kind; /* one that the kernel reports, or RECORD_NONE */
	uint64_t ts_ns, start_ns, sseq, image;
	uint32_t session, tgid, tid, ppid;
	uint32_t uid, euid, auid, asid, mntns;
	bool shared, last; /* LS_F_* */
	union {
		struct event_exec exec;
		struct {
			uint32_t status;
		} exit;
		struct event_net net; /* connect, send, bind, listen, accept */
		struct event_close close;
		struct event_unix un;
		struct event_failed failed;
		struct event_write write;
		struct event_socket socket;
	};
};

/*
 * Walks NUL-ended strings: cuts the first off *rest into *item (without its NUL) and returns true,
 * or returns false at the end. An unended last one counts as an item.
 */
static inline bool strings_next(struct span *rest, struct span *item)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, 0, rest->n);
	item->p = rest->p;
	item->n = end ? (size_t)(end - rest->p) : rest->n;
	rest->p += item->n + (end ? 1 : 0);
	rest->n -= item->n + (end ? 1 : 0);
	return true;
}

#endif
