/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/acts.h"

void acts_fail(struct acts *acts, const char *what, const char *detail)
{
	if (!acts->error[0])
		snprintf(acts->error, sizeof(acts->error), "%s: %s", what, detail);
}

static char acts_hex(const char *p)
{
	char digits[3] = { p[0], p[1], 0 };

	return (char)strtoul(digits, NULL, 16);
}

/* Cuts a line into words, in place. */
static void acts_split(struct acts *acts, char *line)
{
	char *in = line, *out = line;

	acts->words_n = 0;
	for (;;) {
		bool quoted = false;

		while (*in == ' ' || *in == '\t')
			in++;
		if (!*in || *in == '#')
			break;
		acts->words[acts->words_n++] = out;
		for (; *in && (quoted || (*in != ' ' && *in != '\t')); in++) {
			if (*in == '"') {
				quoted = !quoted;
			} else if (quoted && *in == '\\') {
				in++;
				if (*in == 'x') {
					*out++ = acts_hex(in + 1);
					in += 2;
				} else {
					*out++ = *in == 'n' ? '\n' : *in == 't' ? '\t' : *in;
				}
			} else {
				*out++ = *in;
			}
		}
		if (*in)
			in++;
		*out++ = 0;
	}
	acts->words[acts->words_n] = NULL;
}

/* The value of key=, from word `from` on to "--"; NULL without. */
static const char *acts_value(const struct acts *acts, const char *key, const char *otherwise)
{
	size_t n = strlen(key);

	for (size_t i = 1; i < acts->words_n && strcmp(acts->words[i], "--"); i++) {
		if (strncmp(acts->words[i], key, n) == 0 && acts->words[i][n] == '=')
			return acts->words[i] + n + 1;
	}
	return otherwise;
}

