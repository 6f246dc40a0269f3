/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/event/decode.h"
#include "lib/cmocka.h"

#include <errno.h>
#include <stdio.h>

/* A record under construction. At an odd address, so that an aligned access shows under UBSan. */
struct bytes {
	char room[20000];
	size_t n;
};

static char *at(struct bytes *bytes)
{
	return bytes->room + 1;
}

struct strings_in {
	const char *p;
	size_t n;
};
#define IN(text)                                                                                   \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static struct ls_hdr header(unsigned int type)
{
	return (struct ls_hdr){
		.version = LS_WIRE_VERSION,
		.type = (ls_u8)type,
		.sseq = 7,
		.ts_ns = 1000,
		.start_ns = 900,
		.image = 3,
		.session = 2,
		.tgid = 100,
		.tid = 101,
		.ppid = 99,
		.uid = 1000,
		.euid = 0,
		.auid = LS_NO_ID,
		.asid = 5,
		.mntns = 4026531841u,
		.flags = LS_F_SHARED,
	};
}

static void build(struct bytes *bytes, void *record, size_t size)
{
	struct ls_hdr *hdr = record;

	bytes->n = size;
	hdr->len = (ls_u32)size;
	memcpy(at(bytes), record, size);
}

static void build_exec(struct bytes *bytes, struct ls_exec *exec,
		       const struct strings_in sections[LS_SECTIONS])
{
	size_t n = sizeof(*exec);

	for (int i = 0; i < LS_SECTIONS; i++) {
		exec->section_len[i] = (ls_u32)sections[i].n;
		memcpy(at(bytes) + n, sections[i].p, sections[i].n);
		n += sections[i].n;
	}
	exec->hdr.len = (ls_u32)n;
	memcpy(at(bytes), exec, sizeof(*exec));
	bytes->n = n;
}

static const struct strings_in plain[LS_SECTIONS] = {
	[LS_SECTION_EXE] = IN("id\0bin\0usr\0"),
	[LS_SECTION_CWD] = IN("root\0"),
	[LS_SECTION_ROOT] = IN(""),
	[LS_SECTION_FILENAME] = IN("./id"),
	[LS_SECTION_INTERP] = IN("./id"),
	[LS_SECTION_ARGV] = IN("id\0\0-u\0"),
	[LS_SECTION_ENV] = IN("A=1\0LD_PRELOAD=x\0"),
};

static struct ls_exec plain_exec(void)
{
	return (struct ls_exec){ .hdr = header(LS_REC_EXEC),
				 .argc = 3,
				 .argv_len = 7,
				 .env_len = 17,
				 .ino = 12,
				 .dev = 8 << 20 | 1,
				 .stdin_kind = LS_STDIN_TTY };
}

static struct decoder decoder;

static void check(const char *name, const struct bytes *bytes, int want, struct event *event)
{
	int ret = decode_record(&decoder, bytes->room + 1, bytes->n, event);

	if (ret != want)
		fail_msg("%s: returned %d, not %d", name, ret, want);
	if (want && event->kind != RECORD_NONE)
		fail_msg("%s: refused, but has a kind", name);
}

/* One field of a good exec record is spoiled. */
static void spoil(int row, struct ls_exec *exec, struct strings_in *sections)
{
	static const struct strings_in slash = IN("id\0bin/x\0"), empty = IN("id\0\0"),
				       unended = IN("id\0bin"), cut_argv = IN("id\0\0-u"),
				       nul = IN("a\0b"), cut_env = IN("A=1");
	static char deep[5000];

	/* One spoiled field per line, as in any other table. */
	/* clang-format off */
	switch (row) {
	case 0: exec->hdr.version++; break;
	case 1: exec->hdr.type = LS_REC_TYPES; break;
	case 2: exec->hdr.type = 0; break;
	case 3: exec->hdr.flags = 4; break;
	case 4: exec->hdr.image = 7; break;
	case 5: exec->argc = 2; break;
	case 6: exec->argc = 4; break;
	case 7: exec->argv_len = 8; break;
	case 8: exec->env_len = 16; break;
	case 9: exec->exec_flags = 0x200; break;
	case 10: exec->stdin_kind = LS_STDIN_OTHER + 1; break;
	case 11: sections[LS_SECTION_EXE] = slash; break;
	case 12: sections[LS_SECTION_EXE] = empty; break;
	case 13: sections[LS_SECTION_CWD] = unended; break;
	case 14: sections[LS_SECTION_ARGV] = cut_argv; exec->argv_len = 6; break;
	case 15: sections[LS_SECTION_FILENAME] = nul; break;
	case 16: sections[LS_SECTION_INTERP] = nul; break;
	case 17: sections[LS_SECTION_ENV] = cut_env; exec->env_len = 3; break;
	case 18: /* one byte more than a path may have */
		memset(deep, 'a', 4095);
		deep[4095] = 0;
		sections[LS_SECTION_EXE] = (struct strings_in){ deep, 4096 };
		break;
	case 19: exec->argv_len = 6; exec->exec_flags = LS_EXEC_ARGV_TRUNCATED; break;
	case 20: exec->env_len = 16; exec->exec_flags = LS_EXEC_ENV_UNREADABLE; break;
	case 21: sections[LS_SECTION_CWD] = slash; exec->exec_flags = LS_EXEC_FILELESS; break;
	}
	/* clang-format on */
}

