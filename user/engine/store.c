/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "engine/part.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/store_row.h"
#include "evidence/log_signer.h"

void engine_store_record(struct engine *engine, const struct record *record, struct span line)
{
	struct store_row row = store_row_of(record, line);

	/* What does not fit is counted by the store, and told by watch_store(). */
	row.begins = engine->begins;
	(void)store__append(engine->store, &row);
}

int engine_open_store(struct engine *engine, char *why, size_t why_n)
{
	const struct engine_opts *opts = &engine->opts;
	const struct store_opts store = {
		.path = opts->store,
		.file_bytes = opts->store_file_bytes,
		.keep_files = opts->store_keep_files,
		.keep_days = opts->store_keep_days,
		/* What gathers goes with this process, and who is watched may end it. */
		.between_ms = opts->between_ms || opts->probe.pins ? opts->between_ms : UNPINNED_MS,
	};

	if (!opts->store)
		return 0;
	return log_signer_open_store(&engine->seal, &engine->store, &store, opts->key,
				     engine->host.name, why, why_n);
}

/*
 * The store began to refuse, or takes rows again (or was closed: `last`): then the record says what
 * it does not hold.
 */
static void watch_store(struct engine *engine, bool last)
{
	struct store_gap gap;
	int state = store__state(engine->store, &gap);
	char text[200];

	if (state && !engine->store_state) {
		snprintf(text, sizeof(text),
			 "the store refuses records: %s; it is tried again, alerts go on",
			 strerror(-state));
		engine_trouble(engine, text);
	}
	if (!state && engine->store_state)
		engine_trouble(engine, "the store takes records again");
	engine->store_state = state;
	if ((!state || last) && gap.dropped > engine->gap_told.dropped) {
		snprintf(text, sizeof(text),
			 "%" PRIu64 " records between seq %" PRIu64 " and %" PRIu64
			 " were not stored",
			 gap.dropped - engine->gap_told.dropped,
			 (engine->gap_told.last ? engine->gap_told.last + 1 : gap.first), gap.last);
		engine->gap_told = gap;
		engine_trouble(engine, text);
		collector__host(engine->collector, "store_gap", text, host_boot_ns());
	}
}

static void on_dropped(void *ctx, const char *session, uint64_t first, uint64_t last,
		       uint64_t count)
{
	struct engine *engine = ctx;
	char text[200];

	if (collector__not_stored(engine->collector, session, first, last, count))
		return;
	snprintf(text, sizeof(text),
		 "%" PRIu64 " events of session %s were not stored, which its end counts as stored",
		 count, *session ? session : "(more than one)");
	engine_trouble(engine, text);
	collector__host(engine->collector, "store_gap", text, host_boot_ns());
}

void engine_heed_store(struct engine *engine, bool last)
{
	uint64_t seq, cursor, ignored;
	uint64_t settled;

	if (!engine->store)
		return;
	if (read(store__fd(engine->store), &ignored, sizeof(ignored)) < 0 && errno != EAGAIN)
		engine_trouble(engine, "the store's descriptor can't be read");
	watch_store(engine, last);
	/*
	 * While the disk refuses, and until what waited for it is settled, no session ends before
	 * it is known what became of its events. At other times none waits for the disk: who ended
	 * just before the first refusal is told by on_dropped().
	 */
	settled = store__settled(engine->store);
	/* Not behind what a disk that refuses has before it: it would be given up like what it
	 * tells of. */
	if (!engine->store_state || last || settled + 1 >= collector__next_seq(engine->collector))
		store__dropped(engine->store, on_dropped, engine);
	if (engine->store_state)
		engine->hold_until = collector__next_seq(engine->collector) - 1;
	collector__settled(engine->collector, settled < engine->hold_until ? settled : UINT64_MAX);
	store__durable(engine->store, &seq, &cursor);
	engine_give_back(engine, cursor);
	if (seq <= engine->durable)
		return;
	engine->durable = seq;
	if (engine->opts.durable)
		engine->opts.durable(engine->opts.ctx, seq);
}

/* What is gathered for the disk keeps its place in the ring, which may be a small one. */
void engine_hurry_for_ring(struct engine *engine)
{
	size_t used, size;

	probe__fill(engine->probe, &used, &size);
	if (used >= size / RING_PART)
		store__hurry(engine->store);
}

/* Once for each reason. Recording goes on in the file that there is. */
static void tell_next_error(struct engine *engine)
{
	int error = store__next_error(engine->store);
	char text[200];

	if (error == engine->next_error)
		return;
	engine->next_error = error;
	if (!error)
		return;
	snprintf(text, sizeof(text), "the store can't begin another file: %s",
		 error == -EMFILE ? "there are too many; set store_keep_files or store_keep_days"
				  : strerror(-error));
	engine_trouble(engine, text);
	collector__host(engine->collector, "store_file", text, host_boot_ns());
}

/*
 * The first record of a file is the last checkpoint of the one before it, so that each can be
 * verified without the others.
 */
void engine_rotate(struct engine *engine, uint64_t now_ns)
{
	struct buf note = { 0 };

	tell_next_error(engine);
	if (!store__full(engine->store)) {
		engine->rotate_ns = 0;
		return;
	}
	if (now_ns < engine->rotate_ns)
		return;
	/* A disk that does not answer costs the alerts no more than this, every five seconds; where
	 * no file can be begun, that is tried for once in ten minutes. */
	engine->rotate_ns = now_ns + (engine->next_error ? ROTATE_AGAIN_NS : ROTATE_NS);
	if (store__sync(engine->store, ROTATE_SYNC_MS) == 0 &&
	    store__checkpoint(engine->store, &note) == 0 && note.n) {
		buf_addc(&note, '\0');
		engine->begins = true;
		if (!note.failed)
			collector__host(engine->collector, "checkpoint", note.p, now_ns);
		engine->begins = false;
	}
	buf_free(&note);
}
