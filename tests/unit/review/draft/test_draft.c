/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Drafted tickets: that they say what was seen, that the loader takes them whatever was seen, and
 * that each exec that a step was drafted from is matched by the draft's own automaton.
 */
#include <dirent.h>
#include <errno.h>

#include "core/base/text.h"
#include "core/base/timestamp.h"
#include "core/event/address.h"
#include "core/plan/action.h"
#include "core/plan/program.h"
#include "core/plan/programs_table.h"
#include "core/record/stored.h"
#include "core/record/words.h"
#include "core/review/draft/draft.h"
#include "lib/cmocka.h"
#include "lib/plan_fixture.h"

static const struct draft_opts no_profiles;

/* A session's lines, in the making. */
struct lines {
	struct buf text;
	uint64_t sseq;
};

/* One act; what is left out is the usual. */
struct act {
	const char *kind;       /* NULL: exec */
	const char *exe, *argv; /* arguments, each ended by | */
	uint64_t parent;
	const char *interp, *filename, *cwd, *in, *env, *flag;
	uint32_t euid;
	const char *proto, *address; /* for unix: the path */
	const char *path, *verdict;
	const char *time, *ctime; /* behind "2026-11-23T20:" */
};

static int64_t time_of(const char *text)
{
	char time[40];
	int64_t ns;

	snprintf(time, sizeof(time), "2026-11-23T20:%s", text);
	if (timestamp_parse(span_of(time), &ns))
		fail_msg("no time: %s", time);
	return ns;
}

static void add_record(struct lines *lines, struct record *record)
{
	static const struct session_info session = { .id = "s-1",
						     .operator_name = "jdoe",
						     .operator_uid = 1000 };

	record->host = "web-1";
	record->boot = "b";
	record->session = &session;
	assert_int_equal(record_line(record, &lines->text), 0);
	buf_addc(&lines->text, '\n');
}

static void start(struct lines *lines)
{
	struct record record = { .kind = RECORD_SESSION_START,
				 .boot_to_wall_ns = time_of("30:00Z") };

	*lines = (struct lines){ 0 };
	add_record(lines, &record);
}

/* Ended by NUL each instead of |. */
static struct span list_of(const char *items, struct buf *room)
{
	for (const char *p = items; p && *p; p++)
		buf_addc(room, *p == '|' ? '\0' : *p);
	return buf_span(room);
}

static void fill_exec(const struct act *act, struct event_exec *exec, struct judgement *judgement,
		      struct buf *argv, struct buf *env)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} flags[] = {
		{ "fileless", LS_EXEC_FILELESS },
		{ "truncated", LS_EXEC_ARGV_TRUNCATED },
		{ "env_truncated", LS_EXEC_ENV_TRUNCATED },
	};
	struct span entries = list_of(act->env, env);

	exec->exe = span_of(act->exe);
	exec->argv = list_of(act->argv, argv);
	exec->cwd = span_of(act->cwd ? act->cwd : "/root");
	exec->filename = span_of(act->filename ? act->filename : act->exe);
	exec->interp = span_of(act->interp);
	exec->file.ctime_ns = act->ctime ? (uint64_t)time_of(act->ctime) : 0;
	word_read(&word_inputs, span_of(act->in ? act->in : "null"), &exec->stdin_kind);
	for (size_t i = 0; act->flag && i < sizeof(flags) / sizeof(*flags); i++)
		exec->exec_flags |= strcmp(act->flag, flags[i].name) ? 0 : flags[i].flag;
	while (strings_next(&entries, &judgement->env[judgement->env_n]))
		judgement->env_n++;
	judgement->env_differs[0] = judgement->env_n > 0;
}

static void fill_other(const struct act *act, struct event *event)
{
	struct address address = { 0 };
	uint32_t proto = 0;

	if (act->address)
		assert_int_equal(address_read(span_of(act->address), &address), 0);
	if (act->proto)
		assert_int_equal(word_read(&word_protocols, span_of(act->proto), &proto), 0);
	switch (event->kind) {
	case RECORD_SOCKET:
		event->socket = (struct event_socket){ LS_AF_PACKET, LS_SOCK_RAW, 0 };
		break;
	case RECORD_UNIX:
		event->un = (struct event_unix){ .path = span_of(act->path),
						 .root = span_of("/"),
						 .type = LS_UNIX_STREAM,
						 .abstract = act->path[0] == '@',
						 .foreign = act->flag != NULL };
		break;
	case RECORD_WRITE:
		event->write.path = span_of(act->path);
		break;
	default:
		event->net = (struct event_net){ address, address, (uint16_t)proto, 0, 0 };
		break;
	}
}

