/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/lint/careful.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/array.h"
#include "core/base/buf.h"
#include "core/match/atom.h"
#include "core/plan/env_table.h"
#include "core/plan/program.h"
#include "core/plan/programs_table.h"

enum { V4_PREFIX_MIN = 16, V6_PREFIX_MIN = 48, WARNING_MAX = 300, TEXT_MAX = 120 };

#define WINDOW_MAX_NS (24 * 3600 * 1000000000ll)

/* Programs that run what their arguments say. Interpreters do too; they are in programs_table.c. */
static const char *const wrappers[] = {
	"busybox", "capsh",   "chroot",  "chrt",   "doas",    "env",     "fakeroot",
	"find",    "flock",   "ionice",  "nice",   "nohup",   "nsenter", "parallel",
	"pkexec",  "prlimit", "runuser", "script", "setarch", "setpriv", "setsid",
	"sg",      "stdbuf",  "strace",  "su",     "sudo",    "taskset", "time",
	"timeout", "toybox",  "unshare", "watch",  "xargs",
};

static const char *const shells[] = {
	"sh",        "bash",        "dash",          "/bin/sh",
	"/bin/bash", "/usr/bin/sh", "/usr/bin/bash", "/usr/bin/dash",
};

struct review {
	const struct plan *plan;
	const struct step *step; /* NULL: the ticket's own part */
	careful_warn warn;
	void *ctx;
};

static void __attribute__((format(printf, 2, 3)))
say(const struct review *review, const char *fmt, ...)
{
	char text[WARNING_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	review->warn(review->ctx, review->step ? review->step->id : NULL,
		     review->step ? review->step->line : 0, text);
}

/* How much of a text a warning has room for, without half a character at its end. */
static int shown(const char *text)
{
	int n = (int)strnlen(text, TEXT_MAX);

	while (text[n] && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static const struct program *program_of(const struct review *review, const char *name)
{
	for (size_t i = 0; i < review->plan->programs_n; i++) {
		if (strcmp(review->plan->programs[i].name, name) == 0)
			return &review->plan->programs[i];
	}
	return NULL;
}

/* The file that a command runs, where this host has it; else what the ticket calls it. */
static struct span file_of(const struct review *review, const struct command *command)
{
	const struct program *program = program_of(review, command->words[0].value);

	return span_of(program && program->found && program->path ? program->path
								  : command->words[0].value);
}

static struct program_nature nature_of(const struct review *review, const struct command *command,
				       size_t n, struct buf *argv)
{
	/* For a pattern stands something that is neither an option nor a path. */
	buf_reset(argv);
	for (size_t i = 0; i < n; i++) {
		const struct word *word = &command->words[i];

		if (word->repeat == WORD_ANY_ARGS)
			continue;
		buf_adds(argv, word->literal ? word->value : "pattern");
		buf_addc(argv, 0);
	}
	return program_nature(file_of(review, command), buf_span(argv));
}

/* The word by which an interpreter knows its commands: -c and the like, or its script; 0: none. */
static size_t commands_word(const struct review *review, const struct command *command)
{
	struct buf argv = { 0 };
	size_t at = 0;

	for (size_t n = 2; n <= command->words_n && !at; n++) {
		if (nature_of(review, command, n, &argv).input == INPUT_GIVEN)
			at = n - 1;
	}
	buf_free(&argv);
	return at;
}

static bool is_temp(struct span path)
{
	for (size_t i = 0; i < PATH_TEMP_DIRS_N; i++) {
		size_t n = strlen(path_temp_dirs[i]);

		if (path.n > n && memcmp(path.p, path_temp_dirs[i], n) == 0)
			return true;
	}
	return false;
}

static void check_script(const struct review *review, const struct word *word, const char *program)
{
	const char *text = word->literal ? word->value : word->text;

	if (!word->literal)
		say(review, "which script \"%.*s\" runs is a pattern: \"%.*s\"", shown(program),
		    program, shown(text), text);
	if (is_temp(span_of(text)))
		say(review, "runs the script \"%.*s\", in a directory where anybody may write",
		    shown(text), text);
}

static void check_interpreter(const struct review *review, const struct command *command)
{
	const char *program = command->words[0].value;
	struct buf argv = { 0 };
	struct program_nature nature = nature_of(review, command, command->words_n, &argv);
	size_t at = nature.input == INPUT_GIVEN ? commands_word(review, command) : 0;

	buf_free(&argv);
	if (nature.input == INPUT_STDIN)
		say(review, "\"%.*s\" takes its commands from its input, where no rule reads them",
		    shown(program), program);
	else if (at > 0 && command->words[at].literal && strchr("-+", command->words[at].value[0]))
		say(review, "\"%.*s\" is given code as an argument (%.*s): read it as a script",
		    shown(program), program, shown(command->words[at].value),
		    command->words[at].value);
	else if (at > 0)
		check_script(review, &command->words[at], program);
}

static bool is_wrapper(struct span base)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++) {
		if (span_is(base, wrappers[i]))
			return true;
	}
	return false;
}

static const char *shell_in(const struct word *word)
{
	for (size_t i = 0; !word->literal && i < ARRAY_SIZE(shells); i++) {
		if (word_matches(word, span_of(shells[i])))
			return shells[i];
	}
	return NULL;
}

/* What takes a command, and a part of it that nobody wrote out. */
static void check_wrapper(const struct review *review, const struct command *command)
{
	const char *program = command->words[0].value;

	for (size_t i = 1; i < command->words_n; i++) {
		const struct word *word = &command->words[i];
		const char *shell = word->repeat == WORD_ONCE || word->repeat == WORD_ONE_OR_MORE
					    ? shell_in(word)
					    : NULL;

		if (word->repeat == WORD_ANY_ARGS)
			say(review,
			    "\"...\" behind \"%.*s\", which runs what its arguments say, "
			    "allows any command",
			    shown(program), program);
		else if (shell)
			say(review, "\"%.*s\" behind \"%.*s\" matches a shell: \"%s\"",
			    shown(word->text), word->text, shown(program), program, shell);
	}
}

static bool is_byte(const struct atom *atom, const char *bytes)
{
	return atom->kind == ATOM_BYTE && atom->byte && strchr(bytes, atom->byte);
}

/* A star that stands for all of a component, or for all that an option is given. */
static bool is_whole(const struct word *word, size_t i)
{
	const struct atom *atom = &word->atoms[i];
	bool begins = i == 0 || is_byte(atom - 1, "/=");
	bool ends = i + 1 == word->atoms_n || is_byte(atom + 1, "/");

	return (atom->kind == ATOM_STAR || atom->kind == ATOM_DEEP) && begins && ends;
}

static void check_stars(const struct review *review, const struct word *word)
{
	for (size_t i = 0; i < word->atoms_n; i++) {
		if (!is_whole(word, i))
			continue;
		say(review, "%s in \"%.*s\" stands for any %s: can it be narrower?",
		    word->atoms[i].kind == ATOM_DEEP ? "\"**\"" : "\"*\"", shown(word->text),
		    word->text, word->atoms[i].kind == ATOM_DEEP ? "path below" : "name");
		return;
	}
}

static void check_command(const struct review *review, const struct command *command)
{
	struct span file = file_of(review, command), name = span_of(command->words[0].value);
	struct buf argv = { 0 };
	bool interpreter = nature_of(review, command, 1, &argv).input != INPUT_NONE;

	buf_free(&argv);
	if (is_temp(name) || is_temp(file))
		say(review, "runs the program \"%.*s\", in a directory where anybody may write",
		    shown(name.p), name.p);
	if (interpreter)
		check_interpreter(review, command);
	if (interpreter || is_wrapper(path_base(name)) || is_wrapper(path_base(file)))
		check_wrapper(review, command);
	for (size_t i = 1; i < command->words_n; i++)
		check_stars(review, &command->words[i]);
}

static void check_dests(const struct review *review, const struct dests *dests)
{
	for (size_t i = 0; i < dests->n; i++) {
		const struct dest *dest = &dests->v[i];
		int min = dest->family == LS_AF_INET ? V4_PREFIX_MIN : V6_PREFIX_MIN;

		if (dest->kind == DEST_PREFIX && dest->prefix_len < min)
			say(review, "\"%.*s\" is a range wider than /%d", shown(dest->text),
			    dest->text, min);
	}
}

static void check_paths(const struct review *review, const char *key,
			const struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++) {
		const char *shell = shell_in(&patterns->v[i]);

		if (shell)
			say(review, "%s: \"%.*s\" matches a shell: \"%s\"", key,
			    shown(patterns->v[i].text), patterns->v[i].text, shell);
		check_stars(review, &patterns->v[i]);
	}
}