static void test_exec_refused(void **state)
{
	static const char *const names[] = {
		"another version",
		"type past the last",
		"type 0",
		"unknown flag",
		"image not before sseq",
		"argc too small",
		"argc too large",
		"argv_len disagrees",
		"env_len disagrees",
		"unknown exec flag",
		"unknown stdin kind",
		"slash in a component",
		"empty component",
		"component not ended",
		"argument not ended",
		"NUL in filename",
		"NUL in interp",
		"variable not ended",
		"path too long",
		"truncated, but more than there was",
		"unreadable env, but more than there was",
		"slash in the cwd of a fileless program",
	};
	struct bytes bytes;
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct strings_in sections[LS_SECTIONS];
		struct ls_exec exec = plain_exec();

		memcpy(sections, plain, sizeof(plain));
		spoil((int)i, &exec, sections);
		build_exec(&bytes, &exec, sections);
		check(names[i], &bytes, -EBADMSG, &event);
		if (event.session != 2 || event.sseq != 7)
			fail_msg("%s: the loss can't be booked", names[i]);
	}
}

static void test_lengths_refused(void **state)
{
	struct ls_exec exec = plain_exec();
	struct bytes bytes;
	struct event event;
	ls_u32 len;

	(void)state;
	build_exec(&bytes, &exec, plain);
	/* every cut of the record, with its length told truly and not */
	for (size_t n = 0; n < bytes.n; n++) {
		struct bytes cut = bytes;

		cut.n = n;
		check("cut", &cut, -EBADMSG, &event);
		assert_int_equal(event.session, n < sizeof(struct ls_hdr) ? 0 : 2);
		len = (ls_u32)n;
		memcpy(at(&cut), &len, sizeof(len));
		cut.n = bytes.n;
		check("cut and owned up to", &cut, -EBADMSG, &event);
		assert_int_equal(event.session, n < sizeof(struct ls_hdr) ? 0 : 2);
	}
	exec.section_len[LS_SECTION_ENV] = UINT32_MAX;
	memcpy(at(&bytes), &exec, sizeof(exec));
	check("section past the end", &bytes, -EBADMSG, &event);
	/* a shorter environment that is right in itself */
	exec.section_len[LS_SECTION_ENV] = 4;
	exec.env_len = 4;
	memcpy(at(&bytes), &exec, sizeof(exec));
	check("bytes left over", &bytes, -EBADMSG, &event);
}

static void assert_span(struct span span, const char *want)
{
	if (!span_is(span, want))
		fail_msg("\"%.*s\" is not \"%s\"", (int)span.n, span.p ? span.p : "", want);
}

static void test_exec(void **state)
{
	struct ls_exec exec = plain_exec();
	struct bytes bytes;
	struct event event;

	(void)state;
	build_exec(&bytes, &exec, plain);
	memset(at(&bytes) + bytes.n, 0xff, 100);
	bytes.n += 100; /* a reservation may be longer than the record */
	check("plain", &bytes, 0, &event);
	assert_int_equal(event.kind, RECORD_EXEC);
	assert_int_equal(event.image, 3);
	assert_int_equal(event.tid, 101);
	assert_true(event.shared);
	assert_false(event.last);
	assert_span(event.exec.exe, "/usr/bin/id");
	assert_span(event.exec.cwd, "/root");
	assert_span(event.exec.root, "/");
	assert_span(event.exec.filename, "./id");
	assert_int_equal(event.exec.interp.n, 0);
	assert_int_equal(event.exec.argv.n, 7);
	assert_int_equal(event.exec.env.n, 17);
	assert_int_equal(event.exec.argc, 3);
	assert_int_equal(event.exec.stdin_kind, LS_STDIN_TTY);
}

