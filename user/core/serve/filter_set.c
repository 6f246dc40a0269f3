/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "core/serve/filter.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/array.h"
#include "core/base/buf.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/event/kind.h"
#include "core/match/pattern.h"
#include "core/ticket/dest.h"

/* A value for a message: what was typed may hold anything, and be long. */
static int refuse(struct err *err, const char *want, struct span text)
{
	struct buf shown = { 0 };

	text_show(&shown, text, 100);
	err_set(err, -EINVAL, 0, 0, "expected %s, got \"%.*s\"", want, (int)shown.n,
		shown.n ? shown.p : "");
	buf_free(&shown);
	return -EINVAL;
}

static int set_id(char *out, struct span text, const char *want, struct err *err)
{
	if (!id_valid(text))
		return refuse(err, want, text);
	memcpy(out, text.p, text.n);
	out[text.n] = 0;
	return 0;
}

static int set_session(struct record_filter *filter, struct span text, struct err *err)
{
	return set_id(filter->session, text, "a session's id", err);
}

static int set_ticket(struct record_filter *filter, struct span text, struct err *err)
{
	return set_id(filter->ticket, text, "a ticket's id", err);
}

/* Kept as a line has it, so that lines are compared without being decoded. */
static int set_name(char out[FILTER_NAME_MAX], struct span text, const char *want, struct err *err)
{
	struct buf quoted = { 0 };
	int ret = 0;

	if (text.n == 0 || text_seen(text) != text.n || !json_text(&quoted, NULL, text))
		ret = refuse(err, want, text);
	else if (quoted.failed)
		ret = -ENOMEM;
	else if (quoted.n - 2 >= FILTER_NAME_MAX)
		ret = refuse(err, "a name of at most 127 bytes", text);
	if (!ret) {
		memcpy(out, quoted.p + 1, quoted.n - 2);
		out[quoted.n - 2] = 0;
	}
	buf_free(&quoted);
	return ret;
}

static int set_operator(struct record_filter *filter, struct span text, struct err *err)
{
	return set_name(filter->operator_name, text, "a user's name", err);
}

static int set_host(struct record_filter *filter, struct span text, struct err *err)
{
	return set_name(filter->host, text, "a host's name", err);
}

static int set_listed(char out[FILTER_NAME_MAX], struct span text, bool known, const char *want,
		      struct err *err)
{
	if (!known)
		return refuse(err, want, text);
	memcpy(out, text.p, text.n);
	out[text.n] = 0;
	return 0;
}

static int set_kind(struct record_filter *filter, struct span text, struct err *err)
{
	return set_listed(filter->kind, text, record_kind_named(text),
			  "the kind of a record (exec, connect, loss, ...)", err);
}

static int set_verdict(struct record_filter *filter, struct span text, struct err *err)
{
	return set_listed(filter->verdict, text, filter_verdict_known(text),
			  "approved, unapproved or indeterminate", err);
}

static int set_reason(struct record_filter *filter, struct span text, struct err *err)
{
	return set_listed(filter->reason, text, filter_reason_known(text),
			  "a reason of lockstep-record(5)", err);
}

static int set_text(char out[FILTER_TEXT_MAX], struct span text, const char *want, struct err *err)
{
	if (text.n == 0 || text.n >= FILTER_TEXT_MAX || text_seen(text) != text.n)
		return refuse(err, want, text);
	memcpy(out, text.p, text.n);
	out[text.n] = 0;
	return 0;
}

static int set_program(struct record_filter *filter, struct span text, struct err *err)
{
	char kept[FILTER_TEXT_MAX];
	struct word *word;
	int ret = set_text(kept, text, "a program's path or name of at most 255 bytes", err);

	if (ret)
		return ret;
	word = calloc(1, sizeof(*word));
	ret = word ? pattern_parse(text, word, err) : -ENOMEM;
	/* A relative path names no program: a record's paths are absolute. */
	if (!ret && memchr(text.p, '/', text.n) && text.p[0] != '/' && text.p[0] != '*' &&
	    text.p[0] != '{') {
		ret = refuse(err, "a program's name, or its path from / on", text);
		word_free(word);
	}
	if (ret) {
		free(word);
		return ret;
	}
	if (filter->program)
		word_free(filter->program);
	free(filter->program);
	filter->program = word;
	memcpy(filter->program_text, kept, sizeof(kept));
	return 0;
}

