/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * fill STORE NAME [TICKET...] <LINES - makes a store of lines that nobody's collector wrote,
 * hostile ones among them, and keeps the tickets' bytes under their sums. Other than "", NAME is
 * the ticket under which all of the lines are found, whatever they call it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/json_read.h"
#include "core/base/timestamp.h"
#include "core/record/row.h"
#include "edge/fsutil.h"
#include "edge/sha256.h"
#include "edge/store/store.h"
#include "lib/sealed.h"

static void fail(const char *what, const char *detail)
{
	fprintf(stderr, "fill: %s: %s\n", what, detail);
	exit(2);
}

static char *copy(struct span text)
{
	char *out = strndup(text.p ? text.p : "", text.n);

	if (!out)
		fail("memory", "none");
	return out;
}

static void append(struct store *store, const char *ticket, struct span line)
{
	struct json_object *object = calloc(1, sizeof(*object));
	struct record_row facts;
	struct store_row row = { .line = line.p, .line_n = line.n };
	char *names[4];

	if (!object || json_read(line, object) || row_read(line, &facts))
		fail("no line of a record", line.p);
	timestamp_parse(facts.time, &row.time_ns);
	json_read_u64(json_get(object, "sseq"), &row.sseq);
	row.seq = facts.seq;
	row.session = names[0] = copy(facts.session);
	row.ticket = names[1] = copy(*ticket ? span_of(ticket) : facts.ticket);
	row.kind = names[2] = copy(facts.kind);
	row.verdict = names[3] = copy(facts.verdict);
	while (!store__room(store))
		store__flush(store);
	if (store__append(store, &row))
		fail("not taken", line.p);
	for (size_t i = 0; i < 4; i++)
		free(names[i]);
	free(object);
}

static void keep_ticket(struct store *store, struct sha256 *sha256, const char *path)
{
	struct buf bytes = { 0 };
	char hex[65];

	if (fs_read(path, 1 << 20, 0, &bytes) ||
	    sha256__bytes(sha256, NULL, 0, bytes.p, bytes.n, hex) ||
	    store__put_ticket(store, hex, bytes.p, bytes.n))
		fail("ticket", path);
	buf_free(&bytes);
}

int main(int argc, char **argv)
{
	struct sha256 *sha256;
	struct store *store;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (argc < 3)
		fail("usage", "fill STORE NAME [TICKET...] <LINES");
	if (sealed_open(&store, argv[1]) || sha256__new(&sha256))
		fail(argv[1], sealed_why);
	for (int i = 3; i < argc; i++)
		keep_ticket(store, sha256, argv[i]);
	while ((n = getline(&line, &room, stdin)) > 0)
		append(store, argv[2], (struct span){ line, (size_t)n - (line[n - 1] == '\n') });
	free(line);
	sha256__free(sha256);
	return store__close(store) ? 1 : 0;
}
