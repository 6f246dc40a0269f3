/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

/*
 * When what was done, as a drawing: one lane each for what was not approved, for what is doubtful,
 * and for the rest. Every lane has a word and the marks of each a shape of their own.
 */
enum {
	PLOT_X = 150,
	BIN_WIDTH = 5,
	PLOT_WIDTH = REPORT_BINS * BIN_WIDTH,
	BAD_Y = 28,
	DOUBT_Y = 66,
	BASE_Y = 128,
	BAR_MAX = 36,
	TICKS = 6,
};

/* Of one mark of the upper lanes. */
struct cell {
	uint64_t n, first;
	int64_t ns;
	unsigned int x;
};

static struct cell cell_of(const struct report *report, const struct report_session *session,
			   unsigned int i, bool bad)
{
	const struct report_bin *bin = &report->now->bins[i * REPORT_BINS_CELL];
	int64_t range = session->last_ns - session->first_ns;
	struct cell cell = {
		.ns = session->first_ns +
		      (int64_t)((double)range * i * REPORT_BINS_CELL / REPORT_BINS),
		.x = PLOT_X + i * REPORT_BINS_CELL * BIN_WIDTH + REPORT_BINS_CELL * BIN_WIDTH / 2,
	};

	for (unsigned int k = 0; k < REPORT_BINS_CELL; k++) {
		uint64_t first = bad ? bin[k].first_bad : bin[k].first_doubtful;

		cell.n += bad ? bin[k].unapproved : bin[k].doubtful;
		if (!cell.first)
			cell.first = first;
	}
	return cell;
}

static void add_shape(struct report *report, const struct cell *cell, bool bad)
{
	struct html *html = &report->html;
	unsigned int x = cell->x, y = bad ? BAD_Y : DOUBT_Y;

	html_lit(html, "<path class=\"");
	html_cstr(html, bad ? "bad" : "doubt");
	html_lit(html, "\" d=\"M");
	html_number(html, x);
	html_lit(html, " ");
	html_number(html, y - 7);
	html_cstr(html, bad ? "l7 7-7 7-7-7z" : "l7 13h-14z");
	html_lit(html, "\"/>");
	if (cell->n < 2)
		return;
	html_lit(html, "<text class=\"count\" x=\"");
	html_number(html, x);
	html_lit(html, "\" y=\"");
	html_number(html, y - 11);
	html_lit(html, "\">");
	html_number(html, cell->n < 1000 ? cell->n : 999);
	html_cstr(html, cell->n < 1000 ? "" : "+");
	html_lit(html, "</text>");
}

static void add_cell(struct report *report, const struct cell *cell, bool bad)
{
	struct html *html = &report->html;

	if (cell->first) {
		html_lit(html, "<a href=\"#a");
		html_number(html, cell->first);
		html_lit(html, "\" aria-label=\"");
	} else {
		html_lit(html, "<g role=\"img\" aria-label=\"");
	}
	if (bad)
		report_count(report, cell->n, "unapproved act", "unapproved acts");
	else
		report_count(report, cell->n, "indeterminate act or loss",
			     "indeterminate acts or losses");
	html_lit(html, "\">");
	add_shape(report, cell, bad);
	if (cell->first)
		html_lit(html, "</a>");
	else
		html_lit(html, "</g>");
}

static void add_lane_name(struct report *report, const char *name, unsigned int y, bool none)
{
	struct html *html = &report->html;

	html_lit(html, "<text class=\"lane\" x=\"0\" y=\"");
	html_number(html, y + 4);
	html_lit(html, "\">");
	html_cstr(html, name);
	html_lit(html, "</text><path class=\"rule\" d=\"M150 ");
	html_number(html, y);
	html_lit(html, "h840\"/>");
	if (!none)
		return;
	html_lit(html, "<text class=\"quiet\" x=\"158\" y=\"");
	html_number(html, y - 5);
	html_lit(html, "\">none</text>");
}

static void add_lane(struct report *report, const struct report_session *session, bool bad)
{
	unsigned int cells = REPORT_BINS / REPORT_BINS_CELL;
	uint64_t all = 0;

	for (unsigned int i = 0; i < cells; i++)
		all += cell_of(report, session, i, bad).n;
	add_lane_name(report, bad ? "Unapproved" : "Indeterminate, lost", bad ? BAD_Y : DOUBT_Y,
		      all == 0);
	for (unsigned int i = 0; i < cells; i++) {
		struct cell cell = cell_of(report, session, i, bad);

		if (cell.n > 0)
			add_cell(report, &cell, bad);
	}
	html_lit(&report->html, "\n");
}