static void test_exec_edges(void **state)
{
	static char longest[4095], longer[8000];
	struct strings_in sections[LS_SECTIONS];
	struct ls_exec exec = plain_exec();
	struct bytes bytes;
	struct event event;

	(void)state;
	memcpy(sections, plain, sizeof(plain));
	sections[LS_SECTION_ARGV].n = sections[LS_SECTION_ENV].n = 0;
	sections[LS_SECTION_INTERP] = (struct strings_in)IN("/bin/sh");
	exec.argc = 0;
	exec.argv_len = exec.env_len = 0;
	build_exec(&bytes, &exec, sections);
	check("no argument, no variable", &bytes, 0, &event);
	assert_span(event.exec.interp, "/bin/sh");

	memset(longest, 'a', sizeof(longest) - 1);
	sections[LS_SECTION_EXE] = (struct strings_in){ longest, sizeof(longest) };
	build_exec(&bytes, &exec, sections);
	check("longest path", &bytes, 0, &event);
	assert_int_equal(event.exec.exe.n, 4095);

	exec.exec_flags = LS_EXEC_FILELESS;
	sections[LS_SECTION_EXE] = (struct strings_in)IN("memfd:a/../b\0");
	build_exec(&bytes, &exec, sections);
	check("memfd with a slash in its name", &bytes, 0, &event);
	assert_span(event.exec.exe, "/memfd:a/../b");

	exec.exec_flags = LS_EXEC_PATH_TRUNCATED;
	sections[LS_SECTION_EXE] = (struct strings_in)IN("id\0bin\0us");
	build_exec(&bytes, &exec, sections);
	check("cut path", &bytes, 0, &event);
	assert_span(event.exec.exe, ".../us/bin/id");
	assert_span(event.exec.root, "...");
	memset(longer, 'b', sizeof(longer));
	memcpy(longer, "leaf", 5);
	sections[LS_SECTION_EXE] = (struct strings_in){ longer, sizeof(longer) };
	build_exec(&bytes, &exec, sections);
	check("cut path, longer than the room", &bytes, 0, &event);
	assert_span(event.exec.exe, ".../leaf");
	sections[LS_SECTION_EXE].n = 0;
	build_exec(&bytes, &exec, sections);
	exec.exec_flags = 0;
	build_exec(&bytes, &exec, sections);
	check("no path", &bytes, 0, &event);
	assert_int_equal(event.exec.exe.n, 0);

	memcpy(sections, plain, sizeof(plain));
	sections[LS_SECTION_ARGV] = (struct strings_in)IN("id\0\0-");
	exec.exec_flags = LS_EXEC_ARGV_TRUNCATED | LS_EXEC_ENV_UNREADABLE;
	exec.argc = 3;
	exec.argv_len = 7;
	exec.env_len = 50;
	build_exec(&bytes, &exec, sections);
	check("truncated argv", &bytes, 0, &event);
	assert_int_equal(event.exec.argc, 3);
	assert_int_equal(event.exec.argv.n, 5);
}

