/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/present_view.h"

#include <inttypes.h>

#include "core/base/array.h"
#include "core/base/text.h"

enum { ID_WIDTH_MAX = 24, COUNT_WIDTH = 26 };

static void pad(struct view *view, size_t from, size_t width)
{
	do {
		buf_addc(view->out, ' ');
	} while (!view->out->failed && view->out->n - from < width);
}

void view_outcome_why(struct view *view)
{
	struct span outcome = json_get(&view->line, "outcome");
	uint64_t unapproved = view_number(&view->line, "unapproved");

	if (!view_has(&view->line, "ticket"))
		buf_adds(view->out, "what was done is recorded, none of it was approved");
	else if (json_is(outcome, "compliant"))
		buf_adds(view->out,
			 "every act was approved, and every step that had to be done was done");
	else if (json_is(outcome, "violation") && unapproved > 0)
		buf_addf(view->out, "%" PRIu64 " act%s not approved by the ticket%s", unapproved,
			 unapproved == 1 ? " was" : "s were",
			 view_has_reason(view, "step_missing") ? ", and a step was not done" : "");
	else if (json_is(outcome, "violation"))
		buf_adds(view->out, "a step that had to be done was not done");
	else
		buf_adds(view->out,
			 "something was lost or could not be judged, so nobody can say that "
			 "all of it was approved");
}

static void add_times(struct view *view, uint64_t n, const char *what, const char **between)
{
	if (n == 0)
		return;
	buf_addf(view->out, "%s%" PRIu64 " %s", *between, n, what);
	*between = ", ";
}

/* "2 done, 1 failed" or "0 of 1 done" */
void view_step_count(struct view *view, const struct json_object *step)
{
	uint64_t done = view_number(step, "done"), times = view_number(step, "times");
	const char *between = "";

	if (view_has(step, "times")) {
		buf_addf(view->out, "%" PRIu64 " of %" PRIu64 " done", done, times);
		between = ", ";
	} else {
		add_times(view, done, "done", &between);
	}
	add_times(view, view_number(step, "failed"), "failed", &between);
	add_times(view, view_number(step, "running"), "still running", &between);
	if (*between == 0)
		buf_adds(view->out, "optional, not run");
}

bool view_step_done(const struct json_object *step)
{
	uint64_t came = view_number(step, "done") + view_number(step, "running");

	return came > 0 && came >= view_number(step, "times");
}

static size_t id_width(struct view *view)
{
	struct span items = json_items(json_get(&view->line, "steps")), value;
	struct json_object step;
	size_t width = 4;

	while (json_next(&items, &value)) {
		size_t n = json_read(value, &step) ? 0 : view_bytes(view, &step, "id").n;

		if (n > width)
			width = n < ID_WIDTH_MAX ? n : ID_WIDTH_MAX;
	}
	return width;
}

static void add_steps(struct view *view, bool done, const char *heading)
{
	struct span items = json_items(json_get(&view->line, "steps")), value;
	size_t width = id_width(view);
	struct json_object step;
	bool any = false;
	size_t from;

	while (json_next(&items, &value)) {
		if (json_read(value, &step) || view_step_done(&step) != done)
			continue;
		if (!any)
			buf_adds(view->out, heading);
		any = true;
		from = view->out->n;
		buf_adds(view->out, "  ");
		view_text(view, &step, "id");
		pad(view, from, width + 4);
		from = view->out->n;
		view_step_count(view, &step);
		pad(view, from, COUNT_WIDTH);
		view_text(view, &step, "run");
		if (!view_step_done(&step) && view_number(&step, "missing") == 0 &&
		    view_number(&step, "times") > 0)
			buf_adds(view->out, "  (may have been lost)");
		buf_addc(view->out, '\n');
	}
}

/* Without a ticket the verdict and the reason are the same for all, and said above. */
static void add_unexplained_act(struct view *view, const struct json_object *act)
{
	bool ticket = view_has(&view->line, "ticket");

	buf_adds(view->out, "  ");
	if (ticket) {
		view_verdict(view, json_get(act, "verdict"));
		buf_addc(view->out, ' ');
	}
	view_text(view, act, "kind");
	buf_adds(view->out, ": ");
	view_text(view, act, "text");
	if (span_is(json_get(act, "cut"), "true"))
		buf_adds(view->out, "...");
	if (ticket) {
		buf_adds(view->out, "  [");
		view_reasons(view, act);
		buf_addc(view->out, ']');
	}
	buf_addc(view->out, '\n');
}