static void add_act(struct lines *lines, const struct act *act)
{
	struct event event = {
		.kind = act->kind ? record_kind_named(span_of(act->kind)) : RECORD_EXEC,
		.sseq = ++lines->sseq,
		.image = act->parent,
		.start_ns = 1,
		.tgid = 4000 + (uint32_t)lines->sseq,
		.ppid = 4000,
		.uid = act->euid,
		.euid = act->euid,
	};
	struct judgement judgement = { 0 };
	struct buf argv = { 0 }, env = { 0 };
	struct record record = { .kind = event.kind,
				 .event = &event,
				 .judgement = &judgement,
				 .boot_to_wall_ns = time_of(act->time ? act->time : "30:00Z") };

	for (unsigned int i = VERDICT_UNAPPROVED; i <= VERDICT_APPROVED; i++)
		judgement.verdict = act->verdict && !strcmp(act->verdict, verdict_name(i))
					    ? i
					    : judgement.verdict;
	if (event.kind == RECORD_EXEC)
		fill_exec(act, &event.exec, &judgement, &argv, &env);
	else
		fill_other(act, &event);
	add_record(lines, &record);
	buf_free(&argv);
	buf_free(&env);
}

static void feed(struct draft *draft, struct span text)
{
	while (text.n > 0) {
		const char *newline = memchr(text.p, '\n', text.n);
		size_t n = newline ? (size_t)(newline - text.p) : text.n;
		int ret = draft__line(draft, (struct span){ text.p, n });

		if (ret && ret != -EINVAL)
			fail_msg("a line: %d", ret);
		n += newline ? 1 : 0;
		text.p += n;
		text.n -= n;
	}
}

/* The draft's text, NUL-ended; and that the loader takes it. */
static int draft_of(struct span lines, const struct draft_opts *opts, struct buf *out,
		    struct ticket **ticket)
{
	struct draft *draft;
	struct errs errs;
	int ret;

	*ticket = NULL;
	assert_int_equal(draft__new(&draft, opts), 0);
	feed(draft, lines);
	ret = draft__write(draft, out);
	draft__free(draft);
	if (ret)
		return ret;
	if (ticket_parse(out->p, out->n, ticket, &errs))
		fail_msg("%u:%u: %s\n%.*s", errs.v[0].line, errs.v[0].column, errs.v[0].message,
			 (int)out->n, out->p);
	buf_addc(out, 0);
	return 0;
}

/* The file that a name is in the recording, since no host is looked at here. */
static char *file_of(const char *name, struct span lines)
{
	struct stored stored = { 0 };
	struct span base = path_base(span_of(name));
	char *path = NULL;

	while (lines.n > 0 && !path) {
		size_t n = (size_t)((char *)memchr(lines.p, '\n', lines.n) - lines.p);
		struct span rest, argv0;

		if (!stored_read((struct span){ lines.p, n }, &stored) &&
		    stored.record.kind == RECORD_EXEC && !stored.event.exec.interp.n) {
			rest = stored.event.exec.argv;
			if (strings_next(&rest, &argv0) &&
			    (name[0] == '/' ? span_is(stored.event.exec.exe, name) ||
						      span_is(stored.event.exec.filename, name)
					    : span_eq(path_base(argv0), base)))
				path = strndup(stored.event.exec.exe.p, stored.event.exec.exe.n);
		}
		lines.p += n + 1;
		lines.n -= n + 1;
	}
	stored_free(&stored);
	return path;
}

static struct plan *plan_of(struct ticket *ticket, struct span lines)
{
	struct err err = { 0 };
	struct plan *plan;

	assert_int_equal(plan_new(ticket, NULL, 0, &plan, &err), 0);
	for (size_t i = 0; i < plan->programs_n; i++) {
		plan->programs[i].path = file_of(plan->programs[i].name, lines);
		plan->programs[i].found = plan->programs[i].path != NULL;
	}
	if (plan_compile(plan, &err))
		fail_msg("%s", err.message);
	return plan;
}

/* What some ticket can approve, told without the draft's own code. */
static bool is_approvable(const struct stored *stored, const struct action *action)
{
	const struct event_exec *exec = &stored->event.exec;
	struct span rest = action->argv, argv0;

	if (exec->exec_flags & ~(LS_EXEC_SECURE | LS_EXEC_ENV_TRUNCATED))
		return false;
	if (stored->judgement.how == HOW_SHELL ||
	    program_nature(action->path, action->argv).delegation)
		return false;
	if (text_seen(exec->exe) < exec->exe.n || memmem(action->path.p, action->path.n, "..", 2))
		return false;
	if (stored->event.sseq == 1 && exec->stdin_kind == LS_STDIN_TTY &&
	    span_is(exec->exe, "/usr/bin/bash") && exec->argv.n <= sizeof("-bash") &&
	    !stored->judgement.env_n)
		return false; /* a login shell */
	strings_next(&rest, &argv0);
	return action->script || span_eq(path_base(argv0), path_base(exec->exe)) ||
	       span_eq(path_base(argv0), path_base(exec->filename));
}