static void test_net(void **state)
{
	static const struct {
		const char *name;
		unsigned int type, family;
		unsigned char remote[16];
		int want;
		unsigned int want_family;
		unsigned char want_ip[16];
	} rows[] = {
		{ "unknown family", LS_REC_CONNECT, 1, { 0 }, -EBADMSG, 0, { 0 } },
		{ "no family", LS_REC_CONNECT, 0, { 0 }, -EBADMSG, 0, { 0 } },
		{ "v4", LS_REC_CONNECT, 2, { 10, 0, 0, 1 }, 0, 2, { 10, 0, 0, 1 } },
		{ "v4, rubbish behind it",
		  LS_REC_SEND,
		  2,
		  { 10, 0, 0, 1, 9 },
		  0,
		  2,
		  { 10, 0, 0, 1 } },
		{ "v6", LS_REC_BIND, 10, { [15] = 1 }, 0, 10, { [15] = 1 } },
		{ "v4-mapped",
		  LS_REC_LISTEN,
		  10,
		  { [10] = 0xff, 0xff, 127, 0, 0, 1 },
		  0,
		  2,
		  { 127, 0, 0, 1 } },
		{ "nearly mapped",
		  LS_REC_SEND,
		  10,
		  { [9] = 1, 0xff, 0xff, 127, 0, 0, 1 },
		  0,
		  10,
		  { [9] = 1, 0xff, 0xff, 127, 0, 0, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ls_net net = { .hdr = header(rows[i].type),
				      .family = (ls_u16)rows[i].family,
				      .proto = 6,
				      .remote_port = 443,
				      .local_port = 1 };
		struct bytes bytes;
		struct event event;

		memcpy(net.remote, rows[i].remote, 16);
		memcpy(net.local, rows[i].remote, 16);
		build(&bytes, &net, sizeof(net));
		check(rows[i].name, &bytes, rows[i].want, &event);
		if (rows[i].want)
			continue;
		if (event.net.remote.family != rows[i].want_family ||
		    event.net.remote.port != 443 ||
		    memcmp(event.net.remote.ip, rows[i].want_ip, 16) != 0 ||
		    memcmp(event.net.local.ip, rows[i].want_ip, 16) != 0)
			fail_msg("%s: another address", rows[i].name);
		bytes.n--;
		check(rows[i].name, &bytes, -EBADMSG, &event);
	}
}

static void test_socket(void **state)
{
	struct ls_socket raw = {
		.hdr = header(LS_REC_SOCKET), .family = 17, .type = 3, .proto = 0x0300
	};
	struct bytes bytes;
	struct event event;

	(void)state;
	build(&bytes, &raw, sizeof(raw) - 1);
	check("socket, too short", &bytes, -EBADMSG, &event);
	build(&bytes, &raw, sizeof(raw));
	memset(at(&bytes) + bytes.n, 0, 1);
	bytes.n++;
	at(&bytes)[0]++;
	check("socket, too long", &bytes, -EBADMSG, &event);
	build(&bytes, &raw, sizeof(raw));
	check("socket", &bytes, 0, &event);
	assert_int_equal(event.socket.family, 17);
	assert_int_equal(event.socket.type, 3);
	assert_int_equal(event.socket.proto, 0x0300);
}

static void build_unix(struct bytes *bytes, struct ls_unix *un, struct strings_in path,
		       struct strings_in cwd, struct strings_in root)
{
	un->path_len = (ls_u16)path.n;
	memset(un->path, '#', sizeof(un->path));
	memcpy(un->path, path.p, path.n < sizeof(un->path) ? path.n : sizeof(un->path));
	un->section_len[LS_UNIX_CWD] = (ls_u32)cwd.n;
	un->section_len[LS_UNIX_ROOT] = (ls_u32)root.n;
	un->hdr.len = (ls_u32)(sizeof(*un) + cwd.n + root.n);
	bytes->n = un->hdr.len;
	memcpy(at(bytes), un, sizeof(*un));
	memcpy(at(bytes) + sizeof(*un), cwd.p, cwd.n);
	memcpy(at(bytes) + sizeof(*un) + cwd.n, root.p, root.n);
}

static void test_unix(void **state)
{
	static char longest[108], cwd[4095];
	static const struct {
		const char *name;
		struct strings_in path, cwd, root;
		unsigned int type, flags;
		int want;
		const char *given, *resolved, *in_root;
	} rows[] = {
#define BAD -EBADMSG, NULL, NULL, NULL
		{ "no path", IN(""), IN(""), IN(""), 1, 0, BAD },
		{ "path too long", { longest, 109 }, IN(""), IN(""), 1, 0, BAD },
		{ "unknown type", IN("/s"), IN(""), IN(""), 3, 0, BAD },
		{ "unknown flag", IN("/s"), IN(""), IN(""), 1, 8, BAD },
		{ "a slash in a component", IN("s"), IN("a/b\0"), IN(""), 1, 0, BAD },
		{ "an unended component", IN("s"), IN("a"), IN(""), 1, 0, BAD },
		{ "absolute", IN("/s"), IN(""), IN(""), 1, 0, 0, "/s", "/s", "/" },
		{ "absolute, a directory beside it", IN("/s"), IN("a\0"), IN(""), 1, 0, 0, "/s",
		  "/s", "/" },
		{ "in a root", IN("/s"), IN(""), IN("jail\0srv\0"), 2, 1, 0, "/s", "/s",
		  "/srv/jail" },
		{ "relative", IN("./s"), IN("b\0a\0"), IN(""), 5, 4, 0, "./s", "/a/b/./s", "/" },
		{ "relative to the top", IN("s"), IN(""), IN(""), 1, 0, 0, "s", "/s", "/" },
		{ "relative to what is not whole", IN("s"), IN("b\0a"), IN(""), 1, 2, 0, "s",
		  ".../a/b/s", "..." },
		{ "relative, and no NUL in it",
		  { longest, 108 },
		  IN("a\0"),
		  IN(""),
		  1,
		  0,
		  0,
		  NULL,
		  NULL,
		  "/" },
		{ "relative to the longest",
		  { longest, 108 },
		  { cwd, 4095 },
		  IN(""),
		  1,
		  0,
		  0,
		  NULL,
		  NULL,
		  "/" },
		{ "ends at its NUL", IN("/s\0/t"), IN(""), IN(""), 1, 0, 0, "/s", "/s", "/" },
		{ "abstract", IN("\0s"), IN("a\0"), IN(""), 1, 0, 0, "@s", "@s", "/" },
		{ "an abstract name of nothing", IN("\0"), IN(""), IN(""), 1, 0, 0, "@", "@", "/" },
		{ "a path that looks abstract", IN("@s"), IN("a\0"), IN(""), 1, 0, 0, "@s", "/a/@s",
		  "/" },
	};

	(void)state;
	memset(longest, 'x', sizeof(longest));
	memset(cwd, 'c', sizeof(cwd) - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ls_unix un = { .hdr = header(LS_REC_UNIX),
				      .type = (ls_u16)rows[i].type,
				      .unix_flags = rows[i].flags };
		struct bytes bytes;
		struct event event;

		build_unix(&bytes, &un, rows[i].path, rows[i].cwd, rows[i].root);
		check(rows[i].name, &bytes, rows[i].want, &event);
		if (rows[i].want)
			continue;
		if ((rows[i].given && (!span_is(event.un.given, rows[i].given) ||
				       !span_is(event.un.path, rows[i].resolved))) ||
		    !span_is(event.un.root, rows[i].in_root) || event.un.type != rows[i].type ||
		    event.un.send != (rows[i].flags & LS_UNIX_SEND) ||
		    event.un.foreign != !!(rows[i].flags & LS_UNIX_FOREIGN) ||
		    event.un.abstract != (rows[i].path.p[0] == 0))
			fail_msg("%s: given \"%.*s\", path \"%.*s\", root \"%.*s\"", rows[i].name,
				 (int)event.un.given.n, event.un.given.p, (int)event.un.path.n,
				 event.un.path.p, (int)event.un.root.n, event.un.root.p);
		if (!rows[i].given &&
		    (event.un.given.n != 108 || event.un.path.n != 1 + rows[i].cwd.n - 1 + 1 + 108))
			fail_msg("%s: of %zu bytes", rows[i].name, event.un.path.n);
		bytes.n--;
		check(rows[i].name, &bytes, -EBADMSG, &event);
	}
}

static void test_abstract_bytes(void **state)
{
	struct ls_unix un = { .hdr = header(LS_REC_UNIX), .type = 1 };
	struct bytes bytes;
	struct event event;

	(void)state;
	build_unix(&bytes, &un, (struct strings_in)IN("\0a\0b\0"), (struct strings_in)IN(""),
		   (struct strings_in)IN(""));
	check("an abstract name with NULs", &bytes, 0, &event);
	assert_true(span_eq(event.un.path, (struct span){ "@a\0b\0", 5 }));
}

static void test_close_and_exit(void **state)
{
	static const struct {
		const char *name;
		ls_u64 of;
		ls_u32 established;
		int want;
	} rows[] = {
		{ "close of nothing", 0, 1, -EBADMSG },
		{ "close of a later act", 7, 1, -EBADMSG },
		{ "established twice", 6, 2, -EBADMSG },
		{ "closed", 6, 1, 0 },
		{ "refused", 6, 0, 0 },
	};
	struct ls_exit end = { .hdr = header(LS_REC_EXIT), .status = 3 << 8 };
	struct bytes bytes;
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct ls_close close = { .hdr = header(LS_REC_CLOSE),
					  .of = rows[i].of,
					  .error = 111,
					  .established = rows[i].established,
					  .bytes_sent = 5 };

		build(&bytes, &close, sizeof(close));
		check(rows[i].name, &bytes, rows[i].want, &event);
		if (!rows[i].want && (event.close.of != 6 || event.close.bytes_sent != 5))
			fail_msg("%s: other values", rows[i].name);
	}
	end.hdr.flags = LS_F_LAST;
	build(&bytes, &end, sizeof(end));
	check("exit", &bytes, 0, &event);
	assert_int_equal(event.exit.status, 3 << 8);
	assert_true(event.last);
	assert_false(event.shared);
	memset(at(&bytes) + bytes.n, 0, 8);
	end.hdr.len += 8;
	memcpy(at(&bytes), &end, sizeof(end));
	bytes.n += 8;
	check("exit that is too long", &bytes, -EBADMSG, &event);
	end.hdr.len -= 8;
	end.hdr.session = 0;
	memcpy(at(&bytes), &end, sizeof(end));
	check("no session", &bytes, -EBADMSG, &event);
}

/* A record with two or three sections behind its struct. */
static void build_sections(struct bytes *bytes, void *record, size_t size, ls_u32 *lengths,
			   const struct strings_in *sections, size_t sections_n)
{
	struct ls_hdr *hdr = record;
	size_t n = size;

	for (size_t i = 0; i < sections_n; i++) {
		lengths[i] = (ls_u32)sections[i].n;
		if (sections[i].n)
			memcpy(at(bytes) + n, sections[i].p, sections[i].n);
		n += sections[i].n;
	}
	hdr->len = (ls_u32)n;
	memcpy(at(bytes), record, size);
	bytes->n = n;
}

/* want_path NULL: refused. */
static const struct {
	const char *name;
	ls_u32 op, flags;
	struct strings_in sections[LS_WRITE_SECTIONS];
	const char *want_path, *want_from;
} writes[] = {
	{ "unknown op", LS_WRITE_OPS, 0, { IN("a\0") }, NULL, NULL },
	{ "unknown flag", LS_WRITE_OPEN, 0x40, { IN("a\0") }, NULL, NULL },
	{ "slash in a component", LS_WRITE_OPEN, 0, { IN("a/b\0") }, NULL, NULL },
	{ "component not ended", LS_WRITE_OPEN, 0, { IN("a\0b") }, NULL, NULL },
	{ "opened from another name", LS_WRITE_OPEN, 0, { IN("a\0"), IN("b\0") }, NULL, NULL },
	{ "removed from another name", LS_WRITE_UNLINK, 0, { IN("a\0"), IN("b\0") }, NULL, NULL },
	{ "slash in the other name", LS_WRITE_RENAME, 0, { IN("a\0"), IN("b/\0") }, NULL, NULL },
	{ "open",
	  LS_WRITE_OPEN,
	  LS_WRITE_EMPTIED | LS_WRITE_CREATED,
	  { IN("motd\0etc\0") },
	  "/etc/motd",
	  "" },
	{ "rename",
	  LS_WRITE_RENAME,
	  LS_WRITE_EXCHANGED,
	  { IN("b\0etc\0"), IN("a\0etc\0") },
	  "/etc/b",
	  "/etc/a" },
	{ "link without a name", LS_WRITE_LINK, 0, { IN("b\0") }, "/b", "" },
	{ "cut", LS_WRITE_OPEN, LS_WRITE_PATH_TRUNCATED, { IN("c\0b\0") }, ".../b/c", "" },
};

static void test_writes(void **state)
{
	struct bytes bytes;
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		struct ls_write write = { .hdr = header(LS_REC_WRITE),
					  .op = writes[i].op,
					  .ino = 5,
					  .dev = 6,
					  .rdev = 7,
					  .mode = 8,
					  .write_flags = writes[i].flags };

		build_sections(&bytes, &write, sizeof(write), write.section_len, writes[i].sections,
			       LS_WRITE_SECTIONS);
		check(writes[i].name, &bytes, writes[i].want_path ? 0 : -EBADMSG, &event);
		if (!writes[i].want_path)
			continue;
		if (!span_is(event.write.path, writes[i].want_path) ||
		    !span_is(event.write.from, writes[i].want_from) ||
		    event.write.write_flags != writes[i].flags || event.write.op != writes[i].op ||
		    event.write.ino != 5 || event.write.dev != 6 || event.write.rdev != 7 ||
		    event.write.mode != 8)
			fail_msg("%s: other values", writes[i].name);
		bytes.n--;
		check(writes[i].name, &bytes, -EBADMSG, &event);
	}
}

