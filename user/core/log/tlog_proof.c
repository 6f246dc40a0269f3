/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/log/tlog_proof.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/base/base64.h"

static const char magic[] = "c2sp.org/tlog-proof@v1\n";

void consistency_text(const struct digest *nodes, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		base64_encode(out, (struct span){ (const char *)nodes[i].b, DIGEST_BYTES });
		buf_addc(out, '\n');
	}
}

void tlog_proof_text(const struct tlog_proof *proof, struct buf *out)
{
	buf_addf(out, "%sindex %" PRIu64 "\n", magic, proof->index);
	consistency_text(proof->nodes, proof->n, out);
	buf_addc(out, '\n');
	buf_add(out, proof->note.p, proof->note.n);
}

static bool cut_line(struct span *text, struct span *line)
{
	const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;

	if (!end)
		return false;
	*line = (struct span){ text->p, (size_t)(end - text->p) };
	text->n -= line->n + 1;
	text->p = end + 1;
	return true;
}

static int read_node(struct span line, struct digest *out)
{
	struct buf bytes = { 0 };
	int ret = base64_decode(&bytes, line);

	if (!ret && bytes.n != DIGEST_BYTES)
		ret = -EBADMSG;
	if (!ret)
		memcpy(out->b, bytes.p, DIGEST_BYTES);
	buf_free(&bytes);
	return ret ? -EBADMSG : 0;
}

/* Up to an empty line, or the end. */
static int read_nodes(struct span *text, struct digest nodes[MERKLE_PROOF_MAX], size_t *n)
{
	struct span line;

	*n = 0;
	while (cut_line(text, &line) && line.n) {
		if (*n == MERKLE_PROOF_MAX || read_node(line, &nodes[*n]))
			return -EBADMSG;
		++*n;
	}
	return 0;
}

int consistency_parse(struct span text, struct digest nodes[MERKLE_PROOF_MAX], size_t *n)
{
	int ret = read_nodes(&text, nodes, n);

	return ret || text.n ? -EBADMSG : 0;
}

static bool read_index(struct span line, uint64_t *out)
{
	*out = 0;
	if (line.n < 7 || line.n > 24 || memcmp(line.p, "index ", 6) != 0 ||
	    (line.p[6] == '0' && line.n > 7))
		return false;
	for (size_t i = 6; i < line.n; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return false;
		*out = *out * 10 + (uint64_t)(line.p[i] - '0');
	}
	return true;
}

int tlog_proof_parse(struct span text, struct tlog_proof *out)
{
	struct span line;

	*out = (struct tlog_proof){ 0 };
	if (text.n < sizeof(magic) - 1 || memcmp(text.p, magic, sizeof(magic) - 1) != 0)
		return -EBADMSG;
	text.p += sizeof(magic) - 1;
	text.n -= sizeof(magic) - 1;
	if (!cut_line(&text, &line))
		return -EBADMSG;
	/* What an application adds is of no meaning to us. */
	if (line.n > 6 && !memcmp(line.p, "extra ", 6) && !cut_line(&text, &line))
		return -EBADMSG;
	if (!read_index(line, &out->index) || read_nodes(&text, out->nodes, &out->n) || !text.n)
		return -EBADMSG;
	out->note = text;
	return 0;
}
