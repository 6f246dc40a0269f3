/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef LOCKSTEP_REPLAY_STREAM_H
#define LOCKSTEP_REPLAY_STREAM_H

/*
 * A captured stream of a session, repeated as often as is wanted: each time with numbers, times and
 * processes of its own, and each time in the next of some sessions.
 */
#include "lib/acts.h"

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

/*
 * Keeps the first exec and its exit, the exec with so many bytes of arguments instead of its own.
 * False where the stream does not begin with the two.
 */
static inline bool stream_take_argv(struct stream *stream, const struct stream *from, size_t argv_n)
{
	const struct ls_exec *exec = (const struct ls_exec *)from->records[0].p;
	const char *sections = (const char *)(exec + 1);
	struct ls_exec head;
	struct buf out = { 0 };
	size_t before = 0;

	*stream = (struct stream){ .acts = from->acts };
	if (from->n < 2 || exec->hdr.type != LS_REC_EXEC ||
	    from->records[1].hdr.type != LS_REC_EXIT ||
	    from->records[1].hdr.image != from->records[0].hdr.sseq)
		return false;
	for (size_t i = 0; i < LS_SECTION_ARGV; i++)
		before += exec->section_len[i];
	head = *exec;
	head.hdr = from->records[0].hdr; /* numbers as they were captured */
	head.argc = 0;
	buf_add(&out, &head, sizeof(head));
	buf_add(&out, sections, before);
	for (size_t i = 0; i < argv_n; i++) {
		bool ends = i % 32 == 31 || i + 1 == argv_n;

		buf_addc(&out, ends ? 0 : "/srv/data/file-"[i % 32 % 15]);
		head.argc += ends;
	}
	buf_add(&out, sections + before + exec->section_len[LS_SECTION_ARGV],
		exec->section_len[LS_SECTION_ENV]);
	head.argv_len = head.section_len[LS_SECTION_ARGV] = (ls_u32)argv_n;
	head.hdr.len = (ls_u32)out.n;
	memcpy(out.p, &head, sizeof(head));
	stream_add(stream, out.p, out.n);
	stream_add(stream, from->records[1].p, from->records[1].n);
	stream->records[1].hdr = from->records[1].hdr;
	buf_free(&out);
	return true;
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

static inline void stream_drop(struct stream *stream)
{
	for (size_t i = 0; i < stream->n; i++)
		free(stream->records[i].p);
	stream->n = 0;
}

static inline void stream_free(struct stream *stream)
{
	stream_drop(stream);
	if (stream->acts)
		acts_free(stream->acts);
	free(stream->ticket);
	free(stream->script);
	free((char *)stream->profiles[0]);
}

#endif