/* argc -1: refused. */
static const struct {
	const char *name;
	ls_u32 error, flags;
	struct strings_in sections[LS_FAILED_SECTIONS];
	int argc;
} failures[] = {
	{ "no error", 0, 0, { IN("root\0"), IN("x"), IN("x\0") }, -1 },
	{ "an error of the kernel's own", 512, 0, { IN("root\0"), IN("x"), IN("x\0") }, -1 },
	{ "unknown flag", 2, 8, { IN("root\0"), IN("x"), IN("x\0") }, -1 },
	{ "slash in the cwd", 2, 0, { IN("a/b\0"), IN("x"), IN("x\0") }, -1 },
	{ "NUL in filename", 2, 0, { IN(""), IN("x\0y"), IN("x\0") }, -1 },
	{ "argument not ended", 2, 0, { IN(""), IN("x"), IN("x\0y") }, -1 },
	{ "cut path, argument not ended",
	  2,
	  LS_FAILED_PATH_TRUNCATED,
	  { IN(""), IN("x"), IN("x") },
	  -1 },
	{ "no argument", 2, 0, { IN(""), IN("x"), IN("") }, 0 },
	{ "empty arguments", 2, 0, { IN("root\0"), IN("x"), IN("\0\0") }, 2 },
	{ "cut argument", 7, LS_FAILED_ARGV_TRUNCATED, { IN("root\0"), IN("x"), IN("x\0y") }, 2 },
	{ "unreadable", 14, LS_FAILED_UNREADABLE, { IN("root\0"), IN(""), IN("x\0y") }, 2 },
};

