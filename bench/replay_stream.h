/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REPLAY_STREAM_H
#define LOCKSTEP_REPLAY_STREAM_H

/*
 * A captured stream of a session, repeated as often as is wanted: each time with numbers, times and
 * processes of its own, and each time in the next of some sessions.
 */
#include "../tests/acts.h"

enum { STREAM_SESSIONS = 4, STREAM_RECORDS = 512 };
#define STREAM_STEP_NS 2000u /* between two events: millions fit into the ticket's window */

struct stream {
	struct acts *acts;
	char *ticket, *script;
	const char *profiles[1];
	size_t profiles_n, n;
	struct {
		char *p; /* aligned; belongs to the stream */
		size_t n;
		struct ls_hdr hdr; /* as it was captured */
		uint64_t of;
	} records[STREAM_RECORDS];
	uint64_t at;
};

static inline char *stream_file(const char *directory, const char *name)
{
	struct buf text = { 0 };
	char path[512], chunk[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	if (!file)
		return NULL;
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(&text, chunk, n);
	fclose(file);
	buf_addc(&text, 0);
	return text.p;
}

static inline uint64_t *stream_of(char *record)
{
	switch (((struct ls_hdr *)record)->type) {
	case LS_REC_CLOSE:
		return &((struct ls_close *)record)->of;
	case LS_REC_ACCEPT:
		return &((struct ls_accept *)record)->of;
	default:
		return NULL;
	}
}

static inline void stream_add(struct stream *stream, const char *p, size_t n)
{
	uint64_t *of;

	if (stream->n == STREAM_RECORDS) {
		acts_fail(stream->acts, "stream", "too many records");
		return;
	}
	stream->records[stream->n].p = malloc(n);
	stream->records[stream->n].n = n;
	memcpy(stream->records[stream->n].p, p, n);
	memcpy(&stream->records[stream->n].hdr, p, sizeof(struct ls_hdr));
	of = stream_of(stream->records[stream->n].p);
	stream->records[stream->n].of = of ? *of : 0;
	stream->n++;
}

static inline void stream_sink(void *ctx, const struct record *record, struct span line)
{
	(void)ctx;
	(void)record;
	(void)line;
}

/* Plays the directory's acts. stream->acts->error[] says what is wrong. */
static inline void stream_play(struct stream *stream, const char *directory)
{
	const struct collector_ops ops = { .sink = stream_sink };

	stream->ticket = stream_file(directory, "ticket.yaml");
	stream->script = stream_file(directory, "acts");
	stream->profiles[0] = stream_file(directory, "profile1.yaml");
	stream->profiles_n = stream->profiles[0] ? 1 : 0;
	stream->acts = acts_new(stream->ticket, stream->profiles, stream->profiles_n, &ops);
	if (stream->ticket && stream->script)
		acts_play(stream->acts, stream->script);
	else
		acts_fail(stream->acts, directory, "wants the files ticket.yaml and acts");
}

/* All records that were played; a settled end is none, so the sessions stay open. */
static inline void stream_take_all(struct stream *stream)
{
	const struct buf *all = &stream->acts->stream;
	const unsigned char *p = (const unsigned char *)all->p;
	size_t n;

	for (size_t i = 0; i < all->n; i += 2 + n) {
		n = p[i] + 256u * p[i + 1];
		stream_add(stream, all->p + i + 2, n);
	}
	if (!stream->n)
		acts_fail(stream->acts, "stream", "no record");
}

/* The next record, as the ring gives it; valid until the same one comes again. */
static inline const char *stream_next(struct stream *stream, size_t *n)
{
	uint64_t round = stream->at / stream->n, i = stream->at % stream->n;
	uint64_t base = round / STREAM_SESSIONS * stream->n;
	char *p = stream->records[i].p;
	const struct ls_hdr *was = &stream->records[i].hdr;
	struct ls_hdr *hdr = (struct ls_hdr *)p;
	uint64_t *of = stream_of(p);

	hdr->sseq = base + i + 1;
	hdr->ts_ns = ACTS_OPEN_NS + ++stream->at * STREAM_STEP_NS;
	hdr->start_ns = was->start_ns + round * 1000;
	hdr->image = was->image ? was->image + base : 0;
	hdr->session = 1 + (ls_u32)(round % STREAM_SESSIONS);
	hdr->tgid = (was->tgid + (ls_u32)round * 64) & 0x3fffff;
	hdr->tid = was->tid ? hdr->tgid : 0;
	if (of)
		*of = stream->records[i].of + base;
	*n = stream->records[i].n;
	return p;
}

static inline void stream_free(struct stream *stream)
{
	for (size_t i = 0; i < stream->n; i++)
		free(stream->records[i].p);
	if (stream->acts)
		acts_free(stream->acts);
	free(stream->ticket);
	free(stream->script);
	free((char *)stream->profiles[0]);
}

#endif
