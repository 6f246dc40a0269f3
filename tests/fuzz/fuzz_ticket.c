/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */

/*
 * Tickets, profiles and configurations from anyone: whatever the bytes are, the answer is a whole
 * ticket, which is the same when printed and read again, or a refusal with a place and a message
 * that is safe to print.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/serve/config.h"
#include "core/ticket/ticket.h"
#include "lib/ticket_same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static void check_messages(int ret, const struct errs *errs)
{
	CHECK(ret == -EINVAL || ret == -E2BIG);
	CHECK(errs->n > 0 && errs->n <= ERRS_MAX);
	for (size_t i = 0; i < errs->n; i++) {
		const struct err *err = &errs->v[i];

		CHECK(ret == -E2BIG || (err->line > 0 && err->column > 0));
		CHECK(err->message[0]);
		for (const char *c = err->message; *c; c++)
			CHECK((unsigned char)*c >= 0x20 && *c != 0x7f);
	}
}

static void check_ticket(const struct ticket *ticket)
{
	CHECK(ticket->id && ticket->id[0]);
	CHECK(ticket->is_profile || (ticket->steps_n > 0 && ticket->operators.n > 0));
	CHECK(ticket->is_profile || ticket->from_ns < ticket->until_ns);
	for (size_t i = 0; i < ticket->steps_n; i++) {
		const struct step *step = &ticket->steps[i];

		CHECK(step->id && step->run.words_n > 0 && step->run.words[0].literal);
		CHECK(step->times_min <= step->times_max && step->times_max > 0);
		CHECK((step->children == CHILDREN_LIST) == (step->child_runs_n > 0));
	}
}

static void check_printed(const struct ticket *ticket)
{
	char message[512];
	const char *wrong = ticket_fixpoint(ticket, message);

	if (wrong)
		fprintf(stderr, "%s\n", wrong);
	CHECK(!wrong);
}

static void run(int (*parse)(const char *text, size_t n, struct ticket **out, struct errs *errs),
		const char *text, size_t n)
{
	struct errs errs;
	struct ticket *ticket, *again;
	int ret = parse(text, n, &ticket, &errs);

	/* whoever does not want to know why gets the same answer */
	CHECK(parse(text, n, &again, NULL) == ret);
	ticket_free(again);
	if (ret) {
		CHECK(!ticket);
		check_messages(ret, &errs);
		return;
	}
	CHECK(errs.n == 0 && !errs.more);
	check_ticket(ticket);
	check_printed(ticket);
	ticket_free(ticket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct errs errs;
	struct config config;
	int ret;

	run(ticket_parse, text, size);
	run(profile_parse, text, size);
	ret = config_parse(text, size, &config, &errs);
	if (ret)
		check_messages(ret, &errs);
	else
		config_free(&config);
	return 0;
}
