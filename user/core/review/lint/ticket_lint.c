/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/lint/ticket_lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/array.h"
#include "core/base/buf.h"
#include "core/match/atom.h"
#include "core/plan/env_table.h"
#include "core/plan/program.h"
#include "core/plan/programs_table.h"
#include "core/ticket/keys.h"

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
	ticket_lint_warn warn;
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

/* The file that a command runs, where this host has it; else what the ticket calls it. */
static struct span file_of(const struct review *review, const struct command *command)
{
	const struct plan *plan = review->plan;
	const char *name = command->words[0].value;

	for (size_t i = 0; i < plan->programs_n; i++) {
		const struct program *program = &plan->programs[i];

		if (strcmp(program->name, name) == 0 && program->found && program->path)
			return span_of(program->path);
	}
	return span_of(name);
}

/* By the words before word `n`, a pattern as something that is neither an option nor a path. */
static struct program_nature nature_of(const struct review *review, const struct command *command,
				       size_t n)
{
	struct program_nature nature;
	struct buf argv = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct word *word = &command->words[i];

		if (word->repeat == WORD_ANY_ARGS)
			continue;
		buf_adds(&argv, word->literal ? word->value : "pattern");
		buf_addc(&argv, 0);
	}
	nature = program_nature(file_of(review, command), buf_span(&argv));
	buf_free(&argv);
	return nature;
}

/* The word by which an interpreter knows its commands: -c and the like, or its script; 0: none. */
static size_t commands_word(const struct review *review, const struct command *command)
{
	for (size_t n = 2; n <= command->words_n; n++) {
		if (nature_of(review, command, n).input == INPUT_GIVEN)
			return n - 1;
	}
	return 0;
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
	struct program_nature nature = nature_of(review, command, command->words_n);
	size_t at = nature.input == INPUT_GIVEN ? commands_word(review, command) : 0;

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
	bool interpreter = nature_of(review, command, 1).input != INPUT_NONE;

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

static void check_paths(const struct review *review, const char *before, const struct key *key,
			const struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++) {
		const char *shell = shell_in(&patterns->v[i]);

		if (shell)
			say(review, "%s%s: \"%.*s\" matches a shell: \"%s\"", before, key->name,
			    shown(patterns->v[i].text), patterns->v[i].text, shell);
		check_stars(review, &patterns->v[i]);
	}
}

/* Destinations and paths, of a step or of what is allowed to every step. */
static void check_lists(const struct review *review, const char *before,
			const struct schema *schema, const void *object)
{
	for (size_t i = 0; i < schema->n; i++) {
		const struct key *key = &schema->keys[i];

		if (key->type == VALUE_DESTS)
			check_dests(review, value_field(key, object));
		else if (key->type == VALUE_PATTERNS)
			check_paths(review, before, key, value_field(key, object));
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

	check_command(review, &step->run);
	check_directory(review, step);
	if (step->children == CHILDREN_ANY && nature_of(review, &step->run, 1).input != INPUT_NONE)
		say(review, "children: any below \"%.*s\", which runs whatever it is told",
		    shown(program), program);
	for (size_t i = 0; i < step->child_runs_n; i++)
		check_command(review, &step->child_runs[i]);
	for (size_t i = 0; i < step->env_n; i++) {
		if (!step->env[i].value && env_carries_code(span_of(step->env[i].name)))
			say(review, "any value of %.*s, which carries code into the program",
			    shown(step->env[i].name), step->env[i].name);
	}
	check_lists(review, "", &step_schema, step);
}

void ticket_lint(const struct plan *plan, ticket_lint_warn warn, void *ctx)
{
	struct review review = { .plan = plan, .warn = warn, .ctx = ctx };
	const struct ticket *ticket = plan->ticket;

	/* both are after 1970, so that the difference fits */
	if (ticket->until_ns - ticket->from_ns > WINDOW_MAX_NS)
		say(&review, "the window is open for more than 24 hours");
	check_lists(&review, "allow: ", &allow_schema, ticket);
	for (size_t i = 0; i < plan->own_steps_n; i++) {
		review.step = plan->steps[i];
		check_step(&review, plan->steps[i]);
	}
}
