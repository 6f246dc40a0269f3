/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/event/decode.h"

#include <errno.h>

#define HDR_FLAGS (LS_F_SHARED | LS_F_LAST)
#define EXEC_FLAGS                                                                                 \
	(LS_EXEC_ARGV_TRUNCATED | LS_EXEC_ARGV_UNREADABLE | LS_EXEC_ENV_TRUNCATED |                \
	 LS_EXEC_ENV_UNREADABLE | LS_EXEC_PATH_TRUNCATED | LS_EXEC_FILELESS | LS_EXEC_DELETED |    \
	 LS_EXEC_SECURE | LS_EXEC_FOREIGN)
#define UNIX_FLAGS   (LS_UNIX_SEND | LS_UNIX_PATH_TRUNCATED | LS_UNIX_FOREIGN)
#define FAILED_FLAGS (LS_FAILED_ARGV_TRUNCATED | LS_FAILED_UNREADABLE | LS_FAILED_PATH_TRUNCATED)
#define WRITE_FLAGS                                                                                \
	(LS_WRITE_PATH_TRUNCATED | LS_WRITE_FOREIGN | LS_WRITE_DELETED | LS_WRITE_EMPTIED |        \
	 LS_WRITE_CREATED | LS_WRITE_EXCHANGED)
#define ERRNO_MAX 511 /* what is above never leaves the kernel (include/linux/errno.h) */
#define PATH_CUT  "..."

/* A record whose header is known to be whole: `rest` is what follows the type's struct. */
struct source {
	const char *p;
	size_t n; /* hdr.len, at most what was handed in */
	struct span rest;
};

/* Takes the next `n` bytes off. */
static bool source_take(struct source *source, size_t n, struct span *out)
{
	if (n > source->rest.n)
		return false;
	*out = (struct span){ source->rest.p, n };
	source->rest.p += n;
	source->rest.n -= n;
	return true;
}

/* Copies the type's struct out (the record may lie at any address). */
static bool source_struct(struct source *source, void *out, size_t size)
{
	if (source->n < size)
		return false;
	memcpy(out, source->p, size);
	source->rest = (struct span){ source->p + size, source->n - size };
	return true;
}

/* The sections of a record fill it. */
static bool source_sections(struct source *source, const ls_u32 *lengths, size_t n,
			    struct span *sections)
{
	for (size_t i = 0; i < n; i++) {
		if (!source_take(source, lengths[i], &sections[i]))
			return false;
	}
	return source->rest.n == 0;
}

static size_t count_nul(struct span text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.n; i++)
		count += text.p[i] == 0;
	return count;
}

static bool has_nul(struct span text)
{
	return text.n > 0 && memchr(text.p, 0, text.n);
}

/* Each string ended by NUL and all of them here, unless a flag owns up to what is missing. */
static bool strings_ok(struct span strings, uint64_t whole, bool flagged)
{
	if (flagged)
		return strings.n <= whole;
	return strings.n == whole && (strings.n == 0 || strings.p[strings.n - 1] == 0);
}

/*
 * Components come leaf first; `room` is filled from its end. `odd_names`: a component may hold a
 * slash, as the name that a program gives its memfd may.
 */
static bool path_turn(struct span parts, bool cut, bool odd_names, char room[4096],
		      struct span *out)
{
	size_t at = 4096, limit = cut ? sizeof(PATH_CUT) - 1 : 1;
	struct span part;

	if (parts.n > 0 && !cut && parts.p[parts.n - 1] != 0)
		return false;
	while (strings_next(&parts, &part)) {
		if (part.n == 0 || (!odd_names && memchr(part.p, '/', part.n)))
			return false;
		if (part.n + 1 > at - limit) {
			if (!cut)
				return false;
			break;
		}
		at -= part.n;
		memcpy(room + at, part.p, part.n);
		room[--at] = '/';
	}
	if (cut) {
		at -= sizeof(PATH_CUT) - 1;
		memcpy(room + at, PATH_CUT, sizeof(PATH_CUT) - 1);
	}
	*out = (struct span){ room + at, 4096 - at };
	return true;
}

static bool exec_paths(struct decoder *decoder, const struct span sections[LS_SECTIONS],
		       struct event_exec *exec)
{
	static const struct span top = { "/", 1 };
	bool cut = exec->exec_flags & LS_EXEC_PATH_TRUNCATED;
	bool fileless = exec->exec_flags & LS_EXEC_FILELESS;

