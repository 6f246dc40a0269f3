/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Every command that an example ticket approves, changed in one respect at a time: byte by byte,
 * argument by argument, and in all that makes the same text another act. The judge must flag each
 * mutant but those that an oracle, which reads the ticket's text by itself, finds inside a pattern.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "mutant_stage.h"
#include "mutant_rows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define KINDS(X)                                                                                   \
	X(byte, "one byte of an argument")                                                         \
	X(dropped, "an argument left out")                                                         \
	X(doubled, "an argument twice")                                                            \
	X(swapped, "two arguments swapped")                                                        \
	X(emptied, "an argument emptied")                                                          \
	X(more, "one more argument")                                                               \
	X(split, "an argument split")                                                              \
	X(joined, "two arguments joined")                                                          \
	X(argv0, "argv[0] forged")                                                                 \
	X(path, "the program's path")                                                              \
	X(user, "the user")                                                                        \
	X(address, "one bit of an address")                                                        \
	X(port, "a port")                                                                          \
	X(protocol, "a protocol")                                                                  \
	X(net, "another act on a socket")                                                          \
	X(unix, "a unix socket's path")                                                            \
	X(write, "a written file's path")                                                          \
	X(dotdot, "a .. component")                                                                \
	X(dot, "a . component")                                                                    \
	X(slash, "a double slash")                                                                 \
	X(dash, "a leading dash")                                                                  \
	X(file, "another file under the path")                                                     \
	X(fileless, "no file behind the program")                                                  \
	X(cut, "argv or environment not whole")                                                    \
	X(environment, "a variable that carries code")                                             \
	X(cwd, "another working directory")                                                        \
	X(stdin, "commands from another input")                                                    \
	X(window, "outside the window")                                                            \
	X(session, "another session")                                                              \
	X(order, "out of order")                                                                   \
	X(times, "once too often")                                                                 \
	X(parent, "another parent")                                                                \
	X(handover, "what children: any leaves out")

enum kind {
#define X(name, text) KIND_##name,
	KINDS(X)
#undef X
		KIND_COUNT
};

static const char *const kind_texts[] = {
#define X(name, text) text,
	KINDS(X)
#undef X
};

struct tally {
	unsigned int mutants, flagged, inside, missed;
};

struct original {
	const struct row *row;
	const struct step *step;
	struct act act;
	struct buf args, env;
};

/* One ticket on its stage, with all that it approves. */
struct set {
	struct stage stage;
	struct original v[COUNT(rows)];
	size_t n;
};

static struct tally tallies[KIND_COUNT];
static unsigned int originals, wrong;
static struct buf scratch; /* bytes of the mutant at hand */

/* ---- telling ---- */

static void say(const char *what, const struct act *act, const struct judgement *judged)
{
	if (wrong++ >= 20)
		return;
	print_message("%s: %.*s:", what, (int)act->exe.n, act->exe.p);
	for (size_t i = 0; i < act->args_n; i++)
		print_message(" \"%.*s\"", (int)act->args[i].n, act->args[i].p);
	print_message(" (%s, reasons %x)\n", verdict_name(judged->verdict), judged->reasons);
}

static void tally(enum kind kind, const struct judgement *judged, bool inside,
		  const struct act *act)
{
	bool flagged = judged->verdict == VERDICT_UNAPPROVED && judged->reasons;

	tallies[kind].mutants++;
	if (inside) {
		tallies[kind].inside++;
	} else if (flagged) {
		tallies[kind].flagged++;
	} else {
		tallies[kind].missed++;
		say(kind_texts[kind], act, judged);
	}
}

static void want_approved(const char *what, const struct act *act)
{
	struct judgement judged;

	stage_exec(act, &judged);
	if (judged.verdict != VERDICT_APPROVED)
		say(what, act, &judged);
}

/* Whatever the text: not the act that was approved. */
static void semantic(enum kind kind, const struct act *mutant)
{
	struct judgement judged;

	stage_exec(mutant, &judged);
	tally(kind, &judged, false, mutant);
}

static bool same_text(const struct act *a, const struct act *b)
{
	if (a->args_n != b->args_n || !span_eq(a->exe, b->exe) ||
	    !span_eq(a->filename, b->filename))
		return false;
	for (size_t i = 0; i < a->args_n; i++) {
		if (!span_eq(a->args[i], b->args[i]))
			return false;
	}
	return true;
}

