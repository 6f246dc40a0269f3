/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * A stored session, which anybody may have written, held against a ticket: lines, each ended by a
 * newline. What can't be told is not approved, and the counts add up.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/review/rejudge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
	"lockstep: 1\nticket: CHG-1\nsummary: a test\nrequester: r@x.example\noperators: [jdoe]\n"
	"window: {from: 2020-01-01T00:00:00Z, until: 2090-01-01T00:00:00Z}\norder: strict\n"
	"steps:\n"
	"  - id: check\n    run: nginx -t\n    as: root\n    times: 1\n"
	"  - id: login\n    run: mysql --password {secret}\n    children: any\n"
	"  - id: script\n    run: /opt/change.sh ...\n    children: [\"install **...\"]\n"
	"    write: [\"/etc/**\"]\n    installs: [\"/usr/sbin/*\"]\n"
	"  - id: reach\n    run: curl *\n    connect: [\"tcp://127.0.0.0/8:443\", "
	"\"tcp://db.example:*\"]\n"
	"    listen: [\"tcp://0.0.0.0:8080\"]\n"
	"    sha256: 00000000000000000000000000000000000000000000000000000000000000aa\n";

static struct plan *make_plan(const struct rejudge *rejudge)
{
	struct ticket *ticket;
	struct plan *plan;
	struct errs errs;

	if (ticket_parse(text, sizeof(text) - 1, &ticket, &errs) ||
	    plan_new(ticket, NULL, 0, &plan, NULL) || rejudge__answer(rejudge, NULL, NULL, plan) ||
	    plan_compile(plan, NULL))
		abort();
	return plan;
}

static bool next_line(struct span *rest, struct span *line)
{
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	*line = (struct span){ rest->p, end ? (size_t)(end - rest->p) : rest->n };
	if (rest->n == 0)
		return false;
	rest->p += line->n + (end ? 1 : 0);
	rest->n -= line->n + (end ? 1 : 0);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = { (const char *)data, size }, rest = all, line;
	struct rejudge_result result;
	struct rejudge *rejudge;
	struct rejudged act;
	uint64_t changed = 0;
	struct plan *plan;

	if (rejudge__new(&rejudge))
		return 0;
	while (next_line(&rest, &line))
		rejudge__learn(rejudge, line);
	plan = make_plan(rejudge);
	if (rejudge__begin(rejudge, plan, false, false))
		abort();
	for (rest = all; next_line(&rest, &line);) {
		if (rejudge__line(rejudge, line, &act))
			continue;
		if (act.unknown && act.now.verdict != VERDICT_INDETERMINATE)
			abort();
		if (act.now.verdict == VERDICT_APPROVED && act.now.reasons)
			abort();
		changed += act.changed;
	}
	rejudge__end(rejudge, &result);
	if (result.changed != changed || result.changed > result.acts + changed ||
	    (result.unknown && result.now == OUTCOME_COMPLIANT))
		abort();
	rejudge__free(rejudge);
	plan_free(plan);
	return 0;
}
