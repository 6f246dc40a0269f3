/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/show/report/part.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/grow.h"
#include "core/base/text.h"

/* A new element of one of gathered's arrays, or NULL and the failure is html's. */
static void *grown(struct report *report, void **array, size_t *cap, uint64_t *n, size_t size)
{
	void *moved = grow_array(*array, cap, *n + 1, size);

	if (!moved) {
		report->html.ret = -ENOMEM;
		return NULL;
	}
	*array = moved;
	memset((char *)moved + *n * size, 0, size);
	return (char *)moved + (*n)++ * size;
}

/* The text that the view wrote, kept. */
static struct kept keep(struct report *report)
{
	struct buf *texts = &report->now->texts, *text = report->view.out;
	struct kept kept = { 0 };

	if (text->n > 0 && texts->n < UINT32_MAX - text->n) {
		kept = (struct kept){ (uint32_t)texts->n, (uint32_t)text->n };
		buf_add(texts, text->p, text->n);
	}
	if (texts->failed || text->failed)
		report->html.ret = -ENOMEM;
	buf_reset(text);
	return kept;
}

static void note_bin(struct report *report, const struct report_session *session, uint64_t seq,
		     bool card)
{
	int64_t range = session->last_ns - session->first_ns + 1, ns = report_time(report);
	enum verdict verdict = report_verdict(report);
	bool doubtful = verdict == VERDICT_INDETERMINATE || report_is(report, "loss");
	struct report_bin *bin;

	if (ns < session->first_ns || ns > session->last_ns)
		return;
	/* in floating point: a range of years times the bins is beyond 64 bits */
	bin = &report->now->bins[(size_t)((double)(ns - session->first_ns) / (double)range *
					  (REPORT_BINS - 1e-6))];
	bin->approved += verdict == VERDICT_APPROVED;
	bin->unapproved += verdict == VERDICT_UNAPPROVED;
	bin->doubtful += doubtful;
	if (verdict == VERDICT_UNAPPROVED && card && !bin->first_bad)
		bin->first_bad = seq;
	if (doubtful && card && !bin->first_doubtful)
		bin->first_doubtful = seq;
}