static const struct step *parent_step(const struct original *o)
{
	return o->act.parent ? o->step : NULL;
}

/* Flagged, unless the oracle finds the text in a pattern; approved, when it is in the same step's.
 */
static void textual(enum kind kind, const struct original *o, const struct act *mutant)
{
	const struct step *inside;
	struct judgement judged;

	if (same_text(mutant, &o->act))
		return;
	inside = oracle_step(mutant, o->step, parent_step(o));
	stage_exec(mutant, &judged);
	tally(kind, &judged, inside, mutant);
	if (inside == o->step && judged.verdict != VERDICT_APPROVED)
		say("in the step's own pattern, but flagged", mutant, &judged);
}

/* ---- arguments ---- */

static struct span scratch_text(const char *format, struct span a, struct span b)
{
	buf_reset(&scratch);
	for (const char *p = format; *p; p++) {
		if (*p == '1')
			buf_add(&scratch, a.p, a.n);
		else if (*p == '2')
			buf_add(&scratch, b.p, b.n);
		else
			buf_addc(&scratch, *p);
	}
	return buf_span(&scratch);
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

static void mutate_bytes(const struct original *o)
{
	static const char others[] = "\x01\x7f\xff/-.*? ~\n=,0aZ{";

	for (size_t i = first_arg(o); i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		for (size_t at = 0; at < arg.n; at++) {
			char old = arg.p[at],
			     values[] = { old ^ 0x20, old ^ 1, old ^ 0x80, old + 1, old - 1 };
			struct act mutant = o->act;

			mutant.args[i] = scratch_text("1", arg, arg);
			for (size_t v = 0; v < sizeof(values) + sizeof(others) - 1; v++) {
				scratch.p[at] =
					v < sizeof(values) ? values[v] : others[v - sizeof(values)];
				if (scratch.p[at])
					textual(i ? KIND_byte : KIND_argv0, o, &mutant);
			}
		}
	}
}

static void mutate_arguments(const struct original *o)
{
	for (size_t i = first_arg(o); i < o->act.args_n; i++) {
		struct act dropped = o->act, doubled = o->act, emptied = o->act;

		remove_arg(&dropped, i);
		textual(KIND_dropped, o, &dropped);
		insert_arg(&doubled, i, o->act.args[i]);
		textual(KIND_doubled, o, &doubled);
		emptied.args[i].n = 0;
		textual(KIND_emptied, o, &emptied);
		for (size_t k = i + 1; k < o->act.args_n; k++) {
			struct act swapped = o->act;

			swapped.args[i] = o->act.args[k];
			swapped.args[k] = o->act.args[i];
			textual(KIND_swapped, o, &swapped);
		}
	}
}

static void mutate_more(const struct original *o)
{
	static const char *const more[] = { "", "x", "-x", "--", "/etc/passwd", "../x", "-" };

	for (size_t at = 1; at <= o->act.args_n; at++) {
		for (size_t m = 0; m < COUNT(more); m++) {
			struct act mutant = o->act;

			insert_arg(&mutant, at, span_of(more[m]));
			textual(KIND_more, o, &mutant);
		}
		for (size_t k = 0; k < o->act.args_n; k++) {
			struct act mutant = o->act;

			insert_arg(&mutant, at, o->act.args[k]);
			textual(KIND_more, o, &mutant);
		}
	}
}

static void mutate_cuts(const struct original *o)
{
	static const char *const glue[] = { "12", "1 2", "1/2", "1\n2", "1=2" };

	for (size_t i = first_arg(o); i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		for (size_t at = 0; at <= arg.n; at++) {
			struct act mutant = o->act;

			mutant.args[i].n = at;
			insert_arg(&mutant, i + 1, (struct span){ arg.p + at, arg.n - at });
			textual(KIND_split, o, &mutant);
			if (at == arg.n)
				continue;
			mutant.args[i + 1].p++; /* the byte became the NUL */
			mutant.args[i + 1].n--;
			textual(KIND_split, o, &mutant);
		}
		for (size_t g = 0; i + 1 < o->act.args_n && g < COUNT(glue); g++) {
			struct act mutant = o->act;

			mutant.args[i] = scratch_text(glue[g], arg, o->act.args[i + 1]);
			remove_arg(&mutant, i + 1);
			textual(KIND_joined, o, &mutant);
		}
	}
}

static void mutate_argv0(const struct original *o)
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

