/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "lib/mutant_exec.h"

struct span mutant_text(const char *format, struct span a, struct span b)
{
	buf_reset(&mutant_scratch);
	for (const char *p = format; *p; p++) {
		if (*p == '1')
			buf_add(&mutant_scratch, a.p, a.n);
		else if (*p == '2')
			buf_add(&mutant_scratch, b.p, b.n);
		else
			buf_addc(&mutant_scratch, *p);
	}
	return buf_span(&mutant_scratch);
}

/* Arguments of a script begin behind its own path, which its file name stands for. */
static size_t first_arg(const struct original *o)
{
	return o->act.program->script ? 1 : 0;
}

static void insert_arg(struct act *act, size_t at, struct span arg)
{
	memmove(act->args + at + 1, act->args + at, (act->args_n - at) * sizeof(act->args[0]));
	act->args[at] = arg;
	act->args_n++;
}

static void remove_arg(struct act *act, size_t at)
{
	act->args_n--;
	memmove(act->args + at, act->args + at + 1, (act->args_n - at) * sizeof(act->args[0]));
}

void mutate_bytes(const struct original *o)
{
	static const char others[] = "\x01\x7f\xff/-.*? ~\n=,0aZ{";

	for (size_t i = first_arg(o); i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		for (size_t at = 0; at < arg.n; at++) {
			char old = arg.p[at],
			     values[] = { old ^ 0x20, old ^ 1, old ^ 0x80, old + 1, old - 1 };
			struct act mutant = o->act;

			mutant.args[i] = mutant_text("1", arg, arg);
			for (size_t v = 0; v < sizeof(values) + sizeof(others) - 1; v++) {
				mutant_scratch.p[at] =
					v < sizeof(values) ? values[v] : others[v - sizeof(values)];
				if (mutant_scratch.p[at])
					mutant_textual(i ? KIND_byte : KIND_argv0, o, &mutant);
			}
		}
	}
}

void mutate_arguments(const struct original *o)
{
	for (size_t i = first_arg(o); i < o->act.args_n; i++) {
		struct act dropped = o->act, doubled = o->act, emptied = o->act;

		remove_arg(&dropped, i);
		mutant_textual(KIND_dropped, o, &dropped);
		insert_arg(&doubled, i, o->act.args[i]);
		mutant_textual(KIND_doubled, o, &doubled);
		emptied.args[i].n = 0;
		mutant_textual(KIND_emptied, o, &emptied);
		for (size_t k = i + 1; k < o->act.args_n; k++) {
			struct act swapped = o->act;

			swapped.args[i] = o->act.args[k];
			swapped.args[k] = o->act.args[i];
			mutant_textual(KIND_swapped, o, &swapped);
		}
	}
}

void mutate_more(const struct original *o)
{
	static const char *const more[] = { "", "x", "-x", "--", "/etc/passwd", "../x", "-" };

	for (size_t at = 1; at <= o->act.args_n; at++) {
		for (size_t m = 0; m < COUNT(more); m++) {
			struct act mutant = o->act;

			insert_arg(&mutant, at, span_of(more[m]));
			mutant_textual(KIND_more, o, &mutant);
		}
		for (size_t k = 0; k < o->act.args_n; k++) {
			struct act mutant = o->act;

			insert_arg(&mutant, at, o->act.args[k]);
			mutant_textual(KIND_more, o, &mutant);
		}
	}
}

void mutate_cuts(const struct original *o)
{
	static const char *const glue[] = { "12", "1 2", "1/2", "1\n2", "1=2" };

	for (size_t i = first_arg(o); i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		for (size_t at = 0; at <= arg.n; at++) {
			struct act mutant = o->act;

			mutant.args[i].n = at;
			insert_arg(&mutant, i + 1, (struct span){ arg.p + at, arg.n - at });
			mutant_textual(KIND_split, o, &mutant);
			if (at == arg.n)
				continue;
			mutant.args[i + 1].p++; /* the byte became the NUL */
			mutant.args[i + 1].n--;
			mutant_textual(KIND_split, o, &mutant);
		}
		for (size_t g = 0; i + 1 < o->act.args_n && g < COUNT(glue); g++) {
			struct act mutant = o->act;

			mutant.args[i] = mutant_text(glue[g], arg, o->act.args[i + 1]);
			remove_arg(&mutant, i + 1);
			mutant_textual(KIND_joined, o, &mutant);
		}
	}
}

void mutate_argv0(const struct original *o)
{
	static const char *const forged[] = { "-1",
					      "./1",
					      "/tmp/1",
					      "1 ",
					      "1x",
					      "",
					      "sh",
					      "-bash",
					      "/usr/bin/../bin/1",
					      "1/",
					      "/usr/local/bin/2",
					      "//usr/bin/2" };
	struct span base = path_base(span_of(o->act.program->name));

	for (size_t i = 0; first_arg(o) == 0 && i < COUNT(forged); i++) {
		struct act mutant = o->act;

		mutant.args[0] = mutant_text(forged[i], o->act.args[0], base);
		mutant_textual(KIND_argv0, o, &mutant);
	}
}