/* Each exec of the lines is matched; of those that can't be, at least one is named. */
static void check_covers(const char *name, struct span lines, const char *text,
			 const struct plan *plan)
{
	struct stored stored = { 0 };
	struct buf room = { 0 };
	struct action action;
	const uint32_t *rules;
	unsigned int left_out = 0;

	while (lines.n > 0) {
		size_t n = (size_t)((char *)memchr(lines.p, '\n', lines.n) - lines.p);

		if (!stored_read((struct span){ lines.p, n }, &stored) &&
		    stored.record.kind == RECORD_EXEC) {
			bool can = !action_build(&stored.event.exec, &room, &action) &&
				   is_approvable(&stored, &action);
			size_t matches = plan_match(plan, action.bytes, &rules);

			if (can && !matches)
				fail_msg("%s: no step for %.*s\n%s", name, (int)n, lines.p, text);
			left_out += !can && stored.judgement.how != HOW_SHELL;
		}
		lines.p += n + 1;
		lines.n -= n + 1;
	}
	if (left_out && !strstr(text, "not drafted: "))
		fail_msg("%s: %u execs are left out in silence\n%s", name, left_out, text);
	stored_free(&stored);
	buf_free(&room);
}

static char *read_file(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	struct buf out = { 0 };
	char chunk[4096];

	assert_non_null(file);
	while ((*n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&out, chunk, *n);
	fclose(file);
	*n = out.n;
	buf_addc(&out, 0);
	return out.p;
}

static int is_row(const struct dirent *entry)
{
	return entry->d_type == DT_DIR && entry->d_name[0] != '.';
}

/* Every scenario's golden lines: real records of each kind. */
static void test_goldens(void **state)
{
	struct dirent **rows;
	int n = scandir("tests/scenario", &rows, is_row, alphasort);

	(void)state;
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		struct buf text = { 0 };
		struct ticket *ticket;
		char path[512];
		size_t size;
		char *lines;

		snprintf(path, sizeof(path), "tests/scenario/%s/expected.jsonl", rows[i]->d_name);
		lines = read_file(path, &size);
		if (!draft_of((struct span){ lines, size }, &no_profiles, &text, &ticket)) {
			struct plan *plan = plan_of(ticket, (struct span){ lines, size });

			check_covers(rows[i]->d_name, (struct span){ lines, size }, text.p, plan);
			if (strstr(lines, "{secret:") &&
			    (strstr(text.p, "{secret:") || !strstr(text.p, " {secret}")))
				fail_msg("%s: a secret's mark is no argument", rows[i]->d_name);
			if (getenv("LOCKSTEP_SHOW"))
				printf("---- %s\n%s\n", rows[i]->d_name, text.p);
			plan_free(plan);
		} else if (getenv("LOCKSTEP_SHOW")) {
			printf("---- %s: nothing\n", rows[i]->d_name);
		}
		buf_free(&text);
		free(lines);
		free(rows[i]);
	}
	free(rows);
}

/*
 * Sessions of a few acts, and what the draft has to say; `not`, what it must not. A line's end in
 * `want` begins a line of the draft.
 */