static unsigned long long acts_number(const struct acts *acts, const char *key,
				      unsigned long long otherwise)
{
	const char *value = acts_value(acts, key, NULL);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

static bool acts_has(const struct acts *acts, const char *word)
{
	for (size_t i = 1; i < acts->words_n && strcmp(acts->words[i], "--"); i++) {
		if (strcmp(acts->words[i], word) == 0)
			return true;
	}
	return false;
}

static struct acts_program *acts_program_by(struct acts *acts, const char *path)
{
	for (size_t i = 0; i < acts->programs_n; i++) {
		if (strcmp(acts->programs[i].path, path) == 0 ||
		    strcmp(acts->programs[i].name, path) == 0)
			return &acts->programs[i];
	}
	return NULL;
}

/* What is changed: `program` is as before but for the words given. */
static void acts_facts(struct acts *acts, struct acts_program *program)
{
	const char *sha256 = acts_value(acts, "sha256", NULL);

	if (sha256)
		snprintf(program->sha256, sizeof(program->sha256), "%s", sha256);
	program->dev = (unsigned int)acts_number(acts, "dev", program->dev);
	program->ino = acts_number(acts, "ino", program->ino);
	program->size = acts_number(acts, "size", program->size);
	program->ctime = acts_number(acts, "ctime", program->ctime);
}

static void acts_add_program(struct acts *acts)
{
	struct acts_program *program = &acts->programs[acts->programs_n++];
	const char *path = acts->words[1], *base = strrchr(path, '/');

	snprintf(program->path, sizeof(program->path), "%s", path);
	snprintf(program->name, sizeof(program->name), "%s",
		 acts_value(acts, "name", base ? base + 1 : path));
	snprintf(program->script, sizeof(program->script), "%s", acts_value(acts, "script", ""));
	snprintf(program->text, sizeof(program->text), "%s", acts_value(acts, "text", path));
	program->dev = 8 << 20 | 1;
	program->ino = 1000 + acts->programs_n;
	program->size = 4096;
	program->ctime = 1700000000000000000ull;
	acts_facts(acts, program);
}

static void acts_edit(struct acts *acts)
{
	struct acts_program *program = acts_program_by(acts, acts->words[1]);

	if (!program) {
		acts_fail(acts, "no program line for", acts->words[1]);
		return;
	}
	acts_facts(acts, program);
	program->gone = acts_has(acts, "gone");
}

static bool acts_look(void *ctx, struct span path, struct file_facts *out)
{
	const struct acts *acts = ctx;
	char text[512];

	snprintf(text, sizeof(text), "%.*s", (int)path.n, path.p);
	for (size_t i = 0; i < acts->programs_n; i++) {
		const struct acts_program *program = &acts->programs[i];

		if (program->gone || (strcmp(text, program->path) && strcmp(text, program->text)))
			continue;
		*out = (struct file_facts){ .id = { program->dev, program->ino, program->size,
						    program->ctime } };
		snprintf(out->sha256, sizeof(out->sha256), "%s", program->sha256);
		return true;
	}
	return false;
}

static void acts_sink(void *ctx, const struct record *record, struct span line)
{
	struct acts *acts = ctx;

	buf_add(&acts->lines, line.p, line.n);
	buf_addc(&acts->lines, '\n');
	acts->ops.sink(acts->ops.ctx, record, line);
}

static void acts_ended(void *ctx, uint32_t session)
{
	const struct acts *acts = ctx;

	acts->ops.ended(acts->ops.ctx, session);
}

static void acts_hash_secret(void *ctx, struct span secret, char hex[65])
{
	const struct acts *acts = ctx;

	acts->ops.hash(acts->ops.ctx, secret, hex);
}

static void acts_lookup_program(struct acts *acts, struct program *program)
{
	struct acts_program *known = acts_program_by(acts, program->name), *interp;

	if (!known)
		return;
	program->found = true;
	program->path = strdup(known->path);
	program->file = (struct file_id){ known->dev, known->ino, known->size, known->ctime };
	snprintf(program->sha256, sizeof(program->sha256), "%s", known->sha256);
	if (!known->script[0])
		return;
	program->script = true;
	program->texts = calloc(1, sizeof(*program->texts));
	program->texts[0] = strdup(known->text);
	program->texts_n = 1;
	interp = acts_program_by(acts, known->script);
	if (!interp) {
		acts_fail(acts, "no program line for the interpreter", known->script);
		return;
	}
	program->interp_dev = interp->dev;
	program->interp_ino = interp->ino;
}

static void acts_parse_ip(const char *text, struct address *out)
{
	*out = (struct address){ .family = strchr(text, ':') ? LS_AF_INET6 : LS_AF_INET };
	inet_pton(out->family == LS_AF_INET ? AF_INET : AF_INET6, text, out->ip);
}

static void acts_lookup(struct acts *acts, struct plan *plan)
{
	for (size_t i = 0; i < plan->programs_n; i++)
		acts_lookup_program(acts, &plan->programs[i]);
	for (size_t i = 0; i < plan->users_n; i++) {
		for (size_t k = 0; k < acts->users_n; k++) {
			if (strcmp(plan->users[i].name, acts->users[k].name) == 0) {
				plan->users[i].found = true;
				plan->users[i].uid = acts->users[k].uid;
			}
		}
	}
	for (size_t i = 0; i < plan->hosts_n; i++) {
		for (size_t k = 0; k < acts->hosts_n; k++) {
			if (strcmp(plan->hosts[i].name, acts->hosts[k].name))
				continue;
			plan->hosts[i].addresses = calloc(1, sizeof(struct address));
			plan->hosts[i].addresses_n = 1;
			acts_parse_ip(acts->hosts[k].address, plan->hosts[i].addresses);
		}
	}
}

struct plan *acts_plan(struct acts *acts, const struct resume *resume)
{
	struct ticket *ticket = NULL, **profiles = calloc(acts->profiles_n + 1, sizeof(*profiles));
	struct plan *plan = NULL;
	struct errs errs;
	struct err err = { 0 };

	if (ticket_parse(acts->ticket, strlen(acts->ticket), &ticket, &errs)) {
		acts_fail(acts, "ticket", errs.v[0].message);
		goto out;
	}
	for (size_t i = 0; i < acts->profiles_n; i++) {
		if (profile_parse(acts->profiles[i], strlen(acts->profiles[i]), &profiles[i],
				  &errs))
			acts_fail(acts, "profile", errs.v[0].message);
	}
	if (plan_new(ticket, profiles, acts->profiles_n, &plan, &err)) {
		acts_fail(acts, "plan_new", err.message);
		goto out;
	}
	if (!resume)
		acts_lookup(acts, plan);
	else if (lookups_read(plan, &resume->object))
		acts_fail(acts, "lookups_read", "refused");
	if (plan_compile(plan, &err))
		acts_fail(acts, "plan_compile", err.message);
out:
	free(profiles);
	return plan;
}

static void acts_open(struct acts *acts)
{
	struct open_opts opts = {
		.session = 1,
		.info = {
			.id = "s-1",
			.operator_name = "jdoe",
			.operator_uid = acts->judge.operator_uid,
			.unsigned_ticket = true,
			.tgid = 100,
			.start_ns = acts->now_ns,
		},
		.judge = acts->judge,
		.quiet = acts->quiet,
	};

	acts->opened = true;
	if (!acts->noticket) {
		opts.plan = acts_plan(acts, NULL);
		opts.info.ticket = opts.plan ? opts.plan->ticket->id : NULL;
		opts.info.requester = opts.plan ? opts.plan->ticket->requester : NULL;
		opts.info.summary = opts.plan ? opts.plan->ticket->summary : NULL;
	}
	opts.judge.env = (struct span){ acts->env, acts->env_n };
	opts.judge.boot_to_wall_ns = ACTS_BOOT_TO_WALL + acts->clock_ns;
	if (acts->error[0]) {
		plan_free(opts.plan);
		return;
	}
	if (resume_write(&opts, "b0", NULL, 0, &acts->resume))
		acts_fail(acts, "resume_write", "refused");
	if (collector__open(acts->collector, &opts, acts->now_ns))
		acts_fail(acts, "collector__open", "refused");
	acts->kernel.members = 1;
}

static void acts_new_collector(struct acts *acts, uint64_t next_seq);

/* Each line of the session; what the ring still had comes again. */
static void acts_restore_lines(struct acts *acts, bool again)
{
	struct span rest = buf_span(&acts->lines);
	const unsigned char *p = (const unsigned char *)acts->stream.p;

	while (rest.n) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct span line = { rest.p, (size_t)(end - rest.p) };

		rest = (struct span){ end + 1, rest.n - line.n - 1 };
		if (!memmem(line.p, line.n, "\"session\":\"s-1\"", 15))
			continue;
		if (collector__restore(acts->collector, 1, line))
			acts_fail(acts, "collector__restore", "refused");
	}
	collector__restored(acts->collector, 1);
	for (size_t i = 0; again && i < acts->stream.n; i += 2u + p[i] + 256u * p[i + 1])
		collector__feed(acts->collector, p + i + 2, p[i] + 256u * p[i + 1]);
}