/* By the square root, so that a single act beside a thousand is still seen. */
static unsigned int bar_height(uint32_t n, uint32_t most)
{
	unsigned int height = 0;

	while (height < BAR_MAX &&
	       (uint64_t)height * height * most < (uint64_t)n * BAR_MAX * BAR_MAX)
		height++;
	return height < 3 ? 3 : height;
}

static void add_bars(struct report *report)
{
	const struct report_bin *bins = report->now->bins;
	struct html *html = &report->html;
	uint32_t most = 0;

	for (unsigned int i = 0; i < REPORT_BINS; i++)
		most = bins[i].approved > most ? bins[i].approved : most;
	add_lane_name(report, "Approved", BASE_Y, most == 0);
	for (unsigned int i = 0; most > 0 && i < REPORT_BINS; i++) {
		unsigned int height;

		if (bins[i].approved == 0)
			continue;
		height = bar_height(bins[i].approved, most);
		html_lit(html, "<rect class=\"bar\" x=\"");
		html_number(html, PLOT_X + i * BIN_WIDTH);
		html_lit(html, "\" y=\"");
		html_number(html, BASE_Y - height);
		html_lit(html, "\" width=\"4\" height=\"");
		html_number(html, height);
		html_lit(html, "\"/>");
	}
	html_lit(html, "\n");
}

static void add_ticks(struct report *report, const struct report_session *session)
{
	double range = (double)(session->last_ns - session->first_ns);
	struct html *html = &report->html;

	for (unsigned int i = 0; i < TICKS; i++) {
		unsigned int x = PLOT_X + i * PLOT_WIDTH / (TICKS - 1);

		html_lit(html, "<path class=\"tick\" d=\"M");
		html_number(html, x);
		html_lit(html, " 128v5\"/><text class=\"axis ");
		html_cstr(html, i == 0 ? "from" : i == TICKS - 1 ? "to" : "");
		html_lit(html, "\" x=\"");
		html_number(html, x);
		html_lit(html, "\" y=\"146\">");
		report_clock_text(report, session->first_ns + (int64_t)(range * i / (TICKS - 1)));
		html_lit(html, "</text>");
	}
	html_lit(html, "\n");
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

/* The part of the axis that lies in the ticket's window. */
static void add_window(struct report *report, const struct report_session *session)
{
	const struct ticket *ticket = report->now->ticket;
	struct html *html = &report->html;
	unsigned int from, until;

	if (!ticket)
		return;
	from = place(session, ticket->from_ns);
	until = place(session, ticket->until_ns);
	if (ticket->until_ns <= session->first_ns || ticket->from_ns > session->last_ns)
		until = from;
	if (until > from) {
		html_lit(html, "<path class=\"window\" d=\"M");
		html_number(html, from);
		html_lit(html, " 156v6M");
		html_number(html, from);
		html_lit(html, " 159H");
		html_number(html, until);
		html_lit(html, "M");
		html_number(html, until);
		html_lit(html, " 156v6\"/>");
	}
	html_lit(html, "<text class=\"lane\" x=\"0\" y=\"163\">");
	html_cstr(html, until > from ? "In the window" : "Outside the window");
	html_lit(html, "</text>\n");
}

void report_timeline(struct report *report, size_t index)
{
	const struct report_session *session = &report->sessions[index];
	struct html *html = &report->html;

	report_section(report, index, "time", "Timeline");
	html_lit(html, "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"Timeline\">"
		       "<svg class=\"time\" viewBox=\"0 0 1000 168\" role=\"group\" "
		       "aria-label=\"Acts over time\">\n");
	add_lane(report, session, true);
	add_lane(report, session, false);
	add_bars(report);
	add_ticks(report, session);
	add_window(report, session);
	html_lit(
		html,
		"</svg></div>\n<p class=\"aside\">Diamonds are unapproved acts, triangles what is "
		"indeterminate or was lost; a number says how many one mark stands for. The height "
		"of a bar is the number of approved acts.</p></section>\n");
}