static const struct row {
	const char *name;
	struct act acts[4];
	const char *want, *not ;
} rows[] = {
	{ "a program without a file",
	  { { .exe = "/usr/bin/id", .argv = "id|" },
	    { .exe = "/memfd:x", .argv = "x|", .flag = "fileless" } },
	  "\n# not drafted: /memfd:x: the program has no file",
	  "run: /memfd" },
	{ "cut arguments",
	  { { .exe = "/usr/bin/id", .argv = "id|" },
	    { .exe = "/usr/bin/ls", .argv = "ls|a|", .flag = "truncated" } },
	  "\n# not drafted: /usr/bin/ls a: it was too long",
	  "run: ls" },
	{ "delegation below a step is left out of its children",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .exe = "/usr/bin/at", .argv = "at|now|", .parent = 1 } },
	  "\n    # not drafted: /usr/bin/at now: it hands work",
	  "- at" },
	{ "a name of its own",
	  { { .exe = "/usr/bin/id", .argv = "id|" }, { .exe = "/tmp/evil", .argv = "nginx|-t|" } },
	  "\n# not drafted: /tmp/evil -t: it does not call itself",
	  "run: nginx" },
	{ "a program that others may replace keeps its path",
	  { { .exe = "/tmp/nginx", .argv = "nginx|-t|" } },
	  "\n    run: /tmp/nginx -t\n",
	  "run: nginx" },
	{ "the same twice",
	  { { .exe = "/usr/bin/id", .argv = "id|" },
	    { .exe = "/usr/bin/id", .argv = "/usr/bin/id|" } },
	  "\n    # 2 times\n    run: id\n",
	  "- id: id-2" },
	{ "an alternatives link by the name that was asked for",
	  { { .exe = "/usr/bin/vim.basic", .argv = "vi|-R|", .filename = "/usr/bin/vi" } },
	  "\n    run: vi -R\n",
	  "vim.basic" },
	{ "a script by its path",
	  { { .exe = "/usr/bin/dash",
	      .argv = "/bin/sh|./do.sh|-x|",
	      .interp = "/bin/sh",
	      .filename = "./do.sh",
	      .cwd = "/srv" } },
	  "\n    run: /srv/do.sh -x\n",
	  "stdin" },
	{ "children of children are the step's",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .exe = "/usr/bin/ls", .argv = "ls|", .parent = 1 },
	    { .exe = "/usr/bin/id", .argv = "id|-u|", .parent = 2 } },
	  "\n    children:\n      - ls\n      - id -u\n",
	  "id: ls" },
	{ "a child that is a step elsewhere is that step",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .exe = "/usr/bin/ls", .argv = "ls|", .parent = 1 },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 2 },
	    { .exe = "/usr/bin/ls", .argv = "ls|" } },
	  "\n  - id: ls-2\n    # 2 times\n    run: ls\n    children:\n      - id\n",
	  "      - ls" },
	{ "below what is left out the steps begin again",
	  { { .exe = "/usr/bin/at", .argv = "at|" },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 1 } },
	  "\n    run: id\n",
	  "children" },
	{ "below the login shell too",
	  { { .exe = "/usr/bin/bash", .argv = "-bash|", .in = "tty" },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 1 } },
	  "\n    run: id\n",
	  "bash" },
	{ "a shell that is not the system's needs a step, as the judge has it",
	  { { .exe = "/opt/bin/bash", .argv = "bash|", .in = "tty" } },
	  "\n    run: /opt/bin/bash\n    stdin: [tty]\n",
	  NULL },
	{ "so does one that was given code by its environment",
	  { { .exe = "/usr/bin/bash", .argv = "bash|", .in = "tty", .env = "BASH_ENV=/tmp/x|" } },
	  "\n    run: bash\n    stdin: [tty]\n    env:\n",
	  NULL },
	{ "and one with an option that names a file of commands",
	  { { .exe = "/usr/bin/bash", .argv = "bash|--rcfile|/tmp/x|", .in = "tty" } },
	  "\n    run: bash --rcfile /tmp/x\n",
	  NULL },
	{ "what a shell ran that was the session's, and was fed, are steps",
	  { { .exe = "/usr/bin/bash", .argv = "bash|", .in = "file" },
	    { .exe = "/opt/x", .argv = "/opt/x|", .parent = 1 },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 2 } },
	  "    stdin: [file]\n  - id: x-2\n    run: /opt/x\n    children:\n      - id\n",
	  NULL },
	{ "and one that somebody types into, below another command",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .exe = "/usr/bin/bash", .argv = "bash|", .in = "tty", .parent = 1 },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 2 } },
	  "    children:\n      - bash\n  - id: id-2\n",
	  NULL },
	{ "but not one that a command feeds",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .exe = "/usr/bin/bash", .argv = "bash|", .in = "pipe", .parent = 1 },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 2 } },
	  "    children:\n      - bash\n      - id\n",
	  "id: id" },
	{ "nor a shell that is given its commands",
	  { { .exe = "/usr/bin/bash", .argv = "bash|-c|id; id|", .in = "file" },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 1 } },
	  "    children:\n      - id\n",
	  "id: id" },
	{ "what was put in place by the command that ran then, and not the one before",
	  { { .exe = "/opt/x", .argv = "/opt/x|", .time = "30:01Z" },
	    { .exe = "/usr/bin/ls", .argv = "ls|", .time = "30:05Z" },
	    { .exe = "/usr/sbin/nginx", .argv = "nginx|", .time = "30:06Z", .ctime = "30:03Z" } },
	  "    run: /opt/x\n    # put in place or changed during the session, by this step as it "
	  "seems\n    installs:\n      - /usr/sbin/nginx\n  - id: ls-2\n",
	  NULL },
	{ "and by one that began within the same tick",
	  { { .exe = "/opt/x", .argv = "/opt/x|", .time = "30:01Z" },
	    { .exe = "/usr/bin/ls", .argv = "ls|", .time = "30:03.004Z" },
	    { .exe = "/usr/sbin/nginx", .argv = "nginx|", .time = "30:06Z", .ctime = "30:03Z" } },
	  "    run: ls\n    # put in place or changed during the session, by this step as it "
	  "seems\n    installs:\n      - /usr/sbin/nginx\n",
	  NULL },
	{ "another user",
	  { { .exe = "/usr/bin/id", .argv = "id|", .euid = 33 } },
	  "\n    as: '33'\n",
	  NULL },
	{ "the operator",
	  { { .exe = "/usr/bin/id", .argv = "id|", .euid = 1000 } },
	  "\n    run: id\n",
	  "as:" },
	{ "a relative path pins the directory",
	  { { .exe = "/usr/bin/make", .argv = "make|-f|./Makefile|", .cwd = "/srv/a b" } },
	  "\n    cwd: /srv/a b\n",
	  NULL },
	{ "in two directories it is two steps",
	  { { .exe = "/usr/bin/make", .argv = "make|./x|", .cwd = "/a" },
	    { .exe = "/usr/bin/make", .argv = "make|./x|", .cwd = "/b" } },
	  "\n    cwd: /b\n",
	  "2 times" },
	{ "no relative path, no directory",
	  { { .exe = "/usr/bin/make", .argv = "make|/x|", .cwd = "/a" } },
	  "\n    run: make /x\n",
	  "cwd" },
	{ "a shell that reads a pipe",
	  { { .exe = "/usr/bin/bash", .argv = "bash|", .in = "pipe" } },
	  "\n    stdin: [pipe]\n",
	  NULL },
	{ "what no interpreter reads is nothing to it",
	  { { .exe = "/usr/bin/cat", .argv = "cat|", .in = "pipe" } },
	  "\n    run: cat\n",
	  "stdin" },
	{ "a variable",
	  { { .exe = "/usr/bin/id", .argv = "id|", .env = "PAGER=it's: # me|" } },
	  "\n    env:\n      PAGER: 'it''s: # me'\n",
	  NULL },
	{ "a variable that is no pattern",
	  { { .exe = "/usr/bin/id", .argv = "id|", .env = "PAGER=*|" } },
	  "\n    # not drafted: 'PAGER=*'",
	  "\n    env:" },
	{ "a variable of two values",
	  { { .exe = "/usr/bin/id", .argv = "id|", .env = "PAGER=a|" },
	    { .exe = "/usr/bin/id", .argv = "id|", .env = "PAGER=b|" } },
	  "\n      PAGER: 'a'\n    # not drafted: PAGER=b",
	  NULL },
	{ "an environment that is not whole",
	  { { .exe = "/usr/bin/id", .argv = "id|", .flag = "env_truncated" } },
	  "\n    # not all of its environment was recorded",
	  NULL },
	{ "a variable with code",
	  { { .exe = "/usr/bin/id", .argv = "id|", .env = "LD_PRELOAD=/x|" } },
	  "\n      # it carries code into the program: should it?\n      LD_PRELOAD: '/x'\n",
	  NULL },
	{ "a temporary name",
	  { { .exe = "/usr/bin/rm", .argv = "rm|-rf|/tmp/tmp.aBcDeFgHiJ|" },
	    { .exe = "/usr/bin/rm", .argv = "rm|-rf|/tmp/tmp.0123456789|" } },
	  "\n    # 2 times\n    # a pattern for the random part of a temporary name\n"
	  "    run: rm -rf /tmp/tmp.??????????\n",
	  NULL },
	{ "the six of mkstemp, hardly random to look at",
	  { { .exe = "/usr/bin/rm", .argv = "rm|-rf|/tmp/apt-dpkg-install-abcd3f/x|" } },
	  "    run: rm -rf /tmp/apt-dpkg-install-??????"
	  "/x\n",
	  NULL },
	{ "a word of six is none, nor is a version",
	  { { .exe = "/usr/bin/rm",
	      .argv = "rm|/tmp/some-report/x|/tmp/d/n_1.22.1-9+deb12u9_all.deb|/tmp/n~deb12u1|" } },
	  "    run: rm /tmp/some-report/x /tmp/d/n_1.22.1-9+deb12u9_all.deb '/tmp/n~deb12u1'\n",
	  "?" },
	{ "a process of the session, which came later",
	  { { .exe = "/usr/bin/kill", .argv = "kill|4002|" },
	    { .exe = "/usr/bin/id", .argv = "id|" } },
	  "\n    # a pattern for the number of a process\n    run: kill [0-9]*\n",
	  NULL },
	{ "code is left as it is",
	  { { .exe = "/usr/bin/dash",
	      .argv = "sh|-c|rm /tmp/tmp.aBcDeFgHiJ; id|",
	      .filename = "/bin/sh" } },
	  "\n    # what varies in this code was left as it is: a pattern would allow other code\n"
	  "    run: sh -c 'rm /tmp/tmp.aBcDeFgHiJ; id'\n",
	  "?"
	  "?" },
	{ "a number that YAML would take for one",
	  { { .exe = "/usr/bin/7z", .argv = "7z|x|" } },
	  "\n    run: '7z x'\n",
	  NULL },
	{ "what YAML would take for a mapping",
	  { { .exe = "/usr/bin/a", .argv = "a|x: y|" } },
	  "\n    run: 'a ''x: y'''\n",
	  NULL },
	{ "what YAML would take for a comment",
	  { { .exe = "/usr/bin/a", .argv = "a|x #y|" } },
	  "\n    run: 'a ''x #y'''\n",
	  NULL },
	{ "a secret's mark, which somebody typed",
	  { { .exe = "/usr/bin/a", .argv = "a|{secret:00}|" } },
	  "\n    run: a '{secret:00}'\n",
	  NULL },
	{ "hostile arguments",
	  { { .exe = "/usr/bin/a",
	      .argv = "a|: b #c|-|\n  - id: x|'\"`$(|*|\xe2\x80\xae|{secret}|...|" } },
	  "\n    # a pattern for a byte that a ticket can't show",
	  "\n  - id: x" },
	{ "a program that is a shell's word",
	  { { .exe = "/usr/bin/read", .argv = "read|x|" } },
	  "\n    run: /usr/bin/read x\n",
	  NULL },
	{ "a program with a quote in its name",
	  { { .exe = "/usr/bin/it's: #", .argv = "it's: #|x|" } },
	  "\n    run: '\"it''s: #\" x'\n",
	  NULL },
	{ "connections",
	  { { .exe = "/usr/bin/curl", .argv = "curl|" },
	    { .kind = "connect", .parent = 1, .proto = "tcp", .address = "10.0.0.1:443" },
	    { .kind = "connect", .parent = 1, .proto = "tcp", .address = "[::1]:80" } },
	  "\n    connect:\n      - tcp://10.0.0.1:443\n      - tcp://[::1]:80\n",
	  NULL },
	{ "a probe of the resolver",
	  { { .exe = "/usr/bin/curl", .argv = "curl|" },
	    { .kind = "connect", .parent = 1, .proto = "udp", .address = "10.0.0.1:443" },
	    { .kind = "connect", .parent = 1, .proto = "udp", .address = "10.0.0.1:0" },
	    { .kind = "connect", .parent = 1, .proto = "tcp", .address = "10.0.0.1:443" } },
	  "\n    connect:\n      - tcp://10.0.0.1:443\n",
	  "udp" },
	{ "a UDP connect that is none",
	  { { .exe = "/usr/bin/dig", .argv = "dig|" },
	    { .kind = "connect", .parent = 1, .proto = "udp", .address = "10.0.0.1:53" },
	    { .kind = "connect", .parent = 1, .proto = "tcp", .address = "10.0.0.1:5" } },
	  "\n      - udp://10.0.0.1:53\n",
	  NULL },
	{ "a port that the kernel chose",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .kind = "listen", .parent = 1, .proto = "tcp", .address = "127.0.0.1:40123" },
	    { .kind = "bind", .parent = 1, .proto = "udp", .address = "0.0.0.0:0" } },
	  "\n    listen:\n      - tcp://127.0.0.1:32768-60999\n",
	  "udp" },
	{ "a unix socket",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .kind = "unix_connect", .parent = 1, .path = "/var/run/x.sock" },
	    { .kind = "unix_connect", .parent = 1, .path = "/run/nscd/socket" } },
	  "\n    connect:\n      - unix:/run/x.sock\n",
	  "nscd" },
	{ "a unix socket that does work",
	  { { .exe = "/usr/bin/systemctl", .argv = "systemctl|" },
	    { .kind = "unix_connect", .parent = 1, .path = "/run/systemd/private" } },
	  "\n    #   - unix:/run/systemd/private\n",
	  "\n    connect:" },
	{ "a socket of another namespace",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .kind = "unix_connect", .parent = 1, .path = "/run/x.sock", .flag = "foreign" } },
	  "\n    # not drafted: unix_connect /run/x.sock: its path is one of another",
	  "connect:" },
	{ "a packet socket",
	  { { .exe = "/opt/x", .argv = "/opt/x|" }, { .kind = "socket", .parent = 1 } },
	  "\n    sockets: [packet]\n",
	  NULL },
	{ "writes that are not judged",
	  { { .exe = "/usr/bin/cp", .argv = "cp|" },
	    { .kind = "write", .parent = 1, .path = "/a" } },
	  "\n    run: cp\n",
	  "write" },
	{ "with one that is, all are listed",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .kind = "write", .parent = 1, .path = "/a b" },
	    { .kind = "write", .parent = 1, .path = "/tmp/x.aB1cD2", .verdict = "unapproved" } },
	  "\n    write:\n      - /'a b'\n      # a pattern for the random part of a temporary "
	  "name\n"
	  "      - /tmp/x.??????\n",
	  NULL },
	{ "what the login shell writes",
	  { { .exe = "/usr/bin/bash", .argv = "bash|", .in = "tty" },
	    { .kind = "write", .parent = 1, .path = "/root/x", .verdict = "unapproved" },
	    { .exe = "/usr/bin/id", .argv = "id|", .parent = 1 } },
	  "\nallow:\n  write:\n    - /root/x\n",
	  "\n    write" },
};