static void acts_restart(struct acts *acts)
{
	const struct session_info *info;
	struct reconciliation facts;
	struct loss_counts counts;
	uint64_t next_seq = collector__next_seq(acts->collector);
	bool open = collector__session(acts->collector, 1, &info, &facts, &counts);
	bool again = collector__owes(acts->collector) && !acts->held;
	struct resume resume;

	collector__free(acts->collector);
	acts_new_collector(acts, next_seq);
	if (!open)
		return;
	if (resume_read(buf_span(&acts->resume), &resume)) {
		acts_fail(acts, "resume_read", "refused");
		return;
	}
	resume.open.plan = acts->noticket ? NULL : acts_plan(acts, &resume);
	if (collector__reopen(acts->collector, &resume.open))
		acts_fail(acts, "collector__reopen", "refused");
	acts_restore_lines(acts, again);
	if (acts->why)
		collector__end(acts->collector, 1, acts->why, acts->end_ns);
	resume_free(&resume);
}

static size_t acts_pid(struct acts *acts, unsigned int pid)
{
	for (size_t i = 0; i < acts->pids_n; i++) {
		if (acts->pids[i].pid == pid)
			return i;
	}
	acts->pids[acts->pids_n].pid = pid;
	return acts->pids_n++;
}

static struct ls_hdr acts_header(struct acts *acts, unsigned char type)
{
	unsigned int pid = (unsigned int)acts_number(acts, "pid", 100);
	size_t at = acts_pid(acts, pid);

	acts->now_ns += 1000000000ull;
	acts->sseq++;
	acts->kernel.emitted++;
	return (struct ls_hdr){
		.version = LS_WIRE_VERSION,
		.type = type,
		.flags = acts->pids[at].shared ? LS_F_SHARED : 0,
		.sseq = acts_number(acts, "sseq", acts->sseq),
		.ts_ns = acts_number(acts, "at", acts->now_ns),
		.start_ns = 5000 + pid,
		.image = acts_number(acts, "image", acts->pids[at].image),
		.session = (ls_u32)acts_number(acts, "session", 1),
		.tgid = pid,
		.tid = pid,
		.ppid = 99,
		.uid = (ls_u32)acts_number(acts, "uid", acts->judge.operator_uid),
		.euid = (ls_u32)acts_number(acts, "euid",
					    acts_number(acts, "uid", acts->judge.operator_uid)),
		.auid = 1000,
		.asid = 7,
		.mntns = (ls_u32)acts_number(acts, "mntns", 4026531840u),
	};
}