static void set_path(const struct original *o, struct act *mutant, struct span path)
{
	if (o->act.program->script)
		mutant->filename = path;
	else
		mutant->exe = path;
	mutant_textual(KIND_path, o, mutant);
}

void mutate_path(const struct original *o)
{
	static const char *const others[] = {
		"/tmp/2", "/2", "2",   "/usr/local/bin/2",  "/mnt1",
		"1x",     "1 ", "//1", "/usr/bin/../bin/2", "/usr/bin/./2",
		"",       "1/"
	};
	struct span path = o->act.program->script ? o->act.filename : o->act.exe,
		    base = path_base(path);
	struct act mutant = o->act;

	for (size_t i = 0; i < COUNT(others); i++)
		set_path(o, &mutant, mutant_text(others[i], path, base));
	for (size_t at = 0; at < path.n; at++) {
		static const char values[] = { 0x20, 1, (char)0x80 };

		for (size_t v = 0; v < COUNT(values); v++) {
			struct span text = mutant_text("1", path, path);

			mutant_scratch.p[at] ^= values[v];
			if (mutant_scratch.p[at])
				set_path(o, &mutant, text);
		}
	}
}

static void mutate_script_file(const struct original *o)
{
	MUTATE(KIND_file, o, mutant.seen.id.ino++);
	MUTATE(KIND_file, o, mutant.seen.id.dev++);
	MUTATE(KIND_file, o, mutant.seen.id.size++);
	MUTATE(KIND_file, o, mutant.seen.id.ctime_ns++);
	MUTATE(KIND_file, o, mutant.seen.sha256[63] = 'b');
	MUTATE(KIND_file, o, mutant.gone = true);
	MUTATE(KIND_file, o, mutant.mntns++);
	MUTATE(KIND_file, o, mutant.root = span_of("/jail"));
	MUTATE(KIND_file, o, mutant.flags = LS_EXEC_FOREIGN);
}

void mutate_file(const struct original *o)
{
	MUTATE(KIND_file, o, mutant.file.ino++);
	MUTATE(KIND_file, o, mutant.file.ino = 0);
	MUTATE(KIND_file, o, mutant.file.dev++);
	if (o->act.program->script) {
		mutate_script_file(o);
		return;
	}
	MUTATE(KIND_file, o, mutant.file.size++);
	MUTATE(KIND_file, o, mutant.file.ctime_ns++);
	MUTATE(KIND_file, o, mutant.file.ctime_ns--);
	MUTATE(KIND_file, o, (mutant.file.ino++, mutant.mntns++));
	MUTATE(KIND_file, o, (mutant.file.ino++, mutant.root = span_of("/jail")));
	MUTATE(KIND_file, o, (mutant.file.ino++, mutant.flags = LS_EXEC_FOREIGN));
}

void mutate_flags(const struct original *o)
{
	MUTATE(KIND_fileless, o, mutant.flags = LS_EXEC_FILELESS);
	MUTATE(KIND_fileless, o, mutant.flags = LS_EXEC_DELETED);
	MUTATE(KIND_cut, o, mutant.flags = LS_EXEC_ARGV_TRUNCATED);
	MUTATE(KIND_cut, o, mutant.flags = LS_EXEC_ARGV_UNREADABLE);
	MUTATE(KIND_cut, o, mutant.flags = LS_EXEC_PATH_TRUNCATED);
	MUTATE(KIND_cut, o, mutant.flags = LS_EXEC_ENV_TRUNCATED);
	MUTATE(KIND_cut, o, mutant.flags = LS_EXEC_ENV_UNREADABLE);
}

static bool user_may(const struct step *step, uint32_t euid)
{
	if (!step->as)
		return euid == 0 || euid == STAGE_OPERATOR;
	return euid == (strcmp(step->as, "root") == 0 ? 0u : 33u);
}

void mutate_user(const struct original *o)
{
	for (int bit = -2; bit < 32; bit++) {
		struct act mutant = o->act;
		struct judgement judged;

		mutant.euid = bit == -2 ? 0 : bit == -1 ? UINT32_MAX : o->act.euid ^ 1u << bit;
		if (mutant.euid == o->act.euid)
			continue;
		stage_exec(&mutant, &judged);
		mutant_count(KIND_user, &judged, user_may(o->step, mutant.euid), &mutant);
		if (user_may(o->step, mutant.euid) != (judged.verdict == VERDICT_APPROVED))
			mutant_report("the user may, but is flagged", &mutant, &judged);
	}
}