bool view_lost(const struct view *view, size_t i, uint64_t *n, const char **what)
{
	static const struct {
		const char *group, *key, *one, *many;
	} counts[] = {
		{ "lost", "ring_full", "event found the buffer full",
		  "events found the buffer full" },
		{ "lost", "fill", "event could not be filled in by the kernel",
		  "events could not be filled in by the kernel" },
		{ "lost", "untracked", "process ran outside of the session until it was found",
		  "processes ran outside of the session until they were found" },
		{ "missed", "member_full", "process could not be tracked",
		  "processes could not be tracked" },
		{ "missed", "sock_full", "end of a connection could not be tracked",
		  "ends of connections could not be tracked" },
		{ NULL, "refused", "record was malformed", "records were malformed" },
		{ NULL, "not_stored", "record was not taken by the disk",
		  "records were not taken by the disk" },
		{ NULL, "recursion", "time the kernel skipped a program of lockstep's",
		  "times the kernel skipped a program of lockstep's" },
		{ NULL, "unexplained", "event was counted by the kernel and never arrived",
		  "events were counted by the kernel and never arrived" },
	};
	struct json_object group = { .n = 0 };

	*n = 0;
	if (i >= ARRAY_SIZE(counts))
		return false;
	if (counts[i].group)
		json_read(json_get(&view->line, counts[i].group), &group);
	*n = view_number(counts[i].group ? &group : &view->line, counts[i].key);
	*what = *n == 1 ? counts[i].one : counts[i].many;
	return true;
}

static void add_lost(struct view *view)
{
	const char *heading = "lost:\n", *what;
	uint64_t n;

	for (size_t i = 0; view_lost(view, i, &n, &what); i++) {
		if (n == 0)
			continue;
		buf_addf(view->out, "%s  %" PRIu64 " %s\n", heading, n, what);
		heading = "";
	}
	if (*heading)
		buf_adds(view->out, (view_has_reason(view, "events_lost") ||
				     view_has_reason(view, "untracked_process")) &&
						    !view_number(&view->line, "alive")
					    ? "lost: see the reasons of the acts\n"
					    : "lost: nothing\n");
}

static void add_unseen(struct view *view)
{
	struct span items = json_items(json_get(&view->line, "not_seen")), value;
	const char *before = "not seen: ";

	while (json_next(&items, &value)) {
		buf_adds(view->out, before);
		buf_reset(&view->scratch);
		json_read_text(value, &view->scratch);
		text_show(view->out, buf_span(&view->scratch), VIEW_TEXT_MAX);
		before = "; ";
	}
	if (*before == ';')
		buf_addc(view->out, '\n');
}

void present_end(struct view *view)
{
	uint64_t alive;
	struct span items, value;
	uint64_t more;
	struct json_object act;

	/* The outcome in words. */
	buf_adds(view->out, VIEW_PREFIX);
	view_outcome(view);
	buf_adds(view->out, ": ");
	view_outcome_why(view);
	buf_addc(view->out, '\n');
	buf_adds(view->out, "session ");
	view_text(view, &view->line, "session");
	if (view_has(&view->line, "ticket")) {
		buf_adds(view->out, ", ticket ");
		view_text(view, &view->line, "ticket");
		if (span_is(json_get(&view->line, "unsigned"), "true"))
			buf_adds(view->out, " (unsigned)");
		if (span_is(json_get(&view->line, "break_glass"), "true"))
			buf_adds(view->out, " (break-glass)");
	}
	buf_adds(view->out, ", acts: ");
	view_text(view, &view->line, "approved");
	buf_adds(view->out, " approved, ");
	view_text(view, &view->line, "unapproved");
	buf_adds(view->out, " unapproved, ");
	view_text(view, &view->line, "indeterminate");
	buf_adds(view->out, " indeterminate\n");
	add_steps(view, true, "done:\n");
	add_steps(view, false, "not done:\n");
	items = json_items(json_get(&view->line, "in_no_step"));
	more = view_number(&view->line, "in_no_step_more");
	if (items.n > 0)
		buf_adds(view->out, view_has(&view->line, "ticket") ? "in no step:\n" : "done:\n");
	while (json_next(&items, &value)) {
		if (!json_read(value, &act))
			add_unexplained_act(view, &act);
	}
	if (more > 0)
		buf_addf(view->out, "  and %" PRIu64 " more; the record has them all\n", more);
	add_lost(view);
	alive = view_number(&view->line, "alive");
	if (alive > 0)
		buf_addf(view->out, "still alive: %" PRIu64 " process%s of the session\n", alive,
			 alive == 1 ? "" : "es");
	add_unseen(view);
}
