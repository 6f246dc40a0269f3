/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

/*
 * When what was done, as a drawing (timeline.html): one lane each for what was not approved, for
 * what is doubtful, and for the rest. How high a lane lies is the drawing's; here is how far right.
 */
enum {
	PLOT_X = 150,
	BIN_WIDTH = 5,
	PLOT_WIDTH = REPORT_BINS * BIN_WIDTH,
	BASE_Y = 128,
	BAR_MAX = 36,
	TICKS = 6,
};

/* Of one mark of the upper lanes. */
struct mark {
	uint64_t n, first, x; /* `first`: seq of one that has a card; 0: none has */
};

void report_mark_values(struct value *v)
{
	const struct mark *mark = v->object;

	V_NUMBER(v, "n", mark->n);
	V_NUMBER(v, "first", mark->first);
	V_NUMBER(v, "x", mark->x);
	V_FLAG(v, "several", mark->n > 1);
	V_FLAG(v, "thousand", mark->n >= 1000);
}

int report_each_mark(const struct gathered *now, bool bad, struct walk *walk)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < REPORT_BINS; i += REPORT_BINS_CELL) {
		struct mark mark = {
			.x = PLOT_X + i * BIN_WIDTH + REPORT_BINS_CELL * BIN_WIDTH / 2,
		};

		for (unsigned int k = i; k < i + REPORT_BINS_CELL; k++) {
			const struct report_bin *bin = &now->bins[k];

			mark.n += bad ? bin->unapproved : bin->doubtful;
			if (!mark.first)
				mark.first = bad ? bin->first_bad : bin->first_doubtful;
		}
		if (mark.n > 0)
			ret = walk_item(walk, &mark);
	}
	return ret;
}

uint64_t report_most_approved(const struct gathered *now)
{
	uint32_t most = 0;

	for (unsigned int i = 0; i < REPORT_BINS; i++)
		most = now->bins[i].approved > most ? now->bins[i].approved : most;
	return most;
}

/* By the square root, so that a single act beside a thousand is still seen. */
static unsigned int bar_height(uint64_t n, uint64_t most)
{
	unsigned int height = 0;

	while (height < BAR_MAX && (uint64_t)height * height * most < n * BAR_MAX * BAR_MAX)
		height++;
	return n > 0 && height < 3 ? 3 : height;
}

void report_bar_values(struct value *v)
{
	const struct gathered *now = v->dry ? NULL : REPORT(v)->now;
	const struct report_bin *bin = v->object;
	unsigned int height = bin ? bar_height(bin->approved, report_most_approved(now)) : 0;

	V_NUMBER(v, "x", PLOT_X + (uint64_t)(bin - now->bins) * BIN_WIDTH);
	V_NUMBER(v, "y", BASE_Y - height);
	V_NUMBER(v, "height", height);
}

struct tick {
	uint64_t x;
	const char *side; /* where its text ends or begins; "" for one that stands in the middle */
	int64_t ns;
};

void report_tick_values(struct value *v)
{
	const struct tick *tick = v->object;

	V_NUMBER(v, "x", tick->x);
	V_WORD(v, "side", tick->side);
	V_TIME(v, "time", &tick->ns);
}

int report_each_tick(const struct report_session *session, struct walk *walk)
{
	double range = (double)(session->last_ns - session->first_ns);
	int ret = 0;

	for (unsigned int i = 0; !ret && i < TICKS; i++) {
		const struct tick tick = {
			.x = PLOT_X + i * PLOT_WIDTH / (TICKS - 1),
			.side = i == 0           ? "from"
				: i == TICKS - 1 ? "to"
						 : "",
			.ns = session->first_ns + (int64_t)(range * i / (TICKS - 1)),
		};

		ret = walk_item(walk, &tick);
	}
	return ret;
}

/* The part of the axis that lies in the ticket's window. */
struct window {
	uint64_t from, until;
	bool inside;
};

void report_window_values(struct value *v)
{
	const struct window *window = v->object;

	V_NUMBER(v, "from", window->from);
	V_NUMBER(v, "until", window->until);
	V_FLAG(v, "inside", window->inside);
}

static unsigned int place(const struct report_session *session, int64_t ns)
{
	double range = (double)(session->last_ns - session->first_ns) + 1;

	if (ns <= session->first_ns)
		return PLOT_X;
	if (ns >= session->last_ns)
		return PLOT_X + PLOT_WIDTH;
	return PLOT_X + (unsigned int)((double)(ns - session->first_ns) / range * PLOT_WIDTH);
}

int report_each_window(const struct gathered *now, const struct report_session *session,
		       struct walk *walk)
{
	const struct ticket *ticket = now->ticket;
	struct window window;

	if (!ticket)
		return 0;
	window.from = place(session, ticket->from_ns);
	window.until = place(session, ticket->until_ns);
	window.inside = window.until > window.from && ticket->until_ns > session->first_ns &&
			ticket->from_ns <= session->last_ns;
	return walk_item(walk, &window);
}