static void check_row(const struct row *row, const struct draft_opts *opts)
{
	struct buf text = { 0 };
	struct ticket *ticket;
	struct lines lines;
	struct plan *plan;
	int ret;

	start(&lines);
	for (size_t k = 0; k < 4 && (row->acts[k].kind || row->acts[k].exe); k++)
		add_act(&lines, &row->acts[k]);
	ret = draft_of(buf_span(&lines.text), opts, &text, &ticket);
	if (ret)
		fail_msg("row \"%s\": %d", row->name, ret);
	if (!strstr(text.p, row->want) ||
	    (row->not &&strstr(strstr(text.p, "\nsteps:"), row->not )))
		fail_msg("row \"%s\": got\n%s", row->name, text.p);
	plan = plan_of(ticket, buf_span(&lines.text));
	if (!opts->profiles_n)
		check_covers(row->name, buf_span(&lines.text), text.p, plan);
	plan_free(plan);
	buf_free(&text);
	buf_free(&lines.text);
}

static const struct row profile_rows[] = {
	{ "a command behind sudo is a step of its own",
	  { { .exe = "/usr/bin/sudo", .argv = "sudo|nginx|-t|" },
	    { .exe = "/usr/sbin/nginx", .argv = "nginx|-t|", .parent = 1 } },
	  "\nprofiles:\n  - sudo\nsteps:\n  - id: nginx-1\n    run: nginx -t\n",
	  "run: sudo" },
	{ "as another user it is not the profile's",
	  { { .exe = "/usr/bin/sudo", .argv = "sudo|nginx|-t|", .euid = 33 } },
	  "\n    run: sudo nginx -t\n    as: '33'\n",
	  NULL },
	{ "nor with a variable that the profile does not allow",
	  { { .exe = "/usr/bin/sudo", .argv = "sudo|nginx|-t|", .env = "PAGER=x|" } },
	  "\n    run: sudo nginx -t\n",
	  NULL },
	{ "what a profile's child rule explains, below its step",
	  { { .exe = "/usr/bin/id", .argv = "id|" },
	    { .exe = "/usr/bin/dash",
	      .argv = "/bin/sh|/usr/bin/lesspipe|",
	      .interp = "/bin/sh",
	      .filename = "/usr/bin/lesspipe" },
	    { .exe = "/usr/bin/dirname", .argv = "dirname|/usr/bin/lesspipe|", .parent = 2 } },
	  "\nprofiles:\n  - login-shell\nsteps:\n  - id: id-1\n    run: id\n",
	  "dirname" },
	{ "and elsewhere it is a step",
	  { { .exe = "/usr/bin/dirname", .argv = "dirname|/usr/bin/lesspipe|" } },
	  "\n    run: dirname /usr/bin/lesspipe\n",
	  NULL },
	{ "a connection that a profile allows",
	  { { .exe = "/usr/bin/curl", .argv = "curl|" },
	    { .kind = "connect", .parent = 1, .proto = "udp", .address = "127.0.0.53:53" } },
	  "\nprofiles:\n  - base\n",
	  "connect" },
	{ "a write that a profile allows",
	  { { .exe = "/opt/x", .argv = "/opt/x|" },
	    { .kind = "write",
	      .parent = 1,
	      .path = "/root/.bash_history",
	      .verdict = "unapproved" } },
	  "\nprofiles:\n  - base\n",
	  "write" },
};

