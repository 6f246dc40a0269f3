/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/* What clients send to the daemon: a line for the control socket, and the same for the stream. */
#include <stdint.h>
#include <stdlib.h>

#include "core/base/id.h"
#include "core/record/row.h"
#include "core/serve/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was taken is fit to name a file, and each variable is ended. */
static void check_request(const struct request *request)
{
	if (request->op == REQUEST_NONE)
		abort();
	if (request->ticket[0] && !id_valid(span_of(request->ticket)))
		abort();
	if (request->session[0] && !id_valid(span_of(request->session)))
		abort();
	if (request->env.n && request->env.p[request->env.n - 1] != '\0')
		abort();
	if (request_allowed(request->op, UINT32_MAX, UINT32_MAX))
		abort();
}

/* What was understood is written and read back the same. */
static void check_subscribe(const struct subscribe *subscribe)
{
	struct subscribe again;
	struct buf line = { 0 }, second = { 0 };

	subscribe_line(subscribe, &line);
	if (line.failed || subscribe_parse(buf_span(&line), &again, NULL))
		abort();
	subscribe_line(&again, &second);
	if (!span_eq(buf_span(&line), buf_span(&second)))
		abort();
	subscribe_free(&again);
	buf_free(&line);
	buf_free(&second);
}

/*
 * Lines come from a file that another may have written: whatever they say, they are read in bounds.
 */
static void match_all(struct span line)
{
	static const char *const texts[][2] = { { "reason", "delegation" },
						{ "program", "{sh,b*}" },
						{ "destination", "10.0.0.0/8:443" },
						{ "destination", "unix:/run/x" } };
	struct record_row facts;

	if (row_read(line, &facts))
		return;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct record_filter filter = { 0 };

		if (filter_set(&filter, span_of(texts[i][0]), span_of(texts[i][1]), NULL))
			abort();
		filter_matches(&filter, &facts);
		filter_free(&filter);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span line = { (const char *)data, size };
	struct request request;
	struct subscribe subscribe;
	struct err err;

	if (request_parse(line, &request, &err) == 0) {
		check_request(&request);
		request_free(&request);
	}
	if (subscribe_parse(line, &subscribe, &err) == 0) {
		check_subscribe(&subscribe);
		subscribe_free(&subscribe);
	}
	match_all(line);
	return 0;
}
