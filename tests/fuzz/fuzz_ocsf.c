/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/* A store's line, which anybody may have written, as OCSF: what comes out is JSON, line by line. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/json_read.h"
#include "core/show/export/ocsf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_object object;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = { 0 };
	int n = ocsf_lines((struct span){ (const char *)data, size }, &out);
	struct span rest = buf_span(&out);
	uint64_t seq;
	bool more;

	if (n > 2 || (n <= 0 && out.n))
		abort();
	for (; rest.n; n--) {
		const char *end = memchr(rest.p, '\n', rest.n);
		struct span line = { rest.p, end ? (size_t)(end - rest.p) : 0 };

		/* a line that nests as deep as may be is deeper as an event */
		if (!end || json_read(line, &object) == -EINVAL)
			abort();
		ocsf_seq(line, &seq, &more);
		rest.p += line.n + 1;
		rest.n -= line.n + 1;
	}
	if (n > 0)
		abort();
	buf_free(&out);
	ocsf_seq((struct span){ (const char *)data, size }, &seq, &more);
	return 0;
}