static void read_profile(const char *name, struct draft_profile *out)
{
	struct err err = { 0 };
	struct ticket *ticket;
	struct plan *plan;
	char path[64], *text;
	size_t n;

	snprintf(path, sizeof(path), "examples/profiles/%s.yaml", name);
	text = read_file(path, &n);
	assert_int_equal(profile_parse(text, n, &ticket, NULL), 0);
	free(text);
	assert_int_equal(plan_new(ticket, NULL, 0, &plan, &err), 0);
	assert_int_equal(plan_compile(plan, &err), 0);
	*out = (struct draft_profile){ name, plan };
}

/* A profile's step may have any id: a step of the draft must not have the same. */
static void test_ids(void **state)
{
	static const char text[] = "lockstep: 1\nprofile: p\nsteps:\n  - id: id-1\n    run: x\n";
	static const struct row row = { "an id of the profile's",
					{ { .exe = "/usr/bin/id", .argv = "id|" } },
					"\n  - id: id-1x\n",
					NULL };
	struct draft_profile profile = { .name = "p" };
	const struct draft_opts opts = { &profile, 1 };
	struct err err = { 0 };
	struct ticket *ticket;
	struct plan *plan;

	(void)state;
	assert_int_equal(profile_parse(text, sizeof(text) - 1, &ticket, NULL), 0);
	assert_int_equal(plan_new(ticket, NULL, 0, &plan, &err), 0);
	assert_int_equal(plan_compile(plan, &err), 0);
	profile.plan = plan;
	check_row(&row, &opts);
	plan_free(plan);
}

