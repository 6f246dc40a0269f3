/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/draft/part.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/text.h"
#include "core/plan/env_table.h"
#include "core/plan/program.h"
#include "core/review/draft/word_text.h"

enum { SHOWN_MAX = 160 };

/* The arguments behind argv[0], which the action has behind the path. */
static struct span arguments(const struct draft_run *run, struct span *argv0)
{
	struct span rest = run->action;

	strings_next(&rest, argv0); /* the path */
	if (!strings_next(&rest, argv0))
		*argv0 = (struct span){ 0 };
	return rest;
}

void draft_run_show(const struct draft_run *run, struct buf *out)
{
	struct span argv0, rest = arguments(run, &argv0), argument;
	size_t begin = out->n;

	text_quote(out, run->path, SHOWN_MAX);
	while (strings_next(&rest, &argument)) {
		if (out->n - begin > SHOWN_MAX) {
			buf_adds(out, " ...");
			return;
		}
		buf_addc(out, ' ');
		text_quote(out, argument, SHOWN_MAX / 2);
	}
}

bool draft_run_is_usual_user(const struct draft *draft, const struct draft_run *run)
{
	return run->euid == 0 || run->euid == draft->operator_uid;
}

static bool is_system_dir(struct span path, struct span base)
{
	struct span dir = { path.p, path.n - base.n };

	for (size_t i = 0; i < ticket_system_path.n && dir.n > 1; i++) {
		if (span_is((struct span){ dir.p, dir.n - 1 }, ticket_system_path.v[i]))
			return true;
	}
	return false;
}

/*
 * The name by which a ticket finds the file: the loaded one's, or, where argv[0] has another (an
 * alternatives link, a multi-call program), the one that was asked for. p NULL: none.
 */
static struct span program_of(const struct draft_run *run, struct span argv0)
{
	struct span base = path_base(argv0);

	if (run->script || span_eq(base, path_base(run->path)))
		return run->path;
	if (run->filename.n > 0 && run->filename.p[0] == '/' &&
	    span_eq(base, path_base(run->filename)))
		return run->filename;
	return (struct span){ 0 };
}

/* Whether the matcher takes argv[0] for one of that program (program.h). */
static int check_argv0(const struct draft_run *run, struct span name, struct span argv0, bool *good)
{
	struct program program = { .found = true };
	char *name_text = strndup(name.p, name.n);

	*good = false;
	program.path = strndup(run->path.p, run->path.n);
	program.name = name_text;
	if (name_text && program.path)
		*good = run->script || program_has_argv0(&program, &ticket_system_path, argv0);
	free(program.path);
	free(name_text);
	return name_text && program.path ? 0 : -ENOMEM;
}

static bool is_secret(const struct draft_run *run, struct span argument)
{
	return run->secrets.n > 0 && env_has(run->secrets, argument);
}

/* What an interpreter would take for code: a pattern in it would stand for other code. */
static bool is_code(const struct draft_run *run, struct span argument)
{
	if (run->nature.input == INPUT_NONE || run->script)
		return false;
	for (size_t i = 0; i < argument.n; i++) {
		if (argument.p[i] && strchr(" \t\n;&|$`()<>{}\"'", argument.p[i]))
			return true;
	}
	return false;
}

static void add_argument(const struct draft_run *run, const struct placeholder_context *context,
			 struct span argument, struct buf *out, unsigned int *marks)
{
	struct buf unused = { 0 };

	if (is_secret(run, argument)) {
		buf_adds(out, "{secret}");
		return;
	}
	if (context && is_code(run, argument)) {
		if (placeholder_next(context, argument, 0, &unused).n)
			*marks |= DRAFT_KEPT;
		buf_free(&unused);
		context = NULL;
	}
	*marks |= word_text(out, context, argument);
}

static bool is_same(const struct draft_run *run, const struct command *command, struct span rest)
{
	struct span argument;

	for (size_t i = 1; i < command->words_n; i++) {
		const struct word *word = &command->words[i];

		if (!strings_next(&rest, &argument))
			return false;
		if (word->repeat == WORD_SECRET
			    ? !is_secret(run, argument)
			    : word->repeat != WORD_ONCE || !word_matches(word, argument))
			return false;
	}
	return rest.n == 0;
}

/* One way to write it: 0 and run->run, or NULL there when it does not say what it should. */
static int attempt(struct draft_run *run, const struct placeholder_context *context,
		   struct span name, struct span rest)
{
	struct buf text = { 0 };
	struct command command;
	struct span argument, all = rest;
	unsigned int marks = 0;
	int ret;

	word_text(&text, NULL, name);
	while (text.n <= COMMAND_BYTES_MAX && strings_next(&rest, &argument)) {
		buf_addc(&text, ' ');
		add_argument(run, context, argument, &text, &marks);
	}
	if (text.failed)
		return -ENOMEM;
	ret = command_parse(buf_span(&text), &command, NULL);
	if (!ret && is_same(run, &command, all)) {
		buf_addc(&text, 0);
		run->run = text.failed ? NULL : text.p;
		run->marks = marks;
		ret = text.failed ? -ENOMEM : 0;
	}
	command_free(&command);
	if (!run->run)
		buf_free(&text);
	return ret == -EINVAL ? 0 : ret;
}

static bool has_relative(struct span rest)
{
	struct span argument;

	while (strings_next(&rest, &argument)) {
		if (path_is_relative(argument))
			return true;
	}
	return false;
}

int draft_run_write(const struct placeholder_context *context, struct draft_run *run)
{
	struct span argv0, rest = arguments(run, &argv0), name = program_of(run, argv0), base;
	bool good = false;
	int ret;

	if (run->why)
		return 0;
	if (!name.p) {
		run->why = "it does not call itself by its file's name";
		return 0;
	}
	base = path_base(name);
	ret = check_argv0(run, name, argv0, &good);
	if (!ret && !good)
		run->why = "it does not call itself by its file's name";
	if (ret || !good)
		return ret;
	if (is_system_dir(name, base)) {
		ret = attempt(run, context, base, rest);
		if (!ret && !run->run)
			ret = attempt(run, NULL, base, rest);
	}
	if (!ret && !run->run)
		ret = attempt(run, context, name, rest);
	if (!ret && !run->run)
		ret = attempt(run, NULL, name, rest);
	if (!ret && !run->run)
		run->why = "no pattern can say it: it is too long, or a program's path that no "
			   "ticket can name";
	run->relative = has_relative(rest);
	return ret;
}