static bool begins(struct span text, const char *prefix)
{
	return text.n >= strlen(prefix) && memcmp(text.p, prefix, strlen(prefix)) == 0;
}

static size_t count(struct span text, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == c;
	return n;
}

/* Fills in what dest.h wants written out: the protocol, the brackets, the port. */
static void write_out(struct span text, bool *any_proto, struct buf *out)
{
	size_t at = begins(text, "tcp://") || begins(text, "udp://") ? 6 : 0;
	struct span place = { text.p + at, text.n - at };
	bool bare = count(place, ':') > 1 && !begins(place, "[");

	*any_proto = at == 0;
	buf_add(out, at ? text.p : "tcp://", 6);
	buf_adds(out, bare ? "[" : "");
	buf_add(out, place.p, place.n);
	buf_adds(out, bare ? "]" : "");
	if (bare || place.n == 0 || place.p[place.n - 1] == ']' || count(place, ':') == 0)
		buf_adds(out, ":*");
}

static int parse_destination(struct span text, struct dest *dest, bool *any_proto)
{
	struct buf whole = { 0 };
	int ret;

	*any_proto = false;
	if (begins(text, "unix:"))
		buf_add(&whole, text.p, text.n);
	else
		write_out(text, any_proto, &whole);
	ret = whole.failed ? -ENOMEM : dest_parse(buf_span(&whole), dest, NULL);
	buf_free(&whole);
	/* Records have addresses; what a name meant when they were made only that host knew. */
	if (!ret && dest->kind == DEST_HOST) {
		dest_free(dest);
		ret = -EINVAL;
	}
	return ret;
}

static int set_destination(struct record_filter *filter, struct span text, struct err *err)
{
	static const char want[] = "ADDRESS, ADDRESS/LENGTH, ADDRESS:PORT, [V6]:PORT, with tcp:// "
				   "or udp:// or without, or unix:PATH";
	char kept[FILTER_TEXT_MAX];
	struct dest *dest;
	bool any_proto;
	int ret = set_text(kept, text, want, err);

	if (ret)
		return ret;
	dest = calloc(1, sizeof(*dest));
	ret = dest ? parse_destination(text, dest, &any_proto) : -ENOMEM;
	if (ret) {
		free(dest);
		return ret == -ENOMEM ? ret : refuse(err, want, text);
	}
	if (filter->destination)
		dest_free(filter->destination);
	free(filter->destination);
	filter->destination = dest;
	filter->any_proto = any_proto;
	memcpy(filter->destination_text, kept, sizeof(kept));
	return 0;
}

static const struct {
	const char *name;
	int (*set)(struct record_filter *filter, struct span text, struct err *err);
	size_t text; /* where in the filter what was set stands */
} filters[] = {
	{ "session", set_session, offsetof(struct record_filter, session) },
	{ "ticket", set_ticket, offsetof(struct record_filter, ticket) },
	{ "operator", set_operator, offsetof(struct record_filter, operator_name) },
	{ "host", set_host, offsetof(struct record_filter, host) },
	{ "kind", set_kind, offsetof(struct record_filter, kind) },
	{ "verdict", set_verdict, offsetof(struct record_filter, verdict) },
	{ "reason", set_reason, offsetof(struct record_filter, reason) },
	{ "program", set_program, offsetof(struct record_filter, program_text) },
	{ "destination", set_destination, offsetof(struct record_filter, destination_text) },
};
#define FILTERS_N (ARRAY_SIZE(filters))

int filter_set(struct record_filter *filter, struct span name, struct span text, struct err *err)
{
	for (size_t i = 0; i < FILTERS_N; i++) {
		if (span_is(name, filters[i].name))
			return filters[i].set(filter, text, err);
	}
	return -ENOENT;
}

const char *filter_name(unsigned int i)
{
	return i < FILTERS_N ? filters[i].name : NULL;
}

const char *filter_text(const struct record_filter *filter, unsigned int i)
{
	return i < FILTERS_N ? (const char *)filter + filters[i].text : "";
}

void filter_free(struct record_filter *filter)
{
	if (filter->program)
		word_free(filter->program);
	free(filter->program);
	if (filter->destination)
		dest_free(filter->destination);
	free(filter->destination);
	*filter = (struct record_filter){ 0 };
}