static void test_failures(void **state)
{
	struct bytes bytes;
	struct event event;

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		struct ls_exec_failed failed = { .hdr = header(LS_REC_EXEC_FAILED),
						 .dirfd = LS_AT_FDCWD,
						 .error = failures[i].error,
						 .at_flags = 9,
						 .failed_flags = failures[i].flags };

		build_sections(&bytes, &failed, sizeof(failed), failed.section_len,
			       failures[i].sections, LS_FAILED_SECTIONS);
		check(failures[i].name, &bytes, failures[i].argc < 0 ? -EBADMSG : 0, &event);
		if (failures[i].argc < 0)
			continue;
		if (event.failed.argc != (uint32_t)failures[i].argc ||
		    event.failed.error != failures[i].error || event.failed.dirfd != LS_AT_FDCWD ||
		    event.failed.at_flags != 9 || event.failed.failed_flags != failures[i].flags ||
		    !span_is(event.failed.cwd, failures[i].sections[0].n ? "/root" : "/"))
			fail_msg("%s: other values", failures[i].name);
	}
}

/* One byte more of arguments than is ever kept. */
static void test_failure_too_long(void **state)
{
	static char argv[LS_FAILED_ARGV_MAX + 1];
	struct strings_in sections[LS_FAILED_SECTIONS] = { IN(""),
							   IN("x"),
							   { argv, sizeof(argv) } };
	struct ls_exec_failed failed = { .hdr = header(LS_REC_EXEC_FAILED),
					 .error = 7,
					 .failed_flags = LS_FAILED_ARGV_TRUNCATED };
	struct bytes bytes;
	struct event event;

	(void)state;
	build_sections(&bytes, &failed, sizeof(failed), failed.section_len, sections,
		       LS_FAILED_SECTIONS);
	check("too long", &bytes, -EBADMSG, &event);
	sections[LS_FAILED_ARGV].n--;
	build_sections(&bytes, &failed, sizeof(failed), failed.section_len, sections,
		       LS_FAILED_SECTIONS);
	check("as long as can be", &bytes, 0, &event);
	assert_int_equal(event.failed.argc, LS_FAILED_ARGV_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exec_refused),
		cmocka_unit_test(test_lengths_refused),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_edges),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_close_and_exit),
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_abstract_bytes),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_failure_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