		mutant.args[0] = scratch_text(forged[i], o->act.args[0], base);
		textual(KIND_argv0, o, &mutant);
	}
}

/* ---- the program ---- */

static void set_path(const struct original *o, struct act *mutant, struct span path)
{
	if (o->act.program->script)
		mutant->filename = path;
	else
		mutant->exe = path;
	textual(KIND_path, o, mutant);
}

static void mutate_path(const struct original *o)
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
		set_path(o, &mutant, scratch_text(others[i], path, base));
	for (size_t at = 0; at < path.n; at++) {
		static const char values[] = { 0x20, 1, (char)0x80 };

		for (size_t v = 0; v < COUNT(values); v++) {
			struct span text = scratch_text("1", path, path);

			scratch.p[at] ^= values[v];
			if (scratch.p[at])
				set_path(o, &mutant, text);
		}
	}
}

#define MUTATE(kind, o, change)                                                                    \
	do {                                                                                       \
		struct act mutant = (o)->act;                                                      \
		change;                                                                            \
		semantic(kind, &mutant);                                                           \
	} while (0)

static void mutate_script_file(const struct original *o)
{
	MUTATE(KIND_file, o, mutant.seen.ino++);
	MUTATE(KIND_file, o, mutant.seen.dev++);
	MUTATE(KIND_file, o, mutant.seen.size++);
	MUTATE(KIND_file, o, mutant.seen.ctime_ns++);
	MUTATE(KIND_file, o, mutant.seen.sha256[63] = 'b');
	MUTATE(KIND_file, o, mutant.gone = true);
	MUTATE(KIND_file, o, mutant.mntns++);
	MUTATE(KIND_file, o, mutant.root = span_of("/jail"));
	MUTATE(KIND_file, o, mutant.flags = LS_EXEC_FOREIGN);
}

/* A copy, a bind mount, an edit, another namespace's. */
static void mutate_file(const struct original *o)
{
	MUTATE(KIND_file, o, mutant.ino++);
	MUTATE(KIND_file, o, mutant.ino = 0);
	MUTATE(KIND_file, o, mutant.dev++);
	if (o->act.program->script) {
		mutate_script_file(o);
		return;
	}
	MUTATE(KIND_file, o, mutant.size++);
	MUTATE(KIND_file, o, mutant.ctime_ns++);
	MUTATE(KIND_file, o, mutant.ctime_ns--);
	MUTATE(KIND_file, o, (mutant.ino++, mutant.mntns++));
	MUTATE(KIND_file, o, (mutant.ino++, mutant.root = span_of("/jail")));
	MUTATE(KIND_file, o, (mutant.ino++, mutant.flags = LS_EXEC_FOREIGN));
}

static void mutate_flags(const struct original *o)
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

static void mutate_user(const struct original *o)
{
	for (int bit = -2; bit < 32; bit++) {
		struct act mutant = o->act;
		struct judgement judged;

		mutant.euid = bit == -2 ? 0 : bit == -1 ? UINT32_MAX : o->act.euid ^ 1u << bit;
		if (mutant.euid == o->act.euid)
			continue;
		stage_exec(&mutant, &judged);
		tally(KIND_user, &judged, user_may(o->step, mutant.euid), &mutant);
		if (user_may(o->step, mutant.euid) != (judged.verdict == VERDICT_APPROVED))
			say("the user may, but is flagged", &mutant, &judged);
	}
}

/* ---- texts that look like what was approved ---- */

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
		textual(kind, o, &mutant);
	else
		semantic(kind, &mutant);
}

static void mutate_components(const struct original *o)
{
	for (size_t i = 1; i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		climb(KIND_dotdot, o, i, scratch_text("../1", arg, arg));
		climb(KIND_dot, o, i, scratch_text("./1", arg, arg));
		climb(KIND_dotdot, o, i, scratch_text("1/..", arg, arg));
		for (size_t at = 0; at < arg.n; at++) {
			struct span head = { arg.p, at + 1 },
				    tail = { arg.p + at + 1, arg.n - at - 1 };
			struct act mutant = o->act;

			if (arg.p[at] != '/' && arg.p[at] != '=')
				continue;
			climb(KIND_dotdot, o, i, scratch_text("1../2", head, tail));
			climb(KIND_dotdot, o, i, scratch_text("1x/../2", head, tail));
			if (arg.p[at] != '/')
				continue;
			climb(KIND_dot, o, i, scratch_text("1./2", head, tail));
			mutant.args[i] = scratch_text("1/2", head, tail);
			textual(KIND_slash, o, &mutant);
		}
	}
}