static void acts_deliver(struct acts *acts, const void *p, size_t n)
{
	char *copy = malloc(n + 1);

	memcpy(copy, p, n);
	buf_addc(&acts->stream, (char)n);
	buf_addc(&acts->stream, (char)(n >> 8));
	buf_add(&acts->stream, p, n);
	if (acts->hold) {
		acts->held = copy;
		acts->held_n = n;
		acts->hold = false;
		return;
	}
	free(acts->last);
	acts->last = copy;
	acts->last_n = n;
	collector__feed(acts->collector, copy, n);
}

/* "/usr/sbin/nginx" as the kernel writes it: "nginx", "sbin", "usr", each with its NUL. */
static void acts_leaf_first(struct buf *buf, const char *path, ls_u32 *len)
{
	size_t before = buf->n, end = strlen(path), begin;

	while (end > 0) {
		for (begin = end; begin > 0 && path[begin - 1] != '/'; begin--)
			;
		if (end > begin) {
			buf_add(buf, path + begin, end - begin);
			buf_addc(buf, 0);
		}
		end = begin ? begin - 1 : 0;
	}
	*len = (ls_u32)(buf->n - before);
}

/* Bit i for the i-th of `all` (ended by NULL) that is among the names. */
static ls_u32 acts_bits(const char *names, const char *const *all)
{
	ls_u32 flags = 0;

	for (unsigned int i = 0; all[i]; i++) {
		if (strstr(names, all[i]))
			flags |= 1u << i;
	}
	return flags;
}

static ls_u32 acts_flags(const char *names)
{
	static const char *const all[] = { "argv_truncated", "argv_unreadable",
					   "env_truncated",  "env_unreadable",
					   "path_truncated", "fileless",
					   "deleted",        "secure",
					   "foreign",        NULL };

	return acts_bits(names, all);
}

static ls_u32 acts_stdin(const char *name)
{
	static const char *const all[] = { "closed", "tty", "pipe", "file", "null", "other" };

	for (ls_u32 i = 0; i < 6; i++) {
		if (strcmp(all[i], name) == 0)
			return i;
	}
	return LS_STDIN_OTHER;
}

static void acts_text(struct buf *buf, const char *text, ls_u32 *len)
{
	buf_adds(buf, text);
	*len = (ls_u32)strlen(text);
}

static size_t acts_argv(struct acts *acts, struct buf *buf, ls_u32 *len)
{
	size_t before = buf->n, i = 1, argc = 0;

	while (i < acts->words_n && strcmp(acts->words[i], "--"))
		i++;
	for (i++; i < acts->words_n; i++, argc++)
		buf_add(buf, acts->words[i], strlen(acts->words[i]) + 1);
	*len = (ls_u32)(buf->n - before);
	return argc;
}

static void acts_exec(struct acts *acts)
{
	struct acts_program none = { .ino = 999999, .size = 1, .ctime = 1, .dev = 8 << 20 | 1 },
			    *program;
	const char *exe = acts_value(acts, "exe", "/usr/bin/true");
	struct ls_exec exec = { .hdr = acts_header(acts, LS_REC_EXEC) };
	struct buf out = { 0 };
	size_t at = acts_pid(acts, exec.hdr.tgid), before;
	const char *filename = acts_value(acts, "filename", exe);

	program = acts_program_by(acts, exe);
	if (!program)
		program = &none;
	exec.ino = acts_number(acts, "ino", program->ino);
	exec.dev = (ls_u32)acts_number(acts, "dev", program->dev);
	exec.size = acts_number(acts, "size", program->size);
	exec.ctime_ns = acts_number(acts, "ctime", program->ctime);
	exec.exec_flags = acts_flags(acts_value(acts, "flags", ""));
	exec.stdin_kind = acts_stdin(acts_value(acts, "stdin", "tty"));
	exec.tty = 136u << 20 | 1;
	buf_add(&out, &exec, sizeof(exec));
	acts_leaf_first(&out, exe, &exec.section_len[LS_SECTION_EXE]);
	acts_leaf_first(&out, acts_value(acts, "cwd", "/root"), &exec.section_len[LS_SECTION_CWD]);
	acts_leaf_first(&out, acts_value(acts, "root", ""), &exec.section_len[LS_SECTION_ROOT]);
	acts_text(&out, filename, &exec.section_len[LS_SECTION_FILENAME]);
	acts_text(&out, acts_value(acts, "interp", filename), &exec.section_len[LS_SECTION_INTERP]);
	exec.argc = (ls_u32)acts_number(acts, "argc",
					acts_argv(acts, &out, &exec.section_len[LS_SECTION_ARGV]));
	exec.argv_len = exec.section_len[LS_SECTION_ARGV];
	if (exec.exec_flags & LS_EXEC_ARGV_TRUNCATED)
		exec.argv_len += 1000;
	before = out.n;
	for (size_t i = 1; i < acts->words_n && strcmp(acts->words[i], "--"); i++) {
		if (strncmp(acts->words[i], "env=", 4) == 0)
			buf_add(&out, acts->words[i] + 4, strlen(acts->words[i] + 4) + 1);
	}
	exec.section_len[LS_SECTION_ENV] = (ls_u32)(out.n - before);
	exec.env_len = exec.section_len[LS_SECTION_ENV];
	exec.hdr.len = (ls_u32)out.n;
	memcpy(out.p, &exec, sizeof(exec));
	acts->pids[at].image = exec.hdr.sseq;
	acts->pids[at].shared = false;
	acts_deliver(acts, out.p, out.n);
	buf_free(&out);
}