static void test_profiles(void **state)
{
	struct draft_profile profiles[3];
	const struct draft_opts opts = { profiles, 3 };

	(void)state;
	read_profile("base", &profiles[0]);
	read_profile("sudo", &profiles[1]);
	read_profile("login-shell", &profiles[2]);
	for (size_t i = 0; i < sizeof(profile_rows) / sizeof(*profile_rows); i++)
		check_row(&profile_rows[i], &opts);
	for (size_t i = 0; i < 3; i++)
		plan_free((struct plan *)profiles[i].plan);
}

static void test_nothing(void **state)
{
	static const struct act id = { .exe = "/usr/bin/id", .argv = "id|" };
	static const struct act at = { .exe = "/usr/bin/at", .argv = "at|" };
	struct buf text = { 0 };
	struct ticket *ticket;
	struct lines lines;

	(void)state;
	assert_int_equal(draft_of((struct span){ 0 }, &no_profiles, &text, &ticket), -ENODATA);
	assert_int_equal(draft_of(span_of("x"), &no_profiles, &text, &ticket), -ENODATA);
	start(&lines);
	assert_int_equal(draft_of(buf_span(&lines.text), &no_profiles, &text, &ticket), -ENODATA);
	add_act(&lines, &at);
	assert_int_equal(draft_of(buf_span(&lines.text), &no_profiles, &text, &ticket), -ENODATA);
	buf_free(&lines.text);
	lines = (struct lines){ 0 }; /* no start */
	add_act(&lines, &id);
	assert_int_equal(draft_of(buf_span(&lines.text), &no_profiles, &text, &ticket), -ENODATA);
	buf_free(&lines.text);
	buf_free(&text);
}