static void mutate_dashes(const struct original *o)
{
	static const char *const dashes[] = { "-1", "-", "--", "-x", "--1", "--x=1" };

	for (size_t i = 1; i < o->act.args_n; i++) {
		struct span arg = o->act.args[i];

		for (size_t d = 0; d < COUNT(dashes); d++) {
			struct act mutant = o->act;

			mutant.args[i] = scratch_text(dashes[d], arg, arg);
			if (takes_anything(o) || (arg.n && arg.p[0] == '-'))
				textual(KIND_dash, o, &mutant);
			else
				semantic(KIND_dash, &mutant);
		}
	}
}

/* ---- surroundings ---- */

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

	scratch_text("1=2", name, span_of(value));
	buf_addc(&scratch, 0);
	buf_add(&scratch, o->act.env.p, o->act.env.n);
	mutant.env = buf_span(&scratch);
	semantic(KIND_environment, &mutant);
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

static void mutate_environment(const struct original *o)
{
	add_variables(o, injecting);
	add_variables(o, coding);
	if (!o->row->any) /* what it would run is judged by itself */
		add_variables(o, running);
	add_variable(o, span_of("LD_PRELOAD"), "/usr/lib/start.so"); /* as at the session's start */
}

static void mutate_cwd(const struct original *o)
{
	static const char *const others[] = { "/", "/tmp", "1x", "1/x", "1/..", "/jail1" };

	for (size_t i = 0; i < COUNT(others); i++) {
		struct span cwd = scratch_text(others[i], o->act.cwd, o->act.cwd);

		if (o->step->cwd)
			MUTATE(KIND_cwd, o, mutant.cwd = cwd);
		if (o->act.program->script)
			MUTATE(KIND_cwd, o,
			       (mutant.cwd = cwd, mutant.filename = span_of("./backup.sh")));
	}
	if (o->step->cwd)
		MUTATE(KIND_cwd, o, mutant.flags = LS_EXEC_FOREIGN);
}

/* A script by a relative path is the one in the directory, and only spelled so. */
static void mutate_relative(const struct original *o)
{
	static const char *const others[] = { "x/2", "../bin/2", ".//2", "././2",
					      "2/",  "/2",       ".2",   "./x2" };
	struct span path = o->act.filename, base = path_base(path);
	struct act act = o->act;

	if (!o->act.program->script)
		return;
	act.cwd = (struct span){ path.p, path.n - base.n - 1 };
	act.filename = base;
	want_approved("a script by its name, in its directory", &act);
	act.filename = scratch_text("./2", base, base);
	want_approved("a script by ./, in its directory", &act);
	for (size_t i = 0; i < COUNT(others); i++) {
		act.filename = scratch_text(others[i], base, base);
		semantic(KIND_cwd, &act);
	}
	act.cwd = span_of("/tmp");
	act.filename = base;
	semantic(KIND_cwd, &act);
}

static void mutate_stdin(const struct original *o)
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

static void mutate_time(const struct original *o)
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
	want_approved("the window's first nanosecond", &first);
	want_approved("the window's last nanosecond", &last);
}

static void mutate_session(const struct original *o)
{
	MUTATE(KIND_session, o, mutant.ended = true);
	MUTATE(KIND_session, o, mutant.opts.plan = NULL);
	MUTATE(KIND_session, o, mutant.opts.wrong_host = true);
	MUTATE(KIND_session, o, mutant.opts.wrong_operator = true);
}

static void mutate_times(const struct original *o)
{
	for (int exits = 0; o->step->times_set && !o->row->child && exits < 2; exits++) {
		struct act mutant = o->act;

		mutant.before_exits = exits;
		for (; mutant.before_n < o->step->times_max; mutant.before_n++) {
			want_approved("not once too often", &mutant);
			mutant.before[mutant.before_n] = &o->act;
		}
		semantic(KIND_times, &mutant);
	}
}

/* ---- the tree ---- */

/* A child of another step's program, of a refused one, and of none. */
static void mutate_parent(const struct set *set, const struct original *o)
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
		tally(KIND_parent, &judged, inside, &mutant);
	}
}

