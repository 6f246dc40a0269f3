/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "core/base/array.h"
#include "core/base/json.h"
#include "core/base/json_read.h"
#include "core/base/text.h"
#include "core/serve/open_alerts.h"
#include "edge/store/store.h"

/* What a session_end says, and what the store holds of that session. */
struct books {
	struct buf id, ticket, outcome;
	uint64_t emitted, stored, refused, not_stored, ring_full, fill, untracked, unexplained;
	uint64_t delivered, member_full, sock_full, recursion, argv, path, dropped;
	uint64_t held; /* records of kernel events that are in the store */
};

struct status {
	struct options *options;
	const char *store;
	bool json;
	struct store *from;
	uint64_t started, ended, unequal;
	struct buf text;
};

static const struct option_spec status_options[] = {
	{ 's', "store", "FILE", "the sessions that this store holds; without it, lockstepd" },
	{ 'j', "json", NULL, "one JSON object a session; of lockstepd, its answer as it is" },
	CLIENT_RUN_DIR_OPTION,
};

static uint64_t number(const struct json_object *object, const char *key)
{
	uint64_t value;

	return json_read_u64(json_get(object, key), &value) ? 0 : value;
}

static int read_books(const char *line, size_t n, struct books *out)
{
	struct json_object object, lost, missed, unreadable = { .n = 0 };

	*out = (struct books){ 0 };
	if (json_read((struct span){ line, n }, &object) ||
	    json_read(json_get(&object, "lost"), &lost) ||
	    json_read(json_get(&object, "missed"), &missed))
		return -EBADMSG;
	if (json_read_text(json_get(&object, "session"), &out->id) ||
	    json_read_text(json_get(&object, "outcome"), &out->outcome))
		return -EBADMSG;
	if (json_is_string(json_get(&object, "ticket")) &&
	    json_read_text(json_get(&object, "ticket"), &out->ticket))
		return -EBADMSG;
	buf_addc(&out->id, '\0');
	out->emitted = number(&object, "emitted");
	out->stored = number(&object, "stored");
	out->refused = number(&object, "refused");
	out->not_stored = number(&object, "not_stored");
	out->unexplained = number(&object, "unexplained");
	out->ring_full = number(&lost, "ring_full");
	out->fill = number(&lost, "fill");
	out->untracked = number(&lost, "untracked");
	out->delivered = number(&object, "delivered");
	out->member_full = number(&missed, "member_full");
	out->sock_full = number(&missed, "sock_full");
	out->recursion = number(&object, "recursion");
	out->dropped = number(&object, "dropped");
	/* Of a version that did not tell: nothing. */
	if (!json_read(json_get(&object, "unreadable"), &unreadable)) {
		out->argv = number(&unreadable, "argv");
		out->path = number(&unreadable, "path");
	}
	return out->id.failed ? -ENOMEM : 0;
}

static uint64_t lost_sum(const struct books *books)
{
	return books->ring_full + books->fill + books->untracked + books->refused +
	       books->not_stored + books->unexplained;
}

static bool equal(const struct books *books)
{
	return books->emitted == books->stored + lost_sum(books) && books->held == books->stored;
}

static void print_json(struct buf *out, const struct books *books)
{
	json_begin(out);
	json_cstr(out, "session", books->id.p);
	if (books->ticket.n)
		json_text(out, "ticket", buf_span(&books->ticket));
	else
		json_null(out, "ticket");
	json_text(out, "outcome", buf_span(&books->outcome));
	json_u64(out, "emitted", books->emitted);
	json_u64(out, "delivered", books->delivered);
	json_u64(out, "stored", books->held);
	json_u64(out, "lost", lost_sum(books));
	json_open(out, "lost_by", '{');
	json_u64(out, "ring_full", books->ring_full);
	json_u64(out, "fill", books->fill);
	json_u64(out, "untracked", books->untracked);
	json_u64(out, "refused", books->refused);
	json_u64(out, "not_stored", books->not_stored);
	json_u64(out, "unexplained", books->unexplained);
	json_close(out, '}');
	json_open(out, "missed_by", '{');
	json_u64(out, "member_full", books->member_full);
	json_u64(out, "sock_full", books->sock_full);
	json_close(out, '}');
	json_u64(out, "recursion", books->recursion);
	json_u64(out, "dropped", books->dropped);
	json_open(out, "unreadable", '{');
	json_u64(out, "argv", books->argv);
	json_u64(out, "path", books->path);
	json_close(out, '}');
	json_bool(out, "equal", equal(books));
	json_close(out, '}');
	buf_addc(out, '\n');
}

