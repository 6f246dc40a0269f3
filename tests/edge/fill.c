/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * fill STORE [TIMES] <LINES - makes a store of canonical lines, as often as is said, with numbers
 * of its own: for the tests of what reads stores.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buf.h"
#include "core/base/json_read.h"
#include "core/base/timestamp.h"
#include "core/record/row.h"
#include "edge/store/store.h"
#include "lib/sealed.h"

/* The line under another seq; the line begins {"v":1,"seq":N, */
static void renumber(struct span line, uint64_t seq, struct buf *out)
{
	const char *comma = memchr(line.p + 8, ',', line.n - 8);

	buf_reset(out);
	buf_addf(out, "{\"v\":1,\"seq\":%llu", (unsigned long long)seq);
	buf_add(out, comma, (size_t)(line.p + line.n - comma));
}

static const char *text_of(struct span text, char room[64])
{
	snprintf(room, 64, "%.*s", (int)text.n, text.n ? text.p : "");
	return room;
}

static int append(struct store *store, struct span line)
{
	static struct json_object object;
	char session[64], ticket[64], kind[64], verdict[64];
	struct record_row facts;
	struct store_row row = { .line = line.p, .line_n = line.n };

	if (row_read(line, &facts) || json_read(line, &object))
		return -1;
	timestamp_parse(facts.time, &row.time_ns);
	json_read_u64(json_get(&object, "sseq"), &row.sseq);
	row.seq = facts.seq;
	row.session = text_of(facts.session, session);
	row.ticket = text_of(facts.ticket, ticket);
	row.kind = text_of(facts.kind, kind);
	row.verdict = text_of(facts.verdict, verdict);
	while (!store__room(store))
		store__flush(store);
	return store__append(store, &row);
}

static int print_ticket(const char *path, const char *sha256)
{
	struct store *store;
	void *bytes;
	size_t n;
	int ret = store__open_readonly(&store, path, sealed_why, sizeof(sealed_why));

	if (!ret)
		ret = store__get_ticket(store, sha256, &bytes, &n);
	if (ret)
		return 1;
	fwrite(bytes, 1, n, stdout);
	free(bytes);
	store__close(store);
	return 0;
}

int main(int argc, char **argv)
{
	struct buf all = { 0 }, line = { 0 };
	struct store *store;
	uint64_t seq = 1;
	char chunk[4096];
	int ret, times = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1;
	size_t n;

	if (argc == 4 && !strcmp(argv[1], "--ticket"))
		return print_ticket(argv[2], argv[3]);
	while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
		buf_add(&all, chunk, n);
	if (argc < 2 || sealed_open(&store, argv[1])) {
		fprintf(stderr, "fill: %s\n", argc < 2 ? "no store" : sealed_why);
		return 2;
	}
	for (ret = 0; !ret && times > 0; times--) {
		struct span rest = buf_span(&all);
		const char *end;

		while (!ret && rest.n && (end = memchr(rest.p, '\n', rest.n))) {
			renumber((struct span){ rest.p, (size_t)(end - rest.p) }, seq++, &line);
			ret = append(store, buf_span(&line));
			rest.n -= (size_t)(end + 1 - rest.p);
			rest.p = end + 1;
		}
	}
	if (store__close(store) || ret)
		fprintf(stderr, "fill: line %llu is not stored\n", (unsigned long long)seq - 1);
	buf_free(&all);
	buf_free(&line);
	return ret ? 1 : 0;
}