/* Words that stand for any argument: nothing that is put into one of them is another command. */
static bool takes_anything(const struct original *o)
{
	if (o->row->child)
		return strcmp(o->act.program->name, "tar") == 0;
	return strstr(o->step->run.text, " ...") || strstr(o->step->run.text, "{secret}");
}

static void climb(enum kind kind, const struct original *o, size_t i, struct span text)
{
	struct act mutant = o->act;

	mutant.args[i] = text;
	if (takes_anything(o))
		mutant_textual(kind, o, &mutant);
	else
		mutant_semantic(kind, &mutant);
}

void mutate_components(const struct original *o)
{
	for (size_t i = 1; i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		climb(KIND_dotdot, o, i, mutant_text("../1", arg, arg));
		climb(KIND_dot, o, i, mutant_text("./1", arg, arg));
		climb(KIND_dotdot, o, i, mutant_text("1/..", arg, arg));
		for (size_t at = 0; at < arg.n; at++) {
			struct span head = { arg.p, at + 1 },
				    tail = { arg.p + at + 1, arg.n - at - 1 };
			struct act mutant = o->act;

			if (arg.p[at] != '/' && arg.p[at] != '=')
				continue;
			climb(KIND_dotdot, o, i, mutant_text("1../2", head, tail));
			climb(KIND_dotdot, o, i, mutant_text("1x/../2", head, tail));
			if (arg.p[at] != '/')
				continue;
			climb(KIND_dot, o, i, mutant_text("1./2", head, tail));
			mutant.args[i] = mutant_text("1/2", head, tail);
			mutant_textual(KIND_slash, o, &mutant);
		}
	}
}

void mutate_dashes(const struct original *o)
{
	static const char *const dashes[] = { "-1", "-", "--", "-x", "--1", "--x=1" };

	for (size_t i = 1; i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		for (size_t d = 0; d < COUNT(dashes); d++) {
			struct act mutant = o->act;

			mutant.args[i] = mutant_text(dashes[d], arg, arg);
			if (takes_anything(o) || (arg.n && arg.p[0] == '-'))
				mutant_textual(KIND_dash, o, &mutant);
			else
				mutant_semantic(KIND_dash, &mutant);
		}
	}
}

static bool step_sets(const struct step *step, struct span name)
{
	for (size_t i = 0; i < step->env_n; i++) {
		if (span_is(name, step->env[i].name) && !step->env[i].value)
			return true;
	}
	return false;
}

static void add_variable(const struct original *o, struct span name, const char *value)
{
	struct act mutant = o->act;

	mutant_text("1=2", name, span_of(value));
	buf_addc(&mutant_scratch, 0);
	buf_add(&mutant_scratch, o->act.env.p, o->act.env.n);
	mutant.env = buf_span(&mutant_scratch);
	mutant_semantic(KIND_environment, &mutant);
}

static void add_variables(const struct original *o, const char *names)
{
	while (*names) {
		struct span name = { names, strcspn(names, " ") };

		if (!step_sets(o->step, name)) {
			add_variable(o, name, "/tmp/x");
			add_variable(o, name, "");
		}
		names += name.n + (names[name.n] == ' ');
	}
}

void mutate_environment(const struct original *o)
{
	add_variables(o, injecting);
	add_variables(o, coding);
	if (!o->row->any) /* what it would run is judged by itself */
		add_variables(o, running);
	add_variable(o, span_of("LD_PRELOAD"), "/usr/lib/start.so"); /* as at the session's start */
}

void mutate_cwd(const struct original *o)
{
	static const char *const others[] = { "/", "/tmp", "1x", "1/x", "1/..", "/jail1" };

	for (size_t i = 0; i < COUNT(others); i++) {
		struct span cwd = mutant_text(others[i], o->act.cwd, o->act.cwd);

		if (o->step->cwd)
			MUTATE(KIND_cwd, o, mutant.cwd = cwd);
		if (o->act.program->script)
			MUTATE(KIND_cwd, o,
			       (mutant.cwd = cwd, mutant.filename = span_of("./backup.sh")));
	}
	if (o->step->cwd)
		MUTATE(KIND_cwd, o, mutant.flags = LS_EXEC_FOREIGN);
}

void mutate_relative(const struct original *o)
{
	static const char *const others[] = { "x/2", "../bin/2", ".//2", "././2",
					      "2/",  "/2",       ".2",   "./x2" };
	struct span path = o->act.filename, base = path_base(path);
	struct act act = o->act;

	if (!o->act.program->script)
		return;
	act.cwd = (struct span){ path.p, path.n - base.n - 1 };
	act.filename = base;
	mutant_want_approved("a script by its name, in its directory", &act);
	act.filename = mutant_text("./2", base, base);
	mutant_want_approved("a script by ./, in its directory", &act);
	for (size_t i = 0; i < COUNT(others); i++) {
		act.filename = mutant_text(others[i], base, base);
		mutant_semantic(KIND_cwd, &act);
	}
	act.cwd = span_of("/tmp");
	act.filename = base;
	mutant_semantic(KIND_cwd, &act);
}