struct count {
	const char *name;
	uint64_t n;
};

static void print_counts(struct buf *out, const struct count *counts, size_t n, const char *before)
{
	for (size_t i = 0; i < n; i++) {
		if (!counts[i].n)
			continue;
		buf_addf(out, "%s%s %" PRIu64, before, counts[i].name, counts[i].n);
		before = ", ";
	}
}

static void print_text(struct buf *out, const struct books *books)
{
	const struct count lost[] = {
		{ "ring full", books->ring_full },   { "not filled", books->fill },
		{ "untracked", books->untracked },   { "refused", books->refused },
		{ "not stored", books->not_stored }, { "unexplained", books->unexplained }
	};
	const struct count beside[] = { { "processes without room", books->member_full },
					{ "sockets without room", books->sock_full },
					{ "skipped programs", books->recursion },
					{ "arguments unreadable", books->argv },
					{ "paths unreadable", books->path },
					{ "duplicates", books->dropped } };

	buf_adds(out, "session ");
	buf_adds(out, books->id.p);
	if (books->ticket.n) {
		buf_adds(out, ", ticket ");
		text_show(out, buf_span(&books->ticket), 0);
	}
	buf_adds(out, ": ");
	text_show(out, buf_span(&books->outcome), 0);
	buf_addf(out, "\n  emitted %" PRIu64 " %s stored %" PRIu64 " + lost %" PRIu64,
		 books->emitted, equal(books) ? "=" : "is NOT", books->held, lost_sum(books));
	print_counts(out, lost, ARRAY_SIZE(lost), ", ");
	/* What is not in the equation, where there was any. */
	print_counts(out, beside, ARRAY_SIZE(beside), "\n  besides: ");
	buf_addc(out, '\n');
}

static int print_session(void *ctx, uint64_t seq, const char *line, size_t n)
{
	struct status *status = ctx;
	struct books books;
	int ret = read_books(line, n, &books);

	(void)seq;
	if (!ret)
		ret = store__events(status->from, books.id.p, &books.held);
	if (!ret) {
		status->ended++;
		status->unequal += !equal(&books);
		buf_reset(&status->text);
		(status->json ? print_json : print_text)(&status->text, &books);
		if (fwrite(status->text.p, 1, status->text.n, stdout) != status->text.n)
			ret = -EIO;
	}
	buf_free(&books.id);
	buf_free(&books.ticket);
	buf_free(&books.outcome);
	return ret;
}

static int count_open(void *ctx, uint64_t seq, const char *line, size_t n)
{
	(void)seq;
	open_alerts__line(ctx, (struct span){ line, n });
	return 0;
}

static int count_row(void *ctx, uint64_t seq, const char *line, size_t n)
{
	(void)seq, (void)line, (void)n;
	++*(uint64_t *)ctx;
	return 0;
}

/* One line, where there are any. */
static int print_open(struct status *status, struct buf *out)
{
	struct open_alerts open = { 0 };
	int ret = store__read(status->from, &(struct store_filter){ 0 }, 0, count_open, &open);

	if (!ret && open_alerts__count(&open))
		buf_addf(out,
			 "%s%" PRIu64 " alerts that nobody has acknowledged: see lockstep ack\n",
			 open_alerts__exact(&open) ? "" : "at most ", open_alerts__count(&open));
	open_alerts__free(&open);
	return ret;
}

/* 1 where a session's books do not balance: that is the question which this verb answers. */
static void print_key(struct status *status)
{
	buf_reset(&status->text);
	buf_adds(&status->text, "log signed by ");
	if (store__key(status->from, &status->text))
		return;
	buf_addc(&status->text, '\n');
	fwrite(status->text.p, 1, status->text.n, stdout);
}

static int status_of_store(struct status *status)
{
	struct buf open = { 0 };
	char why[512];
	int ret;

	if (store__open_readonly(&status->from, status->store, why, sizeof(why)))
		return options_fail(status->options, "%s", why);
	ret = store__read(status->from, &(struct store_filter){ .kind = "session_start" }, 0,
			  count_row, &status->started);
	if (!ret)
		ret = store__read(status->from, &(struct store_filter){ .kind = "session_end" }, 0,
				  print_session, status);
	if (!ret && !status->json)
		ret = print_open(status, &open);
	if (!ret && !status->json)
		print_key(status);
	store__close(status->from);
	buf_free(&status->text);
	if (ret)
		return options_fail(status->options, "store \"%s\": %s", status->store,
				    strerror(-ret));
	if (!status->json && status->started > status->ended)
		printf("%" PRIu64 " more: open, or cut off without an end\n",
		       status->started - status->ended);
	else if (!status->json && !status->started)
		printf("no sessions\n");
	printf("%.*s", (int)open.n, open.n ? open.p : "");
	buf_free(&open);
	return status->unequal ? CLI_NEGATIVE : CLI_OK;
}

