/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/review/diff/ticket_diff.h"

#include "core/base/text.h"
#include "core/event/event.h"
#include "core/plan/program.h"

enum { VALUE_SHOWN_MAX = 400 };

static void add_step(const struct step *step, struct buf *out)
{
	buf_addf(out, "step \"%s\"", step->id);
	if (step->profile)
		buf_addf(out, " of profile \"%s\"", step->profile);
}

/* The program by its path, or as a person types it where that is the same. */
static void add_program(const struct ticket_difference *difference, struct span path,
			struct span argv0, struct buf *out)
{
	struct span base = path_base(path);

	if (!span_eq(argv0, path) && !span_eq(argv0, base)) {
		buf_adds(out, "exec -a ");
		text_quote(out, argv0, 0);
		buf_addc(out, ' ');
	}
	text_quote(out, difference->bare ? base : path, 0);
}

static void add_command(const struct ticket_difference *difference, struct buf *out)
{
	struct span rest = difference->action, path = { 0 }, argv0 = { 0 }, argument;

	strings_next(&rest, &path);
	strings_next(&rest, &argv0);
	add_program(difference, path, argv0, out);
	while (strings_next(&rest, &argument)) {
		buf_addc(out, ' ');
		text_quote(out, argument, 0);
	}
}

static void add_had(const struct ticket_difference *difference, struct buf *out)
{
	if (!difference->had.p)
		return;
	buf_adds(out, " (was: ");
	text_show(out, difference->had, VALUE_SHOWN_MAX);
	buf_addc(out, ')');
}

static void add_key(const struct ticket_difference *difference, struct buf *out)
{
	if (difference->step) {
		add_step(difference->step, out);
		buf_adds(out, " has ");
	}
	buf_addf(out, "%s: ", difference->key);
	text_show(out, difference->has, VALUE_SHOWN_MAX);
	add_had(difference, out);
	if (difference->action.n) {
		buf_adds(out, ", as in: ");
		add_command(difference, out);
	}
}

void ticket_difference_line(const struct ticket_difference *difference, struct buf *out)
{
	if (difference->key) {
		add_key(difference, out);
	} else if (difference->step) {
		add_step(difference->step, out);
		buf_adds(out, " allows: ");
		add_command(difference, out);
	} else {
		buf_adds(out, "the other's ");
		add_step(difference->other, out);
		buf_adds(out, " need not be done so often");
		add_had(difference, out);
	}
	buf_addc(out, '\n');
}