static void mutate_handover(const struct original *o)
{
	static const char *const programs[] = { "tmux",        "screen", "at",
						"systemd-run", "docker", "ssh" };
	static const char *const shells[] = { "sh", "bash", "python3", "perl" };

	for (size_t i = 0; o->row->any && i < COUNT(programs) + COUNT(shells); i++) {
		bool shell = i >= COUNT(programs);
		const char *name = shell ? shells[i - COUNT(programs)] : programs[i];
		struct act mutant = o->act;

		mutant.exe = scratch_text("/usr/bin/1", span_of(name), span_of(name));
		mutant.args[0] = span_of(name);
		mutant.args_n = shell ? 1 : mutant.args_n;
		mutant.stdin_kind = LS_STDIN_TTY;
		semantic(KIND_handover, &mutant);
	}
}

/* ---- sockets and files ---- */

static bool covered(const struct dests *dests, const struct plan *plan, uint16_t proto,
		    const struct address *to, bool any_port)
{
	for (size_t i = 0; i < dests->n; i++) {
		if (dests->v[i].kind != DEST_UNIX &&
		    oracle_dest(plan, dests->v[i].text, proto, to, any_port))
			return true;
	}
	return false;
}

static bool may_connect(const struct original *o, uint16_t proto, const struct address *to,
			bool any_port)
{
	const struct plan *plan = o->act.stage->plan;

	if (covered(&o->step->connect, plan, proto, to, any_port))
		return true;
	for (size_t i = 0; i < plan->owned_n; i++) {
		if (covered(&plan->owned[i]->allow_connect, plan, proto, to, any_port))
			return true;
	}
	return false;
}

static bool net_inside(const struct original *o, const struct event *event)
{
	const struct event_net *net = &event->net;

	switch (event->kind) {
	case EVENT_CONNECT: /* a resolver's probe is a UDP connect to where TCP may go */
		return may_connect(o, net->proto, &net->remote, false) ||
		       (net->proto == LS_IPPROTO_UDP &&
			may_connect(o, LS_IPPROTO_TCP, &net->remote, net->remote.port == 0));
	case EVENT_SEND:
		return covered(&o->step->send, o->act.stage->plan, net->proto, &net->remote,
			       false) ||
		       may_connect(o, net->proto, &net->remote, false);
	default:
		return (event->kind == EVENT_BIND && net->local.port == 0) ||
		       covered(&o->step->listen, o->act.stage->plan, net->proto, &net->local,
			       false);
	}
}

static void net_mutant(enum kind kind, const struct original *o, struct event event)
{
	struct judgement judged;
	bool inside = net_inside(o, &event);

	stage_act(&o->act, &event, &judged);
	tally(kind, &judged, inside, &o->act);
	if (inside && judged.verdict != VERDICT_APPROVED)
		say("a destination of the step, but flagged", &o->act, &judged);
}

static void net_both(struct event *event, const struct address *address)
{
	event->net.local = event->net.remote = *address;
}

static void mutate_address(const struct original *o, const struct event *event)
{
	struct address address = event->net.remote;

	for (unsigned int bit = 0; bit < (address.family == LS_AF_INET ? 32 : 128); bit++) {
		struct event mutant = *event;

		address.ip[bit / 8] ^= (unsigned char)(1 << bit % 8);
		net_both(&mutant, &address);
		net_mutant(KIND_address, o, mutant);
		address.ip[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (unsigned int bit = 0; bit < 18; bit++) {
		struct event mutant = *event;
		struct address other = address;

		other.port = (uint16_t)(bit < 16 ? address.port ^ 1 << bit
						 : address.port + (bit == 16 ? 1 : -1));
		net_both(&mutant, &other);
		net_mutant(KIND_port, o, mutant);
	}
}

static void mutate_net(const struct original *o, const struct event *event)
{
	static const enum event_kind kinds[] = { EVENT_CONNECT, EVENT_SEND, EVENT_BIND,
						 EVENT_LISTEN };
	static const uint16_t protos[] = { LS_IPPROTO_TCP, LS_IPPROTO_UDP, 132, 0 };

	for (size_t i = 0; i < COUNT(protos); i++) {
		struct event mutant = *event;

		mutant.net.proto = protos[i];
		if (protos[i] != event->net.proto)
			net_mutant(KIND_protocol, o, mutant);
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct event mutant = *event;

		mutant.kind = kinds[i];
		if (kinds[i] != event->kind)
			net_mutant(KIND_net, o, mutant);
	}
}

/* What was refused may not do anything, nor may anyone when it is too late. */
static void mutate_actor(enum kind kind, const struct original *o, const struct event *event)
{
	struct act forged = o->act, late = o->act;
	struct event mutant = *event;
	struct judgement judged;

	forged.flags = LS_EXEC_DELETED;
	stage_act(&forged, &mutant, &judged);
	tally(kind, &judged, false, &forged);
	mutant = *event;
	late.ended = true;
	stage_act(&late, &mutant, &judged);
	tally(kind, &judged, false, &late);
}

static const struct original *original_of(const struct set *set, const char *step)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->v[i].row->step, step) == 0)
			return &set->v[i];
	}
	fail_msg("no original of step \"%s\"", step);
	return NULL;
}