/* Another session's lines, and such as come twice, are left out and counted. */
static void test_strangers(void **state)
{
	static const struct act id = { .exe = "/usr/bin/id", .argv = "id|" };
	struct buf text = { 0 };
	struct ticket *ticket;
	struct lines lines;
	char *other;

	(void)state;
	start(&lines);
	add_act(&lines, &id);
	add_act(&lines, &id);
	lines.sseq = 0;
	add_act(&lines, &id); /* the first number again */
	lines.sseq = 7;
	add_act(&lines, &id);
	other = memmem(lines.text.p, lines.text.n, "\"session\":\"s-1", 14);
	for (char *next = other; next;
	     next = memmem(next + 1, (size_t)(lines.text.p + lines.text.n - next - 1),
			   "\"session\":\"s-1", 14))
		other = next;
	other[13] = '2';
	assert_int_equal(draft_of(buf_span(&lines.text), &no_profiles, &text, &ticket), 0);
	assert_non_null(strstr(text.p, "could not be read: stored lines, 2."));
	assert_non_null(strstr(text.p, "# 2 times\n    run: id\n"));
	ticket_free(ticket);
	buf_free(&text);
	buf_free(&lines.text);
}

/* Long lists of what was left out must not be more than the loader takes between two values. */
static void test_many_notes(void **state)
{
	static const struct act id = { .exe = "/usr/bin/id", .argv = "id|" };
	struct buf text = { 0 };
	struct ticket *ticket;
	struct lines lines;

	(void)state;
	start(&lines);
	add_act(&lines, &id);
	for (int i = 0; i < 1000; i++) {
		char argv[64];
		const struct act at = { .exe = "/usr/bin/at", .argv = argv };

		snprintf(argv, sizeof(argv), "at|%040d|", i);
		add_act(&lines, &at);
	}
	assert_int_equal(draft_of(buf_span(&lines.text), &no_profiles, &text, &ticket), 0);
	assert_non_null(strstr(text.p, "comments more that found no room"));
	ticket_free(ticket);
	buf_free(&text);
	buf_free(&lines.text);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(&rows[i], &no_profiles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),    cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_many_notes), cmocka_unit_test(test_rows),
		cmocka_unit_test(test_profiles),   cmocka_unit_test(test_ids),
		cmocka_unit_test(test_goldens)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
