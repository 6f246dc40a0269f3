/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/mutant_stage.h"

static const struct {
	const char *name, *path;
} stage_scripts[] = {
	{ "lesspipe", "/usr/bin/lesspipe" },
	{ "backup.sh", "/usr/local/bin/backup.sh" },
	{ "/tmp/lockstep.demo/session", "/tmp/lockstep.demo/session" },
};

static bool stage_is_script(const char *name, const char **path)
{
	for (size_t i = 0; i < sizeof(stage_scripts) / sizeof(*stage_scripts); i++) {
		if (strcmp(stage_scripts[i].name, name) == 0) {
			*path = stage_scripts[i].path;
			return true;
		}
	}
	return false;
}

static void stage_program(struct program *program, uint64_t ino)
{
	const char *path;

	*program = (struct program){ .name = program->name,
				     .found = true,
				     .file = { STAGE_DEV, ino, STAGE_SIZE, STAGE_CTIME } };
	memset(program->sha256, 'a', 64);
	program->script = stage_is_script(program->name, &path);
	if (program->script) {
		program->path = strdup(path);
		program->texts = fixture_room(1, sizeof(char *));
		program->texts[program->texts_n++] = strdup(path);
		program->interp_dev = STAGE_DEV;
		program->interp_ino = STAGE_INTERPRETER_INO;
	} else if (asprintf(&program->path, "%s%s", program->name[0] == '/' ? "" : "/usr/bin/",
			    program->name) < 0) {
		fixture_die("no memory");
	}
}

static void stage_look_up(struct plan *plan)
{
	for (size_t i = 0; i < plan->programs_n; i++)
		stage_program(&plan->programs[i], 1000 + i);
	for (size_t i = 0; i < plan->users_n; i++) {
		const char *name = plan->users[i].name;

		plan->users[i].found = true;
		plan->users[i].uid = strcmp(name, "root") == 0  ? 0
				     : strcmp(name, "app") == 0 ? 33
								: STAGE_OPERATOR;
	}
	for (size_t i = 0; i < plan->hosts_n; i++) {
		struct address *address = fixture_room(1, sizeof(*address));

		*address = (struct address){ LS_AF_INET, 0, { 10, 9, 9, (unsigned char)i } };
		plan->hosts[i].addresses = address;
		plan->hosts[i].addresses_n = 1;
	}
}

void stage_init(struct stage *stage, struct span text, const struct span *profiles, size_t n)
{
	static const char start[] = "PAGER=less\0LD_PRELOAD=/usr/lib/start.so\0PATH=/usr/bin";
	struct ticket *ticket, *parts[8];
	struct errs errs = { 0 };
	struct err err = { 0 };

	*stage = (struct stage){ 0 };
	if (ticket_parse(text.p, text.n, &ticket, &errs))
		fixture_die(errs.v[0].message);
	for (size_t i = 0; i < n; i++) {
		if (profile_parse(profiles[i].p, profiles[i].n, &parts[i], &errs))
			fixture_die(errs.v[0].message);
	}
	if (plan_new(ticket, parts, n, &stage->plan, &err))
		fixture_die(err.message);
	stage_look_up(stage->plan);
	if (plan_compile(stage->plan, &err))
		fixture_die(err.message);
	stage->opts = (struct judge_opts){
		.plan = stage->plan,
		.operator_uid = STAGE_OPERATOR,
		.boot_to_wall_ns = ticket->from_ns + STAGE_HALF_HOUR - (int64_t)STAGE_NOW,
		.mntns = STAGE_MNTNS,
		.env = { start, sizeof(start) },
	};
}

const struct program *stage_find(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->programs_n; i++) {
		if (strcmp(plan->programs[i].name, name) == 0)
			return &plan->programs[i];
	}
	return NULL;
}

const struct program *stage_other(void)
{
	static struct program other;

	if (!other.path) {
		other = (struct program){ .name = "other" };
		stage_program(&other, 5000);
	}
	return &other;
}