static void net_original(const struct set *set, const struct net_row *row)
{
	const struct original *o = original_of(set, row->step);
	struct address address = { .family = strchr(row->address, ':') ? LS_AF_INET6 : LS_AF_INET,
				   .port = row->port };
	struct event event = { .kind = row->kind, .net.proto = row->proto, .mntns = STAGE_MNTNS };
	struct event first;
	struct judgement judged;

	assert_int_equal(inet_pton(address.family, row->address, address.ip), 1);
	net_both(&event, &address);
	first = event;
	originals++;
	stage_act(&o->act, &first, &judged);
	if (judged.verdict != VERDICT_APPROVED || !net_inside(o, &event))
		say("an original", &o->act, &judged);
	mutate_address(o, &event);
	mutate_net(o, &event);
	mutate_actor(KIND_net, o, &event);
}

static bool unix_inside(const struct original *o, struct span path)
{
	const struct plan *plan = o->act.stage->plan;

	for (size_t s = 0; s <= plan->owned_n; s++) {
		const struct dests *dests =
			s ? &plan->owned[s - 1]->allow_connect : &o->step->connect;

		for (size_t i = 0; i < dests->n; i++) {
			if (dests->v[i].kind == DEST_UNIX && span_is(path, dests->v[i].text + 5))
				return true;
		}
	}
	return false;
}

static bool write_inside(const struct original *o, struct span path)
{
	const struct plan *plan = o->act.stage->plan;

	for (size_t s = 0; s <= plan->owned_n; s++) {
		const struct patterns *patterns =
			s ? &plan->owned[s - 1]->allow_write : &o->step->write;

		for (size_t i = 0; i < patterns->n; i++) {
			struct oracle_word word;
			unsigned long steps = 0;
			bool has;

			oracle_word_read(patterns->v[i].text, false, &word);
			has = oracle_word_has(&word, path, &steps);
			free(word.tokens);
			if (has)
				return true;
		}
	}
	return false;
}

static struct event path_event(enum kind kind, struct span path)
{
	struct event event = { .kind = EVENT_UNIX, .mntns = STAGE_MNTNS };

	if (kind == KIND_unix) {
		event.un = (struct event_unix){ .given = path,
						.path = path,
						.root = span_of("/"),
						.type = LS_UNIX_STREAM,
						.abstract = path.p[0] == '@' };
		return event;
	}
	event.kind = EVENT_WRITE;
	event.write = (struct event_write){
		.path = path, .ino = 9, .dev = STAGE_DEV, .mode = LS_MODE_FILE
	};
	return event;
}

static void path_mutant(enum kind kind, const struct original *o, struct span path)
{
	bool inside = kind == KIND_unix ? unix_inside(o, path) : write_inside(o, path);
	struct event event = path_event(kind, path);
	struct judgement judged;

	stage_act(&o->act, &event, &judged);
	tally(kind, &judged, inside, &o->act);
	if (inside && judged.verdict != VERDICT_APPROVED)
		say(path.p, &o->act, &judged);
}

static void mutate_place(enum kind kind, const struct original *o, struct span path)
{
	struct event event = path_event(kind, path);
	struct judgement judged;

	for (int i = 0; i < 4 && path.p[0] == '/'; i++) {
		event = path_event(kind, path);
		if (i == 0)
			event.mntns++;
		else if (kind == KIND_unix && i == 1)
			event.un.root = span_of("/jail");
		else if (kind == KIND_unix)
			event.un.foreign = true;
		else
			event.write.write_flags = LS_WRITE_PATH_TRUNCATED << (i - 1);
		stage_act(&o->act, &event, &judged);
		tally(kind, &judged, false, &o->act);
	}
}