	if (!path_turn(sections[LS_SECTION_EXE], cut, fileless, decoder->paths[0], &exec->exe) ||
	    !path_turn(sections[LS_SECTION_CWD], cut, false, decoder->paths[1], &exec->cwd) ||
	    !path_turn(sections[LS_SECTION_ROOT], cut, false, decoder->paths[2], &exec->root))
		return false;
	if (exec->cwd.n == 0)
		exec->cwd = top;
	if (exec->root.n == 0)
		exec->root = top;
	exec->filename = sections[LS_SECTION_FILENAME];
	exec->interp = sections[LS_SECTION_INTERP];
	if (span_eq(exec->filename, exec->interp))
		exec->interp.n = 0;
	return !has_nul(exec->filename) && !has_nul(exec->interp);
}

static bool exec_strings(const struct span sections[LS_SECTIONS], struct event_exec *exec)
{
	bool argv_flagged = exec->exec_flags & (LS_EXEC_ARGV_TRUNCATED | LS_EXEC_ARGV_UNREADABLE);
	bool env_flagged = exec->exec_flags & (LS_EXEC_ENV_TRUNCATED | LS_EXEC_ENV_UNREADABLE);

	exec->argv = sections[LS_SECTION_ARGV];
	exec->env = sections[LS_SECTION_ENV];
	return strings_ok(exec->argv, exec->argv_len, argv_flagged) &&
	       strings_ok(exec->env, exec->env_len, env_flagged) &&
	       (argv_flagged || count_nul(exec->argv) == exec->argc);
}

static bool decode_exec(struct decoder *decoder, struct source *source, struct event *out)
{
	struct span sections[LS_SECTIONS];
	struct event_exec *exec = &out->exec;
	struct ls_exec raw;

	if (!source_struct(source, &raw, sizeof(raw)))
		return false;
	if (!source_sections(source, raw.section_len, LS_SECTIONS, sections) ||
	    (raw.exec_flags & ~EXEC_FLAGS) || raw.stdin_kind > LS_STDIN_OTHER)
		return false;
	*exec = (struct event_exec){
		.argc = raw.argc,
		.exec_flags = raw.exec_flags,
		.argv_len = raw.argv_len,
		.env_len = raw.env_len,
		.file = { raw.dev, raw.ino, raw.size, raw.ctime_ns },
		.root_ino = raw.root_ino,
		.root_dev = raw.root_dev,
		.tty = raw.tty,
		.stdin_kind = raw.stdin_kind,
	};
	return exec_paths(decoder, sections, exec) && exec_strings(sections, exec);
}

static bool decode_exec_failed(struct decoder *decoder, struct source *source, struct event *out)
{
	struct span sections[LS_FAILED_SECTIONS];
	struct event_failed *failed = &out->failed;
	struct ls_exec_failed raw;
	bool cut;
	struct span argv, item;

	if (!source_struct(source, &raw, sizeof(raw)) ||
	    !source_sections(source, raw.section_len, LS_FAILED_SECTIONS, sections) ||
	    (raw.failed_flags & ~FAILED_FLAGS) || raw.error == 0 || raw.error > ERRNO_MAX)
		return false;
	*failed = (struct event_failed){
		.filename = sections[LS_FAILED_FILENAME],
		.argv = sections[LS_FAILED_ARGV],
		.error = raw.error,
		.dirfd = raw.dirfd,
		.at_flags = raw.at_flags,
		.failed_flags = raw.failed_flags,
	};
	if (!path_turn(sections[LS_FAILED_CWD], raw.failed_flags & LS_FAILED_PATH_TRUNCATED, false,
		       decoder->paths[0], &failed->cwd))
		return false;
	if (failed->cwd.n == 0)
		failed->cwd = (struct span){ "/", 1 };
	cut = failed->failed_flags & (LS_FAILED_ARGV_TRUNCATED | LS_FAILED_UNREADABLE);
	argv = failed->argv;
	while (strings_next(&argv, &item))
		failed->argc++;
	argv = failed->argv;
	return !has_nul(failed->filename) && argv.n <= LS_FAILED_ARGV_MAX &&
	       (cut || argv.n == 0 || argv.p[argv.n - 1] == 0);
}