static void acts_exit(struct acts *acts)
{
	struct ls_exit record = { .hdr = acts_header(acts, LS_REC_EXIT) };

	record.status = (ls_u32)acts_number(acts, "status", 0);
	record.hdr.len = sizeof(record);
	acts->kernel.members--;
	if (acts->kernel.members == 0)
		record.hdr.flags |= LS_F_LAST;
	acts_deliver(acts, &record, sizeof(record));
}

/* The n-th word behind the verb that is no key=value. */
static const char *acts_bare(const struct acts *acts, size_t n)
{
	for (size_t i = 1; i < acts->words_n; i++) {
		if (!strchr(acts->words[i], '=') && n-- == 0)
			return acts->words[i];
	}
	return "";
}

static struct ls_net acts_net_read(struct acts *acts, unsigned char type)
{
	struct ls_net net = { .hdr = acts_header(acts, type) };
	char text[64], *port;
	struct address address;
	bool local = type == LS_REC_BIND || type == LS_REC_LISTEN;

	snprintf(text, sizeof(text), "%s", acts_bare(acts, 1));
	port = strrchr(text, ':');
	if (!port) {
		acts_fail(acts, "no port", text);
		return net;
	}
	*port = 0;
	if (text[0] == '[') {
		port[-1] = 0;
		acts_parse_ip(text + 1, &address);
	} else {
		acts_parse_ip(text, &address);
	}
	net.family = address.family;
	net.proto = strcmp(acts_bare(acts, 0), "udp") == 0 ? LS_IPPROTO_UDP : LS_IPPROTO_TCP;
	memcpy(local ? net.local : net.remote, address.ip, 16);
	if (local)
		net.local_port = (ls_u16)strtoul(port + 1, NULL, 10);
	else
		net.remote_port = (ls_u16)strtoul(port + 1, NULL, 10);
	net.hdr.len = sizeof(net);
	return net;
}

static void acts_net(struct acts *acts, unsigned char type)
{
	struct ls_net net = acts_net_read(acts, type);

	acts_deliver(acts, &net, sizeof(net));
}

static void acts_accept(struct acts *acts)
{
	struct ls_accept taken = { .net = acts_net_read(acts, LS_REC_ACCEPT) };

	taken.net.hdr.tid = taken.net.hdr.ppid = taken.net.hdr.uid = taken.net.hdr.euid = 0;
	taken.net.hdr.auid = taken.net.hdr.asid = taken.net.hdr.mntns = 0;
	taken.of = acts_number(acts, "of", 0);
	taken.net.hdr.len = sizeof(taken);
	acts_deliver(acts, &taken, sizeof(taken));
}

static void acts_unix(struct acts *acts)
{
	struct ls_unix record = { .hdr = acts_header(acts, LS_REC_UNIX) };
	const char *type = acts_bare(acts, 0), *path = acts_bare(acts, 1);
	struct buf out = { 0 };

	record.type = LS_UNIX_STREAM;
	if (strcmp(type, "seqpacket") == 0)
		record.type = LS_UNIX_SEQPACKET;
	else if (strcmp(type, "stream") != 0)
		record.type = LS_UNIX_DGRAM;
	record.unix_flags = strcmp(type, "send") == 0 ? LS_UNIX_SEND : 0;
	record.unix_flags |= acts_has(acts, "foreign") ? LS_UNIX_FOREIGN : 0;
	record.path_len = (ls_u16)strnlen(path, sizeof(record.path));
	memcpy(record.path, path, record.path_len);
	if (path[0] == '@')
		record.path[0] = 0;
	buf_add(&out, &record, sizeof(record));
	acts_leaf_first(&out,
			path[0] == '/' || path[0] == '@' ? "" : acts_value(acts, "cwd", "/root"),
			&record.section_len[LS_UNIX_CWD]);
	acts_leaf_first(&out, acts_value(acts, "root", ""), &record.section_len[LS_UNIX_ROOT]);
	record.hdr.len = (ls_u32)out.n;
	memcpy(out.p, &record, sizeof(record));
	acts_deliver(acts, out.p, out.n);
	buf_free(&out);
}