void act_args(struct act *act, const char *args, struct buf *room)
{
	buf_reset(room);
	buf_adds(room, args);
	act->args_n = 0;
	for (size_t i = 0, from = 0; i < room->n; i++) {
		if (room->p[i] != '|')
			continue;
		act->args[act->args_n++] = (struct span){ room->p + from, i - from };
		from = i + 1;
	}
}

void act_init(struct act *act, const struct stage *stage, const struct program *program)
{
	*act = (struct act){
		.stage = stage,
		.program = program,
		.exe = span_of(program->script ? "/usr/bin/dash" : program->path),
		.filename = span_of(program->path),
		.cwd = span_of("/root"),
		.root = span_of("/"),
		.file = program->file,
		.euid = STAGE_OPERATOR,
		.mntns = STAGE_MNTNS,
		.stdin_kind = LS_STDIN_NULL,
		.ts_ns = STAGE_NOW,
		.seen = { .id = program->file },
		.opts = stage->opts,
	};
	if (program->script)
		act->file.ino = STAGE_INTERPRETER_INO;
	memcpy(act->seen.sha256, program->sha256, sizeof(act->seen.sha256));
}

static void act_event(const struct act *act, uint64_t sseq, uint64_t image, struct buf *argv,
		      struct event *event)
{
	buf_reset(argv);
	if (act->program->script)
		buf_add(argv, "/bin/sh", 8);
	for (size_t i = 0; i < act->args_n; i++) {
		struct span arg = act->program->script && i == 0 ? act->filename : act->args[i];

		buf_add(argv, arg.p, arg.n);
		buf_addc(argv, 0);
	}
	*event = (struct event){
		.kind = RECORD_EXEC,
		.ts_ns = act->ts_ns,
		.start_ns = sseq,
		.sseq = sseq,
		.image = image,
		.tgid = 100 + (uint32_t)sseq,
		.uid = STAGE_OPERATOR,
		.euid = act->euid,
		.mntns = act->mntns,
		.shared = true,
	};
	event->exec = (struct event_exec){
		.exe = act->exe,
		.cwd = act->cwd,
		.root = act->root,
		.filename = act->filename,
		.interp = act->program->script ? span_of("/bin/sh") : (struct span){ 0 },
		.argv = buf_span(argv),
		.env = act->env,
		.argc = (uint32_t)(act->args_n + act->program->script),
		.exec_flags = act->flags,
		.file = act->file,
		.stdin_kind = act->stdin_kind,
		.script_seen = act->program->script && !act->gone ? &act->seen : NULL,
		.script_looked = act->program->script,
	};
}

static void stage_feed(struct judge *judge, const struct act *act, uint64_t sseq, uint64_t image,
		       bool exits, struct judgement *out)
{
	struct buf argv = { 0 };
	struct event event;

	act_event(act, sseq, image, &argv, &event);
	judge__event(judge, &event, out);
	if (exits) {
		struct judgement ignored;

		event.kind = RECORD_EXIT;
		event.image = event.sseq++;
		event.exit.status = 0;
		judge__event(judge, &event, &ignored);
	}
	buf_free(&argv);
}

/* A judge to whom the act and all that comes before it was shown; *sseq is the act's. */
static struct judge *stage_judge(const struct act *act, uint64_t *sseq, struct judgement *out)
{
	struct judge *judge;
	uint64_t image = 0;

	*sseq = 1;
	if (judge__new(&judge, &act->opts))
		fixture_die("no memory");
	for (size_t i = 0; i < act->before_n; i++, *sseq += 2)
		stage_feed(judge, act->before[i], *sseq, 0, act->before_exits, out);
	if (act->parent) {
		image = *sseq;
		stage_feed(judge, act->parent, image, 0, false, out);
		*sseq += 2;
	}
	if (act->ended)
		judge__end(judge, 0, REASON_after_end);
	stage_feed(judge, act, *sseq, image, false, out);
	return judge;
}

void stage_exec(const struct act *act, struct judgement *out)
{
	uint64_t sseq;

	judge__free(stage_judge(act, &sseq, out));
}

void stage_act(const struct act *act, struct event *event, struct judgement *out)
{
	struct judgement ignored;
	uint64_t sseq;
	struct judge *judge = stage_judge(act, &sseq, &ignored);

	event->ts_ns = act->ts_ns;
	event->image = sseq;
	event->sseq = sseq + 1;
	event->tgid = 100 + (uint32_t)sseq;
	event->start_ns = sseq;
	judge__event(judge, event, out);
	judge__free(judge);
}

