/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/client.h"
#include "core/base/array.h"
#include "core/base/json.h"
#include "core/session/collector.h"
#include "edge/host.h"
#include "edge/store/store.h"
#include "engine/store_row.h"
#include "evidence/answer.h"
#include "evidence/log_signer.h"

static const struct option_spec ack_options[] = {
	{ 'm', "note", "TEXT", "what was found: at most 4096 bytes of UTF-8" },
	{ 's', "store", "FILE", "write into this store; without it, lockstepd does" },
	CLIENT_RUN_DIR_OPTION,
};

struct asked {
	struct options *options;
	const char *note, *store, *run_dir;
	uint64_t of;
};

static int parse(struct asked *asked)
{
	struct options *options = asked->options;
	int id;

	while ((id = options_next(options)) > 0) {
		if (id == 'm')
			asked->note = options->value;
		else if (id == 's')
			asked->store = options->value;
		else
			asked->run_dir = options->value;
	}
	if (id < 0)
		return options->status;
	if (options->operands_n != 1)
		return options_usage(options, "expected the number of one record");
	if (option_number(options->operands[0], INT64_MAX, &asked->of) || !asked->of)
		return options_usage(options, "\"%s\" is no number of a record",
				     options->operands[0]);
	if (!asked->note)
		return options_usage(options, "expected --note TEXT");
	if (!ack_note_ok(span_of(asked->note)))
		return options_usage(options,
				     "--note: expected 1 to %d bytes of UTF-8 that say something",
				     ACK_NOTE_MAX);
	return CLI_OK;
}

static int tell(const struct asked *asked, uint64_t seq)
{
	printf("alert %" PRIu64 " acknowledged, record %" PRIu64 "\n", asked->of, seq);
	return CLI_OK;
}

static int ask_daemon(struct asked *asked)
{
	struct client_reply reply;
	struct buf request = { 0 };
	int status;

	json_begin(&request);
	json_cstr(&request, "op", "alert_ack");
	json_u64(&request, "of", asked->of);
	json_cstr(&request, "note", asked->note);
	json_close(&request, '}');
	status = client_call(asked->options, asked->run_dir, buf_span(&request), -1, &reply);
	if (!status)
		tell(asked, client_number(reply.object, "seq"));
	buf_free(&request);
	client_reply_free(&reply);
	return status;
}

static void store_record(void *ctx, const struct record *record, struct span line)
{
	const struct store_row row = store_row_of(record, line);

	/* What it could not take is told by store__close(). */
	(void)store__append(ctx, &row);
}

/* Makes the record as a session's are made, with the number after the store's last. */
static int add_record(const struct asked *asked, struct store *store, const struct answer *answer,
		      uint64_t *seq)
{
	struct collector_opts opts = {
		.next_seq = store__last_seq(store) + 1,
		.ops = { .sink = store_record, .ctx = store },
	};
	struct ack ack = { .of = asked->of, .by_uid = getuid(), .note = span_of(asked->note) };
	struct collector *collector;
	char name[256];
	struct host host;
	int ret = host_read(&host);

	*seq = 0;
	if (ret)
		return ret;
	opts.host = host.name;
	opts.boot = host.boot;
	host_user_name(ack.by_uid, name, sizeof(name));
	ack.by = name;
	host_login_uid(getpid(), &ack.by_auid);
	ret = collector__new(&collector, &opts);
	if (ret)
		return ret;
	collector__set_clock(collector, host_boot_to_wall_ns());
	ret = collector__ack(collector, answer->alert.in_session ? &answer->alert.session : NULL,
			     &ack, host_boot_ns(), seq);
	collector__free(collector);
	return ret;
}

static int write_store(struct asked *asked)
{
	struct answer answer = { 0 };
	struct store *store;
	struct log_signer *seal;
	struct host host;
	uint64_t seq = 0;
	const char *refusal;
	char why[512];
	int ret, closed;

	/* Opening to write would make the file. */
	if (access(asked->store, F_OK))
		return options_fail(asked->options, "store \"%s\": %s", asked->store,
				    strerror(errno));
	ret = host_read(&host);
	if (ret)
		return options_fail(asked->options, "%s", strerror(-ret));
	if (log_signer_open_store(&seal, &store, &(struct store_opts){ .path = asked->store }, NULL,
				  host.name, why, sizeof(why)))
		return options_fail(asked->options, "%s", why);
	ret = answer_find(store, asked->of, &answer, why, sizeof(why));
	/*
	 * Whoever may write the file could write anything into it: it is the file's owner who asks.
	 */
	refusal = ret ? NULL : ack_refusal(0, &answer.session);
	if (!ret && !refusal)
		ret = add_record(asked, store, &answer, &seq);
	closed = store__close(store);
	log_signer__free(seal);
	answer_free(&answer);
	if (refusal)
		return options_fail(asked->options, "record %" PRIu64 " can't be acknowledged: %s",
				    asked->of, refusal);
	if (ret)
		return options_fail(asked->options, "%s", seq || !why[0] ? strerror(-ret) : why);
	if (closed)
		return options_fail(asked->options, "the record was not stored: %s",
				    strerror(-closed));
	return tell(asked, seq);
}

static int ack_run(struct options *options)
{
	struct asked asked = { .options = options, .run_dir = CLIENT_RUN_DIR };
	int status = parse(&asked);

	if (status || !options->operands)
		return status;
	return asked.store ? write_store(&asked) : ask_daemon(&asked);
}

const struct verb verb_ack = {
	.name = "ack",
	.operands = "SEQ",
	.help = "note that an alert was looked at, and what was found",
	.about = "The note is a record of its own, with who made it; the alert's record stays as "
		 "it is. For\n"
		 "root and the configured group. lockstep tail --open shows what nobody has "
		 "answered yet.",
	.options = ack_options,
	.options_n = ARRAY_SIZE(ack_options),
	.run = ack_run,
};