void mutate_stdin(const struct original *o)
{
	static const struct {
		uint32_t kind;
		unsigned int mask;
	} inputs[] = { { LS_STDIN_TTY, STDIN_TTY },
		       { LS_STDIN_PIPE, STDIN_PIPE },
		       { LS_STDIN_FILE, STDIN_FILE },
		       { LS_STDIN_OTHER, STDIN_ANY } };
	const char *name = o->act.program->name;

	if (strcmp(name, "sh") && strcmp(name, "bash") && strcmp(name, "mysql"))
		return;
	for (size_t i = 0; i < COUNT(inputs); i++) {
		if ((o->step->stdin_mask & inputs[i].mask) != inputs[i].mask)
			MUTATE(KIND_stdin, o, mutant.stdin_kind = inputs[i].kind);
	}
}

void mutate_time(const struct original *o)
{
	const struct ticket *ticket = o->act.stage->plan->ticket;
	uint64_t from = (uint64_t)(ticket->from_ns - o->act.opts.boot_to_wall_ns);
	uint64_t until = (uint64_t)(ticket->until_ns - o->act.opts.boot_to_wall_ns);
	struct act first = o->act, last = o->act;

	MUTATE(KIND_window, o, mutant.ts_ns = from - 1);
	MUTATE(KIND_window, o, mutant.ts_ns = until);
	MUTATE(KIND_window, o, mutant.ts_ns = until + 1);
	MUTATE(KIND_window, o, mutant.ts_ns = 0);
	MUTATE(KIND_window, o, mutant.ts_ns = UINT64_MAX);
	MUTATE(KIND_window, o,
	       mutant.opts.boot_to_wall_ns += 2 * STAGE_HALF_HOUR + STAGE_HALF_HOUR);
	MUTATE(KIND_window, o, mutant.opts.boot_to_wall_ns -= STAGE_HALF_HOUR + 1);
	first.ts_ns = from;
	last.ts_ns = until - 1;
	mutant_want_approved("the window's first nanosecond", &first);
	mutant_want_approved("the window's last nanosecond", &last);
}

void mutate_session(const struct original *o)
{
	MUTATE(KIND_session, o, mutant.ended = true);
	MUTATE(KIND_session, o, mutant.opts.plan = NULL);
	MUTATE(KIND_session, o, mutant.opts.wrong_host = true);
	MUTATE(KIND_session, o, mutant.opts.wrong_operator = true);
}

void mutate_times(const struct original *o)
{
	for (int exits = 0; o->step->times_set && !o->row->child && exits < 2; exits++) {
		struct act mutant = o->act;

		mutant.before_exits = exits;
		for (; mutant.before_n < o->step->times_max; mutant.before_n++) {
			mutant_want_approved("not once too often", &mutant);
			mutant.before[mutant.before_n] = &o->act;
		}
		mutant_semantic(KIND_times, &mutant);
	}
}

void mutate_parent(const struct set *set, const struct original *o)
{
	struct act forged, mutant = o->act;

	if (!o->act.parent)
		return;
	forged = *o->act.parent;
	forged.flags = LS_EXEC_FILELESS;
	for (size_t i = 0; i <= set->n + 1; i++) {
		const struct original *other = i < set->n ? &set->v[i] : NULL;
		const struct step *inside = oracle_step(&mutant, o->step, NULL);
		struct judgement judged;

		if (other && (other->act.parent || other->step->children == CHILDREN_ANY ||
			      other->step == o->step))
			continue;
		mutant.parent = other ? &other->act : i == set->n ? &forged : NULL;
		stage_exec(&mutant, &judged);
		mutant_count(KIND_parent, &judged, inside, &mutant);
	}
}

void mutate_handover(const struct original *o)
{
	static const char *const programs[] = { "tmux",        "screen", "at",
						"systemd-run", "docker", "ssh" };
	static const char *const shells[] = { "sh", "bash", "python3", "perl" };

	for (size_t i = 0; o->row->any && i < COUNT(programs) + COUNT(shells); i++) {
		bool shell = i >= COUNT(programs);
		const char *name = shell ? shells[i - COUNT(programs)] : programs[i];
		struct act mutant = o->act;

		mutant.exe = mutant_text("/usr/bin/1", span_of(name), span_of(name));
		mutant.args[0] = span_of(name);
		mutant.args_n = shell ? 1 : mutant.args_n;
		mutant.stdin_kind = LS_STDIN_TTY;
		mutant_semantic(KIND_handover, &mutant);
	}
}