static bool oracle_argv0(const struct plan *plan, const struct program *program, struct span argv0)
{
	const char *slash = strrchr(program->name, '/'), *base = slash ? slash + 1 : program->name;
	char text[512];

	if (program->script || span_is(argv0, program->name) || span_is(argv0, base) ||
	    span_is(argv0, program->path))
		return true; /* a script's was replaced by the kernel */
	for (size_t i = 0; i < plan->path.n; i++) {
		snprintf(text, sizeof(text), "%s/%s", plan->path.v[i], base);
		if (span_is(argv0, text))
			return true;
	}
	return false;
}

static bool oracle_rule(const struct act *act, const struct command *rule)
{
	const struct plan *plan = act->stage->plan;
	const struct program *program = stage_find(plan, rule->words[0].value);

	return act->args_n > 0 && act->program->script == program->script &&
	       span_is(program->script ? act->filename : act->exe, program->path) &&
	       oracle_argv0(plan, program, act->args[0]) &&
	       oracle_command(rule->text, act->args + 1, act->args_n - 1) == ORACLE_YES;
}

const struct step *stage_step(const struct stage *stage, const char *id)
{
	for (size_t i = 0; i < stage->plan->steps_n; i++) {
		if (strcmp(stage->plan->steps[i]->id, id) == 0)
			return stage->plan->steps[i];
	}
	return NULL;
}

const struct step *oracle_step(const struct act *act, const struct step *first,
			       const struct step *parent)
{
	const struct plan *plan = act->stage->plan;
	const struct step *found = NULL;

	for (size_t i = 0; i < plan->steps_n; i++) {
		if (oracle_rule(act, &plan->steps[i]->run) && found != first)
			found = plan->steps[i];
	}
	for (size_t i = 0; parent && i < parent->child_runs_n; i++) {
		if (oracle_rule(act, &parent->child_runs[i]))
			found = parent;
	}
	return found;
}

/* ADDRESS or [ADDRESS], with or without /LEN; a host name by the stage's own answers. */
static bool oracle_address(const struct plan *plan, const char *text, size_t n,
			   const struct address *to)
{
	unsigned char ip[16] = { 0 };
	char copy[128], *slash;
	unsigned int len = to->family == LS_AF_INET ? 32 : 128;

	for (size_t i = 0; i < plan->hosts_n; i++) {
		if (strlen(plan->hosts[i].name) == n && memcmp(plan->hosts[i].name, text, n) == 0)
			return to->family == LS_AF_INET && to->ip[0] == 10 && to->ip[1] == 9 &&
			       to->ip[2] == 9 && to->ip[3] == i;
	}
	if (text[0] == '[') {
		text++;
		n -= 2;
	}
	snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
	slash = strchr(copy, '/');
	if (slash) {
		len = (unsigned int)strtoul(slash + 1, NULL, 10);
		*slash = 0;
	}
	if (inet_pton(to->family, copy, ip) != 1)
		return false;
	for (unsigned int bit = 0; bit < len; bit++) {
		if ((ip[bit / 8] ^ to->ip[bit / 8]) >> (7 - bit % 8) & 1)
			return false;
	}
	return true;
}

bool oracle_dest(const struct plan *plan, const char *text, uint16_t proto,
		 const struct address *to, bool any_port)
{
	const char *scheme = proto == LS_IPPROTO_TCP ? "tcp://" : "udp://";
	const char *colon = strrchr(text, ':'), *dash = strchr(colon, '-');
	long low = strtol(colon + 1, NULL, 10), high = dash ? strtol(dash + 1, NULL, 10) : low;

	if ((proto != LS_IPPROTO_TCP && proto != LS_IPPROTO_UDP) || strncmp(text, scheme, 6) != 0)
		return false;
	if (!any_port && colon[1] != '*' && (to->port < low || to->port > high))
		return false;
	return oracle_address(plan, text + 6, (size_t)(colon - text) - 6, to);
}