static void acts_write(struct acts *acts)
{
	static const char *const ops[] = {
		"open", "truncate", "rename", "link", "symlink", "unlink"
	};
	static const char *const flags[] = { "path_truncated", "foreign",   "deleted", "emptied",
					     "created",        "exchanged", NULL };
	struct ls_write write = { .hdr = acts_header(acts, LS_REC_WRITE) };
	struct buf out = { 0 };

	while (write.op < LS_WRITE_OPS && strcmp(ops[write.op], acts_bare(acts, 0)) != 0)
		write.op++;
	write.ino = acts_number(acts, "ino", 77);
	write.dev = (ls_u32)acts_number(acts, "dev", 8 << 20 | 1);
	write.rdev = (ls_u32)acts_number(acts, "rdev", 0);
	write.mode = (ls_u32)acts_number(acts, "mode", LS_MODE_FILE | 0644);
	write.write_flags = acts_bits(acts_value(acts, "flags", ""), flags);
	buf_add(&out, &write, sizeof(write));
	acts_leaf_first(&out, acts_bare(acts, 1), &write.section_len[LS_WRITE_PATH]);
	acts_leaf_first(&out, acts_value(acts, "from", ""), &write.section_len[LS_WRITE_FROM]);
	write.hdr.len = (ls_u32)out.n;
	memcpy(out.p, &write, sizeof(write));
	acts_deliver(acts, out.p, out.n);
	buf_free(&out);
}

static void acts_failed(struct acts *acts)
{
	static const char *const flags[] = { "argv_truncated", "unreadable", "path_truncated",
					     NULL };
	struct ls_exec_failed failed = { .hdr = acts_header(acts, LS_REC_EXEC_FAILED) };
	struct buf out = { 0 };

	failed.error = (ls_u32)strtoul(acts_bare(acts, 0), NULL, 10);
	failed.dirfd = (ls_s32)acts_number(acts, "dirfd", (unsigned long long)LS_AT_FDCWD);
	failed.at_flags = (ls_u32)acts_number(acts, "at_flags", 0);
	failed.failed_flags = acts_bits(acts_value(acts, "flags", ""), flags);
	buf_add(&out, &failed, sizeof(failed));
	acts_leaf_first(&out, acts_value(acts, "cwd", "/root"), &failed.section_len[LS_FAILED_CWD]);
	acts_text(&out, acts_bare(acts, 1), &failed.section_len[LS_FAILED_FILENAME]);
	acts_argv(acts, &out, &failed.section_len[LS_FAILED_ARGV]);
	failed.hdr.len = (ls_u32)out.n;
	memcpy(out.p, &failed, sizeof(failed));
	acts_deliver(acts, out.p, out.n);
	buf_free(&out);
}

static void acts_socket(struct acts *acts)
{
	struct ls_socket record = { .hdr = acts_header(acts, LS_REC_SOCKET) };

	record.family = (ls_u16)strtoul(acts_bare(acts, 0), NULL, 10);
	record.type = (ls_u16)strtoul(acts_bare(acts, 1), NULL, 10);
	record.proto = (ls_u32)strtoul(acts_bare(acts, 2), NULL, 10);
	record.hdr.len = sizeof(record);
	acts_deliver(acts, &record, sizeof(record));
}

static void acts_close(struct acts *acts)
{
	struct ls_close close = { .hdr = acts_header(acts, LS_REC_CLOSE) };

	close.hdr.tid = close.hdr.ppid = close.hdr.uid = close.hdr.euid = 0;
	close.hdr.auid = close.hdr.asid = close.hdr.mntns = 0;
	close.of = acts_number(acts, "of", 0);
	close.bytes_sent = acts_number(acts, "sent", 0);
	close.bytes_received = acts_number(acts, "received", 0);
	close.established = (ls_u32)acts_number(acts, "established", 1);
	close.error = (ls_u32)acts_number(acts, "error", 0);
	close.hdr.len = sizeof(close);
	acts_deliver(acts, &close, sizeof(close));
}