static void path_original(enum kind kind, const struct set *set, const struct path_row *row)
{
	static const char values[] = "\x01/-.*_a0Z\xff";
	const struct original *o = original_of(set, row->step);
	struct span path = span_of(row->path);
	struct event event = path_event(kind, path);
	struct judgement judged;

	originals++;
	stage_act(&o->act, &event, &judged);
	if (judged.verdict != VERDICT_APPROVED)
		say("an original", &o->act, &judged);
	for (size_t at = 0; at < path.n; at++) {
		for (size_t v = 0; v < sizeof(values) - 1; v++) {
			struct span text = scratch_text("1", path, path);

			if (path.p[at] == values[v] || (at == 0 && values[v] == '@'))
				continue;
			scratch.p[at] = values[v];
			path_mutant(kind, o, text);
		}
	}
	path_mutant(kind, o, scratch_text("1x", path, path));
	path_mutant(kind, o, scratch_text("/jail1", path, path));
	path_mutant(kind, o, scratch_text("1/../x", path, path));
	path_mutant(kind, o, (struct span){ path.p, path.n - 1 });
	mutate_place(kind, o, path);
	event = path_event(kind, path);
	mutate_actor(kind, o, &event);
}

/* ---- the sets ---- */

static void read_file(const char *name, struct buf *out)
{
	FILE *file = fopen(name, "rb");
	char room[4096];
	size_t n;

	if (!file)
		fail_msg("\"%s\" is not there: run from the source's top directory", name);
	while ((n = fread(room, 1, sizeof(room), file)) > 0)
		buf_add(out, room, n);
	fclose(file);
}

static void replace(struct buf *text, const char *old, const char *new)
{
	struct buf out = { 0 };
	size_t n = strlen(old);

	for (size_t i = 0; i < text->n;) {
		if (text->n - i >= n && memcmp(text->p + i, old, n) == 0) {
			buf_adds(&out, new);
			i += n;
		} else {
			buf_addc(&out, text->p[i++]);
		}
	}
	buf_free(text);
	*text = out;
}

static void ticket_text(int ticket, bool strict, struct buf *out)
{
	if (ticket == TICKET_RICH)
		buf_adds(out, rich_ticket);
	else
		read_file(ticket == TICKET_DEMO ? demo_file : example_file, out);
	for (size_t i = 0; ticket == TICKET_DEMO && i < COUNT(demo_values); i++)
		replace(out, demo_values[i][0], demo_values[i][1]);
	replace(out, "order: any", "");
	if (strict)
		buf_adds(out, "order: strict\n");
}

static void add_original(struct set *set, const struct row *row)
{
	struct original *o = &set->v[set->n++];
	const struct plan *plan = set->stage.plan;
	const struct program *program = row->any ? stage_other() : NULL;

	*o = (struct original){ .row = row, .step = stage_step(&set->stage, row->step) };
	if (!o->step)
		fail_msg("no step \"%s\"", row->step);
	act_args(&o->act, row->argv, &o->args);
	for (size_t i = 0; !program && i < (row->child ? o->step->child_runs_n : 1); i++) {
		const char *name =
			(row->child ? &o->step->child_runs[i] : &o->step->run)->words[0].value;

		if (!row->child || span_is(o->act.args[0], name))
			program = stage_find(plan, name);
	}
	act_init(&o->act, &set->stage, program);
	act_args(&o->act, row->argv, &o->args);
	if (row->env)
		o->act.env = (struct span){ row->env, strlen(row->env) + 1 };
	if (row->cwd)
		o->act.cwd = span_of(row->cwd);
	if (row->other_user)
		o->act.euid = row->user_id;
	if (row->stdin_given)
		o->act.stdin_kind = row->stdin_kind;
	if (row->child || row->any)
		o->act.parent = &original_of(set, row->step)->act;
}