static bool decode_write(struct decoder *decoder, struct source *source, struct event *out)
{
	struct span sections[LS_WRITE_SECTIONS];
	struct event_write *write = &out->write;
	struct ls_write raw;
	bool cut, moves;

	if (!source_struct(source, &raw, sizeof(raw)) ||
	    !source_sections(source, raw.section_len, LS_WRITE_SECTIONS, sections) ||
	    (raw.write_flags & ~WRITE_FLAGS) || raw.op >= LS_WRITE_OPS)
		return false;
	*write = (struct event_write){
		.ino = raw.ino,
		.dev = raw.dev,
		.rdev = raw.rdev,
		.mode = raw.mode,
		.op = raw.op,
		.write_flags = raw.write_flags,
	};
	cut = raw.write_flags & LS_WRITE_PATH_TRUNCATED;
	moves = raw.op == LS_WRITE_RENAME || raw.op == LS_WRITE_LINK;
	if (!path_turn(sections[LS_WRITE_PATH], cut, false, decoder->paths[0], &write->path))
		return false;
	if (sections[LS_WRITE_FROM].n == 0)
		return true;
	return moves &&
	       path_turn(sections[LS_WRITE_FROM], cut, false, decoder->paths[1], &write->from);
}

static bool decode_exit(struct source *source, struct event *out)
{
	struct ls_exit raw;

	if (!source_struct(source, &raw, sizeof(raw)) || source->rest.n != 0)
		return false;
	out->exit.status = raw.status;
	return true;
}

static bool decode_address(uint16_t family, uint16_t port, const ls_u8 ip[16], struct address *out)
{
	static const ls_u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool is_mapped = family == LS_AF_INET6 && memcmp(ip, mapped, sizeof(mapped)) == 0;

	if (family != LS_AF_INET && family != LS_AF_INET6)
		return false;
	*out = (struct address){ .family = is_mapped ? LS_AF_INET : family, .port = port };
	if (is_mapped)
		memcpy(out->ip, ip + 12, 4);
	else
		memcpy(out->ip, ip, family == LS_AF_INET ? 4 : 16);
	return true;
}

static bool decode_addresses(const struct ls_net *raw, struct event *out)
{
	out->net = (struct event_net){ .proto = raw->proto, .cookie = raw->cookie };
	return decode_address(raw->family, raw->local_port, raw->local, &out->net.local) &&
	       decode_address(raw->family, raw->remote_port, raw->remote, &out->net.remote);
}

static bool decode_net(struct source *source, struct event *out)
{
	struct ls_net raw;

	return source_struct(source, &raw, sizeof(raw)) && source->rest.n == 0 &&
	       decode_addresses(&raw, out);
}

static bool decode_accept(struct source *source, struct event *out)
{
	struct ls_accept raw;

	if (!source_struct(source, &raw, sizeof(raw)) || source->rest.n != 0 ||
	    !decode_addresses(&raw.net, out))
		return false;
	out->net.of = raw.of;
	return raw.of > 0 && raw.of < out->sseq;
}

static bool decode_close(struct source *source, struct event *out)
{
	struct ls_close raw;

	if (!source_struct(source, &raw, sizeof(raw)) || source->rest.n != 0)
		return false;
	out->close = (struct event_close){
		.of = raw.of,
		.bytes_sent = raw.bytes_sent,
		.bytes_received = raw.bytes_received,
		.established = raw.established == 1,
		.error = raw.error,
	};
	return raw.established <= 1 && raw.of > 0 && raw.of < out->sseq;
}

/*
 * What the kernel takes for the name: up to a NUL, but of an abstract name all of it, "@" for the
 * first.
 */
static struct span unix_given(struct decoder *decoder, const struct ls_unix *raw)
{
	char *name = decoder->paths[0];
	size_t n = raw->path_len;

	memcpy(name, raw->path, n);
	if (name[0] == '\0')
		name[0] = '@';
	else
		n = strnlen(name, n);
	return (struct span){ name, n };
}

static void unix_absolute(struct decoder *decoder, struct span cwd, struct event_unix *un)
{
	size_t n = cwd.n;

	un->path = un->given;
	if (un->abstract || un->given.p[0] == '/')
		return;
	memcpy(decoder->unix_path, cwd.p, n);
	decoder->unix_path[n++] = '/';
	memcpy(decoder->unix_path + n, un->given.p, un->given.n);
	un->path = (struct span){ decoder->unix_path, n + un->given.n };
}