static void print_daemon(const struct json_object *reply, const struct json_object *store,
			 const struct json_object *ring, struct buf *out)
{
	bool exact = false;

	buf_adds(out, "lockstepd ");
	client_text(out, reply, "version");
	buf_addf(out, ", pid %" PRIu64 ", up %" PRIu64 " s\n", number(reply, "pid"),
		 number(reply, "uptime_s"));
	buf_addf(out,
		 "  open sessions %" PRIu64 " (logins without a ticket: %" PRIu64
		 "), processes in them %" PRIu64 "\n",
		 number(reply, "open_sessions"), number(reply, "logins"),
		 number(reply, "processes"));
	buf_addf(out,
		 "  emitted %" PRIu64 ", stored %" PRIu64 ", lost %" PRIu64 ", missed %" PRIu64
		 "\n",
		 number(reply, "emitted"), number(reply, "stored"), number(reply, "lost"),
		 number(reply, "missed"));
	buf_addf(out,
		 "  strays %" PRIu64 ", recursion misses %" PRIu64 ", ring %" PRIu64 " of %" PRIu64
		 " bytes\n",
		 number(reply, "strays"), number(reply, "recursion_misses"), number(ring, "used"),
		 number(ring, "size"));
	buf_addf(out, "  last record %" PRIu64 ", durable %" PRIu64 ", dropped %" PRIu64,
		 number(store, "last_seq"), number(store, "durable"), number(store, "dropped"));
	if (json_is_string(json_get(store, "error"))) {
		buf_adds(out, ": the store refuses: ");
		client_text(out, store, "error");
	}
	buf_adds(out, "\n  log signed by ");
	client_text(out, store, "key");
	buf_addf(out, "\n  subscribers %" PRIu64 ", lines that slow ones missed %" PRIu64 "\n",
		 number(reply, "subscribers"), number(reply, "subscribers_missed"));
	if (json_is_null(json_get(reply, "open_alerts"))) {
		buf_adds(out, "  alerts that nobody has acknowledged: being counted\n");
		return;
	}
	json_read_bool(json_get(reply, "open_alerts_exact"), &exact);
	buf_addf(out, "  alerts that nobody has acknowledged: %s%" PRIu64 "\n",
		 exact ? "" : "at most ", number(reply, "open_alerts"));
}

/* 1 where the daemon does not record. */
static int status_of_daemon(struct status *status, const char *run_dir)
{
	struct json_object store, ring;
	struct client_reply reply;
	bool records = false;
	int ret;

	ret = client_call(status->options, run_dir, span_of("{\"op\":\"status\"}"), -1, &reply);
	if (ret)
		goto out;
	ret = CLI_NEGATIVE;
	if (json_read(json_get(reply.object, "store"), &store) ||
	    json_read(json_get(reply.object, "ring"), &ring))
		goto out;
	if (status->json) {
		buf_add(&status->text, reply.line.p, reply.line.n);
		buf_addc(&status->text, '\n');
	} else {
		print_daemon(reply.object, &store, &ring, &status->text);
	}
	fwrite(status->text.p, 1, status->text.n, stdout);
	if (!json_read_bool(json_get(&store, "records"), &records) && records)
		ret = CLI_OK;
out:
	buf_free(&status->text);
	client_reply_free(&reply);
	return ret;
}

static int verb_status_main(struct options *options)
{
	struct status status = { .options = options };
	const char *run_dir = CLIENT_RUN_DIR;
	int id;

	while ((id = options_next(options)) > 0) {
		if (id == 's')
			status.store = options->value;
		if (id == 'R')
			run_dir = options->value;
		status.json |= id == 'j';
	}
	if (id < 0)
		return options->status;
	if (options->operands_n)
		return options_usage(options, "unexpected \"%s\"", options->operands[0]);
	return status.store ? status_of_store(&status) : status_of_daemon(&status, run_dir);
}

const struct verb verb_status = {
	.name = "status",
	.operands = "",
	.help = "tell whether every act that the kernel saw is in the record",
	.about = "Asks lockstepd how it is, or with --store balances the books of every session in "
		 "the file.",
	.options = status_options,
	.options_n = ARRAY_SIZE(status_options),
	.run = verb_status_main,
};