static void check_directory(const struct review *review, const struct step *step)
{
	for (size_t i = 1; i < step->run.words_n && !step->cwd; i++) {
		const char *text = step->run.words[i].text;

		if (!path_is_relative(span_of(text)))
			continue;
		say(review, "\"%.*s\" depends on the directory; pin it with cwd", shown(text),
		    text);
		return;
	}
}

static void check_step(const struct review *review, const struct step *step)
{
	const char *program = step->run.words[0].value;
	struct buf argv = { 0 };
	struct program_nature nature = nature_of(review, &step->run, 1, &argv);

	check_command(review, &step->run);
	check_directory(review, step);
	buf_free(&argv);
	if (step->children == CHILDREN_ANY && nature.input != INPUT_NONE)
		say(review, "children: any below \"%.*s\", which runs whatever it is told",
		    shown(program), program);
	for (size_t i = 0; i < step->child_runs_n; i++)
		check_command(review, &step->child_runs[i]);
	for (size_t i = 0; i < step->env_n; i++) {
		enum env_class class = env_class(span_of(step->env[i].name));

		if (!step->env[i].value && (class == ENV_INJECT || class == ENV_CODE))
			say(review, "any value of %.*s, which carries code into the program",
			    shown(step->env[i].name), step->env[i].name);
	}
	check_dests(review, &step->connect);
	check_dests(review, &step->listen);
	check_dests(review, &step->send);
	check_paths(review, "installs", &step->installs);
	check_paths(review, "write", &step->write);
}

void careful_check(const struct plan *plan, careful_warn warn, void *ctx)
{
	struct review review = { .plan = plan, .warn = warn, .ctx = ctx };
	const struct ticket *ticket = plan->ticket;

	/* both are after 1970, so that the difference fits */
	if (ticket->until_ns - ticket->from_ns > WINDOW_MAX_NS)
		say(&review, "the window is open for more than 24 hours");
	check_dests(&review, &ticket->allow_connect);
	check_paths(&review, "allow: write", &ticket->allow_write);
	for (size_t i = 0; i < plan->own_steps_n; i++) {
		review.step = plan->steps[i];
		check_step(&review, plan->steps[i]);
	}
}