static void acts_fork(struct acts *acts)
{
	size_t parent = acts_pid(acts, (unsigned int)acts_number(acts, "pid", 100));
	size_t child = acts_pid(acts, (unsigned int)acts_number(acts, "child", 0));

	acts->pids[child].image = acts->pids[parent].image;
	acts->pids[child].shared = acts->pids[parent].shared = true;
	acts->kernel.members++;
}

static void acts_lose(struct acts *acts)
{
	struct ls_hdr hdr = acts_header(acts, LS_REC_EXEC);

	acts->kernel.lost[acts_has(acts, "fill")        ? LS_LOST_FILL
			  : acts_has(acts, "untracked") ? LS_LOST_UNTRACKED
							: LS_LOST_RING_FULL]++;
	if (acts_has(acts, "exec"))
		acts->pids[acts_pid(acts, hdr.tgid)].image = hdr.sseq;
}

static void acts_raw(struct acts *acts)
{
	const char *hex = acts->words_n > 1 ? acts->words[1] : "";
	struct buf out = { 0 };

	for (; hex[0] && hex[1]; hex += 2)
		buf_addc(&out, acts_hex(hex));
	buf_addc(&out, 0);
	collector__feed(acts->collector, out.p, out.n - 1);
	buf_free(&out);
}

static void acts_settle(struct acts *acts)
{
	struct ls_session kernel = acts->kernel;

	kernel.emitted = acts_number(acts, "emitted", kernel.emitted);
	kernel.members = acts_number(acts, "members", kernel.members);
	kernel.sockets = acts_number(acts, "sockets", 0);
	kernel.lost[LS_LOST_RING_FULL] = acts_number(acts, "full", kernel.lost[LS_LOST_RING_FULL]);
	acts->recursion = acts_number(acts, "recursion", acts->recursion);
	collector__settle(acts->collector, 1, &kernel, acts->recursion, acts_has(acts, "final"),
			  acts_value(acts, "why", NULL), acts->now_ns);
}

static bool acts_setup(struct acts *acts)
{
	const char *word = acts->words[0];

	if (strcmp(word, "operator") == 0)
		acts->judge.operator_uid = (uint32_t)strtoul(acts->words[1], NULL, 10);
	else if (strcmp(word, "mntns") == 0)
		acts->judge.mntns = (uint32_t)strtoul(acts->words[1], NULL, 10);
	else if (strcmp(word, "sees") == 0)
		acts->judge.sees = (uint32_t)strtoul(acts->words[1], NULL, 10);
	else if (strcmp(word, "shell") == 0)
		acts->judge.shell = true;
	else if (strcmp(word, "wrong_host") == 0)
		acts->judge.wrong_host = true;
	else if (strcmp(word, "wrong_operator") == 0)
		acts->judge.wrong_operator = true;
	else if (strcmp(word, "quiet") == 0)
		acts->quiet = true;
	else if (strcmp(word, "noticket") == 0)
		acts->noticket = true;
	else if (strcmp(word, "program") == 0)
		acts_add_program(acts);
	else if (strcmp(word, "env") == 0)
		acts->env_n +=
			(size_t)snprintf(acts->env + acts->env_n, sizeof(acts->env) - acts->env_n,
					 "%s", acts->words[1]) +
			1;
	else if (strcmp(word, "user") == 0) {
		snprintf(acts->users[acts->users_n].name, 64, "%s", acts->words[1]);
		acts->users[acts->users_n++].uid = (unsigned int)strtoul(acts->words[2], NULL, 10);
	} else if (strcmp(word, "host") == 0) {
		snprintf(acts->hosts[acts->hosts_n].name, 64, "%s", acts->words[1]);
		snprintf(acts->hosts[acts->hosts_n++].address, 64, "%s", acts->words[2]);
	} else
		return false;
	return true;
}