size_t report_node_place(const struct gathered *now, uint64_t sseq)
{
	size_t low = 0, high = now->nodes_n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (now->nodes[middle].sseq < sseq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The ring's order is nearly that of sseq, so little is moved. */
static struct report_node *insert_node(struct report *report, uint64_t sseq)
{
	struct gathered *now = report->now;
	size_t at = report_node_place(now, sseq);

	if (sseq == 0 || now->nodes_n == REPORT_NODES_MAX ||
	    (at < now->nodes_n && now->nodes[at].sseq == sseq)) {
		now->nodes_more++;
		return NULL;
	}
	if (!grown(report, (void **)&now->nodes, &now->nodes_cap, &now->nodes_n,
		   sizeof(*now->nodes)))
		return NULL;
	memmove(&now->nodes[at + 1], &now->nodes[at],
		(now->nodes_n - 1 - at) * sizeof(*now->nodes));
	return &now->nodes[at];
}

static void add_label(struct report *report, bool exec)
{
	struct view *view = &report->view;
	size_t argument_max = view->argument_max, command_max = view->command_max;

	view->argument_max = REPORT_LABEL_MAX / 2;
	view->command_max = REPORT_LABEL_MAX;
	if (!exec) {
		view_text(view, &view->line, "kind");
		buf_addc(view->out, ' ');
	}
	view_act(view);
	view->argument_max = argument_max;
	view->command_max = command_max;
}

static void note_node(struct report *report, uint64_t seq, bool card)
{
	const struct json_object *line = &report->view.line;
	enum verdict verdict = report_verdict(report);
	bool exec = report_is(report, "exec");
	struct report_node *node;

	if (!exec && verdict != VERDICT_UNAPPROVED && verdict != VERDICT_INDETERMINATE)
		return;
	node = insert_node(report, view_number(line, "sseq"));
	if (!node)
		return;
	*node = (struct report_node){
		.sseq = view_number(line, "sseq"),
		.parent = view_number(line, "parent"),
		.alert = card && verdict != VERDICT_APPROVED ? seq : 0,
		.pid = (uint32_t)view_number(line, "pid"),
		.verdict = (uint8_t)verdict,
		.exec = exec,
	};
	add_label(report, exec);
	node->label = keep(report);
	view_reasons(&report->view, line);
	node->why = keep(report);
}

/* A process that forked from the image and ended without an exec of its own has another pid. */
static void note_exit(struct report *report)
{
	const struct json_object *line = &report->view.line;
	struct gathered *now = report->now;
	uint64_t image = view_number(line, "parent");
	size_t at = report_node_place(now, image);

	if (!report_is(report, "exit") || at == now->nodes_n || now->nodes[at].sseq != image ||
	    now->nodes[at].pid != view_number(line, "pid"))
		return;
	now->nodes[at].status = (uint32_t)((view_number(line, "exit_code") & 0xff) << 8 |
					   (view_number(line, "signal") & 0x7f));
}

static bool is_net(const struct report *report)
{
	static const char *const kinds[] = { "connect", "accept",       "send",  "bind",
					     "listen",  "unix_connect", "socket" };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (report_is(report, kinds[i]))
			return true;
	}
	return false;
}

static void add_ends(struct report *report)
{
	struct view *view = &report->view;

	if (!report_is(report, "accept")) {
		view_destination(view);
		return;
	}
	view_text(view, &view->line, "proto");
	buf_adds(view->out, " from ");
	view_text(view, &view->line, "remote");
	buf_adds(view->out, " on ");
	view_text(view, &view->line, "local");
}

static void note_conn(struct report *report, uint64_t seq, bool card)
{
	const struct json_object *line = &report->view.line;
	struct gathered *now = report->now;
	struct report_conn *conn;
	struct span kind;

	if (now->conns_n == REPORT_CONNS_MAX) {
		now->conns_more++;
		return;
	}
	conn = grown(report, (void **)&now->conns, &now->conns_cap, &now->conns_n, sizeof(*conn));
	if (!conn)
		return;
	conn->sseq = view_number(line, "sseq");
	conn->time_ns = report_time(report);
	conn->verdict = (uint8_t)report_verdict(report);
	conn->alert = card && conn->verdict != VERDICT_APPROVED ? seq : 0;
	kind = view_bytes(&report->view, line, "kind");
	memcpy(conn->kind, kind.p, kind.n < sizeof(conn->kind) ? kind.n : sizeof(conn->kind) - 1);
	add_ends(report);
	conn->where = keep(report);
	view_text(&report->view, line, "exe");
	conn->program = keep(report);
}

/* A connection ends soon after it began, so it is looked for from the end. */
static void note_close(struct report *report)
{
	const struct json_object *line = &report->view.line;
	uint64_t of = view_number(line, "of");
	struct gathered *now = report->now;
	uint64_t i = now->conns_n;
	bool left_out = now->conns_more > 0 && of > now->conns[i - 1].sseq;

	now->sent += view_number(line, "bytes_sent");
	now->received += view_number(line, "bytes_received");
	while (!left_out && i > 0 && now->conns[i - 1].sseq != of)
		i--;
	if (left_out || i == 0 || of == 0)
		return;
	now->conns[i - 1].closed = true;
	now->conns[i - 1].sent = view_number(line, "bytes_sent");
	now->conns[i - 1].received = view_number(line, "bytes_received");
	view_text(&report->view, line, "result");
	now->conns[i - 1].result = keep(report);
}

static void note_loss(struct report *report, uint64_t seq)
{
	struct gathered *now = report->now;
	struct report_loss *loss;

	if (now->losses_n == REPORT_LOSSES_MAX) {
		now->losses_more++;
		return;
	}
	loss = grown(report, (void **)&now->losses, &now->losses_cap, &now->losses_n,
		     sizeof(*loss));
	if (!loss)
		return;
	loss->seq = seq;
	buf_add(report->view.out, report->line.p, report->line.n);
	loss->line = keep(report);
}

struct report_tally *report_tally_of(const struct gathered *now, struct span id)
{
	for (size_t i = 0; i < now->tallies_n; i++) {
		struct report_tally *tally = &now->tallies[i];

		if (span_eq((struct span){ now->texts.p + tally->id.at, tally->id.n }, id))
			return tally;
	}
	return NULL;
}

static struct report_tally *tally_for(struct report *report, struct span id)
{
	struct gathered *now = report->now;
	struct report_tally *tally = report_tally_of(now, id);

	if (tally || now->tallies_n == REPORT_STEPS_MAX)
		return tally;
	tally = grown(report, (void **)&now->tallies, &now->tallies_cap, &now->tallies_n,
		      sizeof(*tally));
	if (tally) {
		buf_add(report->view.out, id.p, id.n);
		tally->id = keep(report);
	}
	return tally;
}

static void note_step(struct report *report, uint64_t seq, bool row)
{
	const struct json_object *line = &report->view.line;
	struct report_tally *tally;

	if (!view_has(line, "step") || json_is(json_get(line, "how"), "child") ||
	    !report_is(report, "exec"))
		return;
	tally = tally_for(report, view_bytes(&report->view, line, "step"));
	if (!tally)
		return;
	tally->begun++;
	if (!tally->first_ns)
		tally->first_ns = report_time(report);
	tally->last_ns = report_time(report);
	if (row && !tally->first)
		tally->first = seq;
	if (row)
		tally->last = seq;
}

static void note_chunk(struct report *report, uint64_t seq)
{
	struct gathered *now = report->now;
	enum verdict verdict = report_verdict(report);
	int64_t ns = report_time(report);
	struct report_chunk *chunk;

	if (now->rows % REPORT_CHUNK == 0) {
		chunk = grown(report, (void **)&now->chunks, &now->chunks_cap, &now->chunks_n,
			      sizeof(*chunk));
		if (!chunk)
			return;
		chunk->first = seq;
		chunk->first_ns = ns;
	}
	chunk = &now->chunks[now->chunks_n - 1];
	chunk->last = seq;
	chunk->last_ns = ns;
	chunk->unapproved += verdict == VERDICT_UNAPPROVED;
	chunk->doubtful += verdict == VERDICT_INDETERMINATE || report_is(report, "loss");
	now->rows++;
}

/* The lines that later parts read again: one at a time is in the view. */
static void keep_line(struct report *report)
{
	struct gathered *now = report->now;

	if (now->head.n == 0)
		buf_add(&now->head, report->line.p, report->line.n);
	if (now->start.n == 0 && report_is(report, "session_start"))
		buf_add(&now->start, report->line.p, report->line.n);
	if (report_is(report, "session_end")) {
		buf_reset(&now->end);
		buf_add(&now->end, report->line.p, report->line.n);
	}
	if (now->head.failed || now->start.failed || now->end.failed)
		report->html.ret = -ENOMEM;
}

static void gather_line(struct report *report, const struct report_session *session, uint64_t seq)
{
	struct gathered *now = report->now;
	enum verdict verdict = report_verdict(report);
	bool alert = verdict == VERDICT_UNAPPROVED || verdict == VERDICT_INDETERMINATE;
	bool row = report_has_row(report, session, now->rows_seen);
	bool card = report_is(report, "loss") && now->losses_n < REPORT_LOSSES_MAX;

	now->rows_seen++;
	keep_line(report);
	if (alert && !session->rehearsal) {
		card = report_has_card(report, session, now->cards_seen);
		now->cards_seen++;
	}
	note_bin(report, session, seq, card);
	note_node(report, seq, card);
	note_exit(report);
	if (is_net(report))
		note_conn(report, seq, card);
	else if (report_is(report, "close"))
		note_close(report);
	else if (report_is(report, "loss"))
		note_loss(report, seq);
	note_step(report, seq, row);
	if (row)
		note_chunk(report, seq);
}

/* The ticket's text, and what it parses to. */
static void gather_ticket(struct report *report, const struct report_session *session)
{
	struct gathered *now = report->now;

	now->ticket_ret = -ENOENT;
	if (!session->sha256[0])
		return;
	now->ticket_ret =
		report->source->ticket(report->source->ctx, session->sha256, &now->ticket_bytes);
	if (now->ticket_ret) {
		now->ticket_bytes = (struct span){ 0 };
		return;
	}
	now->ticket_ret =
		ticket_parse(now->ticket_bytes.p, now->ticket_bytes.n, &now->ticket, NULL);
}

int report_gather(struct report *report, const struct report_session *session)
{
	int ret;

	report->now = calloc(1, sizeof(*report->now));
	if (!report->now)
		return -ENOMEM;
	gather_ticket(report, session);
	if (report->now->ticket_ret == -ENOMEM)
		return -ENOMEM;
	ret = report_each(report, session, 0, gather_line);
	return ret ? ret : report->html.ret;
}

void report_gather_free(struct gathered *now)
{
	if (!now)
		return;
	ticket_free(now->ticket);
	buf_free(&now->head);
	buf_free(&now->start);
	buf_free(&now->end);
	buf_free(&now->texts);
	free(now->nodes);
	free(now->conns);
	free(now->losses);
	free(now->tallies);
	free(now->chunks);
	free(now);
}
