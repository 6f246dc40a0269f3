/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "approve/plan_file.h"
#include "core/base/array.h"
#include "core/plan/plan.h"
#include "core/review/diff/ticket_diff.h"
#include "edge/ticket_file.h"

static const struct option_spec diff_options[] = {
	{ 'p', "profiles", "DIR", "where profiles are (default: " PLAN_FILE_PROFILES_DIR ")" },
	{ 'b', "both", NULL, "say as well what A allows and B does not" },
};

struct wishes {
	const char *profiles;
	bool both;
};

/* Reads the options; 0, or -1: return options->status. */
static int read_wishes(struct options *options, struct wishes *out)
{
	int id;

	*out = (struct wishes){ .profiles = PLAN_FILE_PROFILES_DIR };
	while ((id = options_next(options)) > 0) {
		if (id == 'p')
			out->profiles = options->value;
		else
			out->both = true;
	}
	if (id < 0)
		return -1;
	if (options->operands_n != 2) {
		options->status = options_usage(options, "expected %s", options->verb->operands);
		return -1;
	}
	return 0;
}

/* A ticket that is refused allows nothing, and can't be compared: no answer, as if it were not
 * there. */
static int read_file(struct options *options, const char *path, const char *profiles,
		     struct ticket_file *out)
{
	struct refusal why;

	if (access(path, R_OK)) {
		options->status = options_fail(options, "\"%s\": %m", path);
		return -1;
	}
	if (ticket_file_read(path, profiles, 0, out, &why)) {
		cli_refusal(&why);
		options->status = CLI_ERROR;
		return -1;
	}
	return 0;
}

/* Compiled, and not looked up: what a ticket says is the same on every host. */
static int make_plan(struct options *options, const char *path, struct ticket_file *file,
		     struct plan **out)
{
	struct err err = { 0 };
	struct refusal why;
	int ret = plan_new(file->ticket, file->profiles, file->profiles_n, out, &err);

	file->ticket = NULL;
	file->profiles_n = 0;
	if (!ret)
		ret = plan_compile(*out, &err);
	if (!ret)
		return 0;
	refusal_whole(&why, path, ret, err.message[0] ? err.message : strerror(-ret));
	cli_refusal(&why);
	options->status = CLI_ERROR;
	return -1;
}

static int read_plan(struct options *options, const char *path, const char *profiles,
		     struct plan **out)
{
	struct ticket_file file;
	int ret;

	*out = NULL;
	if (read_file(options, path, profiles, &file))
		return -1;
	ret = make_plan(options, path, &file, out);
	ticket_file_free(&file);
	return ret;
}

struct lines {
	struct buf text;
	size_t n;
};

static void add_line(void *ctx, const struct ticket_difference *difference)
{
	struct lines *lines = ctx;

	ticket_difference_line(difference, &lines->text);
	lines->n++;
}

/* 0, or -1: return options->status. */
static int compare(struct options *options, const struct plan *was, const struct plan *is,
		   struct lines *lines)
{
	int ret = ticket_diff(was, is, add_line, lines);

	if (!ret && lines->text.failed)
		ret = -ENOMEM;
	if (!ret)
		return 0;
	if (ret == -E2BIG)
		options->status = options_fail(options, "the two are too large to be compared");
	else
		options->status = options_fail(options, "%s", strerror(-ret));
	return -1;
}

static void print_lines(const char *is, const char *was, const struct lines *lines)
{
	if (lines->n == 0)
		printf("%s allows nothing that %s does not\n", is, was);
	else
		printf("%s allows what %s does not:\n", is, was);
	fwrite(lines->text.p ? lines->text.p : "", 1, lines->text.n, stdout);
}

static int diff_plans(struct options *options, const struct plan *a, const struct plan *b,
		      bool both)
{
	const char *a_name = options->operands[0], *b_name = options->operands[1];
	struct lines more = { 0 }, less = { 0 };
	int status;

	if (compare(options, a, b, &more) || (both && compare(options, b, a, &less))) {
		status = options->status;
	} else {
		status = more.n ? CLI_NEGATIVE : CLI_OK;
		print_lines(b_name, a_name, &more);
		if (both)
			print_lines(a_name, b_name, &less);
	}
	buf_free(&more.text);
	buf_free(&less.text);
	return status;
}

static int ticket_diff_verb(struct options *options)
{
	struct plan *a = NULL, *b = NULL;
	struct wishes wishes;
	int status;

	if (read_wishes(options, &wishes))
		return options->status;
	if (read_plan(options, options->operands[0], wishes.profiles, &a) ||
	    read_plan(options, options->operands[1], wishes.profiles, &b))
		status = options->status;
	else
		status = diff_plans(options, a, b, wishes.both);
	plan_free(a);
	plan_free(b);
	return status;
}

const struct verb verb_ticket_diff = {
	.name = "ticket diff",
	.operands = "A B",
	.help = "say what ticket B allows and ticket A does not, with a command that shows it",
	.about = "No name is looked up: the answer is the same on every host. Exit status: 0 B "
		 "allows nothing that\n"
		 "A does not, 1 it does, 2 one of them is not readable or refused, or the two are "
		 "too large.",
	.options = diff_options,
	.options_n = ARRAY_SIZE(diff_options),
	.run = ticket_diff_verb,
};