static void acts_act(struct acts *acts)
{
	const char *word = acts->words[0];

	if (strcmp(word, "exec") == 0)
		acts_exec(acts);
	else if (strcmp(word, "exit") == 0)
		acts_exit(acts);
	else if (strcmp(word, "fork") == 0)
		acts_fork(acts);
	else if (strcmp(word, "connect") == 0)
		acts_net(acts, LS_REC_CONNECT);
	else if (strcmp(word, "send") == 0)
		acts_net(acts, LS_REC_SEND);
	else if (strcmp(word, "bind") == 0)
		acts_net(acts, LS_REC_BIND);
	else if (strcmp(word, "listen") == 0)
		acts_net(acts, LS_REC_LISTEN);
	else if (strcmp(word, "accept") == 0)
		acts_accept(acts);
	else if (strcmp(word, "unix") == 0)
		acts_unix(acts);
	else if (strcmp(word, "socket") == 0)
		acts_socket(acts);
	else if (strcmp(word, "close") == 0)
		acts_close(acts);
	else if (strcmp(word, "write") == 0)
		acts_write(acts);
	else if (strcmp(word, "failed") == 0)
		acts_failed(acts);
	else if (strcmp(word, "lose") == 0)
		acts_lose(acts);
	else if (strcmp(word, "miss") == 0)
		acts->kernel.missed[LS_MISSED_MEMBER_FULL]++;
	else if (strcmp(word, "hold") == 0)
		acts->hold = true;
	else if (strcmp(word, "release") == 0) {
		collector__feed(acts->collector, acts->held, acts->held_n);
		free(acts->held);
		acts->held = NULL;
	} else if (strcmp(word, "again") == 0)
		collector__feed(acts->collector, acts->last, acts->last_n);
	else if (strcmp(word, "raw") == 0)
		acts_raw(acts);
	else if (strcmp(word, "unseen") == 0)
		collector__unseen_exit(acts->collector, 1, acts->now_ns);
	else if (strcmp(word, "settle") == 0)
		acts_settle(acts);
	else if (strcmp(word, "end") == 0) {
		acts->why = strcmp(acts->words[1], "ended") == 0 ? "ended" : "window";
		acts->end_ns = acts->now_ns + 1;
		collector__end(acts->collector, 1, acts->why, acts->end_ns);
	} else if (strcmp(word, "restart") == 0)
		acts_restart(acts);
	else if (strcmp(word, "clock") == 0) {
		acts->clock_ns = strtoll(acts->words[1], NULL, 10) * 1000000000ll;
		collector__set_clock(acts->collector, ACTS_BOOT_TO_WALL + acts->clock_ns);
	} else if (strcmp(word, "abandon") == 0)
		collector__abandon(acts->collector, 1, acts->words[1], acts->now_ns);
	else if (strcmp(word, "tick") == 0)
		acts->now_ns += strtoull(acts->words[1], NULL, 10) * 1000000000ull;
	else if (strcmp(word, "edit") == 0)
		acts_edit(acts);
	else if (strcmp(word, "heartbeat") == 0)
		collector__heartbeat(acts->collector, acts->now_ns);
	else
		acts_fail(acts, "unknown word", word);
}

void acts_play(struct acts *acts, const char *script)
{
	char *copy = strdup(script), *line = copy, *next;

	for (; line && !acts->error[0]; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		acts_split(acts, line);
		if (acts->words_n == 0 || (!acts->opened && acts_setup(acts)))
			continue;
		if (!acts->opened)
			acts_open(acts);
		if (!acts->error[0])
			acts_act(acts);
		if (++acts->acts_n == acts->restart_after && !acts->error[0])
			acts_restart(acts);
	}
	free(copy);
}

static void acts_new_collector(struct acts *acts, uint64_t next_seq)
{
	const struct collector_ops *ops = &acts->ops;
	struct collector_opts opts = { .host = "web-1", .boot = "b0", .next_seq = next_seq };

	opts.ops = (struct collector_ops){ .sink = acts_sink,
					   .ended = ops->ended ? acts_ended : NULL,
					   .hash = ops->hash ? acts_hash_secret : NULL,
					   .look = ops->look ? ops->look : acts_look,
					   .ctx = acts };
	collector__new(&acts->collector, &opts);
	collector__set_clock(acts->collector, ACTS_BOOT_TO_WALL + acts->clock_ns);
}

struct acts *acts_new(const char *ticket, const char *const *profiles, size_t profiles_n,
		      const struct collector_ops *ops)
{
	struct acts *acts = calloc(1, sizeof(*acts));

	acts->ops = *ops;
	acts->ticket = ticket;
	acts->profiles = profiles;
	acts->profiles_n = profiles_n;
	acts->now_ns = ACTS_OPEN_NS;
	acts->judge.operator_uid = 1000;
	acts_new_collector(acts, 1);
	return acts;
}

void acts_free(struct acts *acts)
{
	collector__free(acts->collector);
	free(acts->held);
	free(acts->last);
	buf_free(&acts->stream);
	buf_free(&acts->lines);
	buf_free(&acts->resume);
	free(acts);
}