static void set_make(struct set *set, int ticket, bool strict)
{
	struct buf text = { 0 }, profiles[COUNT(profile_files)] = { { 0 } };
	struct span spans[COUNT(profile_files)];

	set->n = 0;
	ticket_text(ticket, strict, &text);
	for (size_t i = 0; i < COUNT(profile_files); i++) {
		read_file(profile_files[i], &profiles[i]);
		spans[i] = buf_span(&profiles[i]);
	}
	stage_init(&set->stage, buf_span(&text), spans,
		   ticket == TICKET_EXAMPLE ? COUNT(profile_files) : 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].ticket == ticket)
			add_original(set, &rows[i]);
	}
	for (size_t i = 0; i < COUNT(profile_files); i++)
		buf_free(&profiles[i]);
	buf_free(&text);
}

static void set_clear(struct set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		buf_free(&set->v[i].args);
		buf_free(&set->v[i].env);
	}
	plan_free(set->stage.plan);
}

static void mutate(const struct set *set, const struct original *o)
{
	originals++;
	want_approved("an original", &o->act);
	mutate_flags(o);
	mutate_environment(o);
	mutate_time(o);
	mutate_session(o);
	mutate_parent(set, o);
	mutate_handover(o);
	if (o->row->any)
		return; /* its text is none of the ticket's */
	mutate_bytes(o);
	mutate_arguments(o);
	mutate_more(o);
	mutate_cuts(o);
	mutate_argv0(o);
	mutate_path(o);
	mutate_file(o);
	mutate_components(o);
	mutate_dashes(o);
	mutate_cwd(o);
	mutate_relative(o);
	mutate_stdin(o);
	mutate_times(o);
	if (!o->row->child)
		mutate_user(o);
}

static size_t own_index(const struct set *set, const struct original *o)
{
	for (size_t i = 0; !o->act.parent && i < set->stage.plan->own_steps_n; i++) {
		if (set->stage.plan->steps[i] == o->step)
			return i;
	}
	return SIZE_MAX;
}

static void mutate_order(const struct set *set)
{
	for (size_t a = 0; a < set->n; a++) {
		for (size_t b = 0; b < set->n; b++) {
			size_t i = own_index(set, &set->v[a]), k = own_index(set, &set->v[b]);
			struct act act = set->v[b].act;

			if (i == SIZE_MAX || k == SIZE_MAX || i == k)
				continue;
			act.before[act.before_n++] = &set->v[a].act;
			if (i > k)
				semantic(KIND_order, &act);
			else
				want_approved("in order", &act);
		}
	}
}

static void mutate_ticket(int ticket)
{
	static struct set set;

	set_make(&set, ticket, false);
	for (size_t i = 0; i < set.n; i++)
		mutate(&set, &set.v[i]);
	for (size_t i = 0; i < COUNT(net_rows); i++) {
		if (net_rows[i].ticket == ticket)
			net_original(&set, &net_rows[i]);
	}
	for (size_t i = 0; i < COUNT(unix_rows); i++) {
		if (unix_rows[i].ticket == ticket)
			path_original(KIND_unix, &set, &unix_rows[i]);
	}
	for (size_t i = 0; i < COUNT(write_rows); i++) {
		if (write_rows[i].ticket == ticket)
			path_original(KIND_write, &set, &write_rows[i]);
	}
	set_clear(&set);
	set_make(&set, ticket, true);
	mutate_order(&set);
	set_clear(&set);
}

static void print_line(const char *name, const struct tally *t)
{
	print_message("  %-32s %8u %8u %8u %8u\n", name, t->mutants, t->flagged, t->inside,
		      t->missed);
}

static void test_mutants(void **state)
{
	struct tally all = { 0 };

	(void)state;
	for (int ticket = 0; ticket < TICKETS; ticket++)
		mutate_ticket(ticket);
	buf_free(&scratch);
	free(stage_other()->path);
	print_message("originals: %u\n  %-32s %8s %8s %8s %8s\n", originals, "", "mutants",
		      "flagged", "inside", "missed");
	for (int i = 0; i < KIND_COUNT; i++) {
		print_line(kind_texts[i], &tallies[i]);
		all.mutants += tallies[i].mutants;
		all.flagged += tallies[i].flagged;
		all.inside += tallies[i].inside;
		all.missed += tallies[i].missed;
		if (tallies[i].flagged == 0)
			fail_msg("no mutant of the kind \"%s\" was flagged", kind_texts[i]);
	}
	print_line("all", &all);
	assert_int_equal(all.missed, 0);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mutants) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