static bool decode_unix(struct decoder *decoder, struct source *source, struct event *out)
{
	struct span sections[LS_UNIX_SECTIONS], cwd;
	struct event_unix *un = &out->un;
	struct ls_unix raw;
	bool cut;

	if (!source_struct(source, &raw, sizeof(raw)))
		return false;
	for (int i = 0; i < LS_UNIX_SECTIONS; i++) {
		if (!source_take(source, raw.section_len[i], &sections[i]))
			return false;
	}
	if (source->rest.n != 0 || (raw.unix_flags & ~UNIX_FLAGS) || raw.path_len == 0 ||
	    raw.path_len > LS_UNIX_PATH_MAX ||
	    (raw.type != LS_UNIX_STREAM && raw.type != LS_UNIX_DGRAM &&
	     raw.type != LS_UNIX_SEQPACKET))
		return false;
	cut = raw.unix_flags & LS_UNIX_PATH_TRUNCATED;
	*un = (struct event_unix){
		.type = raw.type,
		.abstract = raw.path[0] == '\0',
		.send = raw.unix_flags & LS_UNIX_SEND,
		.foreign = raw.unix_flags & LS_UNIX_FOREIGN,
	};
	if (!path_turn(sections[LS_UNIX_CWD], cut, false, decoder->paths[1], &cwd) ||
	    !path_turn(sections[LS_UNIX_ROOT], cut, false, decoder->paths[2], &un->root))
		return false;
	if (un->root.n == 0)
		un->root = (struct span){ "/", 1 };
	un->given = unix_given(decoder, &raw);
	unix_absolute(decoder, cwd, un);
	return true;
}

static bool decode_socket(struct source *source, struct event *out)
{
	struct ls_socket raw;

	if (!source_struct(source, &raw, sizeof(raw)) || source->rest.n != 0)
		return false;
	out->socket = (struct event_socket){ raw.family, raw.type, raw.proto };
	return true;
}

static bool decode_body(struct decoder *decoder, unsigned int type, struct source *source,
			struct event *out)
{
	out->kind = record_kind_of_wire(type);
	switch (out->kind) {
	case RECORD_EXEC:
		return decode_exec(decoder, source, out);
	case RECORD_EXIT:
		return decode_exit(source, out);
	case RECORD_CLOSE:
		return decode_close(source, out);
	case RECORD_CONNECT:
	case RECORD_SEND:
	case RECORD_BIND:
	case RECORD_LISTEN:
		return decode_net(source, out);
	case RECORD_ACCEPT:
		return decode_accept(source, out);
	case RECORD_UNIX:
		return decode_unix(decoder, source, out);
	case RECORD_WRITE:
		return decode_write(decoder, source, out);
	case RECORD_EXEC_FAILED:
		return decode_exec_failed(decoder, source, out);
	case RECORD_SOCKET:
		return decode_socket(source, out);
	default:
		return false;
	}
}

static void decode_header(const struct ls_hdr *hdr, struct event *out)
{
	out->ts_ns = hdr->ts_ns;
	out->start_ns = hdr->start_ns;
	out->sseq = hdr->sseq;
	out->image = hdr->image;
	out->session = hdr->session;
	out->tgid = hdr->tgid;
	out->tid = hdr->tid;
	out->ppid = hdr->ppid;
	out->uid = hdr->uid;
	out->euid = hdr->euid;
	out->auid = hdr->auid;
	out->asid = hdr->asid;
	out->mntns = hdr->mntns;
	out->shared = hdr->flags & LS_F_SHARED;
	out->last = hdr->flags & LS_F_LAST;
}

/* An image is an earlier exec, so that a walk up the tree always ends. */
static bool header_ok(const struct ls_hdr *hdr, size_t n)
{
	return hdr->len <= n && hdr->version == LS_WIRE_VERSION && !(hdr->flags & ~HDR_FLAGS) &&
	       hdr->session != 0 && hdr->sseq != 0 && hdr->image < hdr->sseq;
}

int decode_record(struct decoder *decoder, const void *record, size_t n, struct event *out)
{
	struct source source = { .p = record };
	struct ls_hdr hdr;

	out->kind = RECORD_NONE;
	out->session = 0;
	out->sseq = 0;
	if (n < sizeof(hdr))
		return -EBADMSG;
	memcpy(&hdr, record, sizeof(hdr));
	if (hdr.len < sizeof(hdr))
		return -EBADMSG;
	decode_header(&hdr, out);
	source.n = hdr.len;
	if (header_ok(&hdr, n) && decode_body(decoder, hdr.type, &source, out))
		return 0;
	out->kind = RECORD_NONE;
	return -EBADMSG;
}
